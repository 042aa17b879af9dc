import type { App } from "../../server/context.ts";
import { isFollowedHere } from "../../server/services/identities/pins.ts";
import { isJson, listOf, sameOrigin, webAddress, type Json } from "../reading/json.ts";
import type { KeyRing } from "./keys.ts";
import { isLinkedBy } from "./linked-signatures.ts";

// Sealed Moves: signed by an actor's key in advance, and carried by somebody else once the actor's own server is lost. Such a
// signature has no age, so it is believed for nothing else, and only with a key that was known here before.

const CONTEXTS: ReadonlySet<unknown> = new Set([
  "https://www.w3.org/ns/activitystreams",
  "https://w3id.org/security/v1",
]);
/** All that a sealed Move may say: each a text or a list of texts, so that what is signed and what is read are the same. */
const MEMBERS: ReadonlySet<string> = new Set([
  "@context",
  "id",
  "type",
  "actor",
  "object",
  "target",
  "to",
  "cc",
  "published",
  "signature",
]);

/**
 * True when a document is a Move of an actor that somebody here follows, signed by a key of theirs that is known here. Nobody is
 * asked: whoever has the actor's address now may not be the one who had it.
 */
export async function isSealedMove(
  app: App,
  ring: KeyRing,
  document: Json,
  actorUri: string,
): Promise<boolean> {
  if (!hasShape(document, actorUri)) return false;
  const keyId = isJson(document["signature"]) ? document["signature"]["creator"] : null;
  if (typeof keyId !== "string" || webAddress(keyId) === null || !sameOrigin(keyId, actorUri)) return false;
  if (!(await isFollowedHere(app, actorUri))) return false;
  const key = await ring.kept(keyId);
  return key !== null && (await isLinkedBy(document, key, actorUri));
}

/**
 * Statements are what is signed, not their order: a document that was signed as something else could be turned inside out until
 * a Move stands on top. A flat one without words of its own making has nothing to be turned.
 */
function hasShape(document: Json, actorUri: string): boolean {
  const isFlat = Object.entries(document).every(
    ([name, value]) =>
      MEMBERS.has(name) && (name === "signature" || listOf(value).every((one) => typeof one === "string")),
  );
  const isKnown = listOf(document["@context"]).every((one) => CONTEXTS.has(one));
  const { type, actor, object, target } = document;
  const isOne = typeof target === "string" && webAddress(target) !== null;
  return isFlat && isKnown && isOne && type === "Move" && actor === actorUri && object === actorUri;
}
