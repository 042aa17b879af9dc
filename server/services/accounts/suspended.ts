import type { App } from "../../context.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import type { AccountRow } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { findSession } from "../../store/sessions.ts";
import { hashToken } from "./sessions.ts";

/**
 * Somebody who was suspended and signed in: no viewer anywhere, so that nothing of members is theirs; they may read what was
 * decided about them, object to it, and take their data along.
 */
export type Suspended = {
  readonly accountId: AccountId;
  readonly actorId: ActorId;
  readonly username: string;
  readonly locale: string | null;
};

/** True for an account that was suspended; false for one that is kept in somebody's memory, where nobody signs in. */
export async function isSuspendedPerson(app: App, account: AccountRow): Promise<boolean> {
  if (account.suspended_at === null) return false;
  const actor = await findActorById(app.db, account.actor_id);
  return actor !== undefined && actor.deleted_at === null && actor.suspended_at !== null;
}

/** Who was suspended behind a session token; null for everybody else. */
export async function findSuspended(app: App, sessionToken: string): Promise<Suspended | null> {
  const row = await findSession(app.db, hashToken(sessionToken));
  if (row === undefined || row.expires_at <= app.clock.now() || row.suspended_at === null) return null;
  return {
    accountId: asId(row.account_id),
    actorId: asId(row.actor_id),
    username: row.username,
    locale: row.locale,
  };
}
