// Replies that are handed on to the followers of whom they answer (ActivityPub 7.1.2).

import { exportMultibaseKey } from "@fedify/fedify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withProof } from "../../federation/writing/wire.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Readonly<Record<string, unknown>>;
const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"];

let here: TestInstance;
let alice: Viewer;
/** Answers alice; has an Ed25519 key for proofs. */
let fay: Peer;
let proofKey: CryptoKey;
/** Follows alice. */
let gus: Peer;
let root: NoteView;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  fay = await createPeer(here, "f.test", "fay");
  gus = await createPeer(here, "g.test", "gus");
  const keys = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  proofKey = keys.privateKey;
  const id = `${fay.actorUri}#proofs`;
  const publicKeyMultibase = await exportMultibaseKey(keys.publicKey);
  fay.documents.set("/users/fay", {
    ...(fay.documents.get("/users/fay") as Json),
    assertionMethod: [{ id, type: "Multikey", controller: fay.actorUri, publicKeyMultibase }],
  });
  const object = here.app.uris.actor(alice.actorId);
  await send(gus, { id: `${gus.actorUri}/f`, type: "Follow", actor: gus.actorUri, object });
  root = await aNote(here, { by: alice, source: "a question" });
  await drain(here);
});
afterEach(() => here.close());

async function send(peer: Peer, activity: Json): Promise<void> {
  expect(await deliver(here, peer, activity)).toBe(202);
  await drain(here);
}

const sealed = (activity: Json): Promise<Json> =>
  withProof(
    { ...activity, "@context": CONTEXT },
    { keyId: `${fay.actorUri}#proofs`, privateKey: proofKey },
    here.clock.now(),
  );
const anAnswer = (id: string, note: Json = {}, activity: Json = {}): Json =>
  aCreate(fay, id, { inReplyTo: root.uri, content: id, ...note }, activity);
/** What gus was handed of fay's. */
const handed = () => gus.received.filter((one) => one.json["actor"] === fay.actorUri);

describe("a reply to a note of ours", () => {
  it("goes on as it came, signed by the author of the note, once", async () => {
    const answer = await sealed(anAnswer("1"));
    await send(fay, answer);
    await send(fay, answer);
    expect(handed().map((one) => one.json)).toEqual([answer]);
    expect(handed()[0]?.headers.get("signature")).toContain(
      `keyId="${here.app.uris.actor(alice.actorId)}#main-key"`,
    );
    expect(fay.received.filter((one) => one.json["id"] === answer["id"])).toEqual([]);
    const served = await here.request("/activities/1", { headers: { accept: "application/activity+json" } });
    expect(served.status).toBe(404);
  });

  it("goes to the followers it is addressed to, also when it is for nobody else", async () => {
    const to = [here.app.uris.followers(alice.actorId), here.app.uris.actor(alice.actorId)];
    const tag = [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }];
    await send(fay, await sealed(anAnswer("1", { to, tag }, { to })));
    expect(handed()).toHaveLength(1);
  });

  it("does not go to servers that it was sent to anyway", async () => {
    await send(fay, await sealed(anAnswer("1", {}, { cc: [gus.actorUri] })));
    expect(handed()).toEqual([]);
  });

  it("takes its deletion with it", async () => {
    await send(fay, await sealed(anAnswer("1")));
    const object = { id: "https://f.test/notes/1", type: "Tombstone" };
    await send(
      fay,
      await sealed({ id: `${fay.actorUri}/d`, type: "Delete", actor: fay.actorUri, to: [PUBLIC], object }),
    );
    expect(handed().map((one) => one.json["type"])).toEqual(["Create", "Delete"]);
  });
});

describe("what stays here", () => {
  it("a reply that cannot prove itself without its sender's signature, or proves something else", async () => {
    await send(fay, anAnswer("1"));
    const changed = { ...(await sealed(anAnswer("2"))), summary: "changed" };
    await send(fay, changed);
    const foreign = await sealed(anAnswer("3"));
    const proof = { ...(foreign["proof"] as Json), verificationMethod: "https://evil.test/key" };
    await send(fay, { ...foreign, proof });
    expect((await viewThread(here.app, alice, root.id)).replies).toHaveLength(3);
    expect(handed()).toEqual([]);
  });

  it("a private reply, a note that answers nobody here, an answer to a note that is gone", async () => {
    const to = [here.app.uris.actor(alice.actorId)];
    const tag = [{ type: "Mention", href: to[0] }];
    await send(fay, await sealed(anAnswer("1", { to, tag }, { to })));
    await send(fay, await sealed(anAnswer("2", { tag, inReplyTo: "https://f.test/notes/1" })));
    await send(fay, await sealed(anAnswer("3", { tag, inReplyTo: null })));
    await deleteNote(here.app, alice, root.id);
    await send(fay, await sealed(anAnswer("4", { tag })));
    expect(handed()).toEqual([]);
  });

  it("more than 60 replies an hour of one sender", async () => {
    for (let index = 0; index < 65; index++)
      expect(await deliver(here, fay, await sealed(anAnswer(`n${index}`)))).toBe(202);
    await drain(here);
    expect(handed()).toHaveLength(60);
  });
});
