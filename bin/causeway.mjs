#!/usr/bin/env node
import { join } from "node:path";
import { launch, ROOT } from "./launch.mjs";

await launch(join(ROOT, "server", "cli.ts"), process.argv.slice(2));
