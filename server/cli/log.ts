import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { type Command, InvalidArgumentError } from "commander";
import { isoTime } from "../context.ts";
import { OperatorFault } from "../ops/fault.ts";
import { exportAuditLines, newestAudit, verifyAudit } from "../services/moderation/audit-views.ts";
import {
  compareLogs,
  databasePieces,
  headerOf,
  type LogPiece,
  type LogVerdict,
  pieceOf,
  verifyLog,
  verifyLogFile,
} from "../services/moderation/log-check.ts";
import { signHead } from "../services/moderation/log-heads.ts";
import { type LogSigner, readSigner } from "../services/moderation/log-proof.ts";
import { exportLog, listLog } from "../services/moderation/log-views.ts";
import { keptHeads } from "../services/standbys/log-heads.ts";
import { EXIT, report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Verify = Json & {
  readonly key?: string;
  readonly against?: string;
  readonly database?: boolean;
};

/** A line of a file is no longer than this, characters. */
const LINE_MAX = 100_000;

/** `causeway log …` and `causeway audit …` */
export function addLogCommands(program: Command, terminal: Terminal): void {
  const log = program.command("log").description("the public log of what was decided here");
  log
    .command("verify [file]")
    .description("prove that no line was removed or changed: of the database, or of a downloaded file")
    .option("--key <key>", "whose signatures count: z6Mk…, or a file with a PEM key or an actor's document")
    .option("--against <file>", "an earlier copy, or a signed head: each of its lines has to be there still")
    .option("--database", "hold the file, as the earlier copy, against the database of this server", false)
    .option("--json", "print JSON")
    .action((file: string | undefined, options: Verify) => verify(terminal, file, options));
  log
    .command("show")
    .description("print the newest 40 lines")
    .option("--before <line>", "those before a line", lineNumber)
    .option("--json", "print JSON")
    .action((options: Json & { readonly before?: number }) => show(terminal, options));
  log
    .command("export")
    .description("print the whole log with its signed heads as lines of JSON")
    .action(() =>
      withApp(terminal, async (app) => {
        await signHead(app);
        for await (const line of exportLog(app)) terminal.print(line.trimEnd());
      }),
    );
  log
    .command("kept [origin]")
    .description("print what the servers that this one stands by for have signed about their logs")
    .action((origin: string | undefined) => printKept(terminal, origin ?? null));
  const audit = program.command("audit").description("what staff and operators did with their powers");
  audit
    .command("verify")
    .description("prove that no line of the database was removed or changed")
    .option("--json", "print JSON")
    .action((options: Json) => verifyStaff(terminal, options));
  audit
    .command("show")
    .description("print the newest lines")
    .option("--all", "all lines, as JSON, with their hashes", false)
    .option("--json", "print JSON")
    .action((options: Json & { readonly all: boolean }) => showStaff(terminal, options));
}

async function printKept(terminal: Terminal, origin: string | null): Promise<void> {
  const heads = await withApp(terminal, (app) => keptHeads(app, origin));
  for (const { document, partner, seq, isContradicted } of heads) {
    terminal.print(JSON.stringify(document));
    if (isContradicted) terminal.warn(`${partner} signed two different things about line ${seq} of its log.`);
  }
}

async function verify(terminal: Terminal, file: string | undefined, options: Verify): Promise<void> {
  if (file === undefined) {
    const against = options.against;
    const verdict = await withApp(terminal, async (app) => {
      const found = await verifyLog(app);
      if (found.fault !== null || against === undefined) return found;
      return { ...found, fault: await compareLogs(piecesOf(against), databasePieces(app)) };
    });
    return tell(terminal, options, verdict, "the database");
  }
  const header = await readHeader(file);
  const signer = options.key === undefined ? null : await signerOf(options.key);
  const own = header === null ? null : readSigner(header.key);
  const verdict = await verifyLogFile(piecesOf(file), signer ?? own);
  if (signer === null)
    terminal.warn(
      own === null
        ? "No key: the signatures were not looked at. Give the key of the server with --key."
        : "The key is the file's own word. Give the key that you know of the server with --key.",
    );
  const fault =
    verdict.fault ??
    (options.against === undefined ? null : await compareLogs(piecesOf(options.against), piecesOf(file))) ??
    (options.database === true
      ? await withApp(terminal, (app) => compareLogs(piecesOf(file), databasePieces(app)))
      : null);
  tell(terminal, options, { ...verdict, fault }, file);
}

function tell(terminal: Terminal, options: Json, verdict: LogVerdict, what: string): void {
  const { fault, summary } = verdict;
  if (fault !== null) {
    if (options.json === true) terminal.print(JSON.stringify({ ok: false, ...fault, ...summary }));
    throw new OperatorFault(`The log does not hold: ${fault.sentence}.`, EXIT.failed);
  }
  report(terminal, options, { ok: true, ...summary }, [
    `${what}: ${summary.lines} lines hold together, ${summary.heads} signed heads vouch for them up to line ${summary.signed}.`,
    ...(summary.lines > summary.signed
      ? [`Lines after ${summary.signed} are not signed yet: only their order and their hashes were checked.`]
      : []),
  ]);
}

async function signerOf(given: string): Promise<LogSigner> {
  const text = /^(?:z|did:key:)[1-9A-HJ-NP-Za-km-z]{20,100}$/.test(given) ? given : await readText(given);
  const signer = readSigner(text);
  if (signer === null)
    throw new OperatorFault(
      `${given} is neither an Ed25519 key nor an actor's document with one.`,
      EXIT.usage,
    );
  return signer;
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).slice(0, 1_000_000);
  } catch {
    throw new OperatorFault(`${path} cannot be read.`, EXIT.notFound);
  }
}

async function readHeader(path: string) {
  for await (const value of valuesOf(path)) return headerOf(value);
  return null;
}

async function* piecesOf(path: string): AsyncGenerator<LogPiece> {
  for await (const value of valuesOf(path)) {
    const piece = pieceOf(value);
    if (piece !== null) yield piece;
    else if (headerOf(value) === null) yield { type: "line", value };
  }
}

/** Each line of a file as JSON; null for what is none, so that it is named as a fault. */
async function* valuesOf(path: string): AsyncGenerator<unknown> {
  const input = createReadStream(path, { encoding: "utf8" });
  const opened = new Promise<boolean>((done) => {
    input.once("open", () => done(true)).once("error", () => done(false));
  });
  if (!(await opened)) throw new OperatorFault(`${path} cannot be read.`, EXIT.notFound);
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    yield line.length > LINE_MAX ? null : jsonOf(line);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

async function show(terminal: Terminal, options: Json & { readonly before?: number }): Promise<void> {
  const { lines } = await withApp(terminal, (app) => listLog(app, { before: options.before }));
  const rows = lines.map(({ line }) => [
    String(line.seq),
    line.at.slice(0, 16),
    line.kind,
    line.what,
    line.host ?? line.subject,
    plain(line.ground ?? line.comment ?? ""),
  ]);
  report(terminal, options, lines, rows.length === 0 ? ["Nothing was decided yet."] : table(rows));
}

async function verifyStaff(terminal: Terminal, options: Json): Promise<void> {
  const verdict = await withApp(terminal, (app) => verifyAudit(app));
  if (verdict.fault !== null) {
    if (options.json === true) terminal.print(JSON.stringify({ ok: false, ...verdict }));
    throw new OperatorFault(`The audit log does not hold: ${verdict.fault.sentence}.`, EXIT.failed);
  }
  report(terminal, options, { ok: true, ...verdict }, [
    `${verdict.lines} lines hold together${verdict.folded === 0 ? "" : `; lines up to ${verdict.folded} were older than a year and are gone`}.`,
  ]);
}

async function showStaff(terminal: Terminal, options: Json & { readonly all: boolean }): Promise<void> {
  await withApp(terminal, async (app) => {
    if (options.all) {
      for await (const line of exportAuditLines(app)) terminal.print(line.trimEnd());
      return;
    }
    const lines = await newestAudit(app);
    const rows = lines.map((one) => [
      String(one.seq),
      isoTime(one.at).slice(0, 16),
      one.who,
      one.what,
      one.subject ?? "",
      plain(JSON.stringify(one.detail)),
    ]);
    report(terminal, options, lines, rows.length === 0 ? ["Nobody did anything yet."] : table(rows));
  });
}

/** One line of at most 80 characters that no terminal acts upon. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 80);
}

function lineNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError("It must be the number of a line.");
  return Number(text);
}
