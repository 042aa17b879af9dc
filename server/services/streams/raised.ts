import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { listConversationsEndingWith } from "../../store/streams.ts";
import {
  type ConversationId,
  type ConversationView,
  viewConversation,
} from "../conversations/conversations.ts";
import { CausewayError } from "../../errors.ts";

/** Conversations of those who are connected that a direct note is the newest of, by account: those who see it have few. */
export async function findRaisedConversations(
  app: App,
  noteId: number,
  viewers: readonly Viewer[],
): Promise<ReadonlyMap<number, ConversationView>> {
  const accountIds = viewers.map(({ accountId }) => accountId);
  const found = new Map<number, ConversationView>();
  for (const row of await listConversationsEndingWith(app.db, noteId, accountIds)) {
    const viewer = viewers.find(({ accountId }) => accountId === row.account_id);
    const view = viewer === undefined ? null : await viewOrNull(app, viewer, asId(row.id));
    if (view !== null) found.set(row.account_id, view);
  }
  return found;
}

async function viewOrNull(app: App, viewer: Viewer, id: ConversationId): Promise<ConversationView | null> {
  try {
    return await viewConversation(app, viewer, id);
  } catch (error) {
    if (error instanceof CausewayError) return null;
    throw error;
  }
}
