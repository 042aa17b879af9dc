import { POLL_LIMITS, type ReceivedPoll, type ReceivedVote } from "../../server/domain/poll.ts";
import { plain } from "./from-actor.ts";
import { countOf, iriOf, isJson, listOf, textOf, timeOf, typesOf, webAddress, type Json } from "./json.ts";

/**
 * The poll of a Question; null when it is none or has no two options. `anyOf` allows several answers. `closed` is a time
 * or just true, and an end that has passed closes the poll without it (FEP-9967; Misskey never sends `closed`).
 */
export function pollOf(json: Json, now: number): ReceivedPoll | null {
  if (!typesOf(json).includes("Question")) return null;
  const multiple = listOf(json["anyOf"]).length > 0;
  const options = listOf(multiple ? json["anyOf"] : json["oneOf"])
    .flatMap((option) => (isJson(option) ? optionOf(option) : []))
    .slice(0, POLL_LIMITS.receivedOptions);
  const titles = new Set(options.map((option) => option.title));
  if (options.length < 2 || titles.size !== options.length) return null;
  const endsAt = timeOf(json["endTime"]);
  const closed = timeOf(json["closed"]);
  const isOver =
    json["closed"] === true || (closed !== null && closed <= now) || (endsAt !== null && endsAt <= now);
  return {
    multiple,
    options,
    endsAt,
    closedAt: isOver ? Math.min(closed ?? endsAt ?? now, now) : null,
    votersCount: countOf(json["votersCount"]),
  };
}

function optionOf(option: Json): readonly { readonly title: string; readonly votes: number }[] {
  const title = plain(textOf(option["name"]), POLL_LIMITS.receivedCharacters);
  const replies = option["replies"];
  const votes =
    (isJson(replies) ? countOf(replies["totalItems"]) : null) ?? countOf(option["_misskey_votes"]) ?? 0;
  return title === "" ? [] : [{ title, votes: Math.min(votes, 1_000_000_000) }];
}

/**
 * True for a Note that is a vote: the answer as its name, what it answers, and no text (FEP-9967). Pleroma has a type of
 * its own for it, but sends Notes.
 */
export function isVote(json: Json): boolean {
  return (
    typesOf(json).some((type) => type === "Note" || type === "Answer") &&
    textOf(json["name"]) !== null &&
    iriOf(json["inReplyTo"]) !== null &&
    textOf(json["content"]) === null &&
    json["contentMap"] === undefined
  );
}

/** A vote; null when the Note is none, or lacks something. */
export function voteOf(json: Json): ReceivedVote | null {
  // Mastodon's votes have a fragment of the voter's own id.
  const uri = webAddress(iriOf(json["id"]));
  const actorUri = webAddress(iriOf(json["attributedTo"]));
  const pollUri = webAddress(iriOf(json["inReplyTo"]));
  const option = plain(textOf(json["name"]), POLL_LIMITS.receivedCharacters);
  if (!isVote(json) || uri === null || actorUri === null || pollUri === null || option === "") return null;
  return { uri, actorUri, pollUri, option };
}
