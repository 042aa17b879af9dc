import { beforeEach, describe, expect, test } from "vitest";
import { findRelationship } from "../../server/services/actors/actors.ts";
import { addToList, createList, listMembers } from "../../server/services/lists/lists.ts";
import { addAlias, moveAccount } from "../../server/services/moves/moves.ts";
import { moveRelations } from "../../server/services/moves/moved-relations.ts";
import { setComment } from "../../server/services/relations/comments.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor, muteActor } from "../../server/services/relations/relationships.ts";
import { aMember, PASSWORD } from "../support/instance.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
});

async function annMovesToBo(): Promise<void> {
  await addAlias(pair.west.app, pair.bo.viewer, "@ann@east.test");
  await pair.settle();
  await moveAccount(pair.east.app, pair.ann.viewer, { target: "@bo@west.test", password: PASSWORD });
  await pair.settle();
}

describe("whoever moves", () => {
  test("is found on the same lists, with the same notes and as they were followed, at home and elsewhere", async () => {
    const { east, west } = pair;
    const sides = [];
    for (const instance of [west, east]) {
      const { viewer } = await aMember(instance, "cy");
      const ann = await find(instance, viewer, "@ann@east.test");
      await followActor(instance.app, viewer, ann.id, {
        notifies: true,
        showsAnnounces: false,
        languages: ["es"],
      });
      await pair.settle();
      const list = await createList(instance.app, viewer, { title: "Friends" });
      await addToList(instance.app, viewer, list, ann.id);
      await setComment(instance.app, viewer, ann.id, "met at the lighthouse");
      sides.push({ app: instance.app, viewer, ann, list, instance });
    }
    await annMovesToBo();
    for (const { app, viewer, ann, list, instance } of sides) {
      const home = await find(instance, viewer, "@bo@west.test");
      expect((await listMembers(app, viewer, list)).map(({ id }) => id)).toEqual([home.id]);
      const comment = "met at the lighthouse";
      expect(await findRelationship(app, viewer, home.id)).toMatchObject({
        following: "accepted",
        comment,
        notifying: true,
        showsAnnounces: false,
        languages: ["es"],
      });
      expect(await findRelationship(app, viewer, ann.id)).toMatchObject({ following: "no", comment });
      // Once more changes nothing.
      await moveRelations(app, ann.id, home.id);
      expect(await findRelationship(app, viewer, home.id)).toMatchObject({ comment });
    }
  });

  test("keeps what was noted about the new home, with what was noted about the old one below it", async () => {
    const { west } = pair;
    const cy = await aMember(west, "cy");
    const ann = await follow(pair, west, (await aMember(west, "dee")).viewer, "@ann@east.test");
    await setComment(west.app, cy.viewer, ann.id, "from the boat club");
    await setComment(west.app, cy.viewer, pair.bo.viewer.actorId, "plays the harp");
    await muteActor(west.app, cy.viewer, ann.id, { hidesNotifications: false });
    await annMovesToBo();
    expect(await findRelationship(west.app, cy.viewer, pair.bo.viewer.actorId)).toMatchObject({
      comment: "plays the harp\n\nfrom the boat club",
      muting: true,
      mutesNotifications: false,
    });
  });

  test("is blocked at the new home by people elsewhere who follow nobody here", async () => {
    const { west, network } = pair;
    const cy = await aMember(west, "cy");
    const ann = await find(west, cy.viewer, "@ann@east.test");
    await blockActor(west.app, cy.viewer, ann.id);
    await pair.settle();
    await annMovesToBo();
    const moves = network.log.filter(({ body }) => body.includes('"type":"Move"'));
    expect(moves).toHaveLength(1);
    expect(await findRelationship(west.app, cy.viewer, pair.bo.viewer.actorId)).toMatchObject({
      blocking: true,
    });
  });
});
