import type { Viewer } from "../../server/domain/actor.ts";
import type { CollectionId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { setFeatureChoice } from "../../server/services/collections/collection-consent.ts";
import { addToCollection, createCollection } from "../../server/services/collections/collections.ts";
import { featureTag } from "../../server/services/actors/featured-tags.ts";
import { addAlias } from "../../server/services/moves/moves.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { updateActor } from "../../server/store/actors.ts";
import type { TestInstance } from "../support/instance.ts";

/** What stands on top of profiles: pins, tags, a collection, other homes; somebody who moved, somebody who died. */
export async function fillProfiles(
  { app }: TestInstance,
  people: { readonly ada: Viewer; readonly lin: Viewer; readonly tom: Viewer; readonly wen: Viewer },
  thread: NoteView,
): Promise<CollectionId> {
  const { ada, lin, tom, wen } = people;
  await pinNote(app, ada, thread.id);
  for (const tag of ["sketches", "美食"]) await featureTag(app, ada, tag);
  await addAlias(app, ada, "https://old.hill.test/users/ada");
  await addAlias(app, ada, "@lin");
  await setFeatureChoice(app, lin, "everyone");
  const collection = await createCollection(app, ada, {
    name: "People of the tide · 潮水边的人",
    summary: "They draw, cook and wait for the water.",
    tag: "tide",
  });
  for (const { actorId } of [lin, wen]) await addToCollection(app, ada, collection, actorId);
  const other = await createCollection(app, lin, { name: "Good cooks", summary: "" });
  await addToCollection(app, lin, other, ada.actorId);
  await updateActor(app.db, tom.actorId, { memorial: 1, moved_to_uri: app.uris.actor(lin.actorId) });
  return collection;
}
