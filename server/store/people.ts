import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";

// Everybody known here, members and people of other servers, as staff look through them.

/** Which people; what is left out = all. */
export type PeopleSieve = {
  readonly origin?: "here" | "elsewhere" | undefined;
  readonly state?: "active" | "suspended" | "limited" | "sensitized" | "waiting" | undefined;
  /** Lower case; the name begins with it. */
  readonly username?: string | undefined;
  /** Lower case; part of the name that is shown. */
  readonly name?: string | undefined;
  /** Lower case, whole. Only members have one here. */
  readonly email?: string | undefined;
  readonly host?: string | undefined;
  readonly staff?: boolean | undefined;
  /** Brought by one of this member's invites. */
  readonly invitedBy?: number | undefined;
  /** These alone. */
  readonly actorIds?: readonly number[] | undefined;
};

/** What only members have is null for everybody else. Times in ms. */
export type PersonRow = {
  /** Of the actor. */
  readonly id: number;
  readonly host: string;
  readonly account_id: number | null;
  readonly email: string | null;
  readonly role: string | null;
  readonly locale: string | null;
  readonly created_at: number;
  readonly suspended: number;
  readonly invited_by: number | null;
  /** Why they want to join, of who waits for approval. */
  readonly request: string | null;
};

/** People, newest first. Index: actors (id), which is walked until a page is full. */
export async function listPersonRows(db: Db, sieve: PeopleSieve, cursor: Cursor): Promise<Rows<PersonRow>> {
  let query = filtered(db, sieve).select([
    "actors.id",
    "actors.host",
    "accounts.id as account_id",
    "accounts.email",
    "accounts.role",
    "accounts.locale",
    sql<number>`coalesce(accounts.created_at, actors.published_at)`.as("created_at"),
    sql<number>`case when ${IS_SUSPENDED} then 1 else 0 end`.as("suspended"),
    sql<
      number | null
    >`(select maker.actor_id from invites join accounts maker on maker.id = invites.created_by
      where invites.id = accounts.invite_id)`.as("invited_by"),
    sql<string | null>`(select coalesce(sign_ups.reason, '') from sign_ups
      where sign_ups.account_id = accounts.id and accounts.pending_at is not null)`.as("request"),
  ]);
  if (cursor.before !== undefined) query = query.where("actors.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("actors.id", ">", cursor.after);
  const found = await query
    .orderBy("actors.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(
    found.map((row) => ({ ...row, created_at: Number(row.created_at), suspended: Number(row.suspended) })),
    cursor,
  );
}

const IS_SUSPENDED = sql<boolean>`(actors.suspended_at is not null or accounts.suspended_at is not null)`;

const STATES: Readonly<Record<NonNullable<PeopleSieve["state"]>, RawBuilder<boolean>>> = {
  active: sql<boolean>`not ${IS_SUSPENDED}`,
  suspended: IS_SUSPENDED,
  limited: sql<boolean>`actors.limited_at is not null`,
  sensitized: sql<boolean>`actors.sensitized_at is not null`,
  waiting: sql<boolean>`(accounts.pending_at is not null and exists (
    select 1 from sign_ups where sign_ups.account_id = accounts.id and sign_ups.state = 'waiting'))`,
};

function filtered(db: Db, sieve: PeopleSieve) {
  let query = db
    .selectFrom("actors")
    .leftJoin("accounts", "accounts.actor_id", "actors.id")
    .where("actors.deleted_at", "is", null)
    // The server's own actor is nobody.
    .where((eb) => eb.or([eb("actors.host", "!=", ""), eb("accounts.id", "is not", null)]));
  const { actorIds } = sieve;
  // Who waits at the door is found by those who ask for them.
  if (actorIds === undefined && sieve.state !== "waiting")
    query = query.where("accounts.pending_at", "is", null);
  if (actorIds !== undefined)
    query = query.where("actors.id", "in", actorIds.length === 0 ? [0] : [...actorIds]);
  if (sieve.origin !== undefined)
    query = query.where("actors.host", sieve.origin === "here" ? "=" : "!=", "");
  if (sieve.host !== undefined) query = query.where("actors.host", "=", sieve.host);
  if (sieve.email !== undefined) query = query.where(sql<string>`lower(accounts.email)`, "=", sieve.email);
  if (sieve.state !== undefined) query = query.where(STATES[sieve.state]);
  if (sieve.staff === true) query = query.where("accounts.role", "!=", "member");
  if (sieve.username !== undefined)
    query = query.where(sql<boolean>`lower(actors.username) like ${likeOf(sieve.username)} escape '!'`);
  if (sieve.name !== undefined)
    query = query.where(sql<boolean>`lower(actors.name) like ${`%${likeOf(sieve.name)}`} escape '!'`);
  if (sieve.invitedBy !== undefined)
    query = query.where(
      sql<boolean>`accounts.invite_id in (select invites.id from invites join accounts maker
        on maker.id = invites.created_by where maker.actor_id = ${sieve.invitedBy})`,
    );
  return query;
}

function likeOf(words: string): string {
  return `${words.replace(/[!%_]/g, "!$&")}%`;
}
