import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type PushId, type SessionId } from "../../domain/ids.ts";
import { NOTIFICATION_KINDS, type NotificationKind } from "../../domain/notification.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { insertPush, listPush, type PushRow, removePush, updatePushKinds } from "../../store/push.ts";
import { findSession } from "../../store/sessions.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { hashToken } from "../accounts/sessions.ts";

/** Browsers and apps of one account. */
export const MOST = 20;

/** Kinds that a device is told of when nobody chose: what somebody waits for, or wrote to this person. */
export const USUAL_PUSH_KINDS: readonly NotificationKind[] = [
  "mention",
  "reply",
  "quote",
  "follow",
  "follow_request",
  "follow_accepted",
  "interaction_request",
  "feature_request",
  "security",
  "report",
];

/** What a browser gives when it subscribes (W3C Push API). */
export type Subscribe = {
  readonly endpoint: string;
  /** P-256 public key, uncompressed, base64url. */
  readonly p256dh: string;
  /** 16 bytes, base64url. */
  readonly auth: string;
  /** `aes128gcm` (RFC 8291), or `aesgcm` for old browsers. */
  readonly encoding?: string | undefined;
  /** The session whose end is the subscription's end, by its token. */
  readonly sessionToken: string | null;
};

export type PushView = {
  readonly id: PushId;
  /** Host of the push service: says which browser it is, as well as can be known. */
  readonly host: string;
  readonly kinds: readonly NotificationKind[];
  readonly sessionId: SessionId | null;
  readonly createdAt: number;
  /** The app that asked for it; null for a browser, and for an app without a name. */
  readonly appName: string | null;
  readonly isApp: boolean;
  /** Since when messages do not arrive, ms. */
  readonly failingSince: number | null;
};

/** Tells a browser from now on. The same browser twice is one. @throws invalid, conflict when there are too many. */
export async function subscribePush(app: App, viewer: Viewer, command: Subscribe): Promise<void> {
  const endpoint = checkedEndpoint(app, command);
  const session =
    command.sessionToken === null ? undefined : await findSession(app.db, hashToken(command.sessionToken));
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const known = await listPush(tx, viewer.accountId);
    const endpointHash = hashEndpoint(endpoint);
    const before = known.find((row) => row.endpoint_hash === endpointHash);
    if (before === undefined && known.length >= MOST) throw new CausewayError("conflict", "error.push_many");
    await insertPush(tx, {
      id: before?.id ?? app.ids.next(),
      account_id: viewer.accountId,
      session_id: session?.session_id ?? null,
      token_id: null,
      endpoint,
      endpoint_hash: endpointHash,
      p256dh: command.p256dh,
      auth: command.auth,
      kinds: before?.kinds ?? known.find((row) => row.token_id === null)?.kinds ?? toJson(USUAL_PUSH_KINDS),
      locale: viewer.locale,
      encoding: command.encoding === "aesgcm" ? "aesgcm" : "aes128gcm",
      created_at: app.clock.now(),
      failing_since: null,
      policy: "all",
      sealed_token: null,
    });
  });
}

/** The address of a push service in its one spelling. @throws invalid `{ endpoint }` for what no push service or no key can be. */
export function checkedEndpoint(app: App, given: Pick<Subscribe, "endpoint" | "p256dh" | "auth">): string {
  const endpoint = safeHttpUrl(given.endpoint);
  const isSafe = endpoint !== null && (endpoint.startsWith("https:") || app.config.allowPrivateAddresses);
  if (!isSafe || bytesOf(given.p256dh) !== 65 || bytesOf(given.auth) !== 16)
    throw invalid({ endpoint: { key: "field.push" } });
  return endpoint;
}

/** By which an endpoint is found: it is a secret of the device. */
export function hashEndpoint(endpoint: string): string {
  return createHash("sha256").update(endpoint).digest("base64url");
}

function bytesOf(text: string): number {
  return /^[\w-]+={0,2}$/.test(text) ? Buffer.from(text, "base64url").length : 0;
}

/** Where the person is told. */
export async function listPushSubscriptions(app: App, viewer: Viewer): Promise<readonly PushView[]> {
  return (await listPush(app.db, viewer.accountId)).map(toView);
}

function toView(row: PushRow & { readonly app_name: string | null }): PushView {
  return {
    id: asId(row.id),
    host: new URL(row.endpoint).host,
    kinds: kindsOf(row.kinds),
    sessionId: row.session_id === null ? null : asId(row.session_id),
    createdAt: row.created_at,
    failingSince: row.failing_since,
    appName: row.app_name,
    isApp: row.token_id !== null,
  };
}

/** The kinds in the column of a subscription, as far as we know them. */
export function kindsOf(column: string): readonly NotificationKind[] {
  const kept = fromJson<readonly string[]>(column, []);
  return NOTIFICATION_KINDS.filter((kind) => kept.includes(kind));
}

/** Ends one of the person's subscriptions. @throws not_found for any other id. */
export async function unsubscribePush(app: App, viewer: Viewer, id: PushId): Promise<void> {
  if (!(await removePush(app.db, id, viewer.accountId))) throw notFound();
}

/** Chooses what all of the person's browsers are told of; apps choose for themselves. */
export async function choosePushKinds(app: App, viewer: Viewer, kinds: readonly string[]): Promise<void> {
  const chosen = NOTIFICATION_KINDS.filter((kind) => kinds.includes(kind));
  await updatePushKinds(app.db, viewer.accountId, toJson(chosen));
}
