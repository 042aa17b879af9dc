import type { Texts } from "../catalogue.ts";
import type { messages as source } from "../en/messages.ts";

export const messages: Texts<typeof source> = {
  "messages.title": "私信",
  "messages.lead": "以对话形式显示的私信。",
  "messages.who": "谁可以给你写私信",
  "messages.left": "已离开",
  "messages.none": "还没有对话。",
  "messages.none_left": "你没有离开过任何对话。",
  "messages.with": "与 {names} 的对话",
  "messages.unread": "新",
  "messages.open": "打开",
  "messages.mark_read": "标为已读",
  "messages.mark_unread": "标为未读",
  "messages.leave": "离开这个对话",
  "messages.back": "回到这个对话",
  "messages.from": "谁可以给你发私信",
  "messages.from_hint": "对你所写内容的回复，以及你发起的对话中的消息，总会送达。没有人会知道你的选择。",
  "messages.from_everyone": "所有人",
  "messages.from_everyone_hint": "在你的通知设置允许的范围内。",
  "messages.from_followed": "你关注的人",
  "messages.from_followed_hint": "其他人写的内容会等到你允许他们为止。",
  "messages.from_nobody": "没有人",
  "messages.from_nobody_hint": "你不会收到任何你没有主动开始的私信。",
};
