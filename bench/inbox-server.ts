import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { sql } from "kysely";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import { letHeapGrow } from "../server/ops/heap.ts";
import { findFreePort, listen } from "../server/ops/listen.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { type Database, openSqlite, SQLITE_PRAGMAS, transaction } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { actorRow } from "../test/support/rows.ts";

// The receiving side of the inbox benchmark, a process of its own: a whole Causeway on node:http, or a bare node:http that
// reads a body and answers 202, or the parts of the composite limit.

export type Question =
  "usage" | "count" | "work" | "rest" | "limit" | "bytes" | { readonly follow: readonly string[] };
export type Usage = { readonly cpuMs: number; readonly rssMb: number };

const [kind = "causeway", folder = "."] = process.argv.slice(2);

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage().rss / 1_048_576 };
}

async function openCauseway(): Promise<{ readonly port: number; readonly instance: Instance }> {
  const port = await findFreePort();
  const parsed = parseConfig({
    CAUSEWAY_DATA: folder,
    CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}`,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
  });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const instance = await createApp({ config: parsed.config, database });
  const token = (await createSetupToken(instance.app)) ?? "";
  await completeSetUp(instance.app, token, {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  await listen(
    { host: "127.0.0.1", port },
    (request, info) => instance.fetch(request, info),
    instance.deliver,
  );
  letHeapGrow();
  return { port, instance };
}

function openBare(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => void response.writeHead(202).end());
  });
  return new Promise((ready) =>
    server.listen(0, "127.0.0.1", () => ready((server.address() as AddressInfo).port)),
  );
}

/** One RSA-2048 verification, in µs. */
function verificationCost(): number {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = createPublicKey(publicKey.export({ type: "spki", format: "pem" }));
  const text = Buffer.alloc(300, "x");
  const signature = sign("sha256", text, privateKey);
  return cost(5_000, () => verify("sha256", text, key, signature));
}

/** Keeping one activity of 3 KB with its job, sixteen to a commit with full sync, in µs. */
function storageCost(): number {
  const sqlite = new BetterSqlite(join(folder, "limit.db"));
  for (const pragma of SQLITE_PRAGMAS) sqlite.pragma(pragma);
  sqlite.exec(`create table if not exists inbox (id integer primary key, actor_uri text, activity_uri text, body text,
      state text, unique (actor_uri, activity_uri));
    create table if not exists jobs (id integer primary key, kind text, payload text, run_at integer);
    create index if not exists jobs_ready on jobs (run_at, id)`);
  const insert = sqlite.prepare("insert into inbox values (?, ?, ?, ?, 'waiting') on conflict do nothing");
  const job = sqlite.prepare("insert into jobs values (?, 'inbox', ?, ?)");
  const body = "x".repeat(3_000);
  let id = Number(sqlite.prepare("select coalesce(max(id), 0) as id from inbox").pluck().get());
  const perGroup = cost(400, () => {
    sqlite.exec("begin immediate");
    for (let i = 0; i < 16; i++) {
      id++;
      insert.run(
        id,
        `https://e.test/users/${id % 500}`,
        `https://e.test/${createHash("md5").update(String(id)).digest("hex")}`,
        body,
      );
      job.run(id, String(id), 0);
    }
    sqlite.exec("commit");
  });
  sqlite.close();
  return perGroup / 16;
}

function cost(times: number, work: () => unknown): number {
  for (let i = 0; i < times / 10; i++) work();
  const start = performance.now();
  for (let i = 0; i < times; i++) work();
  return ((performance.now() - start) * 1000) / times;
}

/** Somebody here follows every sender: notes of people whom nobody follows are not kept. */
async function followAll({ db }: Database, uris: readonly string[]): Promise<number> {
  const local = await db.selectFrom("accounts").select("actor_id").executeTakeFirstOrThrow();
  await transaction(db, async (tx) => {
    for (const [index, uri] of uris.entries()) {
      const id = 1_000 + index;
      const host = new URL(uri).host;
      await tx
        .insertInto("actors")
        .values(actorRow(id, { host, uri, url: uri, username: "bob", fetched_at: Date.now() }))
        .execute();
      const follow = { id, uri: `${uri}/follow`, actor_id: local.actor_id, target_id: id };
      await tx
        .insertInto("follows")
        .values({ ...follow, state: "accepted", created_at: 0 })
        .execute();
    }
  });
  return uris.length;
}

/** Pages in use, in all and by table and index. */
async function bytes({ db }: Database): Promise<unknown> {
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
  const { rows } = await sql<{ name: string; bytes: number }>`
    select name, sum(pgsize) as bytes from dbstat group by name order by 2 desc`.execute(db);
  const { notes } = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("notes"))
    .executeTakeFirstOrThrow();
  return {
    notes: Number(notes),
    bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
    parts: Object.fromEntries(rows.map((row) => [row.name, row.bytes])),
  };
}

if (kind === "limit") {
  process.on("message", () => process.send?.({ verify: verificationCost(), store: storageCost() }));
  process.send?.({ port: 0 });
} else if (kind === "bare") {
  process.send?.({ port: await openBare() });
  process.on("message", () => process.send?.(usage()));
} else {
  const { port, instance } = await openCauseway();
  process.on("message", (question: Question) => void answer(instance, question));
  process.send?.({ port });
}
process.once("disconnect", () => process.exit(0));

async function answer({ app, database, start, stop }: Instance, question: Question): Promise<void> {
  if (typeof question !== "string") return void process.send?.(await followAll(database, question.follow));
  if (question === "work") await start();
  if (question === "rest") await stop(1_000);
  if (question === "bytes") return void process.send?.(await bytes(database));
  if (question !== "count") return void process.send?.(usage());
  const { n } = await database.db
    .selectFrom("inbox")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  const { waiting } = await app.db
    .selectFrom("jobs")
    .select((eb) => eb.fn.countAll<number>().as("waiting"))
    .where("kind", "=", "inbox")
    .executeTakeFirstOrThrow();
  const { notes } = await app.db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("notes"))
    .executeTakeFirstOrThrow();
  process.send?.({ kept: Number(n), waiting: Number(waiting), notes: Number(notes) });
}
