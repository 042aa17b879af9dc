import { beforeEach, describe, expect, test } from "vitest";
import { findActorIdByUri, findRelationship, lookUpActor } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import {
  addAlias,
  getMoveState,
  moveAccount,
  moveBack,
  removeAlias,
} from "../../server/services/moves/moves.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { blockActor, muteActor } from "../../server/services/relations/relationships.ts";
import { createPeer, deliver, type Peer } from "../federation/peer.ts";
import { aMember, aNote, type Member, PASSWORD } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

const DAY = 86_400_000;

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
});

/** The uri of a member. */
function uriOf(side: "east" | "west", member: Member): string {
  return pair[side].app.uris.actor(member.viewer.actorId);
}

/** Moves ann of east to bo of west. */
async function annMovesToBo(): Promise<void> {
  await addAlias(pair.west.app, pair.bo.viewer, "@ann@east.test");
  await pair.settle();
  await moveAccount(pair.east.app, pair.ann.viewer, { target: "@bo@west.test", password: PASSWORD });
  await pair.settle();
}

describe("moving out", () => {
  test("sends followers everywhere to the new home, and says so on the profile and on the wire", async () => {
    const { east, west } = pair;
    const cy = await aMember(west, "cy");
    const dee = await aMember(east, "dee");
    await follow(pair, west, cy.viewer, "@ann@east.test");
    await follow(pair, east, dee.viewer, "@ann@east.test");
    await annMovesToBo();

    const move = pair.network.log.map(({ body }) => body).find((body) => body.includes('"type":"Move"'));
    expect(JSON.parse(move ?? "{}")).toMatchObject({
      type: "Move",
      actor: uriOf("east", pair.ann),
      object: uriOf("east", pair.ann),
      target: uriOf("west", pair.bo),
      to: [`${uriOf("east", pair.ann)}/followers`],
    });
    const actor = await east.request(uriOf("east", pair.ann), {
      headers: { accept: "application/activity+json" },
    });
    expect(await actor.json()).toMatchObject({ movedTo: uriOf("west", pair.bo) });
    // The remote follower follows a local account now, the local one a remote account.
    expect(await findRelationship(west.app, cy.viewer, pair.bo.viewer.actorId)).toMatchObject({
      following: "accepted",
    });
    const boAtEast = await find(east, dee.viewer, "@bo@west.test");
    expect(await findRelationship(east.app, dee.viewer, boAtEast.id)).toMatchObject({
      following: "accepted",
    });
    for (const [instance, viewer] of [
      [west, cy.viewer],
      [east, dee.viewer],
    ] as const) {
      const ann = await find(instance, viewer, "@ann@east.test");
      expect(await findRelationship(instance.app, viewer, ann.id)).toMatchObject({ following: "no" });
      const [told] = (await listNotifications(instance.app, viewer, {})).items.filter(
        ({ kind }) => kind === "moved",
      );
      expect(told?.actor.id).toBe(ann.id);
      expect(ann.movedToUri).toBe(uriOf("west", pair.bo));
    }
    expect((await lookUpActor(east.app, null, { username: "ann", host: null }))?.followersCount).toBe(0);
    expect(await getMoveState(east.app, pair.ann.viewer)).toMatchObject({
      movedTo: { uri: uriOf("west", pair.bo) },
      progress: { waiting: 0, failed: 0 },
    });
  });

  test("wants the password, and the new home to say that it is one", async () => {
    const { east, west, ann, bo } = pair;
    const move = (target: string, password = PASSWORD) =>
      moveAccount(east.app, ann.viewer, { target, password });
    await expect(move("@bo@west.test", "wrong")).rejects.toMatchObject({
      fields: { password: { key: "field.password_wrong" } },
    });
    await expect(move("@bo@west.test")).rejects.toMatchObject({
      fields: { target: { key: "field.move_no_alias" } },
    });
    await expect(move("@nobody@west.test")).rejects.toMatchObject({
      fields: { target: { key: "field.move_not_found" } },
    });
    await expect(move("@ann@east.test")).rejects.toMatchObject({
      fields: { target: { key: "field.move_self" } },
    });
    expect((await getMoveState(east.app, ann.viewer)).againAt).toBeNull();
    // A failed move costs no waiting: once the other side is ready, it goes.
    await addAlias(west.app, bo.viewer, "@ann@east.test");
    await pair.settle();
    await move("https://west.test/@bo");
    expect((await getMoveState(east.app, ann.viewer)).movedTo?.uri).toBe(uriOf("west", bo));
  });

  test("leaves an account that cannot write, boost or follow until it comes back", async () => {
    const { east, ann } = pair;
    const note = await aNote(east, { by: ann.viewer });
    await annMovesToBo();
    await expect(aNote(east, { by: ann.viewer })).rejects.toMatchObject({ key: "error.moved" });
    const bo = await find(east, ann.viewer, "@bo@west.test");
    await expect(followActor(east.app, ann.viewer, bo.id)).rejects.toMatchObject({ key: "error.moved" });
    await expect(moveBack(east.app, ann.viewer, { password: "wrong" })).rejects.toMatchObject({
      kind: "invalid",
    });
    await moveBack(east.app, ann.viewer, { password: PASSWORD });
    expect((await aNote(east, { by: ann.viewer })).id).toBeGreaterThan(note.id);
    await pair.settle();
    const actor = await east.request(uriOf("east", ann), {
      headers: { accept: "application/activity+json" },
    });
    expect(await actor.json()).not.toHaveProperty("movedTo");
  });

  test("is possible again after 30 days", async () => {
    const { east, ann } = pair;
    await annMovesToBo();
    await moveBack(east.app, ann.viewer, { password: PASSWORD });
    const again = () => moveAccount(east.app, ann.viewer, { target: "@bo@west.test", password: PASSWORD });
    await expect(again()).rejects.toMatchObject({ fields: { target: { key: "field.move_cooldown" } } });
    pair.clock.advance(30 * DAY + 1);
    await again();
    expect((await getMoveState(east.app, ann.viewer)).movedTo?.uri).toBe(uriOf("west", pair.bo));
  });

  test("to an account that has moved itself is refused, so that nobody goes round in circles", async () => {
    const { east, west, ann, bo } = pair;
    await annMovesToBo();
    await addAlias(east.app, ann.viewer, "@bo@west.test");
    await pair.settle();
    await expect(
      moveAccount(west.app, bo.viewer, { target: "@ann@east.test", password: PASSWORD }),
    ).rejects.toMatchObject({ fields: { target: { key: "field.move_moved" } } });
  });
});

describe("other homes", () => {
  test("are kept as addresses when nobody answers there, shown in the actor, and forgotten again", async () => {
    const { east, ann } = pair;
    await addAlias(east.app, ann.viewer, "https://gone.test/users/ann");
    await expect(addAlias(east.app, ann.viewer, "@ann@gone.test")).rejects.toMatchObject({
      fields: { alias: { key: "field.alias_unknown" } },
    });
    await expect(addAlias(east.app, ann.viewer, "@ann@east.test")).rejects.toMatchObject({
      fields: { alias: { key: "field.alias_self" } },
    });
    const json = async () =>
      (await (
        await east.request(uriOf("east", ann), { headers: { accept: "application/activity+json" } })
      ).json()) as { alsoKnownAs: unknown };
    expect((await json()).alsoKnownAs).toEqual(["https://gone.test/users/ann"]);
    await removeAlias(east.app, ann.viewer, "https://gone.test/users/ann");
    expect((await json()).alsoKnownAs).toEqual([]);
  });
});

describe("moving in", () => {
  let old: Peer;
  let fresh: Peer;

  /** A remote actor `old` with a follower here, and another one that says it is the same person. */
  beforeEach(async () => {
    const { west } = pair;
    old = await createPeer(west, "old.test");
    fresh = await createPeer(west, "new.test");
    fresh.documents.set("/users/eve", { ...documentOf(fresh), alsoKnownAs: [old.actorUri] });
    const actor = await find(west, pair.bo.viewer, "@eve@old.test");
    await followActor(west.app, pair.bo.viewer, actor.id);
    await drain(west);
    const [asked] = old.received.filter(({ json }) => json["type"] === "Follow");
    await deliver(west, old, {
      id: "https://old.test/accept",
      type: "Accept",
      actor: old.actorUri,
      object: asked?.json["id"],
    });
    await drain(west);
  });

  function documentOf(peer: Peer): Record<string, unknown> {
    const document = peer.documents.get("/users/eve");
    if (document === undefined || document instanceof Response) throw new Error("no document");
    return document;
  }

  async function move(change: Record<string, unknown> = {}, by = old): Promise<void> {
    const activity = {
      id: `https://${by.host}/moves/${pair.west.app.ids.next()}`,
      type: "Move",
      actor: by.actorUri,
      object: old.actorUri,
      target: fresh.actorUri,
      ...change,
    };
    await deliver(pair.west, by, activity);
    await drainWithFaults(pair.west);
  }

  async function following(uri: string): Promise<string> {
    const id = await findActorIdByUri(pair.west.app, uri);
    return id === null ? "unknown" : (await findRelationship(pair.west.app, pair.bo.viewer, id)).following;
  }

  test("of a remote actor asks the new home for a follow, and lets the old one go", async () => {
    await move();
    expect(await following(fresh.actorUri)).toBe("pending");
    expect(await following(old.actorUri)).toBe("no");
    expect(fresh.received.filter(({ json }) => json["type"] === "Follow")).toHaveLength(1);
    expect(old.received.filter(({ json }) => json["type"] === "Undo")).toHaveLength(1);
  });

  test("is not believed without a link back, from somebody else, to itself, or to one that moved on", async () => {
    const document = documentOf(fresh);
    fresh.documents.set("/users/eve", { ...document, alsoKnownAs: ["https://other.test/users/eve"] });
    await move();
    fresh.documents.set("/users/eve", document);
    // Signed by the one who would gain by it.
    await move({}, fresh);
    await move({ target: old.actorUri });
    fresh.documents.set("/users/eve", { ...document, movedTo: "https://third.test/users/eve" });
    await move();
    expect(await following(old.actorUri)).toBe("accepted");
    expect(fresh.received).toEqual([]);
    // None of it counts as a move: the right one is believed at once.
    fresh.documents.set("/users/eve", document);
    await move();
    expect(await following(old.actorUri)).toBe("no");
  });

  test("is tried again when the new home does not answer at first", async () => {
    const document = documentOf(fresh);
    fresh.documents.delete("/users/eve");
    await move();
    expect(await following(old.actorUri)).toBe("accepted");
    fresh.documents.set("/users/eve", document);
    pair.clock.advance(DAY);
    await drainWithFaults(pair.west);
    expect(await following(old.actorUri)).toBe("no");
  });

  test("counts once in seven days", async () => {
    await move();
    const third = await createPeer(pair.west, "third.test");
    third.documents.set("/users/eve", { ...documentOf(third), alsoKnownAs: [old.actorUri] });
    await move({ target: third.actorUri });
    expect(third.received).toEqual([]);
    const actor = await find(pair.west, pair.bo.viewer, "@eve@old.test");
    await followActor(pair.west.app, pair.bo.viewer, actor.id);
    pair.clock.advance(7 * DAY + 1);
    await move({ target: third.actorUri });
    expect(third.received.filter(({ json }) => json["type"] === "Follow")).toHaveLength(1);
  });

  test("takes mutes and blocks along, and follows nobody who is blocked", async () => {
    const { west } = pair;
    const cy = await aMember(west, "cy");
    const dee = await aMember(west, "dee");
    const at = await find(west, cy.viewer, "@eve@old.test");
    await blockActor(west.app, cy.viewer, at.id);
    await muteActor(west.app, dee.viewer, at.id);
    const freshAt = await find(west, pair.bo.viewer, "@eve@new.test");
    await blockActor(west.app, pair.bo.viewer, freshAt.id);
    await move();
    expect(await findRelationship(west.app, cy.viewer, freshAt.id)).toMatchObject({ blocking: true });
    expect(await findRelationship(west.app, dee.viewer, freshAt.id)).toMatchObject({ muting: true });
    expect(await findRelationship(west.app, pair.bo.viewer, freshAt.id)).toMatchObject({ following: "no" });
  });

  test("to a local account needs that account's word too", async () => {
    const { west } = pair;
    const cy = await aMember(west, "cy");
    const target = west.app.uris.actor(cy.viewer.actorId);
    await move({ target });
    expect(await following(old.actorUri)).toBe("accepted");
    await addAlias(west.app, cy.viewer, old.actorUri);
    await move({ target });
    expect(await following(target)).toBe("accepted");
    expect(await following(old.actorUri)).toBe("no");
  });
});
