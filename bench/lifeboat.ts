import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { randomFillSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseConfig } from "../server/config.ts";
import { openCapabilities } from "../server/capabilities.ts";
import { idAt } from "../server/domain/ids.ts";
import { placeOf } from "../server/media/files.ts";
import { createAccount } from "../server/services/accounts/accounts.ts";
import { findOwner } from "../server/services/lifeboats/owners.ts";
import { type Database, openSqlite, transaction } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { noteRow } from "../test/support/rows.ts";
import type { LifeboatReport } from "./lifeboat-worker.ts";
import { printTable } from "./measure.ts";

/** Memory of the process that makes or verifies, mapped files left out, MiB: the runtime and the program take half of it. */
const MOST_MEMORY = 400;
/** Memory for objects that the process is given, as the server gives itself: with more of it a collector would only work less. */
const HEAP = ["--max-old-space-size=192", "--max-semi-space-size=16"];
/** How much more memory a hundred times the media may take, MiB: what a collector leaves lying about. */
const MOST_GROWTH = 120;
/** Of what sha256sum does with the same bytes in the same run. */
const VERIFY_SHARE = 0.5;
const FILE_BYTES = 10 * 1024 * 1024;
const SIZES = [
  { notes: 1_000, files: 2 },
  { notes: 10_000, files: 205 },
] as const;
const BATCH = 500;

/**
 * A lifeboat of 10,000 notes with 2 GB of media: how long it takes to make, open and locked, in how much memory, and how fast
 * it is verified beside `sha256sum`.
 */
export async function benchLifeboat(): Promise<boolean> {
  const rows: string[][] = [["lifeboat", "MB", "seconds", "MB/s", "peak MiB", "loop held ms"]];
  const peaks: number[] = [];
  let share = 0;
  let most = 0;
  for (const size of SIZES) {
    const folder = await mkdtemp(join(tmpdir(), "causeway-lifeboat-"));
    try {
      await fill(folder, size);
      const open = join(folder, "open.tar");
      const name = `${size.notes} notes, ${size.files} files`;
      const made = await run("make", folder, open, "open");
      rows.push(line(`made: ${name}`, made));
      const locked = await run("make", folder, join(folder, "locked.tar.age"), "passphrase");
      rows.push(line("made and locked", locked));
      await rm(join(folder, "locked.tar.age"));
      const limit = await sha256sum(open);
      const verified = await run("verify", folder, open, "open");
      rows.push(line("verified", verified));
      rows.push(line("sha256sum", { ...verified, ms: limit, peak: 0, held: 0 }));
      // Stretching a passphrase takes 256 MiB for a second, whatever the size.
      peaks.push(Math.max(made.peak, verified.peak));
      most = Math.max(most, made.peak, locked.peak, verified.peak);
      share = limit / verified.ms;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  printTable("Lifeboats, SQLite", rows);
  const growth = (peaks.at(-1) ?? Infinity) - (peaks[0] ?? 0);
  const isConstant = most <= MOST_MEMORY && growth <= MOST_GROWTH;
  console.log(
    `  memory: ${growth.toFixed(0)} MiB more for a hundred times the media (${isConstant ? "ok" : "MISSED"}); verified at ${share.toFixed(2)} of sha256sum (${share >= VERIFY_SHARE ? "ok" : "MISSED"}, aim ${VERIFY_SHARE})`,
  );
  return isConstant && share >= VERIFY_SHARE;
}

function line(name: string, { ms, bytes, peak, held }: LifeboatReport): string[] {
  const megabytes = bytes / 1e6;
  const rate = (megabytes / ms) * 1000;
  const rest = peak === 0 ? ["", ""] : [peak.toFixed(0), held.toFixed(0)];
  return [name, megabytes.toFixed(0), (ms / 1000).toFixed(1), rate.toFixed(0), ...rest];
}

async function run(what: string, folder: string, file: string, closing: string): Promise<LifeboatReport> {
  const path = join(import.meta.dirname, "lifeboat-worker.ts");
  const child = fork(path, [what, folder, file, closing], { execArgv: HEAP });
  const [report] = (await once(child, "message")) as [LifeboatReport];
  await once(child, "exit");
  return report;
}

/** Milliseconds, the better of two: the first one may have to read from the disk what the second finds in memory. */
async function sha256sum(file: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const start = performance.now();
    const child = spawn("sha256sum", [file], { stdio: "ignore" });
    const [code] = (await once(child, "exit")) as [number];
    if (code !== 0) throw new Error(`sha256sum ended with ${code}`);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

type Size = (typeof SIZES)[number];

/** A member with notes, some of which show a film. */
async function fill(folder: string, size: Size): Promise<void> {
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "https://bench.test" });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const { app, close } = await openCapabilities({ config: parsed.config, database });
  await createAccount(app, { username: "writer", password: "correct horse battery" });
  const { actorId } = await findOwner(app, "writer");
  const now = app.clock.now();
  const idOf = (index: number) => idAt(now - (size.notes - index) * 60_000);
  await fillNotes(database, actorId, { size, now, idOf });
  await fillMedia(database, folder, actorId, { size, now, idOf });
  await close();
  await database.close();
}

type Filling = { readonly size: Size; readonly now: number; readonly idOf: (index: number) => number };

async function fillNotes(database: Database, actorId: number, { size, now, idOf }: Filling): Promise<void> {
  for (let from = 0; from < size.notes; from += BATCH)
    await transaction(database.db, async (tx) => {
      const rows = Array.from({ length: Math.min(BATCH, size.notes - from) }, (_, step) => {
        const id = idOf(from + step);
        const uri = `https://bench.test/notes/${id}`;
        const content_html = `<p>Note ${from + step}: ${"words of a note as people write them, ".repeat(5)}你好</p>`;
        return noteRow(id, actorId, { uri, url: uri, content_html, language: "en", published_at: now });
      });
      for (const row of rows) await tx.insertInto("notes").values(row).execute();
    });
}

async function fillMedia(
  database: Database,
  folder: string,
  actorId: number,
  { size, now, idOf }: Filling,
): Promise<void> {
  const bytes = randomFillSync(Buffer.alloc(FILE_BYTES));
  for (let index = 0; index < size.files; index += 1) {
    bytes.writeUInt32BE(index);
    const file = `${String(index).padStart(24, "f")}.mp4`;
    const path = join(folder, "media", placeOf(file));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    const note = idOf(Math.floor((index * size.notes) / size.files));
    await database.db
      .insertInto("attachments")
      .values({
        id: idAt(now, index),
        actor_id: actorId,
        note_id: note,
        position: 0,
        kind: "video",
        file,
        remote_url: null,
        media_type: "video/mp4",
        alt: "A film",
        width: 1280,
        height: 720,
        blurhash: null,
        created_at: now,
      })
      .execute();
  }
}
