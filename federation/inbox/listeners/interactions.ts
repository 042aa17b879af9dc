import type { Verb } from "../../../server/domain/policy.ts";
import { visibilityOf } from "../../../server/domain/visibility.ts";
import type { InteractionDetail } from "../../../server/services/consent/interaction-effects.ts";
import {
  receiveInteractionAnswer,
  receiveInteractionRequest,
} from "../../../server/services/consent/interaction-requests.ts";
import { reactionOf } from "../../reading/from-reaction.ts";
import { iriOf, irisOf, isJson, timeOf, typesOf, webAddress, type Json } from "../../reading/json.ts";
import { followersOf, readNormalNote } from "../../remote/remote.ts";
import { embeddedObject, type Incoming } from "../incoming.ts";

const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["QuoteRequest", "quote"],
  ["ReplyRequest", "reply"],
  ["LikeRequest", "like"],
  ["AnnounceRequest", "announce"],
]);

/** Somebody asks whether they may do something with a note of ours: `object` is the note, `instrument` the thing. */
export async function onInteractionRequest(incoming: Incoming): Promise<void> {
  const { app, json, type, uri, actorUri, objectUri } = incoming;
  const verb = VERBS.get(type);
  const instrumentUri = webAddress(iriOf(json["instrument"]));
  if (verb === undefined || objectUri === null || instrumentUri === null) return;
  const instrument = isJson(json["instrument"]) ? json["instrument"] : null;
  await receiveInteractionRequest(app, {
    verb,
    uri,
    actorUri,
    noteUri: objectUri,
    objectUri: instrumentUri,
    object: verb === "quote" || verb === "reply" ? await noteIn(incoming, instrument) : null,
    detail: instrument === null ? {} : await detailOf(incoming, verb, instrument),
  });
}

/** The quoting note or the reply, as good as fetched when its own author sent it. */
async function noteIn({ app, documents, actorUri }: Incoming, instrument: Json | null) {
  if (instrument === null || iriOf(instrument["attributedTo"]) !== actorUri) return null;
  return await readNormalNote(documents, app.clock.now(), instrument);
}

async function detailOf(incoming: Incoming, verb: Verb, instrument: Json): Promise<InteractionDetail> {
  if (verb === "like") return reactionOf(instrument, typesOf(instrument)[0] ?? "") ?? {};
  if (verb !== "announce") return {};
  const followersUri = await followersOf(incoming.documents, incoming.actorUri);
  const publishedAt = timeOf(instrument["published"]);
  const visibility = visibilityOf({
    to: irisOf(instrument["to"]),
    cc: irisOf(instrument["cc"]),
    followersUri,
  });
  return { visibility, ...(publishedAt === null ? {} : { publishedAt }) };
}

/**
 * An Accept or Reject that is about a quote or a reply of ours, by our request, embedded or as its id, or by the note
 * alone (GoToSocial, when nobody asked politely). False = it is about something else.
 */
export async function onInteractionAnswer(incoming: Incoming): Promise<boolean> {
  const { app, json, type, actorUri, objectUri } = incoming;
  const embedded = embeddedObject(incoming);
  const verb = embedded === null ? undefined : VERBS.get(typesOf(embedded)[0] ?? "");
  const asked = verb === undefined ? null : webAddress(iriOf(embedded?.["instrument"]));
  const origin = `${app.config.origin}/`;
  const path = objectUri?.startsWith(origin) === true ? objectUri.slice(origin.length) : "";
  const [, kind, id] = /^(notes|quote-requests)\/(\d{1,16})$/.exec(path) ?? [];
  const isNamed = asked !== null || kind !== undefined;
  // GoToSocial tells followers of a yes to an answer by somebody else: `object` is that answer, `target` what it answers.
  const isForeign =
    !isNamed && embedded === null && json["target"] !== undefined && objectUri !== null && path === "";
  if (!isNamed && !isForeign) return verb !== undefined;
  if (verb === "like" || verb === "announce") return true;
  await receiveInteractionAnswer(app, {
    isYes: type === "Accept",
    actorUri,
    noteUri: asked ?? (isForeign ? objectUri : app.uris.note(Number(id))),
    verb: verb ?? (kind === "quote-requests" ? "quote" : null),
    stampUri: webAddress(iriOf(json["result"])),
  });
  // Whatever else an Accept with a target may be, it is not ours alone to read.
  return !isForeign;
}
