import { generateKeyPairSync, verify } from "node:crypto";
import { importSpki, verifyRequest } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";
import { describe, expect, test } from "vitest";
import { CLOSED } from "../../federation/reading/contexts.ts";
import type { Message } from "../../federation/delivery/message.ts";
import { signedHeaders } from "../../federation/delivery/signing.ts";
import { toInstant } from "../../federation/reading/time.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const KEY_ID = "https://here.test/users/1#main-key";
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const spki = pair.publicKey.export({ type: "spki", format: "pem" }).toString();

async function signingKey() {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const jwk = pair.privateKey.export({ format: "jwk" }) as JsonWebKey;
  return { keyId: KEY_ID, privateKey: await crypto.subtle.importKey("jwk", jwk, algorithm, true, ["sign"]) };
}

async function fits(message: Message, change: Readonly<Record<string, string>> = {}): Promise<boolean> {
  // The client writes `host` itself.
  const { host } = new URL(message.url);
  const headers = { ...(await signedHeaders(await signingKey(), message)), host, ...change };
  const init: RequestInit = { method: message.method, headers };
  if (message.body !== undefined) init.body = message.body;
  const key = new CryptographicKey({
    id: new URL(KEY_ID),
    owner: new URL("https://here.test/users/1"),
    publicKey: await importSpki(spki),
  });
  const keyCache = { get: () => Promise.resolve(key), set: () => Promise.resolve() };
  const request = new Request(message.url, init);
  return (await verifyRequest(request, { ...CLOSED, keyCache, currentTime: toInstant(NOW) })) !== null;
}

const post: Message = {
  method: "POST",
  url: "https://a.test/inbox",
  headers: { "content-type": "application/activity+json" },
  body: new TextEncoder().encode('{"type":"Like"}'),
  spec: "draft-cavage-http-signatures-12",
  now: NOW,
};

describe("what we sign", () => {
  test.each(["draft-cavage-http-signatures-12", "rfc9421"] as const)("%s fits for Fedify", async (spec) => {
    expect(await fits({ ...post, spec })).toBe(true);
  });

  test("no longer fits when a signed header or the body changes", async () => {
    expect(await fits(post, { date: new Date(NOW + 1000).toUTCString() })).toBe(false);
    expect(await fits(post, { "content-type": "application/json" })).toBe(false);
    expect(await fits(post, { digest: "SHA-256=AAAA" })).toBe(false);
  });

  test("covers the query of a GET, so that ids such as /?author=1 can be fetched", async () => {
    const headers = await signedHeaders(await signingKey(), {
      method: "GET",
      url: "https://wp.test/?author=1",
      headers: { accept: "application/activity+json" },
      spec: "draft-cavage-http-signatures-12",
      now: NOW,
    });
    const text = `(request-target): get /?author=1\nhost: wp.test\ndate: ${headers["date"]}`;
    const signature = /signature="([^"]+)"/.exec(headers["signature"] ?? "")?.[1] ?? "";
    expect(verify("sha256", Buffer.from(text), pair.publicKey, Buffer.from(signature, "base64"))).toBe(true);
    expect(headers["signature"]).toContain('headers="(request-target) host date"');
  });
});
