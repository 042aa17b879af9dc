import { createSignature } from "@fedify/fedify";
import type { SigningKey } from "../delivery/message.ts";
import { loadContext } from "../reading/contexts.ts";
import { toInstant } from "../reading/time.ts";
import type { Json } from "../reading/json.ts";

/**
 * Adds a linked data signature (RsaSignature2017) to an activity that others pass on as it is: Mastodon before 4.6 and Misskey
 * believe relayed activities by nothing else (FEP-ae0c). It never expires, so only public activities get one.
 *
 * An integrity proof must not be there as well: in the context of data integrity it is a graph of its own, which
 * Mastodon's RDF graph merges into the document's and JSON-LD 1.1 keeps apart, so that the two hash differently.
 */
export async function withLinkedDataSignature(json: Json, key: SigningKey, now: number): Promise<Json> {
  // Whole seconds, as Mastodon writes them.
  const created = toInstant(Math.floor(now / 1000) * 1000);
  const { signatureValue } = await createSignature(json, key.privateKey, new URL(key.keyId), {
    contextLoader: loadContext,
    created,
  });
  const signature = {
    type: "RsaSignature2017",
    creator: key.keyId,
    created: created.toString(),
    signatureValue,
  };
  return { ...json, signature };
}
