import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type PushId } from "../../domain/ids.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  findPushOfToken,
  insertPush,
  listPush,
  type PushRow,
  removePushOfToken,
  updatePush,
} from "../../store/push.ts";
import { checkedEndpoint, hashEndpoint, kindsOf, MOST, type Subscribe } from "./subscriptions.ts";

/** Of whom an app is told: everybody, those whom the person follows, those who follow the person, nobody. */
export const PUSH_POLICIES = ["all", "followed", "follower", "none"] as const;
export type PushPolicy = (typeof PUSH_POLICIES)[number];

/** What an app gives when it subscribes. */
export type SubscribeApp = Pick<Subscribe, "endpoint" | "p256dh" | "auth" | "encoding"> & {
  readonly tokenId: number;
  /** The token itself: it comes back with each message, since apps know by it which of their accounts is meant. */
  readonly token: string;
  readonly kinds: readonly NotificationKind[];
  readonly policy: PushPolicy;
  /** Language tag in which the app would like to be told, null = the person's. */
  readonly locale: string | null;
};

export type AppPushView = {
  readonly id: PushId;
  readonly endpoint: string;
  readonly encoding: "aes128gcm" | "aesgcm";
  readonly kinds: readonly NotificationKind[];
  readonly policy: PushPolicy;
};

/** What a token is sealed for. */
export const PUSH_TOKEN = "push-token";

/** Tells an app from now on; what its token had subscribed before ends. @throws invalid, conflict when there are too many. */
export async function subscribeApp(app: App, viewer: Viewer, command: SubscribeApp): Promise<AppPushView> {
  const endpoint = checkedEndpoint(app, command);
  const sealedToken = await app.vault.seal(command.token, PUSH_TOKEN);
  const row = {
    id: app.ids.next(),
    account_id: viewer.accountId,
    session_id: null,
    token_id: command.tokenId,
    endpoint,
    endpoint_hash: hashEndpoint(endpoint),
    p256dh: command.p256dh,
    auth: command.auth,
    kinds: toJson(command.kinds),
    locale: command.locale,
    encoding: command.encoding === "aesgcm" ? "aesgcm" : "aes128gcm",
    created_at: app.clock.now(),
    failing_since: null,
    policy: command.policy,
    sealed_token: sealedToken,
  };
  return await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await removePushOfToken(tx, command.tokenId);
    const known = await listPush(tx, viewer.accountId);
    if (known.length >= MOST && known.every((one) => one.endpoint_hash !== row.endpoint_hash))
      throw new CausewayError("conflict", "error.push_many");
    await insertPush(tx, row);
    return toView((await findPushOfToken(tx, command.tokenId)) ?? { ...row });
  });
}

function toView(row: Pick<PushRow, "id" | "endpoint" | "encoding" | "kinds" | "policy">): AppPushView {
  return {
    id: asId(row.id),
    endpoint: row.endpoint,
    encoding: row.encoding === "aesgcm" ? "aesgcm" : "aes128gcm",
    kinds: kindsOf(row.kinds),
    policy: PUSH_POLICIES.find((one) => one === row.policy) ?? "all",
  };
}

/** What a token has subscribed. @throws not_found when it is nothing. */
export async function viewAppPush(app: App, tokenId: number): Promise<AppPushView> {
  const row = await findPushOfToken(app.db, tokenId);
  if (row === undefined) throw notFound();
  return toView(row);
}

/** Chooses anew what an app is told. @throws not_found when it has not subscribed. */
export async function changeAppPush(
  app: App,
  tokenId: number,
  change: {
    readonly kinds?: readonly NotificationKind[] | undefined;
    readonly policy?: PushPolicy | undefined;
  },
): Promise<AppPushView> {
  const { id } = await viewAppPush(app, tokenId);
  await updatePush(app.db, id, {
    ...(change.kinds === undefined ? {} : { kinds: toJson(change.kinds) }),
    ...(change.policy === undefined ? {} : { policy: change.policy }),
  });
  return await viewAppPush(app, tokenId);
}

/** Ends what a token has subscribed; nothing when it has not. */
export async function unsubscribeApp(app: App, tokenId: number): Promise<void> {
  await removePushOfToken(app.db, tokenId);
}
