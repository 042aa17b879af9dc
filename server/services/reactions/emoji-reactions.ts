// Likes, boosts, bookmarks, emoji reactions, and taking anything back.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { REACTION_LIMITS, shortcodeOf, toReactionName } from "../../domain/reaction.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  insertReaction,
  listOwnReactions,
  listReactionRows,
  removeReaction,
  tallyReactions,
} from "../../store/emoji-reactions.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { isTombstone } from "../../store/inbox.ts";
import { findNoteById, findNoteByUri, findVisibleNotes } from "../../store/notes.ts";
import { safeHttpUrl } from "../../text/sanitize.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { admit } from "../consent/admission.ts";
import { findOwnEmoji } from "../notes/emojis.ts";
import { federate } from "../federation/federate.ts";
import { notify, untell } from "../notifications/notify.ts";
import { requirePermission } from "../consent/policies.ts";
import { reactionPicture } from "./reaction-views.ts";
import { actorViews } from "../views.ts";

/**
 * Reacts to a note with an emoji, or with a custom one of this server by `:name:`. Idempotent.
 * @throws not_found, invalid for what is no emoji or one too many, forbidden when the author does not want it
 */
export async function reactToNote(app: App, viewer: Viewer, noteId: NoteId, text: string): Promise<void> {
  const [note] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  if (note === undefined) throw notFound();
  const { name, emojiUrl } = await readChoice(app, note.id, text);
  await requirePermission(app, app.db, note, viewer.actorId, "like");
  await transaction(app.db, async (tx) => {
    const own = await listOwnReactions(tx, viewer.actorId, note.id);
    if (own.some((row) => row.name === name)) return;
    if (own.length >= REACTION_LIMITS.perActor)
      throw invalid({
        emoji: { key: "field.too_many_reactions", params: { max: REACTION_LIMITS.perActor } },
      });
    const id = app.ids.next();
    const row = {
      id,
      uri: app.uris.reaction(id),
      actor_id: viewer.actorId,
      note_id: note.id,
      name,
      emoji_url: emojiUrl,
      created_at: app.clock.now(),
    };
    const detail = { id, name, emojiUrl };
    const asked = { verb: "like", note, actorId: viewer.actorId, objectUri: row.uri, detail } as const;
    if ((await admit(app, tx, asked)) !== "yes" || !(await insertReaction(tx, row))) return;
    await notify(app, tx, {
      kind: "reaction",
      to: [note.actor_id],
      actorId: viewer.actorId,
      noteId: note.id,
    });
    await federate(app, tx, viewer.actorId, { type: "reaction.created", reactionId: asId(id) });
  });
  app.wake();
}

/** One's own custom emoji come first; those of others can be joined where they are in use. */
async function readChoice(
  app: App,
  noteId: number,
  text: string,
): Promise<{ readonly name: string; readonly emojiUrl: string | null }> {
  const name = toReactionName(text);
  if (name === null) throw invalid({ emoji: { key: "field.emoji" } });
  const shortcode = shortcodeOf(name);
  if (shortcode === null) return { name, emojiUrl: null };
  const emoji = await findOwnEmoji(app, shortcode);
  if (emoji !== null) return { name: `:${emoji.name}:`, emojiUrl: emoji.url };
  const tallies = await tallyReactions(app.db, [noteId], null, REACTION_LIMITS.shown);
  const used = tallies.find((tally) => tally.name === name && tally.emoji_url !== null);
  if (used === undefined) throw invalid({ emoji: { key: "field.emoji" } });
  return { name, emojiUrl: used.emoji_url };
}

/** Takes a reaction back. Idempotent. */
export async function unreactToNote(app: App, viewer: Viewer, noteId: NoteId, text: string): Promise<void> {
  const name = toReactionName(text);
  if (name === null) return;
  await transaction(app.db, async (tx) => {
    const row = await removeReaction(tx, viewer.actorId, noteId, name);
    if (row === undefined) return;
    await untellReaction(tx, viewer.actorId, noteId);
    await federate(app, tx, viewer.actorId, {
      type: "reaction.undone",
      activityId: asId(app.ids.next()),
      reactionUri: row.uri,
      name: row.name,
      actorId: viewer.actorId,
      noteId,
    });
  });
  app.wake();
}

/** One line tells of all reactions of one person to one note: it goes with the last of them. */
export async function untellReaction(tx: Db, actorId: number, noteId: number): Promise<void> {
  const note = await findNoteById(tx, noteId);
  if (note === undefined || (await listOwnReactions(tx, actorId, noteId)).length > 0) return;
  await untell(tx, { kinds: ["reaction"], to: note.actor_id, actorId, noteId });
}

/** A reaction as it came over the wire. */
export type ReceivedEmojiReaction = {
  readonly uri: string;
  readonly actorUri: string;
  readonly objectUri: string;
  /** As `toReactionName` made it. */
  readonly name: string;
  /** The picture of a custom emoji at its own server. */
  readonly emojiUrl: string | null;
};

/**
 * A remote actor reacts to a note that is here. Somebody who has reacted with as many as may be is not heard further:
 * servers that allow one only (Misskey) undo the old one first. @throws remote_failed
 */
export async function receiveEmojiReaction(app: App, received: ReceivedEmojiReaction): Promise<void> {
  const note = await findNoteByUri(app.db, received.objectUri);
  if (note === undefined || note.deleted_at !== null) return;
  const actorId = await findOrFetchActor(app, received.actorUri);
  if (actorId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  if ((await findVisibleNotes(app.db, actorId, [note.id])).length === 0) return;
  const emojiUrl = received.emojiUrl === null ? null : safeHttpUrl(received.emojiUrl);
  await transaction(app.db, async (tx) => {
    if (await isTombstone(tx, received.uri, received.actorUri)) return;
    if (await blockedEitherWay(tx, actorId, note.actor_id)) return;
    const own = await listOwnReactions(tx, actorId, note.id);
    if (own.length >= REACTION_LIMITS.perActor) return;
    const detail = { name: received.name, emojiUrl };
    const asked = { verb: "like", note, actorId, objectUri: received.uri, detail } as const;
    if ((await admit(app, tx, asked)) !== "yes") return;
    const isNew = await insertReaction(tx, {
      id: app.ids.next(),
      uri: received.uri,
      actor_id: actorId,
      note_id: note.id,
      name: received.name,
      emoji_url: emojiUrl,
      created_at: app.clock.now(),
    });
    if (isNew) await notify(app, tx, { kind: "reaction", to: [note.actor_id], actorId, noteId: note.id });
  });
}

/** Who reacted with what to a note, newest first, at most 80. @throws not_found */
export async function listNoteReactions(
  app: App,
  viewer: Viewer | null,
  noteId: NoteId,
): Promise<readonly { readonly actor: ActorView; readonly name: string; readonly url: string | null }[]> {
  const [note] = await findVisibleNotes(app.db, viewer?.actorId ?? null, [noteId]);
  if (note === undefined) throw notFound();
  const rows = await listReactionRows(app.db, note.id, 80);
  const views = await actorViews(
    app,
    rows.map((row) => row.actor_id),
  );
  const actors = new Map(views.map((actor) => [actor.id as number, actor]));
  return rows.flatMap((row) => {
    const actor = actors.get(row.actor_id);
    // Whoever is hidden is not named either (threats MOD-05).
    return actor === undefined || actor.suspended
      ? []
      : [{ actor, name: row.name, url: reactionPicture(app, row.emoji_url) }];
  });
}
