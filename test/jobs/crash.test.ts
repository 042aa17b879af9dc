import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { createWorker } from "../../server/jobs/worker.ts";
import { type Database, openPostgres, openSqlite, transaction } from "../../server/store/database.ts";
import { beat } from "../../server/store/beats.ts";
import { releaseDeadPools, releaseStrayPools } from "../../server/store/job-engine.ts";
import { claimJobs, extendLeases, LEASE_MS, releaseAllLeases } from "../../server/store/job-leases.ts";
import { enqueue, jobCounts, listDead, MAX_CLAIMS } from "../../server/store/jobs.ts";
import { migrate } from "../../server/store/migrate.ts";
import { partialApp, testClock } from "../support/app.ts";
import { createPostgresDatabase, memoryDatabase } from "../support/databases.ts";

/** A worker in its own process that begins one job, says so, and never ends it. */
async function hangingWorker(database: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "hanging-worker.ts"), database], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => ["ended early"]),
  ]);
  expect(String(said[0])).toContain("job begun");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function addOne(database: Database): Promise<void> {
  const app = partialApp(database.db);
  await transaction(database.db, (tx) =>
    enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "hang",
      payload: "kept",
      orderingKey: "o",
    }),
  );
}

async function drained(database: Database): Promise<unknown[]> {
  const ran: unknown[] = [];
  const app = partialApp(database.db, { clock: testClock() });
  const worker = createWorker({
    app,
    database,
    handlers: { hang: async (_app, payload) => void ran.push(payload) },
  });
  await worker.drain();
  return ran;
}

/** As if all workers had said nothing for so many seconds more. */
async function makeQuiet({ db }: Database, seconds: number): Promise<void> {
  await sql`update kv set value = (value::bigint - ${seconds * 1_000})::text where key like 'worker%'`.execute(
    db,
  );
}

/** Crews of which PostgreSQL knows that their process is there. */
async function crewsHeld({ db }: Database): Promise<number> {
  const { rows } = await sql<{ held: number }>`
    select count(*) as held from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where locktype = 'advisory' and datname = current_database()`.execute(db);
  return Number(rows[0]?.held);
}

const PATIENT = { timeout: 30_000 };

describe("a job whose process was killed", () => {
  test("runs again as soon as the one process of a SQLite file starts again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-crash-"));
    const database = openSqlite(join(folder, "causeway.db"));
    onTestFinished(async () => {
      await database.close();
      rmSync(folder, { recursive: true });
    });
    await migrate(database.db);
    await addOne(database);
    await kill(await hangingWorker(join(folder, "causeway.db")));
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const app = partialApp(database.db);
    const worker = createWorker({
      app,
      database,
      handlers: { hang: async (_app, payload) => resolve(payload) },
    });
    await worker.start();
    expect(await promise).toBe("kept");
    await worker.stop(1_000);
  });

  test("is released on PostgreSQL once its process has been silent for a quarter of a minute, and not before", async () => {
    const own = await createPostgresDatabase();
    onTestFinished(own.drop);
    const { db } = own.database;
    await addOne(own.database);
    await kill(await hangingWorker(own.url));
    expect(await releaseDeadPools(db)).toEqual([]);
    expect(await drained(own.database)).toEqual([]);
    await makeQuiet(own.database, 16);
    // PostgreSQL learns a moment later that the connection is gone.
    await expect.poll(async () => (await releaseDeadPools(db)).length, PATIENT).toBeGreaterThan(0);
    expect(await drained(own.database)).toEqual(["kept"]);
    expect(await jobCounts(db, 0)).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
  });

  test("is left to a process that is only frozen until it has been silent for a minute", async () => {
    const own = await createPostgresDatabase();
    onTestFinished(own.drop);
    const { db } = own.database;
    await addOne(own.database);
    const child = await hangingWorker(own.url);
    onTestFinished(() => kill(child));
    await expect.poll(() => crewsHeld(own.database), PATIENT).toBe(2);
    child.kill("SIGSTOP");
    await makeQuiet(own.database, 16);
    expect(await releaseDeadPools(db)).toEqual([]);
    await makeQuiet(own.database, 50);
    expect((await releaseDeadPools(db)).length).toBeGreaterThan(0);
    expect(await drained(own.database)).toEqual(["kept"]);
  });

  test("is released on PostgreSQL when nobody knows of the process that has it", async () => {
    const own = await createPostgresDatabase();
    onTestFinished(own.drop);
    const { db } = own.database;
    await addOne(own.database);
    await sql`update graphile_worker._private_jobs set locked_by = 'nobody', locked_at = now()`.execute(db);
    expect(await releaseStrayPools(db)).toEqual([]);
    await sql`update graphile_worker._private_jobs set locked_at = now() - interval '61 seconds'`.execute(db);
    expect(await releaseStrayPools(db)).toEqual(["nobody"]);
    expect(await drained(own.database)).toEqual(["kept"]);
  });

  test("is left alone on PostgreSQL while its process lives", async () => {
    const own = await createPostgresDatabase();
    onTestFinished(own.drop);
    const { db } = own.database;
    await addOne(own.database);
    const child = await hangingWorker(own.url);
    onTestFinished(() => kill(child));
    await sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '10 minutes'`.execute(
      db,
    );
    const { rows } = await sql<{ pool: string }>`select locked_by as pool from graphile_worker.jobs`.execute(
      db,
    );
    await beat(db, "worker", rows[0]?.pool ?? "");
    expect(await releaseDeadPools(db)).toEqual([]);
    expect(await releaseStrayPools(db)).toEqual([]);
    expect(await jobCounts(db, 0)).toMatchObject({ leased: 1 });
  });
});

describe("a worker on PostgreSQL", () => {
  test("goes on after all connections of the database were cut, and loses no job", async () => {
    const own = await createPostgresDatabase(8);
    const admin = openPostgres(own.url, 1);
    onTestFinished(async () => {
      await admin.close();
      await own.drop();
    });
    const app = partialApp(own.database.db);
    const add = async (payload: number) => {
      const job = { id: app.ids.next(), now: app.clock.now(), kind: "count", payload };
      await transaction(admin.db, (tx) => enqueue(tx, job));
    };
    const seen = new Set<unknown>();
    const all = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const cut = Promise.withResolvers<void>();
    const count = async (_app: unknown, payload: unknown): Promise<void> => {
      begun.resolve();
      await cut.promise;
      seen.add(payload);
      if (seen.size === 20) all.resolve();
    };
    const worker = createWorker({ app, database: own.database, handlers: { count }, concurrency: 4 });
    for (let index = 0; index < 19; index += 1) await add(index);
    await worker.start();
    await begun.promise;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(admin.db);
    cut.resolve();
    await add(19);
    await all.promise;
    await worker.stop(1_000);
    expect(await listDead(admin.db)).toEqual([]);
  });
});

describe("a lease", () => {
  test("keeps others away until it ends, and can be extended", async () => {
    const database = await memoryDatabase();
    onTestFinished(database.close);
    await addOne(database);
    const { clock } = partialApp(database.db);
    const room = { limit: 5, bulkLimit: 5 };
    const [job] = await claimJobs(database.db, clock.now(), room);
    expect(job).toMatchObject({ kind: "hang", attempt: 1 });
    clock.advance(LEASE_MS - 1);
    expect(await claimJobs(database.db, clock.now(), room)).toEqual([]);
    await extendLeases(database.db, [job?.id ?? 0], clock.now());
    clock.advance(LEASE_MS - 1);
    expect(await claimJobs(database.db, clock.now(), room)).toEqual([]);
    clock.advance(1);
    expect(await claimJobs(database.db, clock.now(), room)).toMatchObject([{ id: job?.id, attempt: 2 }]);
  });

  test("of bulk jobs leaves the room that interactive ones may need", async () => {
    const database = await memoryDatabase();
    onTestFinished(database.close);
    const app = partialApp(database.db);
    for (let index = 0; index < 4; index += 1)
      await enqueue(database.db, {
        id: app.ids.next(),
        now: app.clock.now(),
        kind: "bulk",
        payload: index,
        lane: 2,
      });
    expect(await claimJobs(database.db, app.clock.now(), { limit: 4, bulkLimit: 3 })).toHaveLength(3);
    expect(await claimJobs(database.db, app.clock.now(), { limit: 1, bulkLimit: 0 })).toEqual([]);
  });

  test("that ended with the process twelve times makes its job a dead letter", async () => {
    const database = await memoryDatabase();
    onTestFinished(database.close);
    await addOne(database);
    const { clock } = partialApp(database.db);
    for (let start = 0; start < MAX_CLAIMS; start += 1) {
      expect(await claimJobs(database.db, clock.now(), { limit: 1, bulkLimit: 1 })).toHaveLength(1);
      await releaseAllLeases(database.db, clock.now(), MAX_CLAIMS);
    }
    expect(await claimJobs(database.db, clock.now(), { limit: 1, bulkLimit: 1 })).toEqual([]);
    expect(await listDead(database.db)).toMatchObject([{ kind: "hang", tries: MAX_CLAIMS }]);
  });
});
