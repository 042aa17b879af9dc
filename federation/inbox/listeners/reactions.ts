import { receiveEmojiReaction } from "../../../server/services/reactions/emoji-reactions.ts";
import { receiveAnnounce, receiveLike } from "../../../server/services/reactions/reactions.ts";
import { receiveUndo } from "../../../server/services/reactions/undo.ts";
import { receiveBlock } from "../../../server/services/relations/relationships.ts";
import { reactionOf } from "../../reading/from-reaction.ts";
import { iriOf, sameOrigin, timeOf, typesOf, webAddress } from "../../reading/json.ts";
import { embeddedObject, type Incoming, visibilityOfActivity } from "../incoming.ts";
import { requireAnswer } from "../../remote/away.ts";
import { relayAnnounced } from "./relays.ts";

/** A like, or a reaction with an emoji: Like with `content` (Misskey), EmojiReact (Pleroma, FEP-c0e0). */
export async function onLike({ app, json, type, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri === null) return;
  const reaction = reactionOf(json, type);
  if (reaction !== null) await receiveEmojiReaction(app, { uri, actorUri, objectUri, ...reaction });
  else if (type === "Like") await receiveLike(app, { uri, actorUri, objectUri });
}

/** What is boosted is fetched at its origin, never taken from what came embedded. */
export async function onAnnounce(incoming: Incoming): Promise<void> {
  const { app, documents, json, uri, actorUri } = incoming;
  if (await relayAnnounced(incoming)) return;
  const objectUri = announcedUri(incoming);
  if (objectUri === null) return;
  const outcome = await receiveAnnounce(app, {
    uri,
    actorUri,
    objectUri,
    visibility: await visibilityOfActivity(incoming),
    publishedAt: Math.min(timeOf(json["published"]) ?? app.clock.now(), app.clock.now()),
  });
  if (outcome === "missing") await requireAnswer(documents, objectUri);
}

/** Groups boost whole activities (FEP-1b12): the note of a Create is meant; their likes and edits are not for us. */
function announcedUri(incoming: Incoming): string | null {
  const object = embeddedObject(incoming);
  if (object === null) return incoming.objectUri;
  const types = typesOf(object);
  if (types.includes("Create")) return webAddress(iriOf(object["object"]));
  const isActivity = types.some((type) =>
    /^(?:Update|Delete|Like|Dislike|Undo|Add|Remove|Lock|Block|Flag|Announce)$/.test(type),
  );
  return isActivity ? null : incoming.objectUri;
}

/** Somebody takes back what they did. */
export async function onUndo(incoming: Incoming): Promise<void> {
  const { app, actorUri, uri, objectUri } = incoming;
  const undone = embeddedObject(incoming);
  const undoneBy = undone === null ? null : iriOf(undone["actor"]);
  if (undoneBy !== null && webAddress(undoneBy) !== actorUri) return;
  // Some servers undo an activity that never had an id, or had another one (Pixelfed's follows); who did what to whom
  // still says which one. An Undo of nothing at all is none.
  if (objectUri === null && undone === null) return;
  const undoneUri = objectUri ?? `${uri}#undone`;
  if (!sameOrigin(undoneUri, actorUri)) return;
  const type = undone === null ? null : (typesOf(undone)[0] ?? null);
  await receiveUndo(app, {
    actorUri,
    objectUri: undoneUri,
    objectType: type === "EmojiReact" ? "Like" : type,
    targetUri: undone === null ? null : webAddress(iriOf(undone["object"])),
    reactionName: undone === null ? null : (reactionOf(undone, type ?? "")?.name ?? null),
  });
}

/** Somebody blocks one of us. */
export async function onBlock({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveBlock(app, { uri, actorUri, objectUri });
}
