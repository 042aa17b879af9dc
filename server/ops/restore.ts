import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Config } from "../config.ts";
import { createIds, systemClock } from "../context.ts";
import { installJobEngine } from "../jobs/engine.ts";
import { type Database, type Db, openSqlite, transaction } from "../store/database.ts";
import { dumpRows, isEmptyDatabase, loadRows } from "../store/dump.ts";
import { removeOldDeliveries } from "../store/deliveries.ts";
import { migrate, schemaStatus } from "../store/migrate.ts";
import { STEPS } from "../../migrations/index.ts";
import { requestRepeats } from "../services/operations/deletions.ts";
import { isJournalFile } from "./deletion-journal.ts";
import { OperatorFault, reasonOf } from "./fault.ts";
import { ARCHIVE, type Manifest } from "./manifest.ts";
import { openDatabase } from "./open-database.ts";
import { reindexNotes } from "./reindex.ts";
import { unpackArchive } from "./unpack.ts";

/** What was restored. */
export type Restored = { readonly files: number; readonly origin: string; readonly madeAt: string };

/**
 * Unpacks an archive of `writeBackup` into the empty data folder, and its rows into the configured database, whichever
 * of the two kinds either is. Everything is checked beside the folder first; it appears there at once or not at all.
 * `deletions` is a copy of the folder of that name: what it says was deleted since is deleted again at the first start.
 * @throws OperatorFault with a sentence: a folder or database that is not empty, a damaged, foreign or newer archive.
 */
export async function restoreBackup(
  config: Config,
  archive: string,
  deletions: string | null = null,
): Promise<Restored> {
  await requireEmptyFolder(config.dataDir);
  const journal = deletions === null ? [] : await journalFilesOf(deletions);
  const stage = await prepareStage(config.dataDir);
  try {
    const manifest = await unpackArchive(archive, stage);
    requireKnown(manifest);
    await stageJournal(stage, journal);
    await (config.databaseUrl === null ? fillFile(stage, manifest) : fillServer(config, stage, manifest));
    await moveIntoPlace(stage, config.dataDir);
    return { files: Object.keys(manifest.files).length, origin: manifest.origin, madeAt: manifest.madeAt };
  } catch (error) {
    if (error instanceof OperatorFault) throw error;
    throw new OperatorFault(`${archive} could not be restored: ${reasonOf(error)}.`, 1, { cause: error });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** The files of a journal, by folder or one by one. @throws OperatorFault when there are none. */
async function journalFilesOf(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => null);
  const files = names === null ? [path] : names.filter(isJournalFile).map((name) => join(path, name));
  if (files.length > 0 && files.every((file) => isJournalFile(basename(file)))) return files;
  throw new OperatorFault(
    `${path} holds no journal of deletions: files named like 2026-11.ndjson, from the folder "deletions" of the lost server.`,
  );
}

async function stageJournal(stage: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const folder = join(stage, "deletions");
  await mkdir(folder, { mode: 0o700 });
  for (const file of files)
    await copyFile(file, join(folder, basename(file))).catch((error: unknown) => {
      throw new OperatorFault(`${file} cannot be read: ${reasonOf(error)}.`, 1, { cause: error });
    });
}

/** What waited to be sent for longer than this when the server was lost is no news any more. */
const NEWS_MS = 24 * 60 * 60_000;

/** After the rows are there: others remember what happened since, so old news is not sent again, and deletions are. */
async function reconcile(db: Db, schema: readonly string[]): Promise<void> {
  const now = systemClock.now();
  await transaction(db, async (tx) => {
    // A file of an older version is upgraded at its first start, and may not have this table yet.
    if (schema.includes("0002-federation")) await removeOldDeliveries(tx, now - NEWS_MS);
    await requestRepeats(tx, { id: createIds(systemClock).next(), now });
  });
}

const ALL_STEPS: readonly string[] = STEPS.map((step) => step.name);

/** Created by file systems themselves; a fresh volume is empty to people. */
const NOTHING = ["lost+found"];

async function requireEmptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.some((name) => !NOTHING.includes(name)))
    throw new OperatorFault(
      `The data folder ${folder} is not empty, and a restore never overwrites: move it away, or set CAUSEWAY_DATA to another folder.`,
      4,
    );
}

/** Beside the folder, or inside when it is the root of a volume: the last step must be a rename in one file system. */
async function prepareStage(folder: string): Promise<string> {
  const parent = dirname(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const isVolume = (await stat(folder)).dev !== (await stat(parent)).dev;
  const beside = () => mkdtemp(join(parent, `.${basename(folder)}-restore-`));
  return isVolume
    ? await mkdtemp(join(folder, ".restore-"))
    : await beside().catch(() => mkdtemp(join(folder, ".restore-")));
}

async function moveIntoPlace(stage: string, folder: string): Promise<void> {
  if (dirname(stage) !== folder) {
    await rmdir(folder).catch(() => undefined);
    await rename(stage, folder);
    return;
  }
  // The database last: without it the folder is visibly no instance.
  const names = (await readdir(stage)).toSorted(
    (a, b) => Number(a === ARCHIVE.sqlite) - Number(b === ARCHIVE.sqlite),
  );
  for (const name of names) await rename(join(stage, name), join(folder, name));
}

function requireKnown(manifest: Manifest): void {
  const unknown = manifest.schema.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0)
    throw new OperatorFault(
      `This backup was made by a newer version of Causeway (${manifest.version}, with ${unknown.join(", ")}): restore it with that version.`,
    );
}

/** Into an SQLite file in the stage. */
async function fillFile(stage: string, manifest: Manifest): Promise<void> {
  const path = join(stage, ARCHIVE.sqlite);
  const database = openSqlite(path);
  try {
    if (manifest.database === "sqlite") await requireSameSchema(database, manifest);
    else await load(database, manifest.schema, linesOf(join(stage, ARCHIVE.dump)));
    await reconcile(database.db, manifest.database === "sqlite" ? manifest.schema : ALL_STEPS);
  } finally {
    await database.close();
  }
  await rm(join(stage, ARCHIVE.dump), { force: true });
  await chmod(path, 0o600);
}

/** Into an empty PostgreSQL database, in one transaction. */
async function fillServer(config: Config, stage: string, manifest: Manifest): Promise<void> {
  const database = await openDatabase(config, 0);
  try {
    const { applied } = await schemaStatus(database.db);
    if (applied.length > 0 && !(await isEmptyDatabase(database.db)))
      throw new OperatorFault(
        "The PostgreSQL database is not empty, and a restore never overwrites: use an empty one.",
        4,
      );
    const dump = join(stage, ARCHIVE.dump);
    if (manifest.database === "sqlite")
      await load(database, ALL_STEPS, await rowsOfFile(join(stage, ARCHIVE.sqlite)));
    else await load(database, manifest.schema, linesOf(dump));
    await reconcile(database.db, ALL_STEPS);
  } finally {
    await database.close();
  }
  for (const name of [ARCHIVE.dump, ARCHIVE.sqlite, `${ARCHIVE.sqlite}-wal`, `${ARCHIVE.sqlite}-shm`])
    await rm(join(stage, name), { force: true });
}

async function requireSameSchema(database: Database, manifest: Manifest): Promise<void> {
  const { applied, unknown } = await schemaStatus(database.db);
  if (unknown.length > 0 || applied.join() !== manifest.schema.join())
    throw new OperatorFault("The database in this backup is not what its manifest says.");
}

/** Rows fit the schema they were read from, so they are loaded into that one, and the remaining steps run after. */
async function load(
  database: Database,
  schema: readonly string[],
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  await migrate(
    database.db,
    STEPS.filter((step) => schema.includes(step.name)),
  );
  await installJobEngine(database);
  await transaction(database.db, (tx) => loadRows(tx, lines, createIds(systemClock)));
  await migrate(database.db);
  await reindexNotes(database.db);
}

function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
}

/** A file from an older version is brought up to this one first. */
async function rowsOfFile(path: string): Promise<readonly string[]> {
  const source = openSqlite(path);
  try {
    await migrate(source.db);
    return await collect(source.db);
  } finally {
    await source.close();
  }
}

async function collect(db: Db): Promise<readonly string[]> {
  const lines: string[] = [];
  await dumpRows(db, async (line) => void lines.push(line));
  return lines;
}
