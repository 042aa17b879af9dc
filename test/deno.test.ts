// One smoke test: an instance on Node and one on Deno, from the same source, federate over real HTTP on loopback.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createApp } from "../server/app.ts";
import { type Config, parseConfig } from "../server/config.ts";
import { followEachOther, makeCast, tellStory } from "../server/demo/story.ts";
import { startServer } from "../server/ops/server.ts";
import { openSqlite } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { ROOT } from "./support/sources.ts";
import { findFreePort } from "../server/ops/listen.ts";

/** The program inside npm's `deno` for this machine; its install script, which would only link it, is not run. */
const DENO = join(ROOT, `node_modules/@deno/${process.platform}-${process.arch}-glibc/deno`);
const PERMISSIONS = ["net", "read", "write", "env", "sys", "ffi"].map((name) => `--allow-${name}`);

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

test("people on Node and on Deno find, follow and answer each other", { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-deno-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const onNode = configOf(await findFreePort(), "localhost", join(folder, "node"));
  const onDeno = configOf(await findFreePort(), "127.0.0.1", join(folder, "deno"));

  const server = await startServer(onNode);
  undo.push(() => server.stop(2_000));
  const printed = await startDeno(onDeno, folder);
  expect(printed).toContain("on Deno");

  // What people on Deno do is written to its database from here; Deno's own process signs, delivers, verifies and stores.
  const database = openSqlite(join(onDeno.dataDir, "causeway.db"));
  undo.push(() => database.close());
  await migrate(database.db);
  const beside = await createApp({ config: onDeno, database });
  undo.push(() => beside.stop(0));
  const cast = await makeCast(server.instance.app, beside.app);
  await followEachOther(cast);
  await tellStory(cast);
});

function configOf(port: number, host: string, dataDir: string): Config {
  const parsed = parseConfig({
    PORT: String(port),
    CAUSEWAY_ORIGIN: `http://${host}:${port}`,
    CAUSEWAY_DATA: dataDir,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
    CAUSEWAY_LOG_LEVEL: "error",
  });
  if (!parsed.ok) throw new Error(parsed.faults.join(" "));
  return parsed.config;
}

/** Starts the server on Deno and returns what it printed once it is up. */
async function startDeno(config: Config, folder: string): Promise<string> {
  const child = spawn(
    DENO,
    ["run", "--no-remote", "--config", "deno-compat/deno.json", ...PERMISSIONS, "deno-compat/serve.ts"],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: "/usr/bin:/bin",
        HOME: folder,
        DENO_DIR: join(folder, "cache"),
        DENO_NO_UPDATE_CHECK: "1",
        PORT: String(config.port),
        CAUSEWAY_ORIGIN: config.origin,
        CAUSEWAY_DATA: config.dataDir,
        CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
      },
    },
  );
  undo.push(() => stopChild(child));
  return await new Promise((up, failed) => {
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      // The link to the set-up page is the last line that a new server prints.
      if (printed.includes("/setup?token=")) up(printed);
    });
    child.once("exit", (code) => failed(new Error(`Deno ended with ${code}: ${printed}`)));
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
