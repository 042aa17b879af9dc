import { sql } from "kysely";
import { fromJson } from "./codec.ts";
import { type Db, dialectOf, transaction } from "./database.ts";

/** A key in parts, at least one: `["fedify", "idempotence", uri]`. */
export type KvKey = readonly [string, ...string[]];

/** Between parts, and the first character after it: all keys under a prefix lie in one range of the index. */
const SEPARATOR = "\u001f";
const AFTER_SEPARATOR = "\u0020";

const PAGE = 200;

/**
 * One text for a key. Separators and escapes inside a part are escaped, so that two keys never meet; a NUL is too, which
 * PostgreSQL's text cannot hold.
 */
export function toKey(parts: KvKey): string {
  return parts.map(escapePart).join(SEPARATOR);
}

function escapePart(part: string): string {
  return part
    .replaceAll("\u001b", "\u001be")
    .replaceAll(SEPARATOR, "\u001bs")
    .replaceAll("\u0000", "\u001b0");
}

/** The parts of a key that `toKey` wrote. */
export function fromKey(key: string): KvKey {
  const [first = "", ...rest] = key.split(SEPARATOR).map(unescapePart);
  return [first, ...rest];
}

function unescapePart(part: string): string {
  return part
    .replaceAll("\u001b0", "\u0000")
    .replaceAll("\u001bs", SEPARATOR)
    .replaceAll("\u001be", "\u001b");
}

/**
 * JSON with the members of every object in one order: values are compared as text, and equal values must be equal texts
 * whatever order a caller built them in.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** The value of a key; undefined when there is none, it is damaged, or it has expired at `now` (ms). */
export async function getValue(db: Db, key: KvKey, now: number): Promise<unknown> {
  const row = await db
    .selectFrom("kv")
    .select("value")
    .where("key", "=", toKey(key))
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .executeTakeFirst();
  return row === undefined ? undefined : fromJson<unknown>(row.value, undefined);
}

/** Sets a value, for `ttlMs` when given; `undefined` deletes. */
export async function setValue(
  db: Db,
  key: KvKey,
  value: unknown,
  now: number,
  ttlMs?: number,
): Promise<void> {
  if (value === undefined) return await deleteValue(db, key);
  const row = { value: canonicalJson(value), expires_at: ttlMs === undefined ? null : now + ttlMs };
  await db
    .insertInto("kv")
    .values({ key: toKey(key), ...row })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
    .execute();
}

/** Removes a key; nothing happens when there is none. */
export async function deleteValue(db: Db, key: KvKey): Promise<void> {
  await db.deleteFrom("kv").where("key", "=", toKey(key)).execute();
}

/**
 * Compare and set in one statement: `next` is stored only while the value equals `expected` (by value, whatever the order
 * of members); undefined stands for absent on both sides. An expired value counts as absent. Answers whether it did.
 */
export async function casValue(
  db: Db,
  key: KvKey,
  expected: unknown,
  next: unknown,
  now: number,
  ttlMs?: number,
): Promise<boolean> {
  const text = toKey(key);
  const expires = ttlMs === undefined ? null : now + ttlMs;
  if (expected === undefined) {
    if (next === undefined) return (await getValue(db, key, now)) === undefined;
    return await insertIfAbsent(db, { key: text, value: canonicalJson(next), expires_at: expires }, now);
  }
  const alive = sql<boolean>`(expires_at is null or expires_at > ${now})`;
  const old = canonicalJson(expected);
  if (next === undefined) {
    const gone = await db
      .deleteFrom("kv")
      .where("key", "=", text)
      .where("value", "=", old)
      .where(alive)
      .executeTakeFirst();
    return gone.numDeletedRows > 0n;
  }
  const changed = await db
    .updateTable("kv")
    .set({ value: canonicalJson(next), expires_at: expires })
    .where("key", "=", text)
    .where("value", "=", old)
    .where(alive)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/** Inserts, or takes the place of an expired row; one statement, so that of two at once only one wins. */
async function insertIfAbsent(
  db: Db,
  row: { key: string; value: string; expires_at: number | null },
  now: number,
): Promise<boolean> {
  const result = await db
    .insertInto("kv")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet({ value: row.value, expires_at: row.expires_at })
        .where("kv.expires_at", "<=", now),
    )
    .returning("key")
    .execute();
  return result.length > 0;
}

/**
 * All live entries at or under a prefix, in order of their keys; `["a"]` does not match `["ab"]`. Read in pages by key
 * (primary key, byte order), so no transaction or cursor is held while the caller works.
 */
export async function* listValues(
  db: Db,
  prefix: KvKey | undefined,
  now: () => number,
): AsyncGenerator<{ readonly key: KvKey; readonly value: unknown }> {
  const base = prefix === undefined ? null : toKey(prefix);
  let after: string | null = null;
  for (;;) {
    const rows: readonly { key: string; value: string }[] = await entriesPage(db, base, after, now());
    for (const row of rows) yield { key: fromKey(row.key), value: fromJson<unknown>(row.value, undefined) };
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.key;
  }
}

async function entriesPage(db: Db, base: string | null, after: string | null, now: number) {
  let query = db
    .selectFrom("kv")
    .select(["key", "value"])
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .orderBy("key")
    .limit(PAGE);
  if (after !== null) query = query.where("key", ">", after);
  if (base !== null)
    query = query
      .where("key", ">=", base)
      .where("key", "<", base + AFTER_SEPARATOR)
      // Between `base` and `base␟` lie only keys that continue the last part with a smaller character.
      .where((eb) => eb.or([eb("key", "=", base), eb("key", ">=", base + SEPARATOR)]));
  return await query.execute();
}

/** One stored value with when it ends; null = never. `key` is the text that it is stored under. */
export type StoredValue = {
  readonly key: string;
  readonly value: unknown;
  readonly expiresAt: number | null;
};

/**
 * A page of what lies under a prefix after a key, expired values that were not swept yet included, in order of their keys
 * (primary key).
 */
export async function pageOfValues(
  db: Db,
  prefix: KvKey,
  after: string | null,
  limit: number,
): Promise<readonly StoredValue[]> {
  const base = toKey(prefix) + SEPARATOR;
  const rows = await db
    .selectFrom("kv")
    .select(["key", "value", "expires_at"])
    .where("key", ">", after ?? base)
    .where("key", "<", toKey(prefix) + AFTER_SEPARATOR)
    .orderBy("key")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    key: row.key,
    value: fromJson<unknown>(row.value, undefined),
    expiresAt: row.expires_at,
  }));
}

/** Sets when values end; null = never. `keys` as `pageOfValues` gave them. */
export async function setExpiry(db: Db, keys: readonly string[], expiresAt: number | null): Promise<void> {
  if (keys.length === 0) return;
  await db.updateTable("kv").set({ expires_at: expiresAt }).where("key", "in", keys).execute();
}

/** Removes up to `limit` expired rows and returns how many; called until it returns less. Index: kv_expiry. */
export async function sweepExpired(db: Db, now: number, limit = 500): Promise<number> {
  const result = await db
    .deleteFrom("kv")
    .where("key", "in", (eb) =>
      eb.selectFrom("kv").select("key").where("expires_at", "<=", now).orderBy("expires_at").limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/**
 * Takes or renews a lease by name for `ttlMs`; true when `owner` holds it now. For work that only one process may do
 * at a time. A lease of a process that died ends by itself.
 */
export async function takeLease(
  db: Db,
  name: string,
  owner: string,
  now: number,
  ttlMs: number,
): Promise<boolean> {
  const work = async (tx: Db) => {
    const key: KvKey = ["lease", name];
    if (await casValue(tx, key, owner, owner, now, ttlMs)) return true;
    return await casValue(tx, key, undefined, owner, now, ttlMs);
  };
  return dialectOf(db) === "sqlite" ? await transaction(db, work) : await work(db);
}
