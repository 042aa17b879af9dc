import { isJson, listOf, typesOf, type Json } from "../reading/json.ts";

/** Every document of ours begins with these three. */
const URLS = [
  "https://www.w3.org/ns/activitystreams",
  "https://w3id.org/security/v1",
  "https://w3id.org/security/data-integrity/v1",
];

/**
 * What our words beyond ActivityStreams mean. The schema.org namespace is the one that Mastodon compares with, right or
 * wrong.
 */
const TERMS: Readonly<Record<string, unknown>> = {
  toot: "http://joinmastodon.org/ns#",
  schema: "http://schema.org#",
  manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
  sensitive: "as:sensitive",
  Hashtag: "as:Hashtag",
  alsoKnownAs: { "@id": "as:alsoKnownAs", "@type": "@id" },
  movedTo: { "@id": "as:movedTo", "@type": "@id" },
  featured: { "@id": "toot:featured", "@type": "@id" },
  featuredTags: { "@id": "toot:featuredTags", "@type": "@id" },
  featuredCollections: { "@id": "https://w3id.org/fep/7aa9#featuredCollections", "@type": "@id" },
  FeaturedCollection: "https://w3id.org/fep/7aa9#FeaturedCollection",
  FeaturedItem: "https://w3id.org/fep/7aa9#FeaturedItem",
  FeatureRequest: "https://w3id.org/fep/7aa9#FeatureRequest",
  FeatureAuthorization: "https://w3id.org/fep/7aa9#FeatureAuthorization",
  migration: { "@id": "https://w3id.org/fep/1580/migration", "@type": "@id" },
  moves: { "@id": "https://w3id.org/fep/1580/moves", "@type": "@id" },
  migrationComplete: "https://w3id.org/fep/1580/migrationComplete",
  migratedFrom: { "@id": "https://w3id.org/fep/1580/migratedFrom", "@type": "@id" },
  migratedAt: {
    "@id": "https://w3id.org/fep/1580/migratedAt",
    "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
  },
  featuredObject: { "@id": "https://w3id.org/fep/7aa9#featuredObject", "@type": "@id" },
  featuredObjectType: "https://w3id.org/fep/7aa9#featuredObjectType",
  featureAuthorization: { "@id": "https://w3id.org/fep/7aa9#featureAuthorization", "@type": "@id" },
  topic: { "@id": "https://w3id.org/fep/7aa9#topic", "@type": "@id" },
  canFeature: { "@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id" },
  discoverable: "toot:discoverable",
  indexable: "toot:indexable",
  suspended: "toot:suspended",
  memorial: "toot:memorial",
  attributionDomains: { "@id": "toot:attributionDomains", "@type": "@id" },
  showFeatured: "toot:showFeatured",
  showMedia: "toot:showMedia",
  showRepliesInMedia: "toot:showRepliesInMedia",
  implements: { "@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list" },
  blurhash: "toot:blurhash",
  // `digestMultibase` is a protected term of the data integrity context above.
  focalPoint: { "@id": "toot:focalPoint", "@container": "@list" },
  size: "https://joinpeertube.org/ns#size",
  subtitleLanguage: "http://schema.org/subtitleLanguage",
  identifier: "http://schema.org/identifier",
  Emoji: "toot:Emoji",
  votersCount: "toot:votersCount",
  conversation: "http://ostatus.org#conversation",
  history: { "@id": "https://w3id.org/fep/bad1/history", "@type": "@id" },
  fep: "https://w3id.org/fep#",
  VerifiableIdentityStatement: "fep:VerifiableIdentityStatement",
  subject: "fep:subject",
  gts: "https://gotosocial.org/ns#",
  interactionPolicy: { "@id": "gts:interactionPolicy", "@type": "@id" },
  canQuote: { "@id": "gts:canQuote", "@type": "@id" },
  canReply: { "@id": "gts:canReply", "@type": "@id" },
  canLike: { "@id": "gts:canLike", "@type": "@id" },
  canAnnounce: { "@id": "gts:canAnnounce", "@type": "@id" },
  automaticApproval: { "@id": "gts:automaticApproval", "@type": "@id" },
  manualApproval: { "@id": "gts:manualApproval", "@type": "@id" },
  interactingObject: { "@id": "gts:interactingObject", "@type": "@id" },
  interactionTarget: { "@id": "gts:interactionTarget", "@type": "@id" },
  replyAuthorization: { "@id": "gts:replyAuthorization", "@type": "@id" },
  ReplyRequest: "gts:ReplyRequest",
  LikeRequest: "gts:LikeRequest",
  AnnounceRequest: "gts:AnnounceRequest",
  ReplyAuthorization: "gts:ReplyAuthorization",
  // GoToSocial's context says so, for whatever reason.
  LikeAuthorization: "gts:LikeApproval",
  AnnounceAuthorization: "gts:AnnounceAuthorization",
  quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
  quoteAuthorization: { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
  QuoteRequest: "https://w3id.org/fep/044f#QuoteRequest",
  QuoteAuthorization: "https://w3id.org/fep/044f#QuoteAuthorization",
  quoteUri: "http://fedibird.com/ns#quoteUri",
  quoteUrl: "as:quoteUrl",
  misskey: "https://misskey-hub.net/ns#",
  _misskey_quote: "misskey:_misskey_quote",
  _misskey_reaction: "misskey:_misskey_reaction",
  PropertyValue: "schema:PropertyValue",
  value: "schema:value",
  webfinger: "https://purl.archive.org/socialweb/webfinger#webfinger",
  assertionMethod: {
    "@id": "https://w3id.org/security#assertionMethod",
    "@type": "@id",
    "@container": "@set",
  },
  Multikey: "https://w3id.org/security#Multikey",
  controller: { "@id": "https://w3id.org/security#controller", "@type": "@id" },
  publicKeyMultibase: {
    "@id": "https://w3id.org/security#publicKeyMultibase",
    "@type": "https://w3id.org/security#multibase",
  },
};

/**
 * The context of a document: fewer and better known ones than the vocabulary's own, and of our terms those that the
 * document uses, since it goes over the wire with every delivery.
 */
export function contextOf(json: Json): readonly unknown[] {
  const used = new Set<string>();
  collect(json, used);
  const names = Object.keys(TERMS).filter((name) => used.has(name));
  if (names.length === 0) return URLS;
  const prefixes = names.flatMap((name) => prefixOf(TERMS[name]) ?? []);
  const needed = new Set([...prefixes, ...names]);
  return [...URLS, Object.fromEntries(Object.entries(TERMS).filter(([name]) => needed.has(name)))];
}

/** Every key and type word of a document. */
function collect(value: unknown, used: Set<string>): void {
  for (const item of listOf(value)) {
    if (!isJson(item)) continue;
    for (const type of typesOf(item)) used.add(type);
    for (const [key, inner] of Object.entries(item)) {
      used.add(key);
      collect(inner, used);
    }
  }
}

/** `toot` of `toot:blurhash`, when it is a prefix of ours. */
function prefixOf(definition: unknown): string | null {
  const iri = isJson(definition) ? definition["@id"] : definition;
  const prefix = typeof iri === "string" ? (iri.split(":", 1)[0] ?? "") : "";
  return Object.hasOwn(TERMS, prefix) ? prefix : null;
}
