import type { App } from "../../context.ts";
import { type Role, ROLES, type Viewer } from "../../domain/actor.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { updateAccount } from "../../store/accounts.ts";
import { updateActor } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  type AccountSummaryRow,
  countActiveOwners,
  findAccountByUsername,
  insertToken,
  listAccountRows,
} from "../../store/operations.ts";
import { forgetConfirmations } from "../../store/sessions.ts";
import { endAccess, tellOfProfile } from "../accounts/access.ts";
import { removeMemberWithin } from "../accounts/departures.ts";
import { passwordFault } from "../accounts/passwords.ts";
import { hashToken } from "../accounts/sessions.ts";
import { audit } from "../moderation/audit.ts";
import { decide, endMeasures } from "../moderation/decisions.ts";
import { NO_REASONS, type Reasons, statementOf } from "../moderation/statements.ts";

// What the operator does at the command line. There is no viewer: whoever can run it has the data folder anyway.

/** An account as the operator sees it. Times in ms. */
export type AccountSummary = {
  readonly accountId: AccountId;
  readonly actorId: ActorId;
  readonly username: string;
  readonly email: string | null;
  readonly role: Role;
  readonly createdAt: number;
  readonly suspended: boolean;
};

/** Every account of this instance, oldest first. */
export async function listAccounts(app: App): Promise<readonly AccountSummary[]> {
  return (await listAccountRows(app.db)).map(toSummary);
}

/** The account of a local username, with or without a leading @. @throws not_found. */
export async function findAccountSummary(app: App, username: string): Promise<AccountSummary> {
  return toSummary(await requireAccount(app.db, username));
}

/** Gives an account another role. @throws not_found, conflict when nobody would own the instance. */
export async function setRole(
  app: App,
  command: { readonly username: string; readonly role: Role },
  by: Viewer | null = null,
): Promise<AccountSummary> {
  return await transaction(app.db, async (tx) => {
    const row = await requireAccount(tx, command.username);
    if (command.role !== "owner") await keepAnOwner(tx, row);
    await updateAccount(tx, row.id, { role: command.role });
    // What the new role may do is dangerous: an old proof does not count for it.
    await forgetConfirmations(tx, row.id);
    await audit(app, tx, by, {
      what: "role.changed",
      subject: row.username,
      detail: { from: row.role, to: command.role },
    });
    return toSummary({ ...row, role: command.role });
  });
}

/** Sets a new password, ends all sessions and revokes all API tokens. @throws not_found, invalid with fields. */
export async function resetPassword(
  app: App,
  command: { readonly username: string; readonly password: string },
): Promise<void> {
  const account = await requireAccount(app.db, command.username);
  const fault = passwordFault(command.password, account.username);
  if (fault !== null) throw invalid({ password: fault });
  const passwordHash = await app.passwords.hash(command.password);
  await transaction(app.db, async (tx) => {
    await updateAccount(tx, account.id, { password_hash: passwordHash });
    await endAccess(app, tx, account.id);
    await audit(app, tx, null, { what: "password.reset", subject: account.username });
  });
}

/**
 * Keeps somebody from signing in and hides their profile, here and where they are followed; nothing is deleted. A decision
 * like any other: `by` is null for the operator. @throws not_found, forbidden, conflict for the last owner.
 */
export async function suspendAccount(
  app: App,
  command: { readonly username: string; readonly reasons?: Reasons | undefined },
  by: Viewer | null = null,
): Promise<AccountSummary> {
  const row = await requireAccount(app.db, command.username);
  const what = { measure: "suspend", isReported: false } as const;
  await decide(app, by, {
    measure: "suspend",
    actorId: asId(row.actor_id),
    statement: await statementOf(app, what, command.reasons ?? NO_REASONS),
  });
  return await findAccountSummary(app, command.username);
}

/** Lets a suspended person sign in again, whatever was decided. @throws not_found, forbidden. */
export async function unsuspendAccount(
  app: App,
  command: { readonly username: string },
  by: Viewer | null = null,
): Promise<AccountSummary> {
  const row = await requireAccount(app.db, command.username);
  await endMeasures(app, by, { actorId: row.actor_id, measure: "suspend" });
  return await findAccountSummary(app, command.username);
}

/** Keeps the profile of somebody who died, says so on it, and lets nobody sign in there. @throws not_found, conflict for the last owner. */
export async function keepInMemory(
  app: App,
  command: { readonly username: string },
  by: Viewer | null = null,
): Promise<AccountSummary> {
  const summary = await transaction(app.db, async (tx) => {
    const row = await requireAccount(tx, command.username);
    await keepAnOwner(tx, row);
    const now = app.clock.now();
    const actorId = asId<ActorId>(row.actor_id);
    await updateAccount(tx, row.id, { suspended_at: now });
    await updateActor(tx, actorId, { memorial: 1, suspended_at: null, suspended_by: null });
    await endAccess(app, tx, row.id);
    await tellOfProfile(app, tx, actorId);
    await audit(app, tx, by, { what: "account.kept_in_memory", subject: row.username });
    return toSummary({ ...row, suspended_at: now });
  });
  app.wake();
  return summary;
}

/** Deletes an account for good, as its owner could. @throws not_found, conflict for the last owner. */
export async function deleteAccountOf(app: App, command: { readonly username: string }): Promise<void> {
  const row = await requireAccount(app.db, command.username);
  await transaction(app.db, async (tx) => {
    await keepAnOwner(tx, row);
    await removeMemberWithin(app, tx, asId(row.actor_id));
    await audit(app, tx, null, { what: "account.deleted", subject: row.username });
  });
  app.wake();
}

/** Names a client may use; a scope may be narrowed, as in `read:statuses`. */
const SCOPE = /^(?:read|write|follow|push|profile|admin:read|admin:write)(?::[a-z_]+)?$/;

/**
 * Makes a bearer token for an account: 256 random bits, of which the database keeps the SHA-256 alone.
 * @throws not_found, forbidden for a suspended account, invalid for unknown scopes.
 */
export async function createToken(
  app: App,
  command: { readonly username: string; readonly scopes: readonly string[]; readonly name: string },
): Promise<{ readonly token: string; readonly scopes: readonly string[] }> {
  const scopes = [...new Set(command.scopes)];
  if (scopes.length === 0 || !scopes.every((scope) => SCOPE.test(scope)))
    throw invalid({ scopes: { key: "error.invalid" } });
  const account = await requireAccount(app.db, command.username);
  if (account.suspended_at !== null) throw new CausewayError("forbidden", "error.suspended");
  const token = app.ids.secret(32);
  await transaction(app.db, async (tx) => {
    await insertToken(tx, {
      id: app.ids.next(),
      token_hash: hashToken(token),
      account_id: account.id,
      name: command.name,
      scopes: scopes.join(" "),
      created_at: app.clock.now(),
      seen_at: null,
    });
    await audit(app, tx, null, {
      what: "token.made",
      subject: account.username,
      detail: { scopes: scopes.join(" ") },
    });
  });
  return { token, scopes };
}

async function requireAccount(db: Db, username: string): Promise<AccountSummaryRow> {
  const row = await findAccountByUsername(db, username.trim().replace(/^@/, "").toLowerCase());
  if (row === undefined) throw notFound();
  return row;
}

/** An instance without an owner could not be administered by anybody. */
async function keepAnOwner(tx: Db, row: AccountSummaryRow): Promise<void> {
  if (row.role !== "owner" || row.suspended_at !== null) return;
  if ((await countActiveOwners(tx)) <= 1) throw new CausewayError("conflict", "error.owner_stays");
}

function toSummary(row: AccountSummaryRow): AccountSummary {
  return {
    accountId: asId(row.id),
    actorId: asId(row.actor_id),
    username: row.username,
    email: row.email,
    role: ROLES.find((role) => role === row.role) ?? "member",
    createdAt: row.created_at,
    suspended: row.suspended_at !== null,
  };
}
