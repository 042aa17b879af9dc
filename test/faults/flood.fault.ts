import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { setUp } from "../processes/people.ts";
import { databaseOf, eventually, startServer } from "../processes/processes.ts";
import type { Flood, Flooded } from "./flood.ts";
import { p95, timed } from "./people.ts";

const SIGNED = 30_000;
const SECONDS = 60;
const CONNECTIONS = 3_000;
const RSS_MB = 1_024;

test("3,000 connections that deliver without a pause, for a minute: 503 for who is too much, memory bounded, members' pages under a second, every 202 kept (F29)", async () => {
  const server = await startServer();
  const browser = await setUp(server, "ann");
  const child = fork(join(import.meta.dirname, "flood.ts"), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const port = Number(new URL(server.address).port);
  const flood: Flood = { port, signed: SIGNED, connections: CONNECTIONS, ms: SECONDS * 1000 };
  child.send(flood);
  await once(child, "message");
  const finished = once(child, "message");
  const pages: { readonly ms: number; readonly status: number }[] = [];
  let [over, rss] = [false, 0];
  const reading = (async () => {
    while (!over) {
      pages.push(await timed(browser, "/home"));
      rss = Math.max(rss, residentMb(server.child.pid ?? 0));
      await new Promise((resume) => setTimeout(resume, 100));
    }
  })();
  const [flooded] = (await finished) as [Flooded];
  over = true;
  await reading;
  const answers = Object.values(flooded.statuses).reduce((sum, count) => sum + count, 0);
  const slow = p95(pages.map(({ ms }) => ms));
  console.log(
    `  ${(answers / SECONDS).toFixed(0)} deliveries a second answered: ${JSON.stringify(flooded.statuses)}; ${pages.length} pages of a member, p95 ${slow.toFixed(0)} ms; ${rss.toFixed(0)} MB at most`,
  );
  // What waited longer than a server waits is a 408 by Node itself; senders come again after each of them.
  expect(
    Object.keys(flooded.statuses).filter(
      (status) => !["202", "408", "429", "503", "broken"].includes(status),
    ),
  ).toEqual([]);
  expect((flooded.statuses["429"] ?? 0) + (flooded.statuses["503"] ?? 0)).toBeGreaterThan(0);
  expect(pages.filter(({ status }) => status !== 200)).toEqual([]);
  expect(slow).toBeLessThan(1_000);
  expect(rss).toBeLessThan(RSS_MB);
  const { db } = databaseOf(server);
  await eventually(async () => {
    const { waiting } = await db
      .selectFrom("inbox")
      .select((eb) => eb.fn.countAll<number>().as("waiting"))
      .executeTakeFirstOrThrow();
    expect(waiting).toBe(0);
  });
  const { seen } = await db
    .selectFrom("inbox_seen")
    .select((eb) => eb.fn.countAll<number>().as("seen"))
    .executeTakeFirstOrThrow();
  // A 202 may be lost on its way when a connection breaks: what was taken is never less than what was said to be.
  expect(seen).toBeGreaterThanOrEqual(new Set(flooded.taken).size);
  expect(seen).toBeLessThanOrEqual(SIGNED);
});

/** Resident memory of a process, MB. */
function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return Number(kb) / 1024;
}
