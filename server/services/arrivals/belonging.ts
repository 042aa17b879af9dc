import { createHash, type KeyObject } from "node:crypto";
import type { App } from "../../context.ts";
import type { ReceivedActor } from "../../domain/actor.ts";
import type { ArrivalGround } from "../../domain/arrival.ts";
import { readActorDocument } from "../../lifeboat/actor-documents.ts";
import type { CheckedLifeboat } from "../../lifeboat/check-archive.ts";
import { type ActorRow, findActorById, findActorByUri } from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { listKeys } from "../../store/keys.ts";
import { isOurUri } from "../actors/actors.ts";

/** Whose a lifeboat is, as far as that can be told: proved by something, by nothing yet, or known to be false. */
export type Belonging =
  | { readonly type: "proved"; readonly ground: ArrivalGround }
  | { readonly type: "unproved" }
  /** This server knew the old actor by another key or did:key: somebody made this file in their name. */
  | { readonly type: "forged" };

/**
 * Whether a lifeboat may be taken in by an account. Whoever has the phrase behind its did:key may; so may the account that the
 * old actor names, or that names the old actor when this server knew its key before. A file alone proves only that it is
 * whole: what the old actor was known by here goes before what the file says.
 */
export async function findBelonging(
  app: App,
  actorId: number,
  checked: CheckedLifeboat,
  phraseDid: string | null,
): Promise<Belonging> {
  const oldUri = checked.manifest.actor;
  const own = await findActorById(app.db, actorId);
  if (own === undefined) return { type: "unproved" };
  const known = await whatIsKnown(app, checked);
  if (oldUri === own.uri) return known === "other" ? { type: "forged" } : { type: "proved", ground: "own" };
  if (isOurUri(app, oldUri) && known !== "same") return { type: "forged" };
  if (known === "other") return { type: "forged" };
  const now = isOurUri(app, oldUri) ? null : await app.remote.findActor(oldUri);
  const isTheirs = phraseDid !== null && phraseDid === checked.did;
  if (isTheirs && (known === "same" || !contradicts(now, checked)))
    return { type: "proved", ground: "phrase" };
  if (await namesNew(app, oldUri, own.uri, now)) return { type: "proved", ground: "named" };
  const names = fromJson<readonly string[]>(own.also_known_as, []).includes(oldUri);
  return names && known === "same" ? { type: "proved", ground: "known" } : { type: "unproved" };
}

/** What this server remembers of the old actor's keys, held against those in the file. */
async function whatIsKnown(app: App, { actor, did }: CheckedLifeboat): Promise<"same" | "other" | "nothing"> {
  const document = readActorDocument(Buffer.from(JSON.stringify(actor)));
  if (document === null) return "other";
  const stored = await findActorByUri(app.db, document.id);
  if (stored?.host === "") {
    const key = (await listKeys(app.db, stored.id)).find(({ kind }) => kind === "ed25519");
    return key === undefined
      ? "nothing"
      : printOf(key.public_key) === printOf(document.key.key)
        ? "same"
        : "other";
  }
  const pinned = stored?.did ?? null;
  if (pinned !== null) return pinned === did ? "same" : "other";
  const kept = await app.remote.keptKey(document.key.method);
  if (kept !== null) return printOf(kept) === printOf(document.key.key) ? "same" : "other";
  const prints = fromJson<readonly string[] | null>(stored?.did_keys ?? null, null);
  if (prints === null || prints.length === 0) return "nothing";
  return prints.includes(printOf(document.key.key)) ? "same" : "other";
}

/**
 * True when the old actor answers, and is somebody with other keys and another did:key than the file says: anybody can make a
 * file in the name of somebody whom this server never heard of. An address where nobody answers contradicts nothing.
 */
function contradicts(now: ReceivedActor | null, { manifest, actor, did }: CheckedLifeboat): boolean {
  if (now === null || now.uri !== manifest.actor) return false;
  const { identity, keyPrints } = now.extras;
  if (identity !== null && identity.did === did) return false;
  const document = readActorDocument(Buffer.from(JSON.stringify(actor)));
  return document === null || keyPrints?.includes(printOf(document.key.key)) !== true;
}

/** The old actor says so: now, at its own address, or when it was last read here. */
async function namesNew(
  app: App,
  oldUri: string,
  newUri: string,
  now: ReceivedActor | null,
): Promise<boolean> {
  if (now !== null && now.uri === oldUri)
    return now.extras.alsoKnownAs.includes(newUri) || now.extras.movedToUri === newUri;
  const stored = await findActorByUri(app.db, oldUri);
  return stored !== undefined && storedNames(stored, newUri);
}

function storedNames(row: ActorRow, newUri: string): boolean {
  return row.moved_to_uri === newUri || fromJson<readonly string[]>(row.also_known_as, []).includes(newUri);
}

/** SHA-256 of a public key as SPKI, base64url: what actors' keys are remembered by. */
function printOf(key: KeyObject | string): string {
  const der =
    typeof key === "string"
      ? Buffer.from(key.replace(/-----[A-Z ]+-----|\s/g, ""), "base64")
      : key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}
