import { readdir, readFile } from "node:fs/promises";
import { exportSpki } from "@fedify/fedify";
import type { TestInstance } from "../../support/instance.ts";
import { rsaPair } from "../../support/rsa-keys.ts";
import { toSignedPost, type Wire } from "./signer.ts";

export type Json = Record<string, unknown>;

/** What a fixture says should be seen here after its documents came in. */
export type Expected = {
  readonly kind: string;
  readonly name: string;
  readonly bio: string;
  readonly page: string;
  readonly locked?: boolean;
  readonly note: {
    /** Where it is not the object of `note`. */
    readonly uri?: string;
    readonly text: string;
    readonly title?: string;
    readonly language: string | null;
    readonly tags: readonly string[];
    readonly alt?: string;
    readonly pictures?: number;
    /** False for what does not name anybody here. */
    readonly mentions?: boolean;
  };
  readonly edit?: string;
  readonly reply: string;
  readonly replyUri?: string;
  readonly replyVisibility?: "unlisted";
  /** The emoji of `like`, for those who react. */
  readonly reaction?: string;
  readonly announceVisibility?: "unlisted";
  /** The inbox where notes of whom they follow arrive; null for software that follows nobody. */
  readonly delivered: string | null;
};

/** A fixture: the documents of one piece of software, served or sent, with names for what is only known at run time. */
export type Fixture = {
  readonly software: string;
  readonly version: string;
  readonly host: string;
  readonly actor: string;
  readonly handle: string;
  /** Whom people here follow, where it is not the actor. */
  readonly followed?: string;
  readonly handles?: Readonly<Record<string, string>>;
  readonly wire: Wire;
  /** Paths that are answered without a signature by those who want one. */
  readonly unsigned?: readonly string[];
  readonly contexts?: Json;
  readonly served: Readonly<Record<string, Json>>;
  readonly sent: Readonly<Record<string, Json>>;
  readonly expected: Expected;
};

/** A fixture on the test network. */
export type Software = Fixture & {
  /** What stands for `{{name}}` in the documents. */
  readonly words: Map<string, string>;
  /** What was posted to it, oldest first. */
  readonly received: { readonly path: string; readonly headers: Headers; readonly json: Json }[];
  /** Paths that were asked for. */
  readonly asked: string[];
  /** What it serves by path; null for what is gone. Changed by what it sends. */
  readonly documents: Map<string, Json | null>;
  /** A document of `sent`, filled in. */
  document(name: string): Json;
  /** Posts a document of `sent`, or any other, signed by its actor; gives the status. */
  send(document: string | Json): Promise<number>;
};

const folder = new URL("../../fixtures/", import.meta.url);

/** The names of all fixtures that describe a whole server, in alphabetical order. */
export async function fixtureNames(): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const isWhole = await Promise.all(names.map(async (name) => "software" in (await readJson(name))));
  return names.filter((_, index) => isWhole[index] === true).map((name) => name.replace(/\.json$/, ""));
}

/** Reads a fixture. */
export async function readFixture(name: string): Promise<Fixture> {
  return (await readJson(`${name}.json`)) as unknown as Fixture;
}

/** Puts the server of a fixture on the network of an instance. */
export async function joinSoftware(here: TestInstance, name: string): Promise<Software> {
  const fixture = await readFixture(name);
  const keys = await keysOf(fixture);
  const words = new Map([["pem", (await exportSpki(keys.publicKey)).replaceAll("\n", "\\n")]]);
  const filled = (document: Json): Json => fill(document, fixture, words);
  const software: Software = {
    ...fixture,
    words,
    received: [],
    asked: [],
    documents: new Map(Object.entries(fixture.served)),
    document(key) {
      const document = fixture.sent[key];
      if (document === undefined) throw new Error(`${name} sends no ${key}.`);
      return filled(document);
    },
    async send(document) {
      const json = typeof document === "string" ? software.document(document) : document;
      publish(software, json);
      const body = fixture.wire.phpJson === true ? phpJson(json) : JSON.stringify(json);
      const keyId = keyIdOf(fixture, actorOf(json));
      const url = `https://${here.host}${inboxPath(json, software)}`;
      const signing = { keyId, key: keys.privateKey, now: here.clock.now() };
      const request = await toSignedPost(url, body, fixture.wire, signing);
      return (await here.fetch(request, { ip: "192.0.2.1" })).status;
    },
  };
  here.network.join(fixture.host, (request) => answer(software, filled, request));
  return software;
}

async function answer(
  software: Software,
  filled: (document: Json) => Json,
  request: Request,
): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url);
  if (request.method === "POST") {
    const json = (await request.json()) as Json;
    software.received.push({ path: pathname, headers: request.headers, json });
    return new Response(null, { status: 202 });
  }
  const path = pathname + search;
  software.asked.push(path);
  if (pathname === "/.well-known/webfinger") return webFinger(software, searchParams.get("resource") ?? "");
  const isSigned = request.headers.has("signature");
  if (software.wire.signedGets === true && !isSigned && software.unsigned?.includes(path) !== true)
    return new Response(null, { status: 401 });
  const document = software.documents.get(path);
  if (document === undefined) return new Response(null, { status: 404 });
  if (document === null) return new Response(null, { status: 410 });
  const type = software.wire.documentType ?? "application/activity+json; charset=utf-8";
  return new Response(JSON.stringify(filled(document)), { headers: { "content-type": type } });
}

/** What is served changes with what is said of it, also by a group that passes it on. */
function publish(software: Software, activity: Json): void {
  const object = activity["object"];
  if (typeof object === "object" && object !== null && "object" in object) publish(software, object as Json);
  const uri = typeof object === "string" ? object : String((object as Json | null)?.["id"]);
  if (!URL.canParse(uri) || new URL(uri).host !== software.host) return;
  const { pathname, search } = new URL(uri);
  if (activity["type"] === "Delete") software.documents.set(pathname + search, null);
  if (activity["type"] === "Update" && typeof object === "object")
    software.documents.set(pathname + search, { "@context": activity["@context"], ...object });
}

function webFinger(software: Software, resource: string): Response {
  const handles: Record<string, string> = { [software.handle]: software.actor, ...software.handles };
  const found = Object.entries(handles).find(
    ([handle, uri]) => resource === `acct:${handle}` || resource === uri,
  );
  if (found === undefined) return new Response(null, { status: 404 });
  const links = [{ rel: "self", type: "application/activity+json", href: found[1] }];
  const body = JSON.stringify({ subject: `acct:${found[0]}`, aliases: [found[1]], links });
  return new Response(body, { headers: { "content-type": "application/jrd+json" } });
}

/** Personal things go to the personal inbox, the rest to the shared one, as most software does it. */
function inboxPath(json: Json, software: Software): string {
  const isPersonal = /^(?:Follow|Accept|Reject|Like|EmojiReact|Block)$/.test(String(json["type"]));
  const alice = software.words.get("alice");
  return isPersonal && alice !== undefined ? `${new URL(alice).pathname}/inbox` : "/inbox";
}

function actorOf(json: Json): string {
  const { actor } = json;
  if (typeof actor === "string") return actor;
  return String((actor as Json)["id"]);
}

/** The id of an actor's key, as its own document has it: embedded, or an address of its own. */
function keyIdOf(fixture: Fixture, actorUri: string): string {
  const url = new URL(actorUri);
  const key = fixture.served[url.pathname + url.search]?.["publicKey"];
  return typeof key === "string" ? key : String((key as Json | undefined)?.["id"]);
}

function fill(document: Json, fixture: Fixture, words: ReadonlyMap<string, string>): Json {
  const text = JSON.stringify(document)
    .replaceAll(/"@context":"\$(\w+)"/g, (_, key: string) => {
      return `"@context":${JSON.stringify(fixture.contexts?.[key])}`;
    })
    .replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
      const word = words.get(key);
      if (word === undefined) throw new Error(`{{${key}}} is not known yet.`);
      return word;
    });
  return JSON.parse(text) as Json;
}

/** JSON as json_encode of PHP writes it with WordPress's options. */
function phpJson(json: Json): string {
  return JSON.stringify(json)
    .replaceAll("/", "\\/")
    .replaceAll(/[<>&'\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Some servers have longer keys than most. */
async function keysOf({ wire }: Fixture): Promise<CryptoKeyPair> {
  const modulusLength = wire.keyBits ?? 2048;
  if (modulusLength === 2048) return await rsaPair();
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function readJson(file: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(file, folder), "utf8")) as Json;
}
