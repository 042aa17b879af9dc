import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import type { WaveMembersTable, WavesTable } from "./safety-schema.ts";

// Sign-ups that came together, and what was done to all of them at once (migration 0006).

export type WaveRow = Selectable<WavesTable>;
export type WaveMemberRow = Selectable<WaveMembersTable>;

const COLUMNS = { network: "network", agent: "agent", invite: "invite_id" } as const;
/** What sign-ups can have in common that is stored with them. */
export type StoredMark = keyof typeof COLUMNS;

/** Newest sign-ups whose first notes are compared. */
const NOTES_COMPARED = 2_000;

/** Members who joined, or wait to, since a time, and who are in no wave that holds. */
function openSignUps(since: number): RawBuilder<unknown> {
  return sql`sign_ups join accounts on accounts.id = sign_ups.account_id
    where sign_ups.created_at >= ${since} and sign_ups.state <> 'refused' and accounts.role = 'member'
      and not exists (select 1 from wave_members join waves on waves.id = wave_members.wave_id
        where wave_members.actor_id = accounts.actor_id and waves.state in ('working', 'done'))`;
}

export type MarkRow = {
  readonly mark: string;
  readonly people: number;
  readonly first: number;
  readonly last: number;
};

/** What sign-ups since a time have most in common, the most first. Index: sign_ups (created_at), wave_members (actor_id). */
export async function listMarks(
  db: Db,
  kind: StoredMark,
  query: { readonly since: number; readonly least: number; readonly limit: number },
): Promise<readonly MarkRow[]> {
  const column = sql.ref(`sign_ups.${COLUMNS[kind]}`);
  // Those of one open sub-select, since a `group by` of it needs the condition within.
  const found = await sql<MarkRow>`
    select marked.mark as mark, count(*) as people, min(marked.at) as first, max(marked.at) as last from (
      select ${column} as mark, sign_ups.created_at as at from ${openSignUps(query.since)} and ${column} is not null) marked
    group by marked.mark having count(*) >= ${query.least}
    order by count(*) desc, max(marked.at) desc limit ${query.limit}`.execute(db);
  return found.rows.map((row) => ({
    mark: String(row.mark),
    people: Number(row.people),
    first: Number(row.first),
    last: Number(row.last),
  }));
}

export type MarkedRow = { readonly actor_id: number; readonly username: string; readonly created_at: number };

/** Who has a mark in common, the first first. Index: sign_ups (created_at). */
export async function listMarked(
  db: Db,
  kind: StoredMark,
  query: { readonly mark: string; readonly since: number; readonly limit: number },
): Promise<readonly MarkedRow[]> {
  const column = sql.ref(`sign_ups.${COLUMNS[kind]}`);
  const wanted = kind === "invite" ? Number(query.mark) || 0 : query.mark;
  const found = await sql<MarkedRow>`
    select found.actor_id as actor_id, actors.username as username, found.at as created_at from (
      select accounts.actor_id as actor_id, sign_ups.created_at as at from ${openSignUps(query.since)} and ${column} = ${wanted})
      found join actors on actors.id = found.actor_id
    order by found.at, found.actor_id limit ${query.limit}`.execute(db);
  return found.rows;
}

/** The first note of each who joined since a time, 2,000 people at most. Index: sign_ups (created_at), notes (actor_id, id). */
export async function listFirstNotes(
  db: Db,
  since: number,
): Promise<readonly (MarkedRow & { readonly html: string })[]> {
  const found = await sql<MarkedRow & { html: string }>`
    select found.actor_id as actor_id, actors.username as username, found.at as created_at, notes.content_html as html from (
      select accounts.actor_id as actor_id, sign_ups.created_at as at from ${openSignUps(since)}
        order by sign_ups.created_at desc limit ${sql.lit(NOTES_COMPARED)}) found
    join actors on actors.id = found.actor_id
    join notes on notes.id = (select min(own.id) from notes own
      where own.actor_id = found.actor_id and own.deleted_at is null)
    order by found.at, found.actor_id`.execute(db);
  return found.rows;
}

/** Writes down a wave with everybody in it, in the caller's transaction. */
export async function insertWave(
  db: Db,
  row: Insertable<WavesTable>,
  actorIds: readonly number[],
): Promise<void> {
  await db.insertInto("waves").values(row).execute();
  for (let from = 0; from < actorIds.length; from += 500)
    await db
      .insertInto("wave_members")
      .values(
        actorIds
          .slice(from, from + 500)
          .map((actor_id) => ({ wave_id: row.id, actor_id, state: "waiting", before: null })),
      )
      .execute();
}

/** One wave. Index: the primary key. */
export async function findWave(db: Db, id: number): Promise<WaveRow | undefined> {
  return await db.selectFrom("waves").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The newest waves. Index: the primary key. */
export async function listWaveRows(db: Db, limit: number): Promise<readonly WaveRow[]> {
  return await db.selectFrom("waves").selectAll().orderBy("id", "desc").limit(limit).execute();
}

/** Turns a wave from one state to another; false when it is in a third. */
export async function turnWave(
  db: Db,
  id: number,
  turn: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const done = await db
    .updateTable("waves")
    .set({ state: turn.to })
    .where("id", "=", id)
    .where("state", "=", turn.from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Some of a wave who are in a state, by actor. Index: wave_members (wave_id, state, actor_id). */
export async function listWaveMembers(
  db: Db,
  waveId: number,
  state: string,
  limit: number,
): Promise<readonly WaveMemberRow[]> {
  return await db
    .selectFrom("wave_members")
    .selectAll()
    .where("wave_id", "=", waveId)
    .where("state", "=", state)
    .orderBy("actor_id")
    .limit(limit)
    .execute();
}

/** Marks one of a wave, if they are still in the state they were in; counts `step` people more. False when somebody else did. */
export async function turnWaveMember(
  db: Db,
  which: { readonly waveId: number; readonly actorId: number },
  turn: { readonly from: string; readonly to: string; readonly step: number },
): Promise<boolean> {
  const done = await db
    .updateTable("wave_members")
    .set({ state: turn.to })
    .where("wave_id", "=", which.waveId)
    .where("actor_id", "=", which.actorId)
    .where("state", "=", turn.from)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n) return false;
  await db
    .updateTable("waves")
    .set((eb) => ({ done: eb("done", "+", turn.step) }))
    .where("id", "=", which.waveId)
    .execute();
  return true;
}

/** Keeps what was there before, for taking it back; null = nothing was left to do for them, so nothing is taken back either. */
export async function rememberBefore(
  db: Db,
  which: { readonly waveId: number; readonly actorId: number },
  before: string | null,
): Promise<void> {
  await db
    .updateTable("wave_members")
    .set(before === null ? { state: "skipped" } : { before })
    .where("wave_id", "=", which.waveId)
    .where("actor_id", "=", which.actorId)
    .execute();
}

/** Removes everything that some people made others be told of; one walk through the notifications. */
export async function removeNotificationsBy(db: Db, actorIds: readonly number[]): Promise<void> {
  if (actorIds.length === 0) return;
  await db
    .deleteFrom("notifications")
    .where("actor_id", "in", [...actorIds])
    .execute();
}

/** Whom somebody follows or asks to, the oldest first. Index: follows (actor_id, state, id). */
export async function listFollowed(db: Db, actorId: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("follows")
    .select("target_id")
    .where("actor_id", "=", actorId)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.target_id);
}
