import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import type { Viewer } from "../server/domain/actor.ts";
import { getKeys } from "../server/services/keys.ts";
import { createNote } from "../server/services/notes.ts";
import { findViewer } from "../server/services/sessions.ts";
import { completeSetUp, createSetupToken } from "../server/services/setup.ts";
import { openSqlite, transaction } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { actorRow } from "../test/support/rows.ts";
import { printTable, rate } from "./measure.ts";
import type { Round } from "./sink.ts";

const FOLLOWERS = 1_000;
const ROUNDS = 5;
const SLOW_PERCENT = 20;
/** A round with slow hosts leaves their answers behind: they must be over before the next one. */
const SETTLE_MS = 8_000;

/**
 * One note to 1,000 followers, each on a host (loopback address) of its own, through the durable queue on SQLite, signed
 * once an inbox; beside RSA-2048 signatures a second on this machine in the same run. Then with a fifth of the hosts
 * taking five seconds for each answer, beside the healthy rate. Reported; the marks are aims.
 */
export async function benchFanOut(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const sink = fork(join(import.meta.dirname, "sink.ts"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ port }] = (await once(sink, "message")) as [{ port: number }];
  const { instance, viewer } = await openInstance(folder, port);
  try {
    await instance.start();
    await deliver(instance, viewer, sink, 0); // makes connections and signature memory
    const rows: string[][] = [
      ["round", "RSA-2048 /s", "deliveries /s", "ratio", "20 % slow /s", "of healthy"],
    ];
    const ratios: number[] = [];
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const limit = await signatures();
      const healthy = await deliver(instance, viewer, sink, 0);
      const slow = await deliver(instance, viewer, sink, SLOW_PERCENT);
      await new Promise((done) => setTimeout(done, SETTLE_MS));
      ratios.push(healthy / limit);
      shares.push(slow / healthy);
      const cells = [limit.toFixed(0), healthy.toFixed(0), (healthy / limit).toFixed(2)];
      rows.push([String(round + 1), ...cells, slow.toFixed(0), (slow / healthy).toFixed(2)]);
    }
    printTable(`Fan-out to ${FOLLOWERS} hosts, durable queue, SQLite`, rows);
    console.log(
      `  median ratio ${median(ratios).toFixed(2)} (aim 0.60), with slow hosts ${median(shares).toFixed(2)} of the healthy rate (aim 0.80)`,
    );
    return true;
  } finally {
    sink.kill();
    await instance.stop(0);
    await instance.database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** From the note's commit to the last healthy delivery, deliveries a second. */
async function deliver(
  instance: Instance,
  viewer: Viewer,
  sink: ChildProcess,
  slowPercent: number,
): Promise<number> {
  const round: Round = { healthy: Math.round(FOLLOWERS * (1 - slowPercent / 100)), slowPercent };
  sink.send(round);
  await once(sink, "message");
  const started = performance.now();
  await createNote(instance.app, viewer, { source: `At ${started}`, visibility: "public" });
  await once(sink, "message");
  return round.healthy / ((performance.now() - started) / 1000);
}

/** RSA-2048 signatures a second, sixteen at once in the thread pool. */
async function signatures(): Promise<number> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const text = Buffer.alloc(300, "x");
  const signOne = promisify<string, Buffer, typeof privateKey, Buffer>(sign);
  return await rate(6_000, 16, () => signOne("sha256", text, privateKey));
}

async function openInstance(folder: string, port: number) {
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes" });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const instance = await createApp({ config: parsed.config, database });
  const token = (await createSetupToken(instance.app)) ?? "";
  const { sessionToken } = await completeSetUp(instance.app, token, {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  const viewer = await findViewer(instance.app, sessionToken);
  if (viewer === null) throw new Error("The session that was just opened is not there.");
  await getKeys(instance.app, viewer.actorId);
  await transaction(database.db, async (tx) => {
    for (let i = 0; i < FOLLOWERS; i++) {
      const id = 1_000 + i;
      const host = `127.1.${1 + (i >> 8)}.${i & 255}:${port}`;
      const uri = `http://${host}/users/${id}`;
      const inbox = { inbox_uri: `${uri}/inbox`, shared_inbox_uri: null };
      await tx
        .insertInto("actors")
        .values(actorRow(id, { host, uri, ...inbox }))
        .execute();
      const row = { id, uri: `${uri}/follow`, actor_id: id, target_id: viewer.actorId };
      await tx
        .insertInto("follows")
        .values({ ...row, state: "accepted", created_at: 0 })
        .execute();
    }
  });
  return { instance, viewer };
}
