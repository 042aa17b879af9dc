import { beforeEach, describe, expect, test } from "vitest";
import type { PhraseKeys } from "../../server/lifeboat/phrase.ts";
import { addProof } from "../../server/lifeboat/proofs.ts";
import { listFrozen } from "../../server/services/identities/frozen.ts";
import { withLinkedDataSignature } from "../../federation/writing/linked-data-signature.ts";
import { deliver } from "../federation/peer.ts";
import type { Member } from "../support/instance.ts";
import { followsOf } from "./follows.ts";
import { aPinnedScene, type PinnedScene } from "./pinned-scene.ts";

// Ann has a recovery phrase; her did:key is known here since alice and bob follow her (pinned-scene.ts).

const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
type Json = Record<string, unknown>;

let s: PinnedScene;
beforeEach(async () => {
  s = await aPinnedScene();
});

describe("a move of somebody whose did:key is known", () => {
  const move = (more: Json = {}): Json => ({
    "@context": CONTEXT,
    id: `${s.old.actorUri}#moves/${++s.counter}`,
    type: "Move",
    actor: s.old.actorUri,
    object: s.old.actorUri,
    target: s.home.actorUri,
    to: [`${s.old.actorUri}/followers`],
    ...more,
  });
  const seal = async (json: Json): Promise<Json> =>
    (await withLinkedDataSignature(
      json,
      { keyId: s.old.keyId, privateKey: s.old.keys.privateKey },
      s.here.clock.now(),
    )) as Json;
  const notice = (signer: PhraseKeys, change: Json = {}): Json => ({
    ...addProof(
      {
        type: "SuccessorNotice",
        v: 1,
        old: s.old.actorUri,
        new: s.home.actorUri,
        subject: signer.did,
        order: null,
        at: s.iso(),
        ...change,
      },
      signer.signer,
      s.iso(),
    ),
  });
  const serveNotice = (json: Json) => s.home.documents.set("/.well-known/causeway/successor", json);
  const homes = async (who: Member) => Object.keys(await followsOf(s.here, who.viewer));

  beforeEach(async () => {
    await s.known();
    await s.publish(s.home, [], { alsoKnownAs: [s.old.actorUri] });
  });

  test("that their did:key does not cover is for their followers to decide, each for themselves", async () => {
    expect(await deliver(s.here, s.old, move())).toBe(202);
    await s.settle();
    expect(await s.row()).toMatchObject({ frozen_reason: "move", moved_to_uri: null });
    expect(await homes(s.alice)).toEqual([s.old.actorUri]);
    expect(await listFrozen(s.here.app, s.alice.viewer)).toMatchObject([
      { reason: "move", target: { uri: s.home.actorUri } },
    ]);
    await s.decide(s.alice, "keep");
    expect(await homes(s.alice)).toEqual([s.home.actorUri]);
    expect(await homes(s.bob)).toEqual([s.old.actorUri]);
    await s.decide(s.bob, "unfollow");
    expect(await homes(s.bob)).toEqual([]);
    expect(await s.row()).toMatchObject({ frozen_at: null });
  });

  test("is followed at once when the Move itself carries its proof", async () => {
    const proved = addProof(move(), s.ann.signer, s.iso()) as Json;
    expect(await deliver(s.here, s.old, proved)).toBe(202);
    await s.settle();
    expect(await homes(s.alice)).toEqual([s.home.actorUri]);
  });

  test("is followed at once when the new home has a statement by the same did:key", async () => {
    await s.publish(s.home, [s.ann], { alsoKnownAs: [s.old.actorUri] });
    expect(await deliver(s.here, s.home, await seal(move()))).toBe(202);
    await s.settle();
    expect([await homes(s.alice), await homes(s.bob)]).toEqual([[s.home.actorUri], [s.home.actorUri]]);
  });

  test("is followed at once when the new home's server has a notice by that did:key", async () => {
    serveNotice(notice(s.ann));
    expect(await deliver(s.here, s.home, await seal(move()))).toBe(202);
    await s.settle();
    expect(await homes(s.alice)).toEqual([s.home.actorUri]);
  });

  test("with a notice by another key, about others, or altered is not believed", async () => {
    for (const wrong of [
      notice(await s.phrase()),
      notice(s.ann, { new: "https://other.test/users/ann" }),
      notice(s.ann, { old: "https://other.test/users/ann" }),
      { ...notice(s.ann), at: "2020-01-01T00:00:00Z" },
      { ...notice(await s.phrase()), subject: s.ann.did },
    ]) {
      serveNotice(wrong);
      await deliver(s.here, s.home, await seal(move()));
      await s.settle();
      expect(await homes(s.alice)).toEqual([s.old.actorUri]);
    }
    expect(await s.row()).toMatchObject({ frozen_reason: "move" });
  });

  test("wins over a domain that somebody else has, even when nothing of the old key is left", async () => {
    await s.seized({ name: "Seizer" });
    await s.refresh();
    expect(await s.row()).toMatchObject({ frozen_reason: "key" });
    serveNotice(notice(s.ann));
    // No signature of the old key: the notice alone proves it.
    expect(await deliver(s.here, s.home, move())).toBe(202);
    await s.settle();
    expect([await homes(s.alice), await homes(s.bob)]).toEqual([[s.home.actorUri], [s.home.actorUri]]);
    expect(await s.told(s.alice)).not.toContain("frozen");
    expect(await listFrozen(s.here.app, s.alice.viewer)).toEqual([]);
  });

  test("that anybody claims without a proof changes nothing, and does not use up the real one", async () => {
    const claimed = move();
    expect(await deliver(s.here, s.home, claimed)).toBe(202);
    await s.settle();
    expect(await s.row()).toMatchObject({ frozen_at: null });
    expect(await homes(s.alice)).toEqual([s.old.actorUri]);
    serveNotice(notice(s.ann));
    expect(await deliver(s.here, s.home, claimed)).toBe(202);
    await s.settle();
    expect(await homes(s.alice)).toEqual([s.home.actorUri]);
  });

  test("by a seizer with new keys is not even looked at", async () => {
    await s.seized();
    const asked = s.home.asked.length;
    expect(await deliver(s.here, s.old, move())).toBe(401);
    await s.settle();
    expect(s.home.asked.slice(asked)).toEqual([]);
    expect(await homes(s.alice)).toEqual([s.old.actorUri]);
  });

  test("sealed before a seizure is still good after it, since the old key was kept", async () => {
    const sealed = await seal(move());
    await s.seized();
    await s.refresh();
    await s.publish(s.home, [s.ann], { alsoKnownAs: [s.old.actorUri] });
    expect(await deliver(s.here, s.home, sealed)).toBe(202);
    await s.settle();
    expect(await homes(s.alice)).toEqual([s.home.actorUri]);
  });
});
