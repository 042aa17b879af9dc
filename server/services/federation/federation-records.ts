import type { App } from "../../context.ts";
import {
  type ActorId,
  type AnnounceId,
  asId,
  type BlockId,
  type FollowId,
  type LikeId,
  type NoteId,
} from "../../domain/ids.ts";
import type { Focus } from "../../domain/note.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { listAttachments } from "../../store/attachments.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { findBlockById, findFollowById, listBlockedAmong } from "../../store/follows.ts";
import { findNoteById, listMentions, listTags, type NoteRow } from "../../store/notes.ts";
import { findAnnounce, findLike } from "../../store/reactions.ts";
import { consentForFederation, type FederatedConsent, quotedHtml } from "../consent/consent-records.ts";
import { type FederatedParts, partsForFederation } from "../notes/note-parts.ts";
import { actorView } from "../views.ts";

/** Where an actor takes deliveries; null for local actors, who need none. */
export type Inboxes = { readonly inbox: string; readonly sharedInbox: string | null } | null;

function inboxesOf(row: ActorRow | undefined): Inboxes {
  if (row === undefined || row.host === "") return null;
  return { inbox: row.inbox_uri, sharedInbox: row.shared_inbox_uri };
}

/** Where an actor takes deliveries; null for local or unknown ones. */
export async function inboxOf(app: App, actorId: ActorId): Promise<Inboxes> {
  return inboxesOf(await findActorById(app.db, actorId));
}

export type FederatedMention = {
  readonly uri: string;
  readonly url: string;
  readonly username: string;
  /** Null for local actors. */
  readonly host: string | null;
  readonly inboxes: Inboxes;
};

/** A note with everything its object and its recipients need. */
export type FederatedNote = FederatedParts & {
  readonly id: NoteId;
  readonly uri: string;
  readonly url: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly local: boolean;
  readonly visibility: Visibility;
  readonly deleted: boolean;
  readonly deletedAt: number | null;
  readonly replyToUri: string | null;
  /** The conversation it belongs to; ours when it began here. */
  readonly contextUri: string | null;
  readonly replyToAuthor: { readonly uri: string; readonly inboxes: Inboxes } | null;
  readonly language: string | null;
  readonly summary: string | null;
  readonly contentHtml: string;
  readonly contentMap: Readonly<Record<string, string>>;
  readonly source: string | null;
  readonly sensitive: boolean;
  readonly publishedAt: number;
  readonly updatedAt: number | null;
  readonly mentions: readonly FederatedMention[];
  readonly tags: readonly string[];
  readonly attachments: readonly {
    readonly kind: string;
    /** Absolute. */
    readonly url: string;
    readonly mediaType: string;
    readonly alt: string;
    readonly width: number | null;
    readonly height: number | null;
    readonly blurhash: string | null;
    readonly focus: Focus | null;
    readonly digest: string | null;
    readonly size: number | null;
  }[];
  readonly consent: FederatedConsent;
  readonly repliesCount: number;
  readonly likesCount: number;
  readonly announcesCount: number;
};

/** A note for the wire, deleted ones included; null when there never was one. Visibility is the caller's to apply. */
export async function noteForFederation(app: App, id: NoteId): Promise<FederatedNote | null> {
  const row = await findNoteById(app.db, id);
  if (row === undefined) return null;
  const author = await findActorById(app.db, row.actor_id);
  if (author === undefined) return null;
  const tags = await listTags(app.db, [row.id]);
  const mentions = await mentionsOf(app, row);
  const mentionUris = mentions.map((mention) => mention.uri);
  const consent = await consentForFederation(app, row, author, mentionUris);
  const contentMap = Object.entries(fromJson<Record<string, string>>(row.content_map, {}));
  return {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    actorId: asId(author.id),
    actorUri: author.uri,
    local: isSet(row.local),
    visibility: row.visibility as Visibility,
    deleted: row.deleted_at !== null || author.deleted_at !== null,
    deletedAt: row.deleted_at ?? author.deleted_at,
    replyToUri: row.reply_to_uri,
    contextUri: row.context_uri,
    replyToAuthor: await authorOf(app, row.reply_to_id),
    language: row.language,
    summary: row.summary,
    contentHtml: quotedHtml(consent, row.content_html),
    contentMap: Object.fromEntries(contentMap.map(([tag, html]) => [tag, quotedHtml(consent, html)])),
    source: row.source,
    sensitive: isSet(row.sensitive),
    publishedAt: row.published_at,
    updatedAt: row.updated_at,
    mentions,
    consent,
    tags: tags.map((tag) => tag.tag),
    attachments: await attachmentsOf(app, row),
    ...(await partsForFederation(app, row)),
    repliesCount: row.replies_count,
    likesCount: row.likes_count,
    announcesCount: row.announces_count,
  };
}

async function authorOf(app: App, noteId: number | null): Promise<FederatedNote["replyToAuthor"]> {
  if (noteId === null) return null;
  const note = await findNoteById(app.db, noteId);
  const author = note === undefined ? undefined : await findActorById(app.db, note.actor_id);
  return author === undefined ? null : { uri: author.uri, inboxes: inboxesOf(author) };
}

/** Whoever blocks the author, or is blocked, is written to no more; that a note is gone they still hear. */
async function mentionsOf(app: App, row: NoteRow): Promise<readonly FederatedMention[]> {
  const mentions = await listMentions(app.db, [row.id]);
  const ids = row.deleted_at === null ? mentions.map((mention) => mention.id) : [];
  const blocked = await listBlockedAmong(app.db, row.actor_id, ids);
  return mentions.map((mention) => {
    const isRemote = mention.host !== "";
    const boxes = { inbox: mention.inbox_uri, sharedInbox: mention.shared_inbox_uri };
    return {
      uri: mention.uri,
      url: mention.url,
      username: mention.username,
      host: isRemote ? mention.host : null,
      inboxes: isRemote && !blocked.has(mention.id) ? boxes : null,
    };
  });
}

async function attachmentsOf(app: App, row: NoteRow): Promise<FederatedNote["attachments"]> {
  return (await listAttachments(app.db, [row.id])).map((attachment) => ({
    kind: attachment.kind,
    url: attachment.file === null ? (attachment.remote_url ?? "") : app.uris.file(attachment.file),
    mediaType: attachment.media_type,
    alt: attachment.alt,
    width: attachment.width,
    height: attachment.height,
    blurhash: attachment.blurhash,
    focus:
      attachment.focus_x === null || attachment.focus_y === null
        ? null
        : { x: attachment.focus_x / 1000, y: attachment.focus_y / 1000 },
    digest: attachment.digest,
    size: attachment.size,
  }));
}

/** Both ends of a relation between two actors. */
export type FederatedRelation = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly targetId: ActorId;
  readonly targetUri: string;
  readonly targetInboxes: Inboxes;
};

async function relation(
  app: App,
  row: { readonly uri: string; readonly actor_id: number; readonly target_id: number } | undefined,
): Promise<FederatedRelation | null> {
  if (row === undefined) return null;
  const actor = await findActorById(app.db, row.actor_id);
  const target = await findActorById(app.db, row.target_id);
  if (actor === undefined || target === undefined) return null;
  return {
    uri: row.uri,
    actorId: asId(actor.id),
    actorUri: actor.uri,
    targetId: asId(target.id),
    targetUri: target.uri,
    targetInboxes: inboxesOf(target),
  };
}

/** A Follow for the wire; null when it was taken back meanwhile. */
export async function getFollowForFederation(app: App, id: FollowId): Promise<FederatedRelation | null> {
  return await relation(app, await findFollowById(app.db, id));
}

/** A Block for the wire; null when it was taken back meanwhile. */
export async function getBlockForFederation(app: App, id: BlockId): Promise<FederatedRelation | null> {
  return await relation(app, await findBlockById(app.db, id));
}

/** A Like or Announce for the wire. */
export type FederatedReaction = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly noteId: NoteId;
  readonly noteUri: string;
  readonly noteAuthor: { readonly uri: string; readonly inboxes: Inboxes } | null;
  readonly at: number;
};

async function reaction(
  app: App,
  row:
    | {
        readonly uri: string;
        readonly actor_id: number;
        readonly note_id: number;
        readonly created_at: number;
      }
    | undefined,
): Promise<FederatedReaction | null> {
  if (row === undefined) return null;
  const actor = await findActorById(app.db, row.actor_id);
  const note = await findNoteById(app.db, row.note_id);
  if (actor === undefined || note === undefined) return null;
  return {
    uri: row.uri,
    actorId: asId(actor.id),
    actorUri: actor.uri,
    noteId: asId(note.id),
    noteUri: note.uri,
    noteAuthor: await authorOf(app, note.id),
    at: row.created_at,
  };
}

/** A Like for the wire; null when it was taken back meanwhile. */
export async function getLikeForFederation(app: App, id: LikeId): Promise<FederatedReaction | null> {
  return await reaction(app, await findLike(app.db, id));
}

/** An Announce for the wire; null when it was taken back meanwhile. */
export async function getAnnounceForFederation(
  app: App,
  id: AnnounceId,
): Promise<(FederatedReaction & { readonly visibility: Visibility }) | null> {
  const row = await findAnnounce(app.db, id);
  const found = await reaction(app, row);
  return row === undefined || found === null ? null : { ...found, visibility: row.visibility as Visibility };
}

/** The note behind an undone reaction, for the Undo's recipients. */
export async function noteAuthorOf(app: App, noteId: NoteId): Promise<FederatedNote["replyToAuthor"]> {
  return await authorOf(app, noteId);
}

/** The uri of any stored actor. */
export async function actorUriOf(app: App, actorId: ActorId): Promise<string | null> {
  const row = await findActorById(app.db, actorId);
  return row === undefined ? null : actorView(app, row).uri;
}
