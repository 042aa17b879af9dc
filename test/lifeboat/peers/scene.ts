import { createPrivateKey } from "node:crypto";
import { exportJwk } from "@fedify/fedify";
import { sealMessages } from "../../../federation/escape/messages.ts";
import { createPeer, type Peer } from "../../federation/peer.ts";
import { testClock, type TestClock } from "../../support/app.ts";
import { createNetwork, type Network } from "../../support/network.ts";
import { createEmulator, type Emulator } from "./emulator.ts";
import { signedPost, type Json } from "./signatures.ts";
import type { PeerKind } from "./rules.ts";

const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
/** `movedTo` is not in the context of ActivityStreams: a signature would not cover it (and Fedify refuses to make one). */
const ACTOR_CONTEXT = [...CONTEXT, { movedTo: { "@id": "as:movedTo", "@type": "@id" } }];

/** Somebody with an old home and a new one, whose messages are made by hand, and a server where people follow the old one. */
export type EscapeScene = {
  readonly network: Network;
  readonly clock: TestClock;
  readonly old: Peer;
  readonly home: Peer;
  readonly emulator: Emulator;
};

/** What a move looks like on the wire. */
export type HandMadeForm = "move" | "embedded" | "update";

/** Sets the scene: `people` at the emulator follow the old actor, whose key is known there as from ordinary traffic. */
export async function anEscape(kind: PeerKind, people = 3): Promise<EscapeScene> {
  const network = createNetwork();
  const clock = testClock();
  const old = await createPeer({ network }, "old.test", "ann");
  const home = await createPeer({ network }, "new.test", "ann");
  const emulator = await createEmulator(network, "peer.test", kind, { clock });
  const scene = { network, clock, old, home, emulator };
  await emulator.follow(old.actorUri, people);
  const like = {
    type: "Like",
    id: `${old.actorUri}#likes/1`,
    actor: old.actorUri,
    object: "https://peer.test/1",
  };
  await post(scene, old, { "@context": CONTEXT, ...like });
  emulator.asked.splice(0);
  return scene;
}

/** The new home names the old one among its other names. */
export function alias({ old, home }: EscapeScene): void {
  change(home, { alsoKnownAs: [old.actorUri] });
}

/** Changes an actor's document. */
export function change(peer: Peer, members: Json): void {
  const path = new URL(peer.actorUri).pathname;
  const document = peer.documents.get(path);
  if (document === undefined || document instanceof Response) throw new Error(`${peer.host} has no actor.`);
  peer.documents.set(path, { ...document, ...members });
}

/** A message that takes followers along, sealed with the old actor's key as a kit holds it. */
export async function sealed(
  scene: EscapeScene,
  form: HandMadeForm,
  target = scene.home.actorUri,
): Promise<Json> {
  const { old, clock } = scene;
  const person = old.documents.get(new URL(old.actorUri).pathname) as Record<string, unknown>;
  const leaver = { actorUri: old.actorUri, followersUri: `${old.actorUri}/followers`, person };
  const key = { keyId: old.keyId, privateKey: old.keys.privateKey };
  return (await sealMessages(leaver, target, { key, now: clock.now(), number: 1 }))[form];
}

/** One made by hand, without such a signature. */
export function unsealed({ old }: EscapeScene, form: HandMadeForm, target: string): Json {
  const actor = old.actorUri;
  const profile = old.documents.get(new URL(actor).pathname) as Json;
  const { "@context": _context, ...person } = profile;
  const base = { "@context": CONTEXT, id: `${actor}#moves/1`, actor, to: [`${actor}/followers`] };
  if (form === "move") return { ...base, type: "Move", object: actor, target };
  const whole = { ...base, "@context": ACTOR_CONTEXT };
  if (form === "embedded") return { ...whole, type: "Move", object: person, target };
  return { ...whole, type: "Update", object: { ...person, movedTo: target, alsoKnownAs: [target] } };
}

/** Posts as a peer to the emulator; the status. */
export async function post(
  { emulator, clock }: EscapeScene,
  by: Peer,
  activity: Json,
  keys = by.keys,
): Promise<number> {
  const url = `${emulator.origin}/inbox`;
  const body = JSON.stringify(activity);
  const key = createPrivateKey({ key: (await exportJwk(keys.privateKey)) as never, format: "jwk" });
  const headers = signedPost(url, body, { keyId: by.keyId, key, now: clock.now() });
  const status = (await emulator.answer(new Request(url, { method: "POST", headers, body }))).status;
  await emulator.work();
  return status;
}
