import { CARD_LIMITS, type ReceivedCard } from "../../server/domain/card.ts";
import { pageOf, plain } from "./from-actor.ts";
import { isJson, listOf, textOf, typesOf, webAddress, type Json } from "./json.ts";

/**
 * The link that hangs on a note, with what its sender says about the page (FEP-8967: Mastodon 4.7 and we); what it says
 * stands for this note alone. A Link without `preview` names the page that the card is to be made of.
 */
export function cardOf(json: Json): ReceivedCard | null {
  const link = listOf(json["attachment"]).find(
    (item): item is Json => isJson(item) && typesOf(item).includes("Link") && isPage(item["mediaType"]),
  );
  const url = link === undefined ? null : webAddress(link["href"]);
  if (link === undefined || url === null) return null;
  const preview = listOf(link["preview"]).find(isJson) ?? {};
  const author = listOf(preview["attributedTo"]).find(isJson);
  return {
    url,
    title: plain(textOf(preview["name"]), CARD_LIMITS.title),
    description: plain(textOf(preview["summary"]), CARD_LIMITS.description),
    author: plain(textOf(author?.["name"]), CARD_LIMITS.author),
    imageUrl: imageOf(preview["image"] ?? preview["icon"]),
  };
}

/** Links to pictures, films and documents are attachments, whatever their type is. */
function isPage(mediaType: unknown): boolean {
  return typeof mediaType !== "string" || mediaType.startsWith("text/html");
}

function imageOf(value: unknown): string | null {
  const image = listOf(value)[0];
  return isJson(image) ? pageOf(image["url"] ?? image["href"], "image/") : webAddress(image);
}
