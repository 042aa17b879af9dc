import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { findAccount } from "../../store/accounts.ts";
import type { Db } from "../../store/database.ts";
import { deleteValue, getValue, setValue } from "../../store/kv.ts";
import { insertNotifications, removeNotifications } from "../../store/notifications.ts";
import { enqueuePush } from "../push/enqueue-push.ts";

/** What happened to the ways into an account; the person reads it among the settings. */
export const SECURITY_EVENTS = [
  "password_changed",
  "password_reset",
  "reset_link_made",
  "passkey_added",
  "passkey_removed",
  "totp_on",
  "totp_off",
  "codes_made",
  "code_used",
  "phrase_made",
] as const;
export type SecurityEvent = (typeof SECURITY_EVENTS)[number];
export type SecurityEventView = { readonly kind: SecurityEvent; readonly at: number };

/** What somebody else could have done: the person is told, not only when they look. */
const TOLD: readonly SecurityEvent[] = [
  "password_changed",
  "password_reset",
  "reset_link_made",
  "passkey_added",
  "passkey_removed",
  "totp_off",
  "code_used",
  "phrase_made",
];
const KEPT = 12;
const KEPT_MS = 90 * 86_400_000;

/** Remembers for 90 days what happened, inside the caller's transaction; no address, no device. */
export async function noteSecurityEvent(
  app: App,
  tx: Db,
  accountId: number,
  kind: SecurityEvent,
): Promise<void> {
  const now = app.clock.now();
  const events = [{ kind, at: now }, ...(await read(tx, accountId, now))].slice(0, KEPT);
  await setValue(tx, keyOf(accountId), events, now, KEPT_MS);
  if (TOLD.includes(kind)) await tell(app, tx, accountId);
}

/** One line that is new again, rather than one for each change. */
async function tell(app: App, tx: Db, accountId: number): Promise<void> {
  const account = await findAccount(tx, accountId);
  if (account === undefined) return;
  const { actor_id: actorId } = account;
  const notificationId = app.ids.next();
  const row = { account_id: accountId, kind: "security" as const, actor_id: actorId, note_id: 0 };
  await removeNotifications(tx, { accountId, kinds: ["security"], actorId });
  await insertNotifications(tx, [{ ...row, id: notificationId, created_at: app.clock.now() }]);
  await enqueuePush(app, tx, "security", [{ accountId, notificationId }]);
}

/** What happened lately to the ways into the person's account, newest first. */
export async function listSecurityEvents(app: App, viewer: Viewer): Promise<readonly SecurityEventView[]> {
  return await read(app.db, viewer.accountId, app.clock.now());
}

/** Forgets what happened to an account that is removed, inside the caller's transaction. */
export async function forgetSecurityEvents(tx: Db, accountId: number): Promise<void> {
  await deleteValue(tx, keyOf(accountId));
}

async function read(db: Db, accountId: number, now: number): Promise<readonly SecurityEventView[]> {
  const value = await getValue(db, keyOf(accountId), now);
  return Array.isArray(value) ? value.filter(isEvent) : [];
}

function isEvent(value: unknown): value is SecurityEventView {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("at" in value)) return false;
  return typeof value.at === "number" && SECURITY_EVENTS.some((kind) => kind === value.kind);
}

function keyOf(accountId: number): readonly [string, string] {
  return ["security-events", String(accountId)];
}
