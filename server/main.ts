import { getLogger } from "@logtape/logtape";
import { type Config, type Environment, parseConfig } from "./config.ts";
import { OperatorFault, reasonOf } from "./ops/fault.ts";
import { letHeapGrow } from "./ops/heap.ts";
import { findFreePort } from "./ops/listen.ts";
import { configureLogs } from "./ops/log.ts";
import { type RunningServer, type Runtime, startServer } from "./ops/server.ts";
import { readVersion } from "./ops/version.ts";

/** How long requests and jobs may take to end after SIGTERM, ms. Service managers kill after 30 s. */
const GRACE_MS = 25_000;
/** Ctrl-C reaches us from the terminal and once more from the launcher; only a later one means "now". */
const IMPATIENCE_MS = 1_000;

/**
 * The process: starts a server from the environment, runs until SIGTERM or SIGINT, drains, and returns the exit code:
 * 0 after a clean end, 1 when it could not start or had to stop.
 */
export async function serve(env: Environment, runtime: Runtime = {}): Promise<number> {
  const config = await readConfig(env);
  if (config === null) return 1;
  await configureLogs(config.logLevel);
  const ending = listenForTheEnd();
  try {
    const server = await startServer(config, runtime);
    printFacts(server);
    letHeapGrow();
    const { code, reason } = await ending;
    print(`Stopping (${reason}): no new requests, up to ${GRACE_MS / 1000} s for what is running.`);
    await server.stop(GRACE_MS);
    print("Stopped.");
    return code;
  } catch (error) {
    return reportFault(error);
  }
}

/** Every fault of the configuration on its own line, at once; null when there was one. */
export async function readConfig(env: Environment): Promise<Config | null> {
  const parsed = parseConfig(env);
  if (!parsed.ok) {
    for (const fault of parsed.faults) process.stderr.write(`${fault}\n`);
    return null;
  }
  if (parsed.config.port !== 0) return parsed.config;
  const again = parseConfig({ ...env, PORT: String(await findFreePort(parsed.config.host)) });
  return again.ok ? again.config : null;
}

type Ending = { readonly code: number; readonly reason: string };

/**
 * Resolves when the process should end. An uncaught exception leaves unknown state behind, so it drains and ends with 1
 * for the service manager to start it again; an unhandled rejection belongs to one request or job: logged, no more.
 */
function listenForTheEnd(): Promise<Ending> {
  const log = getLogger(["causeway", "process"]);
  const { promise, resolve } = Promise.withResolvers<Ending>();
  let askedAt: number | null = null;
  const onSignal = (signal: string) => {
    if (askedAt !== null && performance.now() - askedAt > IMPATIENCE_MS) process.exit(1);
    askedAt ??= performance.now();
    resolve({ code: 0, reason: signal });
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => onSignal(signal));
  // Started by the launcher: its end, even by kill -9, closes this channel.
  process.once("disconnect", () => resolve({ code: 0, reason: "the launcher is gone" }));
  process.channel?.unref();
  process.on("uncaughtException", (error) => {
    log.fatal("Uncaught exception: {error}", { error });
    resolve({ code: 1, reason: "uncaught exception" });
  });
  process.on("unhandledRejection", (error) => log.error("Unhandled rejection: {error}", { error }));
  return promise;
}

function printFacts(server: RunningServer): void {
  const { config, schema } = server;
  const runtime =
    process.versions["deno"] === undefined
      ? `Node ${process.versions.node}`
      : `Deno ${process.versions["deno"]}`;
  const facts = [
    `Causeway ${readVersion()} on ${runtime}, ready ${(performance.now() / 1000).toFixed(1)} s after its start.`,
    `Address: ${config.origin} (listening on ${config.host} port ${server.port})`,
    `Database: ${config.databaseUrl === null ? "SQLite" : "PostgreSQL"}, files in ${config.dataDir}`,
  ];
  if (schema.snapshot !== null) facts.push(`Copy of the database before the upgrade: ${schema.snapshot}`);
  facts.push(
    `Schema: ${schema.ran.length === 0 ? "up to date" : `brought up to date (${schema.ran.join(", ")})`}`,
    `Role: ${config.role} (${ROLE_WORDS[config.role]})`,
  );
  if (config.allowPrivateAddresses)
    facts.push(
      "Warning: CAUSEWAY_ALLOW_PRIVATE_ADDRESSES is on; never use it on a server that others reach.",
    );
  if (server.setupUrl !== null) facts.push(`Set-up, once, for whoever opens it first: ${server.setupUrl}`);
  // In one piece: whoever waits for one of these lines has them all.
  print(facts.join("\n"));
}

const ROLE_WORDS: Readonly<Record<Config["role"], string>> = {
  all: "answers requests and does the background work",
  web: "answers requests; background work is done by another process",
  worker: "does background work; answers health checks only",
};

function reportFault(error: unknown): number {
  if (error instanceof OperatorFault) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `Causeway could not go on: ${error instanceof Error ? error.stack : reasonOf(error)}\n`,
  );
  return 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
