import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import type { FeaturedTagsTable } from "./schema.ts";

export type FeaturedTagRow = Selectable<FeaturedTagsTable>;

/** Puts a tag on an actor's profile; false when it is there already. */
export async function insertFeaturedTag(db: Db, row: FeaturedTagRow): Promise<boolean> {
  const done = await db
    .insertInto("featured_tags")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Takes a tag off; the removed row, or undefined. */
export async function removeFeaturedTag(
  db: Db,
  actorId: number,
  tag: string,
): Promise<FeaturedTagRow | undefined> {
  return await db
    .deleteFrom("featured_tags")
    .where("actor_id", "=", actorId)
    .where("tag", "=", tag)
    .returningAll()
    .executeTakeFirst();
}

/** Tags of a profile, oldest first. Index: featured_tags (actor_id, tag). */
export async function listFeaturedTagRows(
  db: Db,
  actorId: number,
  limit: number,
): Promise<readonly FeaturedTagRow[]> {
  return await prepared(db, "featured tags", { actorId, limit }, (on, places) =>
    on
      .selectFrom("featured_tags")
      .selectAll()
      .where("actor_id", "=", places.actorId)
      .orderBy("id")
      .limit(places.limit),
  );
}

/** Replaces all tags of a profile. */
export async function replaceFeaturedTags(
  db: Db,
  actorId: number,
  rows: readonly FeaturedTagRow[],
): Promise<void> {
  await db.deleteFrom("featured_tags").where("actor_id", "=", actorId).execute();
  for (const row of rows) await insertFeaturedTag(db, row);
}
