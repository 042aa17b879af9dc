import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import type { NotificationView } from "../../domain/notification.ts";
import { type AccountRow, findAccount } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { RetryLater } from "../../store/jobs.ts";
import { findPush, type PushRow, removePush, setPushFailing } from "../../store/push.ts";
import { preferencesOf } from "../accounts/sessions.ts";
import { findNotification } from "../notifications/notifications.ts";
import { vapidKeys } from "./vapid.ts";

/** A message that could not be shown for this long is no news any more. */
const TTL_SECONDS = 24 * 3600;
/** Who cannot be reached this long is not written to again. */
const GIVEN_UP_MS = 7 * 86_400_000;
const DAY_MS = 86_400_000;
/** RFC 8291 allows 3993 bytes; what is more than a few lines is not read on a lock screen. */
const BODY_MAX = 300;

/** What a message says, in a language; the doors know the words. `path` is where it leads, on this server. */
export type PushWords = { readonly title: string; readonly body: string; readonly path: string };
export type PushWriter = (
  app: App,
  to: { readonly locale: string | null; readonly withText: boolean },
  notification: NotificationView,
) => Promise<PushWords>;

/**
 * Sends a notification to a device; the job behind `push`. What was taken back meanwhile, or is not for the person to
 * see any more, is not sent. A subscription that ended (404, 410) is removed; a busy service is asked again later.
 */
export async function sendPush(
  app: App,
  job: { readonly subscriptionId: number; readonly notificationId: number; readonly createdAt: number },
  write: PushWriter,
): Promise<void> {
  if (job.createdAt < app.clock.now() - DAY_MS) return;
  const row = await findPush(app.db, job.subscriptionId);
  const account = row === undefined ? undefined : await findAccount(app.db, row.account_id);
  if (row === undefined || account === undefined || account.suspended_at !== null) return;
  const viewer = await viewerOf(app, account);
  const notification = viewer === null ? null : await findNotification(app, viewer, asId(job.notificationId));
  if (viewer === null || notification === null) return;
  const words = await write(
    app,
    { locale: viewer.locale ?? row.locale, withText: viewer.preferences.pushText },
    notification,
  );
  await post(app, row, words, notification);
}

/** The person behind an account, as the session would give them. */
async function viewerOf(app: App, account: AccountRow): Promise<Viewer | null> {
  const actor = await findActorById(app.db, account.actor_id);
  if (actor === undefined || actor.deleted_at !== null) return null;
  return {
    accountId: asId(account.id),
    actorId: asId(actor.id),
    username: actor.username,
    name: actor.name === "" ? actor.username : actor.name,
    role: account.role as Role,
    locale: account.locale,
    languages: fromJson<readonly string[]>(account.languages, []),
    preferences: preferencesOf(account.preferences),
  };
}

async function post(app: App, row: PushRow, words: PushWords, notification: NotificationView): Promise<void> {
  // Loaded when the first message goes out: most servers start without needing it.
  const { default: webPush } = await import("web-push");
  const request = webPush.generateRequestDetails(
    { endpoint: row.endpoint, keys: { p256dh: row.p256dh, auth: row.auth } },
    JSON.stringify({
      title: cut(words.title, 100),
      body: cut(words.body, BODY_MAX),
      tag: tagOf(notification),
      icon: "/icons/icon-192.png",
      data: { path: words.path },
    }),
    {
      vapidDetails: { subject: app.config.origin.replace(/^http:/, "https:"), ...(await vapidKeys(app)) },
      contentEncoding: row.encoding === "aesgcm" ? "aesgcm" : "aes128gcm",
      TTL: TTL_SECONDS,
      urgency: "normal",
      topic: topicOf(app, notification),
    },
  );
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value),
  ]);
  const answer = await app.http.post({
    url: row.endpoint,
    // Length is the client's to say.
    headers: Object.fromEntries(headers.filter(([name]) => name !== "content-length")),
    body: new Uint8Array(request.body ?? Buffer.alloc(0)),
  });
  await settle(app, row, answer);
}

async function settle(
  app: App,
  row: PushRow,
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | null },
): Promise<void> {
  const now = app.clock.now();
  if (status >= 200 && status < 300) {
    if (row.failing_since !== null) await setPushFailing(app.db, row.id, null);
    return;
  }
  if (status === 404 || status === 410) return void (await removePush(app.db, row.id));
  const since = row.failing_since ?? now;
  if (now - since > GIVEN_UP_MS) return void (await removePush(app.db, row.id));
  if (row.failing_since === null) await setPushFailing(app.db, row.id, now);
  if (status === 429 || status >= 500)
    throw new RetryLater(delayOf(retryAfter, now), `push service: ${status}`);
  // 400, 403, 413 and the like will not be better the next time.
}

/** Seconds or a date (RFC 9110, 10.2.3); between a minute and six hours. */
function delayOf(retryAfter: string | null, now: number): number {
  const seconds = Number(retryAfter ?? "");
  const date = Date.parse(retryAfter ?? "");
  const ms =
    Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : Number.isFinite(date) ? date - now : 0;
  return Math.min(6 * 3_600_000, Math.max(60_000, ms));
}

/** Likes of one note replace each other on the screen and, while the device is away, at the push service. */
function tagOf({ id, kind, note }: NotificationView): string {
  const gathers = kind === "like" || kind === "announce" || kind === "reaction";
  return gathers && note !== null ? `${kind}-${note.id}` : String(id);
}

/** At most 32 letters of base64url (RFC 8030, 5.4), which tell the push service nothing. */
function topicOf(app: App, notification: NotificationView): string {
  return app.vault.mac(tagOf(notification), "push-topic").slice(0, 32);
}

function cut(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}
