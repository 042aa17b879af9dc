import type { Viewer } from "../../server/domain/actor.ts";
import type { CollectionId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { setFeatureChoice } from "../../server/services/collections/collection-consent.ts";
import { addToCollection, createCollection } from "../../server/services/collections/collections.ts";
import { featureTag } from "../../server/services/actors/featured-tags.ts";
import { addAlias, moveAccount } from "../../server/services/moves/moves.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { updateActor } from "../../server/store/actors.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aMember, aNote, PASSWORD, type TestInstance } from "../support/instance.ts";

/** What stands on top of profiles: pins, tags, a collection, other homes; somebody who moved, somebody who died. */
export async function fillProfiles(
  instance: TestInstance,
  people: { readonly ada: Viewer; readonly lin: Viewer; readonly tom: Viewer; readonly wen: Viewer },
  thread: NoteView,
): Promise<{ readonly collectionId: CollectionId; readonly moved: string }> {
  const { app } = instance;
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
  await updateActor(app.db, tom.actorId, { memorial: 1 });
  return { collectionId: collection, moved: await moveAway(instance, people) };
}

/** Somebody whom ada follows moves to lin's account. */
async function moveAway(
  instance: TestInstance,
  { ada, lin }: { readonly ada: Viewer; readonly lin: Viewer },
): Promise<string> {
  const { app } = instance;
  const { viewer } = await aMember(instance, "lin_before");
  await updateProfile(app, viewer, { name: "林小舟（旧）", bioSource: "以前住在这里。" });
  await aNote(instance, { by: viewer, source: "我搬家了，新的地方在对岸。", language: "zh-Hans" });
  await followActor(app, ada, viewer.actorId);
  await addAlias(app, lin, "@lin_before");
  await moveAccount(app, viewer, { target: "@lin", password: PASSWORD });
  return "/@lin_before";
}
