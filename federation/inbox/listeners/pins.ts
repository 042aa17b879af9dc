import { receiveFeaturedTag, receiveUnfeaturedTag } from "../../../server/services/actors/featured-tags.ts";
import { receivePin, receiveUnpin } from "../../../server/services/actors/pins.ts";
import { iriOf, textOf, typesOf, webAddress } from "../../reading/json.ts";
import { onCollectionChange } from "./collections.ts";
import { embeddedObject, type Incoming } from "../incoming.ts";

/** Something was added to a collection: a note to `featured`, a Hashtag to `featured` (Mastodon) or `featuredTags`. */
export async function onAdd(incoming: Incoming): Promise<void> {
  await onChange(incoming, receivePin, receiveFeaturedTag);
}

/** The same, taken out again. */
export async function onRemove(incoming: Incoming): Promise<void> {
  await onChange(incoming, receiveUnpin, receiveUnfeaturedTag);
}

async function onChange(
  incoming: Incoming,
  ofNote: typeof receivePin,
  ofTag: typeof receiveFeaturedTag,
): Promise<void> {
  const { app, json, actorUri, objectUri } = incoming;
  const targetUri = webAddress(iriOf(json["target"]));
  if (targetUri === null || (await onCollectionChange(incoming, targetUri))) return;
  const object = embeddedObject(incoming);
  const name = object !== null && typesOf(object).includes("Hashtag") ? textOf(object["name"]) : null;
  if (name !== null) await ofTag(app, { actorUri, targetUri, name });
  else if (objectUri !== null) await ofNote(app, { actorUri, targetUri, noteUri: objectUri });
}
