import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { readCaptions } from "../../server/text/webvtt.ts";
import { removeStaleUploads } from "../../server/services/media/pieces.ts";
import { aFilm } from "../support/films.ts";
import { asId } from "../../server/domain/ids.ts";
import {
  aMember,
  aNote,
  createInstance,
  type Member,
  PASSWORD,
  type TestInstance,
} from "../support/instance.ts";

let home: TestInstance;
let alice: Member;
let data: string;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), "causeway-data-"));
  home = await createInstance({ environment: { CAUSEWAY_DATA: data } });
  alice = await aMember(home, "alice");
});

afterEach(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

/** A request of our own scripts, or (with a form) of a page. */
async function ask(path: string, init: RequestInit = {}, who: Member | null = alice) {
  const cookie: Record<string, string> = who === null ? {} : { cookie: `__Host-session=${who.sessionToken}` };
  const headers = { "sec-fetch-site": "same-origin", ...cookie, ...(init.headers as Record<string, string>) };
  return await home.request(path, { ...init, headers });
}

async function tokenOf(who: Member): Promise<string> {
  const page = await (await ask("/settings/profile", {}, who)).text();
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

async function begin(size: number, who = alice): Promise<{ upload: number; offset: number }> {
  const body = new URLSearchParams({
    csrf: await tokenOf(who),
    name: "IMG_1.webm",
    size: String(size),
    type: "video/webm",
  });
  const answer = await ask("/uploads", { method: "POST", body }, who);
  expect(answer.status).toBe(201);
  return (await answer.json()) as { upload: number; offset: number };
}

async function send(id: number, offset: number, bytes: Uint8Array, who = alice) {
  const answer = await ask(
    `/uploads/${id}`,
    { method: "PATCH", body: new Uint8Array(bytes), headers: { "upload-offset": String(offset) } },
    who,
  );
  return {
    status: answer.status,
    body: (await answer.json().catch(() => null)) as Record<string, unknown> | null,
  };
}

async function small(): Promise<Uint8Array> {
  return await aFilm({ in: "webm", video: { codec: "vp8", width: 160, height: 120 } });
}

function incoming(): readonly string[] {
  const folder = join(data, "incoming");
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe("An upload in pieces", () => {
  test("goes on where it stopped, in another process too, and becomes a film that says how it is", async () => {
    const film = await small();
    const { upload } = await begin(film.length);
    expect((await send(upload, 0, film.subarray(0, 1500))).body).toMatchObject({
      offset: 1500,
      size: film.length,
    });
    // Another process on the same data: nothing was in memory.
    const head = await ask(`/uploads/${upload}`, { method: "HEAD" });
    expect(head.headers.get("upload-offset")).toBe("1500");
    expect(head.headers.get("upload-length")).toBe(String(film.length));
    const last = await send(upload, 1500, film.subarray(1500));
    expect(last.body).toMatchObject({ kind: "video", state: "waiting", offset: film.length });
    expect(incoming()).toEqual([]);
    expect((await ask(`/uploads/${upload}`)).status).toBe(404);
    const state = async () =>
      (await (await ask(`/uploads/media/${String(last.body?.["id"])}`)).json()) as unknown;
    expect(await state()).toMatchObject({ state: "waiting", text: "Waiting for its turn" });
    await home.worker.drain({ failFast: true });
    expect(await state()).toMatchObject({ state: "ready", progress: 100 });
  });

  test("takes a piece once and in order: others are told where it stands", async () => {
    const film = await small();
    const { upload } = await begin(film.length);
    await send(upload, 0, film.subarray(0, 1000));
    for (const offset of [0, 999, 1001, -1, Number.NaN])
      expect((await send(upload, offset, film.subarray(0, 10))).status).toBe(409);
    expect((await send(upload, 1000, new Uint8Array(film.length))).status).toBe(409);
    const both = await Promise.all(
      [1, 2].map(async () => (await send(upload, 1000, film.subarray(1000, 1500))).status),
    );
    expect(both.toSorted()).toEqual([200, 409]);
    expect((await send(upload, 1500, film.subarray(1500))).body).toMatchObject({ state: "waiting" });
  });

  test("of something else ends at its first piece, with a sentence", async () => {
    const { upload } = await begin(5_000_000);
    const page = new TextEncoder().encode(`<!doctype html><script>alert(1)</script>${" ".repeat(2000)}`);
    const answer = await send(upload, 0, page);
    expect(answer).toMatchObject({
      status: 422,
      body: { error: expect.stringMatching(/^This is not a picture, a video/) },
    });
    expect(incoming()).toEqual([]);
    expect((await ask(`/uploads/${upload}`)).status).toBe(404);
  });

  test("is its owner's alone, and signed-out people get no page but a word", async () => {
    const bob = await aMember(home, "bob");
    const { upload } = await begin(5000);
    expect((await ask(`/uploads/${upload}`, {}, bob)).status).toBe(404);
    expect((await send(upload, 0, new Uint8Array(10), bob)).status).toBe(404);
    await ask(`/uploads/${upload}`, { method: "DELETE" }, bob);
    expect((await ask(`/uploads/${upload}`)).status).toBe(200);
    expect((await ask(`/uploads/${upload}`, {}, null)).status).toBe(401);
    const foreign = await ask(`/uploads/${upload}`, {
      method: "DELETE",
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(foreign.status).toBe(403);
    expect((await ask(`/uploads/${upload}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(`/uploads/${upload}`)).status).toBe(404);
  });

  test("is refused beforehand when it is too large, and the sixth has to wait", async () => {
    const csrf = await tokenOf(alice);
    const begun = async (size: string) =>
      await ask("/uploads", {
        method: "POST",
        body: new URLSearchParams({ csrf, name: "x", type: "", size }),
      });
    for (const size of ["400000000", "0", "-5", "x", "1e99"]) expect((await begun(size)).status).toBe(422);
    for (let count = 0; count < 5; count += 1) expect((await begun("1000")).status).toBe(201);
    const sixth = await begun("1000");
    expect(sixth.status).toBe(429);
    expect(await sixth.json()).toEqual({ error: "At most 5 files can be uploaded at the same time." });
    home.clock.advance(11 * 60_000);
    expect((await begun("1000")).status).toBe(201);
  });

  test("that rests for a day is gone, with its file; so is one whose account was deleted", async () => {
    const first = await begin(5000);
    await send(first.upload, 0, (await small()).subarray(0, 1200));
    expect(incoming()).toHaveLength(1);
    home.clock.advance(25 * 3_600_000);
    await removeStaleUploads(home.app);
    expect(incoming()).toEqual([]);
    const bob = await aMember(home, "bob");
    await begin(5000, bob);
    await deleteAccount(home.app, bob.viewer, { password: PASSWORD });
    expect(await home.app.db.selectFrom("uploads").selectAll().execute()).toEqual([]);
  });
});

describe("Captions", () => {
  async function uploaded(): Promise<string> {
    const film = await small();
    const { upload } = await begin(film.length);
    const { body } = await send(upload, 0, film);
    await home.worker.drain({ failFast: true });
    return String(body?.["id"]);
  }

  async function post(id: string, fields: Readonly<Record<string, string | File>>, who = alice) {
    const form = new FormData();
    form.set("csrf", await tokenOf(who));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return await ask(`/media/${id}/captions`, { method: "POST", body: form }, who);
  }

  test("are added from a file or typed, shown, replaced and removed, without scripts", async () => {
    const id = await uploaded();
    const srt = new File(["1\n00:00:00,000 --> 00:00:00,900\n<b>你好</b><script>"], "x.srt");
    expect((await post(id, { do: "captions", language: "zh-Hans", captions: "", file: srt })).status).toBe(
      303,
    );
    await post(id, { do: "captions", language: "en", captions: "00:00.000 --> 00:00.900\nHello" });
    await post(id, { do: "captions", language: "en", captions: "00:00.000 --> 00:00.900\nHello again" });
    const page = await (await ask(`/media/${id}/captions?done=saved`)).text();
    const urls = [...page.matchAll(/<track kind="captions" src="([^"]+)" srclang="([^"]+)"/g)];
    expect(urls.map(([, , language]) => language)).toEqual(["zh-Hans", "en"]);
    const served = await home.request(urls[0]?.[1] ?? "");
    expect(served.headers.get("content-type")).toBe("text/vtt; charset=utf-8");
    const text = await served.text();
    expect(readCaptions(text)).toMatchObject({ ok: true, cues: [{ text: "<b>你好</b>" }] });
    expect(await (await home.request(urls[1]?.[1] ?? "")).text()).toContain("Hello again");
    await post(id, { remove: "zh-Hans" });
    await home.worker.drain({ failFast: true });
    expect((await home.request(urls[0]?.[1] ?? "")).status).toBe(404);
  });

  test("added to a note that is out are told to those who have it", async () => {
    const id = await uploaded();
    const note = await aNote(home, { by: alice.viewer, attachments: [{ id: asId(Number(id)) }] });
    await home.worker.drain({ failFast: true });
    await post(id, { do: "captions", language: "en", captions: "00:00.000 --> 00:00.900\nHello" });
    await home.worker.drain({ failFast: true });
    const page = await (await ask(`/media/${id}/captions`)).text();
    expect(page).toContain(`href="/@alice/${note.id}"`);
    const json = await home.request(new URL(note.uri).pathname, {
      headers: { accept: "application/activity+json" },
    });
    expect(await json.json()).toMatchObject({
      attachment: [
        {
          duration: expect.stringMatching(/^PT[\d.]+S$/),
          icon: { type: "Image" },
          subtitleLanguage: [{ identifier: "en" }],
        },
      ],
    });
    const told = await home.app.db.selectFrom("activities").select("body").execute();
    expect(told.filter(({ body }) => String(body).includes('"type":"Update"'))).toHaveLength(1);
  });

  test("that are none come back as they were typed, with the line", async () => {
    const id = await uploaded();
    const answer = await post(id, { do: "captions", language: "en", captions: "just <words>" });
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain("No captions were found in line 1.");
    expect(page).toContain("just &lt;words&gt;</textarea>");
  });

  test("and covers of other people's films are nobody's to change", async () => {
    const bob = await aMember(home, "bob");
    const id = await uploaded();
    expect((await ask(`/media/${id}/captions`, {}, bob)).status).toBe(404);
    expect(
      (await post(id, { do: "captions", language: "en", captions: "00:00.000 --> 00:00.900\nHa" }, bob))
        .status,
    ).toBe(404);
    const notPicture = await post(id, { do: "cover", cover: new File(["<svg>"], "x.png") });
    expect(notPicture.status).toBe(422);
    expect(await notPicture.text()).toContain("This is not a picture that can be used.");
  });
});
