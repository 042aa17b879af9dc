import { receiveReport } from "../../../server/services/moderation/reports.ts";
import { irisOf, isJson, textOf } from "../../reading/json.ts";
import type { Incoming } from "../incoming.ts";

/**
 * Another server's moderators, or its members through it, point at something of ours. `object` is a list of anything:
 * Mastodon names the actor and notes (since 4.6 also collections), Misskey the actor alone, Lemmy and PeerTube a single
 * note, Pleroma whole notes. The text is in `content`; Lemmy writes `summary`.
 */
export async function onFlag({ app, uri, actorUri, json }: Incoming): Promise<void> {
  const { content, language } = wordsOf(json["content"], json["contentMap"]);
  await receiveReport(app, {
    uri,
    actorUri,
    objectUris: irisOf(json["object"]),
    content: content ?? textOf(json["summary"]) ?? "",
    language: language ?? textOf(json["language"]),
  });
}

/** The text and its language: a map with one tongue says it; of several the plain text counts, in no known one. */
function wordsOf(content: unknown, map: unknown) {
  const plain = textOf(content);
  const tongues = isJson(map) ? Object.entries(map).flatMap(([tag, value]) => texts(tag, value)) : [];
  const same = tongues.find(([, text]) => text === plain) ?? (tongues.length === 1 ? tongues[0] : undefined);
  return { content: plain ?? same?.[1] ?? null, language: same?.[0] ?? null };
}

function texts(tag: string, value: unknown): readonly (readonly [string, string])[] {
  const text = textOf(value);
  return text === null ? [] : [[tag, text]];
}
