import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MediaAttachment, Status } from "../../api/entities/status.ts";
import { aFilm } from "../support/films.ts";
import { aPerson, type Asked, ask, open, type Person, type Served } from "./client.ts";

let served: Served & { close(): Promise<void> };
let ada: Person;
let bo: Person;
let picture: Blob;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
  const image = sharp({ create: { width: 40, height: 30, channels: 3, background: "#246" } });
  picture = new Blob([new Uint8Array(await image.png().toBuffer())], { type: "image/png" });
});
afterAll(async () => await served.close());

/** A multipart body of an app. */
function form(fields: Readonly<Record<string, string | Blob>>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === "string") body.append(name, value);
    else body.append(name, value, "IMG_1");
  return body;
}

async function upload(who: Person, fields: Readonly<Record<string, string | Blob>> = {}): Promise<Asked> {
  return await who.ask("POST", "/api/v2/media", form({ file: picture, ...fields }));
}

async function idOf(asked: Promise<Asked>): Promise<string> {
  return MediaAttachment.parse((await asked).json).id;
}

describe("An upload", () => {
  test("of a picture is ready at once, described and with its focus, by masto and by megalodon", async () => {
    const made = await ada.masto.v2.media.create({
      file: picture,
      description: "A square",
      focus: "-0.5,0.25",
    });
    expect(made).toMatchObject({ type: "image", description: "A square" });
    expect(made.meta).toMatchObject({ original: { width: 40, height: 30 }, focus: { x: -0.5, y: 0.25 } });
    const changed = await ada.masto.v1.media
      .$select(made.id)
      .update({ description: "Another", focus: "0,1" });
    expect(changed).toMatchObject({ description: "Another", meta: { focus: { x: 0, y: 1 } } });
    expect(await ada.masto.v1.media.$select(made.id).fetch()).toMatchObject({ description: "Another" });
    expect((await ada.megalodon.getMedia(made.id)).data.url).not.toBeNull();
    expect((await ada.megalodon.updateMedia(made.id, { description: "Third" })).data.description).toBe(
      "Third",
    );
    const old = await ada.ask("POST", "/api/v1/media", form({ file: picture }));
    expect([old.status, MediaAttachment.parse(old.json).remote_url]).toEqual([200, null]);
  });

  test("of a film has no address until it is ready, and one that is no film says so", async () => {
    const bytes = await aFilm({ in: "webm", video: { codec: "vp8", width: 64, height: 48 } });
    const film = new Blob([new Uint8Array(bytes)], { type: "video/webm" });
    const made = await upload(ada, { file: film, description: "A pier", thumbnail: picture });
    const { id, url } = MediaAttachment.parse(made.json);
    expect([made.status, url]).toEqual([202, null]);
    expect((await ada.ask("GET", `/api/v1/media/${id}`)).status).toBe(206);
    const early = await ada.ask("POST", "/api/v1/statuses", { status: "x", media_ids: [id] });
    expect(early.status).toBe(422);
    await served.instance.worker.drain({ failFast: true });
    const ready = await ada.ask("GET", `/api/v1/media/${id}`);
    expect([ready.status, MediaAttachment.parse(ready.json)]).toMatchObject([200, { description: "A pier" }]);
    const cut = new Blob([new Uint8Array(bytes.slice(0, 300))], { type: "video/webm" });
    const broken = await idOf(upload(ada, { file: cut }));
    await served.instance.worker.drain();
    expect((await ada.ask("GET", `/api/v1/media/${broken}`)).status).toBe(422);
  });

  test("that is no picture, too long a description, a strange focus or nothing at all is refused", async () => {
    const text = new Blob([readFileSync(join(import.meta.dirname, "media.test.ts"))], { type: "image/png" });
    const status = async (fields: Readonly<Record<string, string | Blob>>) =>
      (await upload(ada, fields)).status;
    expect(await status({ file: text })).toBe(422);
    expect(await status({ description: "x".repeat(1501) })).toBe(422);
    expect(await status({ focus: "left" })).toBe(422);
    expect(await status({ "description[]": "a list" })).toBe(422);
    expect((await ada.ask("POST", "/api/v2/media", form({ description: "no file" }))).status).toBe(422);
    expect((await ada.ask("POST", "/api/v2/media", { file: "text" })).status).toBe(422);
    expect((await ask(served, "POST", "/api/v2/media", { body: form({ file: picture }) })).status).toBe(401);
    const type = { "content-type": "multipart/form-data; boundary=x" };
    const huge = await ada.ask("POST", "/api/v2/media", "x".repeat(65 * 1024 * 1024), type);
    expect([huge.status, huge.json]).toEqual([422, { error: "This is too large to send." }]);
  });

  test("is nobody else's to see, change, throw away or post", async () => {
    const id = await idOf(upload(ada, { description: "mine" }));
    const unknown = await bo.ask("GET", "/api/v1/media/99");
    for (const method of ["GET", "PUT", "DELETE"]) {
      const { status, json } = await bo.ask(method, `/api/v1/media/${id}`);
      expect([method, status, json]).toEqual([method, 404, unknown.json]);
    }
    expect((await bo.ask("POST", "/api/v1/statuses", { media_ids: [id] })).status).toBe(422);
    expect((await ada.ask("DELETE", `/api/v1/media/${id}`)).json).toEqual({});
    expect((await ada.ask("GET", `/api/v1/media/${id}`)).status).toBe(404);
  });
});

describe("The media of a status", () => {
  test("need no text beside them, and change their order and description in an edit", async () => {
    const [one, two] = [await idOf(upload(ada)), await idOf(upload(ada, { focus: "1,-1" }))];
    const made = await ada.masto.v1.statuses.create({ mediaIds: [one, two] });
    expect(made.mediaAttachments.map(({ id }) => id)).toEqual([one, two]);
    expect((await ada.ask("DELETE", `/api/v1/media/${one}`)).status).toBe(422);
    const put = async (body: unknown) =>
      Status.parse((await ada.ask("PUT", `/api/v1/statuses/${made.id}`, body)).json).media_attachments;
    const described = await put({
      status: "with text",
      media_attributes: [{ id: two, description: "second" }],
    });
    expect(described.map(({ id, description }) => [id, description])).toEqual([
      [one, null],
      [two, "second"],
    ]);
    const turned = await put({ status: "with text", media_ids: [two, one] });
    expect(turned.map(({ id, description }) => [id, description])).toEqual([
      [two, "second"],
      [one, null],
    ]);
    expect((await put({ status: "with text", media_ids: [two] })).map(({ id }) => id)).toEqual([two]);
    const foreign = await idOf(upload(bo));
    const taken = await ada.ask("PUT", `/api/v1/statuses/${made.id}`, { media_ids: [foreign] });
    expect(taken.status).toBe(422);
  });

  test("stay for a day with who deletes it to write it anew, unless they want them gone", async () => {
    const [one, two] = [await idOf(upload(ada)), await idOf(upload(ada))];
    const first = await ada.masto.v1.statuses.create({ status: "again", mediaIds: [one] });
    const removed = await ada.masto.v1.statuses.$select(first.id).remove();
    expect([removed.text, removed.mediaAttachments.map(({ id }) => id)]).toEqual(["again", [one]]);
    const again = await ada.masto.v1.statuses.create({ status: "again", mediaIds: [one] });
    expect(again.mediaAttachments.map(({ id }) => id)).toEqual([one]);
    const second = await ada.masto.v1.statuses.create({ status: "never", mediaIds: [two] });
    await ada.ask("DELETE", `/api/v1/statuses/${second.id}?delete_media=true`);
    expect((await ada.ask("GET", `/api/v1/media/${two}`)).status).toBe(404);
  });
});
