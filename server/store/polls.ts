import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Db } from "./database.ts";
import type { PollOptionsTable, PollsTable, PollVotesTable } from "./schema.ts";

export type PollRow = Selectable<PollsTable>;
export type PollOptionRow = Selectable<PollOptionsTable>;
export type PollVoteRow = Selectable<PollVotesTable>;

/** Writes a poll with its options, in their order. */
export async function insertPoll(
  db: Db,
  row: Insertable<PollsTable>,
  options: readonly { readonly title: string; readonly votes: number }[],
): Promise<void> {
  await db.insertInto("polls").values(row).execute();
  await db
    .insertInto("poll_options")
    .values(
      options.map(({ title, votes }, position) => ({
        note_id: row.note_id,
        position,
        title,
        votes_count: votes,
      })),
    )
    .execute();
}

/** Removes a poll with its options and votes. */
export async function removePoll(db: Db, noteId: number): Promise<void> {
  for (const table of ["poll_votes", "poll_options", "polls"] as const)
    await db.deleteFrom(table).where("note_id", "=", noteId).execute();
}

/** Polls of notes. Index: polls (note_id). */
export async function listPolls(db: Db, noteIds: readonly number[]): Promise<readonly PollRow[]> {
  if (noteIds.length === 0) return [];
  return await db.selectFrom("polls").selectAll().where("note_id", "in", noteIds).execute();
}

/** Options of polls, in order. Index: poll_options (note_id, position). */
export async function listPollOptions(db: Db, noteIds: readonly number[]): Promise<readonly PollOptionRow[]> {
  if (noteIds.length === 0) return [];
  return await db
    .selectFrom("poll_options")
    .selectAll()
    .where("note_id", "in", noteIds)
    .orderBy("note_id")
    .orderBy("position")
    .execute();
}

/** Changes columns of one poll. */
export async function updatePoll(db: Db, noteId: number, change: Updateable<PollsTable>): Promise<void> {
  await db.updateTable("polls").set(change).where("note_id", "=", noteId).execute();
}

/** Sets the tallies of a poll as its author tells them. */
export async function setTallies(db: Db, noteId: number, votes: readonly number[]): Promise<void> {
  for (const [position, votes_count] of votes.entries())
    await db
      .updateTable("poll_options")
      .set({ votes_count })
      .where("note_id", "=", noteId)
      .where("position", "=", position)
      .execute();
}

/** One actor's answers to polls. Index: poll_votes (note_id, actor_id). */
export async function listVotes(
  db: Db,
  actorId: number,
  noteIds: readonly number[],
): Promise<readonly PollVoteRow[]> {
  if (noteIds.length === 0) return [];
  return await db
    .selectFrom("poll_votes")
    .selectAll()
    .where("note_id", "in", noteIds)
    .where("actor_id", "=", actorId)
    .execute();
}

/** Writes a vote once per (poll, actor, option) and counts it; false when it was there already. */
export async function insertVote(db: Db, row: Insertable<PollVotesTable>): Promise<boolean> {
  const done = await db
    .insertInto("poll_votes")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (done === undefined) return false;
  await db
    .updateTable("poll_options")
    .set({ votes_count: sql<number>`votes_count + 1` })
    .where("note_id", "=", row.note_id)
    .where("position", "=", row.position)
    .execute();
  return true;
}

/** Counts one more person who voted. */
export async function countVoter(db: Db, noteId: number): Promise<void> {
  await db
    .updateTable("polls")
    .set({ voters_count: sql<number>`voters_count + 1` })
    .where("note_id", "=", noteId)
    .execute();
}

/** A vote by id. */
export async function findVote(db: Db, id: number): Promise<PollVoteRow | undefined> {
  return await db.selectFrom("poll_votes").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Open polls whose time is over, at most `limit`. Index: polls_open. */
export async function listEndedPolls(db: Db, now: number, limit: number): Promise<readonly PollRow[]> {
  return await db
    .selectFrom("polls")
    .selectAll()
    .where("closed_at", "is", null)
    .where("ends_at", "<=", now)
    .orderBy("ends_at")
    .limit(limit)
    .execute();
}

/** Members who voted in a poll. Index: poll_votes (note_id, actor_id). */
export async function listLocalVoters(db: Db, noteId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("poll_votes")
    .innerJoin("actors", "actors.id", "poll_votes.actor_id")
    .select("poll_votes.actor_id")
    .distinct()
    .where("poll_votes.note_id", "=", noteId)
    .where("actors.host", "=", "")
    .execute();
  return rows.map((row) => row.actor_id);
}

/** Where the remote people who voted take what is for many, each place once. Index: poll_votes (note_id, actor_id). */
export async function listVoterInboxes(
  db: Db,
  note: { readonly id: number; readonly actor_id: number; readonly visibility: string },
): Promise<readonly string[]> {
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  // What tells the tallies is the whole note, so that it goes only to those who may read it now (threats PRV-02).
  const mayRead = sql<boolean>`(not exists (select 1 from blocks
      where (blocks.actor_id = ${note.actor_id} and blocks.target_id = actors.id)
        or (blocks.actor_id = actors.id and blocks.target_id = ${note.actor_id}))
    and (${sql.lit(isOpen ? 1 : 0)} = 1
      or exists (select 1 from mentions where mentions.note_id = ${note.id} and mentions.actor_id = actors.id)
      or (${sql.lit(note.visibility === "followers" ? 1 : 0)} = 1 and exists (select 1 from follows
        where follows.actor_id = actors.id and follows.target_id = ${note.actor_id}
          and follows.state = 'accepted'))))`;
  const rows = await db
    .selectFrom("poll_votes")
    .innerJoin("actors", "actors.id", "poll_votes.actor_id")
    .select(["actors.inbox_uri", "actors.shared_inbox_uri"])
    .where("poll_votes.note_id", "=", note.id)
    .where("actors.host", "<>", "")
    .where("actors.deleted_at", "is", null)
    .where(mayRead)
    .execute();
  return [...new Set(rows.map((row) => row.shared_inbox_uri ?? row.inbox_uri))];
}
