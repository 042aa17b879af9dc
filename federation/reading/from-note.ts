import { NOTE_KINDS, NOTE_LIMITS, type NoteKind, type ReceivedNote } from "../../server/domain/note.ts";
import { PUBLIC_COLLECTION, visibilityOf } from "../../server/domain/visibility.ts";
import { policyOf } from "./from-policy.ts";
import { quoteOf } from "./from-quote.ts";
import { pageOf } from "./from-actor.ts";
import { attachmentsOf } from "./from-attachments.ts";
import { cardOf } from "./from-card.ts";
import { emojisOf } from "./from-emoji.ts";
import { eventOf } from "./from-event.ts";
import { isVote, pollOf } from "./from-poll.ts";
import { textsOf } from "./from-text.ts";
import { threadOf } from "./from-thread.ts";
import {
  iriOf,
  irisOf,
  isJson,
  listOf,
  sameOrigin,
  textOf,
  timeOf,
  typesOf,
  webAddress,
  type Json,
} from "./json.ts";

/** What is needed to read a note: who wrote it, as far as known here, and the time. */
export type NoteContext = {
  /** The author's followers collection, null when unknown: followers-only notes are then direct ones (never wider). */
  readonly followersUri: string | null;
  /** Now in ms; later times are clamped to it. */
  readonly now: number;
};

/** Object types that are shown as notes: ActivityStreams' own, and what PeerTube, Lemmy, Mobilizon, Pleroma and blogs send. */
export const NOTE_TYPES: ReadonlySet<string> = new Set(NOTE_KINDS);

/**
 * A remote note in normal form as the domain takes it; null when it is none, has no single author on its own origin, or
 * names more people than anybody does. HTML is handed over as it came: services sanitise it when they receive it.
 */
export function fromNote(json: Json, context: NoteContext): ReceivedNote | null {
  const uri = webAddress(iriOf(json["id"]));
  const authorUri = authorOf(json);
  const kind = kindOf(json);
  if (uri === null || authorUri === null || !sameOrigin(uri, authorUri)) return null;
  if (kind === null || isVote(json)) return null;
  const to = irisOf(json["to"]);
  const cc = [...irisOf(json["cc"]), ...irisOf(json["audience"])];
  const mentionUris = mentionsOf(json["tag"]);
  if (to.length + cc.length > NOTE_LIMITS.addressees || mentionUris.length > NOTE_LIMITS.addressees)
    return null;
  const publishedAt = Math.min(timeOf(json["published"]) ?? context.now, context.now);
  const text = textsOf(json);
  const visibility = visibilityOf({ to, cc, followersUri: context.followersUri });
  const isOpen = visibility === "public" || visibility === "unlisted";
  return {
    uri,
    url: pageOf(json["url"], "text/html"),
    authorUri,
    visibility,
    kind,
    inReplyToUri: webAddress(iriOf(json["inReplyTo"])),
    audienceUri: groupOf(json),
    ...threadOf(json, uri),
    emojis: emojisOf(json["tag"]),
    poll: pollOf(json, context.now),
    event: eventOf(json),
    quote: quoteOf(json),
    policy: policyOf(json),
    replyAuthorizationUri: webAddress(iriOf(json["replyAuthorization"])),
    ...text,
    sensitive: json["sensitive"] === true || (text.summary !== null && json["sensitive"] !== false),
    publishedAt,
    updatedAt: updatedOf(json, publishedAt, context.now),
    // Whom a private note is for may see it, named in a tag or not: Lemmy's and Pleroma's messages have no tags.
    mentionUris: isOpen
      ? mentionUris
      : [...new Set([...mentionUris, ...addressees([...to, ...cc], context)])],
    tags: tagsOf(json["tag"]),
    attachments: attachmentsOf(json),
    card: cardOf(json),
  };
}

/** The first type word that we show; a Note that is more than a Note is what it is more. */
function kindOf(json: Json): NoteKind | null {
  const types = typesOf(json);
  return (
    NOTE_KINDS.find((kind) => kind !== "Note" && types.includes(kind)) ??
    (types.includes("Note") ? "Note" : null)
  );
}

/**
 * The one author: everybody in `attributedTo` that is on the note's own origin. PeerTube names account and channel,
 * Lemmy one person; the first one on the origin is taken, and none of them may be elsewhere.
 */
function authorOf(json: Json): string | null {
  const authors = irisOf(json["attributedTo"]).map((id) => webAddress(id));
  const [first] = authors;
  if (first === undefined || first === null) return null;
  return authors.every((author) => author !== null && sameOrigin(author, first)) ? first : null;
}

/**
 * The group that a note was posted to: `audience` (FEP-1b12), or the owner of the collection it was added to (FEP-400e:
 * Smithereen's walls).
 */
function groupOf(json: Json): string | null {
  const audience = irisOf(json["audience"]).find((iri) => iri !== PUBLIC_COLLECTION);
  const target = listOf(json["target"])[0];
  const owner = isJson(target) ? iriOf(target["attributedTo"]) : null;
  const group = webAddress(audience ?? owner);
  return group === webAddress(iriOf(json["attributedTo"])) ? null : group;
}

/** Actors among the addressees, as far as that can be seen: collections are told apart when they are looked up. */
function addressees(iris: readonly string[], { followersUri }: NoteContext): readonly string[] {
  const uris = iris.map((iri) => webAddress(iri)).filter((uri) => uri !== null);
  return uris.filter((uri) => uri !== followersUri && uri !== PUBLIC_COLLECTION);
}

/** When the note was last edited, never in the future; null when it was not. */
function updatedOf(json: Json, publishedAt: number, now: number): number | null {
  const updated = timeOf(json["updated"]);
  if (updated === null) return null;
  const clamped = Math.min(updated, now);
  // Ghost's new notes are "updated" a millisecond after they were published.
  return clamped >= publishedAt + 1_000 ? clamped : null;
}

function mentionsOf(tag: unknown): readonly string[] {
  const hrefs = listOf(tag).map((item) =>
    isJson(item) && typesOf(item).includes("Mention") ? webAddress(item["href"]) : null,
  );
  return [...new Set(hrefs.filter((href) => href !== null))];
}

/** Hashtags without # or ＃, normalised as FEP-eb48 asks: NFKC, lower case. */
function tagsOf(tag: unknown): readonly string[] {
  const names = listOf(tag).map((item) => {
    if (!isJson(item) || !typesOf(item).includes("Hashtag")) return "";
    return (textOf(item["name"]) ?? "").normalize("NFKC").replace(/^#/, "").toLowerCase();
  });
  return [...new Set(names.filter((name) => /^[\p{L}\p{N}\p{M}_·\u200c\u200d]{1,100}$/u.test(name)))].slice(
    0,
    NOTE_LIMITS.tags,
  );
}
