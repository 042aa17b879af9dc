// What a running server needs around the application: logs, data folder, locks, backups, doctor, metrics, listening.
// Part of the process entry, like main.ts and cli.ts: it may import anything, and only the roots (main, cli, app,
// demo, health) import it.

import { AsyncLocalStorage } from "node:async_hooks";
import { configure, getJsonLinesFormatter, getTextFormatter, type LogRecord } from "@logtape/logtape";
import type { Config } from "../config.ts";

/** Properties that must not reach a log whatever a library puts into its records (docs/threats.md, defaults). */
const SECRET_NAME =
  /token|password|passwd|secret|cookie|authorization|signature|private|^body$|content|^ip$|address|^email$/i;

/**
 * Sends all logs of this process to standard error: text on a terminal, JSON lines elsewhere. Fedify is heard from
 * `warning` up: below that it logs activities. The context storage keeps it from warning on each request (docs/adr/0002).
 */
export async function configureLogs(level: Config["logLevel"]): Promise<void> {
  const format = process.stderr.isTTY
    ? getTextFormatter({ timestamp: "time" })
    : getJsonLinesFormatter({ properties: "flatten", message: "rendered" });
  await configure({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: { standardError: (record) => void process.stderr.write(format(withoutSecrets(record))) },
    loggers: [
      { category: [], lowestLevel: "warning", sinks: ["standardError"] },
      { category: ["causeway"], lowestLevel: level, sinks: ["standardError"], parentSinks: "override" },
      {
        category: ["fedify"],
        lowestLevel: level === "error" ? "error" : "warning",
        sinks: ["standardError"],
        parentSinks: "override",
      },
      // Every 404 is a warning to it, and every unknown name an error; neither is a fault of this server.
      ...[["federation", "http"], ["webfinger"]].map((path) => ({
        category: ["fedify", ...path],
        lowestLevel: "fatal" as const,
        sinks: ["standardError"],
        parentSinks: "override" as const,
      })),
      {
        category: ["logtape", "meta"],
        lowestLevel: "error",
        sinks: ["standardError"],
        parentSinks: "override",
      },
    ],
  });
}

/** The record with secret-looking properties replaced; the rendered message may hold them too, so it is made anew. */
export function withoutSecrets(record: LogRecord): LogRecord {
  const hidden = Object.keys(record.properties).filter((name) => SECRET_NAME.test(name));
  if (hidden.length === 0) return record;
  const values = hidden.map((name) => record.properties[name]);
  return {
    ...record,
    properties: {
      ...record.properties,
      ...Object.fromEntries(hidden.map((name) => [name, "[hidden]"])),
    },
    message: record.message.map((part, index) =>
      index % 2 === 1 && values.includes(part) ? "[hidden]" : part,
    ),
  };
}
