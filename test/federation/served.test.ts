import { Object as AsObject } from "@fedify/vocab";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLOSED } from "../../federation/reading/contexts.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { addToCollection, createCollection } from "../../server/services/collections/collections.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";
import { get } from "./signed-get.ts";

type Json = Record<string, unknown>;

/** What only a few may read. */
const MARKER = "xyzzymarker";
/** A word beside it, by which somebody may look for it. */
const LURE = "pinecone";
const HOUR = 3_600_000;
const NEWEST = "9007199254740991";

let here: TestInstance;
let mei: Member;
let friend: Member;
let stranger: Member;
/** Follows mei. */
let near: Peer;
/** Nobody to her. */
let far: Peer;
/** Blocked by her. */
let foe: Peer;
/** Of a blocked host. */
let bad: Peer;

let open: NoteView;
let secrets: Readonly<
  Record<"followers" | "direct" | "deleted" | "poll" | "quote" | "quotedByFriend", NoteView>
>;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  mei = await aMember(here, "mei");
  friend = await aMember(here, "friend");
  stranger = await aMember(here, "stranger");
  near = await createPeer(here, "near.test");
  far = await createPeer(here, "far.test");
  foe = await createPeer(here, "foe.test");
  bad = await createPeer(here, "bad.test");
  for (const peer of [near, foe]) await followMei(peer);
  await followActor(here.app, friend.viewer, mei.viewer.actorId);
  await followActor(here.app, mei.viewer, friend.viewer.actorId);
  open = await aNote(here, { by: mei.viewer, source: "for everybody #harbour" });
  await drain(here);
  secrets = await writeSecrets();
  await drain(here);
  const foeId = await findActorIdByUri(here.app, foe.actorUri);
  if (foeId === null) throw new Error("the foe is not known");
  await blockActor(here.app, mei.viewer, foeId);
  await blockDomain(here.app, { domain: "bad.test" });
  await drain(here);
});
afterEach(() => here.close());

async function followMei(peer: Peer): Promise<void> {
  const object = here.app.uris.actor(mei.viewer.actorId);
  const activity = { id: `${peer.actorUri}/f`, type: "Follow", actor: peer.actorUri, object };
  expect(await deliver(here, peer, activity)).toBe(202);
  await drain(here);
}

/** Private things of every kind, and what others did with them. */
async function writeSecrets() {
  const { app } = here;
  const by = mei.viewer;
  const source = `@friend ${MARKER} #${MARKER} ${LURE} #${LURE}`;
  const text = { by, source, summary: MARKER };
  const poll = { options: [`${MARKER} one`, "two"], multiple: false, expiresInMs: HOUR };
  const followers = await aNote(here, { ...text, visibility: "followers", replyTo: open.id });
  const direct = await aNote(here, { ...text, visibility: "direct" });
  const question = await aNote(here, { by, source, visibility: "followers", poll });
  const quote = await aNote(here, { ...text, visibility: "followers", quoteOf: followers.id });
  const quotedByFriend = await aNote(here, {
    by: friend.viewer,
    source: MARKER,
    visibility: "followers",
    quoteOf: open.id,
  });
  const deleted = await aNote(here, { ...text, source: MARKER, poll });
  await drain(here);
  await editNote(app, by, { noteId: deleted.id, source: `${MARKER} again` });
  await reactToNote(app, friend.viewer, followers.id, "🎉");
  await likeNote(app, friend.viewer, followers.id);
  await announceNote(app, by, followers.id);
  await drain(here);
  await deleteNote(app, by, deleted.id);
  return { followers, direct, deleted, poll: question, quote, quotedByFriend };
}

/** Every address that serves a document, with every id that is in use. */
async function addresses(): Promise<readonly string[]> {
  const { db } = here.app;
  const idsOf = async (
    table:
      "notes" | "likes" | "announces" | "reactions" | "interactions" | "activities" | "follows" | "blocks",
  ) => (await db.selectFrom(table).select("id").execute()).map((row) => row.id);
  const users = [mei, friend].map((member) => `/users/${member.viewer.actorId}`);
  const notes = (await idsOf("notes")).flatMap((id) => [
    `/notes/${id}`,
    `/notes/${id}/replies`,
    `/notes/${id}/replies?cursor=own-0`,
    `/notes/${id}/replies?cursor=0`,
    `/notes/${id}/likes?cursor=${NEWEST}`,
    `/notes/${id}/shares?cursor=${NEWEST}`,
    `/contexts/${id}`,
    `/contexts/${id}?cursor=0`,
    `/contexts/${id}/history?cursor=0`,
    `/quote-requests/${id}`,
  ]);
  const collections = [
    "",
    "/outbox",
    `/outbox?cursor=${NEWEST}`,
    "/featured",
    "/featured-tags",
    "/collections",
  ];
  const relations = [
    `/followers?cursor=${NEWEST}`,
    `/following?cursor=${NEWEST}`,
    "/followers_synchronization",
  ];
  const single = await Promise.all(
    (["likes", "announces", "reactions", "activities", "follows", "blocks"] as const).map(async (table) =>
      (await idsOf(table)).map((id) => `/${table}/${id}`),
    ),
  );
  const stamps = (await idsOf("interactions")).flatMap((id) => [
    `/authorizations/${id}`,
    `/quote-authorizations/${id}`,
  ]);
  return [
    ...users.flatMap((user) => [...collections, ...relations].map((one) => `${user}${one}`)),
    ...notes,
    ...single.flat(),
    ...stamps,
    "/.well-known/webfinger?resource=acct:mei@here.test",
    "/nodeinfo/2.1",
  ];
}

describe("what is private", () => {
  test("PRV-01: is named in no document that strangers, the blocked or nobody in particular can fetch", async () => {
    const { deleted, ...living } = secrets;
    const words = [MARKER, ...Object.values(living).map((note) => `${note.uri}"`)];
    const leaks: string[] = [];
    let opened = 0;
    for (const path of await addresses())
      for (const peer of [null, far, foe, bad]) {
        const response = await get(here, path.startsWith("/") ? `https://here.test${path}` : path, peer);
        const body = await response.text();
        if (response.status === 200) opened += 1;
        if (words.some((word) => body.includes(word))) leaks.push(`${peer?.host ?? "nobody"} ${path}`);
        if (peer === bad && !path.startsWith("/.well-known") && !path.startsWith("/nodeinfo"))
          expect([path, response.status]).toEqual([path, 403]);
      }
    expect(leaks).toEqual([]);
    expect(opened).toBeGreaterThan(40);
    expect((await get(here, deleted.uri)).status).toBe(410);
  }, 60_000);

  test("is shown to whom it is for, marked so that no cache hands it on (PRV-04)", async () => {
    for (const note of [secrets.followers, secrets.poll, secrets.quote]) {
      const response = await get(here, note.uri, near);
      expect(await response.text()).toContain(MARKER);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
      expect(response.headers.get("vary")).toContain("Signature");
    }
    for (const note of [secrets.direct, secrets.quotedByFriend])
      expect((await get(here, note.uri, near)).status).toBe(404);
    const replies = await get(here, `${open.uri}/replies?cursor=own-0`, near);
    expect(await replies.text()).toContain(secrets.followers.uri);
    expect(replies.headers.get("cache-control")).toBe("private, no-store");
  });
});

describe("pages", () => {
  /** What people open, of everything private and around it. */
  function pages(): readonly string[] {
    const of = (note: NoteView) => {
      const name = note.author.username;
      return [
        "",
        "/likes",
        "/boosts",
        "/reactions",
        "/history",
        "/edit",
        "/delete",
        "/report",
        "/policy",
        "/quotes",
      ].map((page) => `/@${name}/${note.id}${page}`);
    };
    const profiles = ["mei", "friend"].flatMap((name) =>
      ["", "/replies", "/media", "/followers", "/following", "/collections", "/rss"].map(
        (page) => `/@${name}${page}`,
      ),
    );
    const forms = [secrets.followers, secrets.quotedByFriend].flatMap(({ id, uri, url }) => [
      `/compose?reply=${id}`,
      `/compose?quote=${id}`,
      `/search?q=${encodeURIComponent(uri)}`,
      `/authorize_interaction?uri=${encodeURIComponent(url)}`,
      `/intents/like?object=${encodeURIComponent(uri)}`,
      `/intents/announce?object=${encodeURIComponent(uri)}`,
      `/interact?uri=${encodeURIComponent(uri)}`,
    ]);
    const lists = [
      "/",
      "/home",
      "/explore",
      "/notifications",
      "/requests",
      "/bookmarks",
      "/moderation/reports",
    ];
    const found = [`/search?q=${LURE}`, `/search?q=%23${LURE}`, `/tags/${LURE}`];
    return [...[open, ...Object.values(secrets)].flatMap(of), ...profiles, ...forms, ...lists, ...found];
  }

  test("PRV-01: show nothing of it to visitors and strangers, all of it to those it is for", async () => {
    const cookie = (member: Member) => ({ cookie: `__Host-session=${member.sessionToken}` });
    const leaks: string[] = [];
    for (const path of pages())
      for (const headers of [{}, cookie(stranger)]) {
        const body = await (await here.request(path, { headers })).text();
        if (body.includes(MARKER)) leaks.push(path);
      }
    expect(leaks).toEqual([]);
    for (const note of [secrets.followers, secrets.direct, secrets.poll, secrets.quote]) {
      const page = await here.request(`/@mei/${note.id}`, { headers: cookie(friend) });
      expect([note.visibility, (await page.text()).includes(MARKER)]).toEqual([note.visibility, true]);
    }
    const own = await here.request(`/@friend/${secrets.quotedByFriend.id}`, { headers: cookie(mei) });
    expect(await own.text()).toContain(MARKER);
  }, 60_000);
});

describe("every document of ours", () => {
  /** Words that ActivityPub's vocabulary knows; what is beyond it is somebody else's to read. */
  const KNOWN = new Set([
    "Person",
    "Application",
    "Note",
    "Question",
    "Article",
    "Create",
    "Update",
    "Delete",
    "Announce",
    "Like",
    "Follow",
    "Accept",
    "Undo",
    "Add",
    "Remove",
    "QuoteRequest",
    "QuoteAuthorization",
    "Collection",
    "CollectionPage",
    "OrderedCollection",
    "OrderedCollectionPage",
  ]);

  const hrefs = (urls: readonly (URL | null)[]) => urls.map((url) => url?.href);

  test("is read by the vocabulary with closed contexts as what it is, with its audience", async () => {
    const { app } = here;
    await pinNote(app, mei.viewer, open.id);
    await announceNote(app, friend.viewer, open.id);
    await reactToNote(app, friend.viewer, open.id, "🎉");
    await editNote(app, mei.viewer, { noteId: open.id, source: "for everybody, still #harbour" });
    await aNote(here, { by: friend.viewer, source: "hear, hear", quoteOf: open.id });
    const id = await createCollection(app, mei.viewer, { name: "People", summary: "to know" });
    await addToCollection(app, mei.viewer, id, friend.viewer.actorId);
    await drain(here);
    const bodies = await app.db.selectFrom("activities").select("body").execute();
    const documents = bodies.map(({ body }) => JSON.parse(body) as Json);
    for (const path of await addresses()) {
      const response = await get(here, `https://here.test${path}`, near);
      const isDocument = response.headers.get("content-type") === "application/activity+json";
      if (response.status === 200 && isDocument) documents.push((await response.json()) as Json);
    }
    const seen = new Set<string>();
    for (const json of documents) {
      const type = String(json["type"]);
      // What FEP-7aa9 embeds is of types that the vocabulary refuses to read, wherever they stand.
      if (!KNOWN.has(type) || /"type":"Feature/.test(JSON.stringify(json))) continue;
      seen.add(type);
      const object = await AsObject.fromJsonLd(json, CLOSED);
      expect(object.id?.href).toBe(json["id"]);
      for (const field of ["to", "cc"] as const) {
        const list = json[field] ?? [];
        expect([json["id"], Array.isArray(list)]).toEqual([json["id"], true]);
        expect(hrefs(field === "to" ? object.toIds : object.ccIds)).toEqual(list);
      }
      for (const field of ["tag", "attachment", "orderedItems", "items"])
        if (json[field] !== undefined)
          expect([json["id"], field, Array.isArray(json[field])]).toEqual([json["id"], field, true]);
      for (const hidden of ["bto", "bcc"]) expect(JSON.stringify(json)).not.toContain(`"${hidden}"`);
    }
    const most = [
      "Add",
      "Announce",
      "Create",
      "Delete",
      "Follow",
      "Like",
      "Note",
      "OrderedCollectionPage",
      "Person",
      "Question",
    ];
    expect([...seen]).toEqual(
      expect.arrayContaining([...most, "CollectionPage", "QuoteAuthorization", "Update"]),
    );
  }, 60_000);
});
