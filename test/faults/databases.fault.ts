import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { createPostgresDatabase } from "../support/databases.ts";
import { setUp } from "../processes/people.ts";
import { databaseOf, eventually, startServer } from "../processes/processes.ts";
import { aToken, p95, postAsApp, sourcesIn, timed } from "./people.ts";

test("another process holds the write lock of the file for long: writers wait, then hear when to come again; readers read (F11)", async () => {
  const server = await startServer();
  const browser = await setUp(server, "ann");
  const token = await aToken(server, "ann");
  const other = new BetterSqlite(join(server.folder, "causeway.db"));
  onTestFinished(() => void other.close());
  other.exec("begin immediate");
  const pages: number[] = [];
  let over = false;
  const reading = (async () => {
    while (!over) pages.push((await timed(browser, "/@ann")).ms);
  })();
  const short = postAsApp(server, token, "waits", "waits");
  await new Promise((resume) => setTimeout(resume, 3_000));
  other.exec("commit");
  expect((await short).status).toBe(200);
  other.exec("begin immediate");
  const long = await postAsApp(server, token, "too long", "too-long");
  expect([long.status, long.retryAfter]).toEqual([503, "10"]);
  other.exec("commit");
  over = true;
  await reading;
  expect(p95(pages)).toBeLessThan(1_000);
  expect((await postAsApp(server, token, "too long", "too-long")).status).toBe(200);
  expect(await sourcesIn(databaseOf(server))).toEqual(["too long", "waits"]);
  console.log(`  ${pages.length} pages meanwhile, p95 ${p95(pages).toFixed(0)} ms`);
});

test("PostgreSQL goes away and comes back: 503 with a time meanwhile, and within ten seconds all is as before (F13)", async () => {
  const { server, browser, token, wire, kept } = await onPostgres();
  wire.cut();
  const away = await postAsApp(server, token, "away", "away");
  expect([away.status, away.retryAfter]).toEqual([503, "10"]);
  const page = await browser.get("/home");
  expect(page.status).toBe(503);
  expect(page.text).toContain("storage");
  expect((await browser.get("/livez")).status).toBe(200);
  expect((await browser.get("/readyz")).status).toBe(503);
  wire.mend();
  const since = performance.now();
  await eventually(async () => expect((await postAsApp(server, token, "away", "away")).status).toBe(200));
  expect(performance.now() - since).toBeLessThan(10_000);
  expect((await browser.get("/home")).status).toBe(200);
  expect(await kept()).toEqual(["away", "first"]);
});

test("PostgreSQL takes 200 ms for everything: nothing piles up, who is too much is told at once, and it ends by itself (F14)", async () => {
  const { server, browser, token, wire, kept } = await onPostgres();
  wire.slow(200);
  const started = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 600 }, async () => {
      const start = performance.now();
      const response = await fetch(`${server.address}/@ann`, { headers: { accept: "text/html" } });
      await response.text();
      return { status: response.status, ms: performance.now() - start };
    }),
  );
  const turnedAway = answers.filter(({ status }) => status === 503);
  expect(turnedAway.length).toBeGreaterThan(100);
  expect(answers.every(({ status }) => [200, 429, 503].includes(status))).toBe(true);
  expect(p95(turnedAway.map(({ ms }) => ms))).toBeLessThan(3_000);
  expect(performance.now() - started).toBeLessThan(120_000);
  wire.slow(0);
  await eventually(async () => expect((await timed(browser, "/home")).ms).toBeLessThan(1_000));
  expect((await postAsApp(server, token, "second", "second")).status).toBe(200);
  expect(await kept()).toEqual(["first", "second"]);
  console.log(
    `  ${turnedAway.length} of 600 turned away, p95 ${p95(turnedAway.map(({ ms }) => ms)).toFixed(0)} ms`,
  );
});

/** A server on PostgreSQL behind a wire that can be cut and slowed, with one note. */
async function onPostgres() {
  const own = await createPostgresDatabase();
  onTestFinished(own.drop);
  const wire = await openWire(new URL(own.url));
  const url = new URL(own.url);
  url.host = `127.0.0.1:${wire.port}`;
  const server = await startServer({ DATABASE_URL: url.href });
  const browser = await setUp(server, "ann");
  const token = await aToken(server, "ann");
  expect((await postAsApp(server, token, "first", "first")).status).toBe(200);
  return { server, browser, token, wire, kept: () => sourcesIn(own.database) };
}

/** Hands everything on to PostgreSQL, until it is cut. */
async function openWire(to: URL) {
  const sockets = new Set<Socket>();
  const state = { isCut: false, delayMs: 0 };
  const pass = (from: Socket, onto: Socket) => {
    from.on("data", (chunk: Buffer) => {
      if (state.delayMs === 0) onto.write(chunk);
      else setTimeout(() => onto.write(chunk), state.delayMs);
    });
    from.on("error", () => undefined);
    from.on("close", () => onto.destroy());
  };
  const server = createServer((near) => {
    if (state.isCut) return void near.destroy();
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", () => ready()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state.isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      state.isCut = false;
    },
    /** Each way takes half of `ms`. */
    slow: (ms: number) => {
      state.delayMs = ms / 2;
    },
  };
}
