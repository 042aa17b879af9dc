import { hash } from "node:crypto";
import { type App, isoTime } from "../../context.ts";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { GENESIS, type LogEntry, toLine } from "../../domain/moderation-log.ts";
import type { Tx } from "../../store/database.ts";
import { insertLine, lockLogs, newestLine } from "../../store/moderation-log.ts";

/**
 * Writes a line into the public log, in the transaction of the fact, and returns its number. Lines are never changed: what
 * turns out to be wrong gets another line `about` it. Nothing that names a person gets into the line (`toLine`).
 */
export async function appendLog(app: App, tx: Tx, entry: LogEntry): Promise<number> {
  await lockLogs(tx);
  const last = await newestLine(tx);
  const seq = (last?.seq ?? 0) + 1;
  const now = app.clock.now();
  const salt = app.ids.secret(16);
  const body = canonicalJson(
    toLine(entry, {
      seq,
      at: isoTime(now),
      previous: last?.hash ?? GENESIS,
      ...(entry.object === undefined ? {} : { objectDigest: digestOfObject(salt, entry.object) }),
    }),
  );
  await insertLine(
    tx,
    {
      seq,
      kind: entry.kind,
      about: entry.about ?? null,
      body,
      previous: last?.hash ?? GENESIS,
      hash: hash("sha256", body),
      created_at: now,
    },
    entry.object === undefined ? null : { object_uri: entry.object, salt },
  );
  return seq;
}

/** What a line holds of the address that it is about: without the salt nobody can try addresses against it. */
export function digestOfObject(salt: string, uri: string): string {
  return hash("sha256", `${salt}\n${uri}`);
}
