import type { Texts } from "../catalogue.ts";
import type { admin as source } from "../en/admin.ts";

export const admin: Texts<typeof source> = {
  "admin.description": "簡介",
  "admin.description_hint": "一兩句話：這裡是什麼樣的地方，歡迎誰來。",
  "admin.rules": "站規",
  "admin.rules_hint": "支援 Markdown。加入時必須同意。",
  "admin.contact": "聯絡信箱",
  "admin.contact_hint": "顯示在「關於」頁面。",
  "admin.join_mode": "誰可以加入",
  "join_mode.invite": "憑邀請",
  "join_mode.invite_hint": "有邀請連結的人可以加入。",
  "join_mode.open": "所有人",
  "join_mode.open_hint": "任何人都可以加入。",
  "join_mode.closed": "不開放",
  "join_mode.closed_hint": "目前不接受新成員。",
};
