import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { type App, isoTime } from "../context.ts";
import { type DomainRule, SEVERITIES } from "../domain/host-policy.ts";
import { OperatorFault } from "../ops/fault.ts";
import {
  allowDomain,
  blockDomain,
  disallowDomain,
  listAllowedDomains,
  listRules,
  setDomainRule,
  unblockDomain,
} from "../services/moderation/domains.ts";
import { addDomainFileCommands } from "./domain-files.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Change = (app: App, command: { readonly domain: string }) => Promise<string>;

type ChangeCommand = {
  readonly name: string;
  readonly description: string;
  readonly change: Change;
  readonly field: "blocked" | "allowed";
  readonly value: boolean;
  readonly sentence: (domain: string) => string;
};

const CHANGES: readonly ChangeCommand[] = [
  {
    name: "block",
    description: "refuse everything to and from a domain and its sub-domains, and end all follows with it",
    change: blockDomain,
    field: "blocked",
    value: true,
    sentence: (domain) => `${domain} and its sub-domains are blocked.`,
  },
  {
    name: "unblock",
    description: "take the rule about a domain away; follows do not come back by themselves",
    change: unblockDomain,
    field: "blocked",
    value: false,
    sentence: (domain) => `${domain} is no longer blocked.`,
  },
  {
    name: "allow",
    description:
      "talk to a domain and its sub-domains where CAUSEWAY_FEDERATION is allow-list, or under a block of a domain above",
    change: allowDomain,
    field: "allowed",
    value: true,
    sentence: (domain) => `${domain} and its sub-domains are allowed.`,
  },
  {
    name: "disallow",
    description: "take a domain off the allowed ones",
    change: disallowDomain,
    field: "allowed",
    value: false,
    sentence: (domain) => `${domain} is no longer allowed.`,
  },
];

/** `causeway domain …` */
export function addDomainCommands(program: Command, terminal: Terminal): void {
  const domain = program.command("domain").description("servers this instance talks to, or does not");
  for (const command of CHANGES)
    domain
      .command(`${command.name} <domain>`)
      .description(command.description)
      .option("--json", "print JSON")
      .action((name: string, options: Json) => change(terminal, command, name, options));
  domain
    .command("rule <domain>")
    .description(
      "make or change the rule about a domain and its sub-domains; what is not named stays as it is",
    )
    .option("--severity <word>", "suspend (nothing to and from it), limit (seen by followers) or none")
    .option("--reject-media", "keep and show none of its pictures")
    .option("--no-reject-media", "show its pictures")
    .option("--reject-reports", "take no reports from it")
    .option("--no-reject-reports", "take its reports")
    .option("--obfuscate", "leave letters out where rules are published")
    .option("--no-obfuscate", "publish the whole name")
    .option("--public-comment <text>", "why, for everybody")
    .option("--private-comment <text>", "a note for the team")
    .option("--json", "print JSON")
    .action((name: string, options: RuleOptions) => rule(terminal, name, options));
  domain
    .command("list")
    .description("list rules about domains")
    .option("--json", "print JSON")
    .action((options: Json) => listAll(terminal, options));
  domain
    .command("allowed")
    .description("list allowed domains")
    .option("--json", "print JSON")
    .action((options: Json) => listAllowed(terminal, options));
  addDomainFileCommands(domain, terminal, readBytes);
}

/** A file of the operator's own machine. */
async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch {
    throw new OperatorFault(`${path} cannot be read.`);
  }
}

async function change(
  terminal: Terminal,
  command: ChangeCommand,
  name: string,
  options: Json,
): Promise<void> {
  // A block may be there before the first start.
  const making = command.value ? { make: true as const } : {};
  const domain = await withApp(terminal, (app) => command.change(app, { domain: name }), making);
  report(terminal, options, { domain, [command.field]: command.value }, [command.sentence(domain)]);
}

type RuleOptions = Json & {
  readonly severity?: string;
  readonly rejectMedia?: boolean;
  readonly rejectReports?: boolean;
  readonly obfuscate?: boolean;
  readonly publicComment?: string;
  readonly privateComment?: string;
};

async function rule(terminal: Terminal, name: string, options: RuleOptions): Promise<void> {
  const severity = SEVERITIES.find((one) => one === options.severity);
  if (options.severity !== undefined && severity === undefined)
    throw new OperatorFault(`--severity is one of ${SEVERITIES.join(", ")}.`);
  const words = (text: string) => (text.trim() === "" ? null : text.trim());
  const wish: Partial<DomainRule> = {
    ...(severity === undefined ? {} : { severity }),
    ...(options.rejectMedia === undefined ? {} : { rejectMedia: options.rejectMedia }),
    ...(options.rejectReports === undefined ? {} : { rejectReports: options.rejectReports }),
    ...(options.obfuscate === undefined ? {} : { obfuscated: options.obfuscate }),
    ...(options.publicComment === undefined ? {} : { publicComment: words(options.publicComment) }),
    ...(options.privateComment === undefined ? {} : { privateComment: words(options.privateComment) }),
  };
  const domain = await withApp(terminal, (app) => setDomainRule(app, null, { ...wish, domain: name }), {
    make: true,
  });
  report(terminal, options, { domain, ...wish }, [`The rule about ${domain} holds.`]);
}

async function listAll(terminal: Terminal, options: Json): Promise<void> {
  const rules = await withApp(terminal, listRules);
  const views = rules.map(({ domain, createdAt, ...one }) => ({ domain, since: isoTime(createdAt), ...one }));
  const lines = views.map((view) => [view.domain, view.since.slice(0, 10), ruleText(view)]);
  report(
    terminal,
    options,
    views,
    views.length === 0 ? ["There is no rule about any domain."] : table(lines),
  );
}

/** A rule in a few words. */
export function ruleText(one: DomainRule): string {
  return [
    one.severity,
    one.rejectMedia ? "no media" : null,
    one.rejectReports ? "no reports" : null,
    one.obfuscated ? "obfuscated" : null,
  ]
    .filter((word) => word !== null)
    .join(", ");
}

async function listAllowed(terminal: Terminal, options: Json): Promise<void> {
  const found = await withApp(terminal, listAllowedDomains);
  const views = found.map((one) => ({ domain: one.domain, since: isoTime(one.createdAt) }));
  const lines = table(views.map((view) => [view.domain, view.since.slice(0, 10)]));
  report(terminal, options, views, views.length === 0 ? ["No domain is allowed by name."] : lines);
}
