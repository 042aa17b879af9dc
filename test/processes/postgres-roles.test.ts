import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Database } from "../../server/store/database.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { addFollowers } from "./followers.ts";
import { post, setUp } from "./people.ts";
import { eventually, type Server, startServer } from "./processes.ts";
import { openSink } from "./wires.ts";
import { findFreePort } from "../../server/ops/listen.ts";

const SINKS = 5;
const EACH = 8;

describe("One web and two worker processes on one PostgreSQL", { timeout: 240_000 }, () => {
  test("take over from each other; a worker that is killed loses nothing while the pages go on", async () => {
    const { database, web, startWorker } = await startWeb();
    const first = await startWorker();
    const gate = Promise.withResolvers<void>();
    const sinks = await Promise.all(Array.from({ length: SINKS }, () => openSink(() => gate.promise)));
    const owner = await setUp(web, "ann");
    const inboxes = await addFollowers(database, sinks, EACH);
    const path = await post(owner, "To all of you");
    await eventually(async () => expect(await queuesHeld(database)).toHaveLength(SINKS));
    await eventually(() => expect(sinks.every((sink) => sink.deliveries.length > 0)).toBe(true));

    const second = await startWorker();
    await first.kill();
    expect((await owner.get(path)).text).toContain("To all of you");
    expect((await owner.get("/")).status).toBe(200);
    await post(owner, "The second one is written with one worker less");
    await eventually(async () => {
      const written = await database.db.selectFrom("activities").select("id").execute();
      expect(written).toHaveLength(2);
    });
    gate.resolve();
    // What the first one held is its own until it has said nothing for a quarter of a minute.
    expect(await queuesHeld(database)).toHaveLength(SINKS);
    await makeQuiet(database);
    await eventually(async () => expect(await workLeft(database)).toEqual([]));

    const arrived = sinks.flatMap((sink) =>
      sink.deliveries.map((one) => ({ ...one, inbox: sink.origin + one.inbox })),
    );
    const notes = await database.db.selectFrom("notes").select("uri").execute();
    expect(notes).toHaveLength(2);
    for (const { uri } of notes) {
      const ofNote = arrived.filter(({ objectId }) => objectId === uri);
      expect([...new Set(ofNote.map(({ inbox }) => inbox))].toSorted()).toEqual(inboxes.toSorted());
      expect(new Set(ofNote.map(({ activityId }) => activityId)).size).toBe(1);
    }
    await second.kill();
  });

  test("say each for itself whether they are ready, and what the one without workers leaves is done later", async () => {
    const { database, web, startWorker } = await startWeb();
    expect(web.output()).toContain("Role: web");
    const owner = await setUp(web, "ann");
    await post(owner, "Nobody works yet");
    expect((await workLeft(database)).map(({ kind }) => kind)).toEqual(["federate"]);
    const worker = await startWorker();
    expect(worker.output()).toContain("Role: worker");
    expect(worker.output()).not.toContain("Set-up");
    await eventually(async () => expect(await workLeft(database)).toEqual([]));
    const outbox = await database.db.selectFrom("activities").select("id").execute();
    expect(outbox).toHaveLength(1);

    for (const server of [web, worker]) {
      const ready = await fetch(`${server.address}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([200, { status: "ready" }]);
    }
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect((await fetch(`${web.address}/readyz`)).status).toBe(200);
  });

  test("are not ready without their database, and say so", async () => {
    const { web, startWorker, drop } = await startWeb();
    const worker = await startWorker();
    await drop();
    await Promise.all(
      [web, worker].map((server) =>
        eventually(async () => {
          const ready = await fetch(`${server.address}/readyz`);
          expect([ready.status, await ready.json()]).toEqual([
            503,
            { status: "not ready", failed: expect.arrayContaining(["database"]) as unknown },
          ]);
          expect((await fetch(`${server.address}/livez`)).status).toBe(200);
        }),
      ),
    );
  });
});

/** A web process on a new database, and what starts workers beside it: the same folder, the same origin. */
async function startWeb() {
  const own = await createPostgresDatabase();
  let dropped = false;
  const drop = async () => {
    if (dropped) return;
    dropped = true;
    await own.drop();
  };
  onTestFinished(drop);
  const port = await findFreePort();
  const shared = {
    CAUSEWAY_DATA: join(temporaryFolder(), "data"),
    DATABASE_URL: own.url,
    CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}`,
  };
  const web = await startServer({ ...shared, CAUSEWAY_ROLE: "web", PORT: String(port) });
  const startWorker = async (): Promise<Server> => await startServer({ ...shared, CAUSEWAY_ROLE: "worker" });
  return { database: own.database, web, startWorker, drop };
}

/** Queues of hosts that a worker has. */
async function queuesHeld(database: Database): Promise<readonly string[]> {
  const rows = await database.db
    .selectFrom("hosts")
    .select("host")
    .where("lease_owner", "is not", null)
    .execute();
  return rows.map(({ host }) => host);
}

/** As if nobody had said for half a minute that they live; those that do say it again within seconds. */
async function makeQuiet(database: Database): Promise<void> {
  await sql`update kv set value = (value::bigint - 30000)::text where key like 'worker%' or key like 'sender%'`.execute(
    database.db,
  );
}

async function workLeft(database: Database): Promise<readonly { readonly kind: string }[]> {
  const { rows } = await sql<{
    kind: string;
  }>`select task_identifier as kind from graphile_worker.jobs
    union all select 'deliver' as kind from deliveries`.execute(database.db);
  return rows;
}
