import { sql } from "kysely";
import type { Db } from "./database.ts";
import { visibleTo } from "./visible.ts";

/** Ids of one day: 86,400,000 ms of 2048 ids each. */
const IDS_A_DAY = 86_400_000 * 2048;

/** How often, and by how many people, a tag was written on a day (days since 1970, UTC). */
export type TagDay = {
  readonly tag: string;
  readonly day: number;
  readonly uses: number;
  readonly people: number;
};

/** The days of some tags since an id, public notes alone; days without any are left out. Index: note_tags (tag, note_id). */
export async function countTagDays(
  db: Db,
  tags: readonly string[],
  sinceId: number,
): Promise<readonly TagDay[]> {
  if (tags.length === 0) return [];
  // Ids are times, and whole numbers are divided as such by both databases.
  const day = sql<number>`(note_tags.note_id / ${sql.lit(IDS_A_DAY)})`;
  const rows = await db
    .selectFrom("note_tags")
    .innerJoin("notes", "notes.id", "note_tags.note_id")
    .select((eb) => [
      "note_tags.tag",
      day.as("day"),
      eb.fn.countAll<number>().as("uses"),
      eb.fn.count<number>("notes.actor_id").distinct().as("people"),
    ])
    .where("note_tags.tag", "in", [...tags])
    .where("note_tags.note_id", ">=", sinceId)
    .where("notes.visibility", "=", "public")
    .where(visibleTo(null))
    .groupBy(["note_tags.tag", day])
    .execute();
  return rows.map((row) => ({
    tag: row.tag,
    day: Number(row.day),
    uses: Number(row.uses),
    people: Number(row.people),
  }));
}

/** How often an actor wrote some tags openly, and the last note with each. Index: note_tags (tag, note_id). */
export async function countOwnTags(
  db: Db,
  actorId: number,
  tags: readonly string[],
): Promise<readonly { readonly tag: string; readonly uses: number; readonly lastNoteId: number }[]> {
  if (tags.length === 0) return [];
  const rows = await db
    .selectFrom("note_tags")
    .innerJoin("notes", "notes.id", "note_tags.note_id")
    .select((eb) => [
      "note_tags.tag",
      eb.fn.countAll<number>().as("uses"),
      eb.fn.max<number>("notes.id").as("last"),
    ])
    .where("note_tags.tag", "in", [...tags])
    .where("notes.actor_id", "=", actorId)
    .where(visibleTo(null))
    .groupBy("note_tags.tag")
    .execute();
  return rows.map((row) => ({ tag: row.tag, uses: Number(row.uses), lastNoteId: Number(row.last) }));
}

/** The tags of the newest `sample` notes of an actor, the most used first. Index: notes (actor_id, id), note_tags (note_id). */
export async function listOwnTags(
  db: Db,
  actorId: number,
  sample: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom("notes")
        .select("notes.id")
        .where("notes.actor_id", "=", actorId)
        .where("notes.deleted_at", "is", null)
        .where("notes.visibility", "in", ["public", "unlisted"])
        .orderBy("notes.id", "desc")
        .limit(sample)
        .as("newest"),
    )
    .innerJoin("note_tags", "note_tags.note_id", "newest.id")
    .select((eb) => ["note_tags.tag", eb.fn.countAll<number>().as("uses")])
    .groupBy("note_tags.tag")
    .orderBy("uses", "desc")
    .orderBy("note_tags.tag")
    .limit(limit)
    .execute();
  return rows.map((row) => row.tag);
}
