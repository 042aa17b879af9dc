import { copyFile, link } from "node:fs/promises";
import type { Config } from "../config.ts";
import { type App, type Files, systemClock } from "../context.ts";
import { CausewayError } from "../errors.ts";
import { FILE_NAMES, withTemporary } from "../media/files.ts";
import { dumpRows } from "../store/dump.ts";
import { listNeededFiles } from "../store/stored-files.ts";
import { OperatorFault, reasonOf } from "./fault.ts";
import { openStore, scratchOf } from "./file-store.ts";

/** Where files may be kept. */
export type Place = "s3" | "disk";

export type Moved = {
  readonly moved: number;
  readonly bytes: number;
  /** Were there already, whole: from an earlier run. */
  readonly skipped: number;
};

/** A file that is younger may belong to something that is being written at this moment. */
const SETTLED_MS = 86_400_000;

/**
 * Copies every file from one store to the other, and unless `keep` removes each from where it was once it is whole where it goes.
 * Whatever ends it, it goes on where it stopped when it is run again.
 * @throws OperatorFault when there is no bucket, or a store does not answer.
 */
export async function moveMedia(
  config: Config,
  to: Place,
  options: { readonly keep: boolean },
  onFile: (moved: Moved) => void = () => undefined,
): Promise<Moved> {
  if (config.bucket === null)
    throw new OperatorFault("There is no bucket: set CAUSEWAY_S3_ENDPOINT and its companions first.", 2);
  const [disk, bucket] = [openStore(config, systemClock, "disk"), openStore(config, systemClock)];
  const [from, into] = to === "s3" ? [disk.files, bucket.files] : [bucket.files, disk.files];
  let done: Moved = { moved: 0, bytes: 0, skipped: 0 };
  try {
    for await (const { name, size } of from.list()) {
      const isThere = (await into.size(name)) === size;
      if (!isThere) await copyTo(from, into, name, scratchOf(config));
      if (!options.keep) await from.remove(name);
      done = isThere
        ? { ...done, skipped: done.skipped + 1 }
        : { ...done, moved: done.moved + 1, bytes: done.bytes + size };
      onFile(done);
    }
    return done;
  } catch (error) {
    throw new OperatorFault(
      `Stopped after ${done.moved} files: ${storeFault(error)}. Run the same command again to go on.`,
      1,
      { cause: error },
    );
  } finally {
    await bucket.close?.();
  }
}

async function copyTo(from: Files, into: Files, name: string, scratch: string): Promise<void> {
  await from.withPath(name, async (path) => {
    const send = async (copy: string) => {
      // A second name where that is possible: the file itself is not copied for it.
      await link(path, copy).catch(() => copyFile(path, copy));
      await into.take(name, copy);
    };
    await withTemporary(name, send, scratch);
  });
}

/** Files that something here needs and the store does not have. */
export async function verifyMedia(app: App): Promise<{
  readonly needed: number;
  readonly missing: readonly { readonly name: string; readonly neededBy: string }[];
}> {
  const kept = new Set<string>();
  for await (const { name } of app.files.list()) kept.add(name);
  const missing: { readonly name: string; readonly neededBy: string }[] = [];
  let needed = 0;
  for await (const file of listNeededFiles(app.db)) {
    needed += 1;
    // One that came after the listing is looked for by itself.
    if (!kept.has(file.name) && (await app.files.size(file.name)) === null) missing.push(file);
  }
  return { needed, missing };
}

/**
 * Removes files older than a day whose name stands nowhere in the database, in whatever table or text: what a crash left
 * between a file and its row. With `dryRun` they are only counted.
 */
export async function pruneMedia(
  app: App,
  options: { readonly dryRun: boolean },
): Promise<{ readonly files: number; readonly bytes: number; readonly halfWritten: number }> {
  const settled = app.clock.now() - SETTLED_MS;
  const stray = new Map<string, number>();
  for await (const { name, size, changedAt } of app.files.list())
    if (changedAt < settled) stray.set(name, size);
  await dumpRows(app.db, async (line) => {
    for (const [name] of line.matchAll(FILE_NAMES)) stray.delete(name);
  });
  if (!options.dryRun) for (const name of stray.keys()) await app.files.remove(name);
  return {
    files: stray.size,
    bytes: [...stray.values()].reduce((sum, size) => sum + size, 0),
    halfWritten: options.dryRun ? 0 : await app.files.sweep(settled),
  };
}

const PROBE = "causeway-doctor-probe-0.bin";

/** Writes, reads and removes a small file. Null when the store can be used, else what it said. */
export async function probeStore(config: Config): Promise<string | null> {
  const store = openStore(config, systemClock);
  try {
    await store.files.write(PROBE, Buffer.from("probe"));
    const found = await store.files.read(PROBE);
    await store.files.remove(PROBE);
    return Buffer.from(found ?? []).toString() === "probe"
      ? null
      : "what was written was not there afterwards";
  } catch (error) {
    return storeFault(error);
  } finally {
    await store.close?.();
  }
}

/** The store's own words, where a page would only say that something is unavailable. */
function storeFault(error: unknown): string {
  const cause = error instanceof CausewayError ? error.cause : error;
  return reasonOf(cause).replace(/\.$/, "");
}
