import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import { ARRIVAL_LIMITS } from "../../domain/arrival.ts";
import { CausewayError } from "../../errors.ts";
import { type Archive, openStage, unpackLifeboat } from "../../lifeboat/read-archive.ts";
import type { Unlock } from "../../lifeboat/seal.ts";
import { freeBytes } from "../media/room.ts";

/** Folder of the data folder where lifeboats are while they are taken in; of each account nobody else reads them. */
const FOLDER = "arrivals";
/** The file as it comes; a name as unfinished uploads have it. */
const FILE = "lifeboat-that-is-coming.part";
/** Left for the database and everything else, bytes. */
const ROOM_LEFT = 512 * 1024 * 1024;

/** Where an arrival has its files: the file as it came, and what was unpacked. */
export function placesOf(app: App, id: number) {
  const folder = join(app.config.dataDir, FOLDER, String(id));
  return {
    folder,
    fileName: FILE,
    file: join(folder, FILE),
    stage: join(folder, "stage"),
    work: join(folder, "work"),
  };
}

/** Makes the folder of an arrival. */
export async function makeFolder(app: App, id: number): Promise<void> {
  const { folder, work } = placesOf(app, id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(work, { recursive: true, mode: 0o700 });
}

/** Removes every file of an arrival. */
export async function removeFiles(app: App, id: number): Promise<void> {
  await rm(placesOf(app, id).folder, { recursive: true, force: true });
}

/** Checks a lifeboat and unpacks it beside the others. @throws invalid (`lifeboat_fault.…`), unavailable when there is no room */
export async function unpack(
  app: App,
  id: number,
  unlock: Unlock | null,
  file = placesOf(app, id).file,
): Promise<Archive> {
  const { folder, stage } = placesOf(app, id);
  await makeFolder(app, id);
  const free = await freeBytes(folder);
  const maxBytes = Math.min(ARRIVAL_LIMITS.bytes, Math.max(0, (free ?? Infinity) - ROOM_LEFT));
  try {
    return (await openStage(stage)) ?? (await unpackLifeboat(file, unlock, stage, { maxBytes }));
  } catch (error) {
    if (isNoRoom(error, maxBytes)) throw new CausewayError("unavailable", "film.no_room", { cause: error });
    throw error;
  }
}

/** What was unpacked of an arrival; null when it is not there any more. */
export async function stageOf(app: App, id: number): Promise<Archive | null> {
  return await openStage(placesOf(app, id).stage);
}

/** Ids of arrivals that have a folder. */
export async function listFolders(app: App): Promise<readonly number[]> {
  const names = await readdir(join(app.config.dataDir, FOLDER)).catch(() => []);
  return names.filter((name) => /^\d{1,16}$/.test(name)).map(Number);
}

/** True when the disk is full, or would be: that says nothing about the file. */
function isNoRoom(error: unknown, maxBytes: number): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) return true;
  const isTooLarge = error instanceof CausewayError && error.key === "lifeboat_fault.too_large";
  return isTooLarge && maxBytes < ARRIVAL_LIMITS.bytes;
}
