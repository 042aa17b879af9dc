import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

// Many small servers with an actor each, who share one key: their documents, their signed deliveries, and a client that
// sends what was signed before as fast as it is taken.

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
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
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: uri,
    type: "Person",
    preferredUsername: "bob",
    name: "Bob",
    inbox: `${uri}/inbox`,
    outbox: `${uri}/outbox`,
    followers: `${uri}/followers`,
    endpoints: { sharedInbox: `${origin}/inbox` },
    publicKey: { id: `${uri}#main-key`, owner: uri, publicKeyPem: PEM },
  };
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

/** The bytes of a signed POST of an activity to the inbox at a port. */
export function toWire(port: number, actor: string, activity: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(activity));
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  const date = new Date().toUTCString();
  const host = `127.0.0.1:${port}`;
  const text = `(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}\ncontent-type: application/activity+json`;
  const value = sign("sha256", Buffer.from(text), privateKey).toString("base64");
  const signature = `keyId="${actor}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="${value}"`;
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
