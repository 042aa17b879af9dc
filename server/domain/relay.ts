import type { RelayId } from "./ids.ts";

/**
 * How a relay is spoken to (FEP-ae0c): `mastodon` = Follow of Public, whole activities come and go; `litepub` = Follow of the
 * relay's actor, Announces come and go.
 */
export type RelayStyle = "mastodon" | "litepub";
export const RELAY_STYLES: readonly RelayStyle[] = ["mastodon", "litepub"];

/** `pending` until the relay answers. */
export type RelayState = "pending" | "accepted" | "rejected";

/** A server that passes public notes on between servers. */
export type Relay = {
  readonly id: RelayId;
  readonly inboxUri: string;
  /** Null until it answered, for `mastodon`. */
  readonly actorUri: string | null;
  readonly style: RelayStyle;
  readonly followUri: string;
  readonly state: RelayState;
  readonly createdAt: number;
};
