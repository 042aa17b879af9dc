import { createHash, generateKeyPairSync, hash, sign } from "node:crypto";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { signJsonLd } from "@fedify/fedify";
import { canonicalJson } from "../server/domain/canonical-json.ts";
import { loadContext } from "../federation/reading/contexts.ts";

// Many small servers with an actor each, who share one key: their documents, their signed deliveries, and a client that
// sends what was signed before as fast as it is taken.

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const proofKeys = generateKeyPairSync("ed25519");
const PEM = publicKey.export({ type: "spki", format: "pem" });

export type Senders = {
  readonly count: number;
  /** Where the actor of a sender lives. */
  uri(index: number): string;
  close(): void;
};

/** Serves the actors of `count` hosts (loopback addresses) on one port. */
export async function openSenders(count: number): Promise<Senders> {
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host}`;
    const uri = `${origin}/users/bob`;
    const isActor = request.url === "/users/bob";
    if (!isActor) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/activity+json" });
    response.end(JSON.stringify(actorAt(uri, origin)));
  });
  await new Promise<void>((ready) => server.listen(0, "0.0.0.0", () => ready()));
  const { port } = server.address() as AddressInfo;
  return {
    count,
    uri: (index) => `http://127.2.${1 + (index >> 8)}.${index & 255}:${port}/users/bob`,
    close: () => server.close(),
  };
}

function actorAt(uri: string, origin: string): unknown {
  return {
    "@context": [
      "https://www.w3.org/ns/activitystreams",
      "https://w3id.org/security/v1",
      "https://w3id.org/security/multikey/v1",
      { assertionMethod: { "@id": "https://w3id.org/security#assertionMethod", "@type": "@id" } },
    ],
    id: uri,
    type: "Person",
    preferredUsername: "bob",
    name: "Bob",
    inbox: `${uri}/inbox`,
    outbox: `${uri}/outbox`,
    followers: `${uri}/followers`,
    endpoints: { sharedInbox: `${origin}/inbox` },
    publicKey: { id: `${uri}#main-key`, owner: uri, publicKeyPem: PEM },
    assertionMethod: [
      { id: `${uri}#ed25519-key`, type: "Multikey", controller: uri, publicKeyMultibase: toBase58(MULTIKEY) },
    ],
  };
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const MULTIKEY = Buffer.concat([
  Buffer.from([0xed, 0x01]),
  Buffer.from(String(proofKeys.publicKey.export({ format: "jwk" }).x), "base64url"),
]);

function toBase58(bytes: Uint8Array): string {
  let text = "";
  for (let number = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); number > 0n; number /= 58n)
    text = (BASE58[Number(number % 58n)] ?? "") + text;
  return `z${"1".repeat(bytes.findIndex((byte) => byte !== 0))}${text}`;
}

/** The same activity with the linked data signature that Mastodon adds. */
export async function withLinkedSignature(
  actor: string,
  activity: Record<string, unknown>,
): Promise<unknown> {
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("pkcs8", new Uint8Array(der), algorithm, true, ["sign"]);
  return await signJsonLd(activity, key, new URL(`${actor}#main-key`), { contextLoader: loadContext });
}

/** The same activity with an integrity proof over all of it (FEP-8b32). */
export function withProof(actor: string, activity: Record<string, unknown>): Record<string, unknown> {
  const listed: unknown = activity["@context"];
  const context = [
    ...(Array.isArray(listed) ? (listed as unknown[]) : [listed]),
    "https://w3id.org/security/data-integrity/v1",
  ];
  const document = { ...activity, "@context": context };
  const options = {
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    verificationMethod: `${actor}#ed25519-key`,
    proofPurpose: "assertionMethod",
    created: `${new Date().toISOString().slice(0, 19)}Z`,
  };
  const digest = (json: object) => hash("sha256", canonicalJson(json), "buffer");
  const data = Buffer.concat([digest({ ...options, "@context": context }), digest(document)]);
  return { ...document, proof: { ...options, proofValue: toBase58(sign(null, data, proofKeys.privateKey)) } };
}

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** A Create as Mastodon 4.5 writes it, of about 3 KB. */
export function aCreate(actor: string, id: string, text: string): Record<string, unknown> {
  const note = `${actor}/statuses/${id}`;
  const published = new Date().toISOString();
  const audience = { to: [PUBLIC], cc: [`${actor}/followers`] };
  const content = `<p>${text}</p>`;
  return {
    "@context": [
      "https://www.w3.org/ns/activitystreams",
      {
        ostatus: "http://ostatus.org#",
        atomUri: "ostatus:atomUri",
        inReplyToAtomUri: "ostatus:inReplyToAtomUri",
        conversation: "ostatus:conversation",
        sensitive: "as:sensitive",
        toot: "http://joinmastodon.org/ns#",
        votersCount: "toot:votersCount",
        quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
        quoteUri: "http://fedibird.com/ns#quoteUri",
        _misskey_quote: "https://misskey-hub.net/ns#_misskey_quote",
        quoteAuthorization: { "@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id" },
        gts: "https://gotosocial.org/ns#",
        interactionPolicy: { "@id": "gts:interactionPolicy", "@type": "@id" },
        canQuote: { "@id": "gts:canQuote", "@type": "@id" },
        automaticApproval: { "@id": "gts:automaticApproval", "@type": "@id" },
        manualApproval: { "@id": "gts:manualApproval", "@type": "@id" },
        Hashtag: "as:Hashtag",
      },
    ],
    id: `${note}/activity`,
    type: "Create",
    actor,
    published,
    ...audience,
    object: {
      id: note,
      type: "Note",
      summary: null,
      inReplyTo: null,
      published,
      url: `${new URL(actor).origin}/@bob/${id}`,
      attributedTo: actor,
      ...audience,
      sensitive: false,
      atomUri: note,
      inReplyToAtomUri: null,
      conversation: `tag:bench.example,2026-06-01:objectId=${id}:objectType=Conversation`,
      content,
      contentMap: { en: content },
      attachment: [],
      tag: [{ type: "Hashtag", href: `${new URL(actor).origin}/tags/bench`, name: "#bench" }],
      replies: {
        id: `${note}/replies`,
        type: "Collection",
        first: {
          type: "CollectionPage",
          next: `${note}/replies?only_other_accounts=true&page=true`,
          partOf: `${note}/replies`,
          items: [],
        },
      },
      likes: { id: `${note}/likes`, type: "Collection", totalItems: 0 },
      shares: { id: `${note}/shares`, type: "Collection", totalItems: 0 },
      interactionPolicy: { canQuote: { automaticApproval: [PUBLIC] } },
    },
  };
}

/** The bytes of a POST of an activity to the inbox at a port, signed by `signer`: an actor, or whoever forwards it. */
export function toWire(port: number, signer: string, activity: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(activity));
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  const date = new Date().toUTCString();
  const host = `127.0.0.1:${port}`;
  const text = `(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}\ncontent-type: application/activity+json`;
  const value = sign("sha256", Buffer.from(text), privateKey).toString("base64");
  const signature = `keyId="${signer}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="${value}"`;
  const head = [
    "POST /inbox HTTP/1.1",
    `Host: ${host}`,
    "User-Agent: Mastodon/4.5.0 (http.rb/5.3.1; +https://bench.example/)",
    "Connection: Keep-Alive",
    `Date: ${date}`,
    `Digest: ${digest}`,
    "Content-Type: application/activity+json",
    `Signature: ${signature}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** Sends requests over `connections` at once; answers a second. @throws when one is not answered with 202. */
export async function send(port: number, requests: readonly Buffer[], connections = 64): Promise<number> {
  const queue = { next: 0 };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, () => drain(port, requests, queue)));
  return requests.length / ((performance.now() - start) / 1000);
}

function drain(port: number, requests: readonly Buffer[], queue: { next: number }): Promise<void> {
  return new Promise((done, fail) => {
    const socket: Socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    const sendNext = (): void => {
      const request = requests[queue.next++];
      if (request === undefined) return void socket.end(() => done());
      socket.write(request);
    };
    let text = "";
    socket.on("connect", sendNext);
    socket.on("error", fail);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      const isChunked = /transfer-encoding: chunked/i.test(text);
      if (isChunked ? !text.endsWith("0\r\n\r\n") : text.length < end + 4 + length) return;
      if (!text.startsWith("HTTP/1.1 202")) return fail(new Error(text.slice(0, 300)));
      text = "";
      sendNext();
    });
  });
}
