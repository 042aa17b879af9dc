import { sql } from "kysely";
import type { Db } from "./database.ts";

// Who came by whose invite, and ending what grows below somebody.

/** How far below somebody is looked, and how many people are shown or frozen at once. */
const DEEPEST = 20;

/** People that somebody may invite by links made since a time, ms. Index: invites (created_by). */
export async function countInvited(db: Db, accountId: number, since: number): Promise<number> {
  const row = await db
    .selectFrom("invites")
    .select((eb) => eb.fn.sum<number>("max_uses").as("people"))
    .where("created_by", "=", accountId)
    .where("created_at", ">=", since)
    .executeTakeFirst();
  return Number(row?.people ?? 0);
}

/** True when the link that somebody came by was frozen. Index: the primary keys. */
export async function cameByFrozenInvite(db: Db, accountId: number): Promise<boolean> {
  const row = await db
    .selectFrom("accounts")
    .innerJoin("invites", "invites.id", "accounts.invite_id")
    .select("invites.id")
    .where("accounts.id", "=", accountId)
    .where("invites.frozen_at", "is not", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends an invite of somebody's own; false when there is none of that id that still works. */
export async function endOwnInvite(
  db: Db,
  which: { readonly id: number; readonly accountId: number; readonly now: number },
): Promise<boolean> {
  const done = await db
    .updateTable("invites")
    .set({ revoked_at: which.now })
    .where("id", "=", which.id)
    .where("created_by", "=", which.accountId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

export type InviterRow = { readonly username: string; readonly people: number };

/** Who brought the most people, the most first. Index: accounts_invite (partial), the primary key of invites. */
export async function listInviters(db: Db, limit: number): Promise<readonly InviterRow[]> {
  const found = await sql<{ username: string; people: number }>`
    select actors.username as username, counted.people as people from (
      select invites.created_by as maker, count(*) as people
      from accounts join invites on invites.id = accounts.invite_id
      where accounts.invite_id is not null and invites.created_by is not null
      group by invites.created_by order by count(*) desc, invites.created_by limit ${limit}) counted
    join accounts on accounts.id = counted.maker join actors on actors.id = accounts.actor_id
    order by counted.people desc, actors.username`.execute(db);
  return found.rows.map((row) => ({ ...row, people: Number(row.people) }));
}

export type BelowRow = {
  readonly account_id: number;
  readonly actor_id: number;
  /** Account whose invite was used. */
  readonly by_id: number;
  readonly username: string;
  readonly role: string;
  readonly created_at: number;
  readonly suspended: number;
  readonly frozen: number;
};

/**
 * Everybody who came by an invite of somebody, or of those who did, the nearest and oldest first. Index: invites
 * (created_by), accounts_invite (partial).
 */
export async function listBelow(db: Db, accountId: number, limit: number): Promise<readonly BelowRow[]> {
  const found = await sql<BelowRow>`
    with recursive below (account_id, by_id, depth) as (
      select accounts.id, invites.created_by, 1 from invites join accounts on accounts.invite_id = invites.id
        where invites.created_by = ${accountId}
      union all
      select accounts.id, invites.created_by, below.depth + 1 from below
        join invites on invites.created_by = below.account_id join accounts on accounts.invite_id = invites.id
        where below.depth < ${sql.lit(DEEPEST)})
    select below.account_id as account_id, accounts.actor_id as actor_id, below.by_id as by_id,
      actors.username as username, accounts.role as role, accounts.created_at as created_at,
      case when actors.suspended_at is null then 0 else 1 end as suspended,
      case when exists (select 1 from invites stopped where stopped.id = accounts.invite_id and stopped.frozen_at is not null)
        then 1 else 0 end as frozen
    from below join accounts on accounts.id = below.account_id join actors on actors.id = accounts.actor_id
    order by below.depth, below.account_id limit ${limit}`.execute(db);
  return found.rows.map((row) => ({ ...row, suspended: Number(row.suspended), frozen: Number(row.frozen) }));
}

/** By whose invites somebody came, the nearest first. Index: the primary keys. */
export async function listAbove(db: Db, accountId: number): Promise<readonly string[]> {
  const found = await sql<{ username: string }>`
    with recursive above (account_id, depth) as (
      select invites.created_by, 1 from accounts join invites on invites.id = accounts.invite_id
        where accounts.id = ${accountId} and invites.created_by is not null
      union all
      select invites.created_by, above.depth + 1 from above join accounts on accounts.id = above.account_id
        join invites on invites.id = accounts.invite_id
        where invites.created_by is not null and above.depth < ${sql.lit(DEEPEST)})
    select actors.username as username from above join accounts on accounts.id = above.account_id
      join actors on actors.id = accounts.actor_id order by above.depth`.execute(db);
  return found.rows.map((row) => row.username);
}

/** Freezes what some accounts made: none of these links lets anybody in any more, until they are thawed (`at` null). */
export async function freezeInvitesOf(
  db: Db,
  accountIds: readonly number[],
  at: number | null,
): Promise<number> {
  if (accountIds.length === 0) return 0;
  const done = await db
    .updateTable("invites")
    .set({ frozen_at: at })
    .where("created_by", "in", [...accountIds])
    .where((eb) => (at === null ? eb("frozen_at", "is not", null) : eb("frozen_at", "is", null)))
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** Freezes one link. Index: the primary key. */
export async function freezeInvite(db: Db, id: number, at: number): Promise<void> {
  await db.updateTable("invites").set({ frozen_at: at }).where("id", "=", id).execute();
}
