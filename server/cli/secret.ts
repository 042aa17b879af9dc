import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { OperatorFault } from "../ops/fault.ts";
import { EXIT, type Terminal } from "./context.ts";

/** Where a secret comes from; never from the words of a command, which other users of the machine can read. */
export type SecretOptions = {
  /** A file that holds it. */
  readonly file?: string | undefined;
  /** Standard input holds it. */
  readonly stdin?: boolean | undefined;
};

/** A secret without its line end: from a file, from standard input, or typed unseen. @throws OperatorFault */
export async function readSecret(
  terminal: Terminal,
  options: SecretOptions,
  question: string,
): Promise<string> {
  const text = await textOf(terminal, options, question);
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new OperatorFault(`${question}: nothing was given.`, EXIT.usage);
  return secret;
}

async function textOf(terminal: Terminal, options: SecretOptions, question: string): Promise<string> {
  if (options.file !== undefined)
    return await readFile(options.file, "utf8").catch(() => {
      throw new OperatorFault(`${options.file} cannot be read.`, EXIT.notFound);
    });
  // What is piped in is meant for this, whether it was said or not.
  if (options.stdin === true || !terminal.isInteractive) return await terminal.readInput();
  return await ask(terminal, `${question}: `);
}

/** Asks at a terminal without showing what is typed. */
async function ask(terminal: Terminal, question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await lines.question("");
  } finally {
    lines.close();
    terminal.warn("");
  }
}
