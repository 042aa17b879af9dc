import { preloadedContexts, type DocumentLoader, type RemoteDocument } from "@fedify/fedify";
import { Activity, Object as AsObject } from "@fedify/vocab";
import { isJson, type Json } from "./json.ts";
import { CANONICAL_CONTEXT, UNREAD } from "./terms.ts";

/** The names that Pleroma and Akkoma publish their context under, one for each of their instances. */
const LITEPUB = /^https?:\/\/[^/]+\/schemas\/litepub-[\w.-]+\.jsonld$/;

/**
 * What litepub documents say beyond ActivityStreams, as far as we read it. Written by us: the real file differs from
 * host to host, and asking each host for it would let it choose the meaning of its own documents (docs/threats.md SIG-01).
 */
const LITEPUB_CONTEXT = {
  "@context": [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    {
      litepub: "http://litepub.social/ns#",
      toot: "http://joinmastodon.org/ns#",
      sensitive: "as:sensitive",
      manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
      Hashtag: "as:Hashtag",
      Emoji: "toot:Emoji",
      discoverable: "toot:discoverable",
      capabilities: "litepub:capabilities",
      ChatMessage: "litepub:ChatMessage",
      EmojiReact: "litepub:EmojiReact",
      directMessage: "litepub:directMessage",
      featured: { "@id": "toot:featured", "@type": "@id" },
      quoteUrl: "as:quoteUrl",
      alsoKnownAs: { "@id": "as:alsoKnownAs", "@type": "@id" },
      movedTo: { "@id": "as:movedTo", "@type": "@id" },
    },
  ],
};

/** True for the address of a litepub context, whichever server's. */
export function isLitepub(url: string): boolean {
  return LITEPUB.test(url);
}

const NOTHING = { "@context": {} };

/** Names our own context for the loader; nobody else can be asked for it. */
export const CANONICAL_URL = "causeway:context";

/**
 * The closed context loader: known contexts from memory, nothing from the network, an empty context for all others.
 * A stranger's context would be fetched before its sender is known, and may read differently for each server.
 */
export const loadContext: DocumentLoader = (url): Promise<RemoteDocument & { readonly tag: "static" }> =>
  // The tag lets the JSON-LD library keep what it made of a context: ours never change.
  Promise.resolve({ contextUrl: null, documentUrl: url, document: contextOf(url), tag: "static" });

/** A document loader that has nothing: embedded references are never followed while parsing. */
export const loadNothing: DocumentLoader = (url) => Promise.reject(new Error(`not followed: ${url}`));

/** Loaders for every parse and property access: closed contexts, no network. */
export const CLOSED = { contextLoader: loadContext, documentLoader: loadNothing } as const;

/** Reads an ActivityStreams object; null when it is none. The id, type and audience of the result are to be trusted
 * before those of the JSON text. */
export async function parseObject(json: Json): Promise<AsObject | null> {
  return parsed(() => AsObject.fromJsonLd(stripped(json), CLOSED));
}

/** Reads an activity; null when the document is no activity that Fedify's vocabulary has. */
export async function parseActivity(json: Json): Promise<Activity | null> {
  return parsed(() => Activity.fromJsonLd(stripped(json), CLOSED));
}

async function parsed<T>(parse: () => Promise<T>): Promise<T | null> {
  try {
    return await parse();
  } catch {
    // Fedify throws TypeError for wrong types, and whatever JSON-LD or URL parsing throws for malformed values.
    return null;
  }
}

/** A document without the keys that are read elsewhere ({@link UNREAD}), at every level. */
export function stripped(json: Json): Json {
  return Object.fromEntries(
    Object.entries(json)
      // An id that is null is none; JSON-LD processors stop at it, and would lose all the rest.
      .filter(([key, value]) => !UNREAD.has(key) && !(value === null && (key === "id" || key === "@id")))
      .map(([key, value]) => [key, key === "@context" ? value : strippedValue(value)]),
  );
}

function strippedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strippedValue);
  return isJson(value) ? stripped(value) : value;
}

/** What the closed loader gives for a context's address. */
export function contextOf(url: string): unknown {
  const known = Object.hasOwn(preloadedContexts, url) ? preloadedContexts[url] : undefined;
  if (known !== undefined) return known;
  if (isLitepub(url)) return LITEPUB_CONTEXT;
  if (url === CANONICAL_URL) return { "@context": CANONICAL_CONTEXT };
  return NOTHING;
}
