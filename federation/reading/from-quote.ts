import type { ReceivedNote } from "../../server/domain/note.ts";
import type { ReceivedAuthorization, Verb } from "../../server/domain/policy.ts";
import { iriOf, irisOf, isJson, listOf, textOf, typesOf, webAddress, type Json } from "./json.ts";

/** Names under which servers say what a note quotes, the ones with a meaning of their own first. */
const NAMES = ["quote", "quoteUri", "quoteUrl", "_misskey_quote"] as const;

const QUOTE_RELS: ReadonlySet<string> = new Set([
  "https://misskey-hub.net/ns#_misskey_quote",
  "https://w3id.org/fep/044f#quote",
]);

/**
 * What a note quotes, by FEP-044f or any of the older names, or by an object link (FEP-e232). What came embedded is
 * read for nothing but its id. The stamp is the note's own claim until somebody looks at it.
 */
export function quoteOf(json: Json): ReceivedNote["quote"] {
  const named = NAMES.map((name) => webAddress(iriOf(json[name])));
  const uri = named.find((address) => address !== null) ?? linkOf(json["tag"]);
  if (uri === undefined || uri === null) return null;
  return { uri, authorizationUri: webAddress(iriOf(json["quoteAuthorization"])) };
}

function linkOf(tag: unknown): string | null {
  for (const item of listOf(tag)) {
    if (!isJson(item) || !typesOf(item).includes("Link")) continue;
    const isObject = /activity\+json|ld\+json/.test(textOf(item["mediaType"]) ?? "");
    const rels = listOf(item["rel"]).map(String);
    // Some servers leave the relation away; the text that stands for the link then says what it is.
    const isQuote = rels.some((rel) => QUOTE_RELS.has(rel)) || (rels.length === 0 && isNamedQuote(item));
    const href = webAddress(item["href"]);
    if (isObject && isQuote && href !== null) return href;
  }
  return null;
}

function isNamedQuote(link: Json): boolean {
  return (textOf(link["name"]) ?? "").startsWith("RE:");
}

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["QuoteAuthorization", "quote"],
  ["ReplyAuthorization", "reply"],
  ["LikeAuthorization", "like"],
  ["AnnounceAuthorization", "announce"],
]);

/** A stamp as its own address shows it; null when it is none, or does not say whose, for what, about what. */
export function authorizationOf(json: Json): ReceivedAuthorization | null {
  const verb = VERBS.get(typesOf(json)[0] ?? "");
  const uri = webAddress(iriOf(json["id"]));
  const [author, ...others] = irisOf(json["attributedTo"]);
  const authorUri = webAddress(author);
  const interactingUri = webAddress(iriOf(json["interactingObject"]));
  const targetUri = webAddress(iriOf(json["interactionTarget"]));
  if (verb === undefined || uri === null || authorUri === null || others.length > 0) return null;
  if (interactingUri === null || targetUri === null) return null;
  return { uri, verb, authorUri, interactingUri, targetUri };
}
