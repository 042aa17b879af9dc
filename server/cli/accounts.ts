import { type Command, Option } from "commander";
import { type App, isoTime } from "../context.ts";
import { type Role, ROLES } from "../domain/actor.ts";
import { createAccount } from "../services/accounts/accounts.ts";
import {
  type AccountSummary,
  deleteAccountOf,
  findAccountSummary,
  keepInMemory,
  listAccounts,
  resetPassword,
  setRole,
  suspendAccount,
  unsuspendAccount,
} from "../services/operations/operations.ts";
import { openAccountWithoutPhrase } from "../services/escapes/claims.ts";
import { createResetLink } from "../services/accounts/recovery.ts";
import { isSetUp } from "../services/accounts/setup.ts";
import { NO_REASONS } from "../services/moderation/statements.ts";
import { OperatorFault } from "../ops/fault.ts";
import { addTransferCommands } from "./account-transfers.ts";
import { EXIT, faultOf, isTaken, passwordFrom, report, table, type Terminal, withApp } from "./context.ts";

type Json = { readonly json?: boolean };
type Create = Json & { readonly role: Role; readonly email?: string; readonly passwordStdin?: boolean };

const roleOption = () =>
  new Option("--role <role>", "what the account may do").choices(ROLES).default("member");

/** `causeway account …` */
export function addAccountCommands(program: Command, terminal: Terminal): void {
  const account = program.command("account").description("accounts of this instance");
  account
    .command("create <name>")
    .description("make an account; without --password-stdin a password is made and printed")
    .addOption(roleOption())
    .option("--email <address>", "for signing in; optional")
    .option("--password-stdin", "read the password from standard input")
    .option("--json", "print JSON")
    .action((name: string, options: Create) => create(terminal, name, options));
  account
    .command("list")
    .description("list all accounts")
    .option("--json", "print JSON")
    .action((options: Json) => list(terminal, options));
  account
    .command("role <name> <role>")
    .description(`give an account another role: ${ROLES.join(", ")}`)
    .option("--json", "print JSON")
    .action((name: string, role: string, options: Json) => changeRole(terminal, name, role, options));
  account
    .command("reset-password <name>")
    .description("set a new password, sign the person out everywhere and revoke all tokens")
    .option("--password-stdin", "read the password from standard input")
    .option("--json", "print JSON")
    .action((name: string, options: Json & { readonly passwordStdin?: boolean }) =>
      reset(terminal, name, options),
    );
  account
    .command("reset-link <name>")
    .description("print a link by which the person sets a new password, once, within 24 hours")
    .option("--json", "print JSON")
    .action((name: string, options: Json) => resetLink(terminal, name, options));
  account
    .command("suspend <name>")
    .description("keep somebody from signing in and hide their profile; nothing is deleted")
    .option("--reason <text>", "what happened; the person reads it when they sign in")
    .option("--json", "print JSON")
    .action((name: string, options: Json & { readonly reason?: string }) => suspend(terminal, name, options));
  account
    .command("unsuspend <name>")
    .description("undo suspend")
    .option("--json", "print JSON")
    .action((name: string, options: Json) => unsuspend(terminal, name, options));
  account
    .command("memorial <name>")
    .description("keep the profile of somebody who died, and let nobody sign in there; undone by unsuspend")
    .option("--json", "print JSON")
    .action((name: string, options: Json) => memorial(terminal, name, options));
  account
    .command("delete <name>")
    .description("delete an account and its notes for good; the name is never given out again")
    .option("--yes", "do not ask; at a terminal this is needed")
    .option("--json", "print JSON")
    .action((name: string, options: Json & { readonly yes?: boolean }) => remove(terminal, name, options));
  addTransferCommands(account, terminal);
}

async function create(terminal: Terminal, name: string, options: Create): Promise<void> {
  const { password, made } = await passwordFrom(terminal, options);
  const work = async (app: App) => {
    const command = { username: name, password, role: options.role, email: options.email };
    try {
      await createAccount(app, command);
    } catch (error) {
      throw isTaken(error) ? new OperatorFault(faultOf(error).sentence, EXIT.conflict) : error;
    }
    const summary = await findAccountSummary(app, name);
    const lines = [
      `Made @${summary.username} (${summary.role}).`,
      ...(made ? [`Password: ${password}`] : []),
    ];
    report(terminal, options, { ...view(summary), ...(made ? { password } : {}) }, lines);
    if (!(await isSetUp(app)))
      terminal.warn(
        "The instance is not set up yet: its pages open after the link of `causeway setup-link` was used.",
      );
  };
  await withApp(terminal, work, { make: true });
}

async function list(terminal: Terminal, options: Json): Promise<void> {
  const accounts = await withApp(terminal, (app) => listAccounts(app));
  const rows = accounts.map((account) => [
    account.username,
    account.role,
    account.suspended ? "suspended" : "active",
    isoTime(account.createdAt).slice(0, 10),
    account.email ?? "",
  ]);
  const lines =
    rows.length === 0 ? ["No accounts yet."] : table([["NAME", "ROLE", "STATE", "SINCE", "E-MAIL"], ...rows]);
  report(terminal, options, accounts.map(view), lines);
}

async function changeRole(terminal: Terminal, name: string, role: string, options: Json): Promise<void> {
  const known = ROLES.find((item) => item === role);
  if (known === undefined)
    throw new OperatorFault(`The role must be one of ${ROLES.join(", ")}, not "${role}".`, EXIT.usage);
  const account = await withApp(terminal, (app) => setRole(app, { username: name, role: known }));
  report(terminal, options, view(account), [`@${account.username} is ${account.role} now.`]);
}

async function reset(
  terminal: Terminal,
  name: string,
  options: Json & { readonly passwordStdin?: boolean },
): Promise<void> {
  const { password, made } = await passwordFrom(terminal, options);
  await withApp(terminal, (app) => resetPassword(app, { username: name, password }));
  const lines = ["The password is changed; all sessions and tokens of the account are ended."];
  if (made) lines.push(`Password: ${password}`);
  report(terminal, options, made ? { password } : {}, lines);
}

async function resetLink(terminal: Terminal, name: string, options: Json): Promise<void> {
  const { url, expiresAt } = await withApp(terminal, async (app) => {
    // Whoever was brought over from a lost server without a recovery phrase has no account until now.
    await openAccountWithoutPhrase(app, name);
    return await createResetLink(app, { username: name });
  });
  report(terminal, options, { url, expiresAt: isoTime(expiresAt) }, [
    url,
    `Works once, until ${isoTime(expiresAt)}. Give it to nobody but the person: whoever has it gets into the account.`,
  ]);
}

async function suspend(
  terminal: Terminal,
  name: string,
  options: Json & { readonly reason?: string },
): Promise<void> {
  const reasons = options.reason === undefined ? undefined : { ...NO_REASONS, facts: options.reason };
  const account = await withApp(terminal, (app) => suspendAccount(app, { username: name, reasons }));
  report(terminal, options, view(account), [`@${account.username} is suspended.`]);
}

async function unsuspend(terminal: Terminal, name: string, options: Json): Promise<void> {
  const account = await withApp(terminal, (app) => unsuspendAccount(app, { username: name }));
  report(terminal, options, view(account), [`@${account.username} can sign in again.`]);
}

async function memorial(terminal: Terminal, name: string, options: Json): Promise<void> {
  const account = await withApp(terminal, (app) => keepInMemory(app, { username: name }));
  report(terminal, options, view(account), [`The profile of @${account.username} is kept in their memory.`]);
}

async function remove(
  terminal: Terminal,
  name: string,
  options: Json & { readonly yes?: boolean },
): Promise<void> {
  await withApp(terminal, async (app) => {
    const account = await findAccountSummary(app, name);
    if (options.yes !== true && terminal.isInteractive)
      throw new OperatorFault(
        `This would delete @${account.username} with all notes and pictures, here and on other servers. It cannot be undone: add --yes to do it.`,
        EXIT.usage,
      );
    await deleteAccountOf(app, { username: name });
    report(terminal, options, view(account), [`Deleted @${account.username}.`]);
  });
}

function view(account: AccountSummary) {
  return {
    id: String(account.accountId),
    username: account.username,
    role: account.role,
    email: account.email,
    suspended: account.suspended,
    createdAt: isoTime(account.createdAt),
  };
}
