import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { EmojisTable } from "./schema.ts";

export type EmojiRow = Selectable<EmojisTable>;

/** Custom emoji of one host ('' = ours) by their names, disabled ones included. Index: emojis (shortcode, host). */
export async function findEmojis(
  db: Db,
  host: string,
  shortcodes: readonly string[],
): Promise<readonly EmojiRow[]> {
  if (shortcodes.length === 0) return [];
  return await db
    .selectFrom("emojis")
    .selectAll()
    .where("host", "=", host)
    .where("shortcode", "in", shortcodes)
    .execute();
}

/** A custom emoji by id. */
export async function findEmojiById(db: Db, id: number): Promise<EmojiRow | undefined> {
  return await db.selectFrom("emojis").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Our own custom emoji that may be used, by name. */
export async function listOwnEmojis(db: Db): Promise<readonly EmojiRow[]> {
  return await db
    .selectFrom("emojis")
    .selectAll()
    .where("host", "=", "")
    .where("disabled", "=", 0)
    .orderBy("shortcode")
    .limit(2_000)
    .execute();
}

/** Writes a custom emoji over what its host had under that name. Its id stays. */
export async function putEmoji(db: Db, row: Insertable<EmojisTable>): Promise<void> {
  const { uri, file, remote_url, media_type, updated_at, disabled } = row;
  await db
    .insertInto("emojis")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["shortcode", "host"])
        .doUpdateSet({ uri, file, remote_url, media_type, updated_at, disabled }),
    )
    .execute();
}

/** Takes one of our own emoji out of use; false when there was none. Its row and file stay for notes that have it. */
export async function disableEmoji(db: Db, shortcode: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable("emojis")
    .set({ disabled: 1, updated_at: now })
    .where("host", "=", "")
    .where("shortcode", "=", shortcode)
    .where("disabled", "=", 0)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
