import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type AccountId, asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { findAccount, findAccountByLogin, removeTokens, updateAccount } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { removePasskeys } from "../../store/passkeys.ts";
import { findResetLink, insertResetLink, removeResetLinks, takeResetLink } from "../../store/recovery.ts";
import { removeSessions } from "../../store/sessions.ts";
import { takeLimit } from "./limits.ts";
import { isTotpOn } from "./one-time.ts";
import { passwordFault } from "./passwords.ts";
import { useRecoveryCode } from "./recovery-codes.ts";
import { noteSecurityEvent } from "./security-events.ts";
import { hashToken } from "./sessions.ts";
import { audit } from "../moderation/audit.ts";
import { announce } from "../streams/announce.ts";

const LINK_MS = 24 * 3_600_000;

/**
 * A link by which one person sets a new password, once, within 24 hours; earlier links of theirs stop working. For
 * operators and owners, who have to know whom they give it to. @throws not_found
 */
export async function createResetLink(
  app: App,
  command: { readonly username: string },
  by: Viewer | null = null,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  const name = command.username.trim().replace(/^@/, "").toLowerCase();
  const account = await findAccountByLogin(app.db, name);
  if (account === undefined) throw notFound();
  const token = app.ids.secret(32);
  const now = app.clock.now();
  const expiresAt = now + LINK_MS;
  await transaction(app.db, async (tx) => {
    await insertResetLink(tx, {
      token_hash: hashToken(token),
      account_id: account.id,
      created_at: now,
      expires_at: expiresAt,
    });
    await noteSecurityEvent(app, tx, account.id, "reset_link_made");
    await audit(app, tx, by, { what: "reset_link.made", subject: name });
  });
  return { url: `${app.config.origin}/password/reset?link=${token}`, expiresAt };
}

/** Whose password a link sets; null for a link that is used, out of date or unknown. */
export async function findLinkHolder(
  app: App,
  token: string,
): Promise<{ readonly accountId: AccountId; readonly username: string; readonly hasTotp: boolean } | null> {
  const accountId = await findResetLink(app.db, hashToken(token), app.clock.now());
  const account = accountId === null ? undefined : await findAccount(app.db, accountId);
  if (account === undefined) return null;
  const actor = await findActorById(app.db, asId(account.actor_id));
  return { accountId: asId(account.id), username: actor?.username ?? "", hasTotp: isTotpOn(account) };
}

/**
 * Sets a new password by a link. What the person has lost can be taken off the account at once.
 * @throws invalid with fields, gone when the link is no good (any more), too_many
 */
export async function resetByLink(
  app: App,
  command: {
    readonly token: string;
    readonly next: string;
    readonly ip: string;
    readonly dropsTotp: boolean;
    readonly dropsPasskeys: boolean;
  },
): Promise<void> {
  takeLimit(app, USE_LIMITS.resetByAddress, command.ip);
  const holder = await findLinkHolder(app, command.token);
  if (holder === null) throw new CausewayError("gone", "error.reset_link");
  const fault = passwordFault(command.next, holder.username);
  if (fault !== null) throw invalid({ next: fault });
  const passwordHash = await app.passwords.hash(command.next);
  await transaction(app.db, async (tx) => {
    if (!(await takeResetLink(tx, hashToken(command.token), app.clock.now())))
      throw new CausewayError("gone", "error.reset_link");
    if (command.dropsTotp) await updateAccount(tx, holder.accountId, { totp_sealed: null, totp_at: null });
    if (command.dropsPasskeys) await removePasskeys(tx, holder.accountId);
    await setPassword(app, tx, holder.accountId, passwordHash);
  });
}

/**
 * Sets a new password by one of the person's recovery codes. The answer and its time do not tell whether there is an
 * account of this name. @throws invalid with fields, too_many
 */
export async function resetByCode(
  app: App,
  command: { readonly username: string; readonly code: string; readonly next: string; readonly ip: string },
): Promise<void> {
  const username = command.username.trim().replace(/^@/, "").toLowerCase();
  const faults: Record<string, Message> = {};
  if (username === "") faults["username"] = { key: "field.required" };
  if (command.code.trim() === "") faults["code"] = { key: "field.required" };
  const fault = passwordFault(command.next, username);
  if (fault !== null) faults["next"] = fault;
  if (Object.keys(faults).length > 0) throw invalid(faults);
  takeLimit(app, USE_LIMITS.resetByAddress, command.ip);
  takeLimit(app, USE_LIMITS.resetByAccount, username);
  const account = await findAccountByLogin(app.db, username);
  // Before the code is tried, so that it is not used up when too many others hash passwords; and in equal time.
  const passwordHash = await app.passwords.hash(command.next);
  await transaction(app.db, async (tx) => {
    const isGood = await useRecoveryCode(app, tx, account?.id ?? 0, command.code);
    if (account === undefined || !isGood) throw invalid({ code: { key: "field.recovery_wrong" } });
    await setPassword(app, tx, account.id, passwordHash);
  });
}

/** Everybody who is signed in has to sign in anew. */
async function setPassword(app: App, tx: Db, accountId: number, passwordHash: string): Promise<void> {
  await updateAccount(tx, accountId, { password_hash: passwordHash });
  await removeSessions(tx, accountId, null);
  await removeTokens(tx, accountId);
  announce(app, { type: "access" });
  await removeResetLinks(tx, accountId);
  await noteSecurityEvent(app, tx, accountId, "password_reset");
}
