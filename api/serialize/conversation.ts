import type { ConversationView } from "../../server/services/conversations/conversations.ts";
import type { Conversation } from "../entities/conversation.ts";
import { toAccount } from "./account.ts";
import { toStatus } from "./status.ts";

/** A conversation as one of its people sees it. */
export function toConversation(origin: string, { id, unread, people, last }: ConversationView): Conversation {
  return {
    id: String(id),
    unread,
    accounts: people.map((actor) => toAccount(origin, actor)),
    last_status: toStatus({ origin, isSignedIn: true }, last),
  };
}
