import type { Insertable, Selectable, Updateable } from "kysely";
import type { Visibility } from "../domain/visibility.ts";
import type { Db } from "./database.ts";
import type { LifeboatsTable } from "./lifeboat-schema.ts";

export type LifeboatRow = Selectable<LifeboatsTable>;

/** Lifeboats that are being made, or will be. */
const UNFINISHED = ["waiting", "making"] as const;

/** Writes down that a lifeboat was asked for. */
export async function insertLifeboat(db: Db, row: Insertable<LifeboatsTable>): Promise<void> {
  await db.insertInto("lifeboats").values(row).execute();
}

/** A lifeboat by its id. */
export async function findLifeboat(db: Db, id: number): Promise<LifeboatRow | undefined> {
  return await db.selectFrom("lifeboats").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The newest lifeboats of an account, removed and failed ones too. Index: lifeboats_account. */
export async function listLifeboats(
  db: Db,
  accountId: number,
  limit: number,
): Promise<readonly LifeboatRow[]> {
  return await db
    .selectFrom("lifeboats")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** The lifeboat that the next one follows: the newest that was ever finished. Index: the key (account_id, seq). */
export async function findLastMade(
  db: Db,
  accountId: number,
  before: number,
): Promise<LifeboatRow | undefined> {
  return await db
    .selectFrom("lifeboats")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("seq", "<", before)
    .where("manifest_hash", "is not", null)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The highest number that a lifeboat of an account has; 0 when there is none. Index: the key (account_id, seq). */
export async function lastLifeboatNumber(db: Db, accountId: number): Promise<number> {
  const row = await db
    .selectFrom("lifeboats")
    .select("seq")
    .where("account_id", "=", accountId)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

/** Changes a lifeboat, as long as nobody removed it. Answers whether it was there. */
export async function updateUnfinished(
  db: Db,
  id: number,
  change: Updateable<LifeboatsTable>,
): Promise<boolean> {
  const result = await db
    .updateTable("lifeboats")
    .set(change)
    .where("id", "=", id)
    .where("state", "in", UNFINISHED)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Takes the file off some lifeboats; the rows stay, since the next one names its forerunner. Returns the files' names. */
export async function removeFiles(db: Db, ids: readonly number[], now: number): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("lifeboats")
    .select(["id", "file"])
    .where("id", "in", ids)
    .where("state", "in", ["waiting", "making", "ready"])
    .execute();
  for (const { id } of rows)
    await db
      .updateTable("lifeboats")
      .set((eb) => ({
        state: "removed",
        file: null,
        finished_at: eb.fn.coalesce("finished_at", eb.val(now)),
      }))
      .where("id", "=", id)
      .execute();
  return rows.flatMap(({ file }) => file ?? []);
}

/** Finished lifeboats with files from before a time in ms. A walk over all lifeboats, of which a member has a few. */
export async function listOldLifeboats(db: Db, before: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("lifeboats")
    .select("id")
    .where("state", "=", "ready")
    .where("finished_at", "<", before)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Gives up lifeboats that were asked for before a time in ms and never came to an end. Returns their ids. */
export async function failUnfinished(
  db: Db,
  before: number,
  change: { readonly fault: string; readonly now: number },
): Promise<readonly number[]> {
  const rows = await db
    .updateTable("lifeboats")
    .set({ state: "failed", fault: change.fault, finished_at: change.now })
    .where("state", "in", UNFINISHED)
    .where("created_at", "<", before)
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** Of some names of files those that a lifeboat has. */
export async function listKnownFiles(db: Db, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await db.selectFrom("lifeboats").select("file").where("file", "in", names).execute();
  return new Set(rows.flatMap(({ file }) => file ?? []));
}

/** Removes all that is known of an account's lifeboats; returns the names of their files. */
export async function removeLifeboatsOf(db: Db, accountId: number): Promise<readonly string[]> {
  const rows = await db
    .deleteFrom("lifeboats")
    .where("account_id", "=", accountId)
    .returning("file")
    .execute();
  return rows.flatMap(({ file }) => file ?? []);
}

/** What of somebody's own notes goes into a lifeboat: never what was said to single people. */
export type TakenVisibility = Exclude<Visibility, "direct">;

/** An actor's own notes by id, the oldest first, after one. Index: notes (actor_id, id). */
export async function listOwnNotes(
  db: Db,
  of: { readonly actorId: number; readonly visibilities: readonly TakenVisibility[]; readonly after: number },
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("notes")
    .select("id")
    .where("actor_id", "=", of.actorId)
    .where("id", ">", of.after)
    .where("local", "=", 1)
    .where("deleted_at", "is", null)
    .where("visibility", "in", of.visibilities)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** How many there are. Index: notes (actor_id, id). */
export async function countOwnNotes(
  db: Db,
  of: { readonly actorId: number; readonly visibilities: readonly TakenVisibility[] },
): Promise<number> {
  const row = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("actor_id", "=", of.actorId)
    .where("local", "=", 1)
    .where("deleted_at", "is", null)
    .where("visibility", "in", of.visibilities)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Who follows an actor, the newest first, before one. Index: follows (target_id, state, id). */
export async function listFollowersOut(
  db: Db,
  actorId: number,
  before: number,
  limit: number,
): Promise<
  readonly { readonly id: number; readonly username: string; readonly host: string; readonly uri: string }[]
> {
  return await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select(["follows.id", "actors.username", "actors.host", "actors.uri"])
    .where("follows.target_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("follows.id", "<", before)
    .orderBy("follows.id", "desc")
    .limit(limit)
    .execute();
}
