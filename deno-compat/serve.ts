import process from "node:process";
import { readEnvironment } from "../server/config.ts";
import { serve } from "../server/main.ts";
import { openNodeSqlite } from "./node-sqlite.ts";

process.exit(await serve(readEnvironment(), { openSqlite: openNodeSqlite }));
