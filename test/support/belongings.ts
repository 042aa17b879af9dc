import type { TestInstance } from "./instance.ts";

/** Columns that others may move: how many like, answer, follow; when something was last looked at. */
const COUNTS =
  /_count$|^(?:fetched_at|replies_fetched_at|featured_at|replies_total|last_|move_id|notifications_read_id)/;

/**
 * What is kept of everybody but one stranger, as text: compare it before and after that stranger did something. Rows that
 * name the stranger are the stranger's own doings, which is what everybody may do: follow, like, answer, block.
 */
export async function belongings(instance: TestInstance, strangerUri: string): Promise<string> {
  const { db } = instance.database;
  const stranger = await db
    .selectFrom("actors")
    .select("id")
    .where("uri", "=", strangerUri)
    .executeTakeFirst();
  const id = stranger?.id ?? -1;
  const own = await db.selectFrom("notes").select("id").where("actor_id", "=", id).execute();
  const ownNotes = new Set(own.map((note) => note.id));
  const isStrangers = (row: Readonly<Record<string, unknown>>) =>
    ["actor_id", "target_id", "remote_id", "reporter_id"].some((name) => row[name] === id) ||
    (typeof row["note_id"] === "number" && ownNotes.has(row["note_id"])) ||
    row["uri"] === strangerUri;
  const tables = {
    actors: await db.selectFrom("actors").selectAll().orderBy("id").execute(),
    notes: await db.selectFrom("notes").selectAll().orderBy("id").execute(),
    entries: await db.selectFrom("entries").selectAll().orderBy("id").execute(),
    mentions: await db.selectFrom("mentions").selectAll().orderBy("note_id").execute(),
    attachments: await db.selectFrom("attachments").selectAll().orderBy("id").execute(),
    likes: await db.selectFrom("likes").selectAll().orderBy("id").execute(),
    announces: await db.selectFrom("announces").selectAll().orderBy("id").execute(),
    follows: await db.selectFrom("follows").selectAll().orderBy("id").execute(),
    blocks: await db.selectFrom("blocks").selectAll().orderBy("id").execute(),
    pins: await db.selectFrom("pins").selectAll().orderBy("id").execute(),
    featuredTags: await db.selectFrom("featured_tags").selectAll().orderBy("id").execute(),
    pollVotes: await db.selectFrom("poll_votes").selectAll().orderBy("id").execute(),
    accounts: await db.selectFrom("accounts").selectAll().orderBy("id").execute(),
    keys: await db.selectFrom("keys").selectAll().orderBy("public_key").execute(),
  };
  const kept = Object.entries(tables).map(([table, rows]) => [
    table,
    (rows as readonly Readonly<Record<string, unknown>>[])
      .filter((row) => !isStrangers(row))
      .map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !COUNTS.test(column)))),
  ]);
  return JSON.stringify(kept, null, 1);
}
