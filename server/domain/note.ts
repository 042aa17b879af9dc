import type { ActorView } from "./actor.ts";
import type { CardView, ReceivedCard } from "./card.ts";
import type { CustomEmoji, ReceivedEmoji } from "./emoji.ts";
import type { Filtered } from "./filter.ts";
import type { ActorId, AttachmentId, DraftId, NoteId } from "./ids.ts";
import type { OwnPolicy, Permission, QuoteCircle, QuoteState, ReceivedPolicy, Verb } from "./policy.ts";
import type { ReactionView } from "./reaction.ts";
import type { NewPoll, PollView, ReceivedPoll } from "./poll.ts";
import type { Visibility } from "./visibility.ts";
import type { Withheld } from "./withholding.ts";

/** Limits of a note; the same for local and received ones where it makes sense. */
export const NOTE_LIMITS = {
  /** Characters (code points) of a local note and its content warning together. */
  characters: 5000,
  media: 16,
  altCharacters: 1500,
  mentions: 64,
  tags: 64,
  /** A titled note that is longer than this, without media, is an Article. */
  titledCharacters: 1500,
  /** Notes that wait to be posted by themselves, for each account. */
  scheduled: 300,
  /** Received notes name at most this many addressees; the rest is refused. */
  addressees: 256,
} as const;

/** What a note is on the wire; everything else about it is the same for all of them. */
export const NOTE_KINDS = [
  "Note",
  "Article",
  "Page",
  "Question",
  "Event",
  "Video",
  "Audio",
  "Image",
  "ChatMessage",
] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

/** When and where an event is (FEP-8a8e); times in ms. */
export type EventFacts = {
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  /** Name and address in one line. */
  readonly place: string | null;
  /** Web address of a meeting room or map. */
  readonly placeUrl: string | null;
  readonly isCancelled: boolean;
};

/** The part of a picture that must stay in sight, from -1 (left, bottom) to 1 (right, top), as Mastodon has it. */
export type Focus = { readonly x: number; readonly y: number };

/** A picture of a note. `url` is on our own origin (file or signed proxy). */
export type AttachmentView = {
  readonly id: AttachmentId;
  readonly kind: "image" | "video" | "audio" | "file";
  readonly url: string;
  readonly mediaType: string;
  readonly alt: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly blurhash: string | null;
  readonly focus: Focus | null;
  /** A picture that stands for a video or a recording, on our own origin. */
  readonly coverUrl: string | null;
  readonly durationMs: number | null;
  /** Bytes. */
  readonly size: number | null;
  /** What is uploaded is worked on before others can see it; `progress` in percent, `fault` is a message key. */
  readonly state: MediaState;
  readonly progress: number;
  readonly fault: string | null;
  /** The same picture in other sizes and codings, smallest first. */
  readonly variants: readonly MediaVariant[];
  /** Captions as WebVTT, on our own origin. */
  readonly captions: readonly Captions[];
  /** Stands for its note in grids. */
  readonly isCover: boolean;
  /** Short and silent: shown in a loop. */
  readonly animated: boolean;
  /** Where the file and its cover are at their own server; null for ours. */
  readonly remoteUrl: string | null;
  readonly remoteCoverUrl: string | null;
};

export type MediaState = "waiting" | "working" | "ready" | "failed";
export type MediaVariant = {
  readonly url: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
};
export type Captions = { readonly url: string; readonly language: string; readonly label: string };

/** A note as every door draws it: built by a fixed number of queries a page, asks the database nothing. */
export type NoteView = {
  readonly id: NoteId;
  readonly uri: string;
  readonly url: string;
  readonly author: ActorView;
  readonly local: boolean;
  readonly visibility: Visibility;
  readonly kind: NoteKind;
  /** Title of an article, page, video or event. */
  readonly title: string | null;
  /** Custom emoji of text, title, warning and poll. */
  readonly emojis: readonly CustomEmoji[];
  readonly poll: PollView | null;
  readonly event: EventFacts | null;
  /** The group it was posted to (FEP-1b12 `audience`), if that is known here. */
  readonly group: ActorView | null;
  /** Full BCP-47 tag, null = unknown. */
  readonly language: string | null;
  /** Content warning as plain text, null = none. */
  readonly summary: string | null;
  readonly contentHtml: string;
  /** Further languages of a two-tongue note: tag → sanitised HTML, `language` included when known. */
  readonly contentMap: Readonly<Record<string, string>>;
  /** Its author, or moderators, cover its media. */
  readonly sensitive: boolean;
  /** Words that moderators put on it: those of `LABELS` (statement.ts). */
  readonly labels: readonly string[];
  /** Moderators hid it, or it waits until one looks: its author and staff alone see it. */
  readonly hidden: boolean;
  /** Hidden until a moderator has looked: a classifier asked for it. */
  readonly waits: boolean;
  readonly publishedAt: number;
  readonly editedAt: number | null;
  /** When it deletes itself, as its author chose; ms. */
  readonly expiresAt: number | null;
  readonly replyTo: {
    readonly id: NoteId | null;
    readonly uri: string;
    readonly author: ActorView | null;
  } | null;
  readonly likesCount: number;
  readonly announcesCount: number;
  readonly repliesCount: number;
  /** Open quotes that its author agreed to. */
  readonly quotesCount: number;
  /** The app it was written with; its author alone learns that. */
  readonly app: { readonly name: string; readonly website: string | null } | null;
  readonly attachments: readonly AttachmentView[];
  readonly tags: readonly string[];
  readonly mentions: readonly {
    readonly id: ActorId;
    readonly uri: string;
    readonly url: string;
    readonly username: string;
    readonly host: string | null;
  }[];
  readonly reactions: readonly ReactionView[];
  /** What the page behind its first link says about itself. */
  readonly card: CardView | null;
  /** `note` is null when its author did not agree, or when it is not for this viewer, or gone. */
  readonly quote: {
    readonly state: QuoteState;
    readonly uri: string;
    readonly url: string;
    readonly note: NoteView | null;
  } | null;
  /** What the law keeps from readers of some countries; left out when there is nothing of the kind. */
  readonly withheld?: Withheld;
  /** What the reader did not want to come upon; `hide` only where it cannot be left out. */
  readonly filtered: Filtered | null;
  /** What the viewer may do with it, by its author's policy. */
  readonly may: Readonly<Record<Verb, Permission>>;
  /** Whose quotes its author takes, in circles that everybody knows. */
  readonly quotable: { readonly automatic: readonly QuoteCircle[]; readonly manual: readonly QuoteCircle[] };
  readonly viewer: {
    readonly liked: boolean;
    readonly announced: boolean;
    readonly bookmarked: boolean;
    /** On the reader's own profile. */
    readonly pinned: boolean;
    /** They want to hear nothing of its thread. */
    readonly muted: boolean;
    readonly mine: boolean;
  };
};

/** One line of a timeline: a note, perhaps seen because somebody boosted it. `id` is the cursor. */
export type EntryView = {
  readonly id: number;
  readonly note: NoteView;
  readonly announcedBy: ActorView | null;
  readonly at: number;
};

/** A page of anything ordered newest first. Cursors are ids; null = nothing further that way. */
export type Page<T> = {
  readonly items: readonly T[];
  readonly older: number | null;
  readonly newer: number | null;
  /** Cursor of the newest thing on the page, for those who ask later what came since; null = an empty page. */
  readonly first: number | null;
};

/** Where a page starts: entries older than `before`, or newer than `after`. */
export type PageRequest = {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
};

/** A thread: ancestors oldest first, then the note, then replies in reading order with their depth (1 = direct). */
export type ThreadView = {
  readonly ancestors: readonly NoteView[];
  readonly note: NoteView;
  readonly replies: readonly ThreadReply[];
  /** Replies by people whom the reader has muted, or that a filter hides, and what hangs on them. */
  readonly hidden: readonly ThreadReply[];
  readonly order: ThreadOrder;
  /** Of the direct replies, beginning with 1; null = there is no further one. */
  readonly page: number;
  readonly nextPage: number | null;
  /** The parent was named but is not here. */
  readonly missingParentUri: string | null;
};

/** A reply in a thread. */
export type ThreadReply = {
  readonly note: NoteView;
  /** 1 = answers the note of the thread. */
  readonly depth: number;
  /** Answers to it that lie too deep to be shown here. */
  readonly further: number;
};

/** In which order direct replies stand; what hangs on them reads from old to new. */
export const THREAD_ORDERS = ["oldest", "newest", "liked"] as const;
export type ThreadOrder = (typeof THREAD_ORDERS)[number];

/** An earlier version of a note. */
export type NoteVersion = {
  readonly at: number;
  readonly summary: string | null;
  readonly contentHtml: string;
  readonly language: string | null;
};

/** The command behind the compose form and `POST statuses`. */
export type CreateNote = {
  readonly source: string;
  readonly summary?: string | undefined;
  readonly visibility: Visibility;
  readonly language?: string | undefined;
  readonly replyToId?: NoteId | undefined;
  readonly attachments?:
    | readonly {
        readonly id: AttachmentId;
        readonly alt?: string | undefined;
        readonly focus?: Focus | undefined;
        /** Stands for the note in grids. */
        readonly isCover?: boolean | undefined;
      }[]
    | undefined;
  readonly sensitive?: boolean | undefined;
  /** With a long text and no media it makes an Article, else it is the first line of a Note. */
  readonly title?: string | undefined;
  readonly poll?: NewPoll | undefined;
  /** The note deletes itself after this time. */
  readonly expiresInMs?: number | undefined;
  /** The note that it quotes. */
  readonly quoteOf?: NoteId | undefined;
  /** Who may answer, like, boost, quote it; what is left out is as the person chose for all. */
  readonly policy?: Partial<OwnPolicy> | undefined;
  /** The draft this came from: it is consumed, and a second submit of it gives the same note. */
  readonly draftId?: DraftId | undefined;
  /** A client's Idempotency-Key. */
  readonly idempotencyKey?: string | undefined;
  /** The app it is written with. */
  readonly appId?: number | undefined;
};

/** The command behind the edit form; visibility cannot change. */
export type EditNote = {
  readonly noteId: NoteId;
  readonly source: string;
  readonly summary?: string | undefined;
  readonly language?: string | undefined;
  readonly sensitive?: boolean | undefined;
  /** Left out = as it was. */
  readonly title?: string | undefined;
  /** All files in their new order; own free uploads join, what is not named goes. Left out = as they were. */
  readonly attachments?: CreateNote["attachments"];
  /** Of a note that has a poll: other options or another kind of choice start it anew, without votes. */
  readonly poll?: NewPoll | undefined;
};

/** A remote note as read from the wire, sanitised, its visibility already decided. */
export type ReceivedNote = {
  readonly uri: string;
  readonly url: string | null;
  readonly authorUri: string;
  readonly visibility: Visibility;
  readonly kind: NoteKind;
  readonly title: string | null;
  readonly inReplyToUri: string | null;
  /** The group it was posted to (FEP-1b12 `audience`, Smithereen's `target`). */
  readonly audienceUri: string | null;
  /** The conversation as its author's server names it (FEP-7888). */
  readonly contextUri: string | null;
  readonly repliesUri: string | null;
  /** How many replies its own server knows, when it says. */
  readonly repliesTotal?: number | null;
  readonly emojis: readonly ReceivedEmoji[];
  readonly poll: ReceivedPoll | null;
  readonly event: EventFacts | null;
  /** What it was written as: kept for those who ask, never rendered again (FEP-c16b). */
  readonly source: { readonly content: string; readonly mediaType: string } | null;
  readonly quote: { readonly uri: string; readonly authorizationUri: string | null } | null;
  readonly policy: ReceivedPolicy | null;
  /** The stamp of the author of what it answers, as it claims itself. */
  readonly replyAuthorizationUri?: string | null | undefined;
  readonly summary: string | null;
  readonly contentHtml: string;
  /** Tag → sanitised HTML. */
  readonly contentMap: Readonly<Record<string, string>>;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly publishedAt: number;
  readonly updatedAt: number | null;
  readonly mentionUris: readonly string[];
  /** Normalised tags without #. */
  readonly tags: readonly string[];
  /** The link that hangs on it, as its sender describes it. */
  readonly card?: ReceivedCard | null | undefined;
  readonly attachments: readonly {
    readonly kind: "image" | "video" | "audio" | "file";
    readonly url: string;
    readonly mediaType: string;
    readonly alt: string;
    readonly width: number | null;
    readonly height: number | null;
    readonly blurhash: string | null;
    readonly focus: Focus | null;
    readonly coverUrl: string | null;
    readonly durationMs: number | null;
    /** SHA-256 of the file as multibase (FEP-1311). */
    readonly digest: string | null;
    readonly size: number | null;
  }[];
};

/** What the compose form holds, kept on the server so that nothing typed is ever lost. */
export type Draft = {
  readonly id: DraftId;
  readonly source: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly title: string;
  readonly poll: NewPoll | null;
  readonly quoteOf: NoteId | null;
  readonly policy: Partial<OwnPolicy>;
  readonly replyToId: NoteId | null;
  readonly attachments: readonly AttachmentView[];
  /** When it should be posted by itself, as chosen in the form; ms. */
  readonly scheduleAt: number | null;
  /** The note would delete itself after this time. */
  readonly expiresInMs: number | null;
  readonly appId: number | null;
  readonly updatedAt: number;
  /** Set while it waits to be posted by itself; ms. */
  readonly publishAt: number | null;
  /** Why it could not be posted by itself. */
  readonly fault: { readonly key: string; readonly params: Readonly<Record<string, string | number>> } | null;
};

/** True for a note that everybody may see. */
export function isOpen(note: Pick<NoteView, "visibility">): boolean {
  return note.visibility === "public" || note.visibility === "unlisted";
}

/**
 * True when words and pictures of a note may stand where nobody asked for them: in cards of other sites, in search
 * results, in feeds. Behind a warning, marked as sensitive or not for everybody: never.
 */
export function speaksForItself(note: NoteView): boolean {
  return isOpen(note) && note.summary === null && !note.sensitive;
}

/** Counts characters as people do: code points, CRLF as one. */
export function countCharacters(text: string): number {
  return [...text.replaceAll("\r\n", "\n")].length;
}
