import type { Texts } from "../catalogue.ts";
import type { admin as source } from "../en/admin.ts";

export const admin: Texts<typeof source> = {
  "admin.description": "الوصف",
  "admin.description_hint": "جملة أو جملتان: ما هذا المكان ولمن هو.",
  "admin.rules": "القواعد",
  "admin.rules_hint": "بصيغة Markdown. يوافق عليها كل من ينضم.",
  "admin.contact": "بريد التواصل",
  "admin.contact_hint": "يظهر في صفحة «حول».",
  "admin.join_mode": "من يمكنه الانضمام",
  "join_mode.invite": "بدعوة",
  "join_mode.invite_hint": "ينضم من لديه رابط دعوة.",
  "join_mode.open": "الجميع",
  "join_mode.open_hint": "يمكن لأي شخص الانضمام.",
  "join_mode.closed": "لا أحد",
  "join_mode.closed_hint": "الانضمام مغلق حاليًا.",
};
