import type { Expression, ExpressionBuilder, Insertable, Selectable, SqlBool } from "kysely";
import type { Db } from "./database.ts";
import type { Schema, SessionsTable } from "./schema.ts";

export type SessionRow = Selectable<SessionsTable>;

/** Inserts a session; only the token's hash is stored. */
export async function insertSession(db: Db, row: Insertable<SessionsTable>): Promise<void> {
  await db.insertInto("sessions").values(row).execute();
}

/** The signed-in person behind a token hash, with account and actor in one query. Index: sessions (token_hash). */
export async function findSession(db: Db, tokenHash: string) {
  return await db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .select([
      "sessions.id as session_id",
      "sessions.seen_at",
      "sessions.expires_at",
      "sessions.created_at",
      "accounts.id as account_id",
      "accounts.role",
      "accounts.locale",
      "accounts.languages",
      "accounts.preferences",
      "accounts.suspended_at",
      "accounts.pending_at",
      "actors.id as actor_id",
      "actors.username",
      "actors.name",
    ])
    .where("sessions.token_hash", "=", tokenHash)
    .executeTakeFirst();
}

/** When the person of a session last proved who they are, ms; null for never or no session. */
export async function findConfirmedAt(db: Db, accountId: number, tokenHash: string): Promise<number | null> {
  const row = await db
    .selectFrom("sessions")
    .select("confirmed_at")
    .where("token_hash", "=", tokenHash)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row?.confirmed_at ?? null;
}

/** Notes that a session was used and prolongs it. */
export async function touchSession(db: Db, id: number, seenAt: number, expiresAt: number): Promise<void> {
  await db
    .updateTable("sessions")
    .set({ seen_at: seenAt, expires_at: expiresAt })
    .where("id", "=", id)
    .execute();
}

/** Gives a session another token, and a fresh proof when `confirmedAt` (ms) is given; false when there is none. */
export async function renewSession(
  db: Db,
  accountId: number,
  change: { readonly from: string; readonly to: string; readonly confirmedAt?: number | undefined },
): Promise<boolean> {
  const done = await db
    .updateTable("sessions")
    .set({
      token_hash: change.to,
      ...(change.confirmedAt === undefined ? {} : { confirmed_at: change.confirmedAt }),
    })
    .where("token_hash", "=", change.from)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Takes the proofs from all sessions of an account, so that what it may do now is asked for anew. */
export async function forgetConfirmations(db: Db, accountId: number): Promise<void> {
  await db.updateTable("sessions").set({ confirmed_at: null }).where("account_id", "=", accountId).execute();
}

/** Sessions of an account, last used first. Index: sessions (account_id). */
export async function listSessionRows(
  db: Db,
  accountId: number,
  now: number,
): Promise<readonly SessionRow[]> {
  return await db
    .selectFrom("sessions")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("expires_at", ">", now)
    .orderBy("seen_at", "desc")
    .limit(100)
    .execute();
}

/** Ends one session of an account; true when there was one. */
export async function removeSession(db: Db, accountId: number, id: number): Promise<boolean> {
  const gone = await removeWhere(db, (eb) =>
    eb.and([eb("sessions.id", "=", id), eb("sessions.account_id", "=", accountId)]),
  );
  return gone > 0;
}

/** Ends the session with this token hash. */
export async function removeSessionByHash(db: Db, tokenHash: string): Promise<void> {
  await removeWhere(db, (eb) => eb("sessions.token_hash", "=", tokenHash));
}

/** Ends all sessions of an account, but one if named. */
export async function removeSessions(db: Db, accountId: number, exceptHash: string | null): Promise<void> {
  await removeWhere(db, (eb) =>
    eb.and([
      eb("sessions.account_id", "=", accountId),
      ...(exceptHash === null ? [] : [eb("sessions.token_hash", "!=", exceptHash)]),
    ]),
  );
}

/** Removes sessions that ran out. */
export async function sweepSessions(db: Db, now: number): Promise<void> {
  await removeWhere(db, (eb) => eb("sessions.expires_at", "<=", now));
}

type Condition = (eb: ExpressionBuilder<Schema, "sessions">) => Expression<SqlBool>;

/** What a session was told by push ends with it: the browser behind it is nobody's any more. */
async function removeWhere(db: Db, condition: Condition): Promise<number> {
  await db
    .deleteFrom("push_subscriptions")
    .where("session_id", "in", (eb) => eb.selectFrom("sessions").select("sessions.id").where(condition))
    .execute();
  const done = await db.deleteFrom("sessions").where(condition).executeTakeFirst();
  return Number(done.numDeletedRows);
}
