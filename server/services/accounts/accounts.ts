// People who sign in here: joining, sessions, settings, keys, profiles, leaving.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { isReservedUsername, isUsername, type Role, type Viewer } from "../../domain/actor.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import { networkOf } from "../../domain/gates.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { type FieldFaults, invalid, type Message } from "../../errors.ts";
import {
  consumeInvite,
  emailIsTaken,
  findOpenInvite,
  insertAccount,
  isNameTaken,
  removeTokens,
  updateAccount,
} from "../../store/accounts.ts";
import { insertActor } from "../../store/actors.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { removeResetLinks, replaceRecoveryCodes } from "../../store/recovery.ts";
import { removeSessions, renewSession } from "../../store/sessions.ts";
import { isHeldName } from "../../store/standbys.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { emptyActor } from "../actors/actor-rows.ts";
import { type Evidence, passGate } from "./gates.ts";
import { insertKeys, prepareKeys } from "./keys.ts";
import { takeLimit } from "./limits.ts";
import { storePasskey } from "./passkeys.ts";
import { passwordFault } from "./passwords.ts";
import { requirePassword, requireProof, waysOf } from "./proof.ts";
import { type FreshCodes, makeRecoveryCodes } from "./recovery-codes.ts";
import { noteSecurityEvent } from "./security-events.ts";
import { hashToken, openSession } from "./sessions.ts";
import { getSettings } from "./settings.ts";
import { recordSignUp } from "./sign-up-line.ts";
import { useWork } from "./sign-up-work.ts";
import { type NewPasskey, readNewPasskey } from "./webauthn.ts";
import { announce } from "../streams/announce.ts";
import { audit } from "../moderation/audit.ts";

/** The answer of an authenticator that made a passkey, and the secret of the browser that asked for it. */
export type GivenPasskey = { readonly answer: string; readonly holder: string };

export type NewAccount = {
  readonly username: string;
  /** May be empty when there is a passkey. */
  readonly password: string;
  readonly passkey?: GivenPasskey | undefined;
  readonly email?: string | undefined;
  readonly role?: Role | undefined;
  readonly languages?: readonly string[] | undefined;
  readonly locale?: string | undefined;
  /** Of the browser, for names of passkeys and sessions. */
  readonly agent?: string | undefined;
};

/** Makes an account as an operator does: no invite, no limits. @throws invalid with fields. */
export async function createAccount(
  app: App,
  command: NewAccount,
): Promise<{ readonly accountId: AccountId; readonly actorId: ActorId }> {
  const checked = await checkNewAccount(app, command);
  const prepared = await prepareAccount(app, checked);
  const role = command.role ?? "member";
  return await transaction(app.db, async (tx) => {
    const made = await insertPrepared(app, tx, prepared, role, null);
    await audit(app, tx, null, { what: "account.made", subject: checked.username, detail: { role } });
    return made;
  });
}

export type SignUp = NewAccount &
  Evidence & {
    readonly invite?: string | undefined;
    readonly acceptedRules: boolean;
    readonly agent: string;
  };

/** Joins by the rule of the house and signs in; `waits`: to be approved first. @throws invalid with fields, too_many. */
export async function signUp(
  app: App,
  command: SignUp,
): Promise<{ readonly sessionToken: string; readonly waits: boolean }> {
  return await join(app, command, async (tx, accountId, prepared, waits) => ({
    sessionToken: await openSession(app, tx, accountId, command.agent, methodOf(prepared)),
    waits,
  }));
}

/**
 * Joins by the rule of the house (services/accounts/gates.ts); `enter` lets the new person in, in the same transaction.
 * @throws invalid with fields, too_many.
 */
export async function join<T>(
  app: App,
  command: SignUp,
  enter: (tx: Db, accountId: AccountId, prepared: Prepared, waits: boolean) => Promise<T>,
): Promise<T> {
  const settings = await getSettings(app);
  const invite =
    command.invite === undefined || command.invite === "" ? undefined : await openInvite(app, command.invite);
  const passed = passGate(app, settings, command, invite !== undefined);
  const extra: FieldFaults = {
    ...("faults" in passed ? passed.faults : {}),
    ...(command.acceptedRules ? {} : { acceptedRules: { key: "field.rules" } }),
  };
  const checked = await checkNewAccount(app, command, extra);
  if ("faults" in passed) throw invalid(passed.faults);
  takeLimit(app, USE_LIMITS.signUpByAddress, command.ip);
  const network = networkOf(command.ip);
  if (network !== null) takeLimit(app, USE_LIMITS.signUpByNetwork, network);
  const prepared = await prepareAccount(app, checked);
  return await transaction(app.db, async (tx) => {
    if (invite !== undefined && !(await consumeInvite(tx, invite.id)))
      throw invalid({ invite: { key: "field.invite_wrong" } });
    if (passed.nonce !== null && !(await useWork(app, tx, passed.nonce)))
      throw invalid({ form: { key: "field.join_again" } });
    const made = await insertPrepared(app, tx, prepared, "member", invite?.id ?? null);
    await recordSignUp(app, tx, made, {
      command,
      passed,
      inviteId: invite?.id ?? null,
      gates: settings.gates,
    });
    return await enter(tx, made.accountId, prepared, passed.waits);
  });
}

/** How somebody who has just joined is signed in. */
export function methodOf(prepared: Pick<Prepared, "passkey">): "password" | "passkey" {
  return prepared.passkey === null ? "password" : "passkey";
}

async function openInvite(app: App, code: string) {
  return await findOpenInvite(app.db, code.trim(), app.clock.now());
}

/** Checks every field of a new account and reports all faults at once. */
export async function checkNewAccount(
  app: App,
  command: NewAccount,
  extra: FieldFaults = {},
): Promise<NewAccount> {
  const username = command.username.trim().toLowerCase();
  const email = command.email?.trim().toLowerCase() ?? "";
  const faults: Record<string, Message> = { ...extra };
  const nameFault = await usernameFault(app, username);
  if (nameFault !== null) faults["username"] = nameFault;
  const wordFault = passwordFault(command.password, username);
  if (wordFault !== null && (command.passkey === undefined || command.password !== ""))
    faults["password"] = wordFault;
  if (email !== "" && !/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]+\.[^\s@<>,;"]+$/.test(email))
    faults["email"] = { key: "field.email_form" };
  else if (email !== "" && (await emailIsTaken(app.db, email)))
    faults["email"] = { key: "field.email_taken" };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const languages = (command.languages ?? []).flatMap((tag) => canonicalLanguage(tag) ?? []);
  return { ...command, username, email: email === "" ? undefined : email, languages };
}

/** Why a name cannot be given to somebody new, or null. */
export async function usernameFault(app: App, username: string): Promise<Message | null> {
  if (username === "") return { key: "field.required" };
  if (!isUsername(username)) return { key: "field.username_form" };
  if (isReservedUsername(username)) return { key: "field.username_reserved" };
  // Deleted actors keep their row, so a deleted name is never given to somebody else.
  if (await isNameTaken(app.db, username)) return { key: "field.username_taken" };
  // It is promised to a member of another server that this one is the standby of.
  if (await isHeldName(app.db, username)) return { key: "field.username_taken" };
  return null;
}

/** A new account before it is written. */
export type Prepared = {
  readonly account: NewAccount;
  /** Empty: the account has a passkey and no password. */
  readonly passwordHash: string;
  readonly passkey: NewPasskey | null;
  /** For accounts without a password: a lost passkey must not be the end. */
  readonly codes: FreshCodes | null;
  readonly accountId: AccountId;
  readonly keys: Awaited<ReturnType<typeof prepareKeys>>;
};

/** The slow work, before the transaction: argon2id, keys, and the passkey's signature. @throws invalid at `passkey` */
export async function prepareAccount(app: App, account: NewAccount): Promise<Prepared> {
  const passkey =
    account.passkey === undefined ? null : await readNewPasskey(app, { use: "join", ...account.passkey });
  const accountId = passkey?.accountId ?? asId<AccountId>(app.ids.next());
  return {
    account,
    passwordHash: account.password === "" ? "" : await app.passwords.hash(account.password),
    passkey,
    codes: passkey === null ? null : await makeRecoveryCodes(app, accountId),
    accountId,
    keys: await prepareKeys(app),
  };
}

/** Writes actor, account and keys inside the caller's transaction. @throws invalid when the name was taken meanwhile. */
export async function insertPrepared(
  app: App,
  tx: Db,
  prepared: Prepared,
  role: Role,
  inviteId: number | null,
): Promise<{ readonly accountId: AccountId; readonly actorId: ActorId }> {
  const { account, accountId, passkey, codes } = prepared;
  if ((await isNameTaken(tx, account.username)) || (await isHeldName(tx, account.username)))
    throw invalid({ username: { key: "field.username_taken" } });
  if (account.email !== undefined && (await emailIsTaken(tx, account.email)))
    throw invalid({ email: { key: "field.email_taken" } });
  const { actorId } = prepared.keys;
  await insertActor(tx, emptyActor(app, actorId, account.username));
  await insertAccount(tx, {
    id: accountId,
    actor_id: actorId,
    email: account.email ?? null,
    password_hash: prepared.passwordHash,
    role,
    locale: account.locale ?? null,
    languages: toJson(account.languages ?? []),
    invite_id: inviteId,
    created_at: app.clock.now(),
    suspended_at: null,
    notifications_read_id: 0,
  });
  await insertKeys(app, tx, actorId, prepared.keys);
  if (passkey !== null) await storePasskey(app, tx, passkey, account.agent ?? "");
  if (codes !== null) {
    await replaceRecoveryCodes(tx, accountId, codes.rows);
    await codes.keep(tx);
  }
  return { accountId, actorId };
}

/**
 * Changes the password, ends all other sessions, revokes all API tokens, and gives this session a new token. An account
 * that has none yet needs a freshly confirmed session instead of the old password. @throws invalid with fields, too_many
 */
export async function changePassword(
  app: App,
  viewer: Viewer,
  command: { readonly current: string; readonly next: string; readonly sessionToken: string },
): Promise<{ readonly sessionToken: string }> {
  const { password: hasPassword } = await waysOf(app, viewer);
  takeLimit(app, USE_LIMITS.loginByAccount, viewer.username);
  if (hasPassword) await requirePassword(app, viewer, command.current, "current");
  else await requireProof(app, viewer, { sessionToken: command.sessionToken });
  const fault = passwordFault(command.next, viewer.username);
  if (fault !== null) throw invalid({ next: fault });
  const passwordHash = await app.passwords.hash(command.next);
  const fresh = app.ids.secret(32);
  const [from, to] = [hashToken(command.sessionToken), hashToken(fresh)];
  await transaction(app.db, async (tx) => {
    await updateAccount(tx, viewer.accountId, { password_hash: passwordHash });
    await removeSessions(tx, viewer.accountId, from);
    await renewSession(tx, viewer.accountId, { from, to, confirmedAt: app.clock.now() });
    await removeTokens(tx, viewer.accountId);
    announce(app, { type: "access" });
    await removeResetLinks(tx, viewer.accountId);
    await noteSecurityEvent(app, tx, viewer.accountId, "password_changed");
  });
  return { sessionToken: fresh };
}

/** Sets the language of pages (null = the browser's) and the languages the person reads and writes. */
export async function setLanguages(
  app: App,
  viewer: Viewer,
  command: { readonly locale: string | null; readonly languages: readonly string[] },
): Promise<void> {
  const locale = command.locale === null ? null : canonicalLanguage(command.locale);
  const languages = command.languages.flatMap((tag) => canonicalLanguage(tag) ?? []);
  await updateAccount(app.db, viewer.accountId, {
    locale,
    languages: toJson([...new Set(languages)].slice(0, 20)),
  });
}
