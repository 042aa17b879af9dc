import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { ProxiedTable } from "./schema.ts";

export type ProxiedRow = Selectable<ProxiedTable>;

/** What is known of a picture of another server, by the key of its address. */
export async function findProxied(db: Db, key: string): Promise<ProxiedRow | undefined> {
  return await db.selectFrom("proxied").selectAll().where("key", "=", key).executeTakeFirst();
}

/** Remembers a picture, or that there was none, over what was known before. */
export async function writeProxied(db: Db, row: Insertable<ProxiedTable>): Promise<void> {
  const { key: _key, ...values } = row;
  await db
    .insertInto("proxied")
    .values(row)
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
}

/** Notes that a picture was looked at; at most once between `since` and `now`, so that looking is cheap. */
export async function touchProxied(
  db: Db,
  key: string,
  times: { readonly now: number; readonly since: number },
): Promise<void> {
  await db
    .updateTable("proxied")
    .set({ used_at: times.now })
    .where("key", "=", key)
    .where("used_at", "<", times.since)
    .execute();
}

/** Bytes of all kept pictures. */
export async function proxiedBytes(db: Db): Promise<number> {
  const row = await db
    .selectFrom("proxied")
    .select(({ fn }) => fn.sum<number | string | null>("size").as("bytes"))
    .executeTakeFirst();
  return Number(row?.bytes ?? 0);
}

/** The kept pictures that were not looked at for longest. Index: proxied_used. */
export async function listIdleProxied(db: Db, limit: number): Promise<readonly ProxiedRow[]> {
  return await db
    .selectFrom("proxied")
    .selectAll()
    .where("file", "is not", null)
    .orderBy("used_at")
    .limit(limit)
    .execute();
}

/** Everything that was not looked at, or tried, since a time in ms. Index: proxied_used. */
export async function listProxiedBefore(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly ProxiedRow[]> {
  return await db
    .selectFrom("proxied")
    .selectAll()
    .where("used_at", "<", before)
    .orderBy("used_at")
    .limit(limit)
    .execute();
}

/** Forgets pictures by their keys and returns the names of their files. */
export async function removeProxied(db: Db, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const rows = await db.deleteFrom("proxied").where("key", "in", keys).returning("file").execute();
  return rows.flatMap((row) => row.file ?? []);
}

/** Those of these file names that belong to a kept picture. */
export async function keptProxied(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .selectFrom("proxied")
    .select("file")
    .where("key", "in", keys)
    .where("file", "is not", null)
    .execute();
  return new Set(rows.flatMap((row) => row.file ?? []));
}
