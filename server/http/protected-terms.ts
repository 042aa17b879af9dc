// The terms whose meaning authority, audience and identity depend on, with the only IRI each may stand for.
// Sources: ActivityStreams 2.0 context, W3C Security Vocabulary v1, Verifiable Credential Data Integrity.

/** The ActivityStreams namespace, the only meaning that the prefix `as` may have. */
export const AS = "https://www.w3.org/ns/activitystreams#";
const LDP = "http://www.w3.org/ns/ldp#";
const SEC = "https://w3id.org/security#";

/** Prefixes which the well-known remote contexts define, so that inline contexts may use them undeclared. */
export const KNOWN_PREFIXES: ReadonlyMap<string, string> = new Map([
  ["as", AS],
  ["ldp", LDP],
  ["sec", SEC],
  ["xsd", "http://www.w3.org/2001/XMLSchema#"],
  ["vcard", "http://www.w3.org/2006/vcard/ns#"],
]);

const REFERENCES =
  `actor object target origin result instrument to cc bto bcc audience attributedTo inReplyTo url
  outbox followers following endpoints sharedInbox items first next partOf replies likes shares alsoKnownAs movedTo
  href`.split(/\s+/);

const TYPES =
  `Accept Activity IntransitiveActivity Add Announce Arrive Block Create Delete Dislike Flag Follow Ignore
  Invite Join Leave Like Listen Move Offer Question Read Reject Remove TentativeAccept TentativeReject Travel Undo
  Update View Application Group Organization Person Service Note Tombstone Collection CollectionPage
  OrderedCollection OrderedCollectionPage Public`.split(/\s+/);

/** The one harmless shape of a protected term's definition in an inline context. */
export type ProtectedTerm = {
  readonly iri: string;
  /** Coercions that do not change the meaning; leaving `@type` out is always allowed. */
  readonly types: readonly string[];
  readonly container: "@set" | "@list" | "@language";
};

/** Every protected term by name, keyword aliases apart. */
export const PROTECTED_TERMS: ReadonlyMap<string, ProtectedTerm> = new Map<string, ProtectedTerm>([
  ...REFERENCES.map((name): [string, ProtectedTerm] => [name, reference(AS + name)]),
  ...TYPES.map((name): [string, ProtectedTerm] => [name, reference(AS + name)]),
  ["orderedItems", { iri: `${AS}items`, types: ["@id"], container: "@list" }],
  ["inbox", reference(`${LDP}inbox`)],
  ["publicKey", reference(`${SEC}publicKey`)],
  ["owner", reference(`${SEC}owner`)],
  ["proof", reference(`${SEC}proof`)],
  ["publicKeyPem", literal(`${SEC}publicKeyPem`)],
  ["content", literal(`${AS}content`)],
  ["contentMap", { iri: `${AS}content`, types: [], container: "@language" }],
  ["preferredUsername", literal(`${AS}preferredUsername`)],
  ["published", literal(`${AS}published`, ["xsd:dateTime", "http://www.w3.org/2001/XMLSchema#dateTime"])],
  ["updated", literal(`${AS}updated`, ["xsd:dateTime", "http://www.w3.org/2001/XMLSchema#dateTime"])],
]);

/** The IRIs of {@link PROTECTED_TERMS}: no other word may lead to one of them. */
export const PROTECTED_IRIS: ReadonlySet<string> = new Set(
  [...PROTECTED_TERMS.values()].map((term) => term.iri),
);

/** Other words that whole families of servers use for a protected term: Misskey's contexts all say this. */
export const KNOWN_ALIASES: ReadonlyMap<string, string> = new Map([["movedToUri", `${AS}movedTo`]]);

function reference(iri: string): ProtectedTerm {
  return { iri, types: ["@id"], container: "@set" };
}

function literal(iri: string, types: readonly string[] = []): ProtectedTerm {
  return { iri, types, container: "@set" };
}
