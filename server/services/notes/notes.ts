import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { CreateNote, EditNote, NoteView } from "../../domain/note.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { freeMedia } from "../../store/arranged-media.ts";
import { detachFromNote, listAttachments } from "../../store/attachments.ts";
import { flag } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { removeActivitiesWith } from "../../store/inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  buryNote,
  findNoteById,
  insertNote,
  insertVersion,
  listMentions,
  lockNote,
  type NoteRow,
  replaceMentionsAndTags,
  updateNote,
} from "../../store/notes.ts";
import { listReachedInboxes } from "../../store/reach.ts";
import { indexNote, unindexNote } from "../../store/search.ts";
import { plainText } from "../../text/markup.ts";
import { searchText } from "../../text/words.ts";
import { takeLimit } from "../accounts/limits.ts";
import { tieOwnCard } from "../cards/cards.ts";
import { ownMedia, settleMedia } from "./note-media.ts";
import { alreadyPosted, rememberPosted } from "./repeats.ts";
import { compose, type Composed, findParent, replyVisibility } from "./compose.ts";
import { type Consent, consentColumns, consentOf, settleConsent } from "../consent/consent.ts";
import { joinConversation, keepConversation } from "../conversations/conversations.ts";
import { contextOfNew } from "../threads/conversations.ts";
import { federate } from "../federation/federate.ts";
import { journalDeletion } from "../operations/journal.ts";
import { requireAtHome } from "../moves/moved.ts";
import { expiryOf, type NoteParts, partsOfEdit, partsOfNew } from "./note-parts.ts";
import { notify, notifyFollowers } from "../notifications/notify.ts";
import { quoteVisibility } from "../consent/quotes.ts";
import { announceToRelays } from "../moderation/relays.ts";
import { rewritePoll, writePoll } from "./poll-records.ts";
import { announce } from "../streams/announce.ts";
import { visibleNoteViews } from "../views.ts";

/**
 * Posts a note. A second submit of the same draft or Idempotency-Key gives the note that the first one made. `claim` is
 * asked in the transaction and may still throw: what is posted by itself may have been changed meanwhile.
 * @throws invalid with fields, not_found for an invisible parent, conflict for a key reused with another body, too_many.
 */
export async function createNote(
  app: App,
  viewer: Viewer,
  command: CreateNote,
  claim: (tx: Db) => Promise<void> = async () => {},
): Promise<NoteView> {
  const before = await alreadyPosted(app, app.db, viewer, command);
  if (before !== null) return await ownView(app, viewer, before);
  const media = await ownMedia(app, viewer, command.attachments ?? []);
  const parent = await findParent(app, viewer, command.replyToId);
  const consent = await consentOf(app, viewer, command, parent);
  const expiresAt = expiryOf(app.clock.now(), command.expiresInMs);
  await requireAtHome(app, viewer);
  // Before anybody is looked up elsewhere for it.
  takeLimit(app, USE_LIMITS.notes, String(viewer.actorId));
  const hasMedia = media.length > 0;
  const composed = await compose(app, command, hasMedia || (command.title ?? "").trim() !== "");
  const visibility = quoteVisibility(replyVisibility(command.visibility, parent), consent.quoted);
  const parts = await partsOfNew(app, command, composed, { visibility, parent, hasMedia });
  const id = await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const raced = await alreadyPosted(app, tx, viewer, command);
    if (raced !== null) return raced;
    await claim(tx);
    const made = await writeNote(app, tx, viewer, {
      composed,
      parts,
      visibility,
      parent,
      consent,
      sensitive: command.sensitive === true,
      expiresAt,
      appId: command.appId ?? null,
    });
    if (hasMedia) await settleMedia(tx, viewer, made, media);
    await rememberPosted(app, tx, viewer, command, made);
    const { mentionIds } = composed;
    await keepConversation(app, tx, { id: made, actorId: viewer.actorId, visibility, mentionIds });
    await notifyOfNote(app, tx, {
      noteId: made,
      actorId: viewer.actorId,
      mentionIds: composed.mentionIds.filter((one) => !consent.replyWaits || one !== parent?.actor_id),
      parent: consent.replyWaits ? null : parent,
    });
    const isReply = parent !== null;
    await notifyFollowers(app, tx, { noteId: made, actorId: viewer.actorId, visibility, isReply });
    await tieOwnCard(app, tx, viewer.actorId, {
      id: made,
      visibility,
      html: composed.html,
      isFull: hasMedia || consent.quoted !== null,
    });
    await federate(app, tx, viewer.actorId, {
      type: "note.created",
      activityId: asId(app.ids.next()),
      noteId: made,
    });
    await announceToRelays(app, tx, { id: made, visibility });
    await settleConsent(app, tx, { actorId: viewer.actorId, noteId: made }, parent, consent);
    announce(app, { type: "entry", id: made });
    return made;
  });
  app.wake();
  return await ownView(app, viewer, id);
}

type NewLocalNote = {
  readonly composed: Composed;
  readonly parts: NoteParts;
  readonly visibility: Visibility;
  readonly parent: NoteRow | null;
  readonly consent: Consent;
  readonly sensitive: boolean;
  readonly expiresAt: number | null;
  readonly appId: number | null;
};

async function writeNote(app: App, tx: Db, viewer: Viewer, note: NewLocalNote): Promise<NoteId> {
  const id = app.ids.next();
  const now = app.clock.now();
  const { composed } = note;
  await insertNote(tx, {
    row: {
      id,
      uri: app.uris.note(id),
      url: app.uris.notePage(viewer.username, id),
      actor_id: viewer.actorId,
      local: 1,
      visibility: note.visibility,
      ...consentColumns(note.consent),
      reply_to_id: note.consent.replyWaits ? null : (note.parent?.id ?? null),
      reply_to_uri: note.parent?.uri ?? null,
      context_uri: contextOfNew(app, id, note.parent),
      ...note.parts.columns,
      language: composed.language,
      summary: composed.summary,
      content_html: composed.html,
      content_map: "{}",
      source: composed.source,
      sensitive: flag(note.sensitive || composed.summary !== null),
      published_at: now,
      updated_at: null,
      received_at: now,
      deleted_at: null,
      expires_at: note.expiresAt,
      app_id: note.appId,
      likes_count: 0,
      announces_count: 0,
      replies_count: 0,
    },
    mentionIds: composed.mentionIds,
    tags: composed.tags,
  });
  const { poll } = note.parts;
  if (poll !== null) await writePoll(app, tx, id, poll);
  const words = [note.parts.columns.title ?? "", ...(poll?.options ?? []), wordsOf(composed)];
  await indexNote(tx, id, searchText(words.join(" ")));
  return asId(id);
}

function wordsOf(composed: Composed): string {
  return [composed.summary ?? "", plainText(composed.html), ...composed.tags].join(" ");
}

/** The parent's author hears of a reply, others named hear of a mention. */
export async function notifyOfNote(
  app: App,
  tx: Db,
  note: {
    readonly noteId: NoteId;
    readonly actorId: number;
    readonly mentionIds: readonly number[];
    readonly parent: NoteRow | null;
  },
): Promise<void> {
  const parentAuthor = note.parent?.actor_id;
  const toParent = parentAuthor !== undefined && note.mentionIds.includes(parentAuthor) ? [parentAuthor] : [];
  const publicParent =
    parentAuthor !== undefined && toParent.length === 0 ? await seesReply(tx, note.noteId, parentAuthor) : [];
  const repliedTo = [...toParent, ...publicParent];
  await notify(app, tx, { kind: "reply", to: repliedTo, actorId: note.actorId, noteId: note.noteId });
  const others = note.mentionIds.filter((id) => !repliedTo.includes(id));
  await notify(app, tx, { kind: "mention", to: others, actorId: note.actorId, noteId: note.noteId });
}

/** A reply that does not name the parent's author is told to them only if everybody may see it. */
async function seesReply(tx: Db, noteId: NoteId, authorId: number): Promise<readonly number[]> {
  const row = await findNoteById(tx, noteId);
  return row !== undefined && (row.visibility === "public" || row.visibility === "unlisted")
    ? [authorId]
    : [];
}

async function ownView(app: App, viewer: Viewer, id: NoteId): Promise<NoteView> {
  const [view] = await visibleNoteViews(app, viewer, [id]);
  if (view === undefined) throw notFound();
  return view;
}

async function findOwn(app: App, viewer: Viewer, id: NoteId): Promise<NoteRow> {
  const row = await findNoteById(app.db, id);
  if (row === undefined || row.deleted_at !== null || row.actor_id !== viewer.actorId) throw notFound();
  return row;
}

/** Changes a note's text and files; the earlier text is kept, visibility stays. @throws not_found, invalid with fields. */
export async function editNote(app: App, viewer: Viewer, command: EditNote): Promise<NoteView> {
  const found = await findOwn(app, viewer, command.noteId);
  const media =
    command.attachments === undefined
      ? null
      : await ownMedia(app, viewer, command.attachments, asId(found.id));
  const hasMedia = (media ?? (await listAttachments(app.db, [found.id]))).length > 0;
  takeLimit(app, USE_LIMITS.notes, String(viewer.actorId));
  const title = (command.title ?? found.title ?? "").trim();
  const composed = await compose(app, command, hasMedia || title !== "");
  const parts = await partsOfEdit(app, found, command, composed);
  await transaction(app.db, async (tx) => {
    const now = app.clock.now();
    const row = await lockNote(tx, found.id);
    if (row === undefined || row.deleted_at !== null) throw notFound();
    await keepVersion(app, tx, row);
    await updateNote(tx, row.id, {
      ...parts.columns,
      language: composed.language,
      summary: composed.summary,
      content_html: composed.html,
      source: composed.source,
      sensitive: flag(command.sensitive === true || composed.summary !== null),
      updated_at: Math.max(now, (row.updated_at ?? 0) + 1),
    });
    if (media !== null) await settleMedia(tx, viewer, asId(row.id), media);
    if (parts.poll !== null) await rewritePoll(app, tx, row.id, parts.poll);
    // Who was told of a note hears of its edits and of its end, also when it names them no more (Mastodon does the same).
    const told = (await listMentions(tx, [row.id])).map((mention) => mention.id);
    await joinConversation(app, tx, row, { before: told, now: composed.mentionIds });
    await replaceMentionsAndTags(tx, row.id, [...composed.mentionIds, ...told], composed.tags);
    await indexNote(tx, row.id, searchText(`${parts.columns.title ?? ""} ${wordsOf(composed)}`));
    const parent = row.reply_to_id === null ? null : ((await findNoteById(tx, row.reply_to_id)) ?? null);
    await notifyOfNote(app, tx, {
      noteId: asId(row.id),
      actorId: viewer.actorId,
      mentionIds: composed.mentionIds,
      parent,
    });
    await tieOwnCard(app, tx, viewer.actorId, {
      id: row.id,
      visibility: row.visibility,
      html: composed.html,
      isFull: hasMedia || row.quote_uri !== null,
    });
    await federate(app, tx, viewer.actorId, {
      type: "note.updated",
      activityId: asId(app.ids.next()),
      noteId: asId(row.id),
    });
    announce(app, { type: "edited", noteId: row.id });
  });
  app.wake();
  return await ownView(app, viewer, command.noteId);
}

/** Keeps what a note said until now. */
export async function keepVersion(app: App, tx: Db, row: NoteRow): Promise<void> {
  await insertVersion(tx, {
    id: app.ids.next(),
    note_id: row.id,
    summary: row.summary,
    content_html: row.content_html,
    language: row.language,
    at: row.updated_at ?? row.published_at,
  });
}

/**
 * Deletes a note for good: text, versions, reactions and files go, a tombstone stays. `keepsMedia` leaves its files for a day
 * to whoever writes it anew, as apps do (Mastodon's `delete_media`). @throws not_found
 */
export async function deleteNote(
  app: App,
  viewer: Viewer,
  id: NoteId,
  { keepsMedia = false }: { readonly keepsMedia?: boolean } = {},
): Promise<void> {
  const { id: found } = await findOwn(app, viewer, id);
  await transaction(app.db, async (tx) => {
    const row = await lockNote(tx, found);
    if (row === undefined || row.deleted_at !== null) return;
    if (keepsMedia) await freeMedia(tx, row.id, app.clock.now());
    await removeNote(app, tx, row);
  });
  app.wake();
}

/** Buries a local note inside the caller's transaction, tells other servers, and lets its files go afterwards. */
export async function removeNote(app: App, tx: Db, row: NoteRow): Promise<void> {
  await unindexNote(tx, row.id);
  const files = await detachFromNote(tx, row.id);
  const reached = await listReachedInboxes(tx, row, "end");
  await buryNote(tx, row, app.clock.now());
  await journalDeletion(app, tx, "note", row.uri);
  announce(app, { type: "removed", id: row.id, noteId: row.id, actorId: row.actor_id });
  // What is still on its way is not delivered any more: the Delete says all there is to say.
  await removeActivitiesWith(tx, { actorId: row.actor_id, id: row.id, uri: row.uri });
  await federate(app, tx, row.actor_id, {
    type: "note.deleted",
    activityId: asId(app.ids.next()),
    noteId: asId(row.id),
    reached,
  });
  if (files.length > 0)
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "remove-files",
      payload: { files },
      lane: 2,
    });
}

/** What the edit form starts from. @throws not_found for other people's notes. */
export async function getNoteSource(app: App, viewer: Viewer, id: NoteId) {
  const row = await findOwn(app, viewer, id);
  return {
    source: row.source ?? "",
    summary: row.summary ?? "",
    language: row.language,
    sensitive: row.sensitive === 1,
    visibility: row.visibility as Visibility,
  };
}
