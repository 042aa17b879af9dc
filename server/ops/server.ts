import { createApp, type Instance } from "../app.ts";
import { installGlobalGuard } from "../http/egress.ts";
import type { Config } from "../config.ts";
import type { Database } from "../store/database.ts";
import { type FolderLock, lockFolder } from "../store/lock.ts";
import { codeOf, OperatorFault, reasonOf } from "./fault.ts";
import { prepareFolder } from "./folder.ts";
import { type Answer, type Listen, type Listener, listen } from "./listen.ts";
import { openDatabase, type OpenSqlite } from "./open-database.ts";
import { type SchemaChange, upgradeSchema } from "./schema.ts";
import { writeSetupUrl } from "./setup-url.ts";

/** What another runtime brings instead of Node's. */
export type Runtime = {
  readonly listen?: Listen;
  readonly openSqlite?: OpenSqlite;
};

/** A server that runs: what it is worth telling, and how to end it. */
export type RunningServer = {
  readonly config: Config;
  readonly instance: Instance;
  readonly port: number;
  readonly schema: SchemaChange;
  /** One-time link to the set-up page, or null when the instance is set up. */
  readonly setupUrl: string | null;
  /** Refuses new requests, lets running requests and jobs end within `graceMs`, closes the database. Safe to call twice. */
  stop(graceMs: number): Promise<void>;
};

/**
 * Starts a whole server from a config: data folder, lock, database, schema, application, port, workers.
 * Whatever was opened before a fault is closed again.
 * @throws OperatorFault with a sentence for everything that the operator can mend.
 */
export async function startServer(config: Config, runtime: Runtime = {}): Promise<RunningServer> {
  const undo: (() => void | Promise<void>)[] = [];
  try {
    await prepareFolder(config.dataDir);
    const lock = takeLock(config);
    if (lock !== null) undo.push(() => lock.release());
    const database = await openDatabase(config, 30_000, runtime.openSqlite);
    undo.push(() => database.close());
    const schema = await upgradeSchema(config, database);
    const instance = await createApp({ config, database });
    undo.push(() => instance.stop(0));
    // Whatever a library fetches by itself passes the same guard as our own requests.
    const unguard = instance.egress === null ? null : installGlobalGuard(instance.egress);
    if (unguard !== null) undo.push(unguard);
    const setupUrl = await writeSetupUrl(instance.app);
    const listener = await (runtime.listen ?? listen)(
      { host: config.host, port: config.port },
      answerOf(config, instance),
      config.role === "worker" ? undefined : instance.deliver,
      config.role === "worker" ? undefined : instance.sockets,
    );
    undo.push(() => listener.stop(0));
    await instance.start();
    const stop = once((graceMs) => stopAll({ listener, instance, database, lock, unguard }, graceMs));
    return { config, instance, port: listener.port, schema, setupUrl, stop };
  } catch (error) {
    for (const step of undo.toReversed()) await Promise.resolve(step()).catch(() => undefined);
    throw error;
  }
}

/** A worker is asked by health checks alone; were it behind the proxy by mistake, it should not look like a server. */
function answerOf(config: Config, instance: Instance): Answer {
  if (config.role !== "worker") return (request, info) => instance.fetch(request, info);
  return async (request, info) =>
    /^\/(?:livez|readyz|metrics)$/.test(new URL(request.url).pathname)
      ? await instance.fetch(request, info)
      : new Response("This process does background work only.\n", { status: 404 });
}

type Parts = {
  readonly listener: Listener;
  readonly instance: Instance;
  readonly database: Database;
  readonly lock: FolderLock | null;
  readonly unguard: (() => void) | null;
};

/** Requests and jobs drain side by side, since each may take the whole time; the database goes last. */
async function stopAll(parts: Parts, graceMs: number): Promise<void> {
  await Promise.all([parts.listener.stop(graceMs), parts.instance.stop(graceMs)]);
  await parts.database.close();
  parts.lock?.release();
  parts.unguard?.();
}

function once(stop: (graceMs: number) => Promise<void>): (graceMs: number) => Promise<void> {
  let stopped: Promise<void> | null = null;
  return (graceMs) => (stopped ??= stop(graceMs));
}

function takeLock(config: Config): FolderLock | null {
  if (config.databaseUrl !== null) return null;
  const lock = openLock(config.dataDir);
  if (lock === null)
    throw new OperatorFault(
      `Another Causeway runs on ${config.dataDir}: one process owns an SQLite database. Stop it first, or use PostgreSQL for several.`,
    );
  return lock;
}

function openLock(folder: string): FolderLock | null {
  try {
    return lockFolder(folder);
  } catch (error) {
    throw new OperatorFault(
      `The data folder ${folder} cannot be written to: ${codeOf(error)} ${reasonOf(error)}.`,
      1,
      {
        cause: error,
      },
    );
  }
}
