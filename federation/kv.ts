import type { KvStore } from "@fedify/fedify";
import type { App } from "../server/context.ts";
import { casValue, deleteValue, getValue, listValues, setValue, type KvKey } from "../server/store/kv.ts";

const PREFIX = "federation";
/** What `writeRecord` keeps lies under this. */
export const RECORDS: KvKey = [PREFIX];

/** Fedify's key-value store on ours, under a prefix of its own. Expiry follows `app.clock`. */
export function createKvStore(app: App): KvStore {
  const own = (key: readonly string[]): KvKey => [PREFIX, "fedify", ...key];
  return {
    async get<T>(key: readonly string[]): Promise<T | undefined> {
      // Fedify names the type of what it wrote itself.
      return (await getValue(app.db, own(key), app.clock.now())) as T | undefined;
    },
    set: (key, value, options) =>
      setValue(app.db, own(key), value, app.clock.now(), options?.ttl?.total({ unit: "milliseconds" })),
    delete: (key) => deleteValue(app.db, own(key)),
    cas: (key, expected, next, options) =>
      casValue(
        app.db,
        own(key),
        expected,
        next,
        app.clock.now(),
        options?.ttl?.total({ unit: "milliseconds" }),
      ),
    async *list(prefix) {
      for await (const entry of listValues(app.db, own(prefix ?? []), () => app.clock.now())) {
        const [, , first, ...rest] = entry.key;
        if (first !== undefined) yield { key: [first, ...rest], value: entry.value };
      }
    },
  };
}

/** A value that this folder kept, or undefined. */
export function readRecord(app: App, key: KvKey): Promise<unknown> {
  return getValue(app.db, [PREFIX, ...key], app.clock.now());
}

/** Keeps a JSON value for `ttlMs`. */
export function writeRecord(app: App, key: KvKey, value: unknown, ttlMs: number): Promise<void> {
  return setValue(app.db, [PREFIX, ...key], value, app.clock.now(), ttlMs);
}

/** Forgets a value. */
export function forgetRecord(app: App, key: KvKey): Promise<void> {
  return deleteValue(app.db, [PREFIX, ...key]);
}
