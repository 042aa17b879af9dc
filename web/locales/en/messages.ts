import type { MessageText } from "../catalogue.ts";

/** Private notes as conversations, and who may write to somebody. */
export const messages = {
  "messages.title": "Messages",
  "messages.lead": "Private notes, as conversations.",
  "messages.who": "Who may write to you",
  "messages.left": "Left",
  "messages.none": "No conversations yet.",
  "messages.none_left": "You have left no conversation.",
  "messages.with": "Conversation with {names}",
  "messages.unread": "New",
  "messages.open": "Open",
  "messages.mark_read": "Mark as read",
  "messages.mark_unread": "Mark as not read",
  "messages.leave": "Leave this conversation",
  "messages.back": "Come back to this conversation",
  "messages.from": "Who may write to you in private",
  "messages.from_hint":
    "Answers to what you wrote, and to conversations that you began, always arrive. Nobody is told what you choose.",
  "messages.from_everyone": "Everyone",
  "messages.from_everyone_hint": "As far as your notification settings allow.",
  "messages.from_followed": "People you follow",
  "messages.from_followed_hint": "What others write waits until you let them in.",
  "messages.from_nobody": "Nobody",
  "messages.from_nobody_hint": "You hear of nothing that you did not ask for.",
} as const satisfies Readonly<Record<string, MessageText>>;
