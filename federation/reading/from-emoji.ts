import { EMOJI_LIMIT, SHORTCODE, type ReceivedEmoji } from "../../server/domain/emoji.ts";
import { isJson, iriOf, listOf, textOf, timeOf, typesOf, webAddress } from "./json.ts";

/**
 * The custom emoji among the tags of a note, an actor or a reaction: the `:name:` of each with its picture. Some servers
 * leave the colons away; a host or a picture that is none leaves the text as it is.
 */
export function emojisOf(tag: unknown): readonly ReceivedEmoji[] {
  const found = new Map<string, ReceivedEmoji>();
  for (const item of listOf(tag)) {
    const emoji = emojiOf(item);
    if (emoji !== null && !found.has(emoji.name) && found.size < EMOJI_LIMIT) found.set(emoji.name, emoji);
  }
  return [...found.values()];
}

/** One Emoji object; null when it is none. */
export function emojiOf(item: unknown): ReceivedEmoji | null {
  if (!isJson(item) || !typesOf(item).includes("Emoji")) return null;
  const name = (textOf(item["name"]) ?? "").trim().replace(/^:|:$/g, "");
  const [icon] = listOf(item["icon"]);
  const url = isJson(icon) ? pictureOf(icon["url"] ?? icon["href"]) : webAddress(icon);
  if (!SHORTCODE.test(name) || url === null) return null;
  const mediaType = isJson(icon) ? (textOf(icon["mediaType"]) ?? "") : "";
  return {
    name,
    url,
    uri: webAddress(iriOf(item["id"])),
    mediaType: /^image\/[a-z0-9.+-]{1,40}$/i.test(mediaType) ? mediaType.toLowerCase() : "",
    updatedAt: timeOf(item["updated"]),
  };
}

function pictureOf(value: unknown): string | null {
  for (const item of listOf(value)) {
    const address = webAddress(isJson(item) ? item["href"] : item);
    if (address !== null) return address;
  }
  return null;
}
