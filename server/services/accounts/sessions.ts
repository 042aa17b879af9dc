import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { asId, type SessionId } from "../../domain/ids.ts";
import { type Preferences, USUAL_PREFERENCES } from "../../domain/preferences.ts";
import { notFound } from "../../errors.ts";
import { fromJson, textsIn } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { sessionDays } from "../operations/kept.ts";
import {
  findSession,
  insertSession,
  listSessionRows,
  removeSession,
  removeSessionByHash,
  removeSessions,
  touchSession,
} from "../../store/sessions.ts";
import { whenThereIsRoom } from "../operations/storage-faults.ts";

const DAY = 86_400_000;
const TOUCH_EVERY_MS = 10 * 60_000;

/** SHA-256 of a token, hex: what the database holds instead of the token. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** How long a session lasts unused, and in all, ms. */
function sessionTimes({ config }: App): { readonly idle: number; readonly most: number } {
  const { idle, most } = sessionDays(config);
  return { idle: idle * DAY, most: most * DAY };
}

/** How a session was opened. */
export const SIGN_IN_METHODS = ["password", "passkey", "totp", "recovery"] as const;
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];

/** Opens a session inside the caller's transaction and returns its token, which exists nowhere else. */
export async function openSession(
  app: App,
  db: Db,
  accountId: number,
  agent: string,
  method: SignInMethod,
): Promise<string> {
  const token = app.ids.secret(32);
  const now = app.clock.now();
  await insertSession(db, {
    id: app.ids.next(),
    token_hash: hashToken(token),
    account_id: accountId,
    agent: coarseAgent(agent),
    created_at: now,
    seen_at: now,
    expires_at: now + sessionTimes(app).idle,
    // Who signs in has just proved who they are.
    confirmed_at: now,
    method,
  });
  return token;
}

/** The signed-in person of a session token, or null. Prolongs the session at most every ten minutes, to 90 days in all (30 with the hardened profile). */
export async function findViewer(app: App, sessionToken: string): Promise<Viewer | null> {
  const row = await findSession(app.db, hashToken(sessionToken));
  const now = app.clock.now();
  if (row === undefined || row.expires_at <= now || row.suspended_at !== null) return null;
  // Who waits for approval is a visitor until then (services/accounts/sign-up-line.ts tells them where they stand).
  if (row.pending_at !== null) return null;
  const { idle, most } = sessionTimes(app);
  if (now >= row.created_at + most) return null;
  if (now - row.seen_at > TOUCH_EVERY_MS)
    await whenThereIsRoom(() =>
      touchSession(app.db, row.session_id, now, Math.min(now + idle, row.created_at + most)),
    );
  return {
    accountId: asId(row.account_id),
    actorId: asId(row.actor_id),
    username: row.username,
    name: row.name === "" ? row.username : row.name,
    role: row.role as Role,
    locale: row.locale,
    languages: textsIn(row.languages),
    preferences: preferencesOf(row.preferences),
  };
}

/** An account's preferences: the usual ones, but for what it has chosen. */
export function preferencesOf(column: string): Preferences {
  return { ...USUAL_PREFERENCES, ...fromJson<Partial<Preferences>>(column, {}) };
}

/** Signs out. */
export async function endSession(app: App, sessionToken: string): Promise<void> {
  await removeSessionByHash(app.db, hashToken(sessionToken));
}

export type SessionView = {
  readonly id: SessionId;
  /** Browser and system in two words; no address is kept. */
  readonly agent: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly current: boolean;
  readonly method: SignInMethod;
};

/** Where the person is signed in, last used first. */
export async function listSessions(
  app: App,
  viewer: Viewer,
  currentToken: string,
): Promise<readonly SessionView[]> {
  const current = hashToken(currentToken);
  const rows = await listSessionRows(app.db, viewer.accountId, app.clock.now());
  return rows.map((row) => ({
    id: asId(row.id),
    agent: row.agent,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    current: row.token_hash === current,
    method: SIGN_IN_METHODS.find((method) => method === row.method) ?? "password",
  }));
}

/** Ends one of the person's sessions. @throws not_found for any other id. */
export async function revokeSession(app: App, viewer: Viewer, id: SessionId): Promise<void> {
  if (!(await removeSession(app.db, viewer.accountId, id))) throw notFound();
}

/** Ends all of the person's sessions but the current one. */
export async function revokeOtherSessions(app: App, viewer: Viewer, currentToken: string): Promise<void> {
  await removeSessions(app.db, viewer.accountId, hashToken(currentToken));
}

/** "Firefox on Linux": enough to recognise a session, too little to track a person (threats PRV-14). */
export function coarseAgent(agent: string): string {
  const browser = /(?:Edg|OPR|Firefox|FxiOS|Chrome|CriOS|Safari)/.exec(agent)?.[0] ?? "";
  const names: Readonly<Record<string, string>> = {
    Edg: "Edge",
    OPR: "Opera",
    FxiOS: "Firefox",
    CriOS: "Chrome",
  };
  const system = /(?:Android|iPhone|iPad|Windows|Mac OS X|Linux|CrOS)/.exec(agent)?.[0] ?? "";
  const systems: Readonly<Record<string, string>> = { "Mac OS X": "macOS", CrOS: "ChromeOS" };
  return [names[browser] ?? browser, systems[system] ?? system].filter((word) => word !== "").join(" · ");
}
