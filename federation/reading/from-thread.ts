import type { ReceivedNote } from "../../server/domain/note.ts";
import { countOf, iriOf, isJson, sameOrigin, textOf, webAddress, type Json } from "./json.ts";

type Thread = Pick<ReceivedNote, "contextUri" | "repliesUri" | "repliesTotal">;

/** Longer ones are no identity but a payload. */
const MAX_URI = 500;
/** What OStatus called a conversation; Mastodon and Pleroma still send it, and nobody can fetch it. */
const TAG_URI = /^tag:[^\s<>"]+$/;

/**
 * Where a note's thread is found: its conversation (`context` by FEP-7888, else the older `conversation`) and the
 * collection of its replies, which must lie on the note's own origin.
 */
export function threadOf(json: Json, uri: string): Thread {
  const replies = json["replies"];
  const repliesUri = webAddress(iriOf(replies));
  return {
    contextUri:
      conversationOf(iriOf(json["context"])) ??
      // Only a collection of activities (FEP-f228); they lead to the notes as well.
      conversationOf(iriOf(json["contextHistory"])) ??
      conversationOf(textOf(json["conversation"])),
    repliesUri: repliesUri !== null && sameOrigin(repliesUri, uri) ? repliesUri : null,
    repliesTotal: isJson(replies) ? countOf(replies["totalItems"]) : null,
  };
}

function conversationOf(value: string | null): string | null {
  if (value === null || value.length > MAX_URI) return null;
  return TAG_URI.test(value) ? value : webAddress(value);
}
