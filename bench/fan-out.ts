import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import type { Instance } from "../server/app.ts";
import type { Viewer } from "../server/domain/actor.ts";
import { createNote } from "../server/services/notes/notes.ts";
import { type Database, openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import {
  addFollowers,
  type Following,
  forgetHosts,
  openInstance,
  signaturesPerSecond,
  type Sink,
  startSink,
} from "./fan-out-parts.ts";
import { printTable } from "./measure.ts";
import { withPostgres } from "./postgres.ts";

const ROUNDS = 5;
/** Answers of slow hosts must be over before the next round. */
const SETTLE_MS = 6_500;

/**
 * One note to thousands of hosts through the durable queue, each host a loopback address, beside RSA-2048 signatures a
 * second on this machine before and after each round. First with new connections to everybody, then with those that are
 * kept; then with a tenth of the hosts dead and a tenth taking five seconds. The receiver is a process on the same cores.
 */
export async function benchFanOut(): Promise<boolean> {
  const sink = await startSink();
  try {
    const results = [
      await onSqlite((database, folder) => rounds("1,000 hosts, SQLite", database, folder, sink, 1_000)),
      await onSqlite((database, folder) => rounds("5,000 hosts, SQLite", database, folder, sink, 5_000)),
      await onSqlite((database, folder) => shared(database, folder, sink)),
      await onSqlite((database, folder) => ailing("SQLite", database, folder, sink)),
      await withPostgres((database) => inFolder((folder) => ailing("PostgreSQL", database, folder, sink))),
    ];
    return results.every(Boolean);
  } finally {
    sink.stop();
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onSqlite<T>(work: (database: Database, folder: string) => Promise<T>): Promise<T> {
  return await inFolder(async (folder) => {
    const database = openSqlite(join(folder, "causeway.db"));
    try {
      await migrate(database.db);
      return await work(database, folder);
    } finally {
      await database.close();
    }
  });
}

type Bench = {
  readonly instance: Instance;
  readonly viewer: Viewer;
  readonly database: Database;
  readonly sink: Sink;
};

async function withInstance<T>(
  database: Database,
  folder: string,
  sink: Sink,
  following: Omit<Following, "port">,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { instance, viewer } = await openInstance(folder, database);
  await addFollowers(database, viewer, { ...following, port: sink.port });
  await instance.start();
  try {
    return await work({ instance, viewer, database, sink });
  } finally {
    await instance.stop(0);
    await sink.tell({ type: "drop" });
  }
}

/** What one round gave: deliveries a second, and CPU time of both sides for each, µs. */
type Round = { readonly perSecond: number; readonly ours: number; readonly sinks: number };

/** From the note's commit to the last healthy delivery. */
async function deliver(bench: Bench, healthy: number, slowPercent = 0): Promise<Round> {
  const { sink, instance, viewer } = bench;
  const before = await sink.tell({ type: "round", healthy, slowPercent });
  const done = sink.done();
  await createNote(instance.app, viewer, { source: `At ${performance.now()}`, visibility: "public" });
  const cpu = process.cpuUsage();
  const started = performance.now();
  await done;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = await sink.tell({ type: "report" });
  return {
    perSecond: healthy / seconds,
    ours: (user + system) / healthy,
    sinks: (after.cpu - before.cpu) / healthy,
  };
}

/** Lets what is under way be written down. */
async function quiet(bench: Bench): Promise<void> {
  for (;;) {
    const left = await bench.database.db.selectFrom("deliveries").select("id").limit(1).execute();
    const held = await bench.database.db
      .selectFrom("hosts")
      .select("host")
      .where("lease_owner", "is not", null)
      .limit(1)
      .execute();
    if (left.length === 0 && held.length === 0) return;
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function rounds(
  title: string,
  database: Database,
  folder: string,
  sink: Sink,
  hosts: number,
): Promise<boolean> {
  return await withInstance(database, folder, sink, { hosts, each: 1 }, async (bench) => {
    await deliver(bench, hosts); // the code is compiled, the keys are open
    const rows = [
      [
        "round",
        "RSA-2048 /s",
        "new /s",
        "ratio",
        "kept /s",
        "ratio",
        "CPU µs: RSA",
        "new",
        "kept",
        "receiver",
      ],
    ];
    const shares: Record<"fresh" | "kept" | "freshCpu" | "keptCpu", number[]> = {
      fresh: [],
      kept: [],
      freshCpu: [],
      keptCpu: [],
    };
    for (let round = 1; round <= ROUNDS; round++) {
      await quiet(bench);
      await sink.tell({ type: "drop" });
      // The ends of connections must not be counted against the limit.
      await new Promise((next) => setTimeout(next, 300));
      const before = await signaturesPerSecond();
      const first = await deliver(bench, hosts);
      await quiet(bench);
      const second = await deliver(bench, hosts);
      await quiet(bench);
      const after = await signaturesPerSecond();
      const limit = (before.perSecond + after.perSecond) / 2;
      const cpu = (before.cpu + after.cpu) / 2;
      shares.fresh.push(first.perSecond / limit);
      shares.kept.push(second.perSecond / limit);
      shares.freshCpu.push(cpu / (first.ours + first.sinks));
      shares.keptCpu.push(cpu / (second.ours + second.sinks));
      const rates = [first, second].flatMap(({ perSecond }) => [
        perSecond.toFixed(0),
        (perSecond / limit).toFixed(2),
      ]);
      const costs = [cpu, first.ours, second.ours].map((value) => value.toFixed(0));
      const receiver = `${first.sinks.toFixed(0)}, ${second.sinks.toFixed(0)}`;
      rows.push([String(round), limit.toFixed(0), ...rates, ...costs, receiver]);
    }
    printTable(title, rows);
    const say = (name: keyof typeof shares) => median(shares[name]).toFixed(2);
    console.log(
      `  median ratio: new connections ${say("fresh")}, kept ones ${say("kept")} (aim 0.60); by processor time, receiver included, ${say("freshCpu")} and ${say("keptCpu")}; ${megabytes()}`,
    );
    return true;
  });
}

/** 100,000 followers behind 5,000 shared inboxes. */
async function shared(database: Database, folder: string, sink: Sink): Promise<boolean> {
  const hosts = 5_000;
  return await withInstance(database, folder, sink, { hosts, each: 20 }, async (bench) => {
    const before = await sink.tell({ type: "report" });
    const first = await deliver(bench, hosts);
    await quiet(bench);
    const second = await deliver(bench, hosts);
    await quiet(bench);
    const posts = (await sink.tell({ type: "report" })).answered - before.answered;
    const stored = await sql<{
      bodies: number;
    }>`select count(*) as bodies from activities where body like '%Create%'`.execute(database.db);
    printTable("100,000 followers behind 5,000 shared inboxes, SQLite", [
      ["notes", "posts", "bodies stored", "first s", "second s", "memory"],
      [
        "2",
        String(posts),
        String(stored.rows[0]?.bodies ?? 0),
        (hosts / first.perSecond).toFixed(2),
        (hosts / second.perSecond).toFixed(2),
        megabytes(),
      ],
    ]);
    return posts === 2 * hosts && Number(stored.rows[0]?.bodies) === 2;
  });
}

/** 1,000 hosts of which a tenth refuses connections and a tenth answers after five seconds. */
async function ailing(name: string, database: Database, folder: string, sink: Sink): Promise<boolean> {
  const hosts = 1_000;
  return await withInstance(database, folder, sink, { hosts, each: 1, deadPercent: 10 }, async (bench) => {
    const alive = hosts * 0.9;
    await deliver(bench, alive);
    const rows = [["round", "healthy hosts alone /s", "beside slow and dead ones /s", "of healthy"]];
    const shares: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const healthy = await withoutDead(bench, () => afresh(bench, () => deliver(bench, alive)));
      const beside = await afresh(bench, () => deliver(bench, hosts * 0.8, 10));
      await new Promise((next) => setTimeout(next, SETTLE_MS));
      shares.push(beside.perSecond / healthy.perSecond);
      rows.push([
        String(round),
        healthy.perSecond.toFixed(0),
        beside.perSecond.toFixed(0),
        (beside.perSecond / healthy.perSecond).toFixed(2),
      ]);
    }
    printTable(`A tenth of 1,000 hosts dead, a tenth slow, ${name}`, rows);
    console.log(`  median share ${median(shares).toFixed(2)} of the healthy rate (aim 0.80)`);
    return true;
  });
}

async function afresh(bench: Bench, work: () => Promise<Round>): Promise<Round> {
  await forgetHosts(bench.database);
  await bench.sink.tell({ type: "drop" });
  return await work();
}

/** The followers on dead hosts are away for a round. */
async function withoutDead(bench: Bench, work: () => Promise<Round>): Promise<Round> {
  const { db } = bench.database;
  const dead = sql`(select id from actors where uri like '%:1/users/%')`;
  await sql`update follows set state = 'away' where actor_id in ${dead}`.execute(db);
  try {
    return await work();
  } finally {
    await sql`update follows set state = 'accepted' where state = 'away'`.execute(db);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function megabytes(): string {
  return `${(process.memoryUsage.rss() / 1024 ** 2).toFixed(0)} MiB resident`;
}
