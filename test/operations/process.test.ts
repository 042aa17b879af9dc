import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockFolder } from "../../server/store/lock.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startCauseway } from "../support/processes.ts";
import { findFreePort } from "../../server/ops/listen.ts";

const READY = "/setup?token=";

describe("The server process", { timeout: 60_000 }, () => {
  test("starts on an empty folder, says what matters, and drains on SIGTERM", async () => {
    const folder = join(temporaryFolder(), "data");
    const port = await findFreePort();
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
    const env = { CAUSEWAY_DATA: folder, PORT: String(await findFreePort()) };
    const first = startCauseway(["serve"], env);
    await first.printed(READY);
    const link = readFileSync(join(folder, "setup-url.txt"), "utf8");
    first.child.kill("SIGKILL");
    expect(await first.ended()).toBe("SIGKILL");
    const second = startCauseway(["serve"], env);
    await second.printed(READY);
    expect(readFileSync(join(folder, "setup-url.txt"), "utf8")).toBe(link);
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
  // The machine's own Node if it is an old one; else the one that runs this, which the launcher stays in.
  const node = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path)) ?? process.execPath;

  test("ends up on Node 24 whatever Node starts it, and hands on signals and exit codes", async () => {
    const env = { CAUSEWAY_DATA: temporaryFolder(), PORT: String(await findFreePort()) };
    const wrong = startCauseway(["account", "role"], env, node);
    expect(await wrong.ended()).toBe(2);
    const server = startCauseway(["serve"], env, node);
    await server.printed(READY);
    expect(server.output()).toMatch(/on Node (?:2[4-9]|[3-9]\d)\./);
    server.child.kill("SIGTERM");
    expect(await server.ended()).toBe(0);
    expect(server.output()).toContain("Stopped.");
  });
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
