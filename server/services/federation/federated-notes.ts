import type { App } from "../../context.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import type { CardView } from "../../domain/card.ts";
import type { Focus } from "../../domain/note.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { findActors } from "../../store/actors.ts";
import { listFormerAddresses } from "../../store/arrivals.ts";
import { type AttachmentRow, listAttachments } from "../../store/attachments.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { listBlocksBetween } from "../../store/follows.ts";
import { findNotes, listMentions, listTags, type NoteRow } from "../../store/notes.ts";
import { escapeHtml } from "../../text/sanitize.ts";
import { cardViews } from "../cards/cards.ts";
import type { KeptCaptions } from "../media/attachments.ts";
import { type FederatedConsent, quotedHtml, replyDecisions, toConsent } from "../consent/consent-records.ts";
import { type FederatedParts, partsForFederation, titledHtml } from "../notes/note-parts.ts";
import { type FederatedAuthor, type Inboxes, inboxesOf } from "./federation-records.ts";

export type FederatedMention = {
  readonly uri: string;
  readonly url: string;
  readonly username: string;
  /** Null for local actors. */
  readonly host: string | null;
  readonly inboxes: Inboxes;
  /** False for those who were named before an edit, or see the note for another reason: they are told, not called. */
  readonly named: boolean;
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
  /** Its author is suspended, or moderators hid it: nobody is shown it. */
  readonly hidden: boolean;
  readonly replyToUri: string | null;
  /** Where it was first published, when its author took it along from there, and when it came, ms. */
  readonly former: { readonly uri: string; readonly at: number } | null;
  /** The conversation it belongs to; ours when it began here. */
  readonly contextUri: string | null;
  readonly replyToAuthor: FederatedAuthor | null;
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
    readonly durationMs: number | null;
    /** Still of a film, picture of a recording; absolute. */
    readonly coverUrl: string | null;
    /** WebVTT; absolute. */
    readonly captions: readonly { readonly url: string; readonly language: string }[];
  }[];
  /** The page behind its first link; the picture has an absolute address. */
  readonly card: CardView | null;
  readonly consent: FederatedConsent;
  readonly repliesCount: number;
  readonly likesCount: number;
  readonly announcesCount: number;
};

/** A note for the wire, deleted ones included; null when there never was one. Visibility is the caller's to apply. */
export async function noteForFederation(app: App, id: NoteId): Promise<FederatedNote | null> {
  const [note] = await notesForFederation(app, [id]);
  return note ?? null;
}

/** The same for many, in the order of `ids`: a fixed number of queries, whatever the page holds. */
export async function notesForFederation(
  app: App,
  ids: readonly number[],
): Promise<readonly FederatedNote[]> {
  const rows = await findNotes(app.db, [...new Set(ids)]);
  if (rows.length === 0) return [];
  const material = await gather(app, rows);
  const notes = new Map(rows.map((row) => [row.id, federatedNote(app, row, material)]));
  return ids.flatMap((id) => notes.get(id) ?? []);
}

type Material = Awaited<ReturnType<typeof gather>>;

async function gather(app: App, rows: readonly NoteRow[]) {
  const ids = rows.map((row) => row.id);
  const relatedIds = rows.flatMap((row) => [row.reply_to_id, row.quote_id]).filter((id) => id !== null);
  const related = await findNotes(app.db, [...new Set(relatedIds)]);
  const actorIds = new Set([...rows, ...related].map((row) => row.actor_id));
  const actors = await findActors(app.db, [...actorIds]);
  const mentions = await listMentions(app.db, ids);
  const others = new Set([...mentions.map((row) => row.id), ...related.map((row) => row.actor_id)]);
  const authorIds = [...new Set(rows.map((row) => row.actor_id))];
  const blocks = await listBlocksBetween(app.db, authorIds, [...others]);
  return {
    related: new Map(related.map((row) => [row.id, row])),
    actors: new Map(actors.map((row) => [row.id, row])),
    mentions: Map.groupBy(mentions, (row) => row.note_id),
    tags: Map.groupBy(await listTags(app.db, ids), (row) => row.note_id),
    attachments: Map.groupBy(await listAttachments(app.db, ids), (row) => row.note_id ?? 0),
    isBlocked: (one: number, other: number) =>
      blocks.some(
        (block) =>
          (block.actor_id === one && block.target_id === other) ||
          (block.actor_id === other && block.target_id === one),
      ),
    decisions: await replyDecisions(app.db, rows),
    cards: await cardViews(
      app,
      rows.map((row) => row.card_key),
    ),
    former: await listFormerAddresses(app.db, ids),
    parts: await partsForFederation(app, rows),
  };
}

function federatedNote(app: App, row: NoteRow, material: Material): FederatedNote | null {
  const author = material.actors.get(row.actor_id);
  const parts = material.parts.get(row.id);
  if (author === undefined || parts === undefined) return null;
  const mentions = mentionsOf(row, material);
  const quoted = row.quote_id === null ? undefined : material.related.get(row.quote_id);
  const consent = toConsent(app, row, author, {
    mentionUris: mentions.map((mention) => mention.uri),
    quoted,
    quotedInboxes: quoted === undefined ? null : toldInboxes(row, quoted.actor_id, material),
    reply: material.decisions.get(row.id),
  });
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
    hidden: author.suspended_at !== null || row.hidden_at !== null,
    replyToUri: row.reply_to_uri,
    former: formerOf(row, material),
    contextUri: row.context_uri,
    replyToAuthor: parentAuthor(row, material),
    language: row.language,
    summary: row.summary,
    contentHtml: titledHtml(row, quotedHtml(consent, row.content_html)),
    contentMap: Object.fromEntries(
      contentMap.map(([tag, html]) => [tag, titledHtml(row, quotedHtml(consent, html))]),
    ),
    source: row.source,
    sensitive: isSet(row.sensitive),
    publishedAt: row.published_at,
    updatedAt: row.updated_at,
    mentions,
    consent,
    card: federatedCard(app, material.cards.get(row.card_key ?? "")),
    tags: (material.tags.get(row.id) ?? []).map((tag) => tag.tag),
    attachments: (material.attachments.get(row.id) ?? []).map((one) => federatedAttachment(app, one)),
    ...parts,
    repliesCount: row.replies_count,
    likesCount: row.likes_count,
    announcesCount: row.announces_count,
  };
}

function formerOf(row: NoteRow, { former }: Material): FederatedNote["former"] {
  const uri = former.get(row.id);
  return uri === undefined ? null : { uri, at: row.received_at };
}

/** Its picture is ours, or none: a signed address of our proxy is for our own readers. */
function federatedCard(app: App, card: CardView | undefined): CardView | null {
  if (card === undefined) return null;
  const isOurs = card.imageUrl !== null && card.imageUrl.startsWith("/media/");
  return { ...card, imageUrl: isOurs ? `${app.config.origin}${card.imageUrl}` : null };
}

/** Whoever blocks the author, or is blocked, is written to no more; that a note is gone they still hear. */
function toldInboxes(row: NoteRow, actorId: number, { actors, isBlocked }: Material): Inboxes {
  return row.deleted_at === null && isBlocked(row.actor_id, actorId) ? null : inboxesOf(actors.get(actorId));
}

function parentAuthor(row: NoteRow, material: Material): FederatedNote["replyToAuthor"] {
  const parent = row.reply_to_id === null ? undefined : material.related.get(row.reply_to_id);
  const author = parent === undefined ? undefined : material.actors.get(parent.actor_id);
  return author === undefined ? null : { uri: author.uri, inboxes: toldInboxes(row, author.id, material) };
}

function mentionsOf(row: NoteRow, material: Material): readonly FederatedMention[] {
  return (material.mentions.get(row.id) ?? []).map((mention) => {
    const isRemote = mention.host !== "";
    const isTold = row.deleted_at !== null || !material.isBlocked(row.actor_id, mention.id);
    const boxes = { inbox: mention.inbox_uri, sharedInbox: mention.shared_inbox_uri };
    return {
      uri: mention.uri,
      url: mention.url,
      username: mention.username,
      host: isRemote ? mention.host : null,
      inboxes: isRemote && isTold ? boxes : null,
      named: [mention.url, mention.uri].some((one) => row.content_html.includes(`href="${escapeHtml(one)}"`)),
    };
  });
}

function federatedAttachment(app: App, attachment: AttachmentRow): FederatedNote["attachments"][number] {
  return {
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
    durationMs: attachment.duration_ms,
    coverUrl:
      attachment.kind === "image" || attachment.cover_file === null
        ? null
        : app.uris.file(attachment.cover_file),
    captions: fromJson<readonly KeptCaptions[]>(attachment.captions, []).map(({ file, language }) => ({
      url: app.uris.file(file),
      language,
    })),
  };
}
