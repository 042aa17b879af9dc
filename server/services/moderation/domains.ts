// Reports, domains, relays, and whom we answer at all.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import { hash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  type DomainRule,
  type FederationMode,
  type HostRule,
  type HostRules,
  isBlockedBy,
  isDeniedBy,
  obfuscate,
  ruleFor,
} from "../../domain/host-policy.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  insertAllowedDomain,
  listAllowed,
  listDomainRules,
  removeAllowedDomain,
} from "../../store/domains.ts";
import { enqueue } from "../../store/jobs.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import { audit } from "./audit.ts";
import { canonicalHost, isOwnHost } from "./domains-names.ts";
import { changeRules, findRule, ruleOf } from "./domains-records.ts";

/** How long a process may go on by rules that another one has changed. */
export const HOST_RULES_KEPT_MS = 2_000;

/**
 * True when this server takes nothing from a host and sends it nothing: the only judge of that, for every door and for
 * everything that is fetched or delivered (threats MOD-01, MOD-04, MOD-08). Cheap: the lists are in memory.
 */
export async function isBlockedHost(app: App, host: string): Promise<boolean> {
  return isBlockedBy(await hostRules(app), app.config.federation, host);
}

/**
 * True when a host is blocked by name. For what only shows pictures: in an allow-list those of allowed servers may still
 * lie with some storage provider, who is no server of the fediverse.
 */
export async function isDeniedHost(app: App, host: string): Promise<boolean> {
  return isDeniedBy(await hostRules(app), host);
}

/** The rule about a server, whether of its own name or of one above it; null where there is none. */
export async function findHostRule(app: App, host: string): Promise<HostRule | null> {
  return ruleFor(await hostRules(app), host);
}

/** True for an address on a server whose pictures are not taken. */
export async function isMediaRejected(app: App, url: string): Promise<boolean> {
  return isRejectedUrl(await hostRules(app), url);
}

/** The same for many addresses: the rules are asked for once. */
export function isRejectedUrl(rules: HostRules, url: string | null): boolean {
  if (url === null || !URL.canParse(url)) return false;
  return ruleFor(rules, new URL(url).host)?.rejectMedia ?? false;
}

/** All rules as they are judged by, in memory for a moment. */
export async function hostRules(app: App): Promise<HostRules> {
  return await app.hostRules.get(async () => ({
    rules: new Map((await listDomainRules(app.db)).map((row) => [row.host, ruleOf(row)])),
    allowed: new Set((await listAllowed(app.db)).map((row) => row.host)),
  }));
}

/** What is to hold for a domain; what is left out is as usual for a new rule, or as it was. */
export type RuleCommand = Partial<DomainRule> & { readonly domain: string };

/** What a rule is when nothing else is said. */
export const USUAL_RULE: DomainRule = {
  severity: "suspend",
  rejectMedia: false,
  rejectReports: false,
  obfuscated: false,
  publicComment: null,
  privateComment: null,
};

/**
 * Makes or changes the rule about a domain and its sub-domains. `by`: null for the operator. Returns its canonical name.
 * @throws invalid `{ domain }` or `{ publicComment, privateComment }`
 */
export async function setDomainRule(app: App, by: Viewer | null, command: RuleCommand): Promise<string> {
  const { domain, ...wish } = command;
  const host = canonicalDomain(app, domain);
  checkComments(wish);
  await transaction(app.db, async (tx) => {
    const before = await findRule(tx, host);
    await changeRules(app, tx, by, [{ host, rule: { ...(before ?? USUAL_RULE), ...wish } }]);
    await enqueueApplying(app, tx, host);
  });
  takeEffect(app);
  return host;
}

/** Takes the rule about a domain away. Returns its canonical name. @throws invalid, not_found */
export async function liftDomainRule(app: App, by: Viewer | null, domain: string): Promise<string> {
  const host = canonicalDomain(app, domain);
  await transaction(app.db, async (tx) => {
    if ((await findRule(tx, host)) === null) throw notFound();
    await changeRules(app, tx, by, [{ host, rule: null }]);
    await enqueueApplying(app, tx, host);
  });
  takeEffect(app);
  return host;
}

const COMMENT_MAX = 500;

function checkComments(wish: Partial<DomainRule>): void {
  for (const name of ["publicComment", "privateComment"] as const)
    if ([...(wish[name] ?? "")].length > COMMENT_MAX)
      throw invalid({ [name]: { key: "field.too_long", params: { max: COMMENT_MAX } } });
}

/** Refuses everything to and from a domain and its sub-domains. Returns its canonical name. @throws invalid, conflict. */
export async function blockDomain(
  app: App,
  command: { readonly domain: string },
  by: Viewer | null = null,
): Promise<string> {
  const host = canonicalDomain(app, command.domain);
  if ((await findRule(app.db, host))?.severity === "suspend")
    throw new CausewayError("conflict", "error.conflict");
  return await setDomainRule(app, by, { domain: host, severity: "suspend" });
}

/** Lifts the rule about a domain. @throws invalid, not_found. */
export async function unblockDomain(
  app: App,
  command: { readonly domain: string },
  by: Viewer | null = null,
): Promise<string> {
  return await liftDomainRule(app, by, command.domain);
}

/** Allows a domain and its sub-domains, also under a block of a domain above. @throws invalid, conflict. */
export async function allowDomain(
  app: App,
  command: { readonly domain: string },
  by: Viewer | null = null,
): Promise<string> {
  const host = canonicalDomain(app, command.domain);
  await transaction(app.db, async (tx) => {
    if (!(await insertAllowedDomain(tx, host, app.clock.now())))
      throw new CausewayError("conflict", "error.conflict");
    await audit(app, tx, by, { what: "domain.allowed", subject: host });
    await enqueueApplying(app, tx, host);
  });
  takeEffect(app);
  return host;
}

/** Takes the permission of a domain back. @throws invalid, not_found. */
export async function disallowDomain(
  app: App,
  command: { readonly domain: string },
  by: Viewer | null = null,
): Promise<string> {
  const host = canonicalDomain(app, command.domain);
  await transaction(app.db, async (tx) => {
    if (!(await removeAllowedDomain(tx, host))) throw notFound();
    await audit(app, tx, by, { what: "domain.disallowed", subject: host });
    await enqueueApplying(app, tx, host);
  });
  takeEffect(app);
  return host;
}

/** After a commit that changed rules: what is in memory is old, and a job waits. */
export function takeEffect(app: App): void {
  app.hostRules.forget();
  app.wake();
}

/** Lets what is stored follow the rules about a domain, or with null about all. */
export async function enqueueApplying(app: App, tx: Db, host: string | null): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "apply-domains",
    payload: { host },
    orderingKey: "apply-domains",
    lane: 1,
  });
}

export type ListedDomain = { readonly domain: string; readonly createdAt: number };
export type ListedRule = ListedDomain & DomainRule;

/** Rules by name; times in ms. */
export async function listRules(app: App): Promise<readonly ListedRule[]> {
  return (await listDomainRules(app.db)).map((row) => ({
    domain: row.host,
    createdAt: row.created_at,
    ...ruleOf(row),
  }));
}

/** A rule as everybody may read it. `domain`: with letters left out where staff chose so, and then `isHidden`. */
export type ShownRule = Pick<DomainRule, "severity" | "rejectMedia"> & {
  readonly domain: string;
  readonly isHidden: boolean;
  readonly comment: string | null;
  /** SHA-256 of the whole name, hex: whoever knows it finds it here. */
  readonly digest: string;
};

/** The rules that people notice, by name: what is only done about reports is of no concern to readers. */
export async function listShownRules(app: App): Promise<readonly ShownRule[]> {
  return (await listRules(app))
    .filter(({ severity, rejectMedia }) => severity !== "none" || rejectMedia)
    .map(({ domain, severity, rejectMedia, obfuscated, publicComment }) => ({
      domain: obfuscated ? obfuscate(domain) : domain,
      isHidden: obfuscated,
      severity,
      rejectMedia,
      comment: publicComment,
      digest: hash("sha256", domain),
    }));
}

/** Domains that are suspended, by name; times in ms. */
export async function listDomainBlocks(app: App): Promise<readonly ListedRule[]> {
  return (await listRules(app)).filter(({ severity }) => severity === "suspend");
}

/** Allowed domains by name; times in ms. */
export async function listAllowedDomains(app: App): Promise<readonly ListedDomain[]> {
  return (await listAllowed(app.db)).map((row) => ({ domain: row.host, createdAt: row.created_at }));
}

/**
 * Punycode, lower case, no port and no last dot, as hosts are compared everywhere; our own host is on no list, and neither
 * is a name under which a whole country registers.
 * @throws invalid `{ domain }`
 */
export function canonicalDomain(app: App, text: string): string {
  const read = canonicalHost(text);
  if (!read.ok)
    throw invalid({ domain: { key: read.fault === "registry" ? "error.invalid" : "field.link_form" } });
  if (isOwnHost(app, read.host)) throw invalid({ domain: { key: "error.invalid" } });
  return read.host;
}

const MODE_SETTING = "federationMode";

/** Notices that the mode was changed while the server was down, and lets everything stored follow it. */
export async function noticeFederationMode(app: App): Promise<void> {
  const before = (await readSetting(app.db, MODE_SETTING)) ?? ("open" satisfies FederationMode);
  if (before === app.config.federation) return;
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, MODE_SETTING, app.config.federation);
    await enqueueApplying(app, tx, null);
  });
  app.wake();
}
