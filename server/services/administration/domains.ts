import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { DomainRule, FederationMode } from "../../domain/host-policy.ts";
import { CausewayError } from "../../errors.ts";
import { countByHost, domainTies, type DomainTies } from "../../store/administration.ts";
import { countWaiting } from "../../store/domain-drafts.ts";
import {
  allowDomain,
  blockDomain,
  canonicalDomain,
  disallowDomain,
  liftDomainRule,
  listAllowedDomains,
  listRules,
  type RuleCommand,
  setDomainRule,
  USUAL_RULE,
} from "../moderation/domains.ts";
import { findRule } from "../moderation/domains-records.ts";
import { requireAdministrator, requireModerator } from "./roles.ts";

/** A domain on a list, with what is hidden because of it. `severed`: follows that ended. */
export type DomainLine = {
  readonly domain: string;
  readonly since: number;
  readonly people: number;
  readonly severed: number;
};
/** The same with its rule. */
export type RuleLine = DomainLine & DomainRule;

/** Both lists by name, and which of them decides. @throws forbidden below moderator */
export async function listDomainRules(
  app: App,
  viewer: Viewer,
): Promise<{
  readonly mode: FederationMode;
  readonly rules: readonly RuleLine[];
  readonly allowed: readonly DomainLine[];
  /** Lines of files and lists that nobody has decided about. */
  readonly waiting: number;
}> {
  requireModerator(viewer);
  const rules = await listRules(app);
  const allowed = await listAllowedDomains(app);
  const counts = await countByHost(
    app.db,
    [...rules, ...allowed].map(({ domain }) => domain),
  );
  const toLine = (row: { readonly domain: string; readonly createdAt: number }): DomainLine => ({
    domain: row.domain,
    since: row.createdAt,
    ...(counts.get(row.domain) ?? { people: 0, severed: 0 }),
  });
  return {
    mode: app.config.federation,
    rules: rules.map(({ createdAt, ...rule }) => ({
      ...rule,
      ...toLine({ domain: rule.domain, createdAt }),
    })),
    allowed: allowed.map(toLine),
    waiting: await countWaiting(app.db),
  };
}

/** A domain as a page asks about it: its own rule, or the usual one, and what a block would end. */
export type DomainPreview = DomainTies & {
  readonly domain: string;
  readonly rule: DomainRule;
  /** False when there is no rule yet. */
  readonly isRuled: boolean;
};

/** What a rule about a domain would touch. @throws forbidden below moderator, invalid `{ domain }` */
export async function previewDomain(app: App, viewer: Viewer, text: string): Promise<DomainPreview> {
  requireModerator(viewer);
  const domain = canonicalDomain(app, text);
  const rule = await findRule(app.db, domain);
  return {
    domain,
    rule: rule ?? USUAL_RULE,
    isRuled: rule !== null,
    ...(await domainTies(app.db, domain)),
  };
}

/** Makes or changes the rule about a domain. Returns its canonical name. @throws forbidden below admin, invalid */
export async function ruleDomain(app: App, viewer: Viewer, command: RuleCommand): Promise<string> {
  requireAdministrator(viewer);
  return await setDomainRule(app, viewer, command);
}

/** The same for a domain that has no rule yet. @throws conflict beside that */
export async function addRule(app: App, viewer: Viewer, command: RuleCommand): Promise<string> {
  requireAdministrator(viewer);
  const domain = canonicalDomain(app, command.domain);
  if ((await findRule(app.db, domain)) !== null) throw new CausewayError("conflict", "error.conflict");
  return await setDomainRule(app, viewer, command);
}

export const DOMAIN_CHANGES = ["block", "unblock", "allow", "disallow"] as const;
export type DomainChange = (typeof DOMAIN_CHANGES)[number];

/** Changes the lists of servers. Returns the domain's canonical name. @throws forbidden below admin, invalid, conflict, not_found */
export async function changeDomain(
  app: App,
  viewer: Viewer,
  command: { readonly domain: string; readonly change: DomainChange },
): Promise<string> {
  requireAdministrator(viewer);
  const { domain } = command;
  switch (command.change) {
    case "block":
      return await blockDomain(app, { domain }, viewer);
    case "unblock":
      return await liftDomainRule(app, viewer, domain);
    case "allow":
      return await allowDomain(app, { domain }, viewer);
    case "disallow":
      return await disallowDomain(app, { domain }, viewer);
    default: {
      const unknown: never = command.change;
      return unknown;
    }
  }
}
