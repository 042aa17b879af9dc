import type { App } from "../../context.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { Db } from "../../store/database.ts";
import { findNoteById, type NoteRow } from "../../store/notes.ts";
import { tieOwnCard } from "../cards/cards.ts";
import { type Consent, settleConsent } from "../consent/consent.ts";
import { keepConversation } from "../conversations/conversations.ts";
import { federate } from "../federation/federate.ts";
import { announceToRelays } from "../moderation/relays.ts";
import { notify, notifyFollowers } from "../notifications/notify.ts";
import { announce } from "../streams/announce.ts";

/** A stored note of a member of which nobody has heard yet. */
export type Unheard = {
  readonly noteId: NoteId;
  readonly actorId: number;
  readonly visibility: string;
  readonly html: string;
  readonly mentionIds: readonly number[];
  readonly parent: NoteRow | null;
  readonly consent: Pick<Consent, "quoted" | "replyWaits">;
  readonly hasMedia: boolean;
};

/** Tells everybody of a new note who is to hear of it, here and elsewhere, inside the caller's transaction; once. */
export async function publishNote(app: App, tx: Db, note: Unheard): Promise<void> {
  const { noteId, actorId, visibility, parent, consent, mentionIds } = note;
  await keepConversation(app, tx, { id: noteId, actorId, visibility, mentionIds });
  await notifyOfNote(app, tx, {
    noteId,
    actorId,
    mentionIds: mentionIds.filter((one) => !consent.replyWaits || one !== parent?.actor_id),
    parent: consent.replyWaits ? null : parent,
  });
  await notifyFollowers(app, tx, { noteId, actorId, visibility, isReply: parent !== null });
  await tieOwnCard(app, tx, actorId, {
    id: noteId,
    visibility,
    html: note.html,
    isFull: note.hasMedia || consent.quoted !== null,
  });
  await federate(app, tx, actorId, { type: "note.created", activityId: asId(app.ids.next()), noteId });
  await announceToRelays(app, tx, { id: noteId, visibility });
  await settleConsent(app, tx, { actorId, noteId }, parent, consent);
  announce(app, { type: "entry", id: noteId });
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

/** Tells of an edit whoever hears of edits: people it names by now, servers that have the note, open pages. */
export async function publishEdit(
  app: App,
  tx: Db,
  row: Pick<NoteRow, "id" | "actor_id" | "visibility" | "reply_to_id" | "quote_uri">,
  now: { readonly html: string; readonly mentionIds: readonly number[]; readonly hasMedia: boolean },
): Promise<void> {
  const parent = row.reply_to_id === null ? null : ((await findNoteById(tx, row.reply_to_id)) ?? null);
  const noteId = asId<NoteId>(row.id);
  await notifyOfNote(app, tx, { noteId, actorId: row.actor_id, mentionIds: now.mentionIds, parent });
  await tieOwnCard(app, tx, row.actor_id, {
    id: row.id,
    visibility: row.visibility,
    html: now.html,
    isFull: now.hasMedia || row.quote_uri !== null,
  });
  await federate(app, tx, row.actor_id, { type: "note.updated", activityId: asId(app.ids.next()), noteId });
  announce(app, { type: "edited", noteId: row.id });
}
