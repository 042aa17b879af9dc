import type { App } from "../../context.ts";
import { outranks, ROLES, type Viewer } from "../../domain/actor.ts";
import { forbidden, notFound } from "../../errors.ts";
import { endInvite, listAllInviteRows } from "../../store/administration.ts";
import { transaction } from "../../store/database.ts";
import {
  type BelowRow,
  freezeInvitesOf,
  type InviterRow,
  listAbove,
  listBelow,
  listInviters,
} from "../../store/invites.ts";
import { getValue, setValue } from "../../store/kv.ts";
import { type AccountSummaryRow, findAccountByUsername } from "../../store/operations.ts";
import { frozenInviterKey } from "../accounts/invites.ts";
import { audit } from "../moderation/audit.ts";
import { requireAdministrator, requireModerator } from "./roles.ts";

const SHOWN = 100;
const INVITERS_SHOWN = 50;
const PEOPLE_SHOWN = 200;
/** More people than one look takes in can still be frozen. */
const PEOPLE_FROZEN = 20_000;

/** An invite of anybody here; times in ms. */
export type IssuedInvite = {
  readonly id: number;
  readonly url: string;
  /** Null for the operator at the command line, or somebody who left. */
  readonly by: string | null;
  readonly uses: number;
  readonly maxUses: number;
  readonly expiresAt: number | null;
};

/** The newest 100 invites of everybody that can still be used, or that cannot. @throws forbidden below admin */
export async function listIssuedInvites(
  app: App,
  viewer: Viewer,
  which: "open" | "ended",
): Promise<readonly IssuedInvite[]> {
  requireAdministrator(viewer);
  const rows = await listAllInviteRows(app.db, {
    open: which === "open",
    now: app.clock.now(),
    limit: SHOWN,
  });
  return rows.map((row) => ({
    id: row.id,
    url: `${app.config.origin}/join/${row.code}`,
    by: row.username,
    uses: row.uses,
    maxUses: row.max_uses,
    expiresAt: row.expires_at,
  }));
}

/** Ends an invite at once, whoever made it. @throws forbidden below admin, not_found */
export async function revokeInvite(app: App, viewer: Viewer, id: number): Promise<void> {
  requireAdministrator(viewer);
  await transaction(app.db, async (tx) => {
    if (!(await endInvite(tx, id, app.clock.now()))) throw notFound();
    await audit(app, tx, viewer, { what: "invite.revoked", detail: { invite: id } });
  });
}

/** Who brought the most people, 50 at most. @throws forbidden below moderator */
export async function topInviters(app: App, viewer: Viewer): Promise<readonly InviterRow[]> {
  requireModerator(viewer);
  return await listInviters(app.db, INVITERS_SHOWN);
}

/** Somebody in the tree of invites, with those who came by theirs. */
export type InviteBranch = {
  readonly username: string;
  readonly joinedAt: number;
  readonly isSuspended: boolean;
  readonly below: readonly InviteBranch[];
  /** Everybody below, however deep. */
  readonly people: number;
};

export type InviteTree = {
  readonly username: string;
  /** By whose invites they came themselves, the nearest first. */
  readonly above: readonly string[];
  readonly below: readonly InviteBranch[];
  readonly people: number;
  readonly suspended: number;
  /** True when not everybody is shown. */
  readonly isCut: boolean;
  /** True when neither they nor anybody below can invite. */
  readonly isFrozen: boolean;
};

/** Who came by the invites of somebody, and by theirs; 200 people at most. @throws forbidden below moderator, not_found */
export async function inviteTree(app: App, viewer: Viewer, username: string): Promise<InviteTree> {
  requireModerator(viewer);
  const root = await requireMember(app, username);
  const rows = await listBelow(app.db, root.id, PEOPLE_SHOWN + 1);
  const shown = rows.slice(0, PEOPLE_SHOWN);
  return {
    username: root.username,
    above: await listAbove(app.db, root.id),
    below: branches(shown, root.id),
    people: shown.length,
    suspended: shown.filter((row) => row.suspended === 1).length,
    isCut: rows.length > PEOPLE_SHOWN,
    isFrozen: (await getValue(app.db, frozenInviterKey(root.id), app.clock.now())) !== undefined,
  };
}

function branches(rows: readonly BelowRow[], root: number): readonly InviteBranch[] {
  const byMaker = Map.groupBy(rows, (row) => row.by_id);
  const below = (accountId: number): readonly InviteBranch[] =>
    (byMaker.get(accountId) ?? []).map((row) => {
      const next = below(row.account_id);
      return {
        username: row.username,
        joinedAt: row.created_at,
        isSuspended: row.suspended === 1,
        below: next,
        people: next.reduce((sum, branch) => sum + 1 + branch.people, 0),
      };
    });
  return below(root);
}

/**
 * Ends the invites of somebody and of everybody who came by them, and none of them can make another; or lets them again.
 * Returns how many links it ended. Links of equals and of those above are left as they are.
 * @throws forbidden below moderator and about equals and those above, not_found
 */
export async function freezeInvites(
  app: App,
  viewer: Viewer,
  command: { readonly username: string; readonly frozen: boolean },
): Promise<number> {
  requireModerator(viewer);
  const root = await requireMember(app, command.username);
  const mayEnd = (role: string) =>
    viewer.role === "owner" || outranks(viewer.role, ROLES.find((one) => one === role) ?? "member");
  if (!mayEnd(root.role)) throw forbidden();
  const now = app.clock.now();
  return await transaction(app.db, async (tx) => {
    const rows = await listBelow(tx, root.id, PEOPLE_FROZEN);
    const below = rows.filter((row) => mayEnd(row.role));
    const everybody = [root.id, ...below.map((row) => row.account_id)];
    let links = 0;
    for (let from = 0; from < everybody.length; from += 500)
      links += await freezeInvitesOf(tx, everybody.slice(from, from + 500), command.frozen ? now : null);
    await setValue(tx, frozenInviterKey(root.id), command.frozen ? true : undefined, now);
    await audit(app, tx, viewer, {
      what: command.frozen ? "invites.frozen" : "invites.thawed",
      subject: root.username,
      detail: { links, people: below.length },
    });
    return links;
  });
}

/** Actors of everybody who came by the invites of somebody, staff left out. @throws forbidden below moderator, not_found */
export async function actorsBelow(app: App, viewer: Viewer, username: string): Promise<readonly number[]> {
  requireModerator(viewer);
  const root = await requireMember(app, username);
  const rows = await listBelow(app.db, root.id, PEOPLE_FROZEN);
  return rows.filter((row) => row.role === "member").map((row) => row.actor_id);
}

async function requireMember(app: App, username: string): Promise<AccountSummaryRow> {
  const row = await findAccountByUsername(app.db, username.trim().replace(/^@/, "").toLowerCase());
  if (row === undefined) throw notFound();
  return row;
}
