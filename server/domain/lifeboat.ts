import { z } from "zod";
import type { Id } from "./ids.ts";

// The documents of a lifeboat and of a launch, as they are signed, kept in files and sent. Whatever reads one of them from
// outside parses it with the schema here first; signatures are checked by server/lifeboat/.

export type LifeboatId = Id<"lifeboat">;

const uri = z.string().url().max(2_048);
const did = z.string().startsWith("did:key:z").max(200);
const time = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A document that somebody signed and that is sent byte for byte as it is: nothing of it may be lost in reading. */
const document = z.record(z.string(), z.unknown());

/** What belongs together as a kind of server when a Move is to be understood there. */
export const MOVE_FORMS = ["move", "embedded", "update"] as const;
/**
 * How an escape is told: `move` is an ordinary Move, `embedded` a Move with the old actor as its object (servers on Fedify
 * that would fetch it), `update` an Update of the old actor with `movedTo` (Misskey and its forks).
 */
export type MoveForm = (typeof MOVE_FORMS)[number];

/** One server with followers: one inbox is enough, since a server moves all its followers at once. */
export const KitPeer = z.object({
  host: z.string().max(255),
  inbox: uri,
  /** As NodeInfo names it; null when it was never learnt. */
  software: z.string().max(100).nullable(),
  /** How many people there followed when the kit was made. */
  followers: z.int().min(0),
});
export type KitPeer = z.infer<typeof KitPeer>;

/**
 * A sealed escape: messages that the old actor's key signed in advance, each for one fixed new home. Useless before that
 * home names the old actor among its aliases.
 */
export const EscapeKit = z.object({
  type: z.literal("EscapeKit"),
  v: z.literal(1),
  /** The actor that leaves. */
  old: uri,
  handle: z.string().max(400),
  /** The key that sealed: other servers have to know it by this id still. */
  keyId: uri,
  sealedAt: time,
  /** For each new home that was agreed on: the messages, signed (RsaSignature2017, which does not expire). */
  homes: z
    .array(z.object({ new: uri, move: document, embedded: document, update: document }))
    .min(1)
    .max(8),
  peers: z.array(KitPeer).max(100_000),
});
export type EscapeKit = z.infer<typeof EscapeKit>;

/** What two owners agreed on; signed by the instance actors of both (`<actor>#ed25519-key`). */
export const StandbyAgreement = z.object({
  type: z.literal("StandbyAgreement"),
  v: z.literal(1),
  id: z.string().startsWith("urn:uuid:").max(60),
  /** Origins, and the instance actors that sign for them. */
  home: uri,
  homeActor: uri,
  standby: uri,
  standbyActor: uri,
  since: time,
  scope: z.array(z.enum(["public", "followers"])),
  /** What the standby keeps at most of this home, media included. */
  maxBytes: z.int().positive(),
  /** People who may together decide that the home is lost; each did:key once. */
  trustees: z.array(did).max(25),
  /** How many of them it takes. */
  threshold: z.int().min(1).max(25),
  /** How long everybody can see that a launch was ordered before it begins. */
  waitHours: z.int().min(0).max(168),
});
export type StandbyAgreement = z.infer<typeof StandbyAgreement>;

export const LAUNCH_REASONS = ["domain_lost", "host_lost", "seized", "leaving", "drill"] as const;
export type LaunchReason = (typeof LAUNCH_REASONS)[number];

/** The decision that a home is lost; signed by trustees of the agreement, each with their did:key. */
export const EvacuationOrder = z.object({
  type: z.literal("EvacuationOrder"),
  v: z.literal(1),
  id: z.string().startsWith("urn:uuid:").max(60),
  agreement: z.string().startsWith("urn:uuid:").max(60),
  home: uri,
  standby: uri,
  reason: z.enum(LAUNCH_REASONS),
  at: time,
});
export type EvacuationOrder = z.infer<typeof EvacuationOrder>;

/** The home says that it is there, and that nobody has to launch; signed by its instance actor. */
export const LaunchObjection = z.object({
  type: z.literal("LaunchObjection"),
  v: z.literal(1),
  /** The order that is objected to. */
  order: z.string().startsWith("urn:uuid:").max(60),
  home: uri,
  at: time,
});
export type LaunchObjection = z.infer<typeof LaunchObjection>;

/** Where somebody is now, for those whom no Move reached; signed by the did:key of the person, or of the trustees. */
export const SuccessorNotice = z.object({
  type: z.literal("SuccessorNotice"),
  v: z.literal(1),
  old: uri,
  new: uri,
  /** The person's did:key as the old actor published it; null when it never did. */
  subject: did.nullable(),
  /** The order that decided, when the person did not; embedded with its proofs. */
  order: document.nullable(),
  at: time,
});
export type SuccessorNotice = z.infer<typeof SuccessorNotice>;

/** What may be in a lifeboat beside public notes, media and lists. */
export const LIFEBOAT_PARTS = ["followers_only", "followers", "keys", "kit"] as const;
export type LifeboatPart = (typeof LIFEBOAT_PARTS)[number];

/** What a lifeboat holds, file by file; signed by the actor's key, the instance's, and the person's did:key. */
export const LifeboatManifest = z.object({
  type: z.literal("Lifeboat"),
  v: z.literal(1),
  actor: uri,
  handle: z.string().max(400),
  /** Origin of the server that made it. */
  instance: uri,
  /** Counts the lifeboats of this account. */
  seq: z.int().positive(),
  /** SHA-256 of the manifest before (its canonical JSON with its proofs); null for the first. */
  previous: sha256.nullable(),
  created: time,
  /** Every other file, in the order of the archive. */
  files: z.array(z.object({ path: z.string().max(300), size: z.int().min(0), sha256 })),
  counts: z.object({ notes: z.int().min(0), media: z.int().min(0) }),
  /** What is inside beside public notes. */
  includes: z.array(z.enum(LIFEBOAT_PARTS)),
  /** A `LifeboatDelegation`, when the did:key had another key sign; null when it signed by itself, or not at all. */
  delegation: document.nullable(),
});
export type LifeboatManifest = z.infer<typeof LifeboatManifest>;

/**
 * Lets a key that exists for one lifeboat sign it for a did:key, which signs this: a lifeboat is made in the background, and
 * the phrase behind the did:key is not kept until then.
 */
export const LifeboatDelegation = z.object({
  type: z.literal("LifeboatDelegation"),
  v: z.literal(1),
  subject: did,
  /** The did:key of the key that signs. */
  key: did,
  actor: uri,
  seq: z.int().positive(),
});
export type LifeboatDelegation = z.infer<typeof LifeboatDelegation>;

/** What `media/media.json` says of the files beside it. */
export const LifeboatMedia = z.object({
  files: z
    .array(
      z.object({
        path: z.string().max(300),
        sha256,
        size: z.int().min(0),
        mediaType: z.string().max(100),
        /** Where it was served: what notes and the actor name it by. */
        url: uri,
        use: z.enum(["attachment", "cover", "captions", "avatar", "header"]),
        alt: z.string().max(20_000),
        focalPoint: z.tuple([z.number(), z.number()]).nullable(),
        blurhash: z.string().max(200).nullable(),
        width: z.int().min(0).nullable(),
        height: z.int().min(0).nullable(),
        durationMs: z.int().min(0).nullable(),
        /** Of captions. */
        language: z.string().max(60).nullable(),
      }),
    )
    .max(100_000),
  /** Addresses whose files were not there any more when the lifeboat was made. */
  missing: z.array(uri),
});
export type LifeboatMedia = z.infer<typeof LifeboatMedia>;

/** Somebody's did:key on their actor (FEP-c390); `proof.verificationMethod` is the subject itself. */
export const IdentityStatement = z.object({
  type: z.literal("VerifiableIdentityStatement"),
  subject: did,
  alsoKnownAs: uri,
  proof: document,
});
export type IdentityStatement = z.infer<typeof IdentityStatement>;
