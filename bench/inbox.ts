import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printTable } from "./measure.ts";
import { aCreate, openSenders, send, type Senders, toWire } from "./senders.ts";

const SENDERS = 400;
const ROUNDS = 5;
const PER_ROUND = 3_000;
const WARM_UP = 3_000;
const TEXT =
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. ".repeat(
    4,
  );

type Costs = { readonly verify: number; readonly store: number };
type Usage = { readonly cpuMs: number; readonly rssMb: number };

/**
 * Signed Creates of 3 KB as Mastodon writes them, from 400 servers, verified and kept with full sync, through a real
 * node:http server in a process of its own. Beside it the sum of what cannot be saved, measured in the same run: one
 * RSA-2048 verification, one activity and its job in a commit of sixteen, and node:http reading a body of that size.
 */
export async function benchInbox(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const senders = await openSenders(SENDERS);
  const [limits, bare, causeway] = await Promise.all([
    start("limit", folder),
    start("bare", folder),
    start("causeway", folder),
  ]);
  try {
    await send(causeway.port, makeRequests(causeway.port, senders, WARM_UP, "w"), 64);
    await send(bare.port, makeRequests(bare.port, senders, WARM_UP, "w"), 64);
    const rows: string[][] = [
      ["round", "verify µs", "store µs", "http µs", "limit /s", "taken /s", "ratio", "CPU µs", "RSS MB"],
    ];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { verify, store } = (await ask(limits.child, "limit")) as Costs;
      const http = await measured(bare, makeRequests(bare.port, senders, PER_ROUND, `b${round}`));
      const limit = 1e6 / (verify + store + http.cpuUs);
      const taken = await measured(causeway, makeRequests(causeway.port, senders, PER_ROUND, `r${round}`));
      ratios.push(taken.rate / limit);
      rows.push([
        String(round + 1),
        verify.toFixed(0),
        store.toFixed(0),
        http.cpuUs.toFixed(0),
        limit.toFixed(0),
        taken.rate.toFixed(0),
        (taken.rate / limit).toFixed(2),
        taken.cpuUs.toFixed(0),
        taken.rssMb.toFixed(0),
      ]);
    }
    const { kept } = (await ask(causeway.child, "count")) as { kept: number };
    const isKept = kept === WARM_UP + ROUNDS * PER_ROUND;
    printTable("Inbox: signed Creates of 3 KB, verified and kept, SQLite", rows);
    console.log(
      `  median ratio ${median(ratios).toFixed(2)} (mark 0.25), all ${kept} kept: ${isKept ? "yes" : "NO"}`,
    );
    return median(ratios) >= 0.25 && isKept;
  } finally {
    for (const { child } of [limits, bare, causeway]) child.disconnect();
    senders.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Server = { readonly child: ChildProcess; readonly port: number };

async function start(kind: string, folder: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, "inbox-server.ts"), [kind, folder], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv:
      process.env["CAUSEWAY_BENCH_PROFILE"] === kind ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof"] : [],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { child, port };
}

async function ask(child: ChildProcess, question: string): Promise<unknown> {
  child.send(question);
  return (await once(child, "message"))[0];
}

async function measured({ child, port }: Server, requests: readonly Buffer[]) {
  const before = (await ask(child, "usage")) as Usage;
  const rate = await send(port, requests);
  const after = (await ask(child, "usage")) as Usage;
  return { rate, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / requests.length, rssMb: after.rssMb };
}

function makeRequests(port: number, senders: Senders, count: number, name: string): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const actor = senders.uri(index % senders.count);
    return toWire(port, actor, aCreate(actor, `${name}${index}`, TEXT));
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
