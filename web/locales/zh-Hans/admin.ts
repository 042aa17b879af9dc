import type { Texts } from "../catalogue.ts";
import type { admin as source } from "../en/admin.ts";

export const admin: Texts<typeof source> = {
  "admin.description": "简介",
  "admin.description_hint": "一两句话：这里是什么样的地方，欢迎谁来。",
  "admin.rules": "站规",
  "admin.rules_hint": "支持 Markdown。加入时需要接受。",
  "admin.contact": "联系邮箱",
  "admin.contact_hint": "显示在“关于”页面。",
  "admin.join_mode": "谁可以加入",
  "join_mode.invite": "凭邀请",
  "join_mode.invite_hint": "有邀请链接的人可以加入。",
  "join_mode.open": "所有人",
  "join_mode.open_hint": "任何人都可以加入。",
  "join_mode.closed": "不开放",
  "join_mode.closed_hint": "暂时不接受新成员。",
};
