// What others get of notes and profiles without asking for the page: heads, oEmbed, embedded pages, feeds. And what they
// never get.

import { defaultTreeAdapter, type DefaultTreeAdapterTypes, parse } from "parse5";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { createBoard, collectNote } from "../../server/services/boards/boards.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

type Element = DefaultTreeAdapterTypes.Element;

/** Stands in every note that is not for everybody's eyes. */
const MARKER = "zebrafish";

let home: TestInstance;
let ann: Member;
let open: NoteView;
const hidden: NoteView[] = [];

beforeAll(async () => {
  home = await createInstance();
  ann = await aMember(home, "ann");
  await updateProfile(home.app, ann.viewer, { name: "Ann </script><b>", bioSource: "Maps & tides" });
  open = await withPicture(ann.viewer, { source: "Low </script> tide & #tides ]]>", title: "A <title>" });
  const secret = { source: `${MARKER} #tides` };
  hidden.push(
    await withPicture(ann.viewer, { ...secret, summary: "Ending" }),
    await withPicture(ann.viewer, { ...secret, sensitive: true }),
    await withPicture(ann.viewer, { ...secret, visibility: "followers" }),
    await withPicture(ann.viewer, { ...secret, visibility: "direct" }),
  );
  await aNote(home, { by: ann.viewer, source: "quietly #tides", visibility: "unlisted" });
});
afterAll(() => home.close());

async function withPicture(
  by: Viewer,
  note: Parameters<typeof aNote>[1] extends infer N ? Omit<N & object, "by"> : never,
) {
  const { id } = await uploadImage(home.app, by, {
    bytes: await drawLandscape(PALETTES.dawn, 4, { width: 90, height: 60 }),
    alt: `${MARKER} stones`,
  });
  return await aNote(home, { by, ...note, attachments: [{ id }] });
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await home.request(path, { headers: { accept: "text/html", ...headers } });
}

function elements(html: string): readonly Element[] {
  const walk = (node: DefaultTreeAdapterTypes.Node): Element[] => {
    const own = defaultTreeAdapter.isElementNode(node) ? [node] : [];
    const children = "childNodes" in node ? node.childNodes : [];
    return [...own, ...children.flatMap(walk)];
  };
  return walk(parse(html));
}

const attribute = (element: Element, name: string) =>
  element.attrs.find((one) => one.name === name)?.value ?? "";
const textOf = (element: Element): string =>
  element.childNodes
    .map((child) => ("value" in child ? child.value : "childNodes" in child ? textOf(child as Element) : ""))
    .join("");

async function headOf(path: string) {
  const all = elements(await (await get(path)).text());
  const metas = new Map(
    all
      .filter((one) => one.tagName === "meta")
      .map((one) => [attribute(one, "property") || attribute(one, "name"), attribute(one, "content")]),
  );
  const links = all
    .filter((one) => one.tagName === "link")
    .map((one) => [attribute(one, "rel"), attribute(one, "type"), attribute(one, "href")]);
  const data = all
    .filter((one) => attribute(one, "type") === "application/ld+json")
    .map((one) => JSON.parse(textOf(one)) as Record<string, unknown>);
  return { metas, links, data };
}

const pathOf = (note: NoteView) => `/@ann/${note.id}`;

describe("The head of a note", () => {
  test("says what it is to cards, search engines and readers of feeds", async () => {
    const { metas, links, data } = await headOf(pathOf(open));
    expect(Object.fromEntries(metas)).toMatchObject({
      "og:type": "article",
      "og:title": expect.stringContaining("A <title> · Ann </script><b> (@ann@home.test)"),
      "og:url": `https://home.test${pathOf(open)}`,
      "og:image:width": "90",
      "og:image:height": "60",
      "og:image:alt": `${MARKER} stones`,
      "twitter:card": "summary_large_image",
      "fediverse:creator": "@ann@home.test",
    });
    expect(metas.get("og:image")).toMatch(/^https:\/\/home\.test\/media\//);
    expect(links).toContainEqual(["canonical", "", open.url]);
    expect(links).toContainEqual(["alternate", "application/activity+json", open.uri]);
    expect(links).toContainEqual(["alternate", "application/rss+xml", "https://home.test/@ann.rss"]);
    expect(links.find(([, type]) => type === "application/json+oembed")?.[2]).toContain(
      encodeURIComponent(open.url),
    );
    expect(data[0]).toMatchObject({
      "@type": "SocialMediaPosting",
      headline: "A <title>",
      author: { name: "Ann </script><b>", url: "https://home.test/@ann" },
      image: [{ width: 90, caption: `${MARKER} stones` }],
    });
    expect(metas.has("robots")).toBe(false);
  });

  test("is nobody's to index when the author does not want it", async () => {
    const quiet = await aMember(home, "quiet");
    await updateProfile(home.app, quiet.viewer, { indexable: false });
    const note = await aNote(home, { by: quiet.viewer, source: "Hello" });
    const { metas, data } = await headOf(`/@quiet/${note.id}`);
    expect([metas.get("robots"), data]).toEqual(["noindex", []]);
    expect((await headOf("/@quiet")).data).toEqual([]);
    expect((await get("/@quiet.rss")).headers.get("x-robots-tag")).toBe("noindex");
    expect((await headOf("/@ann")).data[0]).toMatchObject({ "@type": "ProfilePage" });
  });

  test("is a microformat: entries with author, time, address and text", async () => {
    const all = elements(await (await get(pathOf(open))).text());
    const has = (element: Element, name: string) => attribute(element, "class").split(/\s+/).includes(name);
    const entry = all.find((one) => has(one, "h-entry"));
    const inner = entry === undefined ? [] : elements(`<div>${await (await get(pathOf(open))).text()}</div>`);
    expect(entry).toBeDefined();
    for (const name of ["p-author", "u-url", "dt-published", "e-content", "p-name", "u-photo"])
      expect([name, inner.some((one) => has(one, name))]).toEqual([name, true]);
    const card = elements(await (await get("/@ann")).text());
    for (const name of ["h-card", "p-name", "u-url", "p-nickname", "p-note"])
      expect([name, card.some((one) => has(one, name))]).toEqual([name, true]);
  });
});

describe("What is behind a warning, sensitive, for followers or direct", () => {
  test("is in no head, no oEmbed answer, no embedded page", async () => {
    for (const note of hidden) {
      const page = await get(pathOf(note));
      const html = await page.text();
      expect(html.slice(0, html.indexOf("</head>"))).not.toContain(MARKER);
      expect(html).not.toContain('SocialMediaPosting","text');
      const embed = await get(`${pathOf(note)}/embed`);
      expect(await embed.text()).not.toContain(MARKER);
      const oembed = await get(`/oembed?url=${encodeURIComponent(note.url)}`);
      expect(await oembed.text()).not.toContain(MARKER);
      const isOpen = note.visibility === "public";
      expect([embed.status, oembed.status]).toEqual(isOpen ? [200, 200] : [404, 404]);
    }
  });

  test("is in no feed, also for its own author", async () => {
    for (const path of ["/@ann", "/tags/tides"])
      for (const format of ["rss", "atom", "json"])
        for (const headers of [{}, { cookie: `__Host-session=${ann.sessionToken}` }] as const) {
          const answer = await get(`${path}.${format}`, headers);
          const text = await answer.text();
          expect(answer.status, `${path}.${format}`).toBe(200);
          expect(text).toContain("tide");
          // The one picture of the open note has the word in its description.
          expect(text.replaceAll(`${MARKER} stones`, "")).not.toContain(MARKER);
          expect(text).not.toContain("quietly");
          expect(text).toContain("Ending");
          expect(text.match(/\/media\//g)?.length).toBeLessThanOrEqual(3);
        }
  });
});

describe("Feeds", () => {
  test("are well-formed, with absolute links, pictures and one id for ever", async () => {
    const rss = await (await get("/@ann.rss")).text();
    expect(rss).toContain("<title>A &lt;title&gt;</title>");
    expect(rss).toContain(`<guid isPermaLink="false">${open.uri}</guid>`);
    expect(rss).toMatch(
      /<enclosure url="https:\/\/home\.test\/media\/[^"]+" type="image\/\w+" length="[1-9]\d*"\/>/,
    );
    expect(rss).not.toMatch(/(?:href|src)=&quot;\//);
    const atom = await (await get("/@ann.atom")).text();
    expect(atom).toContain(`<id>${open.uri}</id>`);
    expect(atom).toContain("]]&amp;gt;");
    const json = (await (await get("/@ann.json")).json()) as Record<string, unknown>;
    expect(json).toMatchObject({
      version: "https://jsonfeed.org/version/1.1",
      feed_url: "https://home.test/@ann.json",
      authors: [{ name: "Ann </script><b>" }],
    });
    expect(rss.match(/<item>/g)).toHaveLength(3);
  });

  test("answer 304 to who has them, and 404 for who or what is not there", async () => {
    const first = await get("/@ann.atom");
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("content-type")).toContain("application/atom+xml");
    expect((await get("/@ann.atom", { "if-none-match": etag })).status).toBe(304);
    expect(
      (await get("/@ann.atom", { "if-modified-since": first.headers.get("last-modified") ?? "" })).status,
    ).toBe(304);
    expect((await get("/@ann.atom", { "if-none-match": '"other"' })).status).toBe(200);
    expect((await get("/@nobody.rss")).status).toBe(404);
    expect((await get("/@ann.xml")).status).toBe(404);
    expect((await get("/tags/nothing.rss")).status).toBe(200);
  });
});

describe("Embedding", () => {
  test("a page for frames, without scripts, cookies or who is asking", async () => {
    const plain = await get(`${pathOf(open)}/embed`);
    const html = await plain.text();
    expect(plain.headers.get("content-security-policy")).toContain("frame-ancestors *");
    expect(plain.headers.get("x-frame-options")).toBeNull();
    expect(plain.headers.get("set-cookie")).toBeNull();
    expect(html).not.toMatch(/<script|<form|<iframe/);
    const member = await get(`${pathOf(open)}/embed`, {
      cookie: `__Host-session=${ann.sessionToken}; theme=dark`,
    });
    expect(await member.text()).toBe(html);
    expect((await get(pathOf(open))).headers.get("x-frame-options")).toBe("DENY");
    expect((await get(`/@owner_here/${open.id}/embed`)).status).toBe(404);
  });

  test("oEmbed gives the frame within the width that is asked for", async () => {
    const ask = (query: string) => get(`/oembed?url=${encodeURIComponent(open.url)}${query}`);
    const wide = (await (await ask("&maxwidth=9999")).json()) as Record<string, unknown>;
    expect(wide).toMatchObject({ type: "rich", version: "1.0", width: 600, thumbnail_width: 90 });
    expect(wide["html"]).toContain(`src="${open.url}/embed"`);
    expect(await (await ask("&maxwidth=300")).json()).toMatchObject({ width: 300 });
    expect((await ask("&format=xml")).status).toBe(501);
    expect((await get(`/oembed?url=${encodeURIComponent("https://evil.test/@ann/1")}`)).status).toBe(404);
    expect((await get("/oembed")).status).toBe(422);
  });

  test("the page with the code offers it for open notes alone", async () => {
    const code = await (await get(`${pathOf(open)}/share`)).text();
    expect(code).toContain("&lt;iframe src=");
    const own = { cookie: `__Host-session=${ann.sessionToken}` };
    const followers = hidden[2];
    expect(await (await get(`${pathOf(followers ?? open)}/share`, own)).text()).not.toContain("iframe");
  });
});

describe("The installed app", () => {
  test("has a manifest with icons that are there, and a worker that may not be kept", async () => {
    const manifest = (await (await get("/manifest.webmanifest")).json()) as {
      icons: { src: string; sizes: string }[];
    };
    expect(manifest).toMatchObject({
      name: "Test",
      display: "standalone",
      share_target: { action: "/share", method: "POST" },
    });
    for (const { src } of manifest.icons) {
      const icon = await get(src);
      expect([src, icon.status, icon.headers.get("content-type")]).toEqual([src, 200, "image/png"]);
    }
    expect((await get("/icons/icon-99.png")).status).toBe(404);
    const worker = await get("/service-worker.js");
    const text = await worker.text();
    expect([worker.headers.get("cache-control"), worker.headers.get("content-type")]).toEqual([
      "no-cache",
      "text/javascript; charset=utf-8",
    ]);
    expect(text).not.toContain("{{");
    expect(text.length).toBeLessThan(3_000);
    const offline = await get("/offline", { cookie: `__Host-session=${ann.sessionToken}` });
    expect(await offline.text()).not.toContain("@ann");
  });

  test("takes what other apps share, posted by the browser itself, as a draft", async () => {
    const body = new FormData();
    body.set("title", "Tide");
    body.set("text", "See https://example.org/");
    body.set("url", "https://example.org/");
    const picture = await drawLandscape(PALETTES.dawn, 4, { width: 90, height: 60 });
    body.append("files", new File([new Uint8Array(picture)], "a.png", { type: "image/png" }));
    const send = (headers: Record<string, string>) =>
      home.request("/share", {
        method: "POST",
        body,
        headers: { cookie: `__Host-session=${ann.sessionToken}`, ...headers },
      });
    const shared = await send({ origin: "null", "sec-fetch-site": "none" });
    expect(shared.status).toBe(303);
    const place = shared.headers.get("location") ?? "";
    expect(place).toMatch(/^\/compose\?draft=\d+/);
    const form = await (await get(place, { cookie: `__Host-session=${ann.sessionToken}` })).text();
    expect(form).toContain("Tide\n\nSee https://example.org/");
    expect(form).toContain("/media/");
    // A page of somebody else cannot.
    expect((await send({ origin: "https://evil.test", "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ origin: "null", "sec-fetch-site": "cross-site" })).status).toBe(403);
    const bad = new FormData();
    bad.append("files", new File(["no picture"], "a.png", { type: "image/png" }));
    const refused = await home.request("/share", {
      method: "POST",
      body: bad,
      headers: { cookie: `__Host-session=${ann.sessionToken}`, "sec-fetch-site": "same-origin" },
    });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("/compose?draft=");
  });

  test("takes everything it kept with it when somebody signs out", async () => {
    const guest = await aMember(home, "guest_one");
    const cookie = `__Host-session=${guest.sessionToken}`;
    const token =
      /name="csrf" value="([^"]+)"/.exec(await (await get("/settings", { cookie })).text())?.[1] ?? "";
    const out = await home.request("/logout", {
      method: "POST",
      body: new URLSearchParams({ csrf: token }),
      headers: { cookie, "sec-fetch-site": "same-origin" },
    });
    expect(out.headers.get("clear-site-data")).toBe('"storage"');
  });
});

describe("A board", () => {
  test("has a feed when it is public, with the note of its owner beside each", async () => {
    const make = (visibility: string) => createBoard(home.app, ann.viewer, { name: "Tides", visibility });
    const [shown, kept] = [await make("public"), await make("unlisted")];
    for (const note of [open, ...hidden.slice(0, 3)])
      await collectNote(home.app, ann.viewer, note.id, { boardIds: [shown, kept], comment: "Worth a look" });
    const text = await (await get(`/@ann/boards/${shown}.atom`)).text();
    expect(text).toContain("Worth a look");
    expect(text).toContain(`<id>${open.uri}</id>`);
    expect(text.replaceAll(`${MARKER} stones`, "")).not.toContain(MARKER);
    expect((await get(`/@ann/boards/${kept}.atom`)).status).toBe(404);
    expect((await get(`/@owner_here/boards/${shown}.atom`)).status).toBe(404);
    const { links } = await headOf(`/@ann/boards/${shown}`);
    expect(links.map(([, type]) => type)).toContain("application/rss+xml");
  });
});
