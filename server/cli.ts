// The `causeway` command: process entry, so it runs on import. Started by bin/causeway.mjs.

import { text } from "node:stream/consumers";
import type { Terminal } from "./cli/context.ts";
import { runCommand } from "./cli/program.ts";
import { readEnvironment } from "./config.ts";
import { configureLogs } from "./ops/log.ts";

const terminal: Terminal = {
  env: readEnvironment(),
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
  isInteractive: process.stdin.isTTY,
  readInput: () => text(process.stdin),
};

// Whatever is made here (database, key, backups) is for this user alone.
process.umask(0o077);
// A reader that goes away (`causeway account list | head -1`) is not a fault.
process.stdout.on("error", () => process.exit(0));
await configureLogs("warning");
process.exit(
  await runCommand(process.argv.slice(2), terminal, {
    // Loaded when asked for: other commands need no server, and a server that starts draws no pictures.
    serve: async () => await (await import("./main.ts")).serve(terminal.env),
    demo: async ({ lifeboat, ports, once, keep }) =>
      lifeboat
        ? await (
            await import("./demo/show-lifeboat.ts")
          ).runLifeboatDemo(terminal, { ports: ports ?? "3001,3002,3003", once })
        : await (await import("./demo.ts")).runDemo(terminal, { ports: ports ?? "3001,3002", once, keep }),
  }),
);
