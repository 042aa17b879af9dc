import type { Insertable, Selectable } from "kysely";
import { sql } from "kysely";
import { addToActorCounts } from "./actors.ts";
import type { Db } from "./database.ts";
import { addToNoteCount } from "./notes.ts";
import type { RelaysTable, Schema } from "./schema.ts";
import { unindexNote } from "./search.ts";

export type RelayRow = Selectable<RelaysTable>;

/** All relays, oldest first; there are a handful. */
export async function listRelayRows(db: Db): Promise<readonly RelayRow[]> {
  return await db.selectFrom("relays").selectAll().orderBy("id").execute();
}

/** Adds a relay; false when its inbox is known already. */
export async function insertRelay(db: Db, row: Insertable<RelaysTable>): Promise<boolean> {
  const done = await db
    .insertInto("relays")
    .values(row)
    .onConflict((conflict) => conflict.column("inbox_uri").doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Notes what a relay answered. */
export async function updateRelay(
  db: Db,
  id: number,
  change: { readonly state: string; readonly actor_uri: string },
): Promise<void> {
  await db.updateTable("relays").set(change).where("id", "=", id).execute();
}

/** Removes a relay; false when it was gone already. */
export async function removeRelay(db: Db, id: number): Promise<boolean> {
  const done = await db.deleteFrom("relays").where("id", "=", id).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Remembers that a relay brought a note that nobody here had asked for. */
export async function insertRelayedNote(
  db: Db,
  row: { readonly note_id: number; readonly relay_id: number; readonly created_at: number },
): Promise<void> {
  await db
    .insertInto("relayed_notes")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** What shows that somebody here has to do with the note `n`. */
const TOUCHES = [
  "select 1 from notes c where c.reply_to_id = n.id",
  "select 1 from notes q where q.quote_id = n.id",
  "select 1 from bookmarks b where b.note_id = n.id",
  "select 1 from board_notes g where g.note_id = n.id",
  "select 1 from notifications o where o.note_id = n.id",
  "select 1 from announces a where a.note_id = n.id",
  "select 1 from pins p where p.note_id = n.id",
  "select 1 from interactions i where i.note_id = n.id",
  "select 1 from likes l join actors x on x.id = l.actor_id where l.note_id = n.id and x.host = ''",
  "select 1 from reactions r join actors x on x.id = r.actor_id where r.note_id = n.id and x.host = ''",
  "select 1 from poll_votes v join actors x on x.id = v.actor_id where v.note_id = n.id and x.host = ''",
  "select 1 from mentions m join actors x on x.id = m.actor_id where m.note_id = n.id and x.host = ''",
  "select 1 from follows f join actors x on x.id = f.actor_id where f.target_id = n.actor_id and x.host = ''",
];

type Prunable = { readonly id: number; readonly actor_id: number; readonly reply_to_id: number | null };

/** Relayed notes of before a time that nobody here has anything to do with. Index: relayed_notes (created_at, note_id). */
export async function listUntouchedRelayed(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly Prunable[]> {
  const untouched = sql.raw(TOUCHES.map((touch) => `not exists (${touch})`).join(" and "));
  const { rows } = await sql<Prunable>`
    select n.id, n.actor_id, n.reply_to_id from relayed_notes y join notes n on n.id = y.note_id
    where y.created_at < ${before} and n.local = 0 and n.deleted_at is null and ${untouched}
    order by y.created_at limit ${limit}`.execute(db);
  return rows;
}

/** Removes notes without a trace, so that they may come again. */
export async function removeRelayedNotes(db: Db, notes: readonly Prunable[]): Promise<void> {
  const ids = notes.map((note) => note.id);
  if (ids.length === 0) return;
  for (const id of ids) await unindexNote(db, id);
  for (const table of [
    "relayed_notes",
    "entries",
    "note_tags",
    "mentions",
    "note_versions",
    "attachments",
    "filter_notes",
    "likes",
    "reactions",
    "poll_votes",
    "poll_options",
    "polls",
  ] as const satisfies readonly (keyof Schema)[])
    // One type for all of these tables at once takes the compiler minutes.
    await sql`delete from ${sql.table(table)} where note_id in (${sql.join(ids)})`.execute(db);
  await db.deleteFrom("notes").where("id", "in", ids).execute();
  for (const note of notes) {
    await addToActorCounts(db, note.actor_id, { notes: -1 });
    if (note.reply_to_id !== null) await addToNoteCount(db, note.reply_to_id, "replies_count", -1);
  }
}

/** Relayed notes of before a time that are still here belong here now, like any other. */
export async function keepRelayedNotes(db: Db, before: number): Promise<void> {
  await db.deleteFrom("relayed_notes").where("created_at", "<", before).execute();
}
