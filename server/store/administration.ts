import { sql } from "kysely";
import type { AccountRow, InviteRow } from "./accounts.ts";
import type { Db } from "./database.ts";
import type { ReportSight } from "./report-queue.ts";
import { texts } from "./json-rows.ts";
import type { EmojiRow } from "./emojis.ts";

// What moderators and administrators look at: members, invites, emoji out of use, and what a domain has to do with us.

export type MemberSort = "new" | "old" | "seen" | "notes";

export type MemberQuery = {
  /** Lower case; part of the username or the name. Empty = everybody. */
  readonly words: string;
  readonly state: "all" | "active" | "suspended" | "reported";
  /** For `reported`: whose reports count, as those see them who look; left out = all. */
  readonly sight?: ReportSight | undefined;
  readonly role: "all" | "staff";
  readonly sort: MemberSort;
  readonly offset: number;
  readonly limit: number;
};

export type MemberRow = Pick<AccountRow, "id" | "actor_id" | "role" | "created_at" | "suspended_at"> & {
  readonly memorial: number;
  readonly notes_count: number;
  /** Null when no session is left. */
  readonly seen_at: number | null;
  readonly open_reports: number;
};

const SEEN = sql<number | null>`(select max(seen_at) from sessions where sessions.account_id = accounts.id)`;
const OPEN_REPORTS = sql<number>`(select count(*) from reports where reports.target_id = accounts.actor_id and reports.state = 'open')`;

/** Accounts of members, by page: a table of hundreds that staff walk through now and then, so it is read by offset. */
export async function listMemberRows(db: Db, query: MemberQuery): Promise<readonly MemberRow[]> {
  const rows = await filtered(db, query)
    .select([
      "accounts.id",
      "accounts.actor_id",
      "accounts.role",
      "accounts.created_at",
      "accounts.suspended_at",
      "actors.memorial",
      "actors.notes_count",
      SEEN.as("seen_at"),
      OPEN_REPORTS.as("open_reports"),
    ])
    .orderBy(orderOf(query.sort), query.sort === "old" ? "asc" : "desc")
    .orderBy("accounts.id")
    .offset(query.offset)
    .limit(query.limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    open_reports: Number(row.open_reports),
    seen_at: row.seen_at === null ? null : Number(row.seen_at),
  }));
}

/** How many accounts a query finds in all. */
export async function countMembers(db: Db, query: MemberQuery): Promise<number> {
  const row = await filtered(db, query)
    .select((eb) => eb.fn.countAll<number>().as("members"))
    .executeTakeFirstOrThrow();
  return Number(row.members);
}

function orderOf(sort: MemberSort) {
  if (sort === "notes") return sql<number>`actors.notes_count`;
  return sort === "seen" ? sql<number>`coalesce(${SEEN}, 0)` : sql<number>`accounts.id`;
}

function filtered(db: Db, { words, state, role, sight }: MemberQuery) {
  let query = db
    .selectFrom("accounts")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    // Who waits at the door is on a page of their own.
    .where("accounts.pending_at", "is", null);
  if (words !== "") {
    const pattern = `%${words.replace(/[!%_]/g, "!$&")}%`;
    query = query.where(
      sql<boolean>`(lower(actors.username) like ${pattern} escape '!' or lower(actors.name) like ${pattern} escape '!')`,
    );
  }
  if (state === "active") query = query.where("accounts.suspended_at", "is", null);
  if (state === "suspended") query = query.where("accounts.suspended_at", "is not", null);
  if (state === "reported") {
    query = query.where(sql<boolean>`${OPEN_REPORTS} > 0`);
    if (sight !== undefined) query = query.where("accounts.actor_id", "!=", sight.viewerId);
    if (sight?.seesOwners === false) query = query.where("accounts.role", "!=", "owner");
  }
  if (role === "staff") query = query.where("accounts.role", "!=", "member");
  return query;
}

export type MemberNumbers = {
  readonly sessions: number;
  readonly passkeys: number;
  readonly open_reports: number;
  readonly done_reports: number;
  readonly made_reports: number;
  /** Username of whose invite was used. */
  readonly invited_by: string | null;
};

/** Figures about one account, in one statement. */
export async function memberNumbers(
  db: Db,
  ids: { readonly accountId: number; readonly actorId: number; readonly now: number },
): Promise<MemberNumbers> {
  const { rows } = await sql<MemberNumbers>`select
    (select count(*) from sessions where account_id = ${ids.accountId} and expires_at > ${ids.now}) as sessions,
    (select count(*) from passkeys where account_id = ${ids.accountId}) as passkeys,
    (select count(*) from reports where target_id = ${ids.actorId} and state = 'open') as open_reports,
    (select count(*) from reports where target_id = ${ids.actorId} and state = 'resolved') as done_reports,
    (select count(*) from reports where reporter_id = ${ids.actorId}) as made_reports,
    (select actors.username from accounts join invites on invites.id = accounts.invite_id
      join accounts maker on maker.id = invites.created_by join actors on actors.id = maker.actor_id
      where accounts.id = ${ids.accountId}) as invited_by`.execute(db);
  const row = rows[0];
  const count = (value: unknown) => Number(value ?? 0);
  return {
    sessions: count(row?.sessions),
    passkeys: count(row?.passkeys),
    open_reports: count(row?.open_reports),
    done_reports: count(row?.done_reports),
    made_reports: count(row?.made_reports),
    invited_by: row?.invited_by ?? null,
  };
}

export type IssuedInviteRow = InviteRow & { readonly username: string | null };

/** Everybody's invites that can still be used, newest first; `used` instead: those that cannot. */
export async function listAllInviteRows(
  db: Db,
  query: { readonly open: boolean; readonly now: number; readonly limit: number },
): Promise<readonly IssuedInviteRow[]> {
  return await db
    .selectFrom("invites")
    .leftJoin("accounts", "accounts.id", "invites.created_by")
    .leftJoin("actors", "actors.id", "accounts.actor_id")
    .selectAll("invites")
    .select("actors.username")
    .where((eb) => {
      const isOpen = eb.and([
        eb("invites.uses", "<", eb.ref("invites.max_uses")),
        eb("invites.revoked_at", "is", null),
        eb("invites.frozen_at", "is", null),
        eb.or([eb("invites.expires_at", "is", null), eb("invites.expires_at", ">", query.now)]),
      ]);
      return query.open ? isOpen : eb.not(isOpen);
    })
    .orderBy("invites.id", "desc")
    .limit(query.limit)
    .execute();
}

/** Ends an invite now; false when there is none of that id that still works. */
export async function endInvite(db: Db, id: number, now: number): Promise<boolean> {
  const done = await db
    .updateTable("invites")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Our own emoji, those out of use included, by name. Index: emojis (shortcode, host). */
export async function listEveryEmoji(db: Db, limit: number): Promise<readonly EmojiRow[]> {
  return await db
    .selectFrom("emojis")
    .selectAll()
    .where("host", "=", "")
    .orderBy("shortcode")
    .limit(limit)
    .execute();
}

/** Takes an emoji of ours into use again; false when there is none of that name out of use. */
export async function enableEmoji(db: Db, shortcode: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable("emojis")
    .set({ disabled: 0, updated_at: now })
    .where("host", "=", "")
    .where("shortcode", "=", shortcode)
    .where("disabled", "=", 1)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

export type DomainTies = {
  readonly people: number;
  readonly notes: number;
  /** Follows by members of somebody there, and by somebody there of members. */
  readonly following: number;
  readonly followers: number;
};

/** What a domain and those below it have to do with us: people known, notes kept, follows both ways. Reads actors once. */
export async function domainTies(db: Db, domain: string): Promise<DomainTies> {
  const below = `%.${domain.replace(/[!%_]/g, "!$&")}`;
  const { rows } = await sql<DomainTies>`
    with there as (select id from actors where (host = ${domain} or host like ${below} escape '!') and deleted_at is null)
    select (select count(*) from there) as people,
      (select count(*) from notes where deleted_at is null and actor_id in (select id from there)) as notes,
      (select count(*) from follows where state = 'accepted' and target_id in (select id from there)) as following,
      (select count(*) from follows where state = 'accepted' and actor_id in (select id from there)) as followers`.execute(
    db,
  );
  const row = rows[0];
  return {
    people: Number(row?.people ?? 0),
    notes: Number(row?.notes ?? 0),
    following: Number(row?.following ?? 0),
    followers: Number(row?.followers ?? 0),
  };
}

/** How many people each of these hosts has here, and how many follows with it ended. Hosts without any are left out. */
export async function countByHost(
  db: Db,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, { readonly people: number; readonly severed: number }>> {
  if (hosts.length === 0) return new Map();
  // Rules come by the thousand: more than a statement may have parameters.
  const named = sql<string>`(select v.value from ${texts(db, hosts)})`;
  const people = await db
    .selectFrom("actors")
    .select((eb) => ["host", eb.fn.countAll<number>().as("found")])
    .where("host", "in", named)
    .where("deleted_at", "is", null)
    .groupBy("host")
    .execute();
  const severed = await db
    .selectFrom("severed")
    .select((eb) => ["host", eb.fn.countAll<number>().as("found")])
    .where("host", "in", named)
    .groupBy("host")
    .execute();
  const ended = new Map(severed.map((row) => [row.host, Number(row.found)]));
  return new Map(
    people.map((row) => [row.host, { people: Number(row.found), severed: ended.get(row.host) ?? 0 }]),
  );
}

/** For each of these actors: reports about them that are open, and all there ever were. A small table, read once. */
export async function countReportsAbout(
  db: Db,
  actorIds: readonly number[],
): Promise<ReadonlyMap<number, { readonly open: number; readonly all: number }>> {
  if (actorIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("reports")
    .select((eb) => [
      "target_id",
      eb.fn.countAll<number>().as("found"),
      sql<number>`sum(case when state = 'open' then 1 else 0 end)`.as("open"),
    ])
    .where("target_id", "in", [...actorIds])
    .groupBy("target_id")
    .execute();
  return new Map(rows.map((row) => [row.target_id, { open: Number(row.open), all: Number(row.found) }]));
}

/** Reports in a state, about everybody but one actor. Index: reports (state, id). */
export async function countReportsIn(db: Db, state: string, exceptTargetId: number): Promise<number> {
  const row = await db
    .selectFrom("reports")
    .select((eb) => eb.fn.countAll<number>().as("found"))
    .where("state", "=", state)
    .where("target_id", "!=", exceptTargetId)
    .executeTakeFirstOrThrow();
  return Number(row.found);
}

/** Ids of notes by uri, with the uri. Index: notes (uri). */
export async function findNoteIdsByUri(
  db: Db,
  uris: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (uris.length === 0) return new Map();
  const rows = await db
    .selectFrom("notes")
    .select(["id", "uri"])
    .where("uri", "in", [...uris])
    .where("deleted_at", "is", null)
    .where("visibility", "!=", "direct")
    .execute();
  return new Map(rows.map((row) => [row.uri, row.id]));
}
