import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createKeyStore } from "../federation/delivery/signing.ts";
import { createLifeboatDocuments } from "../federation/writing/lifeboats.ts";
import { openCapabilities } from "../server/capabilities.ts";
import { parseConfig } from "../server/config.ts";
import { verifyLifeboat } from "../server/lifeboat/read-archive.ts";
import type { Closing } from "../server/services/lifeboats/order.ts";
import { findOwner } from "../server/services/lifeboats/owners.ts";
import { takeLifeboat } from "../server/services/lifeboats/take.ts";
import { openSqlite } from "../server/store/database.ts";

// Makes or verifies one lifeboat, in a process of its own so that its memory is its own. Sends how long it took (ms), how
// large the file is, what its memory was at most and without mapped files (MiB), and the longest time that the event loop was
// held up (ms).

export type LifeboatReport = {
  readonly ms: number;
  readonly bytes: number;
  readonly peak: number;
  readonly held: number;
};

/** Pages of mapped files are the system's to take back: SQLite maps up to 256 MiB of its own. */
function resident(): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024;
}

const [what = "", folder = "", file = "", closing = "open"] = process.argv.slice(2);
let peak = resident();
let held = 0;
let last = performance.now();
const watch = setInterval(() => {
  peak = Math.max(peak, resident());
  const now = performance.now();
  held = Math.max(held, now - last - 20);
  last = now;
}, 20);

async function make(): Promise<number> {
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "https://bench.test" });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  const { app, close } = await openCapabilities({ config: parsed.config, database });
  const documents = createLifeboatDocuments(createKeyStore(app));
  const { size } = await takeLifeboat(app, documents, await findOwner(app, "writer"), {
    closing: closing as Closing,
    followersOnly: true,
    followers: true,
    keys: false,
    passphrase: "correct horse battery staple",
    phrase: "",
    to: file,
  });
  await close();
  await database.close();
  return size;
}

const start = performance.now();
const bytes = what === "make" ? await make() : (await verifyLifeboat(file, null)).bytes;
const ms = performance.now() - start;
clearInterval(watch);
process.send?.({ ms, bytes, peak: Math.max(peak, resident()), held } satisfies LifeboatReport);
process.disconnect();
