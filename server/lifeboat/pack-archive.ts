import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { LifeboatManifest } from "../domain/lifeboat.ts";
import { LISTS, PLACES, placeOfList } from "./archive-format.ts";
import { addProof, type ProofSigner, type Signed } from "./proofs.ts";
import { END_BYTES, paddingOf, roomOf, toTarHeader } from "./tar.ts";

/** A file that goes into a lifeboat: measured before, and read while it is packed. */
export type Piece = {
  readonly path: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
};

/** Thrown when a file is not any more what was measured: measure again. */
export class PieceChanged extends Error {
  constructor(path: string) {
    super(`${path} changed while it was packed`);
    this.name = "PieceChanged";
  }
}

/** A manifest without the list of its files, which packing adds. */
export type ManifestFacts = Omit<LifeboatManifest, "files" | "type" | "v">;

/** A signed manifest, and the bytes that stand for it in the archive. */
export type SignedManifest = { readonly document: Signed; readonly text: string };

/** Signs a manifest over pieces in the order in which they will be packed. `signers` in the order of their proofs. */
export function signManifest(
  facts: ManifestFacts,
  pieces: readonly Piece[],
  signers: readonly ProofSigner[],
): SignedManifest {
  const files = pieces.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
  const manifest: Signed = { type: "Lifeboat", v: 1, ...facts, files };
  const created = facts.created.replace(/\.\d{3}Z$/, "Z");
  const document = signers.reduce((json, signer) => addProof(json, signer, created), manifest);
  return { document, text: manifestText(document) };
}

/** How a manifest is written: two texts of one manifest do not both count. */
export function manifestText(document: Signed): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** What the next lifeboat calls its `previous`: SHA-256 of the manifest with its proofs, canonical JSON, hex. */
export function manifestHash(document: Signed): string {
  return createHash("sha256").update(canonicalJson(document)).digest("hex");
}

/** Seconds since 1970 of an ISO time, for headers. */
export function secondsOf(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/** Bytes of the whole archive before it is sealed. */
export function sizeOfArchive(manifest: SignedManifest, pieces: readonly Piece[]): number {
  const sizes = [Buffer.byteLength(manifest.text), ...pieces.map(({ size }) => size)];
  return sizes.reduce((sum, size) => sum + roomOf(size), END_BYTES);
}

/**
 * The archive as a stream: FEP-6fcd's list, the manifest, and the other pieces, each proved to be still what the manifest
 * says. `onPiece` hears of each that is packed. @throws PieceChanged
 */
export async function* packArchive(
  manifest: SignedManifest,
  pieces: readonly Piece[],
  onPiece: (piece: Piece) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const time = secondsOf(String(manifest.document["created"]));
  for (const [index, piece] of pieces.entries()) {
    // FEP-6fcd's list is the first of the pieces, and its readers expect it first.
    if (index === 1) yield* packText(PLACES.manifest, manifest.text, time);
    yield toTarHeader({ path: piece.path, size: piece.size, time });
    yield* proved(piece);
    yield Buffer.alloc(paddingOf(piece.size));
    onPiece(piece);
  }
  yield Buffer.alloc(END_BYTES);
}

function* packText(path: string, text: string, time: number): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  yield toTarHeader({ path, size: bytes.length, time });
  yield bytes;
  yield Buffer.alloc(paddingOf(bytes.length));
}

async function* proved(piece: Piece): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of piece.open()) {
    size += chunk.length;
    if (size > piece.size) throw new PieceChanged(piece.path);
    hash.update(chunk);
    yield chunk;
  }
  if (size !== piece.size || hash.digest("hex") !== piece.sha256) throw new PieceChanged(piece.path);
}

/** A piece whose bytes are in memory. */
export function pieceOf(path: string, bytes: Uint8Array): Piece {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    path,
    size: bytes.length,
    sha256,
    async *open() {
      yield bytes;
    },
  };
}

/** FEP-6fcd's list of what is where, for people and for programs that know nothing of lifeboats. */
export function readableManifest(
  facts: Pick<ManifestFacts, "actor" | "handle" | "instance" | "created">,
  paths: readonly string[],
): string {
  const quoted = (text: string) => JSON.stringify(text);
  const files = (folder: string) =>
    paths
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1))
      .filter((name) => DOCUMENTS[name] !== undefined)
      .flatMap((name) => [`      ${name}:`, `        url: ${quoted(DOCUMENTS[name] ?? "")}`]);
  const folders = ["activitypub", "media", "escape", "key"].filter((folder) =>
    paths.some((path) => path.startsWith(`${folder}/`)),
  );
  return `${[
    `ubc-version: "0.1"`,
    "meta:",
    `  created: ${quoted(facts.created)}`,
    "  createdBy:",
    "    client:",
    `      name: "Causeway"`,
    `      url: ${quoted(facts.instance)}`,
    `  actor: ${quoted(facts.actor)}`,
    `  handle: ${quoted(facts.handle)}`,
    "contents:",
    "  manifest.yml:",
    `    url: "https://w3id.org/fep/6fcd#manifest-file"`,
    "  manifest.json:",
    `    url: "https://w3id.org/fep/8b32"`,
    ...folders.flatMap((folder) => {
      const inside = files(folder);
      return [`  ${folder}:`, ...(inside.length > 0 ? ["    contents:", ...inside] : ["    contents: {}"])];
    }),
  ].join("\n")}\n`;
}

const LIST_URL = "https://docs.joinmastodon.org/user/moving/#export";
/** What each document is, by an address that says so. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "actor.json": "https://www.w3.org/TR/activitypub/#actor-objects",
  "instance.json": "https://www.w3.org/TR/activitypub/#actor-objects",
  "outbox.ndjson": "https://www.w3.org/TR/activitystreams-vocabulary/#dfn-create",
  "media.json": "https://w3id.org/fep/1311",
  "main-key.json": "https://w3id.org/security#Key",
  "ed25519-key.json": "https://www.w3.org/TR/cid-1.0/#Multikey",
  ...Object.fromEntries(LISTS.map((name) => [placeOfList(name).slice("activitypub/".length), LIST_URL])),
};
