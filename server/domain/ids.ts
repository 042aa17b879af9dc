// PURE: no I/O, no Hono, Fedify or Kysely. What Causeway is about, as types and plain functions.
// Everyone may import from here; this folder imports only itself and `text/`.
// `uri` = global identity, `url` = page for people, `id` = our own key. Never mixed.

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/**
 * Our own key: a time-ordered integer that fits a JavaScript safe integer,
 * 42 bits of milliseconds and 11 bits of sequence; a decimal string at the doors.
 */
export type Id<B extends string = string> = Brand<number, B>;
export type ActorId = Id<"actor">;
export type AccountId = Id<"account">;
export type NoteId = Id<"note">;
export type FollowId = Id<"follow">;
export type LikeId = Id<"like">;
export type AnnounceId = Id<"announce">;
export type BlockId = Id<"block">;
export type ReactionId = Id<"reaction">;
export type InteractionId = Id<"interaction">;
export type ActivityId = Id<"activity">;
export type ReportId = Id<"report">;
export type DecisionId = Id<"decision">;
export type AppealId = Id<"appeal">;
export type WithholdingId = Id<"withholding">;
export type RelayId = Id<"relay">;
export type AttachmentId = Id<"attachment">;
export type VoteId = Id<"vote">;
export type EmojiId = Id<"emoji">;
export type DraftId = Id<"draft">;
export type SessionId = Id<"session">;
export type InviteId = Id<"invite">;
export type PushId = Id<"push">;
export type TokenId = Id<"token">;
export type NotificationId = Id<"notification">;
export type NotificationRequestId = Id<"notification request">;
export type CollectionId = Id<"collection">;
export type CollectionItemId = Id<"collection item">;
export type PasskeyId = Id<"passkey">;

export const SEQUENCE_VALUES = 2048;
const DECIMAL_ID = /^[1-9][0-9]{0,15}$/;

/** Makes a branded id of a number that is known to be one (a column, a fresh id). */
export function asId<T extends Id>(value: number): T {
  return value as T;
}

/** Parses a decimal id from a URL or form; null when it cannot be one. */
export function parseId<T extends Id>(text: string | undefined): T | null {
  if (text === undefined || !DECIMAL_ID.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? (value as T) : null;
}

/** The smallest id of a millisecond; `sequence` 0..2047 orders ids inside it. */
export function idAt(ms: number, sequence = 0): number {
  return Math.max(0, Math.floor(ms)) * SEQUENCE_VALUES + (sequence % SEQUENCE_VALUES);
}

/** The millisecond at which an id was made. */
export function timeOfId(id: number): number {
  return Math.floor(id / SEQUENCE_VALUES);
}
