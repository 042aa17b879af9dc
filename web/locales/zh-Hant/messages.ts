import type { Texts } from "../catalogue.ts";
import type { messages as source } from "../en/messages.ts";

export const messages: Texts<typeof source> = {
  "messages.title": "私訊",
  "messages.lead": "以對話形式顯示的私訊。",
  "messages.who": "誰可以給你寫私訊",
  "messages.left": "已離開",
  "messages.none": "還沒有對話。",
  "messages.none_left": "你沒有離開過任何對話。",
  "messages.with": "與 {names} 的對話",
  "messages.unread": "新",
  "messages.open": "開啟",
  "messages.mark_read": "標為已讀",
  "messages.mark_unread": "標為未讀",
  "messages.leave": "離開這個對話",
  "messages.back": "回到這個對話",
  "messages.from": "誰可以傳私訊給你",
  "messages.from_hint": "對你所寫內容的回覆，以及你發起的對話中的訊息，總會送達。沒有人會知道你的選擇。",
  "messages.from_everyone": "所有人",
  "messages.from_everyone_hint": "在你的通知設定允許的範圍內。",
  "messages.from_followed": "你追蹤的人",
  "messages.from_followed_hint": "其他人寫的內容會等到你允許他們為止。",
  "messages.from_nobody": "沒有人",
  "messages.from_nobody_hint": "你不會收到任何你沒有主動開始的私訊。",
};
