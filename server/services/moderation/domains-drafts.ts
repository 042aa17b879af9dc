import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { DomainDraft, DraftSource, DraftState, Proposal } from "../../domain/domain-draft.ts";
import { compareRules, type DomainRule, SEVERITIES } from "../../domain/host-policy.ts";
import { notFound } from "../../errors.ts";
import { flag, isSet } from "../../store/codec.ts";
import { type Tx, transaction } from "../../store/database.ts";
import {
  countDrafts,
  type DraftRow,
  findImportRow,
  insertImport,
  listDrafts,
  listImportRows,
  putDrafts,
  removeDrafts,
  removeImport,
} from "../../store/domain-drafts.ts";
import { findSubscription, listSubscriptionRows } from "../../store/domain-subscriptions.ts";
import { findDomainRules } from "../../store/domains.ts";
import { requireAdministrator, requireModerator } from "../administration/roles.ts";
import { audit } from "./audit.ts";
import { isSameRule, ruleOf } from "./domains-records.ts";
import { gatherLoss, type Loss, lossOf, type ReadLine, readDomainFile } from "./domains-tables.ts";

/** How a source is named in the rows of its drafts. */
export function sourceKey(source: DraftSource): string {
  return `${source.kind}:${source.id}`;
}

/** A source as it is named in rows; null for what is none. */
export function parseSource(key: string): DraftSource | null {
  const [, kind, id] = /^(file|list):(\d{1,16})$/.exec(key) ?? [];
  return kind === "file" || kind === "list" ? { kind, id: Number(id) } : null;
}

/**
 * Takes a file of rules in as drafts: nothing happens before somebody decides. Returns its number. `by`: null for the
 * operator. @throws forbidden below admin, invalid `{ file }`
 */
export async function importDomains(
  app: App,
  by: Viewer | null,
  file: { readonly name: string; readonly bytes: Uint8Array },
): Promise<number> {
  if (by !== null) requireAdministrator(by);
  const lines = await readDomainFile(app, file.bytes);
  const id = app.ids.next();
  const name = nameOf(file.name);
  await transaction(app.db, async (tx) => {
    await insertImport(tx, { id, name, by_id: by?.actorId ?? null, created_at: app.clock.now() });
    await putDrafts(tx, await draftRows(app, tx, { kind: "file", id }, lines));
    await audit(app, tx, by, { what: "domains.brought", subject: name, detail: { lines: lines.length } });
  });
  return id;
}

/** A name that people see and that forges nothing. */
function nameOf(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  return plain === "" ? "list.csv" : [...plain].slice(0, 100).join("");
}

/** Lines as rows: what is the rule already is said so at once. One statement to look. */
export async function draftRows(app: App, tx: Tx, source: DraftSource, lines: readonly ReadLine[]) {
  const hosts = lines.flatMap(({ domain, fault }) => (fault === null ? [domain] : []));
  const rules = new Map((await findDomainRules(tx, hosts)).map((row) => [row.host, ruleOf(row)]));
  const key = sourceKey(source);
  return lines.map((line) => {
    const shared = {
      id: app.ids.next(),
      host: line.domain,
      source: key,
      private_comment: null,
      created_at: app.clock.now(),
    };
    if (line.fault !== null)
      return {
        ...shared,
        severity: "none",
        reject_media: flag(false),
        reject_reports: flag(false),
        obfuscated: flag(false),
        public_comment: null,
        state: "unfit" satisfies DraftState,
        fault: line.fault,
      };
    const now = rules.get(line.domain) ?? null;
    return {
      ...shared,
      ...ruleColumns(line.rule),
      state: (now !== null && isSameRule(now, keepWords(line.rule, now)) ? "same" : "waiting") as DraftState,
      fault: null,
    };
  });
}

function ruleColumns(rule: DomainRule) {
  return {
    severity: rule.severity,
    reject_media: flag(rule.rejectMedia),
    reject_reports: flag(rule.rejectReports),
    obfuscated: flag(rule.obfuscated),
    public_comment: rule.publicComment,
  };
}

/** A rule from elsewhere knows nothing of what staff wrote for each other here. */
export function keepWords(rule: DomainRule, now: DomainRule | null): DomainRule {
  return { ...rule, privateComment: now?.privateComment ?? null };
}

/** What a row proposes. */
export function proposalOf(row: DraftRow): Proposal {
  return {
    severity:
      row.severity === "lifted" ? "lifted" : (SEVERITIES.find((one) => one === row.severity) ?? "suspend"),
    rejectMedia: isSet(row.reject_media),
    rejectReports: isSet(row.reject_reports),
    obfuscated: isSet(row.obfuscated),
    publicComment: row.public_comment,
    privateComment: row.private_comment,
  };
}

/** The rule that would hold; null where it would go. */
export function proposedRule(row: DraftRow, now: DomainRule | null): DomainRule | null {
  const { severity, ...rest } = proposalOf(row);
  return severity === "lifted" ? null : keepWords({ ...rest, severity }, now);
}

/** Lines that belong together on a page. */
export const DRAFT_GROUPS = {
  waiting: ["waiting", "applying", "undoing"],
  applied: ["applied"],
  refused: ["refused", "retracted", "undone"],
  same: ["same"],
  unfit: ["unfit"],
} as const satisfies Readonly<Record<string, readonly DraftState[]>>;
export type DraftGroup = keyof typeof DRAFT_GROUPS;

/** A file or list with how many of its lines are where. Times in ms. */
export type SourceView = {
  readonly source: DraftSource;
  readonly name: string;
  readonly url: string | null;
  readonly createdAt: number;
  readonly counts: Readonly<Record<DraftState, number>>;
};

/** Files that were brought, newest first, and lists. @throws forbidden below moderator */
export async function listSources(app: App, viewer: Viewer | null): Promise<readonly SourceView[]> {
  if (viewer !== null) requireModerator(viewer);
  const counts = Map.groupBy(await countDrafts(app.db), (row) => row.source);
  const view = (source: DraftSource, name: string, url: string | null, createdAt: number): SourceView => ({
    source,
    name,
    url,
    createdAt,
    counts: countsOf(counts.get(sourceKey(source)) ?? []),
  });
  const files = await listImportRows(app.db, FILES_SHOWN);
  const lists = await listSubscriptionRows(app.db);
  return [
    ...files.map((row) => view({ kind: "file", id: row.id }, row.name, null, row.created_at)),
    ...lists.map((row) => view({ kind: "list", id: row.id }, row.name, row.url, row.created_at)),
  ];
}

const FILES_SHOWN = 200;

function countsOf(
  rows: readonly { readonly state: string; readonly found: number }[],
): Readonly<Record<DraftState, number>> {
  const of = (state: DraftState) => rows.find((row) => row.state === state)?.found ?? 0;
  return {
    waiting: of("waiting"),
    applying: of("applying"),
    applied: of("applied"),
    refused: of("refused"),
    same: of("same"),
    retracted: of("retracted"),
    undoing: of("undoing"),
    undone: of("undone"),
    unfit: of("unfit"),
  };
}

/** A page of a source's lines with what they would change, and what all that wait would end together. */
export type DraftPage = SourceView & {
  readonly group: DraftGroup;
  readonly items: readonly DomainDraft[];
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
  readonly loss: Loss;
};

const PAGE = 50;

/** @throws forbidden below moderator, not_found */
export async function viewDrafts(
  app: App,
  viewer: Viewer,
  request: { readonly source: DraftSource; readonly group: DraftGroup; readonly after: number },
): Promise<DraftPage> {
  requireModerator(viewer);
  const { source, group, after } = request;
  const named = await requireSource(app, source);
  const key = sourceKey(source);
  const counts = countsOf((await countDrafts(app.db)).filter((row) => row.source === key));
  const found = await listDrafts(app.db, key, { states: DRAFT_GROUPS[group], after, limit: PAGE + 1 });
  const waiting = await listDrafts(app.db, key, { states: ["waiting"], after: 0, limit: WHOLE });
  const rows = found.slice(0, PAGE);
  const hosts = new Set([...rows, ...waiting].map((row) => row.host));
  const rules = new Map((await findDomainRules(app.db, [...hosts])).map((row) => [row.host, ruleOf(row)]));
  const material = await gatherLoss(app);
  const nowOf = (row: DraftRow) => rules.get(row.host) ?? null;
  return {
    source,
    ...named,
    counts,
    group,
    items: rows.map((row) => ({
      ...draftView(row, nowOf(row)),
      ...lossOf(app, material, new Map([[row.host, proposedRule(row, nowOf(row))]])),
    })),
    next: found.length > PAGE ? (rows.at(-1)?.id ?? null) : null,
    loss: lossOf(app, material, new Map(waiting.map((row) => [row.host, proposedRule(row, nowOf(row))]))),
  };
}

/** More lines than a source can have. */
const WHOLE = 1_000_000;

function draftView(row: DraftRow, now: DomainRule | null): Omit<DomainDraft, "following" | "followers"> {
  const after = proposedRule(row, now);
  const fault = row.state === "unfit" ? ((row.fault ?? "no_domain") as DomainDraft["fault"]) : null;
  return {
    id: row.id,
    domain: row.host,
    proposal: proposalOf(row),
    state: row.state as DraftState,
    fault,
    now,
    change: fault !== null ? null : after === null ? "lifted" : compareRules(now, after),
  };
}

/** What a source is called. @throws not_found */
export async function requireSource(
  app: App,
  source: DraftSource,
): Promise<{ readonly name: string; readonly url: string | null; readonly createdAt: number }> {
  if (source.kind === "file") {
    const row = await findImportRow(app.db, source.id);
    if (row === undefined) throw notFound();
    return { name: row.name, url: null, createdAt: row.created_at };
  }
  const row = await findSubscription(app.db, source.id);
  if (row === undefined) throw notFound();
  return { name: row.name, url: row.url, createdAt: row.created_at };
}

/** Forgets a file with its drafts; rules that came of it stay. @throws forbidden below admin, not_found */
export async function forgetImport(app: App, by: Viewer | null, id: number): Promise<void> {
  if (by !== null) requireAdministrator(by);
  const { name } = await requireSource(app, { kind: "file", id });
  await transaction(app.db, async (tx) => {
    await removeDrafts(tx, sourceKey({ kind: "file", id }), null);
    await removeImport(tx, id);
    await audit(app, tx, by, { what: "domains.forgotten", subject: name });
  });
}
