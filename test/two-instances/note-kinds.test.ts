import { describe, expect, it } from "vitest";
import sharp from "sharp";
import { addEmoji, removeEmoji } from "../../server/services/notes/emojis.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { drawEmojis } from "../../server/text/emojis.ts";
import { aNote } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

const picture = async (color: string) =>
  new Uint8Array(
    await sharp({ create: { width: 40, height: 30, channels: 3, background: color } })
      .png()
      .toBuffer(),
  );

async function seen(pair: Pair) {
  const [entry] = (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items;
  if (entry === undefined) throw new Error("nothing came");
  return entry.note;
}

async function served(pair: Pair, path: string) {
  const response = await pair.west.request(path, { headers: { accept: "application/activity+json" } });
  return { status: response.status, json: await response.json() };
}

describe("custom emoji over the wire", () => {
  it("travel with the text, warning and poll that use them, and come back through the proxy", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await addEmoji(pair.west.app, { shortcode: "blobcat", bytes: await picture("red") });
    await aNote(pair.west, {
      by: pair.bo.viewer,
      source: "Look :blobcat: and :unknown: and `:blobcat:`",
      summary: ":blobcat: ahead",
    });
    await pair.settle();
    const note = await seen(pair);
    expect(note.contentHtml).toContain("Look :blobcat: and :unknown:");
    expect(note.emojis).toEqual([{ name: "blobcat", url: expect.stringMatching(/^\/proxy\//) }]);
    const html = drawEmojis(note.contentHtml, note.emojis);
    expect(html.match(/<img class="emoji"/g)).toHaveLength(1);
    expect(html).toContain('alt=":blobcat:"');
    const shown = await pair.east.request(note.emojis[0]?.url ?? "");
    expect(shown.headers.get("content-type")).toBe("image/webp");
  });

  it("are objects with a picture and the time of its change, and stay for old notes when out of use", async () => {
    const pair = await aPair();
    await addEmoji(pair.west.app, { shortcode: "blobcat", bytes: await picture("red") });
    const note = await aNote(pair.west, { by: pair.bo.viewer, source: ":blobcat:" });
    const { json } = await served(pair, `/notes/${note.id}`);
    const [tag] = json.tag;
    expect(tag).toMatchObject({
      type: "Emoji",
      name: ":blobcat:",
      icon: {
        type: "Image",
        mediaType: "image/webp",
        url: expect.stringContaining("https://west.test/media/"),
      },
      updated: "2026-06-01T12:00:00Z",
    });
    expect((await served(pair, new URL(tag.id).pathname)).json).toMatchObject({
      id: tag.id,
      name: ":blobcat:",
    });
    expect(await removeEmoji(pair.west.app, "blobcat")).toBe(true);
    const later = await aNote(pair.west, { by: pair.bo.viewer, source: ":blobcat:" });
    expect(later.emojis).toEqual([]);
    expect((await viewNote(pair.west.app, null, note.id)).emojis).toHaveLength(1);
    expect((await served(pair, new URL(tag.id).pathname)).status).toBe(200);
  });
});

describe("articles over the wire", () => {
  it("have a title, and a preview for servers that show nothing but notes (FEP-b2b8)", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const more = "and warm ".repeat(200);
    const source = `It is *warm*\n\n${more}`;
    const note = await aNote(pair.west, { by: pair.bo.viewer, title: "On <soup>", source });
    await pair.settle();
    const { json } = await served(pair, `/notes/${note.id}`);
    const content = `<p>It is <em>warm</em></p>\n<p>${more.trim()}</p>`;
    expect(json).toMatchObject({ type: "Article", name: "On <soup>", content });
    expect(json.preview).toMatchObject({ type: "Note", attributedTo: json.attributedTo });
    expect(json.preview.content).toMatch(
      /^<p><strong>On &lt;soup&gt;<\/strong><\/p><p>It is warm and warm .{400,}…<\/p><p><a href="/,
    );
    expect(json.preview.content).toContain(`<a href="${note.url}">${note.url}</a>`);
    expect(json.preview.contentMap).toBeUndefined();
    expect(await seen(pair)).toMatchObject({ kind: "Article", title: "On <soup>", contentHtml: content });
    pair.clock.advance(60_000);
    await editNote(pair.west.app, pair.bo.viewer, {
      noteId: note.id,
      source: "It is cold.",
      title: "On ice",
    });
    await pair.settle();
    expect(await seen(pair)).toMatchObject({ kind: "Article", title: "On ice" });
  });
});

describe("notes with a title over the wire", () => {
  it("stay notes: the title is their name and the first line of what others show, and is read back once", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const title = 'Soup & "bread" <b>';
    const note = await aNote(pair.west, {
      by: pair.bo.viewer,
      title,
      source: "It is *warm*.",
      language: "en",
    });
    expect(note).toMatchObject({ kind: "Note", title, contentHtml: "<p>It is <em>warm</em>.</p>" });
    await pair.settle();
    const { json } = await served(pair, `/notes/${note.id}`);
    expect(json).toMatchObject({ type: "Note", name: title });
    expect(json.content).toMatch(
      /^<p><strong>Soup &amp; [^<]*<\/strong><\/p><p>It is <em>warm<\/em>\.<\/p>$/,
    );
    expect(json.contentMap.en).toBe(json.content);
    expect(await seen(pair)).toMatchObject({
      kind: "Note",
      title,
      contentHtml: "<p>It is <em>warm</em>.</p>",
    });
    pair.clock.advance(60_000);
    await editNote(pair.west.app, pair.bo.viewer, { noteId: note.id, source: "It is *warm*.", title: "" });
    await pair.settle();
    expect(await seen(pair)).toMatchObject({ kind: "Note", title: null });
  });

  it("are not named in an answer, where a name may be taken for a vote", async () => {
    const pair = await aPair();
    const asked = await aNote(pair.west, { by: pair.bo.viewer, source: "Soup?" });
    const reply = await aNote(pair.west, {
      by: pair.bo.viewer,
      replyTo: asked.id,
      title: "Yes",
      source: "Two.",
    });
    const { json } = await served(pair, `/notes/${reply.id}`);
    expect(json.name).toBeUndefined();
    expect(json.content).toBe("<p><strong>Yes</strong></p><p>Two.</p>");
  });
});

describe("pictures over the wire", () => {
  it("say what must stay in sight, how large they are, and what they are", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const upload = await uploadImage(pair.west.app, pair.bo.viewer, {
      bytes: await picture("blue"),
      alt: "Blue",
    });
    const note = await aNote(pair.west, {
      by: pair.bo.viewer,
      attachments: [{ id: upload.id, focus: { x: -0.5, y: 0.333 } }],
    });
    await pair.settle();
    const { json } = await served(pair, `/notes/${note.id}`);
    expect(json.attachment).toMatchObject([
      {
        type: "Document",
        focalPoint: [-0.5, 0.333],
        digestMultibase: expect.stringMatching(/^zQm/),
        size: expect.any(Number),
      },
    ]);
    const [attachment] = (await seen(pair)).attachments;
    expect(attachment).toMatchObject({
      alt: "Blue",
      focus: { x: -0.5, y: 0.333 },
      size: json.attachment[0].size,
    });
  });
});
