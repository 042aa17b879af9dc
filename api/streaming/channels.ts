// Streams: what is happening, sent to whoever keeps a connection open, by WebSocket or as server-sent events.
// channels.ts names what one can listen to; registry.ts knows who does; tell.ts turns a happening into frames; sockets.ts and
// events.ts are the two ways in. Part of api/: may import what api/ may, and `ws` in sockets.ts alone.

import type { App } from "../../server/context.ts";
import { asId, parseId } from "../../server/domain/ids.ts";
import type { ListId } from "../../server/domain/list.ts";
import { coversScope } from "../../server/domain/scope.ts";
import { CausewayError, invalid } from "../../server/errors.ts";
import type { TokenHolder } from "../../server/services/clients/tokens.ts";
import { viewList } from "../../server/services/lists/lists.ts";
import { isTag, normalizeTag, normalizeText } from "../../server/text/entities.ts";

/** Something one can listen to. */
export type Channel =
  | { readonly kind: "user" | "notifications" | "direct" }
  | { readonly kind: "public"; readonly from: "all" | "local" | "remote"; readonly mediaOnly: boolean }
  | { readonly kind: "hashtag"; readonly tag: string; readonly localOnly: boolean }
  | { readonly kind: "list"; readonly listId: ListId };

/** A channel as a client asked for it: `names` is what it is called in each frame, `key` the same for the same channel. */
export type Subscription = {
  readonly key: string;
  readonly names: readonly string[];
  readonly channel: Channel;
};

/** What a client sends to name a channel. */
export type Wanted = {
  readonly stream: string;
  readonly tag?: string | undefined;
  readonly list?: string | undefined;
};

const PLAIN: Readonly<Record<string, Channel>> = {
  user: { kind: "user" },
  "user:notification": { kind: "notifications" },
  direct: { kind: "direct" },
  public: { kind: "public", from: "all", mediaOnly: false },
  "public:local": { kind: "public", from: "local", mediaOnly: false },
  "public:remote": { kind: "public", from: "remote", mediaOnly: false },
  "public:media": { kind: "public", from: "all", mediaOnly: true },
  "public:local:media": { kind: "public", from: "local", mediaOnly: true },
  "public:remote:media": { kind: "public", from: "remote", mediaOnly: true },
};

/** Every stream there is. */
export const STREAMS = [
  "user",
  "user:notification",
  "direct",
  "public",
  "public:local",
  "public:remote",
  "public:media",
  "public:local:media",
  "public:remote:media",
  "hashtag",
  "hashtag:local",
  "list",
] as const;

/** Reads what a client wants to listen to, without asking whether it may. @throws invalid with fields */
export function toSubscription({ stream, tag, list }: Wanted): Subscription {
  const plain = Object.hasOwn(PLAIN, stream) ? PLAIN[stream] : undefined;
  if (plain !== undefined) return { key: stream, names: [stream], channel: plain };
  if (stream === "hashtag" || stream === "hashtag:local") {
    const name = normalizeText(tag ?? "")
      .trim()
      .replace(/^[#＃]/, "");
    if (!isTag(name)) throw invalid({ tag: { key: "field.tag_form" } });
    const channel: Channel = {
      kind: "hashtag",
      tag: normalizeTag(name),
      localOnly: stream === "hashtag:local",
    };
    return { key: `${stream}:${channel.tag}`, names: [stream, tag ?? ""], channel };
  }
  if (stream === "list") {
    const listId = parseId<ListId>(list ?? "");
    if (listId === null) throw invalid({ list: { key: "error.invalid" } });
    return { key: `list:${listId}`, names: ["list", String(listId)], channel: { kind: "list", listId } };
  }
  throw invalid({ stream: { key: "error.stream_unknown" } });
}

/** What a token has to allow for a channel. */
export function scopeOf({ kind }: Channel): string {
  if (kind === "notifications") return "read:notifications";
  return kind === "list" ? "read:lists" : "read:statuses";
}

/**
 * Whether somebody may listen to a channel: visitors to what everybody reads, apps of nobody too, people to what is theirs.
 * @throws unauthenticated, forbidden, not_found for lists of others
 */
export async function requireMayListen(
  app: App,
  holder: TokenHolder | null,
  { channel }: Subscription,
): Promise<void> {
  const isForAll = channel.kind === "public" || channel.kind === "hashtag";
  const viewer = holder?.viewer ?? null;
  if (viewer === null && !isForAll)
    throw new CausewayError("unauthenticated", holder === null ? "error.token" : "error.token_of_app");
  if (holder !== null && !mayRead(holder, channel)) throw new CausewayError("forbidden", "error.scope");
  if (channel.kind === "list" && viewer !== null) await viewList(app, viewer, asId(channel.listId));
}

/** A list is read like any timeline: `read:lists`, or what reads statuses. */
function mayRead({ scopes }: TokenHolder, channel: Channel): boolean {
  return (
    coversScope(scopes, scopeOf(channel)) || (channel.kind === "list" && coversScope(scopes, "read:statuses"))
  );
}
