import { type Command, InvalidArgumentError } from "commander";
import { isoTime } from "../context.ts";
import { writeSetupUrl } from "../ops/setup-url.ts";
import { OperatorFault } from "../ops/fault.ts";
import { createInvite } from "../services/accounts/invites.ts";
import {
  type Applicant,
  type ApplicantPage,
  approveSignUp,
  listSignUps,
  refuseSignUp,
} from "../services/accounts/sign-up-line.ts";
import { createToken } from "../services/operations/operations.ts";
import { EXIT, report, table, type Terminal, withApp } from "./context.ts";

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
  addWaitingCommands(program.command("sign-up").description("people who ask to join"), terminal);
  program
    .command("setup-link")
    .description("print the one-time link to the set-up page")
    .option("--json", "print JSON")
    .action((options: Json) => setupLink(terminal, options));
}

function addWaitingCommands(signUp: Command, terminal: Terminal): void {
  signUp
    .command("list")
    .description("list who waits to be let in, the first to come first")
    .option("--json", "print JSON")
    .action((options: Json) => listWaiting(terminal, options));
  signUp
    .command("approve <name>")
    .description("let somebody in")
    .option("--json", "print JSON")
    .action(async (name: string, options: Json) => {
      await withApp(terminal, (app) => approveSignUp(app, null, { username: name }));
      report(terminal, options, { username: name, state: "approved" }, [`${name} is in.`]);
    });
  signUp
    .command("refuse <name> <reason>")
    .description("turn somebody away; they can read the reason for a week")
    .option("--json", "print JSON")
    .action(async (name: string, reason: string, options: Json) => {
      await withApp(terminal, (app) => refuseSignUp(app, null, { username: name }, reason));
      report(terminal, options, { username: name, state: "refused" }, [`${name} was turned away.`]);
    });
}

async function listWaiting(terminal: Terminal, options: Json): Promise<void> {
  const items = await withApp(terminal, async (app) => {
    const found: Applicant[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const page: ApplicantPage = await listSignUps(app, null, { after });
      found.push(...page.items);
      after = page.next;
    }
    return found;
  });
  const rows = items.map(({ username, language, askedAt, reason }) => ({
    username,
    language,
    askedAt: isoTime(askedAt),
    reason,
  }));
  report(terminal, options, rows, [
    ...table([
      ["NAME", "LANGUAGE", "ASKED", "REASON"],
      ...rows.map((row) => [
        row.username,
        row.language ?? "?",
        row.askedAt,
        row.reason.replace(/\s+/g, " ").slice(0, 120),
      ]),
    ]),
  ]);
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
