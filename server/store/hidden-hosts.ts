import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { PersonalDomainBlocksTable } from "./schema.ts";

// Servers of which a person wants to see nothing (`personal_domain_blocks`); `unmutedBy` of visible.ts applies them.

export type HiddenHostRow = Selectable<PersonalDomainBlocksTable>;

/** Hides a server from a person; false when it was hidden already. */
export async function insertHiddenHost(db: Db, row: HiddenHostRow): Promise<boolean> {
  const done = await db
    .insertInto("personal_domain_blocks")
    .values(row)
    .onConflict((conflict) => conflict.columns(["actor_id", "host"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Shows a server again. */
export async function removeHiddenHost(db: Db, actorId: number, host: string): Promise<void> {
  await db
    .deleteFrom("personal_domain_blocks")
    .where("actor_id", "=", actorId)
    .where("host", "=", host)
    .execute();
}

/** Servers that a person hides, the last hidden first. Index: personal_domain_blocks (actor_id, host). */
export async function listHiddenHostRows(
  db: Db,
  actorId: number,
  cursor: Cursor,
): Promise<Rows<HiddenHostRow>> {
  let query = db.selectFrom("personal_domain_blocks").selectAll().where("actor_id", "=", actorId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** How many servers a person hides. Index: personal_domain_blocks (actor_id, host). */
export async function countHiddenHosts(db: Db, actorId: number): Promise<number> {
  const row = await db
    .selectFrom("personal_domain_blocks")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("actor_id", "=", actorId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** True when a person hides this server. Index: personal_domain_blocks (actor_id, host). */
export async function isHiddenHost(db: Db, actorId: number, host: string): Promise<boolean> {
  const row = await db
    .selectFrom("personal_domain_blocks")
    .select("id")
    .where("actor_id", "=", actorId)
    .where("host", "=", host)
    .executeTakeFirst();
  return row !== undefined;
}

/** People of a server with whom somebody has a follow, either way. Index: follows (actor_id | target_id, state, id). */
export async function listTiesWithHost(
  db: Db,
  actorId: number,
  host: string,
  limit: number,
): Promise<readonly number[]> {
  const side = (mine: "actor_id" | "target_id", theirs: "actor_id" | "target_id") =>
    db
      .selectFrom("follows")
      .innerJoin("actors", "actors.id", `follows.${theirs}`)
      .select("actors.id")
      .where(`follows.${mine}`, "=", actorId)
      .where("actors.host", "=", host)
      .limit(limit)
      .execute();
  const found = [...(await side("actor_id", "target_id")), ...(await side("target_id", "actor_id"))];
  return [...new Set(found.map((row) => row.id))];
}
