import { expect, test } from "vitest";
import { checkInboxRequest, fromRequest, type InboxGuardOptions } from "../../server/http/inbox-guard.ts";
import { createRateLimiter } from "../../server/http/rate-limit.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const AS = "https://www.w3.org/ns/activitystreams";
const KEY = "https://e.test/users/eve#main-key";
const activity = {
  "@context": AS,
  id: "https://e.test/activities/1",
  type: "Create",
  actor: "https://e.test/users/eve",
  to: [`${AS}#Public`],
  object: {
    id: "https://e.test/notes/1",
    type: "Note",
    content: "hallo",
    attributedTo: "https://e.test/users/eve",
  },
};
const cavage = (parameters: Record<string, string> = {}) =>
  Object.entries({
    keyId: KEY,
    algorithm: "rsa-sha256",
    headers: "(request-target) host date digest content-type",
    signature: "AAAA",
    ...parameters,
  })
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");

type Sent = {
  url?: string;
  method?: string;
  body?: BodyInit;
  headers?: Record<string, string | null>;
};

function requestOf({ url = "https://a.test/inbox", method = "POST", body, headers = {} }: Sent): Request {
  const all = {
    host: "a.test",
    "content-type": "application/activity+json",
    date: new Date(NOW).toUTCString(),
    digest: "SHA-256=AAAA",
    signature: cavage(),
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  const init: RequestInit & { duplex: "half" } = { method, headers: given, duplex: "half" };
  if (method !== "GET") init.body = body ?? JSON.stringify(activity);
  return new Request(url, init);
}

function options(changed: Partial<InboxGuardOptions> = {}): InboxGuardOptions {
  return {
    host: "a.test",
    maxBytes: 1_048_576,
    isBlockedHost: async () => false,
    limiter: createRateLimiter(() => NOW),
    clientIp: "93.184.216.34",
    allowPrivateAddresses: false,
    now: () => NOW,
    ...changed,
  };
}

async function statusOf(sent: Sent, changed: Partial<InboxGuardOptions> = {}): Promise<number> {
  const result = await checkInboxRequest(fromRequest(requestOf(sent)), options(changed));
  return result.ok ? 200 : result.status;
}

test("a signed delivery passes with its bytes, its JSON and the claimed key", async () => {
  const result = await checkInboxRequest(fromRequest(requestOf({})), options());
  expect(result).toMatchObject({ ok: true, json: activity, claim: { keyId: KEY }, keyHost: "e.test" });
  if (result.ok) expect(new TextDecoder().decode(result.body)).toBe(result.text);
});

test("only our host, with our port, is meant (421)", async () => {
  expect(await statusOf({ headers: { host: "A.test:443" } })).toBe(200);
  expect(await statusOf({ headers: { host: "v.test" } })).toBe(421);
  expect(await statusOf({ headers: { host: "a.test:8080" } })).toBe(421);
  expect(await statusOf({ headers: { host: "a.test.v.test" } })).toBe(421);
  expect(await statusOf({ headers: { host: null } })).toBe(200);
  expect(await statusOf({ url: "https://v.test/inbox", headers: { host: null } })).toBe(421);
  expect(await statusOf({ headers: { host: "m.test" } }, { alsoHosts: ["m.test"] })).toBe(200);
});

test("only POST with an activity's content type, not encoded (405, 415; SIG-08, DOS-02)", async () => {
  for (const method of ["GET", "PUT", "DELETE"]) expect(await statusOf({ method })).toBe(405);
  for (const type of [
    'application/ld+json; profile="x"',
    "Application/JSON",
    "application/activity+json;charset=utf-8",
  ]) {
    expect(await statusOf({ headers: { "content-type": type } })).toBe(200);
  }
  for (const type of ["text/html", "application/x-www-form-urlencoded", "application/jsonp", null]) {
    expect(await statusOf({ headers: { "content-type": type } })).toBe(415);
  }
  for (const encoding of ["gzip", "br", "identity"]) {
    expect(await statusOf({ headers: { "content-encoding": encoding } })).toBe(415);
  }
});

test("bodies over the cap are refused, also chunked ones and those with a false length (413; DOS-01)", async () => {
  const large = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    });
  expect(await statusOf({ body: "x".repeat(1_153_434) })).toBe(413);
  expect(await statusOf({ body: large() })).toBe(413);
  expect(await statusOf({ body: large(), headers: { "content-length": "10" } })).toBe(413);
  expect(await statusOf({ body: "{}", headers: { "content-length": "25000000" } })).toBe(413);
});

test("a client who breaks off is an error of the client", async () => {
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) });
  expect(await statusOf({ body })).toBe(400);
});

test.each([33, 700, 20_000])(
  "an unsigned body nested %i deep is refused at once and never throws (JLD-01)",
  async (depth) => {
    const body = `${'{"object":'.repeat(depth)}1${"}".repeat(depth)}`;
    const start = performance.now();
    expect(await statusOf({ body, headers: { signature: null } })).toBe(400);
    expect(performance.now() - start).toBeLessThan(50);
  },
);

test.each<[string, BodyInit]>([
  ["no JSON", "{"],
  ["an array", "[]"],
  ["null", "null"],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ["a byte order mark", `\ufeff${JSON.stringify(activity)}`],
  ["a lone surrogate", JSON.stringify({ ...activity, name: "X" }).replace("X", "\\ud800")],
  ["two actors", JSON.stringify(activity).replace("{", '{"actor":"https://v.test/users/v",')],
  ["id and @id", JSON.stringify({ "@id": "https://v.test/1", ...activity })],
  ["a graph", JSON.stringify({ "@context": AS, "@graph": [activity, activity] })],
  ["@included", JSON.stringify({ ...activity, "@included": [] })],
  ["@reverse", JSON.stringify({ ...activity, "@reverse": {} })],
  ["@nest further in", JSON.stringify({ ...activity, object: { "@nest": {} } })],
  ["__proto__", JSON.stringify(activity).replace("{", '{"__proto__":{"x":1},')],
  [
    "an alias for the type",
    JSON.stringify({ ...activity, "@context": [AS, { kind: "@type" }], kind: "Delete" }),
  ],
  [
    "followers as to",
    JSON.stringify({ ...activity, "@context": [AS, { followers: { "@id": "as:to", "@type": "@id" } }] }),
  ],
])("%s is refused with 400 (JLD-02 to JLD-08)", async (_, body) => {
  expect(await statusOf({ body })).toBe(400);
  expect("x" in {}).toBe(false);
});

test.each<[string, Record<string, unknown>]>([
  ["no @context", { "@context": undefined }],
  ["no id", { id: undefined }],
  ["a script for an id", { id: "javascript:alert(1)" }],
  ["an urn for an id", { id: "urn:x" }],
  ["a relative id", { id: "/activities/1" }],
  ["an id of 3 KB", { id: `https://e.test/${"x".repeat(3_000)}` }],
  ["an id with userinfo", { id: "https://v.test@e.test/1" }],
  ["an id with a space", { id: "https://e.test/ 1" }],
  ["two types", { type: ["Create", "Delete"] }],
  ["no type", { type: undefined }],
  ["two actors", { actor: ["https://e.test/users/eve", "https://v.test/users/v"] }],
  ["an actor without id", { actor: { type: "Person" } }],
  ["no actor", { actor: null }],
  ["257 addressees", { cc: Array.from({ length: 256 }, (_, i) => `https://e.test/${i}`) }],
  [
    "257 addressees in the object",
    { object: { type: "Note", bto: Array.from({ length: 257 }, (_, i) => `https://e.test/${i}`) } },
  ],
])("an activity with %s is refused with 400 (ORI-04, ORI-05)", async (_, changed) => {
  expect(await statusOf({ body: JSON.stringify({ ...activity, ...changed }) })).toBe(400);
});

test("an embedded actor and 256 addressees are fine", async () => {
  const cc = Array.from({ length: 255 }, (_, i) => `https://e.test/${i}`);
  const actor = { id: "https://e.test/users/eve", type: "Person" };
  expect(await statusOf({ body: JSON.stringify({ ...activity, actor, cc }) })).toBe(200);
});

test.each<[string, string | null]>([
  ["no signature (SIG-01)", null],
  ["only the date signed (SIG-07)", cavage({ headers: "date" })],
  ["nothing signed (SIG-07)", cavage({ headers: "" })],
  ["no request target signed (SIG-07)", cavage({ headers: "host date digest" })],
  ["no host signed", cavage({ headers: "(request-target) date digest" })],
  ["no digest signed", cavage({ headers: "(request-target) host date" })],
  ["a header signed twice", cavage({ headers: "(request-target) host date digest host" })],
  ["no list of headers", `keyId="${KEY}",signature="AAAA"`],
  ["two Signature headers (SIG-11)", `${cavage()}, ${cavage({ keyId: "https://v.test/key" })}`],
  ["two keyIds (SIG-11)", `keyId="https://v.test/key",${cavage()}`],
  ["two keyIds in other letters (SIG-11)", `${cavage()},KEYID="https://v.test/key"`],
  ["no keyId", `headers="(request-target) host date digest",signature="AAAA"`],
  ["an empty signature", cavage({ signature: "" })],
  ["an escaped quote", cavage({ keyId: 'https://e.test/\\"' })],
  ["an expired signature (SIG-10)", `${cavage()},expires=1`],
  ["a creation in 1970 (SIG-10)", `${cavage()},created=1`],
  ["nonsense", "nonsense"],
])("%s is 401", async (_, signature) => {
  expect(await statusOf({ headers: { signature } })).toBe(401);
});

test.each([
  "javascript:alert(1)",
  "file:///etc/passwd",
  "data:,x",
  "http://127.0.0.1/key",
  "https://127.0.0.1/key",
  "https://localhost/key",
  "https://[::1]/key",
  "https://10.0.0.1/key",
  "https://0x7f.1/key",
  "http://e.test/key",
  "https://e.test:8443/key",
  "https://u:p@e.test/key",
  `https://e.test/${"x".repeat(8_192)}`,
  "acct:eve@e.test",
  "e.test",
  "not a URL",
  "",
])("the keyId %j is 401, without asking moderation or anybody (SIG-13)", async (keyId) => {
  const isBlockedHost = async () => {
    throw new Error("asked");
  };
  expect(await statusOf({ headers: { signature: cavage({ keyId }) } }, { isBlockedHost })).toBe(401);
  const input = `sig=("@method" "@target-uri" "content-digest");created=${NOW / 1_000};keyid="${keyId}"`;
  expect(await statusOf({ headers: rfc9421(input) }, { isBlockedHost })).toBe(401);
});

test("dates may be an hour old and five minutes ahead (SIG-10)", async () => {
  const at = (minutes: number) => ({ headers: { date: new Date(NOW + minutes * 60_000).toUTCString() } });
  for (const minutes of [-60, -59, 0, 5]) expect(await statusOf(at(minutes)), `${minutes}`).toBe(200);
  for (const minutes of [-61, -120, -780, 6, 120])
    expect(await statusOf(at(minutes)), `${minutes}`).toBe(401);
  expect(await statusOf({ headers: { date: null } })).toBe(401);
  expect(await statusOf({ headers: { date: "yesterday" } })).toBe(401);
  expect(await statusOf({ headers: { digest: null } })).toBe(401);
});

const rfc9421 = (input: string, signature = "sig=:AAAA:") => ({
  "signature-input": input,
  signature,
  "content-digest": "sha-256=:AAAA:",
  digest: null,
  date: null,
});
const tail = (created = NOW / 1_000) => `;created=${created};keyid="${KEY}";alg="rsa-v1_5-sha256"`;

test.each([
  `sig=("@method" "@target-uri" "content-digest")${tail()}`,
  `sig=("@method" "@authority" "@path" "content-digest" "date")${tail()}`,
  `sig=("@method" "@authority" "@request-target" "content-digest")${tail()}`,
])("RFC 9421: %s passes", async (input) => {
  expect(await statusOf({ headers: rfc9421(input) })).toBe(200);
});

test.each([
  `sig=("@target-uri" "content-digest")${tail()}`,
  `sig=("@method" "content-digest")${tail()}`,
  `sig=("@method" "@path" "content-digest")${tail()}`,
  `sig=("@method" "@authority" "content-digest")${tail()}`,
  `sig=("@method" "@target-uri")${tail()}`,
  `sig=("@method";req "@target-uri" "content-digest")${tail()}`,
  `sig=("@method" "@method" "@target-uri" "content-digest")${tail()}`,
  `sig=("@method" "@target-uri" "content-digest")${tail()}, evil=("@method")${tail()}`,
  `sig=("@method" "@target-uri" "content-digest")${tail()};keyid="https://v.test/key"`,
  `sig=("@method" "@target-uri" "content-digest");keyid="${KEY}"`,
  `sig=("@method" "@target-uri" "content-digest");created=${NOW / 1_000}`,
  `sig=("@method" "@target-uri" "content-digest")${tail()};expires=1`,
  `sig=("@method" "@target-uri" "content-digest")${tail(NOW / 1_000 - 600)}`,
  `sig=("@method" "@target-uri" "content-digest")${tail(NOW / 1_000 + 600)}`,
  `other=("@method" "@target-uri" "content-digest")${tail()}`,
  `sig=()${tail()}`,
  "sig",
  "",
])("RFC 9421: %s is 401 (SIG-14)", async (input) => {
  expect(await statusOf({ headers: rfc9421(input) })).toBe(401);
});

test("RFC 9421: two signatures, an unsigned query and a missing digest are 401 (SIG-08, SIG-14)", async () => {
  const input = `sig=("@method" "@authority" "@path" "content-digest")${tail()}`;
  expect(await statusOf({ headers: rfc9421(input, "sig=:AAAA:, evil=:AAAA:") })).toBe(401);
  expect(await statusOf({ url: "https://a.test/inbox?x", headers: rfc9421(input) })).toBe(401);
  expect(await statusOf({ headers: { ...rfc9421(input), "content-digest": null } })).toBe(401);
});

test("blocked hosts are 403, and a flood of one host is 429 while others pass (RAT-05)", async () => {
  const blocked = { isBlockedHost: async (host: string) => host === "e.test" };
  expect(await statusOf({}, blocked)).toBe(403);
  const shared = options();
  for (let i = 0; i < 100; i++)
    expect((await checkInboxRequest(fromRequest(requestOf({})), shared)).ok).toBe(true);
  expect(await checkInboxRequest(fromRequest(requestOf({})), shared)).toMatchObject({
    ok: false,
    status: 429,
    retryAfterMs: 100,
  });
  const other = requestOf({ headers: { signature: cavage({ keyId: "https://v.test/key" }) } });
  expect((await checkInboxRequest(fromRequest(other), shared)).ok).toBe(true);
});

test("deliveries without a usable key are counted by address", async () => {
  const shared = options();
  const unsigned = () => requestOf({ headers: { signature: null } });
  for (let i = 0; i < 59; i++)
    expect(await checkInboxRequest(fromRequest(unsigned()), shared)).toMatchObject({ status: 401 });
  const junk = requestOf({ headers: { signature: cavage({ keyId: "x" }) } });
  expect(await checkInboxRequest(fromRequest(junk), shared)).toMatchObject({ status: 401 });
  expect(await checkInboxRequest(fromRequest(unsigned()), shared)).toMatchObject({
    status: 429,
    retryAfterMs: 1_000,
  });
  expect((await checkInboxRequest(fromRequest(requestOf({})), shared)).ok).toBe(true);
});

test("where private addresses are allowed, keys may be at http URLs with ports", async () => {
  const local = { allowPrivateAddresses: true, host: "127.0.0.1:3000" };
  const headers = {
    host: "127.0.0.1:3000",
    signature: cavage({ keyId: "http://127.0.0.1:4000/users/eve#main-key" }),
  };
  const result = await checkInboxRequest(fromRequest(requestOf({ headers })), options(local));
  expect(result).toMatchObject({ ok: true, keyHost: "127.0.0.1:4000" });
});
