import { statfs } from "node:fs/promises";
import type { App } from "../../context.ts";
import { CausewayError } from "../../errors.ts";

/** Left for the database: what people write must be kept when there is no room for pictures any more (threats MED-11). */
const ROOM_LEFT = 256 * 1024 * 1024;
/** A picture with all its sizes, as a share of what was sent. */
const SIZES_SHARE = 2;

/** @throws unavailable when a picture of so many bytes would take room that is needed for more important things. */
export async function requireRoomForPicture(app: App, bytes: number): Promise<void> {
  const free = await freeBytes(app.config.dataDir);
  if (free !== null && free < bytes * SIZES_SHARE + ROOM_LEFT)
    throw new CausewayError("unavailable", "film.no_room");
}

/** Bytes free on the disk of a folder; null where it is not there yet. */
export async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
