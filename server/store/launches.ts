import { type Insertable, sql } from "kysely";
import type { NewActorRow } from "./actors.ts";
import type { Db } from "./database.ts";
import { insertRows, texts } from "./json-rows.ts";
import type { KeyRow } from "./keys.ts";
import type { ArrivalsTable, SuccessorsTable } from "./lifeboat-schema.ts";
import type { MemberRow } from "./standby-replicas.ts";

// Bringing members over: what is read and written of many of them together, with as many statements for a hundred as for one.

/** A member without what only the plan of a launch needs: kits and lists of followers are long. */
export type ComingRow = Pick<
  MemberRow,
  "id" | "agreement_id" | "actor_uri" | "handle" | "actor_id" | "username" | "keys" | "state" | "profile"
>;

/** Members with everything, in the order of their ids. */
export async function listMembersById(db: Db, ids: readonly number[]): Promise<readonly MemberRow[]> {
  if (ids.length === 0) return [];
  return await db.selectFrom("standby_members").selectAll().where("id", "in", ids).orderBy("id").execute();
}

/** Members as they are now, without what is long. */
export async function listComing(tx: Db, ids: readonly number[]): Promise<readonly ComingRow[]> {
  if (ids.length === 0) return [];
  return await tx
    .selectFrom("standby_members")
    .select(["id", "agreement_id", "actor_uri", "handle", "actor_id", "username", "keys", "state", "profile"])
    .where("id", "in", ids)
    .execute();
}

/** They are out of hiding, and their keys are in `keys` and nowhere else. */
export async function markLaunched(tx: Db, ids: readonly number[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update standby_members set state = 'launched', keys = null, launched_at = coalesce(launched_at, cast(${now} as bigint))
    where id in (select cast(v.value as bigint) from ${texts(tx, ids)})`.execute(tx);
}

/** They went to another place first. */
export async function markElsewhere(tx: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.updateTable("standby_members").set({ state: "elsewhere" }).where("id", "in", ids).execute();
}

/** Which of these names somebody here has. Index: actors (username, host). */
export async function listTakenNames(tx: Db, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await tx
    .selectFrom("actors")
    .select("username")
    .where("username", "in", names)
    .where("host", "=", "")
    .execute();
  return new Set(rows.map(({ username }) => username));
}

/** Adds actors; all rows have the same columns. */
export async function insertActors(tx: Db, rows: readonly NewActorRow[]): Promise<void> {
  await insertRows(tx, "actors", rows);
}

/** Keeps keys, each unless its actor has one of that kind already. */
export async function insertKeys(tx: Db, rows: readonly KeyRow[]): Promise<void> {
  await insertRows(tx, "keys", rows, "on conflict (actor_id, kind) do nothing");
}

/** Remembers where old actors went, over what was there. */
export async function putSuccessors(tx: Db, rows: readonly SuccessorsTable[]): Promise<void> {
  await insertRows(
    tx,
    "successors",
    rows,
    `on conflict (old_uri) do update set new_uri = excluded.new_uri, notice = excluded.notice,
      created_at = excluded.created_at`,
  );
}

/** Where old actors went. */
export async function listSuccessors(
  tx: Db,
  oldUris: readonly string[],
): Promise<readonly SuccessorsTable[]> {
  if (oldUris.length === 0) return [];
  return await tx.selectFrom("successors").selectAll().where("old_uri", "in", oldUris).execute();
}

/** What is taken in for some actors, or was: of replicas with whose they are. Index: arrivals (actor_id, id). */
export async function listReplicaArrivals(
  tx: Db,
  actorIds: readonly number[],
): Promise<readonly { readonly actor_id: number; readonly member_id: number | null }[]> {
  if (actorIds.length === 0) return [];
  return await tx
    .selectFrom("arrivals")
    .select(["actor_id", "member_id"])
    .where("actor_id", "in", actorIds)
    .where("state", "in", ["arriving", "resting", "done"])
    .execute();
}

/** Writes arrivals down; all rows have the same columns. */
export async function insertArrivals(tx: Db, rows: readonly Insertable<ArrivalsTable>[]): Promise<void> {
  await insertRows(tx, "arrivals", rows);
}

/** How many notes are kept of each of some members. Index: standby_records (agreement_id, actor_uri, …). */
export async function countRecordsOf(
  tx: Db,
  agreementId: number,
  actorUris: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (actorUris.length === 0) return new Map();
  const rows = await tx
    .selectFrom("standby_records")
    .select(["actor_uri", (eb) => eb.fn.countAll<number>().as("count")])
    .where("agreement_id", "=", agreementId)
    .where("actor_uri", "in", actorUris)
    .where("kind", "in", ["public", "sealed"])
    .groupBy("actor_uri")
    .execute();
  return new Map(rows.map((row) => [row.actor_uri, Number(row.count)]));
}
