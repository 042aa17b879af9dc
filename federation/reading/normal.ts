import { parseObject } from "./contexts.ts";
import { isJson, listOf, textOf, type Json } from "./json.ts";

/** A remote document in the one form that all readers know; null when it is no ActivityStreams object. */
export async function toNormal(json: Json): Promise<Json | null> {
  const parsed = await parseObject(json);
  if (parsed === null) return null;
  const result: Record<string, unknown> = { ...json };
  const hrefs = (urls: readonly URL[]) => urls.map((url) => url.href);
  result["id"] = parsed.id?.href;
  result["attributedTo"] = hrefs(parsed.attributionIds);
  result["to"] = hrefs(parsed.toIds);
  result["cc"] = hrefs(parsed.ccIds);
  result["audience"] = hrefs(parsed.audienceIds);
  result["inReplyTo"] = parsed.replyTargetId?.href;
  // `{"@language": "de"}` in an inline context says the language of the texts; Pleroma writes `und` there.
  const language = listOf(json["@context"]).map((entry) => (isJson(entry) ? textOf(entry["@language"]) : null));
  result["language"] ??= language.find((tag) => tag !== null);
  delete result["@context"];
  for (const key of Object.keys(result)) if (result[key] === undefined) delete result[key];
  return isJson(result) ? result : null;
}
