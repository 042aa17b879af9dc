// People who sign in here: joining, sessions, settings, keys, profiles, leaving.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { isReservedUsername, isUsername, type Role, type Viewer } from "../../domain/actor.ts";
import { isCommonPassword } from "../../domain/common-passwords.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import { type RateRule, USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, type FieldFaults, invalid, type Message } from "../../errors.ts";
import {
  consumeInvite,
  emailIsTaken,
  findAccount,
  findAccountByLogin,
  findOpenInvite,
  insertAccount,
  removeSessions,
  removeTokens,
  updateAccount,
} from "../../store/accounts.ts";
import { findActorByHandle, insertActor } from "../../store/actors.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { emptyActor } from "../actors/actor-rows.ts";
import { insertKeys, prepareKeys } from "./keys.ts";
import { hashToken, openSession } from "./sessions.ts";
import { getSettings } from "./settings.ts";

export const PASSWORD_MIN = 12;
const PASSWORD_MAX = 512;

/** Refuses when a limiter's rule is used up. @throws too_many with the seconds to wait. */
export function takeLimit(app: App, rule: RateRule, key: string): void {
  const taken = app.limiter.take(rule, key);
  if (!taken.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(taken.retryAfterMs / 1000),
    });
}

export type NewAccount = {
  readonly username: string;
  readonly password: string;
  readonly email?: string | undefined;
  readonly role?: Role | undefined;
  readonly languages?: readonly string[] | undefined;
  readonly locale?: string | undefined;
};

/** Makes an account as an operator does: no invite, no limits. @throws invalid with fields. */
export async function createAccount(
  app: App,
  command: NewAccount,
): Promise<{ readonly accountId: AccountId; readonly actorId: ActorId }> {
  const checked = await checkNewAccount(app, command);
  const prepared = await prepareAccount(app, checked);
  const made = await transaction(app.db, (tx) =>
    insertPrepared(app, tx, prepared, command.role ?? "member", null),
  );
  return made;
}

export type SignUp = NewAccount & {
  readonly invite?: string | undefined;
  readonly acceptedRules: boolean;
  readonly ip: string;
  readonly agent: string;
};

/** Joins by the rule of the house (open, invite, closed) and signs in. @throws invalid with fields, too_many. */
export async function signUp(app: App, command: SignUp): Promise<{ readonly sessionToken: string }> {
  const { joinMode } = await getSettings(app);
  const invite =
    command.invite === undefined || command.invite === "" ? undefined : await openInvite(app, command.invite);
  const extra: Record<string, Message> = {};
  if (joinMode === "closed") extra["form"] = { key: "field.join_closed" };
  if (joinMode === "invite" && invite === undefined) extra["invite"] = { key: "field.invite_wrong" };
  if (!command.acceptedRules) extra["acceptedRules"] = { key: "field.rules" };
  const checked = await checkNewAccount(app, command, extra);
  takeLimit(app, USE_LIMITS.signUpByAddress, command.ip);
  const prepared = await prepareAccount(app, checked);
  const sessionToken = await transaction(app.db, async (tx) => {
    if (invite !== undefined && joinMode === "invite" && !(await consumeInvite(tx, invite.id)))
      throw invalid({ invite: { key: "field.invite_wrong" } });
    const made = await insertPrepared(app, tx, prepared, "member", invite?.id ?? null);
    return await openSession(app, tx, made.accountId, command.agent);
  });
  return { sessionToken };
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
  if (wordFault !== null) faults["password"] = wordFault;
  if (email !== "" && !/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]+\.[^\s@<>,;"]+$/.test(email))
    faults["email"] = { key: "field.email_form" };
  else if (email !== "" && (await emailIsTaken(app.db, email)))
    faults["email"] = { key: "field.email_taken" };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const languages = (command.languages ?? []).flatMap((tag) => canonicalLanguage(tag) ?? []);
  return { ...command, username, email: email === "" ? undefined : email, languages };
}

async function usernameFault(app: App, username: string): Promise<Message | null> {
  if (username === "") return { key: "field.required" };
  if (!isUsername(username)) return { key: "field.username_form" };
  if (isReservedUsername(username)) return { key: "field.username_reserved" };
  // Deleted actors keep their row, so a deleted name is never given to somebody else.
  if ((await findActorByHandle(app.db, username, "")) !== undefined) return { key: "field.username_taken" };
  return null;
}

/** Why a password is refused, or null. */
export function passwordFault(password: string, username: string): Message | null {
  if (password === "") return { key: "field.required" };
  if ([...password].length < PASSWORD_MIN)
    return { key: "field.password_short", params: { min: PASSWORD_MIN } };
  if (password.length > PASSWORD_MAX) return { key: "field.too_long", params: { max: PASSWORD_MAX } };
  if (isCommonPassword(password) || password.toLowerCase() === username)
    return { key: "field.password_common" };
  return null;
}

type Prepared = {
  readonly account: NewAccount;
  readonly passwordHash: string;
  readonly keys: Awaited<ReturnType<typeof prepareKeys>>;
};

/** The slow work, before the transaction: argon2id and keys. */
export async function prepareAccount(app: App, account: NewAccount): Promise<Prepared> {
  return { account, passwordHash: await app.passwords.hash(account.password), keys: await prepareKeys(app) };
}

/** Writes actor, account and keys inside the caller's transaction. @throws invalid when the name was taken meanwhile. */
export async function insertPrepared(
  app: App,
  tx: Db,
  prepared: Prepared,
  role: Role,
  inviteId: number | null,
): Promise<{ readonly accountId: AccountId; readonly actorId: ActorId }> {
  const { account } = prepared;
  if ((await findActorByHandle(tx, account.username, "")) !== undefined)
    throw invalid({ username: { key: "field.username_taken" } });
  if (account.email !== undefined && (await emailIsTaken(tx, account.email)))
    throw invalid({ email: { key: "field.email_taken" } });
  const { actorId } = prepared.keys;
  const accountId = app.ids.next();
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
  return { accountId: asId(accountId), actorId };
}

/** Signs in by username or e-mail. The answer and its time do not tell whether the name exists. @throws unauthenticated, too_many. */
export async function signIn(
  app: App,
  command: {
    readonly username: string;
    readonly password: string;
    readonly ip: string;
    readonly agent: string;
  },
): Promise<{ readonly sessionToken: string }> {
  const login = command.username.trim().replace(/^@/, "").toLowerCase();
  takeLimit(app, USE_LIMITS.loginByAddress, command.ip);
  takeLimit(app, USE_LIMITS.loginByAccount, login);
  const account = await findAccountByLogin(app.db, login);
  const sound = await app.passwords.verify(account?.password_hash ?? null, command.password);
  if (account === undefined || !sound) throw new CausewayError("unauthenticated", "error.login");
  if (account.suspended_at !== null) throw new CausewayError("forbidden", "error.suspended");
  const renewed = app.passwords.isOutdated(account.password_hash)
    ? await app.passwords.hash(command.password)
    : null;
  const sessionToken = await transaction(app.db, async (tx) => {
    if (renewed !== null) await updateAccount(tx, account.id, { password_hash: renewed });
    return await openSession(app, tx, account.id, command.agent);
  });
  return { sessionToken };
}

/** Changes the password, ends all other sessions and revokes all API tokens. @throws invalid with fields. */
export async function changePassword(
  app: App,
  viewer: Viewer,
  command: { readonly current: string; readonly next: string; readonly keepSessionToken: string },
): Promise<void> {
  takeLimit(app, USE_LIMITS.loginByAccount, viewer.username);
  await requirePassword(app, viewer, command.current, "current");
  const fault = passwordFault(command.next, viewer.username);
  if (fault !== null) throw invalid({ next: fault });
  const passwordHash = await app.passwords.hash(command.next);
  await transaction(app.db, async (tx) => {
    await updateAccount(tx, viewer.accountId, { password_hash: passwordHash });
    await removeSessions(tx, viewer.accountId, hashToken(command.keepSessionToken));
    await removeTokens(tx, viewer.accountId);
  });
}

/** Asks for the password again before something that cannot be undone. @throws invalid at `field`. */
export async function requirePassword(
  app: App,
  viewer: Viewer,
  password: string,
  field: string,
): Promise<void> {
  const account = await findAccount(app.db, viewer.accountId);
  if (account === undefined || !(await app.passwords.verify(account.password_hash, password)))
    throw invalid({ [field]: { key: "field.password_wrong" } });
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
