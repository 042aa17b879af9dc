import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import { letHeapGrow } from "../server/ops/heap.ts";
import { openSqlite } from "../server/store/database.ts";

// A server with a long queue, in a process of its own so that its memory is its own: drains for a while and says what its
// memory was before, at most, and at the end, in MiB.

export type BacklogReport = {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
  readonly mapped: number;
};

const [folder = "", seconds = "20"] = process.argv.slice(2);
const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes" });
if (!parsed.ok) throw new Error(parsed.faults.join(" "));
const database = openSqlite(join(folder, "causeway.db"));
const instance = await createApp({ config: parsed.config, database });
const resident = () => process.memoryUsage.rss() / 1024 ** 2;
/** Pages of mapped files, which the system takes back when it wants to: SQLite maps up to 256 MiB of its own. */
const mapped = () =>
  Number(/^RssFile:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024;
const before = resident();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, resident())), 100);
await instance.start();
letHeapGrow();
await new Promise((over) => setTimeout(over, Number(seconds) * 1000));
const after = resident();
const filePages = mapped();
clearInterval(watch);
await instance.stop(2_000);
await database.close();
process.send?.({ before, peak: Math.max(peak, after), after, mapped: filePages } satisfies BacklogReport);
process.disconnect();
