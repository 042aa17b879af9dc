import { hash, KeyObject, verify } from "node:crypto";
import { generateCryptoKeyPair, verifyProof } from "@fedify/fedify";
import { DataIntegrityProof, Multikey } from "@fedify/vocab";
import { expect, test } from "vitest";
import { canonicalJson } from "../../server/domain/canonical-json.ts";
import { fromBase58 } from "../../server/domain/multibase.ts";
import { CLOSED, parseActivity } from "../../federation/reading/contexts.ts";
import { toNormal } from "../../federation/reading/normal.ts";
import { audienceOf } from "../../federation/writing/audience.ts";
import { fromActor } from "../../federation/reading/from-actor.ts";
import { fromNote } from "../../federation/reading/from-note.ts";
import { toActor } from "../../federation/writing/actors.ts";
import { extrasOf, toNoteActivity } from "../../federation/writing/notes.ts";
import { toFollow, toUndo } from "../../federation/writing/outbound.ts";
import { toWire, withProof } from "../../federation/writing/wire.ts";
import { createUris } from "../../server/domain/uris.ts";
import { asId } from "../../server/domain/ids.ts";
import type { LocalActor } from "../../server/services/actors/local-actors.ts";
import type { FederatedNote } from "../../server/services/federation/federated-notes.ts";
import { rsaPair } from "../support/rsa-keys.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const uris = createUris("https://here.example");

const ACTOR: LocalActor = {
  id: asId(1),
  uri: uris.actor(1),
  url: uris.profile("alice"),
  kind: "Person",
  username: "alice",
  name: "Alice",
  bioHtml: "<p>Hi</p>",
  fields: [{ name: "Home", valueHtml: "<a>x</a>", verifiedAt: null }],
  avatarUrl: "https://here.example/media/a.webp",
  avatarType: "image/webp",
  headerUrl: null,
  headerType: null,
  locked: true,
  discoverable: true,
  indexable: false,
  publishedAt: Date.UTC(2026, 0, 1),
  suspended: false,
  deleted: false,
  leadsOn: false,
  alsoKnownAs: [],
  movedToUri: null,
  memorial: false,
  hidesRelations: false,
  attributionDomains: [],
  shows: { featured: true, media: true, mediaOfReplies: true },
  canFeature: { automatic: [], manual: [] },
  emojis: [],
  statement: null,
  tookNotesAlong: false,
};

const NOTE: FederatedNote = {
  id: asId(5),
  uri: uris.note(5),
  url: uris.notePage("alice", 5),
  actorId: asId(1),
  actorUri: uris.actor(1),
  local: true,
  visibility: "public",
  deleted: false,
  deletedAt: null,
  hidden: false,
  replyToUri: null,
  former: null,
  replyToAuthor: null,
  contextUri: null,
  language: "zh-Hant",
  summary: null,
  contentHtml: "<p>你好</p>",
  contentMap: { "zh-Hant": "<p>你好</p>", en: "<p>hello</p>" },
  source: "你好",
  kind: "Note",
  title: null,
  previewHtml: null,
  emojis: [],
  poll: null,
  group: null,
  sensitive: false,
  publishedAt: Date.UTC(2026, 0, 2),
  updatedAt: null,
  mentions: [
    {
      uri: "https://v.test/users/v",
      url: "https://v.test/@v",
      username: "v",
      host: "v.test",
      inboxes: null,
      named: true,
    },
  ],
  tags: ["food"],
  attachments: [
    {
      kind: "image",
      url: "https://here.example/media/b.webp",
      mediaType: "image/webp",
      alt: "Soup",
      width: 3,
      height: 4,
      blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
      focus: { x: -0.5, y: 0.25 },
      digest: "zQmfixture",
      size: 1234,
      durationMs: null,
      coverUrl: null,
      captions: [],
    },
  ],
  consent: { quote: null, replyAuthorizationUri: null, rules: null },
  repliesCount: 2,
  likesCount: 1,
  announcesCount: 0,
  card: null,
};

async function actorJson() {
  const rsa = (await rsaPair()).publicKey;
  const ed25519 = (await generateCryptoKeyPair("Ed25519")).publicKey;
  return toWire(toActor(ACTOR, { rsa, ed25519 }, uris));
}

test("an actor has both keys, all its addresses and lists where lists are expected", async () => {
  const json = await actorJson();
  expect(json).toMatchObject({
    id: "https://here.example/users/1",
    type: "Person",
    preferredUsername: "alice",
    url: "https://here.example/@alice",
    inbox: "https://here.example/users/1/inbox",
    outbox: "https://here.example/users/1/outbox",
    followers: "https://here.example/users/1/followers",
    following: "https://here.example/users/1/following",
    featured: "https://here.example/users/1/featured",
    endpoints: { sharedInbox: "https://here.example/inbox" },
    manuallyApprovesFollowers: true,
    discoverable: true,
    indexable: false,
    published: "2026-01-01T00:00:00Z",
    icon: { type: "Image", url: "https://here.example/media/a.webp", mediaType: "image/webp" },
    attachment: [{ type: "PropertyValue", name: "Home", value: "<a>x</a>" }],
    publicKey: { id: "https://here.example/users/1#main-key", owner: "https://here.example/users/1" },
    alsoKnownAs: [],
  });
  expect(json["publicKey"]).toHaveProperty("publicKeyPem", expect.stringContaining("BEGIN PUBLIC KEY"));
  expect(json["assertionMethod"]).toMatchObject([
    {
      type: "Multikey",
      id: "https://here.example/users/1#ed25519-key",
      publicKeyMultibase: expect.stringMatching(/^z6Mk/),
    },
  ]);
});

test("an actor read back is the actor that was written", async () => {
  const json = await actorJson();
  const parsed = await toNormal(json);
  expect(parsed === null ? null : fromActor(parsed)).toMatchObject({
    uri: ACTOR.uri,
    username: "alice",
    locked: true,
    discoverable: true,
    indexable: false,
    fields: [{ name: "Home", valueHtml: "<a>x</a>" }],
  });
});

test("a note has every language under its own letters, source, tags, described picture and counts", async () => {
  const json = await toWire(toNoteActivity("create", uris.activity(9), NOTE, uris), extrasOf(NOTE));
  expect(json).toMatchObject({
    type: "Create",
    id: "https://here.example/activities/9",
    to: [PUBLIC],
    cc: [uris.followers(1), "https://v.test/users/v"],
    object: {
      type: "Note",
      content: "<p>你好</p>",
      contentMap: { "zh-Hant": "<p>你好</p>", en: "<p>hello</p>" },
      source: { content: "你好", mediaType: "text/markdown" },
      to: [PUBLIC],
      tag: [
        { type: "Mention", href: "https://v.test/users/v", name: "@v@v.test" },
        { type: "Hashtag", href: "https://here.example/tags/food", name: "#food" },
      ],
      attachment: [
        { type: "Document", name: "Soup", width: 3, height: 4, blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj" },
      ],
      replies: { id: "https://here.example/notes/5/replies", totalItems: 2 },
      likes: { totalItems: 1 },
    },
  });
});

test("a note read back is the note that was written", async () => {
  const json = await toWire(toNoteActivity("create", uris.activity(9), NOTE, uris), extrasOf(NOTE));
  const object = { "@context": json["@context"], ...(json["object"] as object) };
  const parsed = await toNormal(object);
  const note =
    parsed === null ? null : fromNote(parsed, { followersUri: uris.followers(1), now: Date.UTC(2026, 1, 1) });
  expect(note).toMatchObject({
    uri: NOTE.uri,
    authorUri: NOTE.actorUri,
    visibility: "public",
    language: "zh-Hant",
    contentMap: NOTE.contentMap,
    mentionUris: ["https://v.test/users/v"],
    tags: ["food"],
    attachments: [{ alt: "Soup", blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj", mediaType: "image/webp" }],
  });
});

test.each([
  ["public", [PUBLIC], ["f", "m"]],
  ["unlisted", ["f"], [PUBLIC, "m"]],
  ["followers", ["f"], ["m"]],
  ["direct", ["m"], []],
] as const)("a %s note is addressed as everybody understands it", (visibility, to, cc) => {
  expect(audienceOf(visibility, "f", ["m"])).toEqual({ to, cc });
});

test("an integrity proof over what is sent is verified by Fedify", async () => {
  const pair = await generateCryptoKeyPair("Ed25519");
  const keyId = `${uris.actor(1)}#ed25519-key`;
  const json = await toWire(toNoteActivity("create", uris.activity(9), NOTE, uris), extrasOf(NOTE));
  const signed = await withProof(json, { keyId, privateKey: pair.privateKey }, Date.UTC(2026, 0, 2));
  const proof = await DataIntegrityProof.fromJsonLd(
    { "@context": signed["@context"], ...(signed["proof"] as object) },
    CLOSED,
  );
  const key = new Multikey({
    id: new URL(keyId),
    controller: new URL(uris.actor(1)),
    publicKey: pair.publicKey,
  });
  const keyCache = { get: () => Promise.resolve(key), set: () => Promise.resolve() };
  expect(await verifyProof(signed, proof, { ...CLOSED, keyCache })).not.toBeNull();
  const changed = { ...signed, published: "2020-01-01T00:00:00Z" };
  expect(await verifyProof(changed, proof, { ...CLOSED, keyCache })).toBeNull();
});

test("an integrity proof fits its options as they came, contexts included, for verifiers that add nothing", async () => {
  const pair = await generateCryptoKeyPair("Ed25519");
  const json = await toWire(toNoteActivity("create", uris.activity(9), NOTE, uris), extrasOf(NOTE));
  const keyId = `${uris.actor(1)}#ed25519-key`;
  const signed = await withProof(json, { keyId, privateKey: pair.privateKey }, Date.UTC(2026, 0, 2));
  const { proof, ...unsecured } = signed;
  const { proofValue, ...options } = proof as Readonly<Record<string, unknown>>;
  expect(options["@context"]).toEqual(signed["@context"]);
  const digest = (value: unknown) => hash("sha256", canonicalJson(value), "buffer");
  const key = KeyObject.from(pair.publicKey);
  const signature = fromBase58(String(proofValue), 64) ?? new Uint8Array();
  expect(verify(null, Buffer.concat([digest(options), digest(unsecured)]), key, signature)).toBe(true);
});

test("an Undo carries the whole activity it undoes", async () => {
  const follow = toFollow({
    uri: uris.follow(3),
    actorUri: uris.actor(1),
    targetUri: "https://v.test/users/v",
  });
  const json = await toWire(toUndo(uris.activity(4), follow, { to: ["https://v.test/users/v"], cc: [] }));
  expect(json).toMatchObject({
    type: "Undo",
    actor: uris.actor(1),
    object: { id: uris.follow(3), type: "Follow", object: "https://v.test/users/v" },
  });
  expect(await parseActivity(json)).not.toBeNull();
});

test("canonical JSON has sorted keys and no spaces", () => {
  expect(canonicalJson({ b: [1, "é\n", null], a: { d: true, c: 1e21 } })).toBe(
    '{"a":{"c":1e+21,"d":true},"b":[1,"é\\n",null]}',
  );
});

test("a film says how long it is, what is shown before it plays, and where its captions are", async () => {
  const film = {
    kind: "video",
    url: "https://here.example/media/f.mp4",
    mediaType: "video/mp4",
    alt: "A pier",
    width: 720,
    height: 1280,
    blurhash: null,
    focus: null,
    digest: null,
    size: 9,
    durationMs: 61_500,
    coverUrl: "https://here.example/media/s.webp",
    captions: [{ url: "https://here.example/media/c.vtt", language: "zh-Hans" }],
  };
  const note = { ...NOTE, attachments: [film] };
  const json = await toWire(toNoteActivity("create", uris.activity(9), note, uris), extrasOf(note));
  expect(json).toMatchObject({
    object: {
      attachment: [
        {
          type: "Document",
          mediaType: "video/mp4",
          duration: "PT61.5S",
          icon: { type: "Image", mediaType: "image/webp", url: film.coverUrl },
          subtitleLanguage: [{ identifier: "zh-Hans", url: film.captions[0]?.url, mediaType: "text/vtt" }],
        },
      ],
    },
  });
  const parsed = await toNormal({ "@context": json["@context"], ...(json["object"] as object) });
  const read =
    parsed === null ? null : fromNote(parsed, { followersUri: uris.followers(1), now: Date.UTC(2026, 1, 1) });
  expect(read?.attachments).toMatchObject([
    { kind: "video", durationMs: 61_500, coverUrl: film.coverUrl, width: 720, height: 1280 },
  ]);
});
