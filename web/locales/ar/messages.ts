import type { Texts } from "../catalogue.ts";
import type { messages as source } from "../en/messages.ts";

export const messages: Texts<typeof source> = {
  "messages.title": "الرسائل",
  "messages.lead": "منشورات خاصة في محادثات.",
  "messages.who": "من له أن يراسلك",
  "messages.left": "غادرتها",
  "messages.none": "لا محادثات بعد.",
  "messages.none_left": "لم تغادر أي محادثة.",
  "messages.with": "محادثة مع {names}",
  "messages.unread": "جديد",
  "messages.open": "افتح",
  "messages.mark_read": "علّمها كمقروءة",
  "messages.mark_unread": "علّمها كغير مقروءة",
  "messages.leave": "غادر هذه المحادثة",
  "messages.back": "عد إلى هذه المحادثة",
  "messages.from": "من له أن يراسلك على الخاص",
  "messages.from_hint": "تصل دائمًا الردود على ما كتبته وعلى المحادثات التي بدأتها. ولا يُخبَر أحد بما تختار.",
  "messages.from_everyone": "الجميع",
  "messages.from_everyone_hint": "بقدر ما تسمح به إعدادات إشعاراتك.",
  "messages.from_followed": "من تتابعهم",
  "messages.from_followed_hint": "ما يكتبه الآخرون ينتظر حتى تسمح لهم.",
  "messages.from_nobody": "لا أحد",
  "messages.from_nobody_hint": "لا يصلك شيء لم تطلبه.",
};
