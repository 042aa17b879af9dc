import type { Insertable, RawBuilder, Selectable, Updateable } from "kysely";
import { sql } from "kysely";
import { waitingName } from "../domain/gates.ts";
import type { Db } from "./database.ts";
import { removeFiltersOf } from "./filters.ts";
import { removeLifeboatsOf } from "./lifeboats.ts";
import { prepared } from "./prepared.ts";
import type { AccountsTable, InvitesTable, Schema } from "./schema.ts";
import { removeSessions } from "./sessions.ts";
import { removeTransfersOf } from "./transfers.ts";

export type AccountRow = Selectable<AccountsTable>;
export type InviteRow = Selectable<InvitesTable>;

/** Inserts an account; the actor row must be there. */
export async function insertAccount(db: Db, row: Insertable<AccountsTable>): Promise<void> {
  await db.insertInto("accounts").values(row).execute();
}

/** An account by its id. */
export async function findAccount(db: Db, id: number): Promise<AccountRow | undefined> {
  return await db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
}

/**
 * An account with its actor and how many pending requests to follow there are, of which no more than `most` are counted.
 * Indexes: the primary keys, follows (target_id, state).
 */
export async function findSelf(
  db: Db,
  { accountId, most }: { readonly accountId: number; readonly most: number },
) {
  const [row] = await prepared(db, "self", { accountId, most }, (on, places) =>
    on
      .selectFrom("accounts")
      .innerJoin("actors", "actors.id", "accounts.actor_id")
      .selectAll("actors")
      .select([
        "accounts.role as account_role",
        "accounts.policy as account_policy",
        "accounts.locale as account_locale",
        "accounts.languages as account_languages",
        "accounts.preferences as account_preferences",
      ])
      .select(
        sql<number>`(select count(*) from (select 1 from follows f where f.target_id = actors.id
          and f.state = 'pending' limit ${places.most}) as pending)`.as("follow_requests"),
      )
      .where("accounts.id", "=", places.accountId),
  );
  return row;
}

/** The account that owns an actor; undefined for remote actors. Index: accounts (actor_id). */
export async function findAccountOfActor(db: Db, actorId: number): Promise<AccountRow | undefined> {
  return await db.selectFrom("accounts").selectAll().where("actor_id", "=", actorId).executeTakeFirst();
}

/** Account ids of local actors, by actor id. Index: accounts (actor_id). */
export async function findAccountsOfActors(
  db: Db,
  actorIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (actorIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("accounts")
    .select(["id", "actor_id"])
    .where("actor_id", "in", actorIds)
    .execute();
  return new Map(rows.map((row) => [row.actor_id, row.id]));
}

/** An account by username or e-mail, for signing in. */
export async function findAccountByLogin(db: Db, login: string): Promise<AccountRow | undefined> {
  return await db
    .selectFrom("accounts")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .selectAll("accounts")
    .where((eb) =>
      login.includes("@")
        ? eb("accounts.email", "=", login)
        : // Who waits for approval bears a marked name until then.
          eb.and([eb("actors.username", "in", [login, waitingName(login)]), eb("actors.host", "=", "")]),
    )
    .executeTakeFirst();
}

/** True when the e-mail address is in use. Index: accounts (email). */
export async function emailIsTaken(db: Db, email: string): Promise<boolean> {
  const row = await db.selectFrom("accounts").select("id").where("email", "=", email).executeTakeFirst();
  return row !== undefined;
}

/** Changes columns of one account. */
export async function updateAccount(db: Db, id: number, change: Updateable<AccountsTable>): Promise<void> {
  await db.updateTable("accounts").set(change).where("id", "=", id).execute();
}

/** Removes an account with its sessions, ways in, drafts and notifications; the actor row stays, so the name is never reused. */
export async function removeAccount(db: Db, id: number): Promise<void> {
  await removeSessions(db, id, null);
  for (const table of [
    "passkeys",
    "recovery_codes",
    "reset_links",
    "push_subscriptions",
    "grants",
    "tokens",
    "drafts",
    "uploads",
    "idempotency",
    "notifications",
    "notification_requests",
    "notification_permissions",
    "markers",
    "announcement_reads",
    "conversations",
    "muted_threads",
  ] as const satisfies readonly (keyof Schema)[])
    // One type for all of these tables at once takes the compiler minutes.
    await sql`delete from ${sql.table(table)} where account_id = ${id}`.execute(db);
  await removeFiltersOf(db, id);
  await removeTransfersOf(db, id);
  // Their files go with the next sweep.
  await removeLifeboatsOf(db, id);
  await db.deleteFrom("accounts").where("id", "=", id).execute();
}

/** Members and how many were seen since two times in ms, for NodeInfo. */
export async function countAccounts(
  db: Db,
  since: { readonly month: number; readonly halfYear: number },
): Promise<{ readonly members: number; readonly month: number; readonly halfYear: number }> {
  const active = (time: number) =>
    sql<number>`(select count(distinct account_id) from sessions where seen_at >= ${time})`;
  const row = await db
    .selectFrom("accounts")
    .select((eb) => [
      eb.fn.countAll<number>().as("members"),
      active(since.month).as("month"),
      active(since.halfYear).as("half_year"),
    ])
    // Who waits at the door is no member yet.
    .where("pending_at", "is", null)
    .executeTakeFirstOrThrow();
  return { members: Number(row.members), month: Number(row.month), halfYear: Number(row.half_year) };
}

/** Revokes all API tokens of an account, codes on their way to become some, and what their devices were told by push. */
export async function removeTokens(db: Db, accountId: number): Promise<void> {
  await db.deleteFrom("grants").where("account_id", "=", accountId).execute();
  await db
    .deleteFrom("push_subscriptions")
    .where("account_id", "=", accountId)
    .where("token_id", "is not", null)
    .execute();
  await db.deleteFrom("tokens").where("account_id", "=", accountId).execute();
}

/** Inserts an invite. */
export async function insertInvite(db: Db, row: Insertable<InvitesTable>): Promise<void> {
  await db.insertInto("invites").values(row).execute();
}

/** An invite that can still be used. Index: invites (code). */
export async function findOpenInvite(db: Db, code: string, now: number): Promise<InviteRow | undefined> {
  return await db
    .selectFrom("invites")
    .selectAll()
    .where("code", "=", code)
    .whereRef("uses", "<", "max_uses")
    .where("revoked_at", "is", null)
    .where("frozen_at", "is", null)
    .where(isMakerIn())
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .executeTakeFirst();
}

/** Who made an invite may still sign in, or it is the operator's: whoever was thrown out must not come back by their links. */
function isMakerIn(): RawBuilder<boolean> {
  return sql<boolean>`(invites.created_by is null or exists (select 1 from accounts maker
    where maker.id = invites.created_by and maker.suspended_at is null))`;
}

/** Counts one use of an invite; false when another sign-up took the last one, or it was ended meanwhile. */
export async function consumeInvite(db: Db, id: number): Promise<boolean> {
  const done = await db
    .updateTable("invites")
    .set((eb) => ({ uses: eb("uses", "+", 1) }))
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .where("frozen_at", "is", null)
    .where(isMakerIn())
    .whereRef("uses", "<", "max_uses")
    .executeTakeFirst();
  return Number(done.numUpdatedRows) > 0;
}

/** Invites made by an account, newest first. */
export async function listInviteRows(db: Db, accountId: number): Promise<readonly InviteRow[]> {
  return await db
    .selectFrom("invites")
    .selectAll()
    .where("created_by", "=", accountId)
    .orderBy("id", "desc")
    .limit(50)
    .execute();
}

/** True when a name of this server is somebody's, or was asked for by who waits for approval. Index: actors (username, host). */
export async function isNameTaken(db: Db, username: string): Promise<boolean> {
  const row = await db
    .selectFrom("actors")
    .select("id")
    .where("username", "in", [username, waitingName(username)])
    .where("host", "=", "")
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Makes further transactions that lock the same account wait for this one: what one person submits twice at once is done
 * one after the other. SQLite has one writer anyway; PostgreSQL locks the row.
 */
export async function lockAccount(db: Db, id: number): Promise<void> {
  await db
    .updateTable("accounts")
    .set((eb) => ({ id: eb.ref("id") }))
    .where("id", "=", id)
    .execute();
}
