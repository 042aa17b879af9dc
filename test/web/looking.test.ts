import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import type { CreateNote } from "../../server/domain/note.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { readMarker } from "../../server/services/markers.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { muteActor } from "../../server/services/relations/relationships.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

// Pictures, threads, profiles and the pieces of pages that scripts ask for: what they show, and to whom.

const FRAGMENT = "text/vnd.causeway.fragment+html";
let here: TestInstance;
let ann: Member;
let bo: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
  bo = await aMember(here, "bo");
});
afterEach(() => here.close());

async function get(path: string, member?: Member, accept = "text/html"): Promise<Response> {
  const cookie = member === undefined ? "" : `__Host-session=${member.sessionToken}`;
  return await here.request(path, { headers: { accept, cookie }, redirect: "manual" });
}

async function page(path: string, member?: Member): Promise<string> {
  return await (await get(path, member)).text();
}

async function post(
  path: string,
  fields: Readonly<Record<string, string>>,
  member: Member,
  accept = "text/html",
) {
  const body = new URLSearchParams({ csrf: csrfToken(here.app, member.sessionToken), ...fields });
  return await here.request(path, {
    method: "POST",
    headers: {
      accept,
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
      cookie: `__Host-session=${member.sessionToken}`,
    },
    body: body.toString(),
    redirect: "manual",
  });
}

async function withPicture(by: Viewer, note: Partial<CreateNote> = {}) {
  const bytes = await drawLandscape(PALETTES.noon, 3, { width: 64, height: 48 });
  const { id } = await uploadImage(here.app, by, { bytes, alt: "<b>Sea</b>" });
  return await aNote(here, { by, attachments: [{ id, alt: "<b>Sea</b>" }], ...note });
}

describe("the page of a picture", () => {
  test("shows it whole with its words, under its author's name alone", async () => {
    const note = await withPicture(ann.viewer);
    const answer = await get(`/@ann/${note.id}/media/1`);
    const text = await answer.text();
    expect(answer.headers.get("cache-control")).toContain("public");
    expect(text).toContain("&lt;b&gt;Sea&lt;/b&gt;");
    expect(text).not.toContain("<b>Sea</b>");
    expect(text).toMatch(/<img [^>]*width="64" height="48"/);
    expect((await get(`/@ann/${note.id}/media/2`)).status).toBe(404);
    expect((await get(`/@bo/${note.id}/media/1`)).status).toBe(404);
  });

  test("is for the readers of its note, also as a fragment, and never the next one of somebody else's", async () => {
    const first = await withPicture(ann.viewer);
    const secret = await withPicture(ann.viewer, { visibility: "followers" });
    const last = await withPicture(ann.viewer);
    const path = `/@ann/${secret.id}/media/1`;
    for (const accept of ["text/html", FRAGMENT]) {
      expect((await get(path, undefined, accept)).status).toBe(404);
      expect((await get(path, bo, accept)).status).toBe(404);
    }
    expect(await page(`/@ann/${last.id}/media/1`, bo)).toContain(`/@ann/${first.id}/media/1`);
    await followActor(here.app, bo.viewer, ann.viewer.actorId);
    const answer = await get(path, bo);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(await answer.text()).toContain('<meta name="robots" content="noindex">');
    expect(await page(`/@ann/${last.id}/media/1`, bo)).toContain(path);
    expect(await page("/@ann/media", bo)).toContain(String(secret.id));
    expect(await page("/@ann/media")).not.toContain(String(secret.id));
  });

  test("is closed behind the warning of its note", async () => {
    const note = await withPicture(ann.viewer, { sensitive: true });
    expect(await page(`/@ann/${note.id}/media/1`, bo)).toContain('<details class="veil">');
    expect(await page(`/@ann/${note.id}/media/1`, ann)).not.toContain('<details class="veil">');
  });
});

describe("threads", () => {
  test("nest four deep, count what lies deeper, and keep muted people apart with what hangs on them", async () => {
    const { app } = here;
    const root = await aNote(here, { by: ann.viewer, source: "Root" });
    let last = root;
    for (const source of ["one", "two", "three", "four", "five"])
      last = await aNote(here, { by: ann.viewer, source, replyTo: last.id });
    const { viewer: loud } = await aMember(here, "loud");
    const noise = await aNote(here, { by: loud, source: "noise", replyTo: root.id });
    await aNote(here, { by: ann.viewer, source: "answer", replyTo: noise.id });
    await muteActor(app, bo.viewer, loud.actorId, { forMs: 60_000 });
    const thread = await viewThread(app, bo.viewer, root.id);
    expect(thread.replies.map(({ depth, further }) => [depth, further])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
    ]);
    expect(thread.hidden.map(({ note, depth }) => [note.author.username, depth])).toEqual([
      ["loud", 1],
      ["ann", 2],
    ]);
    const text = await page(`/@ann/${root.id}`, bo);
    expect(text).toContain("2 replies are hidden");
    expect(text).toContain("one more reply");
    here.clock.advance(61_000);
    expect((await viewThread(app, bo.viewer, root.id)).hidden).toEqual([]);
  });

  test("are read a page at a time, in three orders, whatever the address says", async () => {
    const { app } = here;
    const root = await aNote(here, { by: ann.viewer, source: "Root" });
    for (let index = 0; index < 53; index++)
      await aNote(here, {
        by: index % 2 === 0 ? ann.viewer : bo.viewer,
        source: `r${index}`,
        replyTo: root.id,
      });
    const first = await viewThread(app, null, root.id);
    expect([first.replies.length, first.nextPage]).toEqual([50, 2]);
    const second = await viewThread(app, null, root.id, { page: 2 });
    expect([second.replies.length, second.nextPage]).toEqual([3, null]);
    const newest = await viewThread(app, null, root.id, { order: "newest" });
    expect(newest.replies[0]?.note.contentHtml).toContain("r52");
    expect(await page(`/@ann/${root.id}?sort=newest&page=2`)).toContain("r0<");
    for (const query of ["?page=0", "?page=-1", "?page=1e3", "?sort=worst", "?page=9999"])
      expect((await get(`/@ann/${root.id}${query}`)).status, query).toBe(200);
  });
});

describe("earlier versions", () => {
  test("show which words went and came", async () => {
    const note = await aNote(here, { by: ann.viewer, source: "The blue boat", language: "en" });
    await editNote(here.app, ann.viewer, { noteId: note.id, source: "The red <boat>", language: "en" });
    const text = await page(`/@ann/${note.id}/history`);
    expect(text).toMatch(/<del>.*blue<\/del>/);
    expect(text).toMatch(/<ins>.*red.*<\/ins>/);
    expect(text).not.toContain("<boat>");
  });
});

describe("pieces of pages", () => {
  test("answer scripts with the buttons alone, never kept, and only with the form's token", async () => {
    const note = await aNote(here, { by: ann.viewer, source: "Hello" });
    const path = `/@ann/${note.id}/react`;
    const answer = await post(path, { do: "like", return: "/local?x=1" }, bo, FRAGMENT);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "private, no-store"]);
    expect(answer.headers.get("content-type")).toContain(FRAGMENT);
    const text = await answer.text();
    expect(text).toMatch(/^<form class="actions"/);
    expect(text).toContain('value="unlike"');
    expect(text).toContain('name="return" value="/local?x=1"');
    expect((await post(path, { do: "like", csrf: "other" }, bo, FRAGMENT)).status).toBe(403);
    const away = await post(path, { do: "unlike", return: "https://evil.test/" }, bo, FRAGMENT);
    expect(await away.text()).not.toContain("evil.test");
  });

  test("give nothing of a note that the reader may not see", async () => {
    const note = await aNote(here, { by: ann.viewer, source: "Mine", visibility: "direct" });
    for (const [path, fields] of [
      [`/@ann/${note.id}/react`, { do: "bookmark" }],
      [`/@ann/${note.id}/reactions`, { emoji: "🌊" }],
    ] as const)
      expect((await post(path, fields, bo, FRAGMENT)).status, path).toBe(404);
  });
});

describe("how far one has read", () => {
  test("is remembered by a button, and shown as a line", async () => {
    for (const username of ["c", "d", "e", "f"])
      await followActor(here.app, bo.viewer, (await aMember(here, username)).viewer.actorId);
    await followActor(here.app, bo.viewer, ann.viewer.actorId);
    const first = await aNote(here, { by: ann.viewer, source: "First" });
    expect(await page("/", bo)).toContain(`name="id" value="${first.id}"`);
    expect((await post("/home/read", { id: String(first.id) }, bo)).headers.get("location")).toBe("/");
    expect(await page("/", bo)).not.toContain('id="marker"');
    here.clock.advance(1000);
    const second = await aNote(here, { by: ann.viewer, source: "Second" });
    const text = await page("/", bo);
    expect(text.indexOf("Second")).toBeLessThan(text.indexOf('id="marker"'));
    expect(text.indexOf('id="marker"')).toBeLessThan(text.indexOf("First"));
    expect(text).toContain(`/home/new?since=${second.id}`);
    for (const id of ["", "-1", "x", "1e30", "99999999999999999"])
      expect((await post("/home/read", { id }, bo)).status, id).toBe(422);
  });
});

test("what somebody has read goes with their account", async () => {
  await post("/home/read", { id: "5" }, bo);
  await removeMember(here.app, bo.viewer.actorId);
  expect(await readMarker(here.app, bo.viewer, "home")).toBeNull();
});

describe("followers", () => {
  test("are found by name, but not where their list is hidden", async () => {
    await followActor(here.app, bo.viewer, ann.viewer.actorId);
    expect(await page("/@ann/followers?q=BO")).toContain("@bo");
    expect(await page("/@ann/followers?q=%3Cb%3E")).toContain("&lt;b&gt;");
    expect(await page("/@ann/followers?q=zz")).toContain("Nobody here has that in their name.");
  });
});
