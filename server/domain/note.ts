import type { ActorView } from "./actor.ts";
import type { ActorId, AttachmentId, DraftId, NoteId } from "./ids.ts";
import type { Visibility } from "./visibility.ts";

/** Limits of a note; the same for local and received ones where it makes sense. */
export const NOTE_LIMITS = {
  /** Characters (code points) of a local note and its content warning together. */
  characters: 5000,
  media: 16,
  altCharacters: 1500,
  mentions: 64,
  tags: 64,
  /** Received notes name at most this many addressees; the rest is refused. */
  addressees: 256,
} as const;

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
};

/** A note as every door draws it: built by a fixed number of queries a page, asks the database nothing. */
export type NoteView = {
  readonly id: NoteId;
  readonly uri: string;
  readonly url: string;
  readonly author: ActorView;
  readonly local: boolean;
  readonly visibility: Visibility;
  /** Full BCP-47 tag, null = unknown. */
  readonly language: string | null;
  /** Content warning as plain text, null = none. */
  readonly summary: string | null;
  readonly contentHtml: string;
  /** Further languages of a two-tongue note: tag → sanitised HTML, `language` included when known. */
  readonly contentMap: Readonly<Record<string, string>>;
  readonly sensitive: boolean;
  readonly publishedAt: number;
  readonly editedAt: number | null;
  readonly replyTo: {
    readonly id: NoteId | null;
    readonly uri: string;
    readonly author: ActorView | null;
  } | null;
  readonly likesCount: number;
  readonly announcesCount: number;
  readonly repliesCount: number;
  readonly attachments: readonly AttachmentView[];
  readonly tags: readonly string[];
  readonly mentions: readonly {
    readonly id: ActorId;
    readonly uri: string;
    readonly url: string;
    readonly username: string;
    readonly host: string | null;
  }[];
  readonly viewer: {
    readonly liked: boolean;
    readonly announced: boolean;
    readonly bookmarked: boolean;
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
  readonly replies: readonly { readonly note: NoteView; readonly depth: number }[];
  /** The parent was named but is not here. */
  readonly missingParentUri: string | null;
};

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
    readonly { readonly id: AttachmentId; readonly alt?: string | undefined }[] | undefined;
  readonly sensitive?: boolean | undefined;
  /** The draft this came from: it is consumed, and a second submit of it gives the same note. */
  readonly draftId?: DraftId | undefined;
  /** A client's Idempotency-Key. */
  readonly idempotencyKey?: string | undefined;
};

/** The command behind the edit form; visibility cannot change. */
export type EditNote = {
  readonly noteId: NoteId;
  readonly source: string;
  readonly summary?: string | undefined;
  readonly language?: string | undefined;
  readonly sensitive?: boolean | undefined;
};

/** A remote note as read from the wire, sanitised, its visibility already decided. */
export type ReceivedNote = {
  readonly uri: string;
  readonly url: string | null;
  readonly authorUri: string;
  readonly visibility: Visibility;
  readonly inReplyToUri: string | null;
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
  readonly attachments: readonly {
    readonly kind: "image" | "video" | "audio" | "file";
    readonly url: string;
    readonly mediaType: string;
    readonly alt: string;
    readonly width: number | null;
    readonly height: number | null;
    readonly blurhash: string | null;
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
  readonly replyToId: NoteId | null;
  readonly attachments: readonly AttachmentView[];
  readonly updatedAt: number;
};

/** Counts characters as people do: code points, CRLF as one. */
export function countCharacters(text: string): number {
  return [...text.replaceAll("\r\n", "\n")].length;
}
