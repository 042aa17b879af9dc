import { describe, expect, test } from "vitest";
import { fromNote } from "../../federation/reading/from-note.ts";
import { voteOf } from "../../federation/reading/from-poll.ts";
import type { Json } from "../../federation/reading/json.ts";
import { toNormal } from "../../federation/reading/normal.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const PUBLIC = `${AS}#Public`;
const NOW = Date.UTC(2026, 5, 1);

async function normal(json: Json): Promise<Json> {
  const read = await toNormal({ "@context": AS, ...json });
  if (read === null) throw new Error("not read");
  return read;
}

async function read(change: Json, followersUri: string | null = null): Promise<ReceivedNote> {
  const json = await normal({
    id: "https://v.test/things/1",
    type: "Note",
    attributedTo: "https://v.test/users/v",
    to: [PUBLIC],
    published: "2026-01-01T00:00:00Z",
    ...change,
  });
  const note = fromNote(json, { followersUri, now: NOW });
  if (note === null) throw new Error("no note");
  return note;
}

describe("polls as read", () => {
  const option = (name: string, totalItems?: number) => ({
    type: "Note",
    name,
    ...(totalItems === undefined ? {} : { replies: { type: "Collection", totalItems } }),
  });

  test("several answers, an end, voters (Mastodon)", async () => {
    const note = await read({
      type: "Question",
      content: "<p>?</p>",
      anyOf: [option("a", 2), option("b", 3)],
      endTime: "2026-06-02T00:00:00Z",
      votersCount: 4,
    });
    expect(note.poll).toEqual({
      multiple: true,
      options: [
        { title: "a", votes: 2 },
        { title: "b", votes: 3 },
      ],
      endsAt: Date.UTC(2026, 5, 2),
      closedAt: null,
      votersCount: 4,
    });
  });

  test("over because its time has passed, because it says so by a time, or by true", async () => {
    const oneOf = [option("a"), option("b")];
    const over = async (change: Json) => (await read({ type: "Question", oneOf, ...change })).poll?.closedAt;
    expect(await over({ endTime: "2026-05-01T00:00:00Z" })).toBe(Date.UTC(2026, 4, 1));
    expect(await over({ closed: "2026-05-02T00:00:00Z", endTime: "2026-07-01T00:00:00Z" })).toBe(
      Date.UTC(2026, 4, 2),
    );
    expect(await over({ closed: true })).toBe(NOW);
    expect(await over({ closed: false })).toBeNull();
  });

  test("one option, the same option twice, and none at all are no poll, but still a note", async () => {
    for (const oneOf of [[], [option("a")], [option("a"), option("a")]])
      expect((await read({ type: "Question", oneOf, content: "x" })).poll).toBeNull();
  });

  test("at most twenty options of at most 300 characters are kept", async () => {
    const oneOf = Array.from({ length: 50 }, (_, index) => option(`${index}${"x".repeat(400)}`));
    const { poll } = await read({ type: "Question", oneOf });
    expect(poll?.options).toHaveLength(20);
    expect(poll?.options[0]?.title).toHaveLength(300);
  });

  test("a vote is a name that answers something and has no text", async () => {
    const vote = {
      id: "https://v.test/users/v#votes/1",
      type: "Note",
      name: "a",
      attributedTo: "https://v.test/users/v",
      inReplyTo: "https://here.test/notes/1",
    };
    expect(voteOf(await normal(vote))).toEqual({
      uri: "https://v.test/users/v#votes/1",
      actorUri: "https://v.test/users/v",
      pollUri: "https://here.test/notes/1",
      option: "a",
    });
    expect(voteOf(await normal({ ...vote, content: "<p>a</p>" }))).toBeNull();
    expect(voteOf(await normal({ ...vote, inReplyTo: undefined }))).toBeNull();
  });
});

describe("custom emoji as read", () => {
  const CONTEXT = [AS, { toot: "http://joinmastodon.org/ns#", Emoji: "toot:Emoji" }];
  const emoji = (name: string, change: Json = {}) => ({
    id: `https://v.test/emojis/${name}`,
    type: "Emoji",
    name,
    updated: "2026-01-02T00:00:00Z",
    icon: {
      type: "Image",
      mediaType: "image/png",
      url: `https://v.test/files/${name.replaceAll(":", "")}.png`,
    },
    ...change,
  });

  test("with and without colons, each once, pictures only from the web", async () => {
    const note = await read({
      "@context": CONTEXT,
      content: ":a: :b:",
      tag: [
        emoji(":a:"),
        emoji("b"),
        emoji(":a:", { icon: { type: "Image", url: "https://v.test/other.png" } }),
        emoji(":bad name:"),
        emoji(":c:", { icon: { type: "Image", url: "data:image/png;base64,AAAA" } }),
        emoji(":d:", { icon: undefined }),
      ],
    });
    expect(note.emojis).toEqual([
      {
        name: "a",
        url: "https://v.test/files/a.png",
        uri: "https://v.test/emojis/:a:",
        mediaType: "image/png",
        updatedAt: Date.UTC(2026, 0, 2),
      },
      expect.objectContaining({ name: "b" }),
    ]);
  });

  test("at most 64 for a text", async () => {
    const tag = Array.from({ length: 100 }, (_, index) => emoji(`:e${index}:`));
    expect((await read({ "@context": CONTEXT, content: "x", tag })).emojis).toHaveLength(64);
  });
});

describe("attachments as read", () => {
  const CONTEXT = [
    AS,
    "https://w3id.org/security/data-integrity/v1",
    { toot: "http://joinmastodon.org/ns#", focalPoint: { "@id": "toot:focalPoint", "@container": "@list" } },
  ];
  const document = (change: Json) => ({
    type: "Document",
    mediaType: "image/png",
    url: "https://v.test/a.png",
    ...change,
  });
  const attachments = async (...attachment: readonly Json[]) =>
    (await read({ "@context": CONTEXT, content: "x", attachment })).attachments;

  test("focal point, digest, size, cover and duration", async () => {
    expect(
      await attachments(
        document({ focalPoint: [-0.5, 1], digestMultibase: `zQm${"a".repeat(44)}`, size: 1234 }),
        document({
          type: "Video",
          mediaType: "video/mp4",
          url: "https://v.test/b.mp4",
          icon: { type: "Image", url: "https://v.test/b.jpg" },
          duration: "PT1H2M3.5S",
        }),
      ),
    ).toMatchObject([
      { focus: { x: -0.5, y: 1 }, digest: `zQm${"a".repeat(44)}`, coverUrl: null, durationMs: null },
      { kind: "video", coverUrl: "https://v.test/b.jpg", durationMs: 3_723_500 },
    ]);
  });

  test("nonsense in them is left out, the picture is not", async () => {
    const nonsense = {
      focalPoint: [7, 0],
      duration: "soon",
      size: -1,
      digestMultibase: "md5",
      icon: "data:x",
    };
    expect(await attachments(document({ ...nonsense, mediaType: "audio/ogg", type: "Audio" }))).toMatchObject(
      [{ kind: "audio", focus: null, durationMs: null, size: null, digest: null, coverUrl: null }],
    );
  });

  test("keep their order, and there are at most sixteen", async () => {
    const many = Array.from({ length: 20 }, (_, index) => document({ url: `https://v.test/${index}.png` }));
    const found = await attachments(...many);
    expect(found.map((one) => one.url)).toEqual(many.slice(0, 16).map((one) => one.url));
  });

  test("alternative text comes from summary first (Mastodon 4.6), then from name", async () => {
    expect(await attachments(document({ name: "a.png", summary: "A cat" }))).toMatchObject([
      { alt: "A cat" },
    ]);
    expect(await attachments(document({ name: "A dog" }))).toMatchObject([{ alt: "A dog" }]);
  });
});

describe("other things as read", () => {
  test("an event has its times and its place (Mobilizon, FEP-8a8e)", async () => {
    const note = await read({
      type: "Event",
      name: "Picnic",
      content: "<p>Bring cake.</p>",
      startTime: "2026-07-01T10:00:00Z",
      endTime: "2026-07-01T14:00:00Z",
      location: { type: "Place", name: "Park", address: "River Road 1, Springfield" },
    });
    expect(note).toMatchObject({
      kind: "Event",
      title: "Picnic",
      contentHtml: "<p>Bring cake.</p>",
      event: {
        startsAt: Date.UTC(2026, 6, 1, 10),
        endsAt: Date.UTC(2026, 6, 1, 14),
        isCancelled: false,
      },
    });
    expect(note.event?.place).toBe("Park, River Road 1, Springfield");
  });

  test("an event of Mobilizon has a postal address, and may be cancelled", async () => {
    const note = await read({
      "@context": [
        AS,
        {
          sc: "http://schema.org#",
          ical: "http://www.w3.org/2002/12/cal/ical#",
          mz: "https://joinmobilizon.org/ns#",
          PostalAddress: "sc:PostalAddress",
          address: { "@id": "sc:address", "@type": "sc:PostalAddress" },
          streetAddress: "sc:streetAddress",
          addressLocality: "sc:addressLocality",
          postalCode: "sc:postalCode",
        },
      ],
      type: "Event",
      name: "Picnic",
      startTime: "2026-07-01T10:00:00+02:00",
      "ical:status": "CANCELLED",
      location: {
        type: "Place",
        name: "Park",
        address: {
          type: "PostalAddress",
          streetAddress: "River Road 1",
          postalCode: "12345",
          addressLocality: "Springfield",
        },
      },
    });
    expect(note.event).toMatchObject({
      startsAt: Date.UTC(2026, 6, 1, 8),
      place: "Park, River Road 1, 12345, Springfield",
      isCancelled: true,
    });
  });

  test("an event in a virtual room has its link", async () => {
    const note = await read({
      type: "Event",
      name: "Call",
      location: [{ type: "Place", url: "https://rooms.test/1" }],
    });
    expect(note.event).toMatchObject({ place: null, placeUrl: "https://rooms.test/1", startsAt: null });
  });

  test("an article has an abstract only when it has no text, and a warning only when it is sensitive", async () => {
    const article = { type: "Article", name: "Soup", summary: "About soup" };
    expect(await read({ ...article, content: "<p>Long</p>" })).toMatchObject({
      title: "Soup",
      contentHtml: "<p>Long</p>",
      summary: null,
    });
    expect(await read(article)).toMatchObject({ contentHtml: "<p>About soup</p>", summary: null });
    expect(
      await read({
        ...article,
        content: "<p>Long</p>",
        sensitive: true,
        "@context": [AS, { sensitive: "as:sensitive" }],
      }),
    ).toMatchObject({
      summary: "About soup",
    });
  });

  test("an image on its own is a note with that picture and its title", async () => {
    expect(
      await read({
        type: "Image",
        name: "Dusk",
        mediaType: "image/jpeg",
        url: [
          { type: "Link", href: "https://v.test/p/1", mediaType: "text/html" },
          { type: "Link", href: "https://v.test/1.jpg", mediaType: "image/jpeg", width: 640, height: 480 },
        ],
      }),
    ).toMatchObject({
      kind: "Image",
      title: "Dusk",
      url: "https://v.test/p/1",
      attachments: [{ kind: "image", url: "https://v.test/1.jpg", width: 640, height: 480 }],
    });
  });

  test("a recording on its own is a link with its length (Funkwhale)", async () => {
    expect(
      await read({
        type: "Audio",
        name: "Song",
        duration: "PT3M",
        url: [
          { type: "Link", href: "https://v.test/tracks/1", mediaType: "text/html" },
          { type: "Link", href: "https://v.test/1.ogg", mediaType: "audio/ogg" },
        ],
      }),
    ).toMatchObject({ kind: "Audio", title: "Song", attachments: [{ kind: "audio", durationMs: 180_000 }] });
  });

  test("Pleroma's chat messages and Lemmy's private messages are direct notes for whom they are addressed to", async () => {
    const to = ["https://here.test/users/1"];
    const context = [AS, { litepub: "http://litepub.social/ns#", ChatMessage: "litepub:ChatMessage" }];
    const chat = await read({ "@context": context, type: "ChatMessage", content: "psst", to });
    expect(chat).toMatchObject({ kind: "ChatMessage", visibility: "direct", mentionUris: to });
    expect(await read({ content: "psst", to })).toMatchObject({ visibility: "direct", mentionUris: to });
  });

  test("somebody whom a followers' note is addressed to besides may see it too", async () => {
    const followers = "https://v.test/users/v/followers";
    const note = await read({ content: "x", to: [followers], cc: ["https://here.test/users/1"] }, followers);
    expect(note).toMatchObject({ visibility: "followers", mentionUris: ["https://here.test/users/1"] });
  });

  test("what it was written as is kept and never read again (FEP-c16b)", async () => {
    const note = await read({
      content: "<p><strong>x</strong></p>",
      source: { content: "$[x2 x]", mediaType: "text/x.misskeymarkdown" },
      htmlMfm: true,
    });
    expect(note).toMatchObject({
      contentHtml: "<p><strong>x</strong></p>",
      source: { content: "$[x2 x]", mediaType: "text/x.misskeymarkdown" },
    });
  });

  test("a warning in several languages is a warning", async () => {
    const note = await read({ content: "x", summaryMap: { de: "Spinnen" } });
    expect(note).toMatchObject({ summary: "Spinnen", sensitive: true });
  });

  test("a title on a plain note is not shown as one", async () => {
    expect(await read({ name: "Hi", content: "<p>x</p>" })).toMatchObject({ kind: "Note", title: null });
  });
});
