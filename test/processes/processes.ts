// Real `causeway` processes for the tests of this folder: servers on free ports over temporary folders, and commands.
// Whatever a test starts is gone after it, also when it fails. Imported by the tests of this folder alone.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Database, openSqlite } from "../../server/store/database.ts";
import { temporaryFolder } from "../support/folders.ts";
import { ROOT } from "../support/sources.ts";
import { findFreePort } from "../../server/ops/listen.ts";

/** How a server ended: its exit code, or the signal that killed it. */
export type End = number | string;

/** A server that was started and may still run. */
export type Started = {
  readonly child: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Standard error alone. */
  errors(): string;
  readonly ended: Promise<End>;
};

/** A server that answers. */
export type Server = Started & {
  readonly origin: string;
  /** The address to talk to, which differs from the origin when something stands in front. */
  readonly address: string;
  readonly folder: string;
  readonly environment: Environment;
  /** Kills it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
};

export type Environment = Readonly<Record<string, string>>;

const NODE = [process.execPath, join(ROOT, "bin", "causeway.mjs")] as const;
/** Much longer than anything takes: only a test that fails waits so long. */
const PATIENCE_MS = 60_000;
const EVERY_MS = 50;

/**
 * Starts `causeway serve` with nothing in its environment but `environment`, and does not wait for it. The channel ends
 * it when the test run itself is killed.
 */
export function launchServer(environment: Environment): Started {
  let end = async (): Promise<void> => undefined;
  // Registered first: it throws when the test is over, and then nothing may be started any more.
  onTestFinished(() => end());
  const child = spawn(NODE[0], [NODE[1], "serve"], {
    cwd: environment["CAUSEWAY_DATA"] === undefined ? "/" : join(environment["CAUSEWAY_DATA"], ".."),
    env: { PATH: "/usr/bin:/bin", ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let [all, wrong] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (all += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => {
    all += chunk.toString();
    wrong += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]: unknown[]) =>
    typeof code === "number" ? code : String(signal),
  );
  end = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { child, output: () => all, errors: () => wrong, ended };
}

/** Starts a server and waits until it is ready. Private addresses are allowed, so that servers here find each other. */
export async function startServer(environment: Environment = {}): Promise<Server> {
  const port = environment["PORT"] ?? String(await findFreePort());
  const given = {
    CAUSEWAY_DATA: environment["CAUSEWAY_DATA"] ?? join(temporaryFolder(), "data"),
    CAUSEWAY_ORIGIN: `http://127.0.0.1:${port}`,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
    ...environment,
    PORT: port,
  };
  const started = launchServer(given);
  const address = `http://127.0.0.1:${port}`;
  await readiness(started, `${address}/readyz`);
  return {
    ...started,
    origin: given.CAUSEWAY_ORIGIN,
    address,
    folder: given.CAUSEWAY_DATA,
    environment: given,
    kill: async () => {
      started.child.kill("SIGKILL");
      await started.ended;
    },
  };
}

/** The same server once more, after it ended. */
export async function restart(server: Server): Promise<Server> {
  await server.ended;
  return await startServer(server.environment);
}

/** Its set-up link, from what it printed. */
export function setupLink(server: Started): string {
  const link = /^Set-up.*?(https?:\/\/\S+)$/m.exec(server.output())?.[1];
  if (link === undefined) throw new Error(`No set-up link was printed:\n${server.output()}`);
  return link;
}

async function readiness(server: Started, url: string): Promise<void> {
  let over: End | null = null;
  void server.ended.then((end) => (over = end));
  await eventually(async () => {
    if (over !== null) throw new Stop(`The server ended with ${over}:\n${server.output()}`);
    const response = await fetch(url);
    await response.text();
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}\n${server.output()}`);
    // It answers a moment before it says what matters.
    if (!/^Role: /m.test(server.output())) throw new Error(`It says nothing:\n${server.output()}`);
  });
}

/** Thrown inside `eventually` when waiting is pointless. */
class Stop extends Error {}

/** Asks again and again until nothing is thrown any more; the last fault is the test's. */
export async function eventually<T>(ask: () => Promise<T> | T): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Stop || performance.now() > until) throw error;
      await new Promise((next) => setTimeout(next, EVERY_MS));
    }
  }
}

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Runs one command to its end. `input` is its standard input. */
export async function runCommand(
  environment: Environment,
  args: readonly string[],
  input = "",
): Promise<Ran> {
  const child = spawn(NODE[0], [NODE[1], ...args], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
  });
  // A command that does not read its input may be gone before it was written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code: Number(code), out, err };
}

/** A second look at a server's SQLite database, closed after the test. */
export function databaseOf(server: Pick<Server, "folder">): Database {
  const database = openSqlite(join(server.folder, "causeway.db"));
  onTestFinished(() => database.close());
  return database;
}
