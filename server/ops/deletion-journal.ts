import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type App, isoTime } from "../context.ts";
import { type Deletion, repeatDeletion } from "../services/operations/deletions.ts";
import { pathsOf } from "./folder.ts";

// What was deleted, one signed line each, in a file a month beside the database: copied off the machine more often than a whole
// backup, it lets a restored server delete again what its backup brought back.

/** Older backups than this come back with what was deleted before. */
const KEPT_MONTHS = 13;
const FILE = /^\d{4}-\d{2}\.ndjson$/;

const lineSchema = z.object({
  kind: z.enum(["note", "actor"]),
  uri: z.string().max(2_048),
  at: z.int(),
  mac: z.string(),
});
const jobSchema = z.object({ deletion: lineSchema.omit({ mac: true }) });

/** True for the name of one of its files. */
export function isJournalFile(name: string): boolean {
  return FILE.test(name);
}

/** The job behind `journal-deletion`: adds a line and waits for the disk. Twice the same line does no harm. */
export async function appendDeletion(app: App, payload: unknown): Promise<void> {
  const { deletion } = jobSchema.parse(payload);
  const folder = pathsOf(app.config).deletions;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const line = JSON.stringify({ ...deletion, mac: macOf(app, deletion) });
  const file = await open(join(folder, `${isoTime(deletion.at).slice(0, 7)}.ndjson`), "a", 0o600);
  try {
    await file.appendFile(`${line}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** The job behind `repeat-deletions`, after a restore: goes through the whole journal; may be run again. */
export async function repeatDeletions(
  app: App,
): Promise<{ readonly repeated: number; readonly refused: number }> {
  const counts = { repeated: 0, refused: 0 };
  for await (const deletion of readJournal(app)) {
    if (deletion === null) counts.refused += 1;
    else if (await repeatDeletion(app, deletion)) counts.repeated += 1;
  }
  return counts;
}

/** Null for a line that this server did not write, or that was changed. */
async function* readJournal(app: App): AsyncGenerator<Deletion | null> {
  const folder = pathsOf(app.config).deletions;
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isJournalFile).toSorted()) {
    const lines = createInterface({
      input: createReadStream(join(folder, name), "utf8"),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) if (line !== "") yield readLine(app, line);
  }
}

function readLine(app: App, line: string): Deletion | null {
  try {
    const { mac, ...deletion } = lineSchema.parse(JSON.parse(line));
    return mac === macOf(app, deletion) ? deletion : null;
  } catch {
    // The last line of a file may be cut short by the end of its machine.
    return null;
  }
}

function macOf(app: App, { kind, uri, at }: Deletion): string {
  return app.vault.mac(`${kind} ${at} ${uri}`, "deletion-journal");
}

/** Removes files of months that no backup is likely to come from. */
export async function sweepJournal(app: App): Promise<void> {
  const folder = pathsOf(app.config).deletions;
  const now = new Date(app.clock.now());
  const oldest = isoTime(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - KEPT_MONTHS)).slice(0, 7);
  for (const name of await readdir(folder).catch(() => []))
    if (isJournalFile(name) && name.slice(0, 7) < oldest) await rm(join(folder, name), { force: true });
}
