import { createHash, createPublicKey, createSign, createVerify, type KeyObject } from "node:crypto";
import { importSpki, preloadedContexts, verifySignature } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";

// Signatures as other servers make and check them, written apart from ours: what both ends get wrong alike would not be seen.

export type Json = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
/** Mastodon's window: twelve hours, and an hour for clocks that are wrong. */
const WINDOW = { past: 13 * HOUR, future: HOUR } as const;

/** What the Signature header of draft-cavage-http-signatures-12 says. */
export type CavageHeader = {
  readonly keyId: string;
  readonly names: readonly string[];
  readonly value: string;
};

/** Reads the header; null when there is none. */
export function readCavage(headers: Headers): CavageHeader | null {
  const parts = new Map(
    [...(headers.get("signature") ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  const keyId = parts.get("keyId");
  const value = parts.get("signature");
  if (keyId === undefined || value === undefined) return null;
  return { keyId, value, names: (parts.get("headers") ?? "date").split(" ") };
}

/** True when the body is the one of the Digest header and the date is of now. */
export function isWhole(headers: Headers, body: string, now: number): boolean {
  const at = Date.parse(headers.get("date") ?? "");
  if (!(at > now - WINDOW.past && at < now + WINDOW.future)) return false;
  const digest = createHash("sha256").update(body).digest("base64");
  return headers.get("digest")?.replace(/^sha-256=/i, "") === digest;
}

/** True when a key made the signature of a POST over target, host, date and digest at least. */
export function isCavageFit(request: Request, header: CavageHeader, pem: string): boolean {
  if (["(request-target)", "host", "date", "digest"].some((name) => !header.names.includes(name)))
    return false;
  const { pathname, search, host } = new URL(request.url);
  const line = (name: string): string => {
    if (name === "(request-target)") return `${name}: post ${pathname}${search}`;
    if (name === "host") return `host: ${host}`;
    return `${name}: ${request.headers.get(name) ?? ""}`;
  };
  const check = createVerify("RSA-SHA256").update(header.names.map(line).join("\n"));
  return check.verify(createPublicKey(pem), Buffer.from(header.value, "base64"));
}

/** Headers of a POST, signed with draft-cavage-http-signatures-12. */
export function signedPost(
  url: string,
  body: string,
  by: { readonly keyId: string; readonly key: KeyObject; readonly now: number },
): Record<string, string> {
  const { pathname, host } = new URL(url);
  const headers: Record<string, string> = {
    host,
    date: new Date(by.now).toUTCString(),
    digest: `SHA-256=${createHash("sha256").update(body).digest("base64")}`,
    "content-type": "application/activity+json",
  };
  const names = ["(request-target)", "host", "date", "digest", "content-type"];
  const text = names.map((name) =>
    name === "(request-target)" ? `${name}: post ${pathname}` : `${name}: ${headers[name] ?? ""}`,
  );
  const signature = createSign("RSA-SHA256").update(text.join("\n")).sign(by.key, "base64");
  headers["signature"] =
    `keyId="${by.keyId}",algorithm="rsa-sha256",headers="${names.join(" ")}",signature="${signature}"`;
  return headers;
}

/** Who a linked data signature says made it: the id of a key; null when there is none that could hold now. */
export function linkedCreator(document: Json, now: number): string | null {
  const signature = document["signature"];
  if (typeof signature !== "object" || signature === null) return null;
  const { type, creator, expires } = signature as Json;
  if (type !== "RsaSignature2017" || typeof creator !== "string") return null;
  // No `expires` = never (Mastodon, linked_data_signature.rb).
  return typeof expires === "string" && Date.parse(expires) < now ? null : creator;
}

/** True when a key made the document's linked data signature, as Fedify reads it. Contexts come from memory alone. */
export async function isLinkedFit(document: Json, creator: string, pem: string): Promise<boolean> {
  const key = new CryptographicKey({
    id: new URL(creator),
    owner: new URL(creator.replace(/#.*/, "")),
    publicKey: await importSpki(pem),
  });
  const found = await verifySignature(document, {
    contextLoader: knownContext,
    documentLoader: nothing,
    keyCache: { get: () => Promise.resolve(key), set: () => Promise.resolve() },
  });
  return found !== null;
}

function knownContext(url: string) {
  const document = (preloadedContexts as Record<string, unknown>)[url];
  if (document === undefined) return Promise.reject(new Error(`a context that few know: ${url}`));
  return Promise.resolve({ contextUrl: null, documentUrl: url, document });
}

function nothing(url: string): Promise<never> {
  return Promise.reject(new Error(`not to be asked: ${url}`));
}
