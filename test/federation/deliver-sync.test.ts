import { createHash } from "node:crypto";
import { verifyRequest } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";
import { expect, test } from "vitest";
import { CLOSED } from "../../federation/reading/contexts.ts";
import { toInstant } from "../../federation/reading/time.ts";
import { followerDigest, fromSyncHeader } from "../../server/domain/follower-digest.ts";
import { removeFollow } from "../../server/store/follows.ts";
import { eachDatabase } from "../support/databases.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, type Peer } from "./peer.ts";
import { aSender } from "./senders.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();

eachDatabase((_, open) => {
  const start = async () => {
    const sender = await aSender(await open());
    const { instance, app, mei } = sender;
    const say = async (visibility: "public" | "followers" | "unlisted" | "direct", source = "hello") => {
      await aNote(instance, { by: mei, source, visibility });
      await drain(instance);
    };
    /** What the header of the last delivery to a peer says, null without one. */
    const told = (peer: Peer) => {
      const value = peer.received.at(-1)?.headers.get("collection-synchronization") ?? null;
      return value === null ? null : fromSyncHeader(value);
    };
    const follows = app.uris.followers(mei.actorId);
    const expected = (uris: readonly string[]) => ({
      collectionId: follows,
      url: `${app.uris.actor(mei.actorId)}/followers_synchronization`,
      digest: followerDigest(uris, sha256),
    });
    return { ...sender, say, told, expected };
  };

  test("what is for followers tells each host which of them live there (FEP-8fcf)", async () => {
    const { aFollower, say, told, expected } = await start();
    const a = await aFollower("a.test", "eve");
    const a2 = await aFollower("a.test", "ann");
    const b = await aFollower("b.test", "bob");
    for (const visibility of ["public", "unlisted", "followers"] as const) {
      a2.received.length = 0;
      b.received.length = 0;
      await say(visibility);
      // Both of a.test share the inbox, where the one who came last listens.
      expect(told(a2), visibility).toEqual(expected([a.actorUri, a2.actorUri]));
      expect(told(b), visibility).toEqual(expected([b.actorUri]));
    }
  });

  test("the digest follows those who come and go", async () => {
    const { app, mei, aFollower, say, told, expected } = await start();
    const a = await aFollower("a.test", "eve");
    const id = async (uri: string) =>
      (await app.db.selectFrom("actors").select("id").where("uri", "=", uri).executeTakeFirstOrThrow()).id;
    await say("public");
    const ann = await aFollower("a.test", "ann");
    await say("public");
    expect(told(ann)).toEqual(expected([a.actorUri, ann.actorUri]));
    await removeFollow(app.db, await id(a.actorUri), mei.actorId);
    await say("public");
    expect(told(ann)).toEqual(expected([ann.actorUri]));
    // One leaves and another comes between two notes: as many as before, and not the same.
    await removeFollow(app.db, await id(ann.actorUri), mei.actorId);
    const zoe = await aFollower("a.test", "zoe");
    await say("public");
    expect(told(zoe)).toEqual(expected([zoe.actorUri]));
  });

  test("what is for one person, and what goes where nobody follows from, tells nothing", async () => {
    const { instance, aFollower, say, told } = await start();
    const a = await aFollower("a.test", "eve");
    await say("direct", "@eve@a.test psst");
    expect(a.received).toHaveLength(1);
    expect(told(a)).toBeNull();
    const stranger = await createPeer(instance, "stranger.test", "sam");
    await say("public", "hello @sam@stranger.test");
    expect(stranger.received).toHaveLength(1);
    expect(told(stranger)).toBeNull();
    expect(told(a)).not.toBeNull();
  });
});

test.each([202, 401])(
  "the header is part of the signature, also of the second scheme (%i)",
  async (cavage) => {
    const { instance, app, clock, mei, aFollower } = await aSender();
    const peer = await aFollower("a.test");
    instance.network.join("a.test", async (request) => {
      const isNew = request.headers.has("signature-input");
      const json = (await request.json()) as Record<string, unknown>;
      peer.received.push({ path: "/inbox", headers: request.headers, json });
      return new Response(null, { status: isNew ? 202 : cavage });
    });
    await aNote(instance, { by: mei });
    await drain(instance);
    const actor = (await (
      await instance.request(app.uris.actor(mei.actorId), {
        headers: { accept: "application/activity+json" },
      })
    ).json()) as Record<string, unknown>;
    const key = await CryptographicKey.fromJsonLd(
      { "@context": "https://w3id.org/security/v1", ...(actor["publicKey"] as object) },
      CLOSED,
    );
    const keyCache = { get: () => Promise.resolve(key), set: () => Promise.resolve() };
    const verifies = async (change: Record<string, string>) => {
      const last = peer.received.at(-1);
      const headers = new Headers(last?.headers);
      headers.set("host", "a.test");
      for (const [name, value] of Object.entries(change)) headers.set(name, value);
      const request = new Request("https://a.test/inbox", {
        method: "POST",
        headers,
        body: JSON.stringify(last?.json),
      });
      const options = { ...CLOSED, keyCache, currentTime: toInstant(clock.now()) };
      return (await verifyRequest(request, options)) !== null;
    };
    const covered = peer.received.at(-1)?.headers.get(cavage === 202 ? "signature" : "signature-input");
    expect(covered).toContain("collection-synchronization");
    expect(await verifies({})).toBe(true);
    expect(await verifies({ "collection-synchronization": 'collectionId="x"' })).toBe(false);
  },
);
