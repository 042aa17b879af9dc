import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { createApp } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import { findFreePort, listen } from "../server/ops/listen.ts";
import { createAccount } from "../server/services/accounts/accounts.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { createToken } from "../server/services/operations/operations.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { AUTHORS, seedTimeline } from "./home-timeline.ts";

// The serving side of the benchmark of the client API, a process of its own: a whole Causeway with many notes and some people
// who have apps, or a bare Hono that answers with JSON that it was given.

/** What the parent sends: the body that the bare server is to answer with, or nothing, to be told of the processor. */
export type Order = { readonly body?: string };
/** Processor time of this process so far, µs. */
export type Spent = { readonly cpu: number };
/** Where it listens, and the tokens of its people. */
export type Ready = { readonly port: number; readonly tokens: readonly string[] };

/** Each may ask three hundred times in five minutes. */
const PEOPLE = 60;

const [kind = "causeway", folder = ".", notes = "0"] = process.argv.slice(2);

async function openCauseway(): Promise<Ready> {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}` });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const instance = await createApp({ config: parsed.config, database });
  await completeSetUp(instance.app, (await createSetupToken(instance.app)) ?? "", {
    serverName: "Bench",
    username: "bench_owner",
    password: "a long enough password",
    languages: ["en"],
    joinMode: "open",
  });
  await seedTimeline(database, 0, Number(notes));
  const tokens: string[] = [];
  for (let n = 0; n < PEOPLE; n++) tokens.push(await aReader(n));
  await listen(
    { host: "127.0.0.1", port },
    (request, info) => instance.fetch(request, info),
    instance.deliver,
  );
  return { port, tokens };

  /** Somebody who follows 150 of the authors. */
  async function aReader(n: number): Promise<string> {
    const username = `reader_${n}`;
    await createAccount(instance.app, { username, password: "a long enough password" });
    const { id } = await database.db
      .selectFrom("actors")
      .select("id")
      .where("username", "=", username)
      .executeTakeFirstOrThrow();
    const rows = Array.from({ length: 150 }, (_, i) => {
      const follow = 5_000_000 + n * 1_000 + i;
      return {
        id: follow,
        uri: `https://bench.test/f/${follow}`,
        actor_id: id,
        target_id: ((n * 31 + i * 13) % AUTHORS) + 1,
        state: "accepted",
        created_at: 0,
      };
    });
    await database.db.insertInto("follows").values(rows).execute();
    return (await createToken(instance.app, { username, scopes: ["read"], name: "bench" })).token;
  }
}

function openBare(): Promise<Ready> {
  const site = new Hono();
  site.get("*", (c) => c.body(held.body, 200, { "Content-Type": "application/json" }));
  const server = createServer(getRequestListener(site.fetch, { overrideGlobalObjects: false }));
  return new Promise((ready) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      ready({ port: typeof address === "object" && address !== null ? address.port : 0, tokens: [] });
    }),
  );
}

const held = { body: "{}" };
process.on("message", (order: Order) => {
  held.body = order.body ?? held.body;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system } satisfies Spent);
});
process.on("disconnect", () => process.exit(0));
process.send?.(kind === "causeway" ? await openCauseway() : await openBare());
