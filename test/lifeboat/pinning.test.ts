import { beforeEach, describe, expect, test } from "vitest";
import { makeStatement } from "../../server/lifeboat/identity.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { decideFrozen, listFrozen } from "../../server/services/identities/frozen.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { aCreate, createPeer, deliver } from "../federation/peer.ts";
import { aMember } from "../support/instance.ts";
import { aPinnedScene, type PinnedScene } from "./pinned-scene.ts";

// Ann has a recovery phrase; her did:key is known here since alice and bob follow her (pinned-scene.ts).

const DAY = 86_400_000;
const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
type Json = Record<string, unknown>;

let s: PinnedScene;
beforeEach(async () => {
  s = await aPinnedScene();
});

describe("a did:key", () => {
  test("is remembered with the profile that shows it, and is no field of the profile", async () => {
    await s.known();
    const { did, did_statement, did_keys, fields, frozen_at } = await s.row();
    expect(did).toBe(s.ann.did);
    expect(did_statement).toContain("VerifiableIdentityStatement");
    expect(JSON.parse(did_keys ?? "[]")).toHaveLength(1);
    expect(JSON.parse(fields)).toHaveLength(1);
    expect(frozen_at).toBeNull();
  });

  test("is not believed of a statement about somebody else, an altered or an unsigned one", async () => {
    for (const change of [
      { alsoKnownAs: s.home.actorUri },
      { subject: (await s.phrase()).did },
      { proof: undefined },
      {
        proof: {
          ...(makeStatement(s.ann, s.old.actorUri, s.iso()).proof as Json),
          created: "2020-01-01T00:00:00Z",
        },
      },
    ]) {
      const statement = { ...makeStatement(s.ann, s.old.actorUri, s.iso()), ...change };
      await s.publish(s.old, [], { attachment: [statement] });
      const received = await s.here.app.remote.findActor(s.old.actorUri);
      expect(received?.extras.identity).toBeNull();
    }
  });

  test("that an actor never had changes nothing: other keys are taken as ever", async () => {
    await s.publish(s.old, []);
    await s.follows(s.alice);
    await s.seized({ name: "New" });
    await s.refresh();
    expect(await s.row()).toMatchObject({ name: "New", frozen_at: null, did: null });
    expect(await deliver(s.here, s.old, aCreate(s.old, "1", { content: "after" }))).toBe(202);
    await s.settle();
    expect(await s.texts(s.alice)).toEqual([expect.stringContaining("after")]);
  });

  test("stays known when the profile leaves it out", async () => {
    await s.known();
    await s.publish(s.old, []);
    await s.refresh();
    expect(await s.row()).toMatchObject({ did: s.ann.did, frozen_at: null });
  });

  test("covers new keys with a newer statement, so that an honest rotation is not noticed", async () => {
    await s.known();
    s.here.clock.advance(DAY);
    await s.old.rotate();
    await s.publish(s.old, [s.ann]);
    // The first delivery with the new key only makes us look.
    expect(await deliver(s.here, s.old, aCreate(s.old, "1", { content: "rotated" }))).toBe(401);
    await s.settle();
    s.here.clock.advance(5 * 60_000);
    expect(await deliver(s.here, s.old, aCreate(s.old, "1", { content: "rotated" }))).toBe(202);
    await s.settle();
    expect(await s.row()).toMatchObject({ did: s.ann.did, frozen_at: null });
    expect(await s.texts(s.alice)).toEqual([expect.stringContaining("rotated")]);
  });
});

describe("somebody else with the domain", () => {
  test("is not listened to: nothing of the profile is taken, followers are told and decide", async () => {
    await s.known();
    const before = await s.row();
    await s.seized({ name: "Seizer", summary: "buy things", inbox: "https://old.test/trap" });
    expect(await deliver(s.here, s.old, aCreate(s.old, "1", { content: "forged" }))).toBe(401);
    await s.settle();
    const after = await s.row();
    expect(after).toMatchObject({ name: before.name, inbox_uri: before.inbox_uri, frozen_reason: "key" });
    for (const who of [s.alice, s.bob]) {
      expect(await s.told(who)).toContain("frozen");
      expect(await listFrozen(s.here.app, who.viewer)).toMatchObject([{ reason: "key", target: null }]);
      expect(await s.follow(who)).toBe("accepted");
      expect(await s.texts(who)).toEqual([]);
    }
  });

  test("who shows ann's old statement, her old key beside the own one, or another did:key is not believed either", async () => {
    for (const make of [
      async () => {
        const { attachment } = s.old.documents.get("/users/ann") as Json;
        await s.seized({ attachment });
      },
      async () => {
        const before = (s.old.documents.get("/users/ann") as Json)["publicKey"] as Json;
        await s.seized();
        const now = (s.old.documents.get("/users/ann") as Json)["publicKey"] as Json;
        await s.publish(s.old, [], { publicKey: [before, { ...now, id: `${s.old.actorUri}#second` }] });
      },
      async () => void (await s.seized({}, [await s.phrase()])),
    ]) {
      s.old = await createPeer(s.here, `old${++s.counter}.test`, "ann");
      await s.known();
      await make();
      await s.refresh();
      expect(await s.row()).toMatchObject({ frozen_reason: "key", did: s.ann.did });
    }
  });

  test("another did:key with the same keys is for followers to decide", async () => {
    await s.known();
    await s.publish(s.old, [await s.phrase()]);
    await s.refresh();
    expect(await s.row()).toMatchObject({ frozen_reason: "did", did: s.ann.did });
    expect(await listFrozen(s.here.app, s.alice.viewer)).toMatchObject([
      { reason: "did", hasOtherIdentity: true },
    ]);
  });

  test("who made nobody here look is found out by the next look at the profile", async () => {
    await s.known();
    await s.seized();
    await s.refresh();
    expect(await s.row()).toMatchObject({ frozen_reason: "key" });
    expect((await s.told(s.alice)).filter((kind) => kind === "frozen")).toHaveLength(1);
    await s.refresh();
    expect((await s.told(s.alice)).filter((kind) => kind === "frozen")).toHaveLength(1);
  });

  test("who says that she is gone is not believed, while her own signed word is", async () => {
    await s.known();
    s.here.network.join("old.test", () => Promise.resolve(new Response(null, { status: 410 })));
    await s.refresh();
    expect(await s.row()).toMatchObject({ deleted_at: null });
    expect(await s.follow(s.alice)).toBe("accepted");
    const farewell = {
      id: `${s.old.actorUri}#delete`,
      type: "Delete",
      actor: s.old.actorUri,
      object: s.old.actorUri,
    };
    expect(await deliver(s.here, s.old, farewell)).toBe(202);
    await s.settle();
    expect((await s.row()).deleted_at).not.toBeNull();
  });

  test("cannot hide the keys either: without any, or with one that is only named, there is doubt", async () => {
    for (const publicKey of [undefined, "https://old.test/keys/1"]) {
      s.old = await createPeer(s.here, `old${++s.counter}.test`, "ann");
      await s.known();
      await s.publish(s.old, [], { publicKey, name: "Seizer" });
      await s.refresh();
      expect(await s.row()).toMatchObject({ frozen_reason: "key", name: "ann" });
    }
  });

  test("cannot have notes read here by way of others who point at them", async () => {
    await s.known();
    await s.seized();
    await s.refresh();
    const { object } = aCreate(s.old, "9", { content: "forged" });
    s.old.documents.set("/notes/9", { "@context": CONTEXT, ...(object as Json) });
    expect(await fetchNote(s.here.app, s.alice.viewer, `https://${s.old.host}/notes/9`)).toBeNull();
  });

  test("changes nothing of an actor whom nobody here follows", async () => {
    await s.publish(s.old, [s.ann]);
    const received = await s.here.app.remote.findActor(s.old.actorUri);
    if (received !== null) await receiveActor(s.here.app, received);
    const other = await s.phrase();
    await s.seized({}, [other]);
    await s.refresh();
    expect(await s.row()).toMatchObject({ did: other.did, frozen_at: null });
  });

  test("when the domain comes back as it was, all is as before, and what was held comes in", async () => {
    await s.known();
    const genuine = { document: s.old.documents.get("/users/ann") as Json, keys: s.old.keys };
    await s.seized();
    await s.refresh();
    // With ann's own key, while nobody knows: kept for later.
    const note = aCreate(s.old, "2", { content: "held back" });
    expect(await deliver(s.here, s.old, note, { key: genuine.keys.privateKey })).toBe(202);
    await s.settle();
    expect(await s.texts(s.alice)).toEqual([]);
    s.old.documents.set("/users/ann", genuine.document);
    await s.refresh();
    expect(await s.row()).toMatchObject({ frozen_at: null, frozen_offer: null, did: s.ann.did });
    expect(await s.texts(s.alice)).toEqual([expect.stringContaining("held back")]);
    expect(await s.told(s.alice)).not.toContain("frozen");
    expect(await listFrozen(s.here.app, s.alice.viewer)).toEqual([]);
  });
});

describe("a follower's decision", () => {
  beforeEach(async () => {
    await s.known();
    await s.seized({ name: "Other" });
    await s.refresh();
  });

  test("to keep following takes the new keys, for that follower; others' follows rest until they decide", async () => {
    await s.decide(s.alice, "keep");
    expect(await s.row()).toMatchObject({ frozen_at: null, name: "Other", did: null });
    expect([await s.follow(s.alice), await s.follow(s.bob)]).toEqual(["accepted", "held"]);
    s.here.clock.advance(5 * 60_000);
    expect(await deliver(s.here, s.old, aCreate(s.old, "3", { content: "from the new keys" }))).toBe(202);
    await s.settle();
    expect(await s.texts(s.alice)).toEqual([expect.stringContaining("from the new keys")]);
    expect(await s.texts(s.bob)).toEqual([]);
    expect(await listFrozen(s.here.app, s.bob.viewer)).toMatchObject([{ reason: null }]);
    await s.decide(s.bob, "keep");
    expect(await s.follow(s.bob)).toBe("accepted");
    expect(await listFrozen(s.here.app, s.bob.viewer)).toEqual([]);
    expect((await s.row()).followers_count).toBe(2);
  });

  test("to unfollow ends that follow alone; with the last one nothing is remembered", async () => {
    await s.decide(s.alice, "unfollow");
    expect([await s.follow(s.alice), await s.follow(s.bob)]).toEqual([undefined, "accepted"]);
    expect(await s.row()).toMatchObject({ frozen_reason: "key" });
    await s.decide(s.bob, "unfollow");
    expect(await s.row()).toMatchObject({ frozen_at: null, did: null });
  });

  test("to be asked later changes nothing but the notification", async () => {
    await s.decide(s.alice, "later");
    expect(await s.told(s.alice)).not.toContain("frozen");
    expect(await s.follow(s.alice)).toBe("accepted");
    expect(await listFrozen(s.here.app, s.alice.viewer)).toHaveLength(1);
  });

  test("is about what was seen: when something else is offered meanwhile, it is refused", async () => {
    const [seen] = await listFrozen(s.here.app, s.alice.viewer);
    await s.seized();
    await s.refresh();
    const late = decideFrozen(s.here.app, s.alice.viewer, seen?.actor.id ?? (0 as never), {
      decision: "keep",
      stamp: seen?.stamp ?? "",
    });
    await expect(late).rejects.toMatchObject({ kind: "conflict" });
    expect(await s.row()).toMatchObject({ frozen_reason: "key", did: s.ann.did });
  });

  test("is nobody else's: people who do not follow have nothing to decide", async () => {
    const carol = await aMember(s.here, "carol");
    const [seen] = await listFrozen(s.here.app, s.alice.viewer);
    expect(await listFrozen(s.here.app, carol.viewer)).toEqual([]);
    const attempt = decideFrozen(s.here.app, carol.viewer, seen?.actor.id ?? (0 as never), {
      decision: "keep",
      stamp: seen?.stamp ?? "",
    });
    await expect(attempt).rejects.toMatchObject({ kind: "not_found" });
  });

  test("is made on a page, without scripts", async () => {
    const cookie = `__Host-session=${s.alice.sessionToken}`;
    const get = (path: string) => s.here.request(path, { headers: { accept: "text/html", cookie } });
    // Also once the notification was put off.
    await s.decide(s.alice, "later");
    expect(await (await get("/notifications")).text()).toContain('href="/notifications/frozen"');
    const page = await get("/notifications/frozen");
    const html = await page.text();
    expect(page.status).toBe(200);
    const input = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
    const action = /action="(\/notifications\/frozen\/\d+)"/.exec(html)?.[1] ?? "";
    const token = /name="(csrf|token|_token)" value="([^"]*)"/.exec(html);
    const body = new URLSearchParams({
      [token?.[1] ?? "csrf"]: token?.[2] ?? "",
      stamp: input("stamp"),
      do: "unfollow",
    });
    const answer = await s.here.request(action, {
      method: "POST",
      headers: { cookie, origin: "https://here.test", "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/notifications/frozen"]);
    expect(await s.follow(s.alice)).toBeUndefined();
    expect(await (await get("/notifications")).text()).not.toContain('href="/notifications/frozen"');
  });
});
