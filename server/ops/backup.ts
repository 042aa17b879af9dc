import { createWriteStream } from "node:fs";
import { copyFile, link, mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { create } from "tar";
import type { Config } from "../config.ts";
import { isoTime, systemClock } from "../context.ts";
import { isFileName } from "../media/files.ts";
import type { Database } from "../store/database.ts";
import { dumpRows } from "../store/dump.ts";
import { schemaStatus } from "../store/migrate.ts";
import { snapshotTo } from "../store/snapshot.ts";
import { codeOf, OperatorFault, reasonOf } from "./fault.ts";
import { pathsOf } from "./folder.ts";
import { ARCHIVE, ARCHIVE_FORMAT, type Manifest, measureFile } from "./manifest.ts";
import { isNewFile, openDatabase } from "./open-database.ts";
import { readVersion } from "./version.ts";

/** What was written. */
export type Backup = {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Where uploaded files are that the archive does not hold; null when it holds them all. */
  readonly filesElsewhere: string | null;
};

/**
 * Writes database, media, key and a manifest with their hashes into one `.tar.gz` of mode 0600, while a server may be
 * writing. The database is copied as of one moment and first, so every file that it names is in the media copied after.
 * The archive gets its name only when it is whole and on disk. Files in a bucket are not in it: they are their owner's to copy.
 * @throws OperatorFault with a sentence.
 */
export async function writeBackup(config: Config, to: string): Promise<Backup> {
  const path = resolve(to);
  const stage = await prepareStage(config, path);
  try {
    await stageDatabase(config, stage);
    await stageFiles(config, stage);
    const manifest = await writeManifest(config, stage);
    const unfinished = join(stage, "archive.tar.gz");
    await packStage(stage, unfinished, Object.keys(manifest.files));
    await link(unfinished, path);
    const { bucket } = config;
    return {
      path,
      files: Object.keys(manifest.files).length,
      bytes: (await stat(path)).size,
      filesElsewhere: bucket === null ? null : `the bucket ${bucket.bucket} at ${bucket.endpoint}`,
    };
  } catch (error) {
    if (error instanceof OperatorFault) throw error;
    if (codeOf(error) === "EEXIST")
      throw new OperatorFault(`${path} is there already: choose another name.`, 4);
    throw new OperatorFault(`The backup could not be written: ${reasonOf(error)}.`, 1, { cause: error });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Beside the archive, so that its last step is a rename inside one file system. */
async function prepareStage(config: Config, path: string): Promise<string> {
  if (isNewFile(config))
    throw new OperatorFault(
      `There is no database in ${config.dataDir}: nothing to back up. Is CAUSEWAY_DATA right?`,
      3,
    );
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    throw new OperatorFault(`${path} is there already: choose another name.`, 4);
  try {
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    throw new OperatorFault(`Cannot write to ${dirname(path)}: ${reasonOf(error)}.`, 1, { cause: error });
  }
}

async function stageDatabase(config: Config, stage: string): Promise<void> {
  const database = await openDatabase(config, 0);
  try {
    const { applied } = await schemaStatus(database.db);
    if (applied.length === 0) throw new OperatorFault("The database is empty: nothing to back up.", 3);
    if (database.dialect === "sqlite") await snapshotTo(database.db, join(stage, ARCHIVE.sqlite));
    else await dumpTo(database, join(stage, ARCHIVE.dump));
    await writeFile(join(stage, "schema"), JSON.stringify(applied));
  } finally {
    await database.close();
  }
}

async function dumpTo(database: Database, path: string): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  const failed = new Promise<never>((_, fail) => file.once("error", fail));
  failed.catch(() => undefined);
  await dumpRows(database.db, async (line) => {
    if (file.write(`${line}\n`)) return;
    await Promise.race([failed, new Promise<void>((drained) => file.once("drain", () => drained()))]);
  });
  await Promise.race([failed, new Promise<void>((closed) => file.end(() => closed()))]);
}

/** Media files never change under their names, so a hard link is a copy; across file systems they are copied. */
async function stageFiles(config: Config, stage: string): Promise<void> {
  const paths = pathsOf(config);
  await copyFile(paths.secret, join(stage, ARCHIVE.secret));
  const entries = await readdir(paths.media, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const from = join(entry.parentPath, entry.name);
    // Uploads on their way have no final name yet; nothing refers to them.
    if (!entry.isFile() || !isFileName(entry.name) || entry.parentPath.endsWith("incoming")) continue;
    const to = join(stage, ARCHIVE.media, from.slice(paths.media.length + 1));
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await linkOrCopy(from, to);
  }
}

/** A file that somebody deleted since the folder was read is not missed: its note is gone too. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    await copyFile(from, to);
  }
}

async function writeManifest(config: Config, stage: string): Promise<Manifest> {
  const applied = JSON.parse(await readText(join(stage, "schema"))) as string[];
  await rm(join(stage, "schema"));
  const files: Manifest["files"] = {};
  for (const entry of await readdir(stage, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(stage.length + 1).replaceAll("\\", "/")] = await measureFile(path);
  }
  const manifest: Manifest = {
    format: ARCHIVE_FORMAT,
    version: readVersion(),
    schema: applied,
    origin: config.origin,
    handleHost: config.handleHost,
    madeAt: isoTime(systemClock.now()),
    database: config.databaseUrl === null ? "sqlite" : "postgres",
    files,
  };
  await writeFile(join(stage, ARCHIVE.manifest), JSON.stringify(manifest, null, 1));
  return manifest;
}

async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** The manifest comes first, so that a reader knows sizes and hashes before it writes anything. */
async function packStage(stage: string, archive: string, names: readonly string[]): Promise<void> {
  await writeFile(archive, "", { mode: 0o600, flag: "wx" });
  const inOrder = [ARCHIVE.manifest, ...names.toSorted()];
  await create(
    { file: archive, cwd: stage, gzip: { level: 6 }, portable: true, noDirRecurse: true, strict: true },
    inOrder,
  );
  const file = await open(archive, "r+");
  await file.sync();
  await file.close();
}
