import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { toDidKey } from "../../server/lifeboat/did-key.ts";
import { makeStatement } from "../../server/lifeboat/identity.ts";
import {
  type ManifestFacts,
  packArchive,
  type Piece,
  pieceOf,
  readableManifest,
  signManifest,
  type SignedManifest,
} from "../../server/lifeboat/pack-archive.ts";
import { PLACES, placeOfMedia } from "../../server/lifeboat/archive-format.ts";
import { keysOfPhrase, newPhrase, type PhraseKeys } from "../../server/lifeboat/phrase.ts";
import { addProof, type ProofSigner, type Signed } from "../../server/lifeboat/proofs.ts";

// A lifeboat that no instance made, so that a test can get everything wrong in it.

const CREATED = "2026-05-01T10:00:00Z";
const HOME = "https://home.test";
export const ACTOR = `${HOME}/users/7`;

/** An Ed25519 key under the id that an actor's document gives it. */
export function aSigner(actor: string): ProofSigner & { readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { verificationMethod: `${actor}#ed25519-key`, privateKey, publicKey };
}

export type Sample = {
  readonly bytes: Buffer;
  readonly manifest: SignedManifest;
  readonly pieces: readonly Piece[];
  readonly phrase: string;
  readonly keys: PhraseKeys;
  readonly signer: ProofSigner;
  readonly instanceSigner: ProofSigner;
};

export type SampleOptions = {
  readonly phrase?: string;
  readonly notes?: number;
  readonly media?: readonly Buffer[];
  /** Changes the lines of the outbox before they are hashed. */
  readonly lines?: (lines: readonly string[], signer: ProofSigner) => readonly string[];
  /** Changes the pieces before the manifest is signed. */
  readonly pieces?: (pieces: readonly Piece[]) => readonly Piece[];
  readonly facts?: Partial<ManifestFacts>;
  readonly signers?: (signers: readonly ProofSigner[]) => readonly ProofSigner[];
};

/** A good lifeboat, unless the options make it a bad one. */
export async function aSample(options: SampleOptions = {}): Promise<Sample> {
  const phrase = options.phrase ?? newPhrase();
  const keys = await keysOfPhrase(phrase);
  if (keys === null) throw new Error("A new phrase has keys.");
  const signer = aSigner(ACTOR);
  const instanceSigner = aSigner(`${HOME}/users/1`);
  const actor = anActor(ACTOR, signer, [makeStatement(keys, ACTOR, CREATED)]);
  const instance = anActor(`${HOME}/users/1`, instanceSigner, []);
  const notes = Array.from({ length: options.notes ?? 3 }, (_, index) => aCreate(index, signer));
  const lines = (options.lines ?? ((same) => same))(
    notes.map((note) => JSON.stringify(note)),
    signer,
  );
  const media = options.media ?? [Buffer.from("a picture")];
  const facts: ManifestFacts = {
    actor: ACTOR,
    handle: "@ann@home.test",
    instance: HOME,
    seq: 1,
    previous: null,
    created: CREATED,
    counts: { notes: lines.length, media: media.length },
    includes: [],
    delegation: null,
    ...options.facts,
  };
  const rest = [
    pieceOf(PLACES.actor, json(actor)),
    pieceOf(PLACES.instance, json(instance)),
    pieceOf(PLACES.outbox, Buffer.from(lines.map((line) => `${line}\n`).join(""))),
    pieceOf("activitypub/following_accounts.csv", Buffer.from("Account address,Show boosts\n")),
    pieceOf(PLACES.media, json(mediaList(media))),
    ...media.map((bytes) => pieceOf(placeOfMedia(sha256(bytes), "image/png"), bytes)),
  ];
  const readable = readableManifest(
    facts,
    rest.map(({ path }) => path),
  );
  const good = [pieceOf(PLACES.readable, Buffer.from(readable)), ...rest];
  const pieces = (options.pieces ?? ((same) => same))(good);
  const signers = [signer, instanceSigner, keys.signer];
  const manifest = signManifest(facts, pieces, (options.signers ?? ((same) => same))(signers));
  const bytes = await bytesOf(packArchive(manifest, pieces));
  return { bytes, manifest, pieces, phrase, keys, signer, instanceSigner };
}

/** Everything of a stream. */
export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** A stream of some bytes, in pieces that fit nothing. */
export async function* streamOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** SHA-256 in hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A Create as an outbox has it, proved. */
export function aCreate(index: number, signer: ProofSigner, more: Signed = {}): Signed {
  const id = `${HOME}/notes/${index + 1}`;
  const object = { type: "Note", id, attributedTo: ACTOR, content: `<p>Note ${index} 你好</p>` };
  const create = {
    "@context": "https://www.w3.org/ns/activitystreams",
    type: "Create",
    id: `${id}#create`,
    actor: ACTOR,
    to: ["https://www.w3.org/ns/activitystreams#Public"],
    object,
    ...more,
  };
  return addProof(create, signer, CREATED);
}

function anActor(id: string, signer: ReturnType<typeof aSigner>, attachment: readonly unknown[]): Signed {
  const method = {
    type: "Multikey",
    id: signer.verificationMethod,
    controller: id,
    publicKeyMultibase: toDidKey(signer.publicKey).slice("did:key:".length),
  };
  return addProof({ type: "Person", id, attachment, assertionMethod: [method] }, signer, CREATED);
}

function mediaList(media: readonly Buffer[]) {
  const files = media.map((bytes) => ({
    path: placeOfMedia(sha256(bytes), "image/png"),
    sha256: sha256(bytes),
    size: bytes.length,
    mediaType: "image/png",
    url: `${HOME}/media/${sha256(bytes).slice(0, 24)}.png`,
    use: "attachment",
    alt: "A picture",
    focalPoint: null,
    blurhash: null,
    width: 1,
    height: 1,
    durationMs: null,
    language: null,
  }));
  return { files, missing: [] };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
