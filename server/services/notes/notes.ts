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
import { listPollOptions } from "../../store/polls.ts";
import { indexNote, unindexNote } from "../../store/search.ts";
import { plainText } from "../../text/markup.ts";
import { searchText } from "../../text/words.ts";
import { takeLimit } from "../accounts/limits.ts";
import { requireNewcomerRules } from "../accounts/probation.ts";
import { ownMedia, settleMedia } from "./note-media.ts";
import { alreadyPosted, rememberPosted } from "./repeats.ts";
import { compose, type Composed, findParent, replyVisibility } from "./compose.ts";
import { type Consent, consentColumns, consentOf } from "../consent/consent.ts";
import { joinConversation } from "../conversations/conversations.ts";
import { contextOfNew } from "../threads/conversations.ts";
import { federate } from "../federation/federate.ts";
import { journalDeletion } from "../operations/journal.ts";
import { requireAtHome } from "../moves/moved.ts";
import { expiryOf, type NoteParts, partsOfEdit, partsOfNew } from "./note-parts.ts";
import { quoteVisibility } from "../consent/quotes.ts";
import { judgedDraft } from "../moderation/classifier-objects.ts";
import { isHeld, lookAt, settleVerdict, wasNeverTold } from "../moderation/holding.ts";
import { rewritePoll, writePoll } from "./poll-records.ts";
import { publishEdit, publishNote } from "./publishing.ts";
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
  await requireNewcomerRules(app, viewer, { ...composed, visibility, parent, media: media.length });
  const parts = await partsOfNew(app, command, composed, { visibility, parent, hasMedia });
  const noteId = app.ids.next();
  const verdict = await lookAt(app, visibility, () =>
    judgedDraft(app, viewer, {
      noteId,
      title: parts.columns.title,
      options: parts.poll?.options ?? [],
      composed,
      mediaIds: media.map((item) => item.id),
    }),
  );
  const id = await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const raced = await alreadyPosted(app, tx, viewer, command);
    if (raced !== null) return raced;
    await claim(tx);
    const made = await writeNote(app, tx, viewer, {
      id: noteId,
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
    const place = {
      noteId: made,
      noteUri: app.uris.note(made),
      actorId: viewer.actorId,
      language: composed.language,
    };
    if (await settleVerdict(app, tx, { ...place, tells: "all" }, verdict)) return made;
    await publishNote(app, tx, {
      ...place,
      visibility,
      html: composed.html,
      mentionIds: composed.mentionIds,
      parent,
      consent,
      hasMedia,
    });
    return made;
  });
  app.wake();
  return await ownView(app, viewer, id);
}

type NewLocalNote = {
  readonly id: number;
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
  const now = app.clock.now();
  const { composed, id } = note;
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
  await requireNewcomerRules(app, viewer, {
    ...composed,
    visibility: found.visibility as Visibility,
    parent: found.reply_to_id === null ? null : ((await findNoteById(app.db, found.reply_to_id)) ?? null),
    media: media?.length ?? 0,
    noteId: found.id,
  });
  const parts = await partsOfEdit(app, found, command, composed);
  const verdict = await lookAt(app, found.visibility, async () =>
    judgedDraft(app, viewer, {
      noteId: found.id,
      title: parts.columns.title,
      options: parts.poll?.options ?? (await listPollOptions(app.db, [found.id])).map(({ title }) => title),
      composed,
      mediaIds: (media ?? (await listAttachments(app.db, [found.id]))).map((item) => item.id),
    }),
  );
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
    const place = { noteId: row.id, noteUri: row.uri, actorId: row.actor_id, language: composed.language };
    // A note that waits goes on waiting, whatever is changed: a moderator sees what it says by then.
    if (await isHeld(tx, row.id)) return;
    const isHeldNow = await settleVerdict(app, tx, { ...place, tells: "edit" }, verdict);
    if (isHeldNow) announce(app, { type: "removed", id: row.id, noteId: row.id, actorId: row.actor_id });
    else await publishEdit(app, tx, row, { ...composed, hasMedia });
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
  const isUnheard = row.hidden_at !== null && (await wasNeverTold(tx, row.id));
  await buryNote(tx, row, app.clock.now());
  await journalDeletion(app, tx, "note", row.uri);
  announce(app, { type: "removed", id: row.id, noteId: row.id, actorId: row.actor_id });
  // What is still on its way is not delivered any more: the Delete says all there is to say.
  await removeActivitiesWith(tx, { actorId: row.actor_id, id: row.id, uri: row.uri });
  if (!isUnheard)
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
