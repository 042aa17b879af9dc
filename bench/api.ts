import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Order, Ready, Spent } from "./api-server.ts";
import { percentiles, printTable, rate, sample } from "./measure.ts";

const NOTES = 1_000_000;
const ROUNDS = 5;
const AT_ONCE = 8;
/** Of each person: fewer than may be asked in five minutes, with what the home timeline takes. */
const CALLS = 1_500;
const PAGES = 800;

type Server = Ready & { readonly child: ChildProcess };

/**
 * The client API through node:http with a million notes stored: who am I and what server is this, beside a bare Hono that
 * answers with the very same bytes (at least 0.3 is wanted), and the first forty of a home timeline (99 of 100 in less than
 * 25 ms).
 */
export async function benchApi(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const servers = await Promise.all([start("bare", folder), start("causeway", folder)]);
  const [bare, causeway] = servers;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    const isFast = [
      await beside(agent, bare, causeway, "/api/v1/accounts/verify_credentials"),
      await beside(agent, bare, causeway, "/api/v2/instance"),
      await homeTimeline(agent, causeway),
    ];
    return isFast.every(Boolean);
  } finally {
    agent.destroy();
    for (const { child } of servers) child.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

function start(kind: "bare" | "causeway", folder: string): Promise<Server> {
  const server = join(import.meta.dirname, "api-server.ts");
  const child = fork(server, [kind, folder, String(NOTES)], { stdio: "inherit" });
  return new Promise((ready, fail) => {
    child.once("exit", (code) => fail(new Error(`The ${kind} server ended with ${code}.`)));
    child.once("message", (message: Ready) => ready({ child, ...message }));
  });
}

function tell(child: ChildProcess, order: Order): Promise<Spent> {
  return new Promise((heard) => {
    child.once("message", (spent: Spent) => heard(spent));
    child.send(order);
  });
}

/** The body of an answer; another person each time, so that nobody runs out of turns. */
function ask(agent: Agent, { port, tokens }: Ready, path: string, turn: number): Promise<string> {
  const token = tokens[turn % tokens.length];
  const headers = {
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    "X-Forwarded-For": `198.18.${(turn >> 8) & 255}.${turn & 255}`,
  };
  return new Promise((done, fail) => {
    get({ host: "127.0.0.1", port, path, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) done(body);
        else fail(new Error(`${path}: ${response.statusCode} ${body.slice(0, 200)}`));
      });
    }).on("error", fail);
  });
}

/** Rates of both, and the processor time of each server for an answer, µs, which says more on a machine that others use. */
async function beside(agent: Agent, bare: Server, causeway: Server, path: string): Promise<boolean> {
  const body = await ask(agent, causeway, path, 0);
  await tell(bare.child, { body });
  const rows: string[][] = [
    ["round", "bare /s", "causeway /s", "ratio", "bare µs", "causeway µs", "by processor"],
  ];
  const ratios: number[] = [];
  const measured = async (server: Server): Promise<{ readonly perSecond: number; readonly cpu: number }> => {
    const before = await tell(server.child, {});
    const perSecond = await rate(CALLS, AT_ONCE, (turn) => ask(agent, server, path, turn));
    const after = await tell(server.child, {});
    return { perSecond, cpu: (after.cpu - before.cpu) / CALLS };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const limit = await measured(bare);
    const done = await measured(causeway);
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
  printTable(`${path}, ${body.length} bytes, ${AT_ONCE} at once, SQLite`, rows);
  const { p50 } = percentiles(ratios);
  console.log(`  median ratio ${p50.toFixed(2)} (at least 0.30 is wanted)`);
  return p50 >= 0.3;
}

async function homeTimeline(agent: Agent, causeway: Server): Promise<boolean> {
  const path = "/api/v1/timelines/home?limit=40";
  const samples = await sample(PAGES, (turn) => ask(agent, causeway, path, turn));
  const { p50, p99, n } = percentiles(samples);
  const page = await ask(agent, causeway, path, 0);
  printTable(`Home timeline of 40 through HTTP, ${NOTES.toLocaleString("en")} notes, SQLite`, [
    ["KB", "p50 ms", "p99 ms", "samples"],
    [(page.length / 1024).toFixed(0), p50.toFixed(2), p99.toFixed(2), String(n)],
  ]);
  console.log(`  99 of 100 within ${p99.toFixed(2)} ms (less than 25 is wanted)`);
  return p99 < 25;
}
