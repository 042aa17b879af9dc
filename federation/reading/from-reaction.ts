import { isPlainLike, shortcodeOf, toReactionName } from "../../server/domain/reaction.ts";
import { emojisOf } from "./from-emoji.ts";
import { textOf, type Json } from "./json.ts";

/** The emoji that a Like or EmojiReact brings. */
export type Reaction = { readonly name: string; readonly emojiUrl: string | null };

/**
 * The reaction in a Like with `content` or `_misskey_reaction` (Misskey), or in an EmojiReact (Pleroma, FEP-c0e0). Null
 * for a plain like: without emoji, with something that is none, or with the heart or star that Misskey sends for one.
 */
export function reactionOf(json: Json, type: string): Reaction | null {
  const text = textOf(json["content"]) ?? textOf(json["_misskey_reaction"]);
  const name = text === null ? null : toReactionName(text);
  if (name === null || (type === "Like" && isPlainLike(name))) return null;
  const shortcode = shortcodeOf(name);
  if (shortcode === null) return { name, emojiUrl: null };
  const emojis = emojisOf(json["tag"]);
  const emoji = emojis.find((one) => one.name === shortcode) ?? emojis[0];
  return { name, emojiUrl: emoji?.url ?? null };
}
