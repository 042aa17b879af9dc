import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type DomainRule, obfuscate, SEVERITIES, type Severity } from "../../domain/host-policy.ts";
import type { Statement } from "../../domain/statement.ts";
import { flag, fromJson, isSet } from "../../store/codec.ts";
import type { Db, Tx } from "../../store/database.ts";
import { endDecisionRow } from "../../store/decisions.ts";
import {
  type DomainRuleRow,
  findDomainRules,
  putDomainRules,
  removeDomainRule,
} from "../../store/domains.ts";
import { readSetting } from "../../store/settings.ts";
import { audit } from "./audit.ts";
import { recordDecision } from "./decision-records.ts";
import { appendLog } from "./log.ts";

/** A row as a rule. */
export function ruleOf(row: DomainRuleRow): DomainRule {
  return {
    severity: SEVERITIES.find((one) => one === row.severity) ?? "suspend",
    rejectMedia: isSet(row.reject_media),
    rejectReports: isSet(row.reject_reports),
    obfuscated: isSet(row.obfuscated),
    publicComment: row.public_comment,
    privateComment: row.private_comment,
  };
}

/** The rule of a domain itself; null where there is none. */
export async function findRule(db: Db, host: string): Promise<DomainRule | null> {
  const [row] = await findDomainRules(db, [host]);
  return row === undefined ? null : ruleOf(row);
}

/** What is to hold for a domain from now on; null = no rule. */
export type RuleChangeOf = { readonly host: string; readonly rule: DomainRule | null };

/**
 * Writes rules inside the caller's transaction, each with its decision, its line of the public log and the audit log; what
 * is the rule already stays as it is. Returns what held before, by host. `by`: null for the operator. The caller lets what is
 * stored follow (`enqueueApplying`).
 */
export async function changeRules(
  app: App,
  tx: Tx,
  by: Viewer | null,
  changes: readonly RuleChangeOf[],
): Promise<ReadonlyMap<string, DomainRule | null>> {
  const hosts = changes.map(({ host }) => host);
  const rows = new Map((await findDomainRules(tx, hosts)).map((row) => [row.host, row]));
  const isShown = fromJson<boolean>((await readSetting(tx, "publishesBlocks")) ?? null, false);
  for (const { host, rule } of changes) {
    const row = rows.get(host);
    const before = row === undefined ? null : ruleOf(row);
    if (isSameRule(before, rule)) continue;
    if (rule === null) await lift(app, tx, by, { host, row, isShown });
    else await put(app, tx, by, { host, rule, row, isShown });
  }
  return new Map(
    hosts.map((host) => {
      const row = rows.get(host);
      return [host, row === undefined ? null : ruleOf(row)];
    }),
  );
}

/** True when nothing at all differs, the words about it included. */
export function isSameRule(one: DomainRule | null, other: DomainRule | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.severity === other.severity &&
    one.rejectMedia === other.rejectMedia &&
    one.rejectReports === other.rejectReports &&
    one.obfuscated === other.obfuscated &&
    one.publicComment === other.publicComment &&
    one.privateComment === other.privateComment
  );
}

async function put(
  app: App,
  tx: Tx,
  by: Viewer | null,
  one: {
    readonly host: string;
    readonly rule: DomainRule;
    readonly row: DomainRuleRow | undefined;
    readonly isShown: boolean;
  },
): Promise<void> {
  const { host, rule, row } = one;
  const now = app.clock.now();
  await endDecision(tx, row, "ended", { at: now, byId: by?.actorId ?? null });
  const decisionId = await recordDecision(app, tx, by, {
    measure: "domain",
    host,
    statement: statementOf(rule, now),
    before: row === undefined ? null : ruleOf(row),
    line: {
      kind: "domain",
      what: whatOf(rule),
      subject: "server",
      ...shownHost(host, rule, one.isShown),
      ...(one.isShown && rule.publicComment !== null ? { comment: rule.publicComment } : {}),
    },
  });
  await putDomainRules(tx, [
    {
      host,
      created_at: now,
      severity: rule.severity,
      reject_media: flag(rule.rejectMedia),
      reject_reports: flag(rule.rejectReports),
      obfuscated: flag(rule.obfuscated),
      public_comment: rule.publicComment,
      private_comment: rule.privateComment,
      decision_id: decisionId,
    },
  ]);
}

async function lift(
  app: App,
  tx: Tx,
  by: Viewer | null,
  one: { readonly host: string; readonly row: DomainRuleRow | undefined; readonly isShown: boolean },
): Promise<void> {
  const { host, row } = one;
  if (row === undefined) return;
  await removeDomainRule(tx, host);
  await endDecision(tx, row, "reversed", { at: app.clock.now(), byId: by?.actorId ?? null });
  await appendLog(app, tx, {
    kind: "domain",
    what: "lifted",
    subject: "server",
    ...shownHost(host, ruleOf(row), one.isShown),
  });
  await audit(app, tx, by, {
    what: "domain.lifted",
    subject: host,
    detail: { severity: row.severity, decision: row.decision_id },
  });
}

async function endDecision(
  tx: Tx,
  row: DomainRuleRow | undefined,
  state: "ended" | "reversed",
  end: { readonly at: number; readonly byId: number | null },
): Promise<void> {
  if (row?.decision_id !== null && row?.decision_id !== undefined)
    await endDecisionRow(tx, row.decision_id, { state, ...end });
}

/** Whoever does not publish the list does not publish it line by line either (threats MOD-04). */
function shownHost(host: string, rule: DomainRule, isShown: boolean): { readonly host?: string } {
  if (!isShown) return {};
  return { host: rule.obfuscated ? obfuscate(host) : host };
}

/** In the words of the public log. */
function whatOf(rule: DomainRule): string {
  if (rule.severity !== "none") return rule.severity;
  return rule.rejectMedia ? "reject_media" : rule.rejectReports ? "reject_reports" : "domain";
}

function statementOf(rule: DomainRule, now: number): Statement {
  const visibility: Readonly<Record<Severity, Statement["decisionVisibility"]>> = {
    suspend: ["DECISION_VISIBILITY_CONTENT_DISABLED"],
    limit: ["DECISION_VISIBILITY_CONTENT_DEMOTED"],
    none: rule.rejectMedia ? ["DECISION_VISIBILITY_OTHER"] : [],
  };
  return {
    decisionVisibility: visibility[rule.severity],
    decisionAccount: null,
    decisionGround: "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    ground: "",
    explanation: rule.publicComment ?? "",
    category: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    contentType: ["CONTENT_TYPE_OTHER"],
    contentDate: null,
    contentLanguage: null,
    territorialScope: [],
    applicationDate: now,
    decisionFacts: "",
    sourceType: "SOURCE_VOLUNTARY",
    automatedDetection: false,
    automatedDecision: "AUTOMATED_DECISION_NOT_AUTOMATED",
    language: null,
  };
}
