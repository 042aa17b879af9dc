// A server of another kind on the test network, as one of the documents in test/fixtures describes it.
// Used by the tests of this folder and test/federation/implementations.test.ts.
// This file: signatures in the spelling of whoever sends.

import { createHash } from "node:crypto";

/** How a server signs and names what it posts. */
export type Wire = {
  /** draft-cavage unless it says so. */
  readonly spec?: "rfc9421";
  /** What is signed, in this order: header names, or RFC 9421 components. */
  readonly covers: string;
  /** What draft-cavage calls the algorithm; it is RSA with SHA-256 in every case. */
  readonly algorithm?: string;
  readonly contentType: string;
  /** Content-Type of the documents it serves. */
  readonly documentType?: string;
  /** Answers nothing to a GET without a signature (authorized fetch). */
  readonly signedGets?: boolean;
  readonly keyBits?: number;
  /** JSON as PHP writes it: slashes, angle brackets and all that is not ASCII escaped. */
  readonly phpJson?: boolean;
};

export type Signing = { readonly keyId: string; readonly key: CryptoKey; readonly now: number };

/** The signed request that a server with these habits posts. */
export async function toSignedPost(
  url: string,
  body: string,
  wire: Wire,
  signing: Signing,
): Promise<Request> {
  const headers = new Headers({
    "content-type": wire.contentType,
    "user-agent": "Somebody else/1.0",
    "content-length": String(Buffer.byteLength(body)),
    date: new Date(signing.now).toUTCString(),
    host: new URL(url).host,
  });
  if (wire.spec === "rfc9421") await signRfc9421(headers, url, body, wire, signing);
  else await signCavage(headers, url, body, wire, signing);
  return new Request(url, { method: "POST", headers, body });
}

async function signCavage(
  headers: Headers,
  url: string,
  body: string,
  wire: Wire,
  { keyId, key }: Signing,
): Promise<void> {
  headers.set("digest", `SHA-256=${sha256(body)}`);
  const line = (name: string) =>
    name === "(request-target)"
      ? `(request-target): post ${new URL(url).pathname}`
      : `${name}: ${headers.get(name) ?? ""}`;
  const signature = await sign(key, wire.covers.split(" ").map(line).join("\n"));
  const algorithm = wire.algorithm === undefined ? "" : `algorithm="${wire.algorithm}",`;
  headers.set("signature", `keyId="${keyId}",${algorithm}headers="${wire.covers}",signature="${signature}"`);
}

/** RFC 9421, section 2.5: one line a component, the parameters last. */
async function signRfc9421(
  headers: Headers,
  url: string,
  body: string,
  wire: Wire,
  { keyId, key, now }: Signing,
): Promise<void> {
  headers.set("content-digest", `sha-256=:${sha256(body)}:`);
  const components = wire.covers.split(" ");
  const value = (name: string) =>
    name === "@method" ? "POST" : name === "@target-uri" ? url : (headers.get(name) ?? "");
  const names = components.map((name) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${Math.floor(now / 1000)};keyid="${keyId}"`;
  const lines = components.map((name) => `"${name}": ${value(name)}`);
  const signature = await sign(key, [...lines, `"@signature-params": ${parameters}`].join("\n"));
  headers.set("signature-input", `sig1=${parameters}`);
  headers.set("signature", `sig1=:${signature}:`);
}

async function sign(key: CryptoKey, text: string): Promise<string> {
  const bytes = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new TextEncoder().encode(text));
  return Buffer.from(bytes).toString("base64");
}

function sha256(body: string): string {
  return createHash("sha256").update(body).digest("base64");
}
