import { z } from "zod";
import type { Db } from "./database.ts";

// What is read of the database of a lost server without taking it in: sealed keys, and who had an account. These columns
// are as they were in the first schema, so that a backup of any age can be read as it is.

/** Sealed RSA keys by the ids that actors had there, and the actors with an account. */
export type BackupRows = {
  readonly keys: ReadonlyMap<number, string>;
  readonly members: ReadonlySet<number>;
};

const CHUNK = 500;
const PAGE = 5_000;
/** A row of what is read here is a few thousand characters long. */
const LONGEST_ROW = 100_000;

const KeyRow = z.object({ actor_id: z.int(), kind: z.string(), sealed_private: z.string().max(20_000) });
const AccountRow = z.object({ actor_id: z.int() });

/** Reads them from the database file of a backup. Indices: keys (actor_id, kind), accounts (actor_id). */
export async function readBackupRows(db: Db, actorIds: readonly number[]): Promise<BackupRows> {
  const keys = new Map<number, string>();
  for (let at = 0; at < actorIds.length; at += CHUNK) {
    const rows: readonly unknown[] = await db
      .selectFrom("keys")
      .select(["actor_id", "kind", "sealed_private"])
      .where("kind", "=", "rsa")
      .where("actor_id", "in", actorIds.slice(at, at + CHUNK))
      .execute();
    for (const row of rows) keepKey(keys, row);
  }
  const members = new Set<number>();
  for (let after = 0; ;) {
    const rows: readonly unknown[] = await db
      .selectFrom("accounts")
      .select("actor_id")
      .where("actor_id", ">", after)
      .orderBy("actor_id")
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      after = AccountRow.parse(row).actor_id;
      members.add(after);
    }
    if (rows.length < PAGE) return { keys, members };
  }
}

/** Reads them from the lines of a dump, in which accounts and keys come before everything that is large. */
export async function readDumpedRows(
  lines: AsyncIterable<string>,
  actorIds: readonly number[],
): Promise<BackupRows> {
  const wanted = new Set(actorIds);
  const keys = new Map<number, string>();
  const members = new Set<number>();
  let hasKeys = false;
  for await (const line of lines) {
    const isKey = line.startsWith('["keys",');
    if (hasKeys && !isKey) break;
    hasKeys ||= isKey;
    if (!isKey && !line.startsWith('["accounts",')) continue;
    const row = rowOf(line);
    if (!isKey) members.add(AccountRow.parse(row).actor_id);
    else if (wanted.has(KeyRow.parse(row).actor_id)) keepKey(keys, row);
  }
  return { keys, members };
}

/** @throws Error for a line that is no row */
function rowOf(line: string): unknown {
  const parsed: unknown = line.length > LONGEST_ROW ? null : JSON.parse(line);
  if (!Array.isArray(parsed) || parsed.length !== 2) throw new Error("The dump holds a line that is no row.");
  return parsed[1];
}

function keepKey(keys: Map<number, string>, row: unknown): void {
  const { actor_id: actorId, kind, sealed_private: sealed } = KeyRow.parse(row);
  if (kind === "rsa") keys.set(actorId, sealed);
}
