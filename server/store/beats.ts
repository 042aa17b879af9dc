import { sql } from "kysely";
import type { Db } from "./database.ts";

// Workers of several processes on one PostgreSQL say that they live, on PostgreSQL's clock, since clocks of machines may
// differ. Rows of `kv`: one for each crew of the job engine, one for each sender of deliveries.

/** Who says so: a crew that locks jobs, or a sender that has queues of hosts. */
export type Beating = "worker" | "sender";

/** They say it this often. */
export const BEAT_EVERY_MS = 5_000;
/** Whoever has said nothing for this long is dead; with `BEAT_EVERY_MS`, others take over within 20 seconds. */
export const QUIET_MS = 15_000;

const SEPARATOR = "\u001f";
const AFTER_SEPARATOR = "\u0020";
const NOW = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Says that one lives. False when nobody knew: it is new, or the others have thought it dead and taken over. */
export async function beat(db: Db, kind: Beating, id: string): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    insert into kv (key, value, expires_at) values (${keyOf(kind, id)}, ${NOW}::text, null)
    on conflict (key) do update set value = excluded.value
    returning xmax <> 0 as known`.execute(db);
  return rows[0]?.known === true;
}

/** Those that have said nothing for `quietMs`; what they held is for the caller to release. */
export async function listQuiet(db: Db, kind: Beating, quietMs: number): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select key from kv where ${isOf(kind)} and value::bigint < ${NOW} - ${quietMs}::bigint`.execute(db);
  return rows.map(({ key }) => idOf(kind, key));
}

/** The same, and forgets them in one statement: who beats at this moment is either spared or learns of it by `beat`. */
export async function takeQuiet(tx: Db, kind: Beating, quietMs: number): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    delete from kv where ${isOf(kind)} and value::bigint < ${NOW} - ${quietMs}::bigint returning key`.execute(
    tx,
  );
  return rows.map(({ key }) => idOf(kind, key));
}

/** Forgets those that are gone. */
export async function forgetBeats(db: Db, kind: Beating, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const keys = ids.map((id) => keyOf(kind, id));
  await db.deleteFrom("kv").where("key", "in", keys).execute();
}

/** SQL: the key under which the one whose id is `id` says that it lives. */
export function beatKey(kind: Beating, id: ReturnType<typeof sql>) {
  return sql`${kind + SEPARATOR}::text || ${id}`;
}

function keyOf(kind: Beating, id: string): string {
  return kind + SEPARATOR + id;
}

function idOf(kind: Beating, key: string): string {
  return key.slice(kind.length + SEPARATOR.length);
}

/** One range of the primary key. */
function isOf(kind: Beating) {
  return sql`key >= ${kind + SEPARATOR} and key < ${kind + AFTER_SEPARATOR}`;
}
