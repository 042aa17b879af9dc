import { raw } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import { drawEmojis, drawEmojisInText } from "../../server/text/emojis.ts";
import type { Html } from "../html.ts";

/** Sanitised HTML from a service with its custom emoji as pictures. */
export function withEmojis(sanitisedHtml: string, emojis: readonly CustomEmoji[]): Html {
  return raw(drawEmojis(sanitisedHtml, emojis));
}

/** Plain text (a name, a title, a warning) with its custom emoji as pictures. */
export function emojiText(text: string, emojis: readonly CustomEmoji[]): Html {
  return raw(drawEmojisInText(text, emojis));
}
