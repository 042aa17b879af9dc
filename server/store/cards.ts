import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { CardsTable } from "./schema.ts";

export type CardRow = Selectable<CardsTable>;

/** Cards by key. */
export async function findCards(db: Db, keys: readonly string[]): Promise<readonly CardRow[]> {
  if (keys.length === 0) return [];
  return await db.selectFrom("cards").selectAll().where("key", "in", keys).execute();
}

/** A card by key. */
export async function findCard(db: Db, key: string): Promise<CardRow | undefined> {
  return await db.selectFrom("cards").selectAll().where("key", "=", key).executeTakeFirst();
}

/** Notes that a card is wanted, unless it is known already. */
export async function insertCard(db: Db, row: CardRow): Promise<void> {
  await db
    .insertInto("cards")
    .values(row)
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}

/** Writes a card over what was known; the name of the picture that is now nobody's, if any. */
export async function replaceCard(db: Db, row: CardRow): Promise<string | null> {
  const before = await findCard(db, row.key);
  const { key: _, ...columns } = row;
  await db
    .insertInto("cards")
    .values(row)
    .onConflict((conflict) => conflict.column("key").doUpdateSet(columns))
    .execute();
  const old = before?.image_file ?? null;
  return old === row.image_file ? null : old;
}

/** Removes at most `limit` cards older than `before` (ms) that no note shows; names of their pictures. Index: notes (card_key). */
export async function removeUnusedCards(
  db: Db,
  before: number,
  limit: number,
): Promise<{ readonly count: number; readonly names: readonly string[] }> {
  const rows = await db
    .selectFrom("cards")
    .select(["key", "image_file"])
    .where("fetched_at", "<", before)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom("notes").select("notes.id").whereRef("notes.card_key", "=", "cards.key")),
      ),
    )
    .limit(limit)
    .execute();
  if (rows.length === 0) return { count: 0, names: [] };
  await db
    .deleteFrom("cards")
    .where(
      "key",
      "in",
      rows.map((row) => row.key),
    )
    .execute();
  return { count: rows.length, names: rows.flatMap((row) => row.image_file ?? []) };
}

/** Removes a card. */
export async function removeCard(db: Db, key: string): Promise<void> {
  await db.deleteFrom("cards").where("key", "=", key).execute();
}

/** Says which card a note shows. */
export async function setNoteCard(db: Db, noteId: number, key: string | null): Promise<void> {
  await db.updateTable("notes").set({ card_key: key }).where("id", "=", noteId).execute();
}

/** Removes the card of a note that goes, unless others show it or a picture belongs to it (the sweep takes both). */
export async function removeCardOf(db: Db, noteId: number): Promise<void> {
  await db
    .deleteFrom("cards")
    .where("image_file", "is", null)
    .where("key", "=", (eb) => eb.selectFrom("notes").select("notes.card_key").where("notes.id", "=", noteId))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("notes")
            .select("notes.id")
            .whereRef("notes.card_key", "=", "cards.key")
            .where("notes.id", "!=", noteId),
        ),
      ),
    )
    .execute();
}
