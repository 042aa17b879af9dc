import type { App } from "../../context.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { findActors } from "../../store/actors.ts";
import { listAttachments } from "../../store/attachments.ts";
import { isSet } from "../../store/codec.ts";
import type { Tx } from "../../store/database.ts";
import { endHolds, type HoldRow, listHoldsOf, showHeld } from "../../store/holds.ts";
import {
  findNoteById,
  findNoteByUri,
  listMentions,
  lockNote,
  type NoteRow,
  updateNote,
} from "../../store/notes.ts";
import { notifyFollowers } from "../notifications/notify.ts";
import { notifyOfNote, publishEdit, publishNote } from "../notes/publishing.ts";
import { announce } from "../streams/announce.ts";

/** Younger notes of others are news to people whose page is open, ms. */
const STREAMED_MS = 6 * 3_600_000;

/**
 * Lets a held note out, inside the caller's transaction: it is shown, and who would have heard of it when it was written hears
 * of it now. Once, whoever else releases it at the same time: the row that says `waiting` decides. `from`: `removed` when a
 * decision against it was taken back. False when nothing waited there.
 */
export async function releaseWithin(
  app: App,
  tx: Tx,
  noteId: number,
  by: { readonly from: "waiting" | "removed"; readonly byId: number | null },
): Promise<boolean> {
  const row = await lockNote(tx, noteId);
  // What moderators hid meanwhile stays hidden, and is told of when that ends.
  if (row === undefined || row.deleted_at !== null || row.hidden_by === "moderator") return false;
  const holds = await listHoldsOf(tx, noteId, by.from);
  const end = { state: "released", at: app.clock.now(), byId: by.byId };
  if ((await endHolds(tx, noteId, by.from, end)) === 0) return false;
  await showHeld(tx, noteId);
  await tell(app, tx, row, holds);
  return true;
}

async function tell(app: App, tx: Tx, row: NoteRow, holds: readonly HoldRow[]): Promise<void> {
  const tells = (["all", "edit"] as const).find((one) => holds.some((hold) => hold.tells === one));
  const mentionIds = (await listMentions(tx, [row.id])).map((mention) => mention.id);
  if (!isSet(row.local)) return await tellOfReceived(app, tx, row, mentionIds, tells ?? "nothing");
  const hasMedia = (await listAttachments(tx, [row.id])).length > 0;
  const html = row.content_html;
  if (tells === "edit") return await publishEdit(app, tx, row, { html, mentionIds, hasMedia });
  if (tells !== "all") return;
  // It goes out now: other servers would take a note of three days ago for an old one.
  await updateNote(tx, row.id, { published_at: app.clock.now() });
  const { parent, replyWaits } = await parentOf(tx, row);
  const quoted = row.quote_id === null ? undefined : await findNoteById(tx, row.quote_id);
  await publishNote(app, tx, {
    noteId: asId<NoteId>(row.id),
    actorId: row.actor_id,
    visibility: row.visibility,
    html,
    mentionIds,
    parent,
    consent: {
      quoted:
        quoted === undefined || quoted.deleted_at !== null
          ? null
          : { note: quoted, isOwn: quoted.actor_id === row.actor_id },
      replyWaits,
    },
    hasMedia,
  });
}

/** What a note of ours answers, and whether the answer still waits for the author's word. */
async function parentOf(
  tx: Tx,
  row: NoteRow,
): Promise<{ readonly parent: NoteRow | null; readonly replyWaits: boolean }> {
  if (row.reply_to_id !== null)
    return { parent: (await findNoteById(tx, row.reply_to_id)) ?? null, replyWaits: false };
  const named = row.reply_to_uri === null ? undefined : await findNoteByUri(tx, row.reply_to_uri);
  const waits = named !== undefined && isSet(named.local) && named.deleted_at === null;
  return waits ? { parent: named, replyWaits: true } : { parent: null, replyWaits: false };
}

async function tellOfReceived(
  app: App,
  tx: Tx,
  row: NoteRow,
  mentionIds: readonly number[],
  tells: "all" | "edit" | "nothing",
): Promise<void> {
  if (tells === "nothing") return;
  const { parent, replyWaits } = await parentOf(tx, row);
  const here = (await findActors(tx, mentionIds)).filter((actor) => actor.host === "");
  await notifyOfNote(app, tx, {
    noteId: asId<NoteId>(row.id),
    actorId: row.actor_id,
    mentionIds: here.map((actor) => actor.id).filter((id) => !replyWaits || id !== parent?.actor_id),
    parent: replyWaits ? null : parent,
  });
  if (tells === "edit") return announce(app, { type: "edited", noteId: row.id });
  const isReply = row.reply_to_uri !== null;
  await notifyFollowers(app, tx, {
    noteId: row.id,
    actorId: row.actor_id,
    visibility: row.visibility,
    isReply,
  });
  if (app.clock.now() - row.published_at < STREAMED_MS) announce(app, { type: "entry", id: row.id });
}
