import { preloadedContexts, type DocumentLoader, type RemoteDocument } from "@fedify/fedify";
import { Activity, Object as AsObject } from "@fedify/vocab";
import { isJson, type Json } from "./json.ts";

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
      alsoKnownAs: { "@id": "as:alsoKnownAs", "@type": "@id" },
      movedTo: { "@id": "as:movedTo", "@type": "@id" },
    },
  ],
};

const NOTHING = { "@context": {} };

/**
 * Keys that are left out before parsing. Signatures and proofs inside a document prove nothing here (docs/threats.md SIG-17), keys
 * are read by `keys.ts` alone, and one that Fedify does not know would make the whole document unreadable.
 */
const UNREAD: ReadonlySet<string> = new Set(["signature", "proof", "publicKey", "assertionMethod"]);

/**
 * The closed context loader: known contexts from memory, nothing from the network, an empty context for all others.
 * A stranger's context would be fetched before its sender is known, and may read differently for each server.
 */
export const loadContext: DocumentLoader = (url): Promise<RemoteDocument> =>
  Promise.resolve({ contextUrl: null, documentUrl: url, document: contextOf(url) });

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

function stripped(json: Json): Json {
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !UNREAD.has(key))
      .map(([key, value]) => [key, key !== "@context" && isJson(value) ? stripped(value) : value]),
  );
}

function contextOf(url: string): unknown {
  const known = Object.hasOwn(preloadedContexts, url) ? preloadedContexts[url] : undefined;
  if (known !== undefined) return known;
  if (LITEPUB.test(url)) return LITEPUB_CONTEXT;
  return NOTHING;
}
