import { isoTime } from "../../server/context.ts";
import type { CardView } from "../../server/domain/card.ts";
import type { EntryView, NoteView } from "../../server/domain/note.ts";
import type { Permission } from "../../server/domain/policy.ts";
import type { PreviewCard, Status } from "../entities/status.ts";
import { absolute, acctOf, toAccount, toEmojis } from "./account.ts";
import { toMedia, toPoll } from "./media.ts";

type Plain = NonNullable<Status["reblog"]>;
type Quote = NonNullable<Plain["quote"]>;
type QuoteState = Quote["state"];

/** What a note is drawn for. */
export type Draw = { readonly origin: string; readonly isSignedIn: boolean };

const VISIBILITIES = {
  public: "public",
  unlisted: "unlisted",
  followers: "private",
  direct: "direct",
} as const satisfies Record<NoteView["visibility"], Status["visibility"]>;

const CURRENT_USER = { yes: "automatic", ask: "manual", no: "denied" } as const satisfies Record<
  Permission,
  string
>;

/** A note as clients know it. */
export function toStatus(draw: Draw, note: NoteView): Plain {
  const { quote } = note;
  return {
    ...baseOf(draw, note),
    reblog: null,
    quote:
      quote === null
        ? null
        : {
            state: stateOf(quote),
            quoted_status: quote.note === null ? null : toQuoted(draw, quote.note),
          },
  };
}

/** A line of a timeline: a note, or a boost around it, which has an id and an author of its own. */
export function toTimelineStatus(draw: Draw, entry: EntryView): Status {
  const status = toStatus(draw, entry.note);
  if (entry.announcedBy === null) return status;
  return {
    ...status,
    id: String(entry.id),
    uri: `${entry.note.uri}#announce-${entry.id}`,
    account: toAccount(draw.origin, entry.announcedBy),
    created_at: isoTime(entry.at),
    edited_at: null,
    reblog: status,
  };
}

type Quoted = NonNullable<Quote["quoted_status"]>;

/** One level deep: what a quoted note quotes is only named. */
function toQuoted(draw: Draw, note: NoteView): Quoted {
  const { quote } = note;
  return {
    ...baseOf(draw, note),
    reblog: null,
    quote:
      quote === null
        ? null
        : { state: stateOf(quote), quoted_status_id: quote.note === null ? null : String(quote.note.id) },
  };
}

function stateOf(quote: NonNullable<NoteView["quote"]>): QuoteState {
  switch (quote.state) {
    case "accepted":
      return quote.note === null ? "deleted" : "accepted";
    case "pending":
      return "pending";
    case "rejected":
      return "rejected";
    case "revoked":
      return "revoked";
    default:
      return "unauthorized";
  }
}

function baseOf({ origin, isSignedIn }: Draw, note: NoteView): Omit<Plain, "reblog" | "quote"> {
  return {
    id: String(note.id),
    uri: note.uri,
    url: note.url,
    created_at: isoTime(note.publishedAt),
    edited_at: note.editedAt === null ? null : isoTime(note.editedAt),
    account: toAccount(origin, note.author),
    content: contentOf(note),
    visibility: VISIBILITIES[note.visibility],
    sensitive: note.sensitive,
    spoiler_text: note.summary ?? "",
    media_attachments: note.attachments.map((attachment) => toMedia(origin, attachment)),
    application: null,
    mentions: note.mentions.map((person) => ({
      id: String(person.id),
      username: person.username,
      url: person.url,
      acct: acctOf(person),
    })),
    tags: note.tags.map((name) => ({ name, url: tagUrl(origin, name) })),
    emojis: toEmojis(origin, note.emojis),
    reblogs_count: note.announcesCount,
    favourites_count: note.likesCount,
    replies_count: note.repliesCount,
    quotes_count: 0,
    in_reply_to_id: idOf(note.replyTo?.id),
    in_reply_to_account_id: idOf(note.replyTo?.author?.id),
    poll: note.poll === null ? null : toPoll(origin, note, note.poll, isSignedIn),
    card: note.card === null ? null : toCard(origin, note.card),
    language: note.language,
    ...(isSignedIn ? ownOf(note) : {}),
  };
}

function idOf(id: number | null | undefined): string | null {
  return id === null || id === undefined ? null : String(id);
}

function ownOf(note: NoteView) {
  return {
    favourited: note.viewer.liked,
    reblogged: note.viewer.announced,
    bookmarked: note.viewer.bookmarked,
    muted: false,
    ...(note.viewer.mine ? { pinned: note.viewer.pinned } : {}),
    quote_approval: {
      automatic: [],
      manual: [],
      current_user: CURRENT_USER[note.may.quote],
    },
    filtered: [],
  };
}

/** Clients know no titles: one stands above the text, as it does in what other servers get. */
function contentOf(note: NoteView): string {
  return note.title === null
    ? note.contentHtml
    : `<p><strong>${escaped(note.title)}</strong></p>${note.contentHtml}`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The page of a tag. */
export function tagUrl(origin: string, name: string): string {
  return `${origin}/tags/${encodeURIComponent(name.toLowerCase())}`;
}

/** What hangs on a link. */
export function toCard(origin: string, card: CardView): PreviewCard {
  return {
    url: card.url,
    title: card.title,
    description: card.description,
    type: "link",
    authors: card.author === "" ? [] : [{ name: card.author, url: "", account: null }],
    author_name: card.author,
    author_url: "",
    provider_name: card.site,
    provider_url: "",
    html: "",
    width: card.width ?? 0,
    height: card.height ?? 0,
    image: card.imageUrl === null ? null : absolute(origin, card.imageUrl),
    image_description: "",
    embed_url: "",
    blurhash: null,
    language: card.language,
    published_at: null,
  };
}
