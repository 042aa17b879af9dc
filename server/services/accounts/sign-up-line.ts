import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import {
  type Gate,
  type GateSettings,
  networkOf,
  PENDING,
  REASON_MAX,
  SIGN_UP_TIMES,
  type SignUpState,
  waitingName,
  wantedName,
} from "../../domain/gates.ts";
import { type AccountId, type ActorId, asId } from "../../domain/ids.ts";
import { CausewayError, forbidden, invalid, notFound } from "../../errors.ts";
import { removeAccount, removeTokens, updateAccount } from "../../store/accounts.ts";
import { findActorByHandle, updateActor } from "../../store/actors.ts";
import { type Tx, transaction } from "../../store/database.ts";
import {
  type ApplicantRow,
  countWaitingByLanguage,
  findApplicant,
  findWaitingSession,
  forgetEveryOrigin,
  forgetOrigins,
  insertSignUp,
  listApplicants,
  listForgotten,
  removeApplicantActor,
  removeSignUp,
  settleSignUp,
} from "../../store/sign-ups.ts";
import { canonicalLanguage, writtenIn } from "../../text/language.ts";
import { normalizeText } from "../../text/entities.ts";
import { audit } from "../moderation/audit.ts";
import { announce } from "../streams/announce.ts";
import { forgetSecurityEvents } from "./security-events.ts";
import { type Evidence, lineFault, type Passed } from "./gates.ts";
import { coarseAgent, hashToken } from "./sessions.ts";
import { getSettings } from "./settings.ts";

// Who joins, and who waits at the door until somebody of the staff says yes. Somebody who waits has an account and can sign
// in, but nothing else knows of them: their actor is suspended and bears a name that no handle can have.

const HOUR = 3_600_000;
const PAGE = 20;

/** Notes in the transaction of a sign-up how somebody came in, and lets them wait or begin their probation. */
export async function recordSignUp(
  app: App,
  tx: Tx,
  made: { readonly accountId: AccountId; readonly actorId: ActorId },
  {
    command,
    passed,
    inviteId,
    gates,
  }: {
    readonly command: Evidence & {
      readonly username: string;
      readonly agent: string;
      readonly locale?: string | undefined;
    };
    readonly passed: Passed;
    readonly inviteId: number | null;
    readonly gates: GateSettings;
  },
): Promise<void> {
  const now = app.clock.now();
  if (passed.waits) {
    const fault = await lineFault(app, gates, tx);
    if (fault !== null) throw invalid({ form: fault });
  }
  const reason = normalizeText(command.reason ?? "").trim();
  await insertSignUp(tx, {
    account_id: made.accountId,
    invite_id: inviteId,
    ...originOf(app, command),
    gate: passed.gate satisfies Gate,
    reason: passed.waits ? reason : null,
    language: passed.waits ? languageOf(reason, command.locale) : (command.locale ?? null),
    state: (passed.waits ? "waiting" : "approved") satisfies SignUpState,
    created_at: now,
    decided_at: null,
    by_id: null,
  });
  if (!passed.waits) return await updateAccount(tx, made.accountId, probationFrom(now, gates));
  await updateAccount(tx, made.accountId, { pending_at: now });
  await updateActor(tx, made.actorId, {
    username: waitingName(command.username.trim().toLowerCase()),
    suspended_at: now,
    suspended_by: PENDING,
  });
}

/** Network and browser as keyed hashes, so that waves can be told; nothing of them in hardened mode. */
function originOf(app: App, { ip, agent }: { readonly ip: string; readonly agent: string }) {
  if (!keepsOrigins(app)) return { network: null, agent: null };
  const network = networkOf(ip);
  const browser = coarseAgent(agent);
  return {
    network: network === null ? null : app.vault.mac(network, "sign-up-network").slice(0, 22),
    agent: browser === "" ? null : app.vault.mac(`${browser} ${agent}`, "sign-up-agent").slice(0, 22),
  };
}

/** Whether this server remembers for a week where people joined from. */
export function keepsOrigins(app: App): boolean {
  return !app.config.hardened;
}

function probationFrom(now: number, { probationHours }: GateSettings) {
  return { probation_until: probationHours === 0 ? null : now + probationHours * HOUR };
}

/** The language of what somebody wrote where its letters say it, else the one that they read the form in. */
function languageOf(reason: string, locale: string | undefined): string | null {
  const written = writtenIn(reason);
  const read = locale === undefined ? null : canonicalLanguage(locale);
  if (written === null || written === "latin") return read;
  return read?.split("-")[0] === written.split("-")[0] ? read : written;
}

/** Where somebody stands who asked to join. Times in ms. */
export type Waiting = {
  readonly accountId: AccountId;
  readonly username: string;
  readonly locale: string | null;
  readonly state: "waiting" | "refused";
  readonly reason: string;
  /** Why they were refused. */
  readonly answer: string | null;
  readonly askedAt: number;
  /** When what is left of it is forgotten. */
  readonly until: number;
};

/** Who waits behind a session token; null for everybody else. */
export async function findWaiting(app: App, sessionToken: string): Promise<Waiting | null> {
  const row = await findWaitingSession(app.db, hashToken(sessionToken));
  if (row === undefined || row.expires_at <= app.clock.now()) return null;
  const isRefused = row.state === "refused";
  return {
    accountId: asId(row.account_id),
    username: wantedName(row.username),
    locale: row.locale,
    state: isRefused ? "refused" : "waiting",
    reason: row.reason ?? "",
    answer: row.answer,
    askedAt: row.created_at,
    until: isRefused
      ? (row.decided_at ?? row.created_at) + SIGN_UP_TIMES.refused
      : row.created_at + SIGN_UP_TIMES.waits,
  };
}

/** Takes one's own request back: nothing of it is left. */
export async function withdrawSignUp(app: App, waiting: Waiting): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await findApplicant(tx, { accountId: waiting.accountId });
    if (row !== undefined) await removeApplicant(tx, row);
  });
}

/** Somebody who waits, as staff sees them. Times in ms. */
export type Applicant = {
  readonly accountId: AccountId;
  readonly username: string;
  readonly reason: string;
  /** Full BCP-47 tag, null = unknown. */
  readonly language: string | null;
  readonly askedAt: number;
};

export type ApplicantPage = {
  readonly items: readonly Applicant[];
  /** Where the next page begins; null on the last. */
  readonly next: number | null;
  readonly languages: readonly { readonly language: string | null; readonly waiting: number }[];
};

/** Who waits, the first to come first; `language` null = unknown, left out = every language. @throws forbidden below moderator */
export async function listSignUps(
  app: App,
  viewer: Viewer | null,
  query: { readonly language?: string | null | undefined; readonly after?: number | undefined } = {},
): Promise<ApplicantPage> {
  requireStaff(viewer);
  const rows = await listApplicants(app.db, {
    language: query.language,
    after: query.after ?? 0,
    limit: PAGE + 1,
  });
  const items = rows.slice(0, PAGE);
  return {
    items: items.map((row) => ({
      accountId: asId(row.account_id),
      username: wantedName(row.username),
      reason: row.reason ?? "",
      language: row.language,
      askedAt: row.created_at,
    })),
    next: rows.length > PAGE ? (items.at(-1)?.account_id ?? null) : null,
    languages: await countWaitingByLanguage(app.db),
  };
}

/** Which applicant: by account or actor, or by the name that they want. */
export type WhichApplicant =
  { readonly accountId: number } | { readonly actorId: number } | { readonly username: string };

/** Lets somebody in; `viewer` null is the operator. @throws forbidden below moderator, not_found */
export async function approveSignUp(app: App, viewer: Viewer | null, which: WhichApplicant): Promise<void> {
  requireStaff(viewer);
  const { gates } = await getSettings(app);
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await settle(app, tx, viewer, which, { state: "approved", answer: null });
    // A member of another community who fled here may have taken the name meanwhile.
    if ((await findActorByHandle(tx, wantedName(row.username), "")) !== undefined)
      throw new CausewayError("conflict", "field.username_taken");
    await updateAccount(tx, row.account_id, { pending_at: null, ...probationFrom(now, gates) });
    await updateActor(tx, asId(row.actor_id), {
      username: wantedName(row.username),
      suspended_at: null,
      suspended_by: null,
    });
    await audit(app, tx, viewer, { what: "sign_up.approved", subject: wantedName(row.username) });
    announce(app, { type: "access" });
  });
}

/** Turns somebody away with a reason that they read (null: apps have no room for one); after a week nothing of them is left. @throws forbidden, not_found, invalid */
export async function refuseSignUp(
  app: App,
  viewer: Viewer | null,
  which: WhichApplicant,
  answer: string | null,
): Promise<void> {
  requireStaff(viewer);
  const text = normalizeText(answer ?? "").trim();
  if (text === "" && answer !== null) throw invalid({ answer: { key: "field.required" } });
  if (text.length > REASON_MAX)
    throw invalid({ answer: { key: "field.too_long", params: { max: REASON_MAX } } });
  await transaction(app.db, async (tx) => {
    const row = await settle(app, tx, viewer, which, { state: "refused", answer: text === "" ? null : text });
    await removeTokens(tx, row.account_id);
    await audit(app, tx, viewer, { what: "sign_up.refused", subject: wantedName(row.username) });
    announce(app, { type: "access" });
  });
}

async function settle(
  app: App,
  tx: Tx,
  viewer: Viewer | null,
  which: WhichApplicant,
  change: { readonly state: SignUpState; readonly answer: string | null },
): Promise<ApplicantRow> {
  const named =
    "username" in which
      ? { username: waitingName(which.username.trim().replace(/^@/, "").toLowerCase()) }
      : which;
  const row = await findApplicant(tx, named);
  const by = { decided_at: app.clock.now(), by_id: viewer?.actorId ?? null };
  if (row === undefined || !(await settleSignUp(tx, row.account_id, { ...change, ...by }))) throw notFound();
  return row;
}

/**
 * Forgets who waited for two weeks, who was refused a week ago, and where people came from who joined a week ago; with
 * hardened settings at once.
 */
export async function sweepSignUps(app: App): Promise<void> {
  const now = app.clock.now();
  if (keepsOrigins(app)) await forgetOrigins(app.db, now - SIGN_UP_TIMES.networks);
  else await forgetEveryOrigin(app.db);
  const before = { waiting: now - SIGN_UP_TIMES.waits, refused: now - SIGN_UP_TIMES.refused };
  const rows = await listForgotten(app.db, before, 200);
  for (const row of rows) await transaction(app.db, (tx) => removeApplicant(tx, row));
}

async function removeApplicant(tx: Tx, row: ApplicantRow): Promise<void> {
  // Somebody of the staff may be letting them in at this very moment.
  if (!(await removeSignUp(tx, row))) return;
  await removeAccount(tx, row.account_id);
  await forgetSecurityEvents(tx, row.account_id);
  await removeApplicantActor(tx, row.actor_id);
}

function requireStaff(viewer: Viewer | null): void {
  if (viewer !== null && !outranks(viewer.role, "member")) throw forbidden();
}
