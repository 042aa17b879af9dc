import { createWriteStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { type App, isoTime } from "../context.ts";
import type { Viewer } from "../domain/actor.ts";
import { asId } from "../domain/ids.ts";
import {
  TRANSFER_FILES,
  TRANSFER_KINDS,
  TRANSFER_LIMITS,
  type TransferKind,
  type TransferMode,
} from "../domain/transfer.ts";
import { findViewerOfAccount } from "../services/accounts/viewers.ts";
import { findAccountSummary } from "../services/operations/operations.ts";
import { exportFile } from "../services/transfers/export.ts";
import { auditAlone } from "../services/moderation/audit.ts";
import { beginImport, removeImport, startImport } from "../services/transfers/import.ts";
import { countGoing, getImport, listImports, type TransferView } from "../services/transfers/results.ts";
import { OperatorFault } from "../ops/fault.ts";
import { EXIT, report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Import = Json & {
  readonly merge?: boolean;
  readonly overwrite?: boolean;
  readonly kind?: TransferKind;
  readonly yes?: boolean;
};

/** `causeway account export | import | imports` */
export function addTransferCommands(account: Command, terminal: Terminal): void {
  account
    .command("export <name>")
    .description("write somebody's follows, lists, mutes, blocks, servers, bookmarks and filters to files")
    .requiredOption("--to <dir>", "folder for the files; made when it is not there")
    .option("--json", "print JSON")
    .action((name: string, options: Json & { readonly to: string }) => exportAll(terminal, name, options));
  account
    .command("import <name> <file>")
    .description("bring such a file; the running server works it off")
    .option("--merge", "add what is in the file")
    .option("--overwrite", "also take away what is not in the file")
    .addOption(
      new Option("--kind <kind>", "what is in it, when it does not say so itself").choices(TRANSFER_KINDS),
    )
    .option("--yes", "with --overwrite: do not ask when something goes away; at a terminal this is needed")
    .option("--json", "print JSON")
    .action((name: string, file: string, options: Import) => bring(terminal, name, file, options));
  account
    .command("imports <name>")
    .description("how far the files are that somebody brought")
    .option("--json", "print JSON")
    .action((name: string, options: Json) => list(terminal, name, options));
}

async function viewerOf(app: App, name: string): Promise<Viewer> {
  const account = await findAccountSummary(app, name);
  const viewer = await findViewerOfAccount(app, asId(account.accountId));
  if (viewer === null)
    throw new OperatorFault(`@${account.username} is suspended: causeway account unsuspend NAME.`);
  return viewer;
}

async function exportAll(
  terminal: Terminal,
  name: string,
  options: Json & { readonly to: string },
): Promise<void> {
  await withApp(terminal, async (app) => {
    const viewer = await viewerOf(app, name);
    await mkdir(options.to, { recursive: true });
    const files: string[] = [];
    for (const kind of TRANSFER_KINDS) {
      const path = join(options.to, TRANSFER_FILES[kind]);
      // For nobody else on this machine, and never in place of a file that is there.
      const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
      await pipeline(Readable.from(exportFile(app, viewer, kind)), file).catch(explain(path));
      files.push(path);
    }
    await auditAlone(app, null, { what: "account.exported", subject: viewer.username });
    report(terminal, options, { files }, [...files, `Wrote ${files.length} files.`]);
  });
}

function explain(path: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new OperatorFault(`${path} is there already: choose another folder.`, EXIT.conflict);
    throw error;
  };
}

async function bring(terminal: Terminal, name: string, file: string, options: Import): Promise<void> {
  const mode = modeOf(options);
  const bytes = await readSmall(file);
  await withApp(terminal, async (app) => {
    const viewer = await viewerOf(app, name);
    await auditAlone(app, null, { what: "account.import_begun", subject: viewer.username, detail: { mode } });
    const id = await beginImport(app, viewer, {
      name: basename(file),
      bytes,
      kind: options.kind ?? null,
    });
    if (mode === "overwrite" && options.yes !== true && terminal.isInteractive) {
      const going = await countGoing(app, viewer, id);
      const count = going.whole + going.others;
      if (count > 0) {
        await removeImport(app, viewer, id);
        throw new OperatorFault(
          `This would take ${count} ${count === 1 ? "thing" : "things"} away that the file does not have: add --yes to do it.`,
          EXIT.usage,
        );
      }
    }
    await startImport(app, viewer, id, mode);
    const transfer = await getImport(app, viewer, id);
    report(terminal, options, viewOf(transfer), [
      `${transfer.kind}: ${transfer.total} rows, of which ${transfer.failed} cannot be understood.`,
      `The running server works them off; see: causeway account imports ${viewer.username}`,
    ]);
  });
}

function modeOf({ merge, overwrite }: Import): TransferMode {
  if ((merge === true) === (overwrite === true))
    throw new OperatorFault("Say --merge or --overwrite.", EXIT.usage);
  return merge === true ? "merge" : "overwrite";
}

async function readSmall(file: string): Promise<Uint8Array> {
  const facts = await stat(file).catch(() => null);
  if (facts === null || !facts.isFile()) throw new OperatorFault(`There is no file ${file}.`, EXIT.notFound);
  if (facts.size > TRANSFER_LIMITS.bytes)
    throw new OperatorFault(
      `The file is larger than ${TRANSFER_LIMITS.bytes / 1024 / 1024} MB.`,
      EXIT.invalid,
    );
  return await readFile(file);
}

async function list(terminal: Terminal, name: string, options: Json): Promise<void> {
  const transfers = await withApp(terminal, async (app) => await listImports(app, await viewerOf(app, name)));
  const rows = transfers.map((one) => [
    String(one.id),
    one.kind,
    one.state,
    String(one.total),
    String(one.done),
    String(one.already),
    String(one.failed),
    isoTime(one.createdAt).slice(0, 16),
  ]);
  const head = ["ID", "KIND", "STATE", "ROWS", "DONE", "ALREADY", "FAILED", "SINCE"];
  const lines = rows.length === 0 ? ["No files yet."] : table([head, ...rows]);
  report(terminal, options, transfers.map(viewOf), lines);
}

function viewOf(one: TransferView) {
  return {
    id: String(one.id),
    kind: one.kind,
    mode: one.mode,
    state: one.state,
    total: one.total,
    done: one.done,
    already: one.already,
    failed: one.failed,
    createdAt: isoTime(one.createdAt),
  };
}
