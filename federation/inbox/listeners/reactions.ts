import { receiveAnnounce, receiveLike, receiveUndo } from "../../../server/services/reactions.ts";
import { receiveBlock } from "../../../server/services/relationships.ts";
import { iriOf, sameOrigin, timeOf, typesOf, webAddress } from "../../reading/json.ts";
import { embeddedObject, type Incoming, visibilityOfActivity } from "../incoming.ts";

/** A like, or a reaction that counts as one. */
export async function onLike({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveLike(app, { uri, actorUri, objectUri });
}

/** What is boosted is fetched at its origin, never taken from what came embedded. */
export async function onAnnounce(incoming: Incoming): Promise<void> {
  const { app, json, uri, actorUri } = incoming;
  const objectUri = announcedUri(incoming);
  if (objectUri === null) return;
  await receiveAnnounce(app, {
    uri,
    actorUri,
    objectUri,
    visibility: await visibilityOfActivity(incoming),
    publishedAt: Math.min(timeOf(json["published"]) ?? app.clock.now(), app.clock.now()),
  });
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
  // Some servers undo an activity that never had an id; who did what to whom still says which one.
  const undoneUri = objectUri ?? `${uri}#undone`;
  if (!sameOrigin(undoneUri, actorUri)) return;
  const type = undone === null ? null : (typesOf(undone)[0] ?? null);
  await receiveUndo(app, {
    actorUri,
    objectUri: undoneUri,
    objectType: type === "EmojiReact" ? "Like" : type,
    targetUri: undone === null ? null : webAddress(iriOf(undone["object"])),
  });
}

/** Somebody blocks one of us. */
export async function onBlock({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveBlock(app, { uri, actorUri, objectUri });
}
