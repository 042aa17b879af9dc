import type { App } from "../../context.ts";
import { type ActorView, outranks, type Role, ROLES, type Viewer } from "../../domain/actor.ts";
import { CausewayError, forbidden, invalid, notFound } from "../../errors.ts";
import {
  countMembers,
  listMemberRows,
  memberNumbers,
  type MemberQuery,
  type MemberRow,
} from "../../store/administration.ts";
import { findAccount } from "../../store/accounts.ts";
import { createResetLink } from "../accounts/recovery.ts";
import {
  type AccountSummary,
  findAccountSummary,
  keepInMemory,
  setRole,
  suspendAccount,
  unsuspendAccount,
} from "../operations/operations.ts";
import { actorViews } from "../views.ts";
import { requireAdministrator, requireModerator } from "./roles.ts";

export const MEMBER_STATES = ["all", "active", "suspended", "reported"] as const;
export const MEMBER_SORTS = ["new", "old", "seen", "notes"] as const;

/** What staff see of a member in a list. Times in ms. */
export type MemberLine = {
  readonly actor: ActorView;
  readonly role: Role;
  readonly state: "active" | "suspended" | "memorial";
  readonly joinedAt: number;
  /** Null when they are signed in nowhere. */
  readonly seenAt: number | null;
  readonly openReports: number;
};

export type FindMembers = Pick<MemberQuery, "words" | "state" | "role" | "sort"> & {
  /** From 1. */
  readonly page: number;
};

const PAGE = 25;
const LAST_PAGE = 400;

/** Members by page, 25 each, and how many there are. @throws forbidden below moderator */
export async function findMembers(
  app: App,
  viewer: Viewer,
  wanted: FindMembers,
): Promise<{ readonly members: readonly MemberLine[]; readonly all: number; readonly pages: number }> {
  requireModerator(viewer);
  const page = Math.min(Math.max(1, Math.trunc(wanted.page) || 1), LAST_PAGE);
  const query = {
    ...wanted,
    words: wanted.words.trim().replace(/^@/, "").slice(0, 100).toLowerCase(),
    sight: { viewerId: viewer.actorId, seesOwners: outranks(viewer.role, "moderator") },
    offset: (page - 1) * PAGE,
    limit: PAGE,
  };
  const all = await countMembers(app.db, query);
  const rows = await listMemberRows(app.db, query);
  const ids = rows.map((row) => row.actor_id);
  const actors = new Map((await actorViews(app, ids)).map((actor) => [Number(actor.id), actor]));
  const members = rows.flatMap((row) => {
    const actor = actors.get(row.actor_id);
    return actor === undefined ? [] : [toLine(viewer, row, actor)];
  });
  return { members, all, pages: Math.min(LAST_PAGE, Math.max(1, Math.ceil(all / PAGE))) };
}

/** What was reported about somebody is not for themselves, and about owners it is for administrators. */
function seesReportsAbout(viewer: Viewer, actor: ActorView, role: string): boolean {
  return actor.id !== viewer.actorId && (role !== "owner" || outranks(viewer.role, "moderator"));
}

function toLine(viewer: Viewer, row: MemberRow, actor: ActorView): MemberLine {
  const isMemorial = row.memorial === 1;
  return {
    actor,
    role: ROLES.find((role) => role === row.role) ?? "member",
    state: isMemorial ? "memorial" : row.suspended_at === null ? "active" : "suspended",
    joinedAt: row.created_at,
    seenAt: row.seen_at,
    openReports: seesReportsAbout(viewer, actor, row.role) ? row.open_reports : 0,
  };
}

/** One member as staff see them. `email` is for administrators; what kind of sign-in they use, and no address of theirs. */
export type MemberCard = {
  readonly actor: ActorView;
  readonly role: Role;
  readonly state: MemberLine["state"];
  readonly joinedAt: number;
  readonly email: string | null;
  readonly sessions: number;
  readonly passkeys: number;
  readonly hasTotp: boolean;
  readonly reports: { readonly open: number; readonly done: number; readonly made: number };
  readonly invitedBy: string | null;
  /** What the viewer may do. */
  readonly may: readonly MemberChange["do"][];
};

/** A member by name. @throws forbidden below moderator, not_found */
export async function viewMember(app: App, viewer: Viewer, username: string): Promise<MemberCard> {
  requireModerator(viewer);
  const summary = await findAccountSummary(app, username);
  const [actor] = await actorViews(app, [summary.actorId]);
  const account = await findAccount(app.db, summary.accountId);
  if (actor === undefined || account === undefined) throw notFound();
  const numbers = await memberNumbers(app.db, {
    accountId: summary.accountId,
    actorId: summary.actorId,
    now: app.clock.now(),
  });
  const isAdministrator = outranks(viewer.role, "moderator");
  const sees = seesReportsAbout(viewer, actor, summary.role);
  return {
    actor,
    role: summary.role,
    state: actor.memorial ? "memorial" : summary.suspended ? "suspended" : "active",
    joinedAt: summary.createdAt,
    email: isAdministrator ? summary.email : null,
    sessions: numbers.sessions,
    passkeys: numbers.passkeys,
    hasTotp: account.totp_at !== null,
    reports: {
      open: sees ? numbers.open_reports : 0,
      done: sees ? numbers.done_reports : 0,
      made: numbers.made_reports,
    },
    invitedBy: numbers.invited_by,
    may: changesFor(viewer, summary),
  };
}

export type MemberChange =
  | { readonly do: "suspend" | "unsuspend" | "memorial" }
  | { readonly do: "role"; readonly role: string }
  | { readonly do: "reset-link" };

/** Nobody acts on themselves, on equals or on those above; owners act on everybody else. */
function changesFor(viewer: Viewer, target: AccountSummary): readonly MemberChange["do"][] {
  const isSelf = viewer.accountId === target.accountId;
  if (isSelf || !(viewer.role === "owner" || outranks(viewer.role, target.role))) return [];
  const standing = target.suspended ? (["unsuspend"] as const) : (["suspend"] as const);
  if (!outranks(viewer.role, "moderator")) return standing;
  const more = target.suspended ? [] : (["reset-link", "memorial"] as const);
  return [...standing, "role", ...more];
}

/** The roles that somebody may give: those below their own; an owner any. */
export function rolesToGive(viewer: Viewer): readonly Role[] {
  return ROLES.filter((role) => viewer.role === "owner" || outranks(viewer.role, role));
}

/**
 * Does one thing to a member's account. A reset link is answered with its address, once.
 * @throws forbidden, not_found, invalid `{ role }`, conflict for the last owner
 */
export async function changeMember(
  app: App,
  viewer: Viewer,
  username: string,
  change: MemberChange,
): Promise<{ readonly url: string; readonly expiresAt: number } | null> {
  requireModerator(viewer);
  const target = await findAccountSummary(app, username);
  if (!changesFor(viewer, target).includes(change.do)) {
    // Done already by somebody else, or pressed twice: as asked.
    if (change.do === (target.suspended ? "suspend" : "unsuspend")) return null;
    throw forbidden();
  }
  const command = { username: target.username };
  switch (change.do) {
    case "suspend":
      await suspendAccount(app, command, viewer);
      return null;
    case "unsuspend":
      await unsuspendAccount(app, command, viewer);
      return null;
    case "memorial":
      await keepInMemory(app, command, viewer);
      return null;
    case "reset-link":
      return await createResetLink(app, command, viewer);
    case "role": {
      const role = rolesToGive(viewer).find((one) => one === change.role);
      if (role === undefined) throw invalid({ role: { key: "error.invalid" } });
      await setRole(app, { ...command, role }, viewer);
      return null;
    }
    default: {
      const unknown: never = change;
      throw new CausewayError("invalid", "error.invalid", { params: { unknown } });
    }
  }
}

/** Members who are more than members, and how many of each role. @throws forbidden below admin */
export async function listStaffMembers(app: App, viewer: Viewer): Promise<readonly MemberLine[]> {
  requireAdministrator(viewer);
  const found = await findMembers(app, viewer, {
    words: "",
    state: "all",
    role: "staff",
    sort: "old",
    page: 1,
  });
  return found.members.toSorted((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}
