import type { Command } from "commander";
import { type App, isoTime } from "../context.ts";
import {
  allowDomain,
  blockDomain,
  disallowDomain,
  listAllowedDomains,
  listDomainBlocks,
  type ListedDomain,
  unblockDomain,
} from "../services/moderation/domains.ts";
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
    description: "lift the block of a domain; follows do not come back by themselves",
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
    .command("list")
    .description("list blocked domains")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, listDomainBlocks, "No domain is blocked.", options));
  domain
    .command("allowed")
    .description("list allowed domains")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, listAllowedDomains, "No domain is allowed by name.", options));
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

async function list(
  terminal: Terminal,
  listThem: (app: App) => Promise<readonly ListedDomain[]>,
  nothing: string,
  options: Json,
): Promise<void> {
  const found = await withApp(terminal, listThem);
  const views = found.map((one) => ({ domain: one.domain, since: isoTime(one.createdAt) }));
  const lines =
    views.length === 0 ? [nothing] : table(views.map((view) => [view.domain, view.since.slice(0, 10)]));
  report(terminal, options, views, lines);
}
