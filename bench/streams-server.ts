import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createApp, type Instance } from "../server/app.ts";
import { parseConfig } from "../server/config.ts";
import { findFreePort, listen } from "../server/ops/listen.ts";
import { createPasswords } from "../server/passwords.ts";
import { createAccount } from "../server/services/accounts/accounts.ts";
import { completeSetUp, createSetupToken } from "../server/services/accounts/setup.ts";
import { createToken } from "../server/services/operations/operations.ts";
import { findAccountByLogin } from "../server/store/accounts.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";

// The serving side of the streams benchmark, a process of its own: a whole Causeway where many follow one.

/** What the parent is told: where to connect, as whom, and how much memory there is. */
export type Told =
  | { readonly port: number; readonly writer: string; readonly listeners: readonly string[] }
  | { readonly rss: number };

const [folder = ".", count = "0"] = process.argv.slice(2);
/** What is measured are streams, not passwords. */
const CHEAP = { memoryCost: 1024, timeCost: 1, parallelism: 1 } as const;

async function open(): Promise<Told> {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const parsed = parseConfig({ CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}` });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const passwords = createPasswords({ cost: CHEAP });
  const instance = await createApp({ config: parsed.config, database, passwords });
  const people = await openPeople(instance);
  await listen(
    { host: "127.0.0.1", port },
    (request, info) => instance.fetch(request, info),
    instance.deliver,
    instance.sockets,
  );
  return { port, ...people };
}

async function openPeople({ app }: Instance) {
  const password = "a long enough password";
  await completeSetUp(app, (await createSetupToken(app)) ?? "", {
    serverName: "Bench",
    username: "writer",
    password,
    languages: ["en"],
    joinMode: "open",
  });
  const tokenOf = async (username: string) =>
    (await createToken(app, { username, scopes: ["read", "write"], name: "bench" })).token;
  const writer = await findAccountByLogin(app.db, "writer");
  if (writer === undefined) throw new Error("Nobody signed in.");
  const listeners: string[] = [];
  for (let i = 0; i < Number(count); i++) {
    const username = `listener_${i}`;
    await createAccount(app, { username, password });
    const account = await findAccountByLogin(app.db, username);
    if (account === undefined) throw new Error("Nobody joined.");
    await app.db
      .insertInto("follows")
      .values({
        id: app.ids.next(),
        uri: `${app.config.origin}/follows/${i}`,
        actor_id: account.actor_id,
        target_id: writer.actor_id,
        state: "accepted",
        created_at: app.clock.now(),
      })
      .execute();
    listeners.push(await tokenOf(username));
  }
  return { writer: await tokenOf("writer"), listeners };
}

process.on("message", () => {
  // What is garbage by now is not what the streams take.
  globalThis.gc?.();
  setTimeout(() => {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage().rss } satisfies Told);
  }, 500);
});
process.on("disconnect", () => process.exit(0));
process.send?.(await open());
