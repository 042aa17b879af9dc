import { isoTime } from "../../server/context.ts";
import type { CardView } from "../../server/domain/card.ts";
import type { Filtered } from "../../server/domain/filter.ts";
import { timeOfId } from "../../server/domain/ids.ts";
import type { EntryView, NoteVersion, NoteView } from "../../server/domain/note.ts";
import type { Permission, QuoteCircle } from "../../server/domain/policy.ts";
import type { FilterResult } from "../entities/common.ts";
import type { PreviewCard, Status, StatusEdit } from "../entities/status.ts";
import { shortcodeOf } from "../../server/domain/reaction.ts";
import { absolute, acctOf, toAccount, toEmojis } from "./account.ts";
import { toMedia, toPoll } from "./media.ts";

type Plain = NonNullable<Status["reblog"]>;
type Quote = NonNullable<Plain["quote"]>;
type QuoteState = Quote["state"];

/** What a note is drawn for. */
export type Draw = { readonly origin: string; readonly isSignedIn: boolean };

/** Mastodon's words for who may see a note. */
export const VISIBILITIES = {
  public: "public",
  unlisted: "unlisted",
  followers: "private",
  direct: "direct",
} as const satisfies Record<NoteView["visibility"], Status["visibility"]>;

const CURRENT_USER = { yes: "automatic", ask: "manual", no: "denied" } as const satisfies Record<
  Permission,
  string
>;

const QUOTE_CIRCLES = {
  public: "public",
  followers: "followers",
  following: "following",
  other: "unsupported_policy",
} as const satisfies Record<QuoteCircle, string>;

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
    account: toAccount(draw.origin, entry.announcedBy, { lastStatusAt: timeOfId(entry.id) }),
    created_at: isoTime(timeOfId(entry.id)),
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
    account: toAccount(origin, note.author, { lastStatusAt: note.publishedAt }),
    content: contentOf(note),
    visibility: VISIBILITIES[note.visibility],
    sensitive: note.sensitive,
    ...(note.labels.length > 0 || note.hidden
      ? { moderation: { labels: [...note.labels], hidden: note.hidden } }
      : {}),
    ...withheldOf(note),
    media_attachments: note.attachments.map((attachment) => toMedia(origin, attachment)),
    application: note.app ?? { name: note.author.host ?? new URL(origin).host, website: null },
    mentions: note.mentions.map((person) => ({
      id: String(person.id),
      username: person.username,
      url: person.url,
      acct: acctOf(person),
    })),
    tags: note.tags.map((name) => ({ id: name, name, url: tagUrl(origin, name) })),
    emojis: toEmojis(origin, note.emojis),
    reblogs_count: note.announcesCount,
    favourites_count: note.likesCount,
    replies_count: note.repliesCount,
    quotes_count: note.quotesCount,
    in_reply_to_id: idOf(note.replyTo?.id),
    in_reply_to_account_id: idOf(note.replyTo?.author?.id),
    poll: note.poll === null ? null : toPoll(origin, note, note.poll, isSignedIn),
    card: note.card === null ? null : toCard(origin, note.card),
    language: note.language,
    quote_approval: {
      automatic: note.quotable.automatic.map((circle) => QUOTE_CIRCLES[circle]),
      manual: note.quotable.manual.map((circle) => QUOTE_CIRCLES[circle]),
      current_user: isSignedIn ? CURRENT_USER[note.may.quote] : "denied",
    },
    reactions: note.reactions.map(({ name, url, count, mine }) => {
      const address = url === null ? null : absolute(origin, url);
      return { name: shortcodeOf(name) ?? name, count, me: mine, url: address, static_url: address };
    }),
    ...(isSignedIn ? ownOf(note) : {}),
  };
}

/**
 * Apps know no withholding, so the phrase of RFC 7725 stands where the warning does: nothing vanishes without a word. Whoever
 * knows it reads the countries; the note's page has the whole notice.
 */
function withheldOf({
  withheld,
  summary,
}: NoteView): Pick<Plain, "spoiler_text" | "withheld" | "withheld_in_countries"> {
  if (withheld === undefined) return { spoiler_text: summary ?? "" };
  const countries = [...withheld.countries];
  return {
    spoiler_text: withheld.isHere
      ? `451 Unavailable For Legal Reasons (${countries.join(", ")})`
      : (summary ?? ""),
    withheld: withheld.isHere,
    withheld_in_countries: countries,
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
    muted: note.viewer.muted,
    pinned: note.viewer.mine && note.viewer.pinned,
    filtered: note.filtered === null ? [] : toFilterResults(note, note.filtered),
  };
}

function toFilterResults(note: NoteView, { matches }: Filtered): FilterResult[] {
  return matches.map(({ id, title, contexts, action, expiresAt, keywords, isNamed }) => ({
    filter: {
      id: String(id),
      title,
      context: [...contexts],
      expires_at: expiresAt === null ? null : isoTime(expiresAt),
      filter_action: action,
      // masto wants lists; Mastodon says nothing of its parts here, and what matched stands below.
      keywords: [],
      statuses: [],
    },
    keyword_matches: keywords.length === 0 ? null : [...keywords],
    status_matches: isNamed ? [String(note.id)] : null,
  }));
}

/** A note as it was; of earlier times only the words are kept, so the rest is as it is now. */
export function toStatusEdit(
  { origin }: Draw,
  note: NoteView,
  version: NoteVersion,
  { isPresent }: { readonly isPresent: boolean },
): StatusEdit {
  return {
    content: isPresent ? contentOf(note) : version.contentHtml,
    spoiler_text: version.summary ?? "",
    sensitive: note.sensitive,
    created_at: isoTime(version.at),
    account: toAccount(origin, note.author, { lastStatusAt: note.publishedAt }),
    poll:
      isPresent && note.poll !== null ? { options: note.poll.options.map(({ title }) => ({ title })) } : null,
    media_attachments: isPresent ? note.attachments.map((media) => toMedia(origin, media)) : [],
    emojis: toEmojis(origin, note.emojis),
    quote: null,
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
    authors:
      card.author === ""
        ? []
        : [
            {
              name: card.authorActor?.name ?? card.author,
              url: card.authorActor?.url ?? "",
              account: card.authorActor === null ? null : toAccount(origin, card.authorActor),
            },
          ],
    author_name: card.author,
    author_url: card.authorActor?.url ?? "",
    provider_name: card.site,
    provider_url: "",
    html: "",
    width: card.width ?? 0,
    height: card.height ?? 0,
    image: card.imageUrl === null ? null : absolute(origin, card.imageUrl),
    image_description: "",
    embed_url: "",
    blurhash: "",
    ...(card.language === null ? {} : { language: card.language }),
    published_at: null,
  };
}
