// The words that we read, each with the IRIs that it stands for: ActivityStreams and everybody's extensions.
// A word that is not here is left out of the normal form (normal.ts). Sources: the contexts that servers publish.

/** How a term's values are written in JSON. */
export type TermKind =
  /** IRIs and objects (`"@type": "@id"`). */
  | "ref"
  /** The same, where nothing but an IRI that is one by its context counts: who, to whom, what. */
  | "authority"
  /** Texts, numbers, truth values; also typed ones such as times. */
  | "literal"
  /** Texts that may be tagged with a language: `content` with `contentMap`. */
  | "text"
  /** Host names, which Mastodon's context calls IRIs. */
  | "host"
  /** An ordered list of references. */
  | "refs"
  /** An ordered list of literals. */
  | "literals";

export type Term = {
  readonly name: string;
  /** The first is the canonical one; the others are what servers write for the same thing. */
  readonly iris: readonly [string, ...string[]];
  readonly kind: TermKind;
};

export const AS = "https://www.w3.org/ns/activitystreams#";
const TOOT = "http://joinmastodon.org/ns#";
const GTS = "https://gotosocial.org/ns#";
const QUOTES = "https://w3id.org/fep/044f#";
const FEATURES = "https://w3id.org/fep/7aa9#";
const MISSKEY = "https://misskey-hub.net/ns#";
const LITEPUB = "http://litepub.social/ns#";
const LEMMY = "https://join-lemmy.org/ns#";
const PEERTUBE = "https://joinpeertube.org/ns#";
const FEDIBIRD = "http://fedibird.com/ns#";
const SMITHEREEN = "http://smithereen.software/ns#";
const PIXELFED = "http://pixelfed.org/ns#";
const OSTATUS = "http://ostatus.org#";
const LDP = "http://www.w3.org/ns/ldp#";
const SEC = "https://w3id.org/security#";
const MOBILIZON = "https://joinmobilizon.org/ns#";

/** Mastodon's spelling of schema.org made it into everybody's contexts, and the right one into the others. */
const SCHEMA = [
  "http://schema.org#",
  "http://schema.org/",
  "https://schema.org/",
  "https://schema.org#",
] as const;

/** Namespaces by the prefix that everybody uses; inline contexts may use them declared or not. */
export const PREFIXES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["as", [AS]],
  ["ldp", [LDP]],
  ["sec", [SEC]],
  ["xsd", ["http://www.w3.org/2001/XMLSchema#"]],
  ["dc", ["http://purl.org/dc/terms/"]],
  ["vcard", ["http://www.w3.org/2006/vcard/ns#"]],
  ["toot", [TOOT]],
  ["gts", [GTS]],
  ["misskey", [MISSKEY]],
  ["litepub", [LITEPUB]],
  ["lemmy", [LEMMY]],
  ["pt", [PEERTUBE]],
  ["fedibird", [FEDIBIRD]],
  ["sm", [SMITHEREEN]],
  ["pixelfed", [PIXELFED]],
  ["ostatus", [OSTATUS]],
  ["mz", [MOBILIZON]],
  ["schema", SCHEMA],
  ["sc", SCHEMA],
]);

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

function terms(kind: TermKind, namespaces: readonly string[], names: string): readonly Term[] {
  return words(names).map((name) => {
    const [first = "", ...others] = namespaces.map((namespace) => namespace + name);
    return { name, iris: [first, ...others], kind };
  });
}

function term(kind: TermKind, name: string, ...iris: readonly [string, ...string[]]): Term {
  return { name, iris, kind };
}

const ALL: readonly Term[] = [
  ...terms(
    "authority",
    [AS],
    `actor object target to cc bto bcc audience attributedTo inReplyTo outbox followers
    following endpoints sharedInbox items first next partOf`,
  ),
  term("authority", "inbox", `${LDP}inbox`),
  term("refs", "orderedItems", `${AS}items`),
  ...terms(
    "ref",
    [AS],
    `attachment context current generator icon image instrument last oneOf anyOf origin
    prev preview replies result tag url href describes liked likes shares uploadMedia alsoKnownAs movedTo comments
    dislikes subject relationship`,
  ),
  ...terms(
    "literal",
    [AS],
    `closed duration endTime height hreflang latitude longitude mediaType published rel
    startIndex startTime totalItems units updated width deleted preferredUsername source sensitive
    manuallyApprovesFollowers quoteUrl`,
  ),
  ...terms("text", [AS], "content name summary"),

  // Mastodon
  ...terms("ref", [TOOT], "featured featuredTags"),
  ...terms(
    "literal",
    [TOOT],
    `blurhash discoverable indexable memorial suspended votersCount showFeatured showMedia
    showRepliesInMedia`,
  ),
  term("literals", "focalPoint", `${TOOT}focalPoint`),
  term("host", "attributionDomains", `${TOOT}attributionDomains`),
  ...terms("literal", SCHEMA, "value identifier"),
  ...terms("literal", [OSTATUS], "conversation atomUri inReplyToAtomUri"),
  term("literal", "webfinger", "https://purl.archive.org/socialweb/webfinger#webfinger"),

  // Quotes, policies, featured collections
  ...terms("ref", [QUOTES], "quote quoteAuthorization"),
  ...terms(
    "ref",
    [GTS],
    `interactionPolicy canLike canReply canAnnounce canQuote automaticApproval manualApproval
    always approvalRequired approvedBy likeAuthorization replyAuthorization announceAuthorization interactingObject
    interactionTarget`,
  ),
  ...terms("ref", [FEATURES], "canFeature featuredCollections featuredObject featureAuthorization topic"),
  ...terms("literal", [FEATURES], "featuredObjectType"),

  // Misskey, Fedibird, Pleroma
  ...terms(
    "literal",
    [MISSKEY],
    `_misskey_content _misskey_quote _misskey_reaction _misskey_votes _misskey_summary
    _misskey_talk _misskey_followedMessage _misskey_requireSigninToViewContents _misskey_makeNotesFollowersOnlyBefore
    _misskey_makeNotesHiddenBefore isCat`,
  ),
  term("literal", "quoteUri", `${FEDIBIRD}quoteUri`, `${MISSKEY}quoteUri`),
  ...terms("ref", [FEDIBIRD], "emojiReactions"),
  ...terms("literal", [LITEPUB], "directMessage invisible acceptsChatMessages"),
  ...terms("ref", [LITEPUB], "capabilities chatMessage listMessage"),
  term("literal", "htmlMfm", "https://w3id.org/fep/c16b#htmlMfm"),

  // Lemmy, PeerTube, Mobilizon, Pixelfed, Smithereen
  ...terms("literal", [LEMMY], "stickied postingRestrictedToMods distinguished matrixUserId removeData"),
  ...terms("ref", [LEMMY], "moderators"),
  term("literal", "commentsEnabled", `${PEERTUBE}commentsEnabled`, `${PIXELFED}commentsEnabled`),
  ...terms("literal", [PEERTUBE], "support views state waitTranscoding uuid fps commentsPolicy"),
  term("literal", "language", `${SCHEMA[1]}inLanguage`, ...SCHEMA.map((base) => `${base}inLanguage`)),
  ...terms("literal", SCHEMA, "subtitleLanguage isLiveBroadcast"),
  ...terms("literal", [MOBILIZON], "timezone joinMode"),
  // Mobilizon makes schema.org's place of the place that ActivityStreams has.
  term("ref", "location", `${AS}location`, ...SCHEMA.map((base) => `${base}location`)),
  ...terms(
    "literal",
    SCHEMA,
    `address streetAddress postalCode addressLocality addressRegion addressCountry
    eventStatus`,
  ),
  term("literal", "status", "http://www.w3.org/2002/12/cal/ical#status"),
  ...terms("ref", [SMITHEREEN], "wall"),

  // Conversations, what a server can do, portable objects, media
  term("ref", "contextHistory", "https://w3id.org/fep/171b/contextHistory"),
  term("refs", "implements", "https://w3id.org/fep/844e/implements"),
  term("refs", "gateways", "https://w3id.org/fep/ef61/gateways"),
  term(
    "literal",
    "digestMultibase",
    `${SEC}digestMultibase`,
    "https://www.w3.org/ns/credentials/v2#digestMultibase",
  ),
  term("literal", "size", `${PEERTUBE}size`, `${SCHEMA[0]}size`),
];

/** Every term by its name. */
export const TERMS: ReadonlyMap<string, Term> = new Map(ALL.map((one) => [one.name, one]));

/** `contentMap` and the like: the same IRI as the text, keyed by language. */
export const MAPS: ReadonlyMap<string, Term> = new Map(
  ALL.filter((one) => one.kind === "text").map((one) => [`${one.name}Map`, one]),
);

const CORE_TYPES =
  words(`Accept Activity IntransitiveActivity Add Announce Application Arrive Article Audio Block
  Collection CollectionPage Relationship Create Delete Dislike Document Event Follow Flag Group Ignore Image Invite
  Join Leave Like Link Mention Note Object Offer OrderedCollection OrderedCollectionPage Organization Page Person Place
  Profile Question Reject Remove Service TentativeAccept TentativeReject Tombstone Undo Update Video View Listen Read
  Move Travel Hashtag`);

/** Type words and their IRIs, the canonical one first. */
export const TYPES: ReadonlyMap<string, readonly [string, ...string[]]> = new Map<
  string,
  readonly [string, ...string[]]
>([
  ...CORE_TYPES.map((name): [string, [string]] => [name, [AS + name]]),
  ["Public", [`${AS}Public`]],
  ["Emoji", [`${TOOT}Emoji`]],
  ["EmojiReact", [`${LITEPUB}EmojiReact`, `${AS}EmojiReact`]],
  ["ChatMessage", [`${LITEPUB}ChatMessage`]],
  ["PropertyValue", [`${SCHEMA[0]}PropertyValue`, ...SCHEMA.slice(1).map((base) => `${base}PropertyValue`)]],
  ["PostalAddress", [`${SCHEMA[0]}PostalAddress`, ...SCHEMA.slice(1).map((base) => `${base}PostalAddress`)]],
  ...words("QuoteRequest QuoteAuthorization").map((name): [string, [string]] => [name, [QUOTES + name]]),
  ...words(
    "InteractionPolicy InteractionRule ReplyRequest LikeRequest AnnounceRequest ReplyAuthorization AnnounceAuthorization",
  ).map((name): [string, [string]] => [name, [GTS + name]]),
  // GoToSocial's context really says LikeApproval.
  ["LikeAuthorization", [`${GTS}LikeApproval`, `${GTS}LikeAuthorization`]],
  ...words("FeaturedCollection FeaturedItem FeatureRequest FeatureAuthorization").map(
    (name): [string, [string]] => [name, [FEATURES + name]],
  ),
  ["CommunityPostTag", [`${LEMMY}CommunityPostTag`]],
  ["Lock", [`${LEMMY}Lock`]],
]);

/** Words that mean the same as one of ours; kept apart so that a body that uses them is read with care. */
export const ALIASES: Readonly<Record<string, string>> = { movedToUri: `${AS}movedTo`, icons: `${AS}icon` };

/** The canonical name of a property's IRI. `as:items` is `items` here; lists of it become `orderedItems`. */
export const TERM_OF_IRI: ReadonlyMap<string, Term> = new Map(
  ALL.filter(({ name }) => name !== "orderedItems").flatMap((one) =>
    one.iris.map((iri) => [iri, one] as const),
  ),
);

/** The canonical word of a type's IRI. */
export const TYPE_OF_IRI: ReadonlyMap<string, string> = new Map(
  [...TYPES].flatMap(([word, iris]) => iris.map((iri) => [iri, word] as const)),
);

/**
 * Our own context: what every document is read with before its own context has its say, because many servers use these
 * words without declaring them. It rests on the two contexts that nearly every document names.
 */
export const CANONICAL_CONTEXT: readonly unknown[] = [
  "https://www.w3.org/ns/activitystreams",
  "https://w3id.org/security/v1",
  {
    ...Object.fromEntries([...PREFIXES].map(([prefix, [namespace]]) => [prefix, namespace])),
    ...ALIASES,
    ...Object.fromEntries(ALL.map((one) => [one.name, definitionOf(one)])),
    ...Object.fromEntries(
      [...MAPS].map(([name, one]) => [name, { "@id": one.iris[0], "@container": "@language" }]),
    ),
    ...Object.fromEntries(
      [...TYPES].filter(([word]) => word !== "Public").map(([word, [iri]]) => [word, iri]),
    ),
  },
];

function definitionOf({ iris: [iri], kind }: Term): unknown {
  switch (kind) {
    case "ref":
    case "authority":
    case "host":
      return { "@id": iri, "@type": "@id" };
    case "refs":
      return { "@id": iri, "@type": "@id", "@container": "@list" };
    case "literals":
      return { "@id": iri, "@container": "@list" };
    case "literal":
    case "text":
      return iri;
    default:
      return kind satisfies never;
  }
}

/**
 * Keys that are left out before a document is read: signatures and proofs are verified over the bytes that came
 * (inbox/), keys are read by inbox/keys.ts alone, and none of them is a fact about the thing itself.
 */
export const UNREAD: ReadonlySet<string> = new Set(
  words(`signature proof publicKey assertionMethod authentication verificationMethod capabilityInvocation
    capabilityDelegation keyAgreement`),
);
