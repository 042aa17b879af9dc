import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import { sweepFolder } from "../../media/files.ts";
import { transaction } from "../../store/database.ts";
import { failUnfinished, listKnownFiles, listOldLifeboats, removeFiles } from "../../store/lifeboats.ts";
import { LIFEBOAT_FOLDER, LIFEBOAT_RULES, removeFromDisk } from "./lifeboats.ts";
import { MAKING } from "./make.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BATCH = 100;

/** Removes lifeboats that are a week old, files that no lifeboat has any more, and what broken tries left behind. */
export async function sweepLifeboats(app: App): Promise<void> {
  const now = app.clock.now();
  for (;;) {
    const files = await transaction(app.db, async (tx) => {
      const ids = await listOldLifeboats(tx, now - LIFEBOAT_RULES.keptDays * DAY, BATCH);
      return await removeFiles(tx, ids, now);
    });
    await removeFromDisk(app, files);
    if (files.length < BATCH) break;
  }
  // Its job ended with its process too often: it may be asked for again.
  await failUnfinished(app.db, now - 2 * DAY, { fault: "lifeboat.fault_unknown", now });
  const folder = join(app.config.dataDir, LIFEBOAT_FOLDER);
  await sweepFolder(join(folder, MAKING), now - DAY);
  await removeUnknown(app, folder, now - HOUR);
}

/** A file gets its name a moment before its row names it, so only those that were there before a time in ms are asked for. */
async function removeUnknown(app: App, folder: string, before: number): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (let at = 0; at < names.length; at += BATCH) {
    const some = names.slice(at, at + BATCH);
    const known = await listKnownFiles(app.db, some);
    for (const name of some) {
      const found = known.has(name) ? null : await stat(join(folder, name)).catch(() => null);
      if (found !== null && found.mtimeMs < before) await rm(join(folder, name), { force: true });
    }
  }
}
