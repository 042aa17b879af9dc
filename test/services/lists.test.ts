import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { LIST_LIMITS } from "../../server/domain/list.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import {
  addToList,
  arrangeLists,
  changeList,
  createList,
  deleteList,
  listLists,
  listMembers,
  listTimeline,
  viewList,
} from "../../server/services/lists/lists.ts";
import { followTag, listFollowedTags, unfollowTag } from "../../server/services/tags/tag-follows.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { popularNotes, suggestPeople, trendingTags } from "../../server/services/trends/explore.ts";
import { EVERYTHING_HERE } from "../../server/domain/explore.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { muteActor } from "../../server/services/relations/relationships.ts";
import { aRemoteActor } from "../browser/sample-remote.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let mei: Viewer;
let ann: Viewer;
let bob: Viewer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  mei = (await aMember(here, "mei")).viewer;
  ann = (await aMember(here, "ann")).viewer;
  bob = (await aMember(here, "bob")).viewer;
});
afterEach(() => here.close());

describe("A list", () => {
  test("is its owner's alone", async () => {
    const id = await createList(here.app, mei, { title: "Friends" });
    await addToList(here.app, mei, id, ann.actorId);
    await addToList(here.app, mei, id, ann.actorId);
    await aNote(here, { by: ann, source: "hello" });
    expect((await listMembers(here.app, mei, id)).map(({ username }) => username)).toEqual(["ann"]);
    expect((await listTimeline(here.app, mei, id, {})).items.length).toBe(1);
    const refused = { kind: "not_found" };
    for (const work of [
      () => viewList(here.app, ann, id),
      () => listMembers(here.app, ann, id),
      () => listTimeline(here.app, ann, id, {}),
      () => changeList(here.app, ann, id, { title: "x" }),
      () => addToList(here.app, ann, id, bob.actorId),
      () => deleteList(here.app, ann, id),
    ])
      await expect(work()).rejects.toMatchObject(refused);
    await deleteList(here.app, mei, id);
    expect(await listLists(here.app, mei)).toEqual([]);
  });

  test("takes people from elsewhere only when they are followed, and leaves nothing half-made", async () => {
    const stranger = await receiveActor(here.app, aRemoteActor("mei"));
    await expect(arrangeLists(here.app, mei, stranger, { listIds: [], title: "New" })).rejects.toMatchObject({
      key: "error.list_follow_first",
    });
    expect(await listLists(here.app, mei)).toEqual([]);
    await arrangeLists(here.app, mei, ann.actorId, { listIds: [], title: "New" });
    const [list] = await listLists(here.app, mei);
    expect((await listMembers(here.app, mei, list?.id ?? (0 as never))).length).toBe(1);
    await arrangeLists(here.app, mei, ann.actorId, { listIds: [], title: "" });
    expect((await listMembers(here.app, mei, list?.id ?? (0 as never))).length).toBe(0);
  });

  test("has a name, and there are not too many", async () => {
    await expect(createList(here.app, mei, { title: " " })).rejects.toMatchObject({ fields: { title: {} } });
    for (let index = 0; index < LIST_LIMITS.lists; index++)
      await createList(here.app, mei, { title: `${index}` });
    await expect(createList(here.app, mei, { title: "more" })).rejects.toMatchObject({ kind: "conflict" });
  });
});

describe("A followed tag", () => {
  test("brings public notes home, in every spelling of it", async () => {
    await followTag(here.app, mei, "#Ｔｅａ");
    await aNote(here, { by: ann, source: "good #TEA" });
    await aNote(here, { by: ann, source: "secret #tea", visibility: "unlisted" });
    expect((await homeTimeline(here.app, mei, {})).items.length).toBe(1);
    expect(await listFollowedTags(here.app, mei)).toEqual([{ tag: "tea", name: "Ｔｅａ" }]);
    await expect(followTag(here.app, mei, "no tag")).rejects.toMatchObject({ fields: { tag: {} } });
    await unfollowTag(here.app, mei, "TEA");
    expect((await homeTimeline(here.app, mei, {})).items).toEqual([]);
  });
});

describe("What is popular", () => {
  const popular = async (viewer: Viewer | null) =>
    (
      await popularNotes(here.app, viewer, { filter: EVERYTHING_HERE, from: 0, calm: viewer === null })
    ).notes.map(({ contentHtml }) => contentHtml.replace(/<[^>]*>/g, ""));

  test("is ordered by people, with a few of each author, of those who want to be found", async () => {
    for (const viewer of [ann, bob]) await updateProfile(here.app, viewer, { discoverable: true });
    await updateProfile(here.app, mei, { discoverable: false });
    const notes = [];
    for (let index = 0; index < 5; index++)
      notes.push(await aNote(here, { by: ann, source: `ann ${index}` }));
    const bobs = await aNote(here, { by: bob, source: "bob", sensitive: true });
    const hidden = await aNote(here, { by: mei, source: "mei" });
    for (const note of [...notes, bobs, hidden])
      for (const viewer of [mei, ann, bob]) await likeNote(here.app, viewer, note.id);
    const { viewer: dan } = await aMember(here, "dan");
    await likeNote(here.app, dan, bobs.id);
    await countTrends(here.app);
    expect(await popular(dan)).toEqual(["bob", "ann 4", "ann 3", "ann 2"]);
    expect(await popular(null), "closed by its author").toEqual(["ann 4", "ann 3", "ann 2"]);
    await muteActor(here.app, dan, ann.actorId);
    expect(await popular(dan)).toEqual(["bob"]);
    await updateProfile(here.app, bob, { discoverable: false });
    expect(await popular(dan), "at once, not only when it is counted again").toEqual([]);
    await deleteNote(here.app, ann, notes[4]?.id ?? (0 as never));
    expect(await popular(null)).toEqual(["ann 3", "ann 2"]);
    here.clock.advance(8 * 86_400_000);
    await countTrends(here.app);
    expect(await popular(null)).toEqual([]);
  });

  test("names tags and people, and not those who hide", async () => {
    for (const viewer of [ann, bob]) await updateProfile(here.app, viewer, { discoverable: true });
    await aNote(here, { by: ann, source: "#tea #milk" });
    await aNote(here, { by: bob, source: "#tea" });
    await aNote(here, { by: mei, source: "#coffee" });
    await updateProfile(here.app, mei, { discoverable: false });
    await countTrends(here.app);
    expect((await trendingTags(here.app, null)).map(({ tag, people }) => `${tag} ${people}`)).toEqual([
      "tea 2",
      "milk 1",
    ]);
    expect((await suggestPeople(here.app, ann)).map(({ actor }) => actor.username)).toEqual(["bob"]);
    expect((await suggestPeople(here.app, null)).length).toBe(2);
  });
});
