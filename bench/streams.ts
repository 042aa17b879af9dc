import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { percentiles, printTable } from "./measure.ts";
import type { Told } from "./streams-server.ts";

const STREAMS = 1_000;
const NOTES = 60;
const MEGABYTE = 1024 * 1024;
const MOST_MEGABYTES = 60;
const MOST_MS = 1_000;

/**
 * A thousand people listen to their home over WebSockets at one process and follow one who writes: the memory that the idle
 * streams take (less than 60 MB), and the time from the POST to the frame at the one who hears it last (p99 below 1 s).
 */
export async function benchStreams(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  const child = fork(join(import.meta.dirname, "streams-server.ts"), [folder, String(STREAMS)], {
    execArgv: ["--expose-gc"],
    stdio: "inherit",
  });
  const sockets: WebSocket[] = [];
  try {
    const told = await hear(child);
    if (!("port" in told)) throw new Error("It does not say where it listens.");
    const { port, writer, listeners } = told;
    await write(port, writer, "The first one warms everything up");
    const before = await memoryOf(child);
    for (const [index, token] of listeners.entries()) sockets.push(await listen(port, token, index));
    const idle = (await memoryOf(child)) - before;
    const { first, last } = await measure(port, writer, sockets);
    const [one, all] = [percentiles(first), percentiles(last)];
    printTable(`${STREAMS} streams on one process, ${NOTES} notes, SQLite`, [
      ["", "p50 ms", "p99 ms"],
      ["until the first frame", one.p50.toFixed(0), one.p99.toFixed(0)],
      ["until the last frame", all.p50.toFixed(0), all.p99.toFixed(0)],
    ]);
    const megabytes = idle / MEGABYTE;
    console.log(`  memory of the idle streams ${megabytes.toFixed(1)} MB (at most ${MOST_MEGABYTES})`);
    console.log(`  last frame p99 ${all.p99.toFixed(0)} ms (at most ${MOST_MS})`);
    return megabytes < MOST_MEGABYTES && all.p99 < MOST_MS;
  } finally {
    for (const socket of sockets) socket.terminate();
    child.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

function hear(child: ChildProcess): Promise<Told> {
  return new Promise((heard, fail) => {
    child.once("exit", (code) => fail(new Error(`The server ended with ${code}.`)));
    child.once("message", (told: Told) => heard(told));
  });
}

async function memoryOf(child: ChildProcess): Promise<number> {
  const answer = hear(child);
  child.send("memory");
  const told = await answer;
  return "rss" in told ? told.rss : Number.NaN;
}

/** Everybody comes from elsewhere, behind the proxy that loopback is taken for. */
function listen(port: number, token: string, index: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/streaming?stream=user`, [token], {
    headers: { "X-Forwarded-For": `198.18.${index >> 8}.${index & 255}` },
    perMessageDeflate: false,
  });
  return new Promise((opened, fail) => {
    socket.once("open", () => opened(socket));
    socket.once("error", fail);
  });
}

async function measure(port: number, writer: string, sockets: readonly WebSocket[]) {
  const [first, last]: [number[], number[]] = [[], []];
  for (let n = 0; n < NOTES; n++) {
    let heard = 0;
    let startedAt = 0;
    const everybody = new Promise<void>((done) => {
      const count = () => {
        heard++;
        if (heard === 1) first.push(performance.now() - startedAt);
        if (heard < sockets.length) return;
        last.push(performance.now() - startedAt);
        done();
      };
      for (const socket of sockets) socket.once("message", count);
    });
    startedAt = performance.now();
    await write(port, writer, `The tide table for week ${n} is up`);
    await everybody;
  }
  return { first, last };
}

async function write(port: number, token: string, status: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/statuses`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ status, visibility: "unlisted" }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}
