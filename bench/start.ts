import { spawn } from "node:child_process";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findFreePort } from "../server/ops/listen.ts";
import { printTable } from "./measure.ts";

const ROUNDS = 5;
const IDLE_MS = 3_000;

type Start = { readonly firstAnswerMs: number; readonly idleMb: number };

/**
 * From spawning the server on a migrated database to the first 200 of /readyz, and the resident memory after it idled.
 * Wanted: under 1 s and under 200 MB. The limit beside it is a bare Node that runs an empty script.
 */
export async function benchStart(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const rows: string[][] = [["round", "bare node ms", "first 200 ms", "idle MB"]];
  const starts: Start[] = [];
  try {
    await startOnce(folder); // the first one makes and migrates the database
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await bareNode();
      const start = await startOnce(folder);
      starts.push(start);
      rows.push([
        String(round + 1),
        bare.toFixed(0),
        start.firstAnswerMs.toFixed(0),
        start.idleMb.toFixed(0),
      ]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const median = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const ms = median(starts.map((start) => start.firstAnswerMs));
  const mb = median(starts.map((start) => start.idleMb));
  printTable("Cold start and idle memory", rows);
  console.log(`  median ${ms.toFixed(0)} ms (under 1000), ${mb.toFixed(0)} MB (under 200)`);
  return ms < 1000 && mb < 200;
}

async function bareNode(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  await new Promise((done) => child.once("exit", done));
  return performance.now() - started;
}

async function startOnce(folder: string): Promise<Start> {
  const port = await findFreePort("127.0.0.1");
  const started = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "bin", "causeway.mjs"), "serve"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      PORT: String(port),
      CAUSEWAY_DATA: folder,
      CAUSEWAY_LOG_LEVEL: "error",
    },
    stdio: "ignore",
  });
  try {
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`);
      await pause(5);
    }
    const firstAnswerMs = performance.now() - started;
    await pause(IDLE_MS);
    return { firstAnswerMs, idleMb: await residentMb(child.pid ?? 0) };
  } finally {
    child.kill("SIGTERM");
    await new Promise((done) => (child.exitCode === null ? child.once("exit", done) : done(0)));
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
