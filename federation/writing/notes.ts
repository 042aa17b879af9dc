import {
  Article,
  Collection,
  Create,
  Delete,
  Document,
  Emoji,
  Hashtag,
  Image,
  LanguageString,
  Mention,
  Note,
  Question,
  Source,
  Tombstone,
  Update,
} from "@fedify/vocab";
import { isoTime } from "../../server/context.ts";
import { handleOf } from "../../server/domain/actor.ts";
import type { FederatedPoll } from "../../server/domain/poll.ts";
import type { Uris } from "../../server/domain/uris.ts";
import type { FederatedEmoji } from "../../server/services/notes/emojis.ts";
import type { FederatedNote } from "../../server/services/federation/federated-notes.ts";
import { toInstant } from "../reading/time.ts";
import { addressed, audienceOfNote } from "./audience.ts";
import { policyTerms } from "./policies.ts";
import { quoteTags, quoteTerms } from "./quotes.ts";
import { toCard } from "./cards.ts";
import type { Extras } from "./wire.ts";

// PURE: notes of ours and what is said of them. What the vocabulary cannot say is in `extrasOf`.

/**
 * A local note: an Article when it is one, a Question when it asks something. A Note with a title says it as its name and
 * as the first line of its content; an answer does not, since a name in an answer to a poll looks like a vote.
 */
export function toNote(note: FederatedNote, uris: Uris): Note | Article | Question {
  const values = valuesOf(note, uris);
  if (note.poll !== null) return new Question({ ...values, ...pollValues(note.poll) });
  if (note.title === null || note.kind !== "Article")
    return new Note({ ...values, name: note.replyToUri === null ? note.title : null });
  return new Article({ ...values, name: note.title, preview: previewOf(note) });
}

/** `contents` starts with what everybody shows, then every language by its tag. */
function valuesOf(note: FederatedNote, uris: Uris) {
  return {
    id: new URL(note.uri),
    attribution: new URL(note.actorUri),
    ...addressed(audienceOfNote(note, uris)),
    contents: [note.contentHtml, ...languagesOf(note).map(([tag, html]) => new LanguageString(html, tag))],
    summary: note.summary,
    sensitive: note.sensitive,
    source: note.source === null ? null : new Source({ content: note.source, mediaType: "text/markdown" }),
    replyTarget: urlOrNull(note.replyToUri),
    audience: urlOrNull(note.group?.uri ?? null),
    url: new URL(note.url),
    published: toInstant(note.publishedAt),
    updated: note.updatedAt === null ? null : toInstant(note.updatedAt),
    tags: [
      ...note.mentions
        .filter((mention) => mention.named)
        .map((mention) => new Mention({ href: new URL(mention.uri), name: handleOf(mention) })),
      ...note.tags.map((tag) => new Hashtag({ href: new URL(uris.tag(tag)), name: `#${tag}` })),
      ...note.emojis.map(toEmoji),
      ...quoteTags(note.consent),
    ],
    attachments: note.attachments.map(toDocument),
    replies: new Collection({ id: new URL(uris.replies(note.id)), totalItems: note.repliesCount }),
    likes: new Collection({ id: new URL(uris.likesOf(note.id)), totalItems: note.likesCount }),
    shares: new Collection({ id: new URL(uris.sharesOf(note.id)), totalItems: note.announcesCount }),
  };
}

function toDocument(one: FederatedNote["attachments"][number]): Document {
  return new Document({
    url: new URL(one.url),
    mediaType: one.mediaType,
    name: one.alt === "" ? null : one.alt,
    width: one.width,
    height: one.height,
  });
}

/** A custom emoji of ours (FEP-9098); a tag of texts that use it, and an object of its own. */
export function toEmoji(emoji: FederatedEmoji): Emoji {
  return new Emoji({
    id: new URL(emoji.uri),
    name: `:${emoji.name}:`,
    updated: toInstant(emoji.updatedAt),
    icon: new Image({ url: new URL(emoji.url), mediaType: emoji.mediaType }),
  });
}

function pollValues(poll: FederatedPoll) {
  const options = poll.options.map(
    ({ title, votes }) => new Note({ name: title, replies: new Collection({ totalItems: votes }) }),
  );
  return {
    ...(poll.multiple ? { inclusiveOptions: options } : { exclusiveOptions: options }),
    endTime: poll.endsAt === null ? null : toInstant(poll.endsAt),
    closed: poll.closedAt === null ? null : toInstant(poll.closedAt),
    voters: poll.votersCount,
  };
}

/** The article for servers that show nothing but notes (FEP-b2b8). */
function previewOf(note: FederatedNote): Note {
  return new Note({
    attribution: new URL(note.actorUri),
    content: note.previewHtml,
    published: toInstant(note.publishedAt),
  });
}

/** What is left of a deleted note (ActivityPub 6.4); says nothing but that it was one. */
export function toTombstone(uri: string): Tombstone {
  return new Tombstone({ id: new URL(uri) });
}

/** Create(Note), Update(Note). */
export function toNoteActivity(
  type: "create" | "update",
  activityUri: string,
  note: FederatedNote,
  uris: Uris,
): Create | Update {
  const values = {
    id: new URL(activityUri),
    actor: new URL(note.actorUri),
    object: toNote(note, uris),
    audience: urlOrNull(note.group?.uri ?? null),
    published: toInstant(type === "create" ? note.publishedAt : (note.updatedAt ?? note.publishedAt)),
    ...addressed(audienceOfNote(note, uris)),
  };
  return type === "create" ? new Create(values) : new Update({ ...values, updated: values.published });
}

/** Update(Question) with the tallies of now; the question's own `updated` stays, since nobody edited it (Mastodon). */
export function toTallies(activityUri: string, note: FederatedNote, uris: Uris, now: number): Update {
  return new Update({
    id: new URL(activityUri),
    actor: new URL(note.actorUri),
    object: toNote(note, uris),
    published: toInstant(now),
    ...addressed(audienceOfNote(note, uris)),
  });
}

/** Delete(Tombstone) to whoever was told of the note, and never to more (threats PRV-08). */
export function toNoteDelete(activityUri: string, note: FederatedNote, uris: Uris): Delete {
  return new Delete({
    id: new URL(activityUri),
    actor: new URL(note.actorUri),
    object: toTombstone(note.uri),
    ...addressed(audienceOfNote(note, uris)),
  });
}

/** A vote: Create of a Note with the answer as its name, for the poll's author alone (FEP-9967). */
export function toVote(
  activityUri: string,
  vote: {
    readonly uri: string;
    readonly actorUri: string;
    readonly authorUri: string;
    readonly pollUri: string;
    readonly option: string;
    readonly at: number;
  },
): Create {
  const to = new URL(vote.authorUri);
  const actor = new URL(vote.actorUri);
  const published = toInstant(vote.at);
  return new Create({
    id: new URL(activityUri),
    actor,
    to,
    published,
    object: new Note({
      id: new URL(vote.uri),
      attribution: actor,
      to,
      name: vote.option,
      replyTarget: new URL(vote.pollUri),
      published,
    }),
  });
}

/** The tongues of a note: its map, or its one language when that is known. */
export function languagesOf(
  note: Pick<FederatedNote, "contentMap" | "contentHtml" | "language">,
): readonly (readonly [string, string])[] {
  const entries = Object.entries(note.contentMap);
  if (entries.length > 0) return entries;
  return note.language === null ? [] : [[note.language, note.contentHtml]];
}

/** What a note says beyond the vocabulary. */
export function extrasOf(note: FederatedNote): Extras {
  const contentMap = Object.fromEntries(languagesOf(note));
  const attachments = note.attachments.map((one) => [one.url, termsOf(one)] as const);
  return {
    // In the tags' own letters: the vocabulary writes `zh-hant`.
    note: {
      ...(Object.keys(contentMap).length > 0 ? { contentMap } : {}),
      ...contextTerms(note),
      ...quoteTerms(note.consent),
      ...policyTerms(note.consent),
      ...formerTerms(note),
    },
    attachments: Object.fromEntries(attachments),
    card: note.card === null ? null : toCard(note.card),
  };
}

/** Where it was before its author took it along (FEP-1580). */
function formerTerms({ former }: FederatedNote) {
  return former === null ? {} : { migratedFrom: former.uri, migratedAt: isoTime(former.at) };
}

/** Focal point as Mastodon has it, size and digest of FEP-1311, captions as PeerTube writes them. */
function termsOf(one: FederatedNote["attachments"][number]) {
  return {
    blurhash: one.blurhash,
    focalPoint: one.focus === null ? null : [one.focus.x, one.focus.y],
    digestMultibase: one.digest,
    size: one.size,
    duration: one.durationMs === null ? null : `PT${one.durationMs / 1000}S`,
    // Mastodon, Pleroma and PeerTube take the picture before a film plays from here.
    icon: one.coverUrl === null ? null : { type: "Image", mediaType: "image/webp", url: one.coverUrl },
    subtitleLanguage:
      one.captions.length === 0
        ? null
        : one.captions.map(({ url, language }) => ({ identifier: language, url, mediaType: "text/vtt" })),
  };
}

/** The conversation of a note: to be fetched (FEP-7888), and by the older name, which groups threads in Mastodon. */
function contextTerms(note: FederatedNote) {
  return { context: note.contextUri, conversation: note.contextUri };
}

function urlOrNull(uri: string | null): URL | null {
  return uri === null || !URL.canParse(uri) ? null : new URL(uri);
}
