// Escapes on the wire: the messages of somebody who leaves, sealed in advance or signed at that moment with their old key.
// May import what federation may; imported by federation.ts and the jobs it makes.

import type { SigningKey } from "../delivery/message.ts";
import { withLinkedDataSignature } from "../writing/linked-data-signature.ts";
import { listOf, type Json } from "../reading/json.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const SECURITY = "https://w3id.org/security/v1";

/**
 * Words of a Person that these two contexts do not have. A signature covers nothing that its context does not declare, and
 * a context that has to be fetched may be read differently, or not at all, by the time it is needed: hence inline.
 */
const PERSON_WORDS = {
  toot: "http://joinmastodon.org/ns#",
  schema: "http://schema.org#",
  movedTo: { "@id": "as:movedTo", "@type": "@id" },
  manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
  discoverable: "toot:discoverable",
  featured: { "@id": "toot:featured", "@type": "@id" },
  PropertyValue: "schema:PropertyValue",
  value: "schema:value",
} as const;

/** What a Person is reduced to: what others keep of an actor, in words of the contexts above. */
const PERSON_MEMBERS = [
  "id",
  "type",
  "preferredUsername",
  "name",
  "summary",
  "url",
  "inbox",
  "outbox",
  "followers",
  "following",
  "featured",
  "endpoints",
  "manuallyApprovesFollowers",
  "discoverable",
  "icon",
  "image",
  "published",
  "publicKey",
] as const;

/** Who leaves. */
export type Leaver = {
  readonly actorUri: string;
  readonly followersUri: string;
  /** The actor's document as it is served. */
  readonly person: Json;
};

export type SealedHome = {
  readonly new: string;
  readonly move: Json;
  readonly embedded: Json;
  readonly update: Json;
};

/**
 * The three ways to say that somebody left for `target`, each with a signature (RsaSignature2017) that does not expire.
 * `number` makes their ids: they lie at the old server, as those of all activities of the old actor do.
 */
export async function sealMessages(
  leaver: Leaver,
  target: string,
  seal: { readonly key: SigningKey; readonly now: number; readonly number: number },
): Promise<SealedHome> {
  const { actorUri, followersUri } = leaver;
  const { key, now, number } = seal;
  const person = personOf(leaver, target);
  const move = {
    id: `${actorUri}#moves/${number}`,
    type: "Move",
    actor: actorUri,
    object: actorUri,
    target,
    to: [followersUri],
  };
  const update = {
    id: `${actorUri}#updates/${number}`,
    type: "Update",
    actor: actorUri,
    object: person,
    to: [PUBLIC_COLLECTION],
    cc: [followersUri],
  };
  const sign = async (json: Json, isPerson: boolean): Promise<Json> => {
    const context = isPerson ? [AS, SECURITY, PERSON_WORDS] : [AS, SECURITY];
    return await withLinkedDataSignature({ "@context": context, ...json }, key, now);
  };
  return {
    new: target,
    move: await sign(move, false),
    embedded: await sign({ ...move, id: `${move.id}-embedded`, object: person }, true),
    update: await sign(update, true),
  };
}

/** The old actor, gone to `target`. Lists stay lists: some servers read a single alias as letters. */
function personOf({ person, actorUri }: Leaver, target: string): Json {
  const kept = PERSON_MEMBERS.flatMap((name) =>
    person[name] === undefined || person[name] === null ? [] : [[name, person[name]] as const],
  );
  const fields = listOf(person["attachment"]).filter((one) => isField(one));
  return {
    ...Object.fromEntries(kept),
    id: actorUri,
    ...(fields.length === 0 ? {} : { attachment: fields }),
    movedTo: target,
    alsoKnownAs: [target],
  };
}

function isField(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, "type") === "PropertyValue";
}
