import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import { parseRange } from "../../server/http/range.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { filmUrl, proxyUrl } from "../../server/services/media/proxy.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { PNG } from "./app.ts";

const FILM = "abcdefghijklmnopqrstuvwx.mp4";
let home: TestInstance;
beforeAll(async () => {
  home = await createInstance();
  await home.app.files.write(FILM, new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});
afterAll(async () => await home.close());

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  home.request(path, { headers, method });
const bytesOf = async (response: Response) => [...new Uint8Array(await response.arrayBuffer())];

describe("stored files", () => {
  test("come whole, for ever, as nothing but what they are (MED-01, MED-02)", async () => {
    for (const accept of ["*/*", "text/html", "application/activity+json"]) {
      const response = await get(`/media/${FILM}`, { accept });
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "video/mp4",
        "content-length": "10",
        "accept-ranges": "bytes",
        etag: `"${FILM.slice(0, -4)}"`,
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
        "content-disposition": "inline",
      });
      expect(response.headers.has("set-cookie")).toBe(false);
      expect(await bytesOf(response)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test.each([
    ["bytes=2-4", 206, "bytes 2-4/10", [2, 3, 4]],
    ["bytes=7-", 206, "bytes 7-9/10", [7, 8, 9]],
    ["bytes=-2", 206, "bytes 8-9/10", [8, 9]],
    ["bytes=5-999", 206, "bytes 5-9/10", [5, 6, 7, 8, 9]],
    ["bytes=10-", 416, "bytes */10", []],
    ["bytes=-0", 416, "bytes */10", []],
  ] as const)("come in part for %s", async (range, status, contentRange, bytes) => {
    const response = await get(`/media/${FILM}`, { range });
    expect([response.status, response.headers.get("content-range")]).toEqual([status, contentRange]);
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(await bytesOf(response)).toEqual(bytes);
  });

  test("come once and whole for a thousand parts, overlapping parts and nonsense (MED-10)", async () => {
    const many = Array.from({ length: 1_000 }, () => "0-9").join(",");
    for (const range of [
      `bytes=${many}`,
      "bytes=0-,0-",
      "bytes=4-2",
      "pages=1-2",
      "bytes=-",
      "bytes=a-b",
      "bytes=0-99999999999999999999",
    ]) {
      const response = await get(`/media/${FILM}`, { range });
      expect([response.status, (await bytesOf(response)).length]).toEqual([200, 10]);
    }
  });

  test("are not sent again to who has them, and parts only to who has the same", async () => {
    const etag = `"${FILM.slice(0, -4)}"`;
    const known = await get(`/media/${FILM}`, { "if-none-match": `"other", W/${etag}` });
    expect([known.status, known.headers.get("etag"), await known.text()]).toEqual([304, etag, ""]);
    expect((await get(`/media/${FILM}`, { range: "bytes=0-1", "if-range": etag })).status).toBe(206);
    expect((await get(`/media/${FILM}`, { range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
  });

  test("tell their size to HEAD", async () => {
    const response = await get(`/media/${FILM}`, {}, "HEAD");
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([
      200,
      "10",
      "",
    ]);
    expect((await get(`/media/${FILM}`, { range: "bytes=0-1" }, "HEAD")).headers.get("content-length")).toBe(
      "2",
    );
  });

  test("are captions as captions, and never a page", async () => {
    const name = FILM.replace("mp4", "vtt");
    await home.app.files.write(name, Buffer.from("WEBVTT"));
    const response = await get(`/media/${name}`);
    expect(response.headers.get("content-type")).toBe("text/vtt; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe("attachment");
  });

  test("are nothing under any other name", async () => {
    await home.app.files.write(FILM.replace("mp4", "bin"), Buffer.from("source"));
    for (const path of [
      "x.mp4",
      FILM.replace("mp4", "bin"),
      "..%2f..%2fsecret.key",
      FILM.replace("a", "b"),
      `${FILM}%00.webp`,
    ]) {
      const response = await get(`/media/${path}`);
      expect([path, response.status, await response.text()]).toEqual([path, 404, ""]);
      expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    }
  });

  test("are missed in a sentence of one status when the store is down, and pages work on (F42)", async () => {
    const down = async () => {
      throw new CausewayError("unavailable", "error.unavailable");
    };
    const { viewer } = await aMember(home, "cleo");
    const { size, write } = home.app.files;
    Object.assign(home.app.files, { size: down, write: down });
    const response = await get(`/media/${FILM}`);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
    await expect(uploadImage(home.app, viewer, { bytes: PNG })).rejects.toMatchObject({
      kind: "unavailable",
    });
    expect(await home.app.db.selectFrom("attachments").select("id").execute()).toEqual([]);
    expect((await aNote(home, { by: viewer })).url).toContain("/@cleo/");
    Object.assign(home.app.files, { size, write });
  });
});

describe("pictures of notes", () => {
  test("of a direct note have names nobody can guess, and are gone in all sizes once it is deleted (MED-07)", async () => {
    const { viewer } = await aMember(home, "dora");
    const before = await home.app.files.usage();
    const view = await uploadImage(home.app, viewer, { bytes: PNG });
    const note = await aNote(home, { by: viewer, visibility: "direct", attachments: [{ id: view.id }] });
    const urls = [view.url, ...view.variants.map((variant) => variant.url)];
    expect(urls).toHaveLength(5);
    for (const url of urls) {
      // 18 random bytes: 144 bits.
      expect(url).toMatch(/^\/media\/[A-Za-z0-9_-]{24}\./);
      expect((await get(url)).status).toBe(200);
    }
    await deleteNote(home.app, viewer, note.id);
    await drain(home);
    for (const url of urls) expect((await get(url)).status).toBe(404);
    expect(await home.app.files.usage()).toBe(before);
  });

  test("of others cannot be taken for a note of one's own (MED-07)", async () => {
    const [ann, bob] = [await aMember(home, "ann"), await aMember(home, "bob")];
    const { id } = await uploadImage(home.app, ann.viewer, { bytes: PNG });
    expect((await aNote(home, { by: bob.viewer, attachments: [{ id }] })).attachments).toEqual([]);
    const rows = await home.app.db.selectFrom("attachments").select(["actor_id", "note_id"]).execute();
    expect(rows).toEqual([{ actor_id: ann.viewer.actorId, note_id: null }]);
  });
});

describe("the proxy", () => {
  const answer = (body: BodyInit, headers: Record<string, string>, status = 200) =>
    home.network.join("there.test", async () => new Response(body, { status, headers }));
  const URL_THERE = "https://there.test/x";

  test("sends pictures re-encoded, whatever they called themselves (MED-08)", async () => {
    answer(new Uint8Array(PNG), { "content-type": "text/html", "set-cookie": "a=b" });
    const response = await get(proxyUrl(home.app, URL_THERE));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
      "cache-control": "public, max-age=1209600",
    });
    expect(response.headers.has("set-cookie")).toBe(false);
    expect((await sharp(await response.arrayBuffer()).metadata()).format).toBe("webp");
    const small = await get(proxyUrl(home.app, URL_THERE, "small"));
    expect((await sharp(await small.arrayBuffer()).metadata()).width).toBe(480);
  });

  test("sends no picture of another width than was signed, nor what is none (MED-08)", async () => {
    answer(new Uint8Array(PNG), { "content-type": "image/png" });
    const full = proxyUrl(home.app, URL_THERE);
    for (const path of [
      `${full}?w=480`,
      `${full}?w=99`,
      proxyUrl(home.app, URL_THERE, "small").replace("480", "481"),
      full.replace("/proxy/", "/proxy/x"),
    ])
      expect((await get(path)).status).toBe(404);
    const script = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    for (const type of ["image/png", "image/svg+xml", "text/html"]) {
      answer(script, { "content-type": type });
      const response = await get(proxyUrl(home.app, `${URL_THERE}?${type}`));
      expect([response.status, await response.text()]).toEqual([404, ""]);
    }
  });

  test("hands films on in parts, without what else the other server said", async () => {
    home.network.join("there.test", async (request) => {
      const range = request.headers.get("range");
      const headers = {
        "content-type": "video/mp4",
        "set-cookie": "a=b",
        link: "<https://evil.test>; rel=preload",
      };
      if (range === null) return new Response("0123456789", { headers });
      return new Response("345", { status: 206, headers: { ...headers, "content-range": "bytes 3-5/10" } });
    });
    const path = filmUrl(home.app, URL_THERE);
    const part = await get(path, { range: "bytes=3-5" });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 3-5/10",
      "345",
    ]);
    const whole = await get(path, { range: "bytes=0-1,4-5" });
    expect([whole.status, await whole.text()]).toEqual([200, "0123456789"]);
    for (const response of [part, whole]) {
      expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
      expect([response.headers.has("set-cookie"), response.headers.has("link")]).toEqual([false, false]);
    }
    expect(await (await get(path, {}, "HEAD")).text()).toBe("");
    expect((await get(path.replace("/film/", "/film/x"))).status).toBe(404);
  });

  test("has no film in a page or a playlist", async () => {
    for (const type of ["text/html", "image/svg+xml", "application/vnd.apple.mpegurl", "audio/mpegurl"]) {
      answer("<script>alert(1)</script>", { "content-type": type });
      expect((await get(filmUrl(home.app, `${URL_THERE}?${type}`))).status).toBe(404);
    }
  });
});

test("a range is one part or the whole", () => {
  expect(parseRange(undefined, 5)).toBe("whole");
  expect(parseRange("bytes=-9", 5)).toEqual({ start: 0, end: 4 });
  expect(parseRange("bytes=0-0", 0)).toBe("unsatisfiable");
});
