import type { App } from "../../context.ts";
import type { Role, Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import type { NotificationKind, NotificationView } from "../../domain/notification.ts";
import { type AccountRow, findAccount } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { textsIn } from "../../store/codec.ts";
import { findFollow } from "../../store/follows.ts";
import { RetryLater } from "../../store/jobs.ts";
import { findPush, type PushRow, removePush, setPushFailing } from "../../store/push.ts";
import { preferencesOf } from "../accounts/sessions.ts";
import { findNotification } from "../notifications/notifications.ts";
import { PUSH_TOKEN } from "./app-subscriptions.ts";
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
export type PushWriter = {
  words(
    app: App,
    to: { readonly locale: string | null; readonly withText: boolean },
    notification: NotificationView,
  ): Promise<PushWords>;
  /** What apps of others call a kind; null = they are not told of it. */
  typeOf(kind: NotificationKind): string | null;
};

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
  if (!(await isOfInterest(app, row, viewer, notification))) return;
  const locale = viewer.locale ?? row.locale;
  const words = await write.words(app, { locale, withText: viewer.preferences.pushText }, notification);
  const payload =
    row.token_id === null
      ? payloadForBrowser(words, notification)
      : await payloadForApp(app, row, { locale, words, notification, type: write.typeOf(notification.kind) });
  if (payload !== null) await post(app, row, payload, notification);
}

/** Whether the subscription's policy lets the actor through. */
async function isOfInterest(
  app: App,
  { policy }: PushRow,
  viewer: Viewer,
  { actor }: NotificationView,
): Promise<boolean> {
  if (policy === "none") return false;
  if (policy === "followed")
    return (await findFollow(app.db, viewer.actorId, actor.id))?.state === "accepted";
  if (policy === "follower")
    return (await findFollow(app.db, actor.id, viewer.actorId))?.state === "accepted";
  return true;
}

function payloadForBrowser(
  words: PushWords,
  notification: NotificationView,
): Readonly<Record<string, unknown>> {
  return {
    title: cut(words.title, 100),
    body: cut(words.body, BODY_MAX),
    tag: tagOf(notification),
    icon: "/icons/icon-192.png",
    data: { path: words.path },
  };
}

/**
 * What Mastodon's apps expect. The token was sealed when they subscribed, and nobody but the app can open the message: apps
 * with several accounts know by it which is meant. The id is a number here, as Mastodon sends it.
 */
async function payloadForApp(
  app: App,
  row: PushRow,
  message: {
    readonly locale: string | null;
    readonly words: PushWords;
    readonly notification: NotificationView;
    readonly type: string | null;
  },
): Promise<Readonly<Record<string, unknown>> | null> {
  if (message.type === null || row.sealed_token === null) return null;
  const { id, actor } = message.notification;
  return {
    access_token: await app.vault.open(row.sealed_token, PUSH_TOKEN),
    preferred_locale: message.locale ?? "en",
    notification_id: id,
    notification_type: message.type,
    icon: new URL(actor.avatarUrl ?? "/icons/icon-192.png", app.config.origin).href,
    title: cut(message.words.title, 100),
    body: cut(message.words.body, BODY_MAX),
  };
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
    languages: textsIn(account.languages),
    preferences: preferencesOf(account.preferences),
  };
}

async function post(
  app: App,
  row: PushRow,
  payload: Readonly<Record<string, unknown>>,
  notification: NotificationView,
): Promise<void> {
  // Loaded when the first message goes out: most servers start without needing it.
  const { default: webPush } = await import("web-push");
  const request = webPush.generateRequestDetails(
    { endpoint: row.endpoint, keys: { p256dh: row.p256dh, auth: row.auth } },
    JSON.stringify(payload),
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
