import type { Texts } from "../catalogue.ts";
import type { security as source } from "../en/security.ts";

export const security: Texts<typeof source> = {
  "security.password": "密码",
  "security.current": "当前密码",
  "security.next": "新密码",
  "security.password_hint": "其他所有设备和应用都会退出登录。",
  "security.change": "修改密码",
  "security.sessions": "登录中的设备",
  "security.sessions_hint": "只记录浏览器和系统，不记录 IP 地址。",
  "security.unknown_browser": "未知浏览器",
  "security.this_one": "当前设备",
  "security.seen": "最近使用：{seen}，登录于：{since}",
  "security.end": "退出",
  "security.end_others": "退出其他所有设备",
};
