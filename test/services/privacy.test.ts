import { signRequest } from "@fedify/fedify";
import { reset } from "@logtape/logtape";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { toInstant } from "../../federation/reading/time.ts";
import { configureLogs } from "../../server/ops/log.ts";
import { saveDraft } from "../../server/services/notes/drafts.ts";
import { followActor, receiveFollow, removeFollower } from "../../server/services/relations/follows.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { createPeer, type Peer } from "../federation/peer.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

/** What nobody else may read, and the words by which somebody may look for it. */
const MARKER = "xyzzymarker";
const LURE = "harbourlight";

const opened: TestInstance[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
  for (const instance of opened.splice(0)) await instance.close();
});

type Secrets = {
  readonly followers: NoteView;
  readonly direct: NoteView;
  readonly deleted: NoteView;
  /** Public, and hidden by a moderator. */
  readonly hidden: NoteView;
};
type Scene = Secrets & {
  readonly instance: TestInstance;
  readonly mei: Member;
  /** A follower of mei. */
  readonly friend: Member;
  readonly stranger: Member;
  readonly open: NoteView;
  /** A server whose actor follows mei. */
  readonly near: Peer;
  /** A server that has nothing to do with any of it. */
  readonly far: Peer;
};

async function aScene(): Promise<Scene> {
  const instance = await createInstance();
  opened.push(instance);
  const { app } = instance;
  const [mei, friend, stranger] = [
    await aMember(instance, "mei"),
    await aMember(instance, "friend"),
    await aMember(instance, "stranger"),
  ];
  const near = await createPeer(instance, "near.test");
  const far = await createPeer(instance, "far.test");
  await followActor(app, friend.viewer, mei.viewer.actorId);
  await receiveFollow(app, {
    uri: `${near.actorUri}/f`,
    actorUri: near.actorUri,
    objectUri: app.uris.actor(mei.viewer.actorId),
  });
  const open = await aNote(instance, { by: mei.viewer, source: "for everybody #harbour" });
  const secrets = await writeSecrets(instance, mei.viewer, open);
  await likeNote(app, friend.viewer, open.id);
  await announceNote(app, friend.viewer, open.id);
  await drain(instance);
  return { instance, mei, friend, stranger, near, far, open, ...secrets };
}

/** The marker in a note for followers, a direct note, a deleted note, a hidden note and a draft. */
async function writeSecrets(instance: TestInstance, by: Viewer, open: NoteView): Promise<Secrets> {
  const { app } = instance;
  const text = { source: `@friend ${MARKER} ${LURE} #${LURE}${MARKER}`, summary: MARKER } as const;
  const followers = await aNote(instance, { by, ...text, visibility: "followers", replyTo: open.id });
  const direct = await aNote(instance, { by, ...text, visibility: "direct" });
  const deleted = await aNote(instance, { by, ...text });
  await drain(instance);
  await editNote(app, by, {
    noteId: deleted.id,
    source: `${MARKER} ${LURE} again #${LURE}`,
    summary: MARKER,
  });
  await editNote(app, by, {
    noteId: followers.id,
    source: `@friend ${MARKER} ${LURE} again #${LURE}${MARKER}`,
    summary: MARKER,
  });
  await drain(instance);
  await deleteNote(app, by, deleted.id);
  await announceNote(app, by, followers.id);
  const hidden = await aNote(instance, { by, source: `${MARKER} ${LURE} #${LURE}`, replyTo: open.id });
  await app.db
    .updateTable("notes")
    .set({ hidden_at: app.clock.now(), hidden_by: "moderator" })
    .where("id", "=", hidden.id)
    .execute();
  const draft = {
    visibility: "public",
    language: null,
    sensitive: false,
    replyToId: null,
    attachmentIds: [],
  } as const;
  await saveDraft(app, by, { ...draft, source: MARKER, summary: MARKER });
  return { followers, direct, deleted, hidden };
}

const AS2 = "application/activity+json";

/** Every address that answers a GET without signing in, and those of the private things by name. */
async function addressesOf(scene: Scene): Promise<readonly string[]> {
  const { app } = scene.instance;
  const activities = await app.db.selectFrom("activities").select("id").execute();
  const announces = await app.db.selectFrom("announces").select("id").execute();
  const likes = await app.db.selectFrom("likes").select("id").execute();
  const notes = [scene.open, scene.followers, scene.direct, scene.deleted, scene.hidden];
  const actor = `/users/${scene.mei.viewer.actorId}`;
  const actorPages = (name: string) =>
    ["", "/replies", "/followers", "/following", "/rss", "/feed", "/feed.atom"].map(
      (page) => `/@${name}${page}`,
    );
  const collections = [
    "",
    "/outbox",
    "/outbox?cursor=9007199254740991",
    "/followers",
    "/followers?cursor=9007199254740991",
    "/featured",
    "/following",
  ];
  return [
    "/",
    "/home",
    "/explore?view=list",
    "/explore",
    "/explore?sort=popular",
    "/about",
    "/robots.txt",
    "/sitemap.xml",
    "/notifications",
    "/bookmarks",
    "/drafts",
    "/compose",
    `/search?q=${LURE}`,
    `/search?q=%23${LURE}`,
    `/tags/${LURE}`,
    "/tags/harbour",
    ...["mei", "friend"].flatMap(actorPages),
    ...notes.flatMap(({ id }) =>
      ["", "/likes", "/boosts", "/history", "/edit", "/delete"].map((page) => `/@mei/${id}${page}`),
    ),
    ...notes.flatMap(({ id }) => [
      `/notes/${id}`,
      `/notes/${id}/replies`,
      `/notes/${id}/replies?cursor=0`,
      `/compose?reply=${id}`,
    ]),
    ...notes.map((note) => `/search?q=${encodeURIComponent(note.uri)}`),
    ...collections.map((collection) => `${actor}${collection}`),
    ...activities.map(({ id }) => `/activities/${id}`),
    ...announces.map(({ id }) => `/announces/${id}`),
    ...likes.map(({ id }) => `/likes/${id}`),
    "/.well-known/webfinger?resource=acct:mei@home.test",
    "/nodeinfo/2.1",
    "/metrics",
    "/readyz",
  ];
}

const asMember = (member: Member) => ({ cookie: `__Host-session=${member.sessionToken}` });

/** A GET signed by a peer's actor. */
async function signedGet(instance: TestInstance, peer: Peer, path: string): Promise<Response> {
  const request = new Request(`https://${instance.host}${path}`, { headers: { accept: AS2 } });
  const options = {
    spec: "draft-cavage-http-signatures-12",
    currentTime: toInstant(instance.clock.now()),
  } as const;
  const signed = await signRequest(request, peer.keys.privateKey, new URL(peer.keyId), options);
  return await instance.fetch(signed, { ip: "192.0.2.7" });
}

describe("what is private", () => {
  it("is in no page or document that others can open, signed out or as a stranger, nor in the logs (PRV-01)", async () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0);
    await configureLogs("debug");
    const scene = await aScene();
    const leaks: string[] = [];
    let opened = 0;
    for (const path of await addressesOf(scene))
      for (const headers of [
        {},
        asMember(scene.stranger),
        { accept: AS2 },
        { accept: "application/ld+json; q=1, text/html; q=0.5" },
      ]) {
        const response = await scene.instance.request(path, { headers });
        const body = await response.text();
        if (response.status === 200) opened += 1;
        if (body.includes(MARKER) || response.headers.get("location")?.includes(MARKER))
          leaks.push(`${JSON.stringify(headers)} ${path}`);
      }
    expect(leaks).toEqual([]);
    const toFriend = await scene.instance.request(`/search?q=${LURE}`, { headers: asMember(scene.friend) });
    expect(await toFriend.text()).toContain(MARKER);
    expect(opened).toBeGreaterThan(40);
    expect(written.filter((line) => line.includes(MARKER))).toEqual([]);
  });

  it("is answered exactly like what never was: private, direct, deleted and missing (PRV-05)", async () => {
    const scene = await aScene();
    const missing = scene.instance.app.ids.next();
    const gonePrivate = await aNote(scene.instance, { by: scene.mei.viewer, visibility: "followers" });
    await deleteNote(scene.instance.app, scene.mei.viewer, gonePrivate.id);
    const answer = async (path: string, id: number, headers: Record<string, string>) => {
      const response = await scene.instance.request(path.replace("ID", String(id)), { headers });
      const body = (await response.text())
        .replaceAll(String(id), "ID")
        .replaceAll(/name="token" value="[^"]*"|nonce-[^']*/g, "");
      const kept = [...response.headers].map(([name, value]) => [name, value.replaceAll(String(id), "ID")]);
      return { status: response.status, body, headers: kept };
    };
    for (const path of [
      "/@mei/ID",
      "/@mei/ID/likes",
      "/@mei/ID/boosts",
      "/@mei/ID/history",
      "/notes/ID",
      "/notes/ID/replies",
    ])
      for (const headers of [
        { accept: "text/html" },
        { accept: AS2 },
        { accept: "text/html", ...asMember(scene.stranger) },
      ]) {
        const expected = await answer(path, missing, headers);
        // A server that asks for a page is sent to the document first, whether there is one or not.
        expect(expected.status, path).toBe(headers.accept === AS2 && path === "/@mei/ID" ? 302 : 404);
        for (const note of [scene.followers, scene.direct, scene.hidden, gonePrivate])
          expect(
            await answer(path, note.id, headers),
            `${path} ${note.visibility} ${JSON.stringify(headers)}`,
          ).toEqual(expected);
      }
  });

  it("is shown on the wire to signed followers and to nobody else, and marked as private", async () => {
    const scene = await aScene();
    const path = `/notes/${scene.followers.id}`;
    const toFollower = await signedGet(scene.instance, scene.near, path);
    expect(toFollower.status).toBe(200);
    expect(await toFollower.text()).toContain(MARKER);
    expect(toFollower.headers.get("cache-control")).toMatch(/private|no-store/);
    expect(toFollower.headers.get("vary")).toMatch(/signature/i);
    for (const note of [scene.followers, scene.direct])
      expect((await signedGet(scene.instance, scene.far, `/notes/${note.id}`)).status).toBe(404);
    expect((await signedGet(scene.instance, scene.near, `/notes/${scene.direct.id}`)).status).toBe(404);
  });

  it("is closed to a follower who was removed or blocked, from then on, on pages and on the wire", async () => {
    const scene = await aScene();
    const { app } = scene.instance;
    const page = `/@mei/${scene.followers.id}`;
    // Named in the note, the friend would see it anyway; this one is for followers alone.
    const note = await aNote(scene.instance, {
      by: scene.mei.viewer,
      source: "followers alone",
      visibility: "followers",
    });
    const own = `/@mei/${note.id}`;
    const seen = async (path: string) =>
      (await scene.instance.request(path, { headers: asMember(scene.friend) })).status;
    expect([await seen(own), await seen(page)]).toEqual([200, 200]);
    await removeFollower(app, scene.mei.viewer, scene.friend.viewer.actorId);
    expect([await seen(own), await seen(`${own}/history`), await seen(`${own}/likes`)]).toEqual([
      404, 404, 404,
    ]);
    expect(await seen(page)).toBe(200);
    await blockActor(app, scene.mei.viewer, scene.friend.viewer.actorId);
    expect([await seen(page), await seen(`/@mei/${scene.open.id}`)]).toEqual([404, 404]);
    const near = await app.db
      .selectFrom("actors")
      .select("id")
      .where("uri", "=", scene.near.actorUri)
      .executeTakeFirstOrThrow();
    const wire = `/notes/${note.id}`;
    expect((await signedGet(scene.instance, scene.near, wire)).status).toBe(200);
    await removeFollower(app, scene.mei.viewer, near.id as Viewer["actorId"]);
    expect((await signedGet(scene.instance, scene.near, wire)).status).toBe(404);
  });

  it("goes over the wire only to its audience, its edits and its deletion included, and without hidden recipients (PRV-07, PRV-08)", async () => {
    const scene = await aScene();
    const { app } = scene.instance;
    const elsewhere = await createPeer(scene.instance, "elsewhere.test");
    const direct = await aNote(scene.instance, {
      by: scene.mei.viewer,
      source: `@eve@elsewhere.test ${MARKER}`,
      visibility: "direct",
    });
    await drain(scene.instance);
    await editNote(app, scene.mei.viewer, {
      noteId: direct.id,
      source: `@eve@elsewhere.test ${MARKER} again`,
    });
    await drain(scene.instance);
    for (const note of [direct, scene.followers]) await deleteNote(app, scene.mei.viewer, note.id);
    await drain(scene.instance);
    const about = (peer: Peer, note: NoteView) =>
      peer.received
        .filter(({ json }) => JSON.stringify(json).includes(`${note.uri}"`))
        .map(({ json }) => json["type"]);
    expect(about(elsewhere, direct)).toEqual(["Create", "Update", "Delete"]);
    expect(about(scene.near, direct)).toEqual([]);
    expect(about(scene.near, scene.followers)).toEqual(["Create", "Update", "Announce", "Delete"]);
    expect(about(elsewhere, scene.followers)).toEqual([]);
    expect(about(scene.near, scene.hidden)).toEqual([]);
    expect(scene.far.received).toEqual([]);
    for (const { json } of [...elsewhere.received, ...scene.near.received]) {
      const text = JSON.stringify(json);
      for (const hidden of ['"bto"', '"bcc"', "203.0.113.9", "accountId", "actor_id"])
        expect(text).not.toContain(hidden);
      if (json["type"] === "Delete" && JSON.stringify(json["object"]).includes(direct.uri))
        expect(text).not.toContain("#Public");
    }
  });
});
