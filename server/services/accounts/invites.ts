import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import type { GateSettings } from "../../domain/gates.ts";
import { CausewayError, forbidden, invalid, notFound } from "../../errors.ts";
import {
  findAccount,
  findOpenInvite,
  insertInvite,
  type InviteRow,
  listInviteRows,
  lockAccount,
} from "../../store/accounts.ts";
import { getValue } from "../../store/kv.ts";
import { cameByFrozenInvite, countInvited, endOwnInvite } from "../../store/invites.ts";
import { type Db, transaction } from "../../store/database.ts";
import { audit } from "../moderation/audit.ts";
import { isOnProbation } from "./gates.ts";
import { getSettings } from "./settings.ts";

const DAY = 86_400_000;
const MONTH_DAYS = 30;

export type InviteView = {
  readonly id: number;
  readonly code: string;
  readonly url: string;
  readonly uses: number;
  readonly maxUses: number;
  readonly expiresAt: number | null;
  /** `frozen`: the staff ended it together with others. */
  readonly state: "open" | "over" | "revoked" | "frozen";
};

/** Where it is kept that somebody may invite nobody any more. */
export function frozenInviterKey(accountId: number): readonly [string, string] {
  return ["frozen-inviter", String(accountId)];
}

/** How many people somebody may still invite within 30 days, and why nobody; staff as many as they like (null). */
export type InviteQuota = {
  readonly left: number | null;
  readonly why: "probation" | "frozen" | "staff_alone" | "used_up" | null;
};

/** What is left of somebody's invites. */
export async function inviteQuota(app: App, viewer: Viewer): Promise<InviteQuota> {
  if (outranks(viewer.role, "member")) return { left: null, why: null };
  return await quotaOf(app, app.db, viewer, (await getSettings(app)).gates);
}

async function quotaOf(app: App, db: Db, viewer: Viewer, gates: GateSettings): Promise<InviteQuota> {
  if (gates.invitesPerMonth === 0) return { left: 0, why: "staff_alone" };
  const account = await findAccount(db, viewer.accountId);
  if (account === undefined || isOnProbation(app, account)) return { left: 0, why: "probation" };
  const now = app.clock.now();
  const isFrozen =
    (await getValue(db, frozenInviterKey(viewer.accountId), now)) !== undefined ||
    (await cameByFrozenInvite(db, viewer.accountId));
  if (isFrozen) return { left: 0, why: "frozen" };
  const used = await countInvited(db, viewer.accountId, now - MONTH_DAYS * DAY);
  const left = Math.max(gates.invitesPerMonth - used, 0);
  return { left, why: left === 0 ? "used_up" : null };
}

/**
 * Makes an invite; `viewer` null is the operator at the command line. Members have so many people a month, and a link of
 * theirs is good for 30 days at most.
 * @throws forbidden for members who may not invite, invalid at `maxUses` for more people than are left
 */
export async function createInvite(
  app: App,
  viewer: Viewer | null,
  command: { readonly maxUses?: number | undefined; readonly expiresInDays?: number | undefined } = {},
): Promise<InviteView> {
  const now = app.clock.now();
  const isStaff = viewer === null || outranks(viewer.role, "member");
  const days = isStaff ? command.expiresInDays : Math.min(command.expiresInDays ?? MONTH_DAYS, MONTH_DAYS);
  const row: InviteRow = {
    id: app.ids.next(),
    code: app.ids.secret(9),
    created_by: viewer?.accountId ?? null,
    max_uses: Math.min(Math.max(Math.trunc(command.maxUses ?? 1), 1), 1000),
    uses: 0,
    created_at: now,
    expires_at: days === undefined ? null : now + days * DAY,
    revoked_at: null,
    frozen_at: null,
  };
  const { gates } = await getSettings(app);
  await transaction(app.db, async (tx) => {
    if (viewer !== null && !isStaff) {
      // Two links at once must not be more than the quota.
      await lockAccount(tx, viewer.accountId);
      requireQuota(await quotaOf(app, tx, viewer, gates), row.max_uses);
    }
    await insertInvite(tx, row);
    // Members spend what is theirs; staff has no quota.
    if (isStaff)
      await audit(app, tx, viewer, { what: "invite.made", detail: { invite: row.id, people: row.max_uses } });
  });
  return inviteView(app, row);
}

function requireQuota({ left, why }: InviteQuota, people: number): void {
  if (why === "staff_alone") throw forbidden();
  if (why === "probation" || why === "frozen") throw new CausewayError("forbidden", `error.invites_${why}`);
  if (left !== null && people > left)
    throw invalid({ maxUses: { key: "field.invite_quota", params: { count: left } } });
}

/** The person's invites, newest first. */
export async function listInvites(app: App, viewer: Viewer): Promise<readonly InviteView[]> {
  return (await listInviteRows(app.db, viewer.accountId)).map((row) => inviteView(app, row));
}

/** Ends one of the person's own invites at once. @throws not_found */
export async function revokeOwnInvite(app: App, viewer: Viewer, id: number): Promise<void> {
  const which = { id, accountId: viewer.accountId, now: app.clock.now() };
  if (!(await endOwnInvite(app.db, which))) throw notFound();
}

/** True while an invite can be used. */
export async function checkInvite(app: App, code: string): Promise<boolean> {
  return (await findOpenInvite(app.db, code.trim(), app.clock.now())) !== undefined;
}

function inviteView(app: App, row: InviteRow): InviteView {
  return {
    id: row.id,
    code: row.code,
    url: `${app.config.origin}/join/${row.code}`,
    uses: row.uses,
    maxUses: row.max_uses,
    expiresAt: row.expires_at,
    state: stateOf(row, app.clock.now()),
  };
}

function stateOf(row: InviteRow, now: number): InviteView["state"] {
  if (row.frozen_at !== null) return "frozen";
  if (row.revoked_at !== null) return "revoked";
  return row.uses >= row.max_uses || (row.expires_at !== null && row.expires_at <= now) ? "over" : "open";
}
