import { z } from "zod";
import type { Id } from "./ids.ts";
import { StandbyAgreement } from "./lifeboat.ts";

// What passes between a home and its standby: the records of segments, what is answered, why it stops.

/** An agreement, as this server counts them. */
export type StandbyId = Id<"standby">;

const uri = z.string().url().max(2_048);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const json = z.record(z.string(), z.unknown());
const MOST_HASHES = 200_000;
const SEALED_PATH = /^\/standby\/media\/[0-9a-f-]{36}\/\d{1,16}\/[0-9a-f]{64}$/;
const hashes = z.array(sha256).max(100);

/** The first line of a segment. */
export const SegmentHeader = z.object({
  type: z.literal("StandbySegment"),
  v: z.literal(1),
  agreement: StandbyAgreement.shape.id,
  /** Counts from 1. */
  seq: z.int().positive(),
  /** SHA-256 of the whole segment before; null for the first. */
  previous: sha256.nullable(),
  created: z.iso.datetime(),
});
export type SegmentHeader = z.infer<typeof SegmentHeader>;

/**
 * A file that a note or a profile shows; `path` is on the home's origin. Of a sealed note it is handed out sealed, to the
 * standby alone: then `sha256` is a name that says nothing of the file, and `size` is what it has at most.
 */
const MediaRecord = z.object({
  kind: z.literal("media"),
  actor: uri,
  /** The note, or the actor whose picture it is. */
  object: uri,
  sha256,
  mediaType: z.string().regex(/^(?:image|video|audio)\/[a-z0-9.+-]{1,60}$/),
  size: z.int().positive(),
  path: z.union([
    z.string().regex(/^\/media\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/),
    z.string().regex(SEALED_PATH),
  ]),
});

/** True for the path of a file that comes sealed. */
export function isSealedPath(path: string): boolean {
  return SEALED_PATH.test(path);
}

/** One line of a segment: what is known of a member now, or is no more. */
export const SegmentRecord = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("member"),
    /** The actor as it is served. */
    actor: json,
    handle: z.string().max(400),
    /** FEP-c390, when the member has a recovery phrase. */
    statement: json.nullable(),
    /** `age1…`, to which what only followers may read is sealed. */
    recipient: z
      .string()
      .regex(/^age1[a-z0-9]{20,2000}$/)
      .nullable(),
    /** Files of its pictures; the ones it had before go. */
    media: hashes,
  }),
  /** A public or unlisted note: its Create, with a proof by the member's own key (FEP-8b32). */
  z.object({ kind: z.literal("note"), actor: uri, object: uri, activity: json, media: hashes }),
  /** A note for followers: the same Create, encrypted with age to the member's recipient; base64. */
  z.object({
    kind: z.literal("sealed"),
    actor: uri,
    object: uri,
    media: hashes,
    age: z
      .string()
      .regex(/^[A-Za-z0-9+/]+=*$/)
      .max(4_000_000),
  }),
  z.object({ kind: z.literal("gone"), actor: uri, object: uri }),
  MediaRecord,
  /** An `EscapeKit` as it was signed; nothing of it may be lost in reading. */
  z.object({ kind: z.literal("kit"), actor: uri, kit: json }),
  /** Who followed somebody who approves their followers: SHA-256 of the salt and each uri. */
  z.object({
    kind: z.literal("followers"),
    actor: uri,
    salt: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
    hashes: z.array(sha256).max(MOST_HASHES),
  }),
  /** The member does not want this any more: everything of theirs goes. */
  z.object({ kind: z.literal("left"), actor: uri }),
  /** Everybody who takes part, after one of the two lost something: who is missing has left. */
  z.object({ kind: z.literal("roster"), actors: z.array(uri).max(100_000) }),
]);
export type SegmentRecord = z.infer<typeof SegmentRecord>;
export type MediaRecord = z.infer<typeof MediaRecord>;
export type RecordOf<K extends SegmentRecord["kind"]> = Extract<SegmentRecord, { readonly kind: K }>;

/** What a standby says of what it has; signed by nobody, since only its own home hears it. */
export const StandbyState = z.object({
  agreement: StandbyAgreement.shape.id,
  seq: z.int().min(0),
  head: sha256.nullable(),
  bytes: z.int().min(0),
  /** The accounts that are kept for members: all that the segment named. */
  members: z.array(z.object({ actor: uri, uri, handle: z.string().max(400) })).max(100_000),
});
export type StandbyState = z.infer<typeof StandbyState>;

/** The end of an agreement, signed by the instance actor of the side that ends it. */
export const StandbyEnd = z.object({
  type: z.literal("StandbyEnd"),
  v: z.literal(1),
  agreement: StandbyAgreement.shape.id,
  at: z.iso.datetime(),
});
export type StandbyEnd = z.infer<typeof StandbyEnd>;

/** How a server names itself to one that wants to be its home (`/.well-known/causeway/standby`). */
export const StandbyServer = z.object({
  type: z.literal("StandbyServer"),
  v: z.literal(1),
  actor: uri,
  name: z.string().max(200),
});

export type StandbyServer = z.infer<typeof StandbyServer>;

/**
 * Why nothing is replicated: the other side does not answer; refuses; has no room left; says that it has something else
 * than it was sent; names accounts that are not its own; has launched.
 */
export const STANDBY_FAULTS = ["unreachable", "refused", "full", "head", "uri", "launched"] as const;
export type StandbyFault = (typeof STANDBY_FAULTS)[number];

/** Bytes of a segment: what is aimed at, and what is taken at most. */
export const SEGMENT_BYTES = { aim: 512 * 1024, most: 24 * 1024 * 1024 } as const;
/** Records of a segment at most. */
export const SEGMENT_RECORDS = 2_000;
/** Everything of a home is deleted this long after the agreement ended, ms. */
export const KEPT_AFTER_END_MS = 14 * 86_400_000;

/**
 * True while trustees may launch under an agreement: it holds, or ended a short while ago. Whoever seizes a home can end its
 * agreements, and must not end its rescue with them.
 */
export function isLaunchable(
  agreement: {
    readonly state: string;
    readonly agreed_at: number | null;
    readonly ended_at: number | null;
  },
  now: number,
): boolean {
  if (agreement.state === "agreed") return true;
  const { agreed_at: agreedAt, ended_at: endedAt } = agreement;
  return agreement.state === "ended" && agreedAt !== null && now - (endedAt ?? 0) < KEPT_AFTER_END_MS;
}
/** Another did:key than the one that was first named counts after this time, ms: whoever seizes a home cannot take accounts. */
export const DID_WAIT_MS = 7 * 86_400_000;
