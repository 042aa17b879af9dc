// The `causeway` command: process entry, so it runs on import. Started by bin/causeway.mjs.

import { text } from "node:stream/consumers";
import type { Terminal } from "./cli/context.ts";
import { runCommand } from "./cli/program.ts";
import { readEnvironment } from "./config.ts";
import { runDemo } from "./demo.ts";
import { serve } from "./main.ts";
import { configureLogs } from "./ops/log.ts";

const terminal: Terminal = {
  env: readEnvironment(),
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
  isInteractive: process.stdin.isTTY,
  readInput: () => text(process.stdin),
};

// A reader that goes away (`causeway account list | head -1`) is not a fault.
process.stdout.on("error", () => process.exit(0));
await configureLogs("warning");
process.exit(
  await runCommand(process.argv.slice(2), terminal, {
    serve: () => serve(terminal.env),
    demo: (options) => runDemo(terminal, options),
  }),
);
