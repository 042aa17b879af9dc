import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printTable } from "./measure.ts";
import type { Order, Spent } from "./profile-server.ts";

const ROUNDS = 5;
const AT_ONCE = 8;
const STATIC_PAGES = 6_000;
const PROFILE_PAGES = 3_000;

type Server = { readonly child: ChildProcess; readonly port: number };

/**
 * A public profile with twenty notes for a visitor, built anew for every request, beside a bare Hono that answers with the
 * very same bytes: both through node:http in processes of their own, asked over kept connections. At least 0.30 is wanted.
 */
export async function benchProfile(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const servers = await Promise.all([start("static", folder), start("causeway", folder)]);
  const [bare, causeway] = servers;
  const ratios: number[] = [];
  const rows: string[][] = [
    ["round", "static /s", "profile /s", "ratio", "static µs", "profile µs", "by processor"],
  ];
  try {
    const page = await (await fetch(`http://127.0.0.1:${causeway.port}/@bench_owner`)).text();
    await tell(bare.child, { page });
    await load(bare.port, 500);
    await load(causeway.port, 500);
    for (let round = 0; round < ROUNDS; round++) {
      const limit = await measured(bare, STATIC_PAGES);
      const done = await measured(causeway, PROFILE_PAGES);
      ratios.push(done.perSecond / limit.perSecond);
      rows.push([
        String(round + 1),
        limit.perSecond.toFixed(0),
        done.perSecond.toFixed(0),
        (done.perSecond / limit.perSecond).toFixed(2),
        limit.cpu.toFixed(0),
        done.cpu.toFixed(0),
        (limit.cpu / done.cpu).toFixed(2),
      ]);
    }
    printTable(`Public profile of ${Math.round(page.length / 1024)} KB, ${AT_ONCE} at once, SQLite`, rows);
  } finally {
    for (const { child } of servers) child.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  console.log(`  median ratio ${median.toFixed(2)} (at least 0.30)`);
  return median >= 0.3;
}

function start(kind: string, folder: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, "profile-server.ts"), [kind, folder], { stdio: "inherit" });
  return new Promise((ready, fail) => {
    child.once("exit", (code) => fail(new Error(`The ${kind} server ended with ${code}.`)));
    child.once("message", (message: { readonly port: number }) => ready({ child, port: message.port }));
  });
}

function tell(child: ChildProcess, order: Order): Promise<Spent> {
  return new Promise((heard) => {
    child.once("message", (spent: Spent) => heard(spent));
    child.send(order);
  });
}

/**
 * Pages a second, and processor time of the server for each, µs: that says more than the rate on a machine that others use
 * too.
 */
async function measured(
  { child, port }: Server,
  pages: number,
): Promise<{ readonly perSecond: number; readonly cpu: number }> {
  const before = await tell(child, {});
  const perSecond = await load(port, pages);
  const after = await tell(child, {});
  return { perSecond, cpu: (after.cpu - before.cpu) / pages };
}

/** Pages a second; every request comes from another visitor behind the proxy that loopback is taken for. */
async function load(port: number, pages: number): Promise<number> {
  const left = { pages };
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => lane(port, left)));
  return pages / ((performance.now() - started) / 1000);
}

/** One connection that asks again as soon as it is answered; the answers say how long they are, or come in chunks. */
function lane(port: number, left: { pages: number }): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1");
    let held: Buffer = Buffer.alloc(0);
    const ask = () => {
      if (left.pages <= 0) {
        socket.end();
        done();
        return;
      }
      const visitor = left.pages--;
      socket.write(
        `GET /@bench_owner HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/html\r\nAccept-Language: en\r\n` +
          `X-Forwarded-For: 198.${18 + (visitor >> 16)}.${(visitor >> 8) & 255}.${visitor & 255}\r\n\r\n`,
      );
    };
    socket.on("data", (bytes) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const end = held.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = held.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 200")) fail(new Error(head.split("\r\n")[0]));
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      const isWhole =
        length === undefined
          ? held.subarray(-5).equals(Buffer.from("0\r\n\r\n"))
          : held.length >= end + 4 + Number(length);
      if (!isWhole) return;
      held = Buffer.alloc(0);
      ask();
    });
    socket.on("error", fail);
    socket.on("connect", ask);
  });
}
