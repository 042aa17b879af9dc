import { verifyRequest } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CLOSED } from "../../federation/reading/contexts.ts";
import { toInstant } from "../../federation/reading/time.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { hostState } from "../../server/services/federation/deliveries.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";

let here: TestInstance;
let alice: Viewer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
});
afterEach(() => here.close());

async function follower(host: string, name = "eve"): Promise<Peer> {
  const peer = await createPeer(here, host, name);
  await deliver(here, peer, {
    id: `${peer.actorUri}/f`,
    type: "Follow",
    actor: peer.actorUri,
    object: here.app.uris.actor(alice.actorId),
  });
  await drain(here);
  peer.received.length = 0;
  return peer;
}

async function waitingDeliveries(): Promise<readonly { dead: boolean; attempts: number }[]> {
  const rows = await here.database.db.selectFrom("deliveries").selectAll().execute();
  return rows.map((row) => ({ dead: row.dead_at !== null, attempts: row.attempts }));
}

/** Verifies what a peer received with the key that the sender publishes. */
async function isSignedByAlice(peer: Peer, path: string): Promise<boolean> {
  const post = peer.received.at(-1);
  const actor = (await (
    await here.request(here.app.uris.actor(alice.actorId), {
      headers: { accept: "application/activity+json" },
    })
  ).json()) as Record<string, unknown>;
  const key = await CryptographicKey.fromJsonLd(
    { "@context": "https://w3id.org/security/v1", ...(actor["publicKey"] as object) },
    CLOSED,
  );
  const request = new Request(`https://${peer.host}${path}`, {
    method: "POST",
    headers: post?.headers ?? {},
    body: JSON.stringify(post?.json),
  });
  const keyCache = { get: () => Promise.resolve(key), set: () => Promise.resolve() };
  return (
    (await verifyRequest(request, { ...CLOSED, keyCache, currentTime: toInstant(here.clock.now()) })) !== null
  );
}

test("a note goes once to the shared inbox, signed with draft-cavage and the published key, with a proof", async () => {
  const peer = await follower("a.test");
  await aNote(here, { by: alice, source: "hi" });
  await drain(here);
  expect(peer.received.map((one) => one.path)).toEqual(["/inbox"]);
  expect(peer.received[0]?.headers.get("signature")).toContain('algorithm="rsa-sha256"');
  expect(peer.received[0]?.json["proof"]).toMatchObject({ cryptosuite: "eddsa-jcs-2022" });
  expect(await isSignedByAlice(peer, "/inbox")).toBe(true);
});

test("a host that refuses draft-cavage is asked with RFC 9421, and that is remembered", async () => {
  const peer = await follower("a.test");
  const statuses: string[] = [];
  here.network.join("a.test", async (request) => {
    const isNew = request.headers.has("signature-input");
    statuses.push(isNew ? "9421" : "cavage");
    if (isNew)
      peer.received.push({
        path: new URL(request.url).pathname,
        headers: request.headers,
        json: (await request.json()) as Record<string, unknown>,
      });
    return new Response(null, { status: isNew ? 202 : 401 });
  });
  await aNote(here, { by: alice });
  await drain(here);
  await aNote(here, { by: alice });
  await drain(here);
  expect(statuses).toEqual(["cavage", "9421", "9421"]);
  expect((await hostState(here.app, "a.test")).signatureSpec).toBe("rfc9421");
});

test("a host that is gone is not asked again, one that refuses leaves a dead letter", async () => {
  const peer = await follower("a.test");
  peer.inboxStatus = 410;
  await aNote(here, { by: alice });
  await drain(here);
  expect(await waitingDeliveries()).toEqual([]);
  peer.inboxStatus = 422;
  await aNote(here, { by: alice });
  await here.worker.drain();
  expect(await waitingDeliveries()).toEqual([expect.objectContaining({ dead: true })]);
});

test("a host that fails is tried again, with the same activity id", async () => {
  const peer = await follower("a.test");
  peer.inboxStatus = 503;
  await aNote(here, { by: alice });
  await here.worker.drain();
  expect(await waitingDeliveries()).toEqual([expect.objectContaining({ dead: false })]);
  peer.inboxStatus = 202;
  here.clock.advance(2 * 3_600_000);
  await here.worker.drain();
  expect(peer.received).toHaveLength(2);
  expect(peer.received[0]?.json["id"]).toBe(peer.received[1]?.json["id"]);
  expect(await waitingDeliveries()).toEqual([]);
});

test("after five failures a host is left alone for a while, and what waited for a week is given up", async () => {
  await follower("a.test");
  here.network.leave("a.test");
  for (let index = 0; index < 6; index++) {
    await aNote(here, { by: alice, source: `note ${index}` });
    await here.worker.drain();
    here.clock.advance(1_000);
  }
  expect((await hostState(here.app, "a.test")).retryAt).not.toBeNull();
  here.clock.advance(8 * 86_400_000);
  await here.worker.drain();
  here.clock.advance(86_400_000);
  await here.worker.drain();
  expect((await waitingDeliveries()).every((job) => job.dead)).toBe(true);
});

test("blocked hosts get nothing", async () => {
  const peer = await follower("a.test");
  await blockDomain(here.app, { domain: "a.test" });
  await aNote(here, { by: alice });
  await drain(here);
  expect(peer.received).toEqual([]);
});

test("two followers of one host are one delivery", async () => {
  const peer = await follower("a.test", "eve");
  const other = await follower("a.test", "ann");
  await aNote(here, { by: alice });
  await drain(here);
  expect(peer.received.length + other.received.length).toBe(1);
});

test("deliveries are counted for the people who run the server", async () => {
  const peer = await follower("a.test");
  await aNote(here, { by: alice });
  await drain(here);
  peer.inboxStatus = 503;
  await aNote(here, { by: alice });
  await here.worker.drain();
  const metrics = await here.fetch(new Request("https://here.test/metrics"), { ip: "127.0.0.1" });
  const text = await metrics.text();
  expect(text).toContain('causeway_jobs_total{kind="deliver",outcome="failed"} 1');
  expect(text).toContain('causeway_jobs{state="delayed"} 1');
  expect(Number(/kind="deliver",outcome="done"} (\d+)/.exec(text)?.[1])).toBeGreaterThan(0);
});
