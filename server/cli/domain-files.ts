import { basename } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type App, isoTime } from "../context.ts";
import { DRAFT_STATES, type DraftSource } from "../domain/domain-draft.ts";
import { notFound } from "../errors.ts";
import {
  importDomains,
  listSources,
  sourceKey,
  type SourceView,
} from "../services/moderation/domains-drafts.ts";
import {
  listSubscriptions,
  readList,
  subscribeToList,
  unsubscribeFromList,
} from "../services/moderation/domains-lists.ts";
import { exportDomainRules, previewFile } from "../services/moderation/domains-tables.ts";
import { continueDrafts, decideDrafts, type DraftMove } from "../services/moderation/domains-work.ts";
import { report, table, type Terminal, withApp } from "./context.ts";
import { createI18n } from "../../web/i18n.ts";

// `causeway domain import`, `export` and lists that are subscribed to: what the pages under /moderation/domains/bring do.

type Json = { readonly json?: boolean };
type ReadBytes = (path: string) => Promise<Uint8Array>;

/** Adds the commands about files and lists to `causeway domain`. */
export function addDomainFileCommands(domain: Command, terminal: Terminal, read: ReadBytes): void {
  domain
    .command("import <file>")
    .description(
      "bring rules from a table as Mastodon writes it, or a list of domains; they wait until they are applied",
    )
    .option("--dry-run", "say what each line would do, and keep nothing", false)
    .option("--apply", "apply all lines at once", false)
    .option("--json", "print JSON")
    .action(async (file: string, options: ImportOptions) => {
      const bytes = await read(file);
      await (options.dryRun ? preview(terminal, bytes, options) : bring(terminal, file, bytes, options));
    });
  domain
    .command("export")
    .description("print all rules as a table that Mastodon reads")
    .action(async () => terminal.print((await withApp(terminal, exportDomainRules)).trimEnd()));
  domain
    .command("drafts")
    .description("list files and lists, and how many of their lines wait")
    .option("--json", "print JSON")
    .action((options: Json) => drafts(terminal, options));
  for (const [move, description] of [
    ["apply", "apply all lines of a file or list that wait"],
    ["refuse", "refuse all lines of a file or list that wait"],
    ["undo", "undo what was applied of a file or list"],
  ] as const)
    domain
      .command(`${move} <id>`)
      .description(description)
      .option("--json", "print JSON")
      .action((id: string, options: Json) => decide(terminal, move, numberOf(id), options));
  addListCommands(domain, terminal);
}

function addListCommands(domain: Command, terminal: Terminal): void {
  domain
    .command("subscribe <url>")
    .description(
      "follow a list of rules: it is asked for once a day, and what it says waits until it is applied",
    )
    .option("--name <name>", "what it is called")
    .option("--json", "print JSON")
    .action((url: string, options: Json & { readonly name?: string }) => subscribe(terminal, url, options));
  domain
    .command("unsubscribe <id>")
    .description("follow a list no more; rules that came of it stay")
    .option("--json", "print JSON")
    .action(async (id: string, options: Json) => {
      await withApp(terminal, (app) => unsubscribeFromList(app, null, numberOf(id)));
      report(terminal, options, { id: Number(id) }, ["The list is followed no more."]);
    });
  domain
    .command("lists")
    .description("list the lists that are followed")
    .option("--read", "read them first", false)
    .option("--json", "print JSON")
    .action((options: Json & { readonly read: boolean }) => lists(terminal, options));
}

type ImportOptions = Json & { readonly dryRun: boolean; readonly apply: boolean };

async function preview(terminal: Terminal, bytes: Uint8Array, options: Json): Promise<void> {
  const { lines, loss } = await withApp(terminal, (app) => previewFile(app, bytes));
  const rows = lines.map((line) => [
    line.domain,
    line.fault === null ? (line.change ?? "") : "refused",
    line.fault === null ? (line.rule?.severity ?? "") : line.fault,
  ]);
  report(terminal, options, { lines, loss }, [
    ...table(rows),
    `Nothing was changed. Applied as it is, this would end ${loss.following} follows by members and ${loss.followers} followers of members, on ${loss.servers} servers.`,
  ]);
}

async function bring(
  terminal: Terminal,
  file: string,
  bytes: Uint8Array,
  options: ImportOptions,
): Promise<void> {
  const { id, applied } = await withApp(terminal, async (app) => {
    const made = await importDomains(app, null, { name: basename(file), bytes });
    const source = { kind: "file", id: made } as const;
    return { id: made, applied: options.apply ? await carryOut(app, "apply", source) : null };
  });
  report(terminal, options, { id, applied }, [
    applied === null
      ? `The file is read as number ${id}. Look at /moderation/domains/files/${id}, or: causeway domain apply ${id}`
      : `${applied} rules were applied. To take them back: causeway domain undo ${id}`,
  ]);
}

/** All of it before the command ends: a server that runs beside takes its part, and one that does not need not. */
async function carryOut(app: App, move: DraftMove, source: DraftSource): Promise<number> {
  const chosen = await decideDrafts(app, null, move, { source, ids: null });
  if (move !== "refuse") await continueDrafts(app, sourceKey(source), null);
  return chosen;
}

async function decide(terminal: Terminal, move: DraftMove, id: number, options: Json): Promise<void> {
  const lines = await withApp(terminal, async (app) => {
    const found = (await listSources(app, null)).find(({ source }) => source.id === id);
    if (found === undefined) throw notFound();
    return await carryOut(app, move, found.source);
  });
  const word = { apply: "applied", refuse: "refused", undo: "undone" }[move];
  report(terminal, options, { id, move, lines }, [`${lines} lines: ${word}.`]);
}

async function drafts(terminal: Terminal, options: Json): Promise<void> {
  const sources = await withApp(terminal, (app) => listSources(app, null));
  const view = ({ source, name, url, createdAt, counts }: SourceView) => ({
    ...source,
    name,
    url,
    since: isoTime(createdAt),
    counts,
  });
  const lines = sources.map(({ source, name, counts }) => [
    String(source.id),
    source.kind,
    name,
    DRAFT_STATES.filter((state) => counts[state] > 0)
      .map((state) => `${counts[state]} ${state}`)
      .join(", "),
  ]);
  report(terminal, options, sources.map(view), lines.length === 0 ? ["No file and no list."] : table(lines));
}

async function subscribe(
  terminal: Terminal,
  url: string,
  options: Json & { readonly name?: string },
): Promise<void> {
  const found = await withApp(terminal, async (app) => {
    const id = await subscribeToList(app, null, { url, name: options.name });
    await readList(app, id);
    return (await listSubscriptions(app, null)).find((one) => one.id === id);
  });
  if (found === undefined) throw notFound();
  const texts = createI18n(() => 0)("en");
  report(terminal, options, found, [
    `The list is followed as number ${found.id}. ${found.fault === null ? `It has ${found.entries} domains, which wait for a decision.` : texts.message(found.fault)}`,
  ]);
}

async function lists(terminal: Terminal, options: Json & { readonly read: boolean }): Promise<void> {
  const found = await withApp(terminal, async (app) => {
    if (options.read) for (const { id } of await listSubscriptions(app, null)) await readList(app, id);
    return await listSubscriptions(app, null);
  });
  const texts = createI18n(() => 0)("en");
  const lines = found.map((one) => [
    String(one.id),
    one.name,
    one.url,
    `${one.entries} domains`,
    one.fault === null ? "" : texts.message(one.fault),
  ]);
  report(terminal, options, found, lines.length === 0 ? ["No list is followed."] : table(lines));
}

/** @throws InvalidArgumentError */
function numberOf(text: string): number {
  if (!/^\d{1,16}$/.test(text))
    throw new InvalidArgumentError("It is a number, as `causeway domain drafts` shows it.");
  return Number(text);
}
