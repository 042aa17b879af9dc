import type { Command } from "commander";
import { isoTime } from "../context.ts";
import { blockDomain, listDomainBlocks, unblockDomain } from "../services/operations.ts";
import { report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

/** `causeway domain …` */
export function addDomainCommands(program: Command, terminal: Terminal): void {
  const domain = program.command("domain").description("servers this instance does not talk to");
  domain
    .command("block <domain>")
    .description("refuse everything to and from a domain and its sub-domains")
    .option("--json", "print JSON")
    .action(async (name: string, options: Json) => {
      const blocked = await withApp(terminal, (app) => blockDomain(app, { domain: name }), { make: true });
      report(terminal, options, { domain: blocked, blocked: true }, [
        `${blocked} and its sub-domains are blocked.`,
      ]);
    });
  domain
    .command("unblock <domain>")
    .description("lift the block of a domain")
    .option("--json", "print JSON")
    .action(async (name: string, options: Json) => {
      const freed = await withApp(terminal, (app) => unblockDomain(app, { domain: name }));
      report(terminal, options, { domain: freed, blocked: false }, [`${freed} is no longer blocked.`]);
    });
  domain
    .command("list")
    .description("list blocked domains")
    .option("--json", "print JSON")
    .action(async (options: Json) => {
      const blocks = await withApp(terminal, (app) => listDomainBlocks(app));
      const views = blocks.map((block) => ({ domain: block.domain, since: isoTime(block.createdAt) }));
      const lines =
        views.length === 0
          ? ["No domain is blocked."]
          : table(views.map((v) => [v.domain, v.since.slice(0, 10)]));
      report(terminal, options, views, lines);
    });
}
