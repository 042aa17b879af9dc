import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { preloadedContexts } from "@fedify/fedify";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SLOW, toNormalFast } from "../../federation/reading/fast-path.ts";
import { isJson, type Json } from "../../federation/reading/json.ts";
import { toNormal, toNormalSlow } from "../../federation/reading/normal.ts";
import { MAPS, TERMS, TYPES } from "../../federation/reading/terms.ts";
import { refusesContextAliases } from "../../server/http/raw-json.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const RUNS = 1_500;
const SEC = "https://w3id.org/security/v1";

/** The fast path's answer must be the slow path's, unless it gives none. Tells which it was. */
async function compare(json: Json): Promise<"fast" | "slow"> {
  const fast = toNormalFast(json);
  if (fast === SLOW) return "slow";
  // The slow path believes nobody when Fedify reads something else; the fast path must not be laxer.
  expect(await toNormalSlow(json), JSON.stringify(json)).toEqual(fast);
  return "fast";
}

const uri = fc.constantFrom(
  "https://e.test/users/eve",
  "https://e.test/notes/1",
  "https://v.test/users/vic/followers",
  `${AS}#Public`,
  "did:key:z6MkExample",
  "urn:uuid:d9e5dcb6-7d9c-4a34-a2ef-0b3f9ef9ba01",
  "tag:e.test,2026:1",
  "https://e.test/a?b=c#d",
);
const oddUri = fc.constantFrom(
  "as:Public",
  "Public",
  "/relative",
  "_:b0",
  "",
  "as:to",
  "javascript:alert(1)",
  "@id",
  "toot:x",
  "x y",
  "https:e.test",
  "ap://did:key:z6Mk/1",
);
const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("@type", "2026-06-01T12:00:00Z", "<p>hi</p>"),
);
const language = fc.constantFrom("en", "de", "zh-Hant", "EN", "und", "x-odd", "no_tag");
const map = fc.dictionary(
  language,
  fc.oneof({ weight: 9, arbitrary: fc.string({ maxLength: 6 }) }, { weight: 1, arbitrary: scalar }),
  { maxKeys: 3 },
);
const word = fc.constantFrom(...TYPES.keys());
const name = fc.constantFrom(...TERMS.keys(), ...MAPS.keys());
const foreignName = fc.constantFrom(
  "guid",
  "zot:thing",
  "diaspora:guid",
  "vcard:bday",
  "expires",
  "streams",
  "covers",
  "as:to",
  "x",
  "EmojiReaction",
  "http://e.test/ns#x",
  "proof",
  "signature",
  "publicKey",
  "movedToUri",
  "icons",
  "Public",
  "__x",
);

const leaf = fc.oneof(
  { weight: 6, arbitrary: uri },
  { weight: 1, arbitrary: oddUri },
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: map },
);
const { node } = fc.letrec<{ node: Json; value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 6, arbitrary: leaf },
    { weight: 2, arbitrary: fc.array(leaf, { maxLength: 3 }) },
    { weight: 3, arbitrary: tie("node") },
    { weight: 1, arbitrary: fc.array(tie("node"), { maxLength: 2 }) },
  ),
  node: fc
    .tuple(
      fc.option(fc.oneof({ weight: 9, arbitrary: uri }, { weight: 1, arbitrary: oddUri }), { freq: 3 }),
      fc.option(
        fc.oneof(
          { weight: 8, arbitrary: word },
          { weight: 1, arbitrary: fc.array(word, { maxLength: 2 }) },
          { weight: 1, arbitrary: fc.constantFrom("Unknown", "as:Note", "") },
        ),
        { freq: 4 },
      ),
      fc.dictionary(name, tie("value"), { maxKeys: 5 }),
      fc.dictionary(
        fc.oneof(
          { weight: 9, arbitrary: foreignName },
          { weight: 1, arbitrary: fc.constantFrom("@id", "@type", "@value", "@language") },
        ),
        tie("value"),
        { maxKeys: 1 },
      ),
      fc.option(map, { freq: 2 }),
      fc.option(map, { freq: 2 }),
    )
    .map(([id, type, members, foreign, contentMap, nameMap]) => ({
      ...members,
      ...foreign,
      ...(contentMap === null ? {} : { contentMap }),
      ...(nameMap === null ? {} : { nameMap }),
      ...(id === null ? {} : { id }),
      ...(type === null ? {} : { type }),
    })),
}));

const MASTODON = {
  toot: "http://joinmastodon.org/ns#",
  sensitive: "as:sensitive",
  Hashtag: "as:Hashtag",
  Emoji: "toot:Emoji",
  movedTo: { "@id": "as:movedTo", "@type": "@id" },
  focalPoint: { "@container": "@list", "@id": "toot:focalPoint" },
  schema: "http://schema.org#",
  PropertyValue: "schema:PropertyValue",
  value: "schema:value",
  ostatus: "http://ostatus.org#",
  conversation: "ostatus:conversation",
};
const addresses = Object.keys(preloadedContexts).filter((url) => url !== "http://schema.org/");
const inline = fc.dictionary(
  fc.oneof(
    name,
    word,
    foreignName,
    fc.constantFrom(
      "toot",
      "as",
      "schema",
      "sc",
      "x",
      "tag",
      "did",
      "@language",
      "@vocab",
      "@version",
      "@base",
      "id",
      "type",
    ),
  ),
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        "as:sensitive",
        "as:to",
        "toot:featured",
        "schema:value",
        "x:to",
        "as:Note",
        `${AS}#actor`,
        "http://e.test/ns#",
        "http://e.test/ns#x",
        `${AS}#`,
        "und",
        "en",
        "@id",
        "@type",
        "foo",
        "",
        "zot:x",
        "http://schema.org/",
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record(
        {
          "@id": fc.constantFrom(
            "as:to",
            "as:content",
            "toot:featured",
            "as:movedTo",
            "x:y",
            "schema:value",
            "as:items",
            "@type",
            "foo",
          ),
          "@type": fc.constantFrom("@id", "@vocab", "xsd:dateTime", "@json", "foo", "sc:Boolean"),
          "@container": fc.constantFrom("@list", "@set", "@language", "@index", "@id"),
        },
        { requiredKeys: [] },
      ),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  { maxKeys: 3 },
);
const context = fc.oneof(
  { weight: 2, arbitrary: fc.constant<unknown>(AS) },
  { weight: 3, arbitrary: fc.constant<unknown>([AS, SEC, MASTODON]) },
  {
    weight: 2,
    arbitrary: fc.constant<unknown>([
      AS,
      "https://e.test/schemas/litepub-0.1.jsonld",
      { "@language": "und" },
    ]),
  },
  {
    weight: 2,
    arbitrary: fc.subarray([...addresses, "https://unknown.test/ctx"], { minLength: 1, maxLength: 3 }),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant(AS), inline) },
  { weight: 2, arbitrary: fc.tuple(fc.constant(AS), fc.constant(MASTODON), inline, inline) },
);

describe("the fast path", () => {
  test("gives what the slow path gives, or nothing, for documents of all kinds", async () => {
    let fast = 0;
    await fc.assert(
      fc.asyncProperty(context, node, fc.option(context, { freq: 8 }), async (outer, body, inner) => {
        const object =
          inner === null || !isJson(body["object"])
            ? {}
            : { object: { ...body["object"], "@context": inner } };
        if ((await compare({ "@context": outer, ...body, ...object })) === "fast") fast++;
      }),
      { numRuns: RUNS },
    );
    // A fast path that always declines would pass too.
    expect(fast).toBeGreaterThan(RUNS / 20);
  });

  test("gives what the slow path gives, or nothing, whatever the inline contexts say", async () => {
    const body = {
      id: "https://e.test/1",
      type: "Create",
      actor: "https://e.test/users/eve",
      to: [`${AS}#Public`],
      object: {
        id: "https://e.test/notes/1",
        type: "Note",
        content: "hi",
        contentMap: { en: "hi" },
        to: "as:Public",
        x: "y",
        movedTo: "https://e.test/2",
        featured: "https://e.test/f",
        value: "v",
        sensitive: true,
        expires: "2026-01-01T00:00:00Z",
        tag: [{ type: "Hashtag", href: "https://e.test/t", name: "#t" }],
      },
    };
    await fc.assert(
      fc.asyncProperty(fc.array(inline, { minLength: 1, maxLength: 3 }), async (entries) => {
        await compare({ "@context": [AS, ...entries], ...body });
      }),
      { numRuns: RUNS },
    );
  });

  test("reads the usual documents of the usual servers", async () => {
    for (const entries of [
      AS,
      [AS, SEC, MASTODON],
      ["https://gotosocial.org/ns", AS],
      [AS, "https://p.test/schemas/litepub-0.1.jsonld", { "@language": "und" }],
      ["https://join-lemmy.org/context.json", AS],
      [AS, "https://w3id.org/security/data-integrity/v1", "https://w3id.org/security/multikey/v1"],
    ])
      expect(
        await compare({
          "@context": entries,
          id: "https://e.test/1",
          type: "Follow",
          actor: "https://e.test/a",
          object: "https://h.test/b",
        }),
      ).toBe("fast");
  });

  test("agrees with the slow path about every pair of known contexts", async () => {
    const body = {
      id: "https://e.test/1",
      type: "Note",
      name: "n",
      content: "c",
      alsoKnownAs: "https://e.test/2",
      url: "https://e.test/3",
      digestMultibase: "z1",
      image: "https://e.test/i",
      attributedTo: "https://e.test/a",
      language: { identifier: "de" },
      expires: "2026-01-01T00:00:00Z",
    };
    for (const first of addresses)
      for (const second of addresses) await compare({ "@context": [AS, first, second, AS], ...body });
  }, 60_000);

  test("agrees with the slow path about every fixture", async () => {
    const folder = join(import.meta.dirname, "../fixtures");
    for (const file of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
      const json: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
      for (const one of isJson(json) ? [json, ...Object.values(json).filter(isJson)] : []) await compare(one);
    }
  });
});

describe("the normal form", () => {
  const read = (body: Json, entries: unknown = AS) =>
    toNormal({ "@context": entries, id: "https://e.test/1", type: "Note", ...body });

  test("is the same whether things come alone, in lists or as objects of nothing but an id", async () => {
    const normal = {
      id: "https://e.test/1",
      type: "Note",
      to: `${AS}#Public`,
      attributedTo: "https://e.test/a",
    };
    expect(await read({ to: `${AS}#Public`, attributedTo: "https://e.test/a" })).toEqual(normal);
    expect(
      await read({ to: [`${AS}#Public`, null], attributedTo: [{ id: "https://e.test/a" }], cc: [] }),
    ).toEqual(normal);
    expect(await read({ to: "as:Public", attributedTo: { "@id": "https://e.test/a" }, bcc: null })).toEqual(
      normal,
    );
  });

  test("a bare Public is nobody", async () => {
    expect(await read({ to: "Public" })).toEqual({ id: "https://e.test/1", type: "Note" });
  });

  test("keeps texts with their languages, also those that the context names", async () => {
    const expected = { id: "https://e.test/1", type: "Note", content: "hallo", contentMap: { de: "hallo" } };
    expect(await read({ content: "hallo", contentMap: { DE: "hallo" } })).toEqual(expected);
    expect(await read({ contentMap: { de: "hallo" } })).toEqual(expected);
    expect(await read({ content: "hallo" }, [AS, { "@language": "de" }])).toEqual(expected);
    expect(await read({ content: { "@value": "hallo", "@language": "de" } })).toEqual(expected);
  });

  test("knows extensions that a server forgot to declare, and other spellings of those it declared", async () => {
    expect(await read({ sensitive: true, quoteUrl: "https://e.test/q" })).toMatchObject({
      sensitive: true,
      quoteUrl: "https://e.test/q",
    });
    const field = { type: "PropertyValue", name: "Web", value: "x" };
    for (const schema of ["http://schema.org#", "http://schema.org/", "https://schema.org/"])
      expect(
        await read({ attachment: [field] }, [
          AS,
          { schema, PropertyValue: "schema:PropertyValue", value: "schema:value" },
        ]),
      ).toMatchObject({ attachment: field });
    expect(await read({ "toot:blurhash": "x", "http://joinmastodon.org/ns#indexable": true })).toMatchObject({
      blurhash: "x",
      indexable: true,
    });
  });

  test("leaves out unknown words, contexts, keys, signatures and proofs", async () => {
    const odd = {
      whatever: 1,
      publicKey: { id: "https://e.test/k" },
      signature: {},
      proof: [{ type: "X" }],
      object: { proof: {} },
    };
    expect(await read(odd)).toEqual({ id: "https://e.test/1", type: "Note" });
  });

  test("lists that have an order are lists, whatever is in them", async () => {
    const page = (orderedItems: unknown) =>
      toNormal({ "@context": AS, id: "https://e.test/c", type: "OrderedCollectionPage", orderedItems });
    expect(await page([])).toMatchObject({ orderedItems: [] });
    expect(await page("https://e.test/1")).toMatchObject({ orderedItems: ["https://e.test/1"] });
    expect(await read({ focalPoint: [0, -0.5] })).toMatchObject({ focalPoint: [0, -0.5] });
  });

  test("a context that makes `to` a mere text addresses nobody", async () => {
    expect(await read({ to: `${AS}#Public` }, [AS, { to: "as:to" }])).toEqual({
      id: "https://e.test/1",
      type: "Note",
    });
  });

  test("Misskey's word for a move passes the guard and is read as one", async () => {
    const entries = [
      AS,
      SEC,
      { movedToUri: "as:movedTo", isCat: "misskey:isCat", misskey: "https://misskey-hub.net/ns#" },
    ];
    const json = {
      "@context": entries,
      id: "https://e.test/1",
      type: "Person",
      movedToUri: "https://e.test/2",
      isCat: true,
    };
    expect(refusesContextAliases(json)).toBeNull();
    expect(await toNormal(json)).toEqual({
      id: "https://e.test/1",
      type: "Person",
      movedTo: "https://e.test/2",
      isCat: true,
    });
    const { movedToUri: _movedToUri, ...plain } = json;
    expect(await compare(plain)).toBe("fast");
  });

  test("words with another meaning are not taken for ours", async () => {
    const bent = await read({ sensitive: true, content: "x" }, [AS, { sensitive: "http://e.test/ns#s" }]);
    expect(bent).toEqual({ id: "https://e.test/1", type: "Note", content: "x" });
    const alias = await read({ hidden: true }, [AS, { hidden: "as:sensitive" }]);
    expect(alias).toMatchObject({ sensitive: true });
  });

  test("types of activities that the vocabulary library does not know are read all the same", async () => {
    const request = {
      "@context": AS,
      id: "https://e.test/1",
      type: "FeatureRequest",
      actor: "https://e.test/a",
      object: "https://h.test/b",
      odd: { "@type": "http://e.test/ns#Odd", "@id": "https://e.test/o" },
    };
    expect(await toNormal(request)).toEqual({
      id: "https://e.test/1",
      type: "FeatureRequest",
      actor: "https://e.test/a",
      object: "https://h.test/b",
    });
  });

  test("JLD-04: no inline context that passes the guard changes who says what to whom", async () => {
    const body = {
      id: "https://e.test/1",
      type: "Create",
      actor: "https://e.test/a",
      to: ["https://e.test/f"],
      object: "https://e.test/2",
    };
    await fc.assert(
      fc.asyncProperty(fc.array(inline, { minLength: 1, maxLength: 2 }), async (entries) => {
        const json = { "@context": [AS, ...entries], ...body };
        if (refusesContextAliases(json) !== null) return;
        const normal = await toNormal(json);
        if (normal === null) return;
        expect(normal).toMatchObject({ id: body.id, type: body.type });
        for (const [key, value] of [
          ["actor", body.actor],
          ["object", body.object],
          ["to", "https://e.test/f"],
        ] as const)
          expect([undefined, value]).toContainEqual(normal[key]);
      }),
      { numRuns: RUNS },
    );
  });
});
