import type { App } from "../../context.ts";
import { DOMAIN_LIST_LIMITS, type LineFault } from "../../domain/domain-draft.ts";
import {
  compareRules,
  type DomainRule,
  type HostRules,
  isBlockedBy,
  type RuleChange,
  SEVERITIES,
} from "../../domain/host-policy.ts";
import { type CausewayError, invalid, type MessageParams } from "../../errors.ts";
import { findDomainRules, type HostTies, listHostTies } from "../../store/domains.ts";
import { csvLine, decodeUtf8, readCsv } from "../../text/csv.ts";
import {
  DOMAIN_TABLE_HEADER,
  readDomainTable,
  type TableLine,
  toTableCells,
} from "../../text/domain-tables.ts";
import { hostRules, listRules } from "./domains.ts";
import { canonicalHost, isOwnHost } from "./domains-names.ts";
import { ruleOf } from "./domains-records.ts";

/** A line that can be a rule, or why it cannot. `domain`: canonical, or of an unfit line what stood there. */
export type ReadLine =
  | { readonly domain: string; readonly fault: null; readonly rule: DomainRule }
  | { readonly domain: string; readonly fault: LineFault };

/** As much of a line that makes no sense as is kept of it. */
const SHOWN_MAX = 200;

/**
 * What a table of rules, or a list of domains, says: each domain once, in its strictest line.
 * @throws invalid `{ file }` with a sentence for each way in which it can be no such file
 */
export async function readDomainFile(app: App, bytes: Uint8Array): Promise<readonly ReadLine[]> {
  const { rows: max, bytes: maxBytes, comment } = DOMAIN_LIST_LIMITS;
  if (bytes.byteLength > maxBytes) throw refused("field.import_large", { max: maxBytes / 1024 / 1024 });
  const text = decodeUtf8(bytes);
  if (text === null) throw refused("field.import_not_text");
  if (text.trim() === "") throw refused("field.import_empty");
  // A page where a list was expected: its words would be taken for names.
  if (/^\s*[<{[]/.test(text)) throw refused("field.import_columns");
  // One more for a header.
  const read = await readCsv(text, max + 1);
  if (!read.ok)
    throw read.fault === "many"
      ? refused("field.import_many", { max })
      : refused(`field.import_${read.fault}`, { line: read.line });
  const table = readDomainTable(read.rows, comment);
  if (table.length > max) throw refused("field.import_many", { max });
  if (table.length === 0) throw refused("field.import_empty");
  const lines = mergeLines(table.map((line) => judgeLine(app, line)));
  if (lines.every(({ fault }) => fault !== null)) throw refused("field.import_columns");
  return lines;
}

function refused(key: string, params: MessageParams = {}): CausewayError {
  return invalid({ file: { key, params } });
}

function judgeLine(app: App, line: TableLine): ReadLine {
  const read = canonicalHost(line.domain);
  const shown = [...line.domain.replace(/\p{Cc}+/gu, " ")].slice(0, SHOWN_MAX).join("");
  if (!read.ok) return { domain: shown, fault: read.fault };
  if (isOwnHost(app, read.host)) return { domain: read.host, fault: "own" };
  const { severity } = line;
  if (severity === null) return { domain: read.host, fault: "severity" };
  const { domain: _domain, ...rest } = line;
  return { domain: read.host, fault: null, rule: { ...rest, severity, privateComment: null } };
}

function mergeLines(lines: readonly ReadLine[]): readonly ReadLine[] {
  const found = new Map<string, ReadLine>();
  for (const line of lines) {
    const before = found.get(line.domain);
    if (before === undefined || weightOf(line) > weightOf(before)) found.set(line.domain, line);
  }
  return [...found.values()];
}

function weightOf(line: ReadLine): number {
  return line.fault === null ? SEVERITIES.indexOf(line.rule.severity) : -1;
}

/** All rules as a table that Mastodon reads. What staff wrote for each other stays here. */
export async function exportDomainRules(app: App): Promise<string> {
  const rules = await listRules(app);
  return [DOMAIN_TABLE_HEADER, ...rules.map((rule) => toTableCells(rule.domain, rule))].map(csvLine).join("");
}

/** Follows that would end. */
export type Loss = { readonly following: number; readonly followers: number; readonly servers: number };

/** What is needed to say what rules would end: what holds now, and with whom members have to do. */
export type LossMaterial = { readonly rules: HostRules; readonly ties: readonly HostTies[] };

/** Two statements at most, whatever is asked with it. */
export async function gatherLoss(app: App): Promise<LossMaterial> {
  return { rules: await hostRules(app), ties: await listHostTies(app.db) };
}

/** What would end if these rules held beside those that do; null = the rule would go. */
export function lossOf(
  app: App,
  { rules, ties }: LossMaterial,
  changes: ReadonlyMap<string, DomainRule | null>,
): Loss {
  const after = new Map(rules.rules);
  for (const [host, rule] of changes)
    if (rule === null) after.delete(host);
    else after.set(host, rule);
  const mode = app.config.federation;
  const lost = ties.filter(
    ({ host }) => !isBlockedBy(rules, mode, host) && isBlockedBy({ ...rules, rules: after }, mode, host),
  );
  return {
    following: lost.reduce((sum, { following }) => sum + following, 0),
    followers: lost.reduce((sum, { followers }) => sum + followers, 0),
    servers: lost.length,
  };
}

/** What a file would do, line by line, and what all of it would end; nothing is kept. */
export type FilePreview = {
  readonly lines: readonly {
    readonly domain: string;
    readonly fault: LineFault | null;
    readonly change: RuleChange | null;
    readonly rule: DomainRule | null;
  }[];
  readonly loss: Loss;
};

/** For the operator, who tries a file. @throws invalid `{ file }` */
export async function previewFile(app: App, bytes: Uint8Array): Promise<FilePreview> {
  const lines = await readDomainFile(app, bytes);
  const hosts = lines.map(({ domain }) => domain);
  const rules = new Map((await findDomainRules(app.db, hosts)).map((row) => [row.host, ruleOf(row)]));
  const material = await gatherLoss(app);
  const sound = lines.flatMap((line) => (line.fault === null ? [[line.domain, line.rule] as const] : []));
  return {
    lines: lines.map((line) => ({
      domain: line.domain,
      fault: line.fault,
      change: line.fault === null ? compareRules(rules.get(line.domain) ?? null, line.rule) : null,
      rule: line.fault === null ? line.rule : null,
    })),
    loss: lossOf(app, material, new Map(sound)),
  };
}
