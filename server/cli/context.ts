// The commands of `causeway`, one file per noun. Part of the process entry: may import anything, imported by cli.ts only.
// A command reads its words, calls the same services as the pages do, and prints. Faults are one sentence on standard
// error; exit codes are in docs/operating.md.

import { randomInt } from "node:crypto";
import { type Config, type Environment, parseConfig } from "../config.ts";
import type { App } from "../context.ts";
import { CausewayError, type ErrorKind } from "../errors.ts";
import { OperatorFault } from "../ops/fault.ts";
import { prepareFolder } from "../ops/folder.ts";
import { isNewFile, openDatabase } from "../ops/open-database.ts";
import { requireSchema } from "../ops/schema.ts";
import { createI18n } from "../../web/i18n.ts";

/** What a command may touch of the process. */
export type Terminal = {
  readonly env: Environment;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  warn(line: string): void;
  /** A person types, rather than a script. */
  readonly isInteractive: boolean;
  /** All of standard input. */
  readInput(): Promise<string>;
};

/** Exit codes; the table in docs/operating.md says the same. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, invalid: 5 } as const;

/** The configuration, or all its faults as one OperatorFault. */
export function configOf(terminal: Terminal): Config {
  const parsed = parseConfig(terminal.env);
  if (!parsed.ok) throw new OperatorFault(parsed.faults.join("\n"));
  return parsed.config;
}

/**
 * Opens the instance beside a server that may be running, does `work`, and closes it again. No workers are started.
 * With `make`, a first call makes the instance; otherwise a wrong CAUSEWAY_DATA would quietly become an empty one.
 */
export async function withApp<T>(
  terminal: Terminal,
  work: (app: App) => Promise<T>,
  options: { readonly make?: true } = {},
): Promise<T> {
  const config = configOf(terminal);
  if (options.make !== true) requireInstance(config);
  await prepareFolder(config.dataDir);
  const database = await openDatabase(config, 0);
  try {
    await requireSchema(config, database);
    // Loaded late: a command that fails before this point, or needs no instance, should not wait for all of it.
    const { openCapabilities } = await import("../capabilities.ts");
    const { app, close } = await openCapabilities({ config, database });
    try {
      return await work(app);
    } finally {
      await close();
    }
  } finally {
    await database.close();
  }
}

/** @throws OperatorFault when there is no database in the data folder yet. */
export function requireInstance(config: Config): void {
  if (isNewFile(config))
    throw new OperatorFault(
      `There is no instance in ${config.dataDir} yet: start the server first, or set CAUSEWAY_DATA to its folder.`,
      EXIT.notFound,
    );
}

/** Prints a result for programs (`--json`, one line) or for people. */
export function report(
  terminal: Terminal,
  options: { readonly json?: boolean },
  value: unknown,
  lines: readonly string[],
): void {
  if (options.json === true) terminal.print(JSON.stringify(value));
  else for (const line of lines) terminal.print(line);
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** What to say of an error and which code to end with. Anything unforeseen keeps its stack trace for a bug report. */
export function faultOf(error: unknown): { readonly sentence: string; readonly code: number } {
  if (error instanceof OperatorFault) return { sentence: error.message, code: error.exitCode };
  if (error instanceof CausewayError)
    return { sentence: sentenceOf(error), code: CODE_OF[error.kind] ?? EXIT.failed };
  return {
    sentence: error instanceof Error ? (error.stack ?? error.message) : String(error),
    code: EXIT.failed,
  };
}

const CODE_OF: Partial<Readonly<Record<ErrorKind, number>>> = {
  not_found: EXIT.notFound,
  gone: EXIT.notFound,
  conflict: EXIT.conflict,
  invalid: EXIT.invalid,
};

/** A taken name is a conflict to scripts, though the pages show it as a fault of the form. */
export function isTaken(error: unknown): boolean {
  return (
    error instanceof CausewayError &&
    Object.values(error.fields).some((fault) => /^field\.(?:username|email)_taken$/.test(fault.key))
  );
}

/** Where the page's words would leave the operator guessing. */
const SENTENCES: Readonly<Record<string, string>> = {
  "error.not_found": "Nothing by that name is here.",
  "error.conflict": "That is there already.",
  "error.owner_stays":
    "This is the last owner of the instance: make somebody else owner first (causeway account role NAME owner).",
  "error.suspended": "The account is suspended: causeway account unsuspend NAME.",
};

function sentenceOf(error: CausewayError): string {
  const texts = createI18n(() => 0)("en");
  const fields = Object.entries(error.fields).map(([name, fault]) => `${name}: ${texts.message(fault)}`);
  return fields.length > 0
    ? fields.join(" ")
    : (SENTENCES[error.key] ?? texts.message({ key: error.key, params: error.params }));
}

/** The password on standard input without its line end, or a new one of 20 letters and digits (116 bits). */
export async function passwordFrom(
  terminal: Terminal,
  options: { readonly passwordStdin?: boolean },
): Promise<{ readonly password: string; readonly made: boolean }> {
  if (options.passwordStdin === true)
    return { password: (await terminal.readInput()).replace(/\r?\n$/, ""), made: false };
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  return {
    password: Array.from({ length: 20 }, () => letters[randomInt(letters.length)]).join(""),
    made: true,
  };
}
