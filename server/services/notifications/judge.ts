import type { App } from "../../context.ts";
import { canBeHeld, judgeMessage, judgeNotification, stricter } from "../../domain/notification-policy.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import type { PolicyAnswer, Preferences } from "../../domain/preferences.ts";
import type { Db } from "../../store/database.ts";
import {
  findMessageFacts,
  listSenderFacts,
  type MessageFacts,
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
  const preferences = new Map(facts.map((fact) => [fact.account_id, preferencesOf(fact.preferences)]));
  const isWords = told.kind === "mention" || told.kind === "reply";
  const asksForMessages = isWords && [...preferences.values()].some(minds);
  const message =
    asksForMessages && told.noteId !== undefined ? await findMessageFacts(tx, told.noteId) : null;
  const now = app.clock.now();
  return new Map(
    facts.map((fact) => {
      const chosen = preferences.get(fact.account_id) ?? preferencesOf("{}");
      const sender = senderOf(fact, isUninvited(message, fact.actor_id));
      const answer = judgeNotification(chosen.notificationPolicy, told.kind, sender, now);
      return [fact.account_id, isWords ? stricter(answer, judgeMessage(chosen, sender)) : answer];
    }),
  );
}

/**
 * What becomes of a direct note at these accounts as a line of their conversations. Its author's own is not asked. Two
 * statements, none when nobody of them minds who writes to them but one.
 */
export async function judgeMessages(
  tx: Db,
  note: { readonly id: number; readonly actorId: number },
  accountIds: readonly number[],
): Promise<ReadonlyMap<number, PolicyAnswer>> {
  const facts = (await listSenderFacts(tx, accountIds, note.actorId)).filter(
    (fact) => fact.actor_id !== note.actorId && minds(preferencesOf(fact.preferences)),
  );
  if (facts.length === 0) return new Map();
  const message = await findMessageFacts(tx, note.id);
  return new Map(
    facts.map((fact) => [
      fact.account_id,
      judgeMessage(preferencesOf(fact.preferences), senderOf(fact, isUninvited(message, fact.actor_id))),
    ]),
  );
}

/** True for who wants to be written to by some people only. */
function minds({ messagesFrom, notificationPolicy }: Preferences): boolean {
  return messagesFrom !== "everyone" || notificationPolicy.privateMentions !== "accept";
}

/** A direct note that answers nothing of somebody's, in a conversation that they did not begin. */
function isUninvited(message: MessageFacts | null, actorId: number): boolean {
  return message?.isDirect === true && message.answersActorId !== actorId && message.begunBy !== actorId;
}

function senderOf(fact: SenderFacts, isUninvitedMessage: boolean) {
  return {
    isFollowed: fact.follows > 0,
    followsSince: fact.follower_since,
    since: fact.sender_since,
    isPermitted: fact.permitted > 0,
    isUninvitedMessage,
    isLimited: fact.sender_limited_at !== null,
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
