import type { App } from "../../context.ts";
import { canBeHeld, judgeNotification } from "../../domain/notification-policy.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import type { PolicyAnswer } from "../../domain/preferences.ts";
import type { Db } from "../../store/database.ts";
import {
  findMessageFacts,
  listSenderFacts,
  putRequests,
  type SenderFacts,
} from "../../store/notification-requests.ts";
import { preferencesOf } from "../accounts/sessions.ts";

/** Something that local accounts are told. */
type Told = { readonly kind: NotificationKind; readonly actorId: number; readonly noteId?: number };

/**
 * What the policies of accounts say to something, inside the caller's transaction; accounts that are not in the answer
 * accept it. At most two statements, and none for what never waits.
 */
export async function judgeTelling(
  app: App,
  tx: Db,
  told: Told,
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, PolicyAnswer>> {
  if (accountIds.length === 0 || !canBeHeld(told.kind)) return new Map();
  const facts = await listSenderFacts(tx, accountIds, told.actorId);
  const policies = new Map(
    facts.map((fact) => [fact.account_id, preferencesOf(fact.preferences).notificationPolicy]),
  );
  const asksForMessages =
    (told.kind === "mention" || told.kind === "reply") &&
    [...policies.values()].some((policy) => policy.privateMentions !== "accept");
  const message =
    asksForMessages && told.noteId !== undefined ? await findMessageFacts(tx, told.noteId) : null;
  const now = app.clock.now();
  return new Map(
    facts.map((fact) => [
      fact.account_id,
      judgeNotification(
        policies.get(fact.account_id) ?? preferencesOf("{}").notificationPolicy,
        told.kind,
        senderOf(fact, message?.isDirect === true && message.answersActorId !== fact.actor_id),
        now,
      ),
    ]),
  );
}

function senderOf(fact: SenderFacts, isUninvitedMessage: boolean) {
  return {
    isFollowed: fact.follows > 0,
    followsSince: fact.follower_since,
    since: fact.sender_since,
    isPermitted: fact.permitted > 0,
    isUninvitedMessage,
  };
}

/** Writes down that something of an actor waits for these accounts, inside the caller's transaction. */
export async function holdBack(app: App, tx: Db, told: Told, accountIds: readonly number[]): Promise<void> {
  const now = app.clock.now();
  await putRequests(
    tx,
    accountIds.map((accountId) => ({
      id: app.ids.next(),
      account_id: accountId,
      actor_id: told.actorId,
      last_note_id: told.noteId ?? null,
      created_at: now,
      updated_at: now,
    })),
  );
}
