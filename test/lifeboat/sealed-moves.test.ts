import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { exportSpki } from "@fedify/fedify";
import type { Viewer } from "../../server/domain/actor.ts";
import { findActorIdByUri, receiveActor } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { createKeyStore } from "../../federation/delivery/signing.ts";
import { createKeyRing } from "../../federation/inbox/keys.ts";
import { createDocuments } from "../../federation/remote/documents.ts";
import { keepFollowedKeys } from "../../federation/inbox/kept-keys.ts";
import { sweepExpired } from "../../server/store/kv.ts";
import { withLinkedDataSignature } from "../../federation/writing/linked-data-signature.ts";
import { answerAs, createPeer, deliver, toDelivery, type Peer } from "../federation/peer.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { rsaPair } from "../support/rsa-keys.ts";
import { followsOf } from "./follows.ts";

// Somebody's server is lost; what they sealed in advance is brought by their new home. Every test looks at who follows whom
// after all jobs ran.

const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
const DAY = 86_400_000;
type Json = Record<string, unknown>;

let here: TestInstance;
let alice: Viewer;
let old: Peer;
let home: Peer;
let counter = 0;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  onTestFinished(() => here.close());
  alice = (await aMember(here, "alice")).viewer;
  old = await createPeer(here, "old.test", "ann");
  home = await createPeer(here, "new.test", "ann");
});

const followed = () => followsOf(here, alice);

async function follows(who: Viewer, peer: Peer): Promise<void> {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("nobody there");
  await followActor(here.app, who, await receiveActor(here.app, received));
  await drain(here);
  const follow = peer.received.findLast((one) => one.json["type"] === "Follow");
  const accept = { id: `${peer.actorUri}/accepts/${++counter}`, type: "Accept", actor: peer.actorUri };
  // The first delivery, with which its key is known here.
  expect(await deliver(here, peer, { ...accept, object: follow?.json["id"] })).toBe(202);
  await drain(here);
}

function alias(peer: Peer, uris: readonly string[], more: Json = {}): void {
  const document = peer.documents.get("/users/ann") as Json;
  peer.documents.set("/users/ann", { ...document, alsoKnownAs: uris, ...more });
}

const move = (target = home.actorUri, more: Json = {}): Json => ({
  "@context": CONTEXT,
  id: `${old.actorUri}#moves/1`,
  type: "Move",
  actor: old.actorUri,
  object: old.actorUri,
  target,
  to: [`${old.actorUri}/followers`],
  ...more,
});

const seal = (json: Json, keys = old.keys, now = here.clock.now()): Promise<Json> =>
  withLinkedDataSignature(json, { keyId: old.keyId, privateKey: keys.privateKey }, now) as Promise<Json>;

const bring = async (json: Json, by = home): Promise<number> => {
  const status = await deliver(here, by, json);
  await drainWithFaults(here);
  return status;
};

/** What was asked of the old host since. */
const askedOld = () =>
  here.network.log.filter((one) => one.url.startsWith("https://old.test") && one.method === "GET");

describe("a sealed Move", () => {
  test("brought by the new home takes the followers along, years later and without asking the old host", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    here.clock.advance(400 * DAY);
    here.network.leave("old.test");
    alias(home, [old.actorUri]);
    const asked = askedOld().length;
    expect(await bring(sealed)).toBe(202);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
    expect(askedOld()).toHaveLength(asked);
    expect(home.received.filter((one) => one.json["type"] === "Follow")).toHaveLength(1);
  });

  test("works when the old host says that everything is gone, and when it has other keys now", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    here.network.join("old.test", () => Promise.resolve(new Response(null, { status: 410 })));
    alias(home, [old.actorUri]);
    expect(await bring(sealed)).toBe(202);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("is nothing before the new home names the old one, and is not used up by that", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    await bring(sealed);
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
    alias(home, [old.actorUri]);
    await bring(sealed);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("counts once: brought again after somebody went back it changes nothing", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    alias(home, [old.actorUri]);
    await bring(sealed);
    await followActor(here.app, alice, (await findActorIdByUri(here.app, old.actorUri)) ?? (0 as never));
    await drain(here);
    here.clock.advance(30 * DAY);
    await bring(sealed);
    expect(Object.keys(await followed()).toSorted()).toEqual([home.actorUri, old.actorUri]);
  });

  test("to a second home is refused for seven days", async () => {
    await follows(alice, old);
    const third = await createPeer(here, "third.test", "ann");
    const [first, second] = [
      await seal(move()),
      await seal(move(third.actorUri, { id: `${old.actorUri}#moves/2` })),
    ];
    for (const peer of [home, third]) alias(peer, [old.actorUri]);
    await bring(first);
    await bring(second, third);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("is tried again while the new home does not answer", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    alias(home, [old.actorUri]);
    const delivery = await toDelivery(here, home, sealed);
    // Its key is known from an earlier delivery.
    await deliver(here, home, {
      id: `${home.actorUri}/likes/1`,
      type: "Like",
      actor: home.actorUri,
      object: "https://x.test/1",
    });
    here.network.leave("new.test");
    expect((await here.fetch(delivery, { ip: "192.0.2.1" })).status).toBe(202);
    await drainWithFaults(here);
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
    here.network.join("new.test", (request) => answerAs(home, request));
    here.clock.advance(3_600_000);
    await drainWithFaults(here);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("that the old key signs at that moment needs no carrier, and nothing of the old host", async () => {
    await follows(alice, old);
    here.network.leave("old.test");
    alias(home, [old.actorUri]);
    expect(await bring(move(), old)).toBe(202);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("of somebody who locks their new account waits for them like any follow", async () => {
    await follows(alice, old);
    alias(home, [old.actorUri], { manuallyApprovesFollowers: true });
    await bring(await seal(move()));
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });
});

describe("is refused, and changes nothing:", () => {
  /** Brings what `make` makes, and expects that alice follows whom she followed, and that the old host was not asked. */
  async function refused(make: () => Promise<Json>, status = 401, by = home): Promise<void> {
    await follows(alice, old);
    const sealed = await make();
    alias(home, [old.actorUri]);
    here.network.leave("old.test");
    const before = here.network.log.length;
    expect(await bring(sealed, by)).toBe(status);
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
    expect(here.network.log.slice(before).filter((one) => one.url.includes("old.test"))).toEqual([]);
  }

  test("one that the new home signed itself", () =>
    refused(async () => {
      const json = (await withLinkedDataSignature(
        move(),
        { keyId: home.keyId, privateKey: home.keys.privateKey },
        here.clock.now(),
      )) as Json;
      return json;
    }));
  test("one that was signed with another key under the right name", () =>
    refused(async () => seal(move(), await rsaPair())));
  test("one with another target than was sealed", () =>
    refused(async () => ({ ...(await seal(move("https://other.test/users/ann"))), target: home.actorUri })));
  test("one with another id", () =>
    refused(async () => ({ ...(await seal(move())), id: `${old.actorUri}#moves/7` })));
  test("one without a signature", () => refused(() => Promise.resolve(move())));
  test("one with an embedded object", () =>
    refused(async () => seal(move(home.actorUri, { object: { id: old.actorUri, type: "Person" } }))));
  test("one of somebody else's followers", () =>
    refused(async () => seal(move(home.actorUri, { object: home.actorUri }))));
  test("one with two targets", () =>
    refused(async () => seal({ ...move(), target: [home.actorUri, "https://other.test/users/ann"] })));
  test("one that was signed as something else and turned inside out", () =>
    refused(async () => {
      const note = { id: "https://old.test/notes/1", type: "Note", attributedTo: old.actorUri };
      const words = { id: `${old.actorUri}#acts/1`, type: "Create", actor: old.actorUri, object: note };
      const { signature } = await seal({ "@context": CONTEXT, ...words });
      return { ...move(), "x:rest": words, signature };
    }));
  test("one in a context of its own", () =>
    refused(async () => {
      const odd = [...CONTEXT, { Move: "as:Like", Like: "as:Move" }];
      return seal(move(home.actorUri, { "@context": odd, type: "Move" }));
    }, 400));
  test("an Update that says movedTo, since a Move is enough for us", () =>
    refused(async () => {
      const person = {
        id: old.actorUri,
        type: "Person",
        inbox: `${old.actorUri}/inbox`,
        movedTo: home.actorUri,
      };
      const context = [...CONTEXT, { movedTo: { "@id": "as:movedTo", "@type": "@id" } }];
      return seal(move(home.actorUri, { "@context": context, type: "Update", object: person, target: [] }));
    }, 202));

  test("one whose carrier's own signature is bad", async () => {
    await follows(alice, old);
    alias(home, [old.actorUri]);
    const sealed = await seal(move());
    const { privateKey } = await rsaPair();
    expect(await deliver(here, home, sealed, { key: privateKey })).toBe(401);
    expect(await deliver(here, home, sealed, { unsigned: true })).toBe(401);
    await drainWithFaults(here);
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
  });

  test("one of an actor whose key was never seen here", async () => {
    const received = await here.app.remote.findActor(old.actorUri);
    if (received === null) throw new Error("nobody there");
    await followActor(here.app, alice, await receiveActor(here.app, received));
    await drain(here);
    alias(home, [old.actorUri]);
    const before = old.asked.length;
    expect(await bring(await seal(move()))).toBe(401);
    expect(await followed()).toEqual({ [old.actorUri]: "pending" });
    expect(old.asked.slice(before)).toEqual([]);
  });

  test("one of an actor whom nobody here follows, or knows", async () => {
    await deliver(here, old, {
      id: "https://old.test/l/1",
      type: "Like",
      actor: old.actorUri,
      object: "https://x.test/1",
    });
    await drain(here);
    alias(home, [old.actorUri]);
    const sealed = await seal(move());
    expect(await bring(sealed)).toBe(401);
    const received = await here.app.remote.findActor(old.actorUri);
    if (received !== null) await receiveActor(here.app, received);
    expect(await bring(sealed)).toBe(401);
    expect(await followed()).toEqual({});
  });

  test("one to a home that moved itself, or that somebody else's host shows", async () => {
    await follows(alice, old);
    alias(home, [old.actorUri], { movedTo: "https://further.test/users/ann" });
    await bring(await seal(move()));
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
  });
});

describe("keys of those whom somebody here follows", () => {
  test("stay for good, and those of others go after their time", async () => {
    await follows(alice, old);
    const other = await createPeer(here, "other.test", "bea");
    await deliver(here, other, {
      id: "https://other.test/l/1",
      type: "Like",
      actor: other.actorUri,
      object: "https://x.test/1",
    });
    const kept = () =>
      here.app.db
        .selectFrom("kv")
        .select("key")
        .where("key", "like", "federation%key%main-key")
        .execute()
        .then((rows) => rows.map((row) => /https:\S+/.exec(row.key)?.[0]));
    expect(await kept()).toHaveLength(2);
    for (let day = 0; day < 40; day++) {
      here.clock.advance(DAY);
      await keepFollowedKeys(here.app);
      await sweepExpired(here.app.db, here.clock.now());
    }
    expect(await kept()).toEqual([old.keyId]);
    // Nobody follows any more: it may go like all others.
    await here.app.db.deleteFrom("follows").execute();
    for (let day = 0; day < 40; day++) {
      here.clock.advance(DAY);
      await keepFollowedKeys(here.app);
      await sweepExpired(here.app.db, here.clock.now());
    }
    expect(await kept()).toEqual([]);
  });

  test("are in the database: whoever starts this server again has them, and asks nobody", async () => {
    await follows(alice, old);
    here.network.leave("old.test");
    const ring = createKeyRing(here.app, createDocuments(here.app, createKeyStore(here.app)));
    expect(ring.known(old.keyId)).toBeNull();
    expect(await ring.kept(old.keyId)).toMatchObject({ id: old.keyId, ownerUri: old.actorUri });
    expect(await ring.kept(`${old.actorUri}#other`)).toBeNull();
  });

  test("are not forgotten because their address says that there is nothing", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    here.network.join("old.test", () => Promise.resolve(new Response(null, { status: 410 })));
    // Somebody makes us look at the key again.
    const { privateKey } = await rsaPair();
    await deliver(
      here,
      old,
      { id: "https://old.test/l/9", type: "Like", actor: old.actorUri, object: "https://x.test/1" },
      { key: privateKey },
    );
    alias(home, [old.actorUri]);
    expect(await bring(sealed)).toBe(202);
    expect(await followed()).toEqual({ [home.actorUri]: "pending" });
  });

  test("give way to new ones that their address shows, as everywhere: what was sealed before is then worth nothing", async () => {
    await follows(alice, old);
    const sealed = await seal(move());
    await old.rotate();
    expect(await exportSpki(old.keys.publicKey)).toContain("PUBLIC KEY");
    await deliver(here, old, {
      id: "https://old.test/l/2",
      type: "Like",
      actor: old.actorUri,
      object: "https://x.test/1",
    });
    alias(home, [old.actorUri]);
    expect(await bring(sealed)).toBe(401);
    expect(await followed()).toEqual({ [old.actorUri]: "accepted" });
  });
});
