import { type Command, InvalidArgumentError } from "commander";
import { isoTime } from "../context.ts";
import { writeSetupUrl } from "../ops/setup-url.ts";
import { OperatorFault } from "../ops/fault.ts";
import { createInvite } from "../services/accounts/invites.ts";
import { createToken } from "../services/operations/operations.ts";
import { EXIT, report, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };

/** `causeway token …`, `causeway invite …`, `causeway setup-link`: ways in. */
export function addAccessCommands(program: Command, terminal: Terminal): void {
  program
    .command("token")
    .description("bearer tokens for programs")
    .command("create <name>")
    .description("make a token for an account; it is printed once, alone on the last line")
    .option("--scopes <scopes>", "what the token may do, separated by spaces", "read write follow push")
    .option("--label <text>", "what it is for, shown in the account's settings", "command line")
    .option("--json", "print JSON")
    .action((name: string, options: Json & { readonly scopes: string; readonly label: string }) =>
      makeToken(terminal, name, options),
    );
  program
    .command("invite")
    .description("links to join by")
    .command("create")
    .description("make an invite link; the link is alone on the last line")
    .option("--uses <n>", "how many people may join by it", wholeNumber, 1)
    .option("--days <n>", "how many days it works; for ever without", wholeNumber)
    .option("--json", "print JSON")
    .action((options: Json & { readonly uses: number; readonly days?: number }) =>
      makeInvite(terminal, options),
    );
  program
    .command("setup-link")
    .description("print the one-time link to the set-up page")
    .option("--json", "print JSON")
    .action((options: Json) => setupLink(terminal, options));
}

async function makeToken(
  terminal: Terminal,
  name: string,
  options: Json & { readonly scopes: string; readonly label: string },
): Promise<void> {
  const scopes = options.scopes.split(/[\s,]+/).filter((scope) => scope !== "");
  const made = await withApp(terminal, (app) =>
    createToken(app, { username: name, scopes, name: options.label }),
  );
  report(terminal, options, made, [`Scopes: ${made.scopes.join(" ")}`, made.token]);
}

async function makeInvite(
  terminal: Terminal,
  options: Json & { readonly uses: number; readonly days?: number },
): Promise<void> {
  const invite = await withApp(
    terminal,
    (app) => createInvite(app, null, { maxUses: options.uses, expiresInDays: options.days }),
    { make: true },
  );
  const expiresAt = invite.expiresAt === null ? null : isoTime(invite.expiresAt);
  report(terminal, options, { code: invite.code, url: invite.url, uses: invite.maxUses, expiresAt }, [
    `Uses: ${invite.maxUses}${expiresAt === null ? "" : `, until ${expiresAt}`}`,
    invite.url,
  ]);
}

async function setupLink(terminal: Terminal, options: Json): Promise<void> {
  const url = await withApp(terminal, (app) => writeSetupUrl(app), { make: true });
  if (url === null)
    throw new OperatorFault(
      "This instance is set up already; `causeway account create` makes further accounts.",
      EXIT.conflict,
    );
  report(terminal, options, { url }, [url]);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number above 0.");
  return value;
}
