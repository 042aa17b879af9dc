import { createPublicKey, generateKeyPairSync, type KeyObject, sign as signWith } from "node:crypto";
import { signRequest, verifyRequest } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CLOSED } from "../../federation/reading/contexts.ts";
import { toInstant } from "../../federation/reading/time.ts";
import { isSignedBy } from "../../server/http/signature.ts";
import { readSignature, type SignedRequest } from "../../server/http/signature-headers.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const KEY_ID = "https://e.test/users/eve#main-key";
const BODY = JSON.stringify({ id: "https://e.test/1", type: "Create" });
const SPECS = ["draft-cavage-http-signatures-12", "rfc9421"] as const;

let pair: CryptoKeyPair;
let key: KeyObject;
let fedifyKey: CryptographicKey;

beforeAll(async () => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const der = Buffer.from(await crypto.subtle.exportKey("spki", pair.publicKey));
  key = createPublicKey({ key: der, format: "der", type: "spki" });
  fedifyKey = new CryptographicKey({
    id: new URL(KEY_ID),
    owner: new URL("https://e.test/users/eve"),
    publicKey: pair.publicKey,
  });
});

async function toSigned(request: Request): Promise<SignedRequest> {
  const body = request.method === "GET" ? null : new Uint8Array(await request.clone().arrayBuffer());
  return {
    method: request.method,
    url: new URL(request.url),
    header: (name) => request.headers.get(name),
    body,
  };
}

async function isTaken(request: Request, by: KeyObject = key): Promise<boolean> {
  const signed = await toSigned(request);
  const reading = readSignature(signed);
  // The key is what is found under the id that is claimed.
  return reading.ok && reading.claim.keyId === KEY_ID && isSignedBy(signed, reading.claim, by);
}

/** What Fedify says of the same request with the same key. */
async function isTakenByFedify(request: Request): Promise<boolean> {
  const options = {
    ...CLOSED,
    keyCache: { get: () => Promise.resolve(fedifyKey), set: () => Promise.resolve() },
    currentTime: toInstant(NOW),
    timeWindow: { hours: 1 },
  };
  try {
    return (await verifyRequest(request.clone() as Request, options)) !== null;
  } catch {
    return false;
  }
}

async function aSigned(
  spec: (typeof SPECS)[number],
  method = "POST",
  url = "https://h.test/inbox",
): Promise<Request> {
  const headers = {
    "content-type": "application/activity+json",
    host: "h.test",
    date: new Date(NOW).toUTCString(),
  };
  const request = new Request(url, method === "GET" ? { headers } : { method, headers, body: BODY });
  return await signRequest(request, pair.privateKey, new URL(KEY_ID), { spec, currentTime: toInstant(NOW) });
}

/** A draft-cavage signature over whatever one likes. */
function withCavage(
  headers: Record<string, string>,
  covered: string,
  lines: string,
  url = "https://h.test/inbox",
  more = "",
): Promise<Request> {
  return crypto.subtle
    .sign("RSASSA-PKCS1-v1_5", pair.privateKey, new TextEncoder().encode(lines))
    .then((bytes) => {
      const signature = `keyId="${KEY_ID}",algorithm="rsa-sha256",headers="${covered}",signature="${Buffer.from(bytes).toString("base64")}"${more}`;
      return new Request(url, { method: "POST", headers: { ...headers, signature }, body: BODY });
    });
}

const digestOf = (algorithm: string, body = BODY) =>
  crypto.subtle
    .digest(algorithm, new TextEncoder().encode(body))
    .then((bytes) => Buffer.from(bytes).toString("base64"));

describe.each(SPECS)("%s", (spec) => {
  test("a signed delivery is taken, as Fedify takes it", async () => {
    const request = await aSigned(spec);
    expect(await isTaken(request)).toBe(true);
    expect(await isTakenByFedify(request)).toBe(true);
  });

  test("a signed GET is taken, with a query that is signed or left out", async () => {
    expect(await isTaken(await aSigned(spec, "GET", "https://h.test/users/1"))).toBe(true);
    expect(await isTaken(await aSigned(spec, "GET", "https://h.test/users/1?page=2"))).toBe(true);
  });

  test("another key, body, path, host, method or date is refused", async () => {
    const request = await aSigned(spec);
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    expect(await isTaken(request, other)).toBe(false);
    const changed = (url: string, init: RequestInit) =>
      new Request(url, { method: "POST", headers: request.headers, body: BODY, ...init });
    expect(await isTaken(changed(request.url, {}))).toBe(true);
    expect(await isTaken(changed(request.url, { body: `${BODY} ` }))).toBe(false);
    expect(await isTaken(changed("https://h.test/users/1/inbox", {}))).toBe(false);
    expect(await isTaken(changed(request.url, { method: "PUT" }))).toBe(false);
    for (const [name, value] of [
      ["host", "g.test"],
      ["date", new Date(NOW + 1_000).toUTCString()],
    ] as const) {
      const headers = new Headers(request.headers);
      headers.set(name, value);
      expect(await isTaken(changed(request.url, { headers })), name).toBe(false);
    }
  });

  test("whatever is changed about a signed request, what Fedify refuses is refused", async () => {
    const request = await aSigned(spec);
    const names = [...request.headers.keys()];
    const edit = fc.record({
      name: fc.constantFrom(...names, "signature", "signature-input", "digest", "content-digest"),
      at: fc.nat({ max: 400 }),
      text: fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom(
          ",",
          '"',
          ";",
          "=",
          ":",
          " ",
          'keyId="x"',
          "sha-256=:AAAA:",
          ", SHA-512=AAAA",
          "(created)",
          "created=1",
        ),
      ),
      remove: fc.nat({ max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        fc.option(
          fc.constantFrom("https://h.test/other", "https://h.test/inbox?x=1", "https://g.test/inbox"),
        ),
        async (edits, url) => {
          const headers = new Headers(request.headers);
          for (const { name, at, text, remove } of edits) {
            const value = headers.get(name) ?? "";
            const start = value.length === 0 ? 0 : at % value.length;
            try {
              headers.set(name, value.slice(0, start) + text + value.slice(start + remove));
            } catch {
              return;
            }
          }
          const changed = new Request(url ?? request.url, { method: "POST", headers, body: BODY });
          if (await isTaken(changed))
            expect(await isTakenByFedify(changed), JSON.stringify([...headers])).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("digests", () => {
  const date = new Date(NOW).toUTCString();
  const send = async (digest: string) =>
    withCavage(
      { host: "h.test", date, digest },
      "(request-target) host date digest",
      `(request-target): post /inbox\nhost: h.test\ndate: ${date}\ndigest: ${digest}`,
    );

  test("SHA-256 or SHA-512 has to be there, and every one that is there has to be right", async () => {
    const [sha1, sha256, sha512] = await Promise.all(
      ["SHA-1", "SHA-256", "SHA-512"].map((name) => digestOf(name)),
    );
    for (const digest of [
      `SHA-256=${sha256}`,
      `sha-512=${sha512}`,
      `SHA-256=${sha256},SHA-512=${sha512}`,
      `SHA=${sha1}, SHA-256=${sha256}`,
      `unixsum=30637,SHA-256=${sha256}`,
    ])
      expect(await isTaken(await send(digest)), digest).toBe(true);
    const wrong = await digestOf("SHA-256", "x");
    for (const digest of [
      `SHA=${sha1}`,
      `SHA-256=${wrong}`,
      `SHA-256=${sha256},SHA-512=${wrong}`,
      `SHA-256=${sha256},SHA-256=${wrong}`,
      `SHA=${wrong},SHA-256=${sha256}`,
      "",
      "SHA-256=",
      `SHA-256=${sha256?.replace("=", "")}`,
    ])
      expect(await isTaken(await send(digest)), digest).toBe(false);
  });
});

describe("RFC 9421", () => {
  const POST = {
    host: "example.com",
    date: "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
  };
  const ED25519 = createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs" },
    format: "jwk",
  });
  const input =
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
  const signature =
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
  // The example has no digest among its components, which we would refuse; here only the signature base is in question.
  const example = (path: string) => {
    const signed: SignedRequest = {
      method: "POST",
      url: new URL(`https://example.com${path}`),
      header: (name) => new Headers(POST).get(name),
      body: null,
    };
    const covered = ["date", "@method", "@path", "@authority", "content-type", "content-length"];
    return isSignedBy(
      signed,
      {
        keyId: "test-key-ed25519",
        created: 1618884473_000,
        expires: null,
        isRfc9421: true,
        covered,
        signature,
        parameters: new Map(),
        input,
      },
      ED25519,
    );
  };

  test("the RFC's own Ed25519 example (B.2.6) is verified, and nothing else with its signature", () => {
    expect(example("/foo?param=Value&Pet=dog")).toBe(true);
    expect(example("/bar")).toBe(false);
  });

  const send = async (
    components: string,
    options: {
      alg?: string;
      key?: KeyObject;
      hash?: string;
      url?: string;
      base?: (lines: string[]) => string[];
    } = {},
  ) => {
    const contentDigest = `sha-256=:${await digestOf("SHA-256")}:`;
    const url = new URL(options.url ?? "https://h.test/inbox?a=b");
    const values: Record<string, string> = {
      "@method": "POST",
      "@target-uri": url.href,
      "@authority": url.host,
      "@scheme": "https",
      "@request-target": url.pathname + url.search,
      "@path": url.pathname,
      "@query": url.search || "?",
      "content-digest": contentDigest,
      date: "x",
    };
    const list = components
      .split(" ")
      .map((name) => `"${name}"`)
      .join(" ");
    const params = `(${list});created=${NOW / 1_000};keyid="${KEY_ID}"${options.alg === undefined ? "" : `;alg="${options.alg}"`}`;
    const text = [
      ...components.split(" ").map((name) => `"${name}": ${values[name]}`),
      `"@signature-params": ${params}`,
    ].join("\n");
    const privateKey =
      options.key ??
      (await crypto.subtle
        .exportKey("pkcs8", pair.privateKey)
        .then((der) => ({ key: Buffer.from(der), format: "der" as const, type: "pkcs8" as const })));
    const bytes = signWith(
      options.hash === undefined ? "sha256" : options.hash === "" ? null : options.hash,
      Buffer.from(text),
      privateKey as KeyObject,
    );
    return new Request(url, {
      method: "POST",
      headers: {
        date: "x",
        "content-digest": contentDigest,
        "signature-input": `sig=${params}`,
        signature: `sig=:${bytes.toString("base64")}:`,
      },
      body: BODY,
    });
  };

  test("targets may be covered whole or in parts", async () => {
    for (const parts of [
      "@target-uri",
      "@authority @request-target",
      "@authority @path @query",
      "@scheme @authority @path @query",
    ])
      expect(await isTaken(await send(`@method ${parts} content-digest`)), parts).toBe(true);
    for (const parts of ["@authority @path", "@path @query", "@authority", "@request-target"])
      expect(await isTaken(await send(`@method ${parts} content-digest`)), parts).toBe(false);
    expect(await isTaken(await send("@target-uri content-digest"))).toBe(false);
    expect(await isTaken(await send("@method @target-uri"))).toBe(false);
  });

  test("the algorithm that is named must be the key's", async () => {
    const components = "@method @target-uri content-digest";
    expect(await isTaken(await send(components, { alg: "rsa-v1_5-sha256" }))).toBe(true);
    expect(await isTaken(await send(components, { alg: "rsa-v1_5-sha512", hash: "sha512" }))).toBe(true);
    for (const alg of ["ed25519", "hmac-sha256", "none", "hs2019", "toString"])
      expect(await isTaken(await send(components, { alg })), alg).toBe(false);
    expect(await isTaken(await send(components, { alg: "rsa-v1_5-sha512" }))).toBe(false);
    const ed = generateKeyPairSync("ed25519");
    expect(await isTaken(await send(components, { key: ed.privateKey, hash: "" }), ed.publicKey)).toBe(true);
    expect(
      await isTaken(
        await send(components, { key: ed.privateKey, hash: "", alg: "rsa-v1_5-sha256" }),
        ed.publicKey,
      ),
    ).toBe(false);
  });
});
