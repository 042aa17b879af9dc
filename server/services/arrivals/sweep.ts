import { stat } from "node:fs/promises";
import type { App } from "../../context.ts";
import { knownArrivals, listRestingArrivals, updateArrival } from "../../store/arrivals.ts";
import { toJson } from "../../store/codec.ts";
import { listFolders, placesOf, removeFiles } from "./stage.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A lifeboat that nobody decides about is not kept for longer: it is somebody's whole life here. */
const KEPT_MS = 3 * DAY;
/** What came of one that rests stays; the rest of its files goes. */
const RESTING_MS = 30 * DAY;
const BATCH = 100;

/** Forgets lifeboats that waited for their person for days, and files of arrivals that are over. */
export async function sweepArrivals(app: App): Promise<void> {
  const now = app.clock.now();
  const waiting = ["coming", "sealed", "review"];
  for (const row of await listRestingArrivals(app.db, waiting, now - KEPT_MS, BATCH)) {
    const fault = toJson({ key: "error.arrival_forgotten" });
    const change = { state: "failed", secret: null, fault, finished_at: now };
    if (await updateArrival(app.db, row.id, waiting, change)) await removeFiles(app, row.id);
  }
  const resting = await listRestingArrivals(app.db, ["resting"], now - RESTING_MS, BATCH);
  for (const row of resting) {
    const change = { state: "done", secret: null, finished_at: now };
    if (await updateArrival(app.db, row.id, ["resting"], change)) await removeFiles(app, row.id);
  }
  const folders = await listFolders(app);
  for (let at = 0; at < folders.length; at += BATCH) {
    const some = folders.slice(at, at + BATCH);
    const known = await knownArrivals(app.db, some);
    for (const id of some) {
      const found = known.has(id) ? null : await stat(placesOf(app, id).folder).catch(() => null);
      // A folder is made a moment after its row; a restored database may know nothing of it.
      if (found !== null && found.mtimeMs < now - HOUR) await removeFiles(app, id);
    }
  }
}
