import type { Texts } from "../catalogue.ts";
import type { clients as source } from "../en/clients.ts";

export const clients: Texts<typeof source> = {
  "error.token": "应用的登录已失效，请在应用里重新登录。",
  "error.token_of_app": "这个操作需要先登录。",
  "error.scope": "你没有允许该应用这样做。",
  "error.params": "应用发送的内容无法读取。",
  "error.body_too_large": "内容太大，无法发送。",
};
