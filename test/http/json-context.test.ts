import { expect, test } from "vitest";
import { refusesContextAliases } from "../../server/http/raw-json.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const withContext = (...inline: unknown[]) => ({
  "@context": [AS, ...inline],
  type: "Create",
  id: "https://a.test/1",
});
const id = (iri: string) => ({ "@id": iri, "@type": "@id" });

const harmless: [string, unknown][] = [
  [
    "Mastodon 4",
    {
      ostatus: "http://ostatus.org#",
      atomUri: "ostatus:atomUri",
      inReplyToAtomUri: "ostatus:inReplyToAtomUri",
      sensitive: "as:sensitive",
      toot: "http://joinmastodon.org/ns#",
      schema: "http://schema.org#",
      PropertyValue: "schema:PropertyValue",
      value: "schema:value",
      votersCount: "toot:votersCount",
      manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
      movedTo: id("as:movedTo"),
      alsoKnownAs: id("as:alsoKnownAs"),
      Hashtag: "as:Hashtag",
      featured: id("toot:featured"),
      focalPoint: { "@container": "@list", "@id": "toot:focalPoint" },
      quote: id("https://w3id.org/fep/044f#quote"),
    },
  ],
  [
    "Misskey",
    {
      misskey: "https://misskey-hub.net/ns#",
      _misskey_quote: "misskey:_misskey_quote",
      quoteUrl: "as:quoteUrl",
    },
  ],
  ["Pleroma and Mobilizon (language)", { "@language": "und" }],
  [
    "Mobilizon (a place of another vocabulary)",
    { sc: "http://schema.org#", location: { "@id": "sc:location", "@type": "sc:Place" } },
  ],
  [
    "Lemmy",
    { lemmy: "https://join-lemmy.org/ns#", moderators: id("lemmy:moderators"), stickied: "lemmy:stickied" },
  ],
  [
    "PeerTube",
    {
      pt: "https://joinpeertube.org/ns#",
      sc: "http://schema.org/",
      icons: "as:icon",
      uuid: { "@type": "sc:identifier", "@id": "pt:uuid" },
      likes: id("as:likes"),
      comments: id("as:comments"),
      language: "sc:inLanguage",
    },
  ],
  [
    "Friendica",
    {
      vcard: "http://www.w3.org/2006/vcard/ns#",
      dfrn: "http://purl.org/macgirvin/dfrn/1.0/",
      directMessage: "litepub:directMessage",
    },
  ],
  [
    "Mitra",
    {
      mitra: "http://mitra.social#",
      proofValue: "sec:proofValue",
      verificationMethod: "sec:verificationMethod",
    },
  ],
  [
    "a server that repeats the normal meaning",
    {
      id: "@id",
      type: "@type",
      as: `${AS}#`,
      inReplyTo: id("as:inReplyTo"),
      to: id(`${AS}#to`),
      inbox: id("ldp:inbox"),
      publicKey: id("https://w3id.org/security#publicKey"),
      content: "as:content",
      contentMap: { "@id": "as:content", "@container": "@language" },
      orderedItems: { "@id": "as:items", "@type": "@id", "@container": "@list" },
      published: { "@id": "as:published", "@type": "http://www.w3.org/2001/XMLSchema#dateTime" },
      Note: "as:Note",
    },
  ],
];

test.each(harmless)("the inline context of %s passes", (_, inline) => {
  expect(refusesContextAliases(withContext(inline))).toBeNull();
  expect(refusesContextAliases({ "@context": AS, object: withContext(inline) })).toBeNull();
});

test("documents without inline contexts pass, also with compact extension keys as Fedify sends them", () => {
  expect(refusesContextAliases({ "@context": AS, type: "Note", "sec:assertionMethod": [] })).toBeNull();
  expect(refusesContextAliases({ "@context": [AS, "https://e.test/ctx"] })).toBeNull();
  expect(refusesContextAliases({})).toBeNull();
});

const hostile: [string, unknown][] = [
  ["another word for the type", { kind: "@type" }],
  ["another word for the type, through a term", { kind: "type" }],
  ["another word for the id", { self: { "@id": "@id" } }],
  ["the actor under another name", { who: "as:actor" }],
  ["the actor through a term name", { who: "actor" }],
  ["followers as audience", { followers: { "@id": "as:to", "@type": "@id" } }],
  ["an own prefix for ActivityStreams", { x: `${AS}#`, who: "x:actor" }],
  [
    "a prefix that ends within the namespace",
    { x: "https://www.w3.org/ns/", who: "x:activitystreams#actor" },
  ],
  ["a chain of terms", { a: "b", b: "c", c: "as:bto" }],
  ["the inbox through its real vocabulary", { box: "ldp:inbox" }],
  ["the key through its real vocabulary", { k: "sec:publicKey" }],
  ["the prefix as itself", { as: "https://e.test/ns#" }],
  ["to switched off", { to: null }],
  ["bto switched off in an object", { bto: { "@id": null } }],
  ["cc sent elsewhere", { cc: "https://e.test/cc" }],
  ["content sent elsewhere", { content: "as:summary" }],
  ["url without an id of its own", { url: { "@type": "@id" } }],
  ["a Like that is a Delete", { Like: "as:Delete" }],
  ["a new word for Delete", { Hug: "as:Delete" }],
  ["Public as something else", { Public: "https://e.test/Public" }],
  ["Public under another name", { Everyone: "as:Public" }],
  ["the type switched off", { type: null }],
  ["owner sent elsewhere", { owner: "https://e.test/owner" }],
  ["a base that moves ids", { "@base": "https://v.test/" }],
  ["an imported context", { "@import": "https://e.test/ctx" }],
  ["keys that become graphs", { parts: { "@id": "x:parts", "@container": "@graph" } }],
  ["keys that become ids", { parts: { "@id": "x:parts", "@container": ["@id", "@set"] } }],
  ["a list where there was a set", { to: { "@id": "as:to", "@type": "@id", "@container": "@list" } }],
  ["an id read as text", { content: { "@id": "as:content", "@type": "@id" } }],
  ["a context within a definition", { ext: { "@id": "x:ext", "@context": { to: "as:cc" } } }],
  ["a context within a class", { Note: { "@id": "as:Note", "@context": { who: "as:actor" } } }],
  ["a cycle", { a: "b", b: "a" }],
  ["a term that is itself", { to: "to" }],
  ["nonsense", { a: 1 }],
];

test.each(hostile)("an inline context with %s is refused (JLD-04)", (_, inline) => {
  expect(refusesContextAliases(withContext(inline))).toEqual(expect.any(String));
  expect(refusesContextAliases({ "@context": AS, object: [withContext({}, inline)] })).toEqual(
    expect.any(String),
  );
});

test("definitions of an outer context hold further in", () => {
  const document = { ...withContext({ x: `${AS}#` }), object: withContext({ who: "x:actor" }) };
  expect(refusesContextAliases(document)).toContain("who");
});

test("protected terms spelled as IRIs or compact IRIs are refused as keys and as types", () => {
  expect(refusesContextAliases({ "@context": AS, "as:to": "x" })).toContain("as:to");
  expect(refusesContextAliases({ "@context": AS, [`${AS}#bcc`]: "x" })).toContain("bcc");
  expect(refusesContextAliases({ ...withContext({ x: `${AS}#` }), "x:actor": "y" })).toContain("x:actor");
  expect(refusesContextAliases({ "@context": AS, type: "as:Delete" })).toContain("as:Delete");
  expect(
    refusesContextAliases({
      ...withContext({ "@vocab": "https://www.w3.org/ns/" }),
      "activitystreams#to": 1,
    }),
  ).not.toBeNull();
});

test("schema.org as a whole may stand before ActivityStreams, which then prevails, but not after it", () => {
  expect(refusesContextAliases({ "@context": ["http://schema.org/", AS] })).toBeNull();
  for (const context of [[AS, "http://schema.org/"], [AS, "https://schema.org"], "http://schema.org/"]) {
    expect(refusesContextAliases({ "@context": AS, object: { "@context": context } })).not.toBeNull();
  }
});

test("a context that is null, a number or nested too deep is refused", () => {
  for (const context of [null, 1, [null], [[AS]], true]) {
    expect(refusesContextAliases({ "@context": context })).not.toBeNull();
  }
  let deep: unknown = 1;
  for (let i = 0; i < 5_000; i++) deep = { a: deep };
  expect(refusesContextAliases(deep)).toBe("nested too deep");
});

test("many contexts and long chains cost little", () => {
  const chain = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`t${i}`, `t${i + 1}`]));
  const many = Array.from({ length: 500 }, (_, i) => ({ [`t${i}`]: `https://x.test/${i}` }));
  const start = performance.now();
  expect(refusesContextAliases(withContext(chain))).not.toBeNull();
  expect(refusesContextAliases(withContext(...many))).toBe("too many inline contexts");
  expect(performance.now() - start).toBeLessThan(200);
});
