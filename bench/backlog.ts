import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { createNote } from "../server/services/notes/notes.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { jobCounts } from "../server/store/jobs.ts";
import type { BacklogReport } from "./backlog-worker.ts";
import { addFollowers, openInstance, startSink } from "./fan-out-parts.ts";
import { printTable } from "./measure.ts";

const DELIVERIES = 1_000_000;
const HOSTS = 5_000;
const SECONDS = 20;
const MOST_MIB = 400;
/** As the launcher starts the server. */
const FLAGS = ["--semi-space-growth-factor=1"];

/**
 * A million deliveries wait for 5,000 hosts: a server that starts with them sends, and needs no more memory than for any
 * other fan-out. The mark is on what is its own: pages of mapped files are the system's to take back.
 */
export async function benchBacklog(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const sink = await startSink();
  const database = openSqlite(join(folder, "causeway.db"));
  try {
    await migrate(database.db);
    const { instance, viewer } = await openInstance(folder, database);
    await addFollowers(database, viewer, { hosts: HOSTS, each: 1, port: sink.port });
    await createNote(instance.app, viewer, { source: "To all of you", visibility: "public" });
    await fillQueue(database.db, instance);
    await instance.stop(0);
    const { db } = database;
    const at = Date.now();
    const before = await jobCounts(db, at);
    const started = performance.now();
    await jobCounts(db, at);
    const counting = performance.now() - started;
    const child = fork(join(import.meta.dirname, "backlog-worker.ts"), [folder, String(SECONDS)], {
      execArgv: FLAGS,
    });
    const [report] = (await once(child, "message")) as [BacklogReport];
    await once(child, "exit");
    const left = await jobCounts(db, Date.now());
    const sent = before.ready + before.delayed - left.ready - left.delayed;
    printTable("A million deliveries wait for 5,000 hosts, SQLite", [
      ["waiting", "sent /s", "MiB before", "at most", "after", "of it mapped", "counting ms"],
      [
        String(before.ready + before.delayed),
        (sent / SECONDS).toFixed(0),
        report.before.toFixed(0),
        report.peak.toFixed(0),
        report.after.toFixed(0),
        report.mapped.toFixed(0),
        counting.toFixed(0),
      ],
    ]);
    return before.ready + before.delayed >= DELIVERIES && sent > 0 && report.peak - report.mapped < MOST_MIB;
  } finally {
    sink.stop();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fillQueue(
  db: ReturnType<typeof openSqlite>["db"],
  { worker }: Awaited<ReturnType<typeof openInstance>>["instance"],
): Promise<void> {
  await worker.drain();
  const activity = await db
    .selectFrom("activities")
    .select(["id", "actor_id"])
    .orderBy("id", "desc")
    .executeTakeFirstOrThrow();
  const each = DELIVERIES / HOSTS;
  await sql`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${each - 1})
    insert into deliveries (activity_id, actor_id, inbox, host, order_key, run_at, attempts, created_at)
    select ${activity.id}, ${activity.actor_id}, inbox_uri, host, actors.id * ${each} + i, 0, 0, ${Date.now()}
    from n cross join actors where host <> ''`.execute(db);
  await sql`
    insert into hosts (host, failures, due_at) select distinct host, 0, ${Date.now()} from actors where host <> ''
    on conflict (host) do update set due_at = excluded.due_at`.execute(db);
}
