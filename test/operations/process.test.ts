import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../server/store/database.ts";
import { lockFolder } from "../../server/store/lock.ts";
import { migrate } from "../../server/store/migrate.ts";
import { temporaryFolder } from "../support/folders.ts";
import { freePort, startCauseway } from "../support/processes.ts";

const READY = "/setup?token=";

describe("The server process", { timeout: 60_000 }, () => {
  test("starts on an empty folder, says what matters, and drains on SIGTERM", async () => {
    const folder = join(temporaryFolder(), "data");
    const port = await freePort();
    const server = startCauseway(["serve"], { CAUSEWAY_DATA: folder, PORT: String(port) });
    await server.printed(READY);
    expect(server.output()).toMatch(/^Causeway \d+\.\d+\.\d+ on Node 24/m);
    expect(server.output()).toContain(`http://localhost:${port}`);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const link = readFileSync(join(folder, "setup-url.txt"), "utf8").trim();
    expect(server.output()).toContain(link);
    expect(statSync(join(folder, "setup-url.txt")).mode & 0o777).toBe(0o600);

    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ready" }]);
    server.child.kill("SIGTERM");
    expect(await server.ended()).toBe(0);
  });

  test("keeps its set-up link, and starts again after kill -9", async () => {
    const folder = temporaryFolder();
    const env = { CAUSEWAY_DATA: folder, PORT: String(await freePort()) };
    const first = startCauseway(["serve"], env);
    await first.printed(READY);
    const link = readFileSync(join(folder, "setup-url.txt"), "utf8");
    first.child.kill("SIGKILL");
    expect(await first.ended()).toBe("SIGKILL");
    const second = startCauseway(["serve"], env);
    await second.printed(READY);
    expect(readFileSync(join(folder, "setup-url.txt"), "utf8")).toBe(link);
  });

  test("refuses a second server on the same SQLite folder", async () => {
    const folder = temporaryFolder();
    const first = startCauseway(["serve"], { CAUSEWAY_DATA: folder, PORT: String(await freePort()) });
    await first.printed(READY);
    const second = startCauseway(["serve"], { CAUSEWAY_DATA: folder, PORT: String(await freePort()) });
    expect(await second.ended()).toBe(1);
    expect(second.output()).toMatch(/^Another Causeway runs on .*\n$/);
  });

  test("reports all faults of its configuration at once", async () => {
    const env = { PORT: "x", CAUSEWAY_ROLE: "king", CAUSEWAY_ORIGIN: "ftp://a", CAUSEWAY_COLOUR: "red" };
    const server = startCauseway(["serve"], env);
    expect(await server.ended()).toBe(1);
    const lines = server.output().trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "PORT",
      "CAUSEWAY_ORIGIN",
      "CAUSEWAY_ROLE",
      "CAUSEWAY_COLOUR",
    ]);
  });

  test("says in a sentence that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const server = startCauseway(["serve"], { CAUSEWAY_DATA: temporaryFolder(), PORT: String(port) });
    expect(await server.ended()).toBe(1);
    expect(server.output()).toMatch(/^Another program listens on port \d+ on 127\.0\.0\.1: .*\n$/);
  });

  test("refuses a database from a newer version in a sentence", async () => {
    const folder = temporaryFolder();
    const database = openSqlite(join(folder, "causeway.db"));
    await migrate(database.db);
    await database.db
      .withTables<{ kysely_migration: { name: string; timestamp: string } }>()
      .insertInto("kysely_migration")
      .values({ name: "9999-later", timestamp: "2099-01-01T00:00:00.000Z" })
      .execute();
    await database.close();
    const server = startCauseway(["serve"], { CAUSEWAY_DATA: folder, PORT: String(await freePort()) });
    expect(await server.ended()).toBe(1);
    expect(server.output()).toMatch(/^This database was written by a newer version of Causeway.*\n$/);
  });

  test("picks a free port for PORT=0 and puts it into its address", async () => {
    const server = startCauseway(["serve"], { CAUSEWAY_DATA: temporaryFolder(), PORT: "0" });
    await server.printed(READY);
    const port = /http:\/\/localhost:(\d+) \(listening on 127\.0\.0\.1 port \1\)/.exec(server.output())?.[1];
    const alive = await fetch(`http://127.0.0.1:${port}/livez`);
    expect(alive.status).toBe(200);
  });
});

describe("The launcher", { timeout: 60_000 }, () => {
  const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find(
    (path) =>
      existsSync(path) &&
      Number(execFileSync(path, ["-p", "process.versions.node.split('.')[0]"]).toString()) < 24,
  );

  test.skipIf(oldNode === undefined)(
    "brings Node 24 on an older Node, and hands on signals and exit codes",
    async () => {
      const env = { CAUSEWAY_DATA: temporaryFolder(), PORT: String(await freePort()) };
      const wrong = startCauseway(["account", "role"], env, oldNode);
      expect(await wrong.ended()).toBe(2);
      const server = startCauseway(["serve"], env, oldNode);
      await server.printed(READY);
      expect(server.output()).toContain("on Node 24");
      server.child.kill("SIGTERM");
      expect(await server.ended()).toBe(0);
      expect(server.output()).toContain("Stopped.");
    },
  );
});

describe("The lock of a data folder", () => {
  test("is taken once and free again after its release", () => {
    const folder = temporaryFolder();
    const first = lockFolder(folder);
    expect(first).not.toBeNull();
    expect(lockFolder(folder)).toBeNull();
    first?.release();
    const again = lockFolder(folder);
    expect(again).not.toBeNull();
    again?.release();
  });
});
