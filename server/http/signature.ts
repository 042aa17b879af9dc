import { hash, type KeyObject, verify } from "node:crypto";
import type { SignatureClaim, SignedRequest } from "./signature-headers.ts";

// Verifying HTTP signatures: draft-cavage-http-signatures-12 and RFC 9421, with RSA (PKCS #1 v1.5) and Ed25519. Written
// here because this is what every delivery costs: without request objects it is one hash and one verification.

/** `Digest` (RFC 3230) and `Content-Digest` (RFC 9530): names, the hash, and whether it is enough by itself. */
const HASHES: ReadonlyMap<string, readonly [algorithm: string, isEnough: boolean]> = new Map([
  ["sha-256", ["sha256", true]],
  ["sha-512", ["sha512", true]],
  ["sha", ["sha1", false]],
]);

/** RFC 9421, section 3.3: by the type of the key; the first is the default. */
const ALGORITHMS: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  rsa: { "rsa-v1_5-sha256": "sha256", "rsa-v1_5-sha512": "sha512" },
  ed25519: { ed25519: null },
};

/**
 * True when the signature and the digest of a request are what its claim says. What the claim covers was judged by
 * `readSignature`, its age by the guard. Never throws for what a stranger sent.
 */
export function isSignedBy(request: SignedRequest, claim: SignatureClaim, key: KeyObject): boolean {
  if (request.body !== null && !isDigestRight(request, claim)) return false;
  const signature = toBytes(claim.signature);
  if (signature === null) return false;
  return claim.isRfc9421
    ? fitsRfc9421(request, claim, key, signature)
    : fitsCavage(request, claim, key, signature);
}

function isDigestRight({ header, body }: SignedRequest, { isRfc9421 }: SignatureClaim): boolean {
  const given = header(isRfc9421 ? "content-digest" : "digest");
  if (given === null || body === null) return false;
  let isEnough = false;
  for (const one of given.split(",")) {
    const [, name = "", value = ""] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(one) ?? [];
    const known = HASHES.get(name.toLowerCase());
    if (known === undefined) continue;
    const expected = hash(known[0], body, "base64");
    // Each digest that we can check must be right: the sender may not choose which one we look at.
    if (value !== (isRfc9421 ? `:${expected}:` : expected)) return false;
    isEnough ||= known[1];
  }
  return isEnough;
}

function fitsCavage(
  request: SignedRequest,
  claim: SignatureClaim,
  key: KeyObject,
  signature: Buffer,
): boolean {
  const { pathname, search } = request.url;
  // With the query first; servers that do not sign it sign the path alone.
  const targets =
    search === "" ? [pathname] : [pathname + search, ...(request.body === null ? [pathname] : [])];
  return targets.some((target) => {
    const text = cavageText(request, claim, target);
    return text !== null && isFit(key, key.asymmetricKeyType === "rsa" ? "sha256" : null, text, signature);
  });
}

function cavageText(
  request: SignedRequest,
  { covered, parameters }: SignatureClaim,
  target: string,
): string | null {
  const lines: string[] = [];
  for (const name of covered) {
    const value = cavageValue(request, parameters, name, target);
    if (value === null) return null;
    lines.push(`${name}: ${value}`);
  }
  return lines.join("\n");
}

function cavageValue(
  request: SignedRequest,
  parameters: ReadonlyMap<string, string>,
  name: string,
  target: string,
): string | null {
  if (name === "(request-target)") return `${request.method.toLowerCase()} ${target}`;
  if (name === "(created)" || name === "(expires)") return parameters.get(name.slice(1, -1)) ?? null;
  if (name === "host") return request.header("host") ?? request.url.host;
  return /^[a-z0-9-]+$/.test(name) ? request.header(name) : null;
}

function fitsRfc9421(
  request: SignedRequest,
  claim: SignatureClaim,
  key: KeyObject,
  signature: Buffer,
): boolean {
  const algorithms = ALGORITHMS[key.asymmetricKeyType ?? ""] ?? {};
  const named = claim.parameters.get("alg")?.toLowerCase() ?? Object.keys(algorithms)[0] ?? "";
  if (!Object.hasOwn(algorithms, named)) return false;
  const lines: string[] = [];
  for (const name of claim.covered) {
    const value = componentOf(request, name);
    if (value === null) return false;
    lines.push(`"${name}": ${value}`);
  }
  lines.push(`"@signature-params": ${claim.input}`);
  return isFit(key, algorithms[named] ?? null, lines.join("\n"), signature);
}

/** RFC 9421, sections 2.1 and 2.2; null for what is not there and for components with parameters. */
function componentOf({ method, url, header }: SignedRequest, name: string): string | null {
  switch (name) {
    case "@method":
      return method;
    case "@target-uri":
      return url.href;
    case "@authority":
      return url.host;
    case "@scheme":
      return url.protocol.slice(0, -1);
    case "@request-target":
      return url.pathname + url.search;
    case "@path":
      return url.pathname;
    case "@query":
      return url.search === "" ? "?" : url.search;
    default:
      return /^[a-z0-9-]+$/.test(name) ? header(name) : null;
  }
}

function isFit(key: KeyObject, algorithm: string | null, text: string, signature: Buffer): boolean {
  try {
    return verify(algorithm, Buffer.from(text), key, signature);
  } catch {
    return false;
  }
}

/** Canonical base64 alone: what decoders disagree about is no signature. */
function toBytes(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? bytes : null;
}
