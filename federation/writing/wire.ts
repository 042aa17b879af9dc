import type { Object as AsObject } from "@fedify/vocab";
import { isoTime } from "../../server/context.ts";
import { canonicalJson } from "../../server/domain/canonical-json.ts";
import { toBase58 } from "../../server/domain/multibase.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";
import { loadContext } from "../reading/contexts.ts";
import { isJson, listOf, typesOf, type Json } from "../reading/json.ts";
import { contextOf } from "./context.ts";
import type { SigningKey } from "../delivery/message.ts";

type Terms = Readonly<Record<string, unknown>>;

/**
 * What documents say that Fedify's vocabulary has no word for, in terms of `context.ts`. A term that is null is left
 * out; one that the vocabulary wrote is replaced.
 */
export type Extras = {
  /** For the note itself, by itself or as the object of an activity. */
  readonly note?: Terms;
  /** For its attachments, by their address. */
  readonly attachments?: Readonly<Record<string, Terms>>;
  /** Hangs on the note behind its attachments: the link that it shows a card of (FEP-8967). */
  readonly card?: Terms | null;
  /** For the actor itself. */
  readonly actor?: Terms;
  /** Hangs on the actor behind its fields, byte for byte: it is signed by itself (FEP-c390). */
  readonly attached?: readonly Terms[];
  /** For the outermost object, whatever it is. */
  readonly top?: Terms;
};

/** Always lists: several servers read a single value of these as nothing, or as letters. */
const LISTS: ReadonlySet<string> = new Set([
  "to",
  "cc",
  "tag",
  "attachment",
  "alsoKnownAs",
  "assertionMethod",
  "orderedItems",
  "items",
]);
const NOTE_WORDS: ReadonlySet<string> = new Set(["Note", "Article", "Question"]);
const AUDIENCE: ReadonlySet<string> = new Set(["to", "cc"]);

/** An object as it goes over the wire. */
export async function toWire(object: AsObject, extras: Extras = {}): Promise<Json> {
  const json: unknown = await object.toJsonLd({ contextLoader: loadContext });
  if (!isJson(json)) throw new TypeError("an object is written as a JSON object");
  return finishWire(json, extras);
}

/** The last touches to JSON that the vocabulary wrote: our context, lists, full Public IRI, what it has no words for. */
export function finishWire(json: Json, extras: Extras = {}): Json {
  const plain = finished(json, extras);
  const document = { ...plain, ...given(extras.top) };
  return { "@context": contextOf(document), ...document };
}

/**
 * Adds an object integrity proof (FEP-8b32, eddsa-jcs-2022) over exactly what is sent. Fedify signs its own rendering of
 * an object, which is not what `finishWire` makes of it.
 */
export async function withProof(json: Json, key: SigningKey, now: number): Promise<Json> {
  const proof = {
    // Part of what is signed, and sent too: several verifiers hash the options exactly as they came (section 3.3.1 of the
    // EdDSA cryptosuites has it so).
    "@context": json["@context"],
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    verificationMethod: key.keyId,
    proofPurpose: "assertionMethod",
    // Whole seconds: verifiers that parse and print the time again drop empty fractions.
    created: isoTime(now).replace(/\.\d{3}Z$/, "Z"),
  };
  const hashes = await Promise.all([sha256(proof), sha256(json)]);
  const signed = new Uint8Array(64);
  hashes.forEach((hash, index) => signed.set(hash, index * 32));
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, signed));
  const proofValue = toBase58(signature);
  return { ...json, proof: { ...proof, proofValue } };
}

async function sha256(value: unknown): Promise<Uint8Array> {
  return new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJson(value))),
  );
}

function finished(json: Json, extras: Extras): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    // The vocabulary gives the items of some collections contexts of their own; ours, above all of it, has their terms.
    if (key === "@context") continue;
    const inner = deep(value, extras);
    const items = listOf(inner).map((item) =>
      AUDIENCE.has(key) ? publicInFull(item) : plainItem(key, item),
    );
    result[key] = LISTS.has(key) ? items : inner;
  }
  if (isNoteItself(json)) addToNote(result, extras);
  if (json["publicKey"] !== undefined) addToActor(result, extras);
  // An empty page says that it is empty: without its list it could as well be one that nobody may read.
  if (typesOf(json).includes("CollectionPage")) result["items"] ??= [];
  if (typesOf(json).includes("OrderedCollectionPage")) result["orderedItems"] ??= [];
  return result;
}

/** Options of a poll and previews of articles are Notes too, but have no ids. */
function isNoteItself(json: Json): boolean {
  return json["id"] !== undefined && typesOf(json).some((type) => NOTE_WORDS.has(type));
}

function deep(value: unknown, extras: Extras): unknown {
  if (Array.isArray(value)) return value.map((item) => deep(item, extras));
  return isJson(value) ? finished(value, extras) : value;
}

/** What a collection lists without saying what it is, is listed by its id: the vocabulary has no other way to say it. */
function plainItem(key: string, item: unknown): unknown {
  const isReference = /^(?:orderedItems|items)$/.test(key) && isJson(item) && item["type"] === "Object";
  return isReference ? item["id"] : item;
}

function publicInFull(item: unknown): unknown {
  return item === "as:Public" || item === "Public" ? PUBLIC_COLLECTION : item;
}

function given(terms: Terms | undefined): Terms {
  return Object.fromEntries(Object.entries(terms ?? {}).filter(([, value]) => value !== null));
}

function addToActor(actor: Record<string, unknown>, extras: Extras): void {
  // Mastodon's Move asks for the list even when it is empty.
  actor["alsoKnownAs"] ??= [];
  Object.assign(actor, given(extras.actor));
  const { attached = [] } = extras;
  if (attached.length > 0) actor["attachment"] = [...listOf(actor["attachment"]), ...attached];
}

function addToNote(note: Record<string, unknown>, extras: Extras): void {
  Object.assign(note, given(extras.note));
  const withTerms = (item: unknown): unknown => {
    const terms =
      isJson(item) && typeof item["url"] === "string" ? extras.attachments?.[item["url"]] : undefined;
    return isJson(item) && terms !== undefined ? { ...item, ...given(terms) } : item;
  };
  if (note["attachment"] !== undefined) note["attachment"] = listOf(note["attachment"]).map(withTerms);
  const { card } = extras;
  if (card !== undefined && card !== null) note["attachment"] = [...listOf(note["attachment"]), card];
}
