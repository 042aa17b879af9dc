import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { toNormal } from "../../federation/reading/normal.ts";
import { fromNote } from "../../federation/reading/from-note.ts";
import { isJson, type Json } from "../../federation/reading/json.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const NOW = Date.UTC(2026, 5, 1);

async function fixture(name: string): Promise<Json> {
  return JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as Json;
}

/** The note of a fixture, which may be the object of an activity. */
async function read(json: Json, followersUri: string | null = null): Promise<ReceivedNote | null> {
  const object = isJson(json["object"]) ? { "@context": json["@context"], ...json["object"] } : json;
  const parsed = await toNormal(object);
  return parsed === null ? null : fromNote(parsed, { followersUri, now: NOW });
}

function aNote(change: Json = {}): Json {
  return {
    "@context": "https://www.w3.org/ns/activitystreams",
    id: "https://v.test/notes/1",
    type: "Note",
    attributedTo: "https://v.test/users/v",
    content: "<p>hi</p>",
    to: [PUBLIC],
    published: "2026-01-01T00:00:00Z",
    ...change,
  };
}

test("Mastodon: an unlisted reply with mention, hashtag, language and a described picture", async () => {
  expect(await read(await fixture("mastodon-note"))).toMatchObject({
    uri: "https://mastodon.example/users/mira/statuses/1001",
    url: "https://mastodon.example/@mira/1001",
    authorUri: "https://mastodon.example/users/mira",
    visibility: "unlisted",
    inReplyToUri: "https://other.example/users/ren/statuses/1000",
    summary: null,
    language: "en",
    sensitive: false,
    publishedAt: Date.UTC(2026, 2, 5, 11, 46, 50),
    updatedAt: null,
    mentionUris: ["https://other.example/users/ren"],
    tags: ["walks"],
    attachments: [
      {
        kind: "image",
        alt: "A wet path between birches",
        width: 1200,
        height: 800,
        blurhash: "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
      },
    ],
  });
});

test("Misskey: a poll has its answers as they are, its tallies and no end", async () => {
  const note = await read(await fixture("misskey-question"));
  expect(note).toMatchObject({ visibility: "public", language: null, kind: "Question" });
  expect(note?.contentHtml).toBe("<p><span>お茶にしますか？</span></p>");
  expect(note?.poll).toEqual({
    multiple: false,
    options: [
      { title: "はい", votes: 0 },
      { title: "<いいえ>", votes: 1 },
    ],
    endsAt: null,
    closedAt: null,
    votersCount: null,
  });
});

test("Pleroma: followers-only is recognised with the author's followers, and is direct without", async () => {
  const json = await fixture("pleroma-note");
  expect((await read(json, "https://pleroma.example/users/lin/followers"))?.visibility).toBe("followers");
  expect((await read(json))?.visibility).toBe("direct");
  expect((await read(json))?.language).toBeNull();
});

test("Lemmy: a page has its title, language, picture and link, and web links are no attachments", async () => {
  const note = await read(await fixture("lemmy-page"));
  expect(note).toMatchObject({
    visibility: "public",
    language: "fr",
    summary: null,
    kind: "Page",
    title: "Beans & peas",
    audienceUri: "https://lemmy.example/c/gardens",
    source: { content: "Mine are up.", mediaType: "text/markdown" },
  });
  expect(note?.contentHtml).toContain('<a href="https://seeds.example/guide">');
  expect(note?.attachments.map((one) => one.url)).toEqual(["https://lemmy.example/pictrs/image/beans.webp"]);
});

test("PeerTube: a video has an author, its title, escaped text and the page for people", async () => {
  const note = await read(await fixture("peertube-video"));
  expect(note).toMatchObject({
    authorUri: "https://peertube.example/accounts/noor",
    url: "https://peertube.example/w/11",
    language: "en",
    tags: ["repair"],
    kind: "Video",
    title: "Mending a kettle",
    attachments: [
      {
        kind: "video",
        url: "https://peertube.example/static/11.mp4",
        mediaType: "video/mp4",
        height: 720,
        coverUrl: "https://peertube.example/thumbs/11.jpg",
        durationMs: 95_000,
      },
    ],
  });
  expect(note?.contentHtml).toContain("<p>Step one</p><p>Step &#60;two&#62;</p>");
});

test("WordPress: ids with a query string", async () => {
  expect(await read(await fixture("wordpress-create"))).toMatchObject({
    uri: "https://wp.example/?p=10",
    authorUri: "https://wp.example/?author=1",
    language: "en",
    tags: ["bread"],
  });
});

test("Ghost: a new note that was updated a millisecond later was not edited", async () => {
  expect(await read(await fixture("ghost-create"))).toMatchObject({ visibility: "public", updatedAt: null });
});

test("Friendica and GNU social: a language from a map that differs from the text, and from the context", async () => {
  expect(await read(await fixture("friendica-note"))).toMatchObject({ language: "de", visibility: "public" });
  expect(await read(await fixture("gnusocial-note"))).toMatchObject({ language: "en" });
});

test("a note in several languages keeps all of them under canonical tags", async () => {
  const json = aNote({
    content: "<p>你好</p>",
    contentMap: { en: "<p>hello</p>", "zh-hant": "<p>你好</p>", und: "<p>?</p>", "not a tag": "x" },
  });
  expect(await read(json)).toMatchObject({
    language: "zh-Hant",
    contentMap: { en: "<p>hello</p>", "zh-Hant": "<p>你好</p>" },
  });
});

test("times in the future are now", async () => {
  const note = await read(aNote({ published: "2099-01-01T00:00:00Z", updated: "2099-02-01T00:00:00Z" }));
  expect(note).toMatchObject({ publishedAt: NOW, updatedAt: null });
});

test("only the full IRI of Public makes a note public", async () => {
  expect((await read(aNote({ to: ["Public"] })))?.visibility).not.toBe("public");
  expect((await read(aNote({ to: ["https://v.test/Public"] })))?.visibility).toBe("direct");
});

test("a content warning makes a note sensitive", async () => {
  expect(await read(aNote({ summary: "spiders" }))).toMatchObject({ summary: "spiders", sensitive: true });
});

test("an author on another origin, a missing author and a vote are no notes", async () => {
  expect(await read(aNote({ attributedTo: "https://e.test/users/e" }))).toBeNull();
  expect(
    await read(aNote({ attributedTo: ["https://v.test/users/v", "https://e.test/users/e"] })),
  ).toBeNull();
  expect(await read(aNote({ attributedTo: undefined }))).toBeNull();
  expect(
    await read(aNote({ content: undefined, name: "Yes", inReplyTo: "https://v.test/polls/1" })),
  ).toBeNull();
});

test("a note to more people than anybody knows is refused", async () => {
  const to = Array.from({ length: 300 }, (_, index) => `https://v.test/users/${index}`);
  expect(await read(aNote({ to }))).toBeNull();
});

test("malformed decoration does not lose the note", async () => {
  const json = aNote({
    tag: [null, 7, { type: "Mention", href: "javascript:alert(1)" }, { type: "Hashtag", name: "#a b" }],
    attachment: ["x", { type: "Image", url: "data:x" }],
    url: "not a url",
  });
  expect(await read(json)).toMatchObject({ mentionUris: [], tags: [], attachments: [], url: null });
});
