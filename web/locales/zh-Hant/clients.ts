import type { Texts } from "../catalogue.ts";
import type { clients as source } from "../en/clients.ts";

export const clients: Texts<typeof source> = {
  "error.token": "應用程式的登入已失效，請在應用程式裡重新登入。",
  "error.token_of_app": "這個操作需要先登入。",
  "error.scope": "你沒有允許這個應用程式這樣做。",
  "error.params": "應用程式送來的內容無法讀取。",
  "error.body_too_large": "內容太大，無法傳送。",
};
