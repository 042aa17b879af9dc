// A small server of another kind on the test network: actors with real keys, documents, and signed deliveries.
// Used by the tests of this folder.

import { exportSpki, signRequest } from "@fedify/fedify";
import type { TestInstance } from "../support/instance.ts";
import { rsaPair } from "../support/rsa-keys.ts";
import { toInstant } from "../../federation/reading/time.ts";

type Json = Record<string, unknown>;
export type Spec = "draft-cavage-http-signatures-12" | "rfc9421";

export type Peer = {
  readonly host: string;
  readonly actorUri: string;
  readonly keyId: string;
  /** Served by path, without the query; change it to change what the peer says. */
  readonly documents: Map<string, Json | Response>;
  /** What was posted to the peer, oldest first. */
  readonly received: { readonly path: string; readonly headers: Headers; readonly json: Json }[];
  /** Status of the peer's inboxes. */
  inboxStatus: number;
  /** Paths that were asked for. */
  readonly asked: string[];
  keys: CryptoKeyPair;
  /** Makes new keys and publishes them. */
  rotate(): Promise<void>;
};

/** Puts a peer with one actor on the network. */
export async function createPeer(
  instance: Pick<TestInstance, "network">,
  host: string,
  name = "eve",
): Promise<Peer> {
  const actorUri = `https://${host}/users/${name}`;
  const peer: Peer = {
    host,
    actorUri,
    keyId: `${actorUri}#main-key`,
    documents: new Map(),
    received: [],
    inboxStatus: 202,
    asked: [],
    keys: await rsaPair(),
    async rotate() {
      peer.keys = await rsaPair();
      peer.documents.set(`/users/${name}`, await actorDocument(peer, name));
    },
  };
  peer.documents.set(`/users/${name}`, await actorDocument(peer, name));
  peer.documents.set("/.well-known/webfinger", {
    subject: `acct:${name}@${host}`,
    links: [{ rel: "self", type: "application/activity+json", href: actorUri }],
  });
  instance.network.join(host, (request) => answerAs(peer, request));
  return peer;
}

/** What the peer answers; put a host on the network again with it. */
export async function answerAs(peer: Peer, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "POST") {
    peer.received.push({ path: pathname, headers: request.headers, json: (await request.json()) as Json });
    return new Response(null, { status: peer.inboxStatus });
  }
  peer.asked.push(pathname);
  const document = peer.documents.get(pathname);
  if (document === undefined) return new Response(null, { status: 404 });
  if (document instanceof Response) return document.clone();
  const type = pathname.startsWith("/.well-known") ? "application/jrd+json" : "application/activity+json";
  return new Response(JSON.stringify(document), { headers: { "content-type": type } });
}

/** An actor as Mastodon describes it. */
export async function actorDocument(
  peer: Pick<Peer, "host" | "actorUri" | "keyId" | "keys">,
  name: string,
): Promise<Json> {
  const { actorUri } = peer;
  return {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: actorUri,
    type: "Person",
    preferredUsername: name,
    name,
    inbox: `${actorUri}/inbox`,
    outbox: `${actorUri}/outbox`,
    followers: `${actorUri}/followers`,
    endpoints: { sharedInbox: `https://${peer.host}/inbox` },
    publicKey: { id: peer.keyId, owner: actorUri, publicKeyPem: await exportSpki(peer.keys.publicKey) },
  };
}

export type DeliveryOptions = {
  readonly keyId?: string;
  readonly key?: CryptoKey;
  readonly spec?: Spec;
  readonly path?: string;
  readonly unsigned?: boolean;
  /** Signed for here, sent to `path`. */
  readonly signedPath?: string;
  readonly date?: number;
};

/** A delivery as it would come over the wire. */
export async function toDelivery(
  instance: TestInstance,
  peer: Peer,
  activity: Json,
  options: DeliveryOptions = {},
): Promise<Request> {
  const body = JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", ...activity });
  const url = `https://${instance.host}${options.path ?? "/inbox"}`;
  const init = { method: "POST", headers: { "content-type": "application/activity+json" }, body };
  if (options.unsigned === true) return new Request(url, init);
  const signed = await signRequest(
    new Request(`https://${instance.host}${options.signedPath ?? options.path ?? "/inbox"}`, init),
    options.key ?? peer.keys.privateKey,
    new URL(options.keyId ?? peer.keyId),
    {
      spec: options.spec ?? "draft-cavage-http-signatures-12",
      currentTime: toInstant(options.date ?? instance.clock.now()),
    },
  );
  return new Request(url, { method: "POST", headers: signed.headers, body });
}

/** Delivers an activity and gives the status. */
export async function deliver(
  instance: TestInstance,
  peer: Peer,
  activity: Json,
  options: DeliveryOptions = {},
): Promise<number> {
  const response = await instance.fetch(await toDelivery(instance, peer, activity, options), {
    ip: "192.0.2.1",
  });
  return response.status;
}

/** A public note of the peer's actor with its Create. */
export function aCreate(peer: Peer, id: string, note: Json = {}, activity: Json = {}): Json {
  const to = ["https://www.w3.org/ns/activitystreams#Public"];
  const uri = `https://${peer.host}/notes/${id}`;
  return {
    id: `${uri}/activity`,
    type: "Create",
    actor: peer.actorUri,
    to,
    object: {
      id: uri,
      type: "Note",
      attributedTo: peer.actorUri,
      content: "<p>hello</p>",
      to,
      published: "2026-06-01T11:00:00Z",
      ...note,
    },
    ...activity,
  };
}
