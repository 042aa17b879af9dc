// Cards of links: who fetches what, how often, and what never is fetched.

import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { sweepCards } from "../../server/services/cards/fetch-card.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { receiveNote, receiveNoteDeleted } from "../../server/services/notes/received-notes.ts";
import { updateActor } from "../../server/store/actors.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { tablesHolding } from "../support/tables.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, find, follow } from "../support/pair.ts";
import { aRemoteActor, aRemoteNote } from "../browser/sample-remote.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";

const LINK = "https://press.test/tide";
const PAGE = `<!doctype html><html lang="en"><title>x</title><meta property="og:title" content="The tide"><meta property="og:description" content="Out and in"><meta property="og:image" content="/tide.png"><meta name="fediverse:creator" content="@mei@home.test">`;

let home: TestInstance;
let mei: Viewer;

async function press(page = PAGE, type = "text/html; charset=utf-8"): Promise<void> {
  const picture = await sharp({ create: { width: 800, height: 400, channels: 3, background: "#0b6b6a" } })
    .png()
    .toBuffer();
  home.network.join("press.test", async (request) =>
    new URL(request.url).pathname === "/tide.png"
      ? new Response(new Uint8Array(picture), { headers: { "content-type": "image/png" } })
      : new Response(page, { headers: { "content-type": type } }),
  );
}

const asked = (path = "/tide") =>
  home.network.log.filter((one) => one.url === `https://press.test${path}`).length;

beforeEach(async () => {
  home = await createInstance();
  mei = (await aMember(home, "mei")).viewer;
});
afterEach(() => home.close());

describe("A note of ours with a link", () => {
  test("gets a card with a picture that lies here, from one request for all notes of a week", async () => {
    await press();
    const note = await aNote(home, { by: mei, source: `Look: ${LINK}#top` });
    await drain(home);
    const { card } = await viewNote(home.app, null, note.id);
    expect(card).toMatchObject({
      url: LINK,
      title: "The tide",
      description: "Out and in",
      site: "press.test",
      width: 640,
      height: 320,
    });
    expect(card?.imageUrl).toMatch(/^\/media\//);
    // The account that the page names has not named the site: no link to it, and no claim.
    expect([card?.author, card?.authorHandle]).toEqual(["", null]);
    await aNote(home, { by: mei, source: `Again ${LINK}` });
    await drain(home);
    expect(asked()).toBe(1);
    home.clock.advance(8 * 86_400_000);
    await aNote(home, { by: mei, source: `And again ${LINK}` });
    await drain(home);
    expect(asked()).toBe(2);
  });

  test("names the author's account when page and account name each other", async () => {
    await press();
    await updateActor(home.app.db, mei.actorId, { attribution_domains: '["press.test"]' });
    const note = await aNote(home, { by: mei, source: LINK });
    await drain(home);
    expect((await viewNote(home.app, null, note.id)).card?.authorHandle).toBe("@mei");
    const page = await (await home.request(`/@mei/${note.id}`)).text();
    expect(page).toContain('<a class="link-card-author" href="/@mei">');
  });

  test("gets none when it is not for everybody (PRV-10), has a link to ourselves, or the page is none", async () => {
    await press("just text", "text/plain");
    for (const visibility of ["followers", "direct"] as const)
      await aNote(home, { by: mei, source: `Psst ${LINK}`, visibility });
    await aNote(home, { by: mei, source: "See https://home.test/@mei" });
    await drain(home);
    expect(asked()).toBe(0);
    const open = await aNote(home, { by: mei, source: LINK, visibility: "unlisted" });
    await drain(home);
    expect([asked(), (await viewNote(home.app, null, open.id)).card]).toEqual([1, null]);
  });

  test("loses its card when an edit takes the link out; what no note shows is swept with its picture", async () => {
    await press();
    const note = await aNote(home, { by: mei, source: LINK });
    await drain(home);
    const file = (await viewNote(home.app, null, note.id)).card?.imageUrl?.slice("/media/".length) ?? "";
    expect(await home.app.files.read(file)).not.toBeNull();
    await editNote(home.app, mei, { noteId: note.id, source: "No link" });
    expect((await viewNote(home.app, null, note.id)).card).toBeNull();
    home.clock.advance(8 * 86_400_000);
    await sweepCards(home.app);
    expect(await home.app.files.read(file)).toBeNull();
    const second = await aNote(home, { by: mei, source: LINK });
    await drain(home);
    await deleteNote(home.app, mei, second.id);
    home.clock.advance(8 * 86_400_000);
    await sweepCards(home.app);
    expect(await home.app.db.selectFrom("cards").selectAll().execute()).toEqual([]);
  });
});

describe("A note of others with a link", () => {
  async function arrive(
    given: Parameters<typeof aRemoteNote>[2],
  ): Promise<Awaited<ReturnType<typeof receiveNote>>> {
    await receiveActor(home.app, aRemoteActor("bo", {}));
    const id = await receiveNote(home.app, aRemoteNote("bo", String(home.app.ids.next()), given), "wanted");
    return id;
  }
  const text = `<p><a href="${LINK}">${LINK}</a></p>`;

  test("shows what its sender supplied, and nobody asks the page", async () => {
    await press();
    const card = {
      url: LINK,
      title: "As sent",
      description: "",
      author: "",
      imageUrl: "https://hill.test/p.png",
    };
    const id = await arrive({ contentHtml: text, card });
    home.clock.advance(120_000);
    await drain(home);
    const view = id === null ? null : await viewNote(home.app, mei, id);
    expect(view?.card).toMatchObject({ title: "As sent" });
    expect(view?.card?.imageUrl).toMatch(/^\/proxy\//);
    expect(asked()).toBe(0);
    // What one server says of a page is not what others are shown.
    const own = await aNote(home, { by: mei, source: LINK });
    await drain(home);
    expect((await viewNote(home.app, null, own.id)).card?.title).toBe("The tide");
    // And it goes with the note.
    await receiveNoteDeleted(home.app, "https://hill.test/users/bo", view?.uri ?? "");
    expect(await tablesHolding(home.app.db, "As sent")).toEqual([]);
  });

  test("shows nothing that a sender made up as an address, and text as text", async () => {
    const bad = { url: "javascript:alert(1)", title: "x", description: "", author: "", imageUrl: null };
    const none = await arrive({ contentHtml: "<p>hello</p>", card: bad });
    expect(none !== null && (await viewNote(home.app, mei, none)).card).toBeNull();
    const odd = {
      ...bad,
      url: LINK,
      title: '<img src=x onerror="alert(1)">\u202eoops',
      imageUrl: "javascript:1",
    };
    const id = await arrive({ contentHtml: text, card: odd });
    const { card } = id === null ? { card: null } : await viewNote(home.app, mei, id);
    expect(card).toMatchObject({ url: LINK, imageUrl: null });
    expect(card?.title).not.toContain("\u202e");
    const session = `__Host-session=${(await aMember(home, "eve")).sessionToken}`;
    const page = await home.request(`/@bo@hill.test/${id}`, { headers: { cookie: session } });
    expect(await page.text()).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  });

  test("does not make us the crawler of a server that sends links by the hundred", async () => {
    await press();
    for (let index = 0; index < 140; index += 1)
      await arrive({ contentHtml: `<p><a href="https://press.test/p${index}">p</a></p>` });
    home.clock.advance(60_001);
    await drain(home);
    expect(home.network.log.filter(({ url }) => url.startsWith("https://press.test/p"))).toHaveLength(120);
  });

  test("else asks later, within a minute, and once for all", async () => {
    await press();
    const ids = [await arrive({ contentHtml: text }), await arrive({ contentHtml: text })];
    await arrive({ contentHtml: text, visibility: "followers" });
    home.clock.advance(60_001);
    await drain(home);
    expect(asked()).toBe(1);
    for (const id of ids)
      expect(id !== null && (await viewNote(home.app, mei, id)).card?.title).toBe("The tide");
  });
});

test("between two of ours the card travels with the note, and the page is asked once", async () => {
  const pair = await aPair();
  pair.network.join(
    "press.test",
    async () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
  );
  await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
  const note = await aNote(pair.east, { by: pair.ann.viewer, source: `Read ${LINK}` });
  await pair.settle();
  const there = await find(pair.west, pair.bo.viewer, "@ann@east.test");
  expect(there.notesCount).toBeGreaterThan(0);
  const row = await pair.west.app.db
    .selectFrom("notes")
    .select("id")
    .where("uri", "=", note.uri)
    .executeTakeFirstOrThrow();
  const view = await viewNote(pair.west.app, pair.bo.viewer, row.id as typeof note.id);
  expect(view.card).toMatchObject({ url: LINK, title: "The tide", description: "Out and in" });
  expect(view.contentHtml.match(/press\.test/g)?.length).toBeLessThan(4);
  expect(pair.network.log.filter((one) => one.url === LINK)).toHaveLength(1);
  // What goes over the wire (FEP-8967): one Link behind the attachments, in words of ActivityStreams alone.
  const create = pair.network.log.map(({ body }) => body).find((body) => body.includes('"Create"')) ?? "{}";
  const sent = JSON.parse(create) as { readonly object?: { readonly attachment?: unknown } };
  expect(sent.object?.attachment).toEqual([
    {
      type: "Link",
      mediaType: "text/html",
      href: LINK,
      name: "The tide",
      preview: { type: "Article", name: "The tide", url: LINK, summary: "Out and in" },
    },
  ]);
});
