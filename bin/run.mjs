#!/usr/bin/env node
// Runs any TypeScript file of this project: node bin/run.mjs FILE [arguments]
import { resolve } from "node:path";
import { launch } from "./launch.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("Usage: node bin/run.mjs FILE [arguments]\n");
  process.exitCode = 2;
} else {
  await launch(resolve(file), args);
}
