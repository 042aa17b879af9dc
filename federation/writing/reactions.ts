import { Emoji, Image, Like } from "@fedify/vocab";
import type { FederatedEmojiReaction } from "../../server/services/reactions/reaction-records.ts";
import { toEmoji } from "./notes.ts";
import type { Extras } from "./wire.ts";

// PURE: a reaction with an emoji is a Like with `content` (Misskey's dialect), which is a like for those who know no others.

/** A reaction, for the author alone. */
export function toReaction(reaction: FederatedEmojiReaction): Like {
  return new Like({
    id: new URL(reaction.uri),
    actor: new URL(reaction.actorUri),
    object: new URL(reaction.noteUri),
    content: reaction.name,
    ...(reaction.authorUri === null ? {} : { to: new URL(reaction.authorUri) }),
    tags: [...tagsOf(reaction)],
  });
}

/** A custom emoji of ours, or somebody else's that was joined: their server knows it by its picture. */
function tagsOf({ emoji, emojiUrl, name }: FederatedEmojiReaction): readonly Emoji[] {
  if (emoji !== null) return [toEmoji(emoji)];
  if (emojiUrl === null) return [];
  return [new Emoji({ id: new URL(emojiUrl), name, icon: new Image({ url: new URL(emojiUrl) }) })];
}

/** What the vocabulary has no word for. */
export function reactionExtras(name: string): Extras {
  return { top: { _misskey_reaction: name } };
}
