import type { App } from "../../context.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, invalid } from "../../errors.ts";
import { type AccountRow, findAccount, findAccountByLogin, updateAccount } from "../../store/accounts.ts";
import { transaction } from "../../store/database.ts";
import { takeLimit } from "./limits.ts";
import { isTotpOn, takeTotp } from "./one-time.ts";
import { readPasskey } from "./webauthn.ts";
import { useRecoveryCode } from "./recovery-codes.ts";
import { openSession, type SignInMethod } from "./sessions.ts";
import { isSuspendedPerson } from "./suspended.ts";

/** How long somebody who gave the right password has for the second step. */
const SECOND_STEP_MS = 5 * 60_000;
const PURPOSE = "second-step";

/** Signed in, or half of it: `ticket` opens the second step for five minutes. */
export type SignInOutcome =
  | { readonly state: "signed_in"; readonly sessionToken: string }
  | { readonly state: "second_step"; readonly ticket: string };

/** Where somebody signs in from; `agent` is kept as two words, `ip` not at all. */
type From = { readonly ip: string; readonly agent: string };

/**
 * Signs in by username or e-mail and password. The answer and its time do not tell whether the name exists; whether there
 * is a second step is told to those alone who have the password. @throws unauthenticated, forbidden, too_many
 */
export async function signIn(
  app: App,
  command: From & { readonly username: string; readonly password: string },
): Promise<SignInOutcome> {
  const login = command.username.trim().replace(/^@/, "").toLowerCase();
  takeLimit(app, USE_LIMITS.loginByAddress, command.ip);
  takeLimit(app, USE_LIMITS.loginByAccount, login);
  const account = await findAccountByLogin(app.db, login);
  const hash = account === undefined || account.password_hash === "" ? null : account.password_hash;
  const sound = await app.passwords.verify(hash, command.password);
  if (account === undefined || hash === null || !sound)
    throw new CausewayError("unauthenticated", "error.login");
  await refuseMemorial(app, account);
  const renewed = app.passwords.isOutdated(hash) ? await app.passwords.hash(command.password) : null;
  if (renewed !== null) await updateAccount(app.db, account.id, { password_hash: renewed });
  if (isTotpOn(account))
    return {
      state: "second_step",
      ticket: await makeTicket(app, { ...account, password_hash: renewed ?? hash }),
    };
  return { state: "signed_in", sessionToken: await open(app, account, command.agent, "password") };
}

/** Signs in by a passkey, without a name and without a second step. @throws invalid at `passkey`, forbidden, too_many */
export async function signInWithPasskey(
  app: App,
  command: From & { readonly answer: string; readonly holder: string },
): Promise<{ readonly sessionToken: string }> {
  takeLimit(app, USE_LIMITS.loginByAddress, command.ip);
  const { answer, holder } = command;
  const accountId = await readPasskey(app, { use: "sign_in", answer, holder });
  const account = await findAccount(app.db, accountId);
  if (account === undefined) throw new CausewayError("unauthenticated", "error.login");
  await refuseMemorial(app, account);
  return { sessionToken: await open(app, account, command.agent, "passkey") };
}

/**
 * The second step: a one-time password or a recovery code. @throws unauthenticated (`error.second_step`) when the ticket is
 * out of date, invalid at `code`, forbidden, too_many
 */
export async function finishSignIn(
  app: App,
  command: From & { readonly ticket: string; readonly code: string },
): Promise<{ readonly sessionToken: string }> {
  const account = await openTicket(app, command.ticket);
  takeLimit(app, USE_LIMITS.secondStep, String(account.id));
  await refuseMemorial(app, account);
  if (await takeTotp(app, account, command.code))
    return { sessionToken: await open(app, account, command.agent, "totp") };
  const sessionToken = await transaction(app.db, async (tx) => {
    if (!(await useRecoveryCode(app, tx, account.id, command.code))) return null;
    return await openSession(app, tx, account.id, command.agent, "recovery");
  });
  if (sessionToken === null) throw invalid({ code: { key: "field.code_wrong" } });
  return { sessionToken };
}

/** Who was suspended comes in as far as the reasons for it (suspended.ts); in memory of somebody nobody does. */
async function refuseMemorial(app: App, account: AccountRow): Promise<void> {
  if (account.suspended_at === null || (await isSuspendedPerson(app, account))) return;
  throw new CausewayError("forbidden", "error.suspended");
}

async function open(app: App, account: AccountRow, agent: string, method: SignInMethod): Promise<string> {
  return await transaction(app.db, (tx) => openSession(app, tx, account.id, agent, method));
}

/** Bound to the password that was given: after it was changed the ticket is void. */
async function makeTicket(app: App, account: AccountRow): Promise<string> {
  const ticket = { accountId: account.id, at: app.clock.now(), password: passwordMark(app, account) };
  return await app.vault.seal(JSON.stringify(ticket), PURPOSE);
}

async function openTicket(app: App, sealed: string): Promise<AccountRow> {
  const over = new CausewayError("unauthenticated", "error.second_step");
  let ticket: unknown;
  try {
    ticket = JSON.parse(await app.vault.open(sealed, PURPOSE));
  } catch {
    throw over;
  }
  if (typeof ticket !== "object" || ticket === null) throw over;
  if (!("accountId" in ticket) || !("at" in ticket) || !("password" in ticket)) throw over;
  if (typeof ticket.accountId !== "number" || typeof ticket.at !== "number") throw over;
  if (app.clock.now() - ticket.at >= SECOND_STEP_MS) throw over;
  const account = await findAccount(app.db, ticket.accountId);
  if (account === undefined || passwordMark(app, account) !== ticket.password) throw over;
  return account;
}

function passwordMark(app: App, account: AccountRow): string {
  return app.vault.mac(account.password_hash, "second-step-password").slice(0, 22);
}
