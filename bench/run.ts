import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { benchApi } from "./api.ts";
import { benchHomeTimeline } from "./home-timeline.ts";
import { benchBacklog } from "./backlog.ts";
import { benchFanOut } from "./fan-out.ts";
import { benchInbox } from "./inbox.ts";
import { benchLaunch } from "./launch.ts";
import { benchLifeboat } from "./lifeboat.ts";
import { withPostgres } from "./postgres.ts";
import { benchProfile } from "./profile.ts";
import { benchSignUps } from "./sign-ups.ts";
import { benchStart } from "./start.ts";
import { benchStreams } from "./streams.ts";

/** `npm run bench [start|sign-ups|fan-out|backlog|inbox|profile|streams|api|lifeboat|home|home-postgres]…`: all of them without a name; exit 1 when one misses its mark. */
const BENCHES: Readonly<Record<string, () => Promise<boolean>>> = {
  start: benchStart,
  "sign-ups": benchSignUps,
  "fan-out": benchFanOut,
  inbox: benchInbox,
  profile: benchProfile,
  streams: benchStreams,
  backlog: benchBacklog,
  lifeboat: benchLifeboat,
  launch: benchLaunch,
  api: benchApi,
  home: homeOnSqlite,
  "home-postgres": () => withPostgres((database) => benchHomeTimeline("PostgreSQL", database, SIZES)),
};

const SIZES = [10_000, 100_000, 1_000_000];

async function homeOnSqlite(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const database = openSqlite(join(folder, "causeway.db"));
  try {
    await migrate(database.db);
    return await benchHomeTimeline("SQLite", database, SIZES);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(2);
}
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"})`);
const missed: string[] = [];
for (const [name, bench] of Object.entries(BENCHES))
  if (asked.length === 0 || asked.includes(name)) if (!(await bench())) missed.push(name);
console.log(missed.length === 0 ? "\nAll marks met." : `\nMissed: ${missed.join(", ")}`);
process.exit(missed.length === 0 ? 0 : 1);
