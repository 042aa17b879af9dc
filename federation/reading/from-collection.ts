import { COLLECTION_LIMITS, type ReceivedCollection } from "../../server/domain/collection.ts";
import { iriOf, isJson, listOf, sameOrigin, textOf, timeOf, typesOf, webAddress, type Json } from "./json.ts";
import { plain } from "./from-actor.ts";

/** A featured collection in normal form (FEP-7aa9); null when it is none. Whether members agreed is for services to check. */
export function fromCollection(json: Json): ReceivedCollection | null {
  const uri = webAddress(iriOf(json["id"]));
  const ownerUri = webAddress(iriOf(json["attributedTo"]));
  if (uri === null || ownerUri === null || !typesOf(json).includes("FeaturedCollection")) return null;
  if (!sameOrigin(uri, ownerUri)) return null;
  const { language, text } = summaryOf(json);
  const topic = isJson(json["topic"]) ? textOf(json["topic"]["name"]) : textOf(json["topic"]);
  return {
    uri,
    ownerUri,
    name: plain(textOf(json["name"]), COLLECTION_LIMITS.name),
    summary: plain(text, COLLECTION_LIMITS.summary),
    language,
    sensitive: json["sensitive"] === true,
    discoverable: json["discoverable"] !== false,
    tag: topic === null ? null : topic.replace(/^[#＃]/, ""),
    publishedAt: timeOf(json["published"]),
    items: listOf(json["orderedItems"] ?? json["items"])
      .slice(0, COLLECTION_LIMITS.members)
      .flatMap((item) => itemOf(item, uri) ?? []),
  };
}

/** Mastodon puts the text under its language alone. */
function summaryOf(json: Json): { readonly language: string | null; readonly text: string | null } {
  const map = json["summaryMap"];
  const [entry] = isJson(map) ? Object.entries(map) : [];
  const text = textOf(json["summary"]) ?? textOf(entry?.[1]);
  // HTML of others becomes plain text: a description has no markup here.
  return { language: entry?.[0] ?? null, text: text?.replace(/<[^<>]*>/g, " ") ?? null };
}

function itemOf(item: unknown, collectionUri: string): ReceivedCollection["items"][number] | null {
  if (!isJson(item)) return null;
  const uri = webAddress(iriOf(item["id"]));
  const actorUri = webAddress(iriOf(item["featuredObject"]));
  if (uri === null || actorUri === null || !sameOrigin(uri, collectionUri)) return null;
  const authorizationUri = webAddress(iriOf(item["featureAuthorization"]));
  return { uri, actorUri, authorizationUri };
}
