import type { App } from "../../context.ts";
import { type ActorId, asId, type NoteId, type ReactionId } from "../../domain/ids.ts";
import { shortcodeOf } from "../../domain/reaction.ts";
import { findActorById } from "../../store/actors.ts";
import { findReaction } from "../../store/emoji-reactions.ts";
import { findNoteById } from "../../store/notes.ts";
import { emojisForFederation, type FederatedEmoji } from "../notes/emojis.ts";

/** A reaction of somebody here with everything that its activity says. */
export type FederatedEmojiReaction = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly noteId: NoteId;
  readonly noteUri: string;
  readonly isNoteOpen: boolean;
  readonly authorId: ActorId;
  readonly authorUri: string | null;
  readonly name: string;
  /** A custom emoji of this server. */
  readonly emoji: FederatedEmoji | null;
  /** The picture of somebody else's custom emoji, absolute. */
  readonly emojiUrl: string | null;
};

/** A reaction for the wire; null when it was taken back meanwhile. */
export async function reactionForFederation(
  app: App,
  id: ReactionId,
): Promise<FederatedEmojiReaction | null> {
  const row = await findReaction(app.db, id);
  if (row === undefined) return null;
  const actor = await findActorById(app.db, row.actor_id);
  const note = await findNoteById(app.db, row.note_id);
  const author = note === undefined ? undefined : await findActorById(app.db, note.actor_id);
  if (actor === undefined || actor.host !== "" || note === undefined || author === undefined) return null;
  const shortcode = row.emoji_url?.startsWith("/") === true ? shortcodeOf(row.name) : null;
  const [own] = shortcode === null ? [] : await emojisForFederation(app, [shortcode]);
  return {
    uri: row.uri,
    actorId: asId(actor.id),
    actorUri: actor.uri,
    noteId: asId(note.id),
    noteUri: note.uri,
    isNoteOpen: note.visibility === "public" || note.visibility === "unlisted",
    authorId: asId(author.id),
    authorUri: author.uri,
    name: row.name,
    emoji: own ?? null,
    emojiUrl: row.emoji_url === null || row.emoji_url.startsWith("/") ? null : row.emoji_url,
  };
}
