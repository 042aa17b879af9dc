import type { App } from "../../context.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import { NOTE_LIMITS, type NoteView, type ReceivedNote } from "../../domain/note.ts";
import type { Viewer } from "../../domain/actor.ts";
import { narrower, type Visibility } from "../../domain/visibility.ts";
import { CausewayError } from "../../errors.ts";
import { type ActorRow, findActorById, findActorByUri, findActorsByUri } from "../../store/actors.ts";
import {
  detachFromNote,
  insertRemoteAttachments,
  listRemoteMedia,
  replaceRemoteAttachments,
} from "../../store/attachments.ts";
import { flag, toJson } from "../../store/codec.ts";
import { type Db, transaction, type Tx } from "../../store/database.ts";
import { hasLocalFollower } from "../../store/follows.ts";
import { insertTombstone, isTombstone } from "../../store/inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  buryNote,
  countVersions,
  findNoteById,
  findNoteByUri,
  freeNoteId,
  insertNote,
  listMentions,
  lockNote,
  narrowEntry,
  type NoteRow,
  replaceMentionsAndTags,
  updateNote,
} from "../../store/notes.ts";
import { adoptOrphans } from "../../store/threads.ts";
import { indexNote, unindexNote } from "../../store/search.ts";
import { cleanName, isTag, normalizeTag } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { plainText } from "../../text/markup.ts";
import { withoutQuoteLine } from "../../text/quote-line.ts";
import { safeHttpUrl, sanitizeRemoteHtml } from "../../text/sanitize.ts";
import { searchText } from "../../text/words.ts";
import { findOrFetchActor, isOurUri } from "../actors/actors.ts";
import { tieReceivedCard } from "../cards/cards.ts";
import { judgedReceived } from "../moderation/classifier-objects.ts";
import {
  isHeld,
  laterLook,
  lookHere,
  settleLateVerdict,
  settleVerdict,
  type Verdict,
} from "../moderation/holding.ts";
import { joinConversation, keepConversation } from "../conversations/conversations.ts";
import { admitReply, receivedConsentColumns, settleReceived } from "../consent/consent.ts";
import { enqueueThread, threadColumns } from "../threads/conversations.ts";
import { keysOfProxied } from "../media/proxy.ts";
import { notifyFollowers } from "../notifications/notify.ts";
import { keepEmojis } from "./emojis.ts";
import { keepVersion } from "./notes.ts";
import { receivedPolicyColumn } from "../consent/policies.ts";
import { writeReceivedPoll } from "./poll-records.ts";
import { notifyOfNote } from "./publishing.ts";
import { quotesUs, receiveQuoteChange } from "../consent/quotes.ts";
import { attachmentRows, partColumns, wordsOfParts } from "./received-parts.ts";
import { announce } from "../streams/announce.ts";
import { visibleNoteViews } from "../views.ts";

/** Why a note came: pushed to our inbox, fetched because somebody here wants it, pointed at by a relay, or quoted. */
export type Arrival = "delivered" | "wanted" | "relayed" | "quoted";

const SUMMARY_MAX = 1000;
/** Earlier versions of a note of others that are kept: each may be as long as the note. */
const VERSIONS = 100;
const NEWS_MS = 7 * 86_400_000;
const STREAMED_MS = 6 * 3_600_000;

/**
 * Stores a remote note once, sanitised, with the visibility that was decided when it was read.
 * Null = not kept: taken back before it came, of nobody's concern here, or on our own origin.
 * @throws remote_failed when its author cannot be fetched now; the job is tried again.
 */
export async function receiveNote(
  app: App,
  received: ReceivedNote,
  arrival: Arrival,
): Promise<NoteId | null> {
  if (isOurUri(app, received.uri)) return null;
  const stored = await findNoteByUri(app.db, received.uri);
  if (stored !== undefined) return stored.deleted_at === null ? asId(stored.id) : null;
  if (await isTombstone(app.db, received.uri, received.authorUri)) return null;
  const author = await findAuthor(app, received.authorUri);
  if (author === null) return null;
  const mentioned = await findActorsByUri(app.db, received.mentionUris.slice(0, NOTE_LIMITS.addressees));
  const parent =
    received.inReplyToUri === null ? undefined : await findNoteByUri(app.db, received.inReplyToUri);
  if (arrival === "delivered" && !(await concernsUs(app, received, author, mentioned, parent))) return null;
  const verdict = await lookAtReceived(app, received, author);
  const id = await transaction(app.db, (tx) =>
    writeReceived(app, tx, { received, author, mentioned, arrival, verdict }),
  );
  app.wake();
  return id;
}

async function lookAtReceived(app: App, received: ReceivedNote, author: ActorRow): Promise<Verdict | null> {
  return await lookHere(app, received.visibility, () => {
    const { columns } = sanitized(received);
    const { title } = partColumns(received);
    return judgedReceived(received, author, { title, summary: columns.summary, html: columns.content_html });
  });
}

async function findAuthor(app: App, uri: string): Promise<ActorRow | null> {
  const id = await findOrFetchActor(app, uri);
  if (id === null) throw new CausewayError("remote_failed", "error.remote_failed");
  const row = await findActorById(app.db, id);
  const isHeard = row !== undefined && row.host !== "" && row.suspended_at === null && row.frozen_at === null;
  return isHeard ? row : null;
}

/** Kept only if somebody here follows its author, is named in it, or it answers or quotes something that is here. */
async function concernsUs(
  app: App,
  received: ReceivedNote,
  author: ActorRow,
  mentioned: readonly ActorRow[],
  parent: NoteRow | undefined,
): Promise<boolean> {
  if (mentioned.some((actor) => actor.host === "" && actor.deleted_at === null)) return true;
  if (parent !== undefined && parent.deleted_at === null) return true;
  if (await quotesUs(app.db, received)) return true;
  return await hasLocalFollower(app.db, author.id);
}

type Arriving = {
  readonly received: ReceivedNote;
  readonly author: ActorRow;
  readonly mentioned: readonly ActorRow[];
  readonly arrival: Arrival;
  readonly verdict: Verdict | null;
};

async function writeReceived(app: App, tx: Tx, arriving: Arriving): Promise<NoteId | null> {
  const { received, author, mentioned, arrival, verdict } = arriving;
  const raced = await findNoteByUri(tx, received.uri);
  if (raced !== undefined) return raced.deleted_at === null ? asId(raced.id) : null;
  if (await isTombstone(tx, received.uri, received.authorUri)) return null;
  const parent = received.inReplyToUri === null ? undefined : await findNoteByUri(tx, received.inReplyToUri);
  const now = app.clock.now();
  const publishedAt = Math.min(received.publishedAt, now);
  const id = await freeNoteId(tx, () => app.ids.at(publishedAt));
  const text = sanitized(received);
  const isTied = await admitReply(app, tx, received, author.id, parent);
  const thread = threadColumns(app, received, isTied ? parent : undefined);
  await insertNote(tx, {
    row: {
      id,
      uri: received.uri,
      url: (received.url === null ? null : safeHttpUrl(received.url)) ?? received.uri,
      actor_id: author.id,
      local: 0,
      visibility: received.visibility,
      reply_to_id: isTied ? (parent?.id ?? null) : null,
      reply_to_uri: received.inReplyToUri,
      ...(await receivedConsentColumns(tx, received, author.id)),
      ...thread,
      ...text.columns,
      ...partColumns(received),
      published_at: publishedAt,
      updated_at:
        received.updatedAt !== null && received.updatedAt > publishedAt
          ? Math.min(received.updatedAt, now)
          : null,
      received_at: now,
      deleted_at: null,
      likes_count: 0,
      announces_count: 0,
      replies_count: 0,
    },
    mentionIds: mentioned.map((actor) => actor.id),
    tags: text.tags,
  });
  await insertRemoteAttachments(tx, attachmentRows(app, author.id, id, received));
  await writeReceivedPoll(app, tx, { id, actor_id: author.id }, received.poll, { mayReset: true });
  await tieReceivedCard(
    app,
    tx,
    { id, ...cardOf(received, received.visibility, text.columns.content_html) },
    received.card ?? null,
  );
  if (author.media_rejected === 0) await keepEmojis(app, tx, author.host, received.emojis);
  await adoptOrphans(tx, received.uri, id, thread.context_uri);
  await indexNote(tx, id, searchText(`${text.words} ${wordsOfParts(received)}`));
  await keepConversation(app, tx, {
    id,
    actorId: author.id,
    visibility: received.visibility,
    mentionIds: mentioned.map((actor) => actor.id),
  });
  await settleReceived(app, tx, id, arrival === "quoted");
  // What somebody finds in an old thread, or quotes, is no news to those it names.
  const isNews = arrival === "delivered" || now - publishedAt < NEWS_MS;
  const place = { noteId: id, noteUri: received.uri, actorId: author.id, language: text.columns.language };
  const waits = await settleVerdict(app, tx, { ...place, tells: isNews ? "all" : "nothing" }, verdict);
  if (!waits) {
    await tellOfReceived(app, tx, { id, parent, isTied, publishedAt }, arriving);
    await laterLook(app, tx, { id, visibility: received.visibility });
  }
  // Who fetches a note on a wish fetches its thread as far as the wish goes (threats DOS-04).
  if (received.inReplyToUri !== null && arrival === "delivered")
    await enqueueThread(app, tx, {
      id,
      actorId: author.id,
      host: author.host,
      hasParent: parent !== undefined,
    });
  return asId(id);
}

/** Tells those here who are to hear of a note that just came. */
async function tellOfReceived(
  app: App,
  tx: Tx,
  note: {
    readonly id: number;
    readonly parent: NoteRow | undefined;
    /** Its parent's author agreed, or need not. */
    readonly isTied: boolean;
    readonly publishedAt: number;
  },
  { received, author, mentioned, arrival }: Arriving,
): Promise<void> {
  const age = app.clock.now() - note.publishedAt;
  const { id, parent, isTied } = note;
  const actorId = author.id;
  if (arrival === "delivered" || age < NEWS_MS)
    await notifyOfNote(app, tx, {
      noteId: asId(id),
      actorId,
      mentionIds: mentioned
        .filter((actor) => actor.host === "" && (isTied || actor.id !== parent?.actor_id))
        .map((actor) => actor.id),
      parent: isTied ? (parent ?? null) : null,
    });
  if (arrival === "delivered") {
    const isReply = received.inReplyToUri !== null;
    await notifyFollowers(app, tx, { noteId: id, actorId, visibility: received.visibility, isReply });
  }
  // What was written long ago, or is fetched on a wish, is not what somebody watches for.
  if ((arrival === "delivered" || arrival === "relayed") && age < STREAMED_MS)
    announce(app, { type: "entry", id });
}

/** What decides about the card of a received note. */
function cardOf(received: ReceivedNote, visibility: string, html: string) {
  const isFull = received.attachments.length > 0 || received.quote !== null;
  return { uri: received.uri, visibility, html, isFull };
}

function sanitized(received: ReceivedNote) {
  const html = withoutQuoteLine(sanitizeRemoteHtml(received.contentHtml), received.quote !== null);
  const noteLanguage = received.language === null ? null : canonicalLanguage(received.language);
  const named = Object.entries(received.contentMap).flatMap(([tag, value]) => {
    const language = canonicalLanguage(tag);
    return language === null
      ? []
      : [[language, withoutQuoteLine(sanitizeRemoteHtml(value), received.quote !== null)] as const];
  });
  // Nearly every note has one text and names its language by saying it twice; it need not be kept twice.
  const isSaidTwice = named.length === 1 && named[0]?.[0] === noteLanguage && named[0][1] === html;
  const entries = isSaidTwice ? [] : named;
  const summary =
    received.summary === null
      ? null
      : cleanName(plainText(sanitizeRemoteHtml(received.summary)), SUMMARY_MAX);
  const tags = [...new Set(received.tags.filter(isTag).map(normalizeTag))].slice(0, NOTE_LIMITS.tags);
  return {
    columns: {
      language: noteLanguage,
      summary: summary === "" ? null : summary,
      content_html: html,
      content_map: toJson(Object.fromEntries(entries.slice(0, 16))),
      sensitive: flag(received.sensitive || (summary !== null && summary !== "")),
    },
    tags,
    words: [summary ?? "", plainText(html), ...entries.map(([, value]) => plainText(value)), ...tags].join(
      " ",
    ),
  };
}

/** An edit by the exact author. Visibility only narrows, older revisions are ignored, an unknown note is stored. */
export async function receiveNoteUpdate(app: App, received: ReceivedNote): Promise<void> {
  const stored = await findNoteByUri(app.db, received.uri);
  if (stored === undefined) {
    await receiveNote(app, received, "delivered");
    return;
  }
  const author = await findActorById(app.db, stored.actor_id);
  if (stored.deleted_at !== null || author?.uri !== received.authorUri || author.host === "") return;
  if (author.frozen_at !== null) return;
  const mentioned = await findActorsByUri(app.db, received.mentionUris.slice(0, NOTE_LIMITS.addressees));
  const verdict = await lookAtReceived(
    app,
    { ...received, visibility: stored.visibility as Visibility },
    author,
  );
  await transaction(app.db, async (tx) => {
    const row = await lockNote(tx, stored.id);
    if (row === undefined || row.deleted_at !== null) return;
    const revision = Math.min(received.updatedAt ?? app.clock.now(), app.clock.now());
    const isNewer = revision > (row.updated_at ?? row.published_at);
    // Tallies come without an edit: Mastodon's Update of a Question leaves `updated` as it was.
    await writeReceivedPoll(app, tx, row, received.poll, { mayReset: isNewer });
    // A stamp and another policy come without an edit too.
    await receiveQuoteChange(app, tx, row, received, isNewer);
    if (revision >= (row.updated_at ?? row.published_at))
      await updateNote(tx, row.id, { policy: receivedPolicyColumn(received.policy) });
    if (!isNewer) return;
    await rewrite(app, tx, row, received, mentioned, revision);
    const place = { noteId: row.id, noteUri: row.uri, actorId: row.actor_id, language: received.language };
    await settleLateVerdict(app, tx, { ...place, tells: "edit" }, verdict);
    if (await isHeld(tx, row.id)) return;
    await tellOfRewrite(app, tx, row, mentioned);
    await laterLook(app, tx, row);
    announce(app, { type: "edited", noteId: row.id });
  });
  app.wake();
}

async function rewrite(
  app: App,
  tx: Db,
  row: NoteRow,
  received: ReceivedNote,
  mentioned: readonly ActorRow[],
  revision: number,
): Promise<void> {
  const text = sanitized(received);
  const parts = partColumns(received);
  const changed =
    text.columns.content_html !== row.content_html ||
    text.columns.summary !== row.summary ||
    parts.title !== row.title ||
    parts.event !== row.event;
  if (changed && (await countVersions(tx, row.id)) < VERSIONS) await keepVersion(app, tx, row);
  const visibility = narrower(row.visibility as Visibility, received.visibility);
  await updateNote(tx, row.id, {
    ...text.columns,
    ...parts,
    visibility,
    updated_at: changed ? revision : row.updated_at,
  });
  if (visibility !== row.visibility) await narrowEntry(tx, row, visibility);
  const mentionIds = mentioned.map((actor) => actor.id);
  const told = visibility === "direct" ? await listMentions(tx, [row.id]) : [];
  const before = told.map((mention) => mention.id);
  await joinConversation(app, tx, { ...row, visibility }, { before, now: mentionIds });
  await replaceMentionsAndTags(tx, row.id, mentionIds, text.tags);
  await replaceRemoteAttachments(tx, row.id, attachmentRows(app, row.actor_id, row.id, received));
  const carded = { id: row.id, ...cardOf(received, visibility, text.columns.content_html) };
  await tieReceivedCard(app, tx, carded, received.card ?? null);
  await indexNote(tx, row.id, searchText(`${text.words} ${wordsOfParts(received)}`));
}

/** Who is named in an edit hears of it. */
async function tellOfRewrite(app: App, tx: Tx, row: NoteRow, mentioned: readonly ActorRow[]): Promise<void> {
  const parent = row.reply_to_id === null ? undefined : await findNoteById(tx, row.reply_to_id);
  // An answer that its parent's author did not allow, or has not yet, is no news to them however often it is edited.
  const untied = row.reply_to_uri === null || parent !== undefined ? null : row.reply_to_uri;
  const unasked = untied === null ? undefined : (await findNoteByUri(tx, untied))?.actor_id;
  const tellable = mentioned
    .filter((actor) => actor.host === "" && actor.id !== unasked)
    .map((actor) => actor.id);
  await notifyOfNote(app, tx, {
    noteId: asId(row.id),
    actorId: row.actor_id,
    mentionIds: tellable,
    parent: parent ?? null,
  });
}

/** A Delete by the exact author. Remembered either way, so that a late Create stays away (threats F22). */
export async function receiveNoteDeleted(app: App, actorUri: string, objectUri: string): Promise<void> {
  await transaction(app.db, async (tx) => {
    await insertTombstone(tx, objectUri, actorUri, app.clock.now());
    const found = await findNoteByUri(tx, objectUri);
    const row = found === undefined ? undefined : await lockNote(tx, found.id);
    if (row === undefined || row.deleted_at !== null) return;
    const author = await findActorByUri(tx, actorUri);
    if (author === undefined || author.id !== row.actor_id || author.host === "") return;
    await removeRemoteNote(app, tx, row);
  });
  app.wake();
}

/** Has a note of another server go from here, for good, inside the caller's transaction. */
export async function removeRemoteNote(app: App, tx: Db, row: NoteRow): Promise<void> {
  await unindexNote(tx, row.id);
  const urls = await listRemoteMedia(tx, [row.id]);
  await detachFromNote(tx, row.id);
  await buryNote(tx, row, app.clock.now());
  announce(app, { type: "removed", id: row.id, noteId: row.id, actorId: row.actor_id });
  if (urls.length > 0)
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "forget-proxied",
      payload: { keys: keysOfProxied(app, urls) },
      lane: 2,
    });
}

/** Ancestors fetched for one wish at most (threats DOS-04). */
const ANCESTOR_BUDGET = 20;

/** A note by uri: stored, or fetched from its origin with its ancestors. Null when it is not to be had or not for this viewer. */
export async function fetchNote(app: App, viewer: Viewer | null, uri: string): Promise<NoteView | null> {
  const id = await fetchNoteId(app, uri);
  if (id === null) return null;
  const [view] = await visibleNoteViews(app, viewer, [id]);
  return view ?? null;
}

/** The id of a note by uri, fetched when it is not here; its ancestors follow within the budget. */
export async function fetchNoteId(app: App, uri: string, budget = ANCESTOR_BUDGET): Promise<NoteId | null> {
  const stored = await findNoteByUri(app.db, uri);
  if (stored !== undefined) return stored.deleted_at === null ? asId(stored.id) : null;
  if (isOurUri(app, uri) || budget <= 0) return null;
  const received = await app.remote.fetchNote(uri);
  if (received === null) return null;
  if (received.uri !== uri) {
    const known = await findNoteByUri(app.db, received.uri);
    if (known !== undefined) return known.deleted_at === null ? asId(known.id) : null;
  }
  if (received.inReplyToUri !== null) await fetchAncestor(app, received.inReplyToUri, budget - 1);
  return await receiveNote(app, received, "wanted");
}

/** What a wished note answers; it is shown without, if that cannot be had. */
async function fetchAncestor(app: App, uri: string, budget: number): Promise<void> {
  try {
    await fetchNoteId(app, uri, budget);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
  }
}

/** Fetches what a stored reply answers; the job behind `fetch-parent`. The uri of what is not to be had, or null. */
export async function fetchParent(app: App, noteId: NoteId): Promise<string | null> {
  const row = await findNoteById(app.db, noteId);
  if (row === undefined || row.deleted_at !== null || row.reply_to_id !== null || row.reply_to_uri === null)
    return null;
  return (await fetchNoteId(app, row.reply_to_uri)) === null ? row.reply_to_uri : null;
}

/** Back-fills the newest public notes of an actor that somebody here just followed; the job behind `backfill`. */
export async function backfillActor(app: App, actorId: ActorId, limit = 20): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.host === "" || actor.outbox_uri === null) return;
  const notes = await app.remote.recentNotes(actor.outbox_uri, limit);
  for (const note of notes.toReversed()) {
    if (note.authorUri !== actor.uri) continue;
    await receiveNote(app, note, "wanted");
  }
}
