import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filmUrl, proxyUrl } from "../../server/services/media/proxy.ts";
import { beginUpload } from "../../server/services/media/pieces.ts";
import { missingUploadBytes } from "../../server/store/uploads.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { PNG } from "./app.ts";

let home: TestInstance;
beforeEach(async () => {
  home = await createInstance();
});
afterEach(() => home.close());

const get = (path: string, headers: Record<string, string> = {}) => home.request(path, { headers });
const THERE = "https://there.test/a";

/** What the outgoing door throws when too many requests to a server are under way. */
function busy(): never {
  throw Object.assign(new Error("Too many requests to the other server are waiting"), { kind: "busy" });
}

describe("The proxy", () => {
  test("holds nothing against a server that it was itself too busy to ask", async () => {
    home.network.join("there.test", async () => busy());
    for (let turn = 0; turn < 5; turn++)
      for (const path of [filmUrl(home.app, THERE), proxyUrl(home.app, THERE)]) {
        const answer = await get(path);
        expect([
          answer.status,
          answer.headers.get("retry-after"),
          answer.headers.get("cache-control"),
        ]).toEqual([429, "5", "no-store"]);
      }
    expect(await home.app.db.selectFrom("proxied").selectAll().execute()).toEqual([]);
    home.network.join("there.test", async () => new Response(new Uint8Array(PNG)));
    expect((await get(proxyUrl(home.app, THERE))).status).toBe(200);
    home.network.join(
      "there.test",
      async () => new Response("film", { headers: { "content-type": "video/mp4" } }),
    );
    expect(await (await get(filmUrl(home.app, THERE))).text()).toBe("film");
  });

  test("gives one address no more films at a time than it can look at, and takes each back", async () => {
    home.network.join(
      "there.test",
      async () => new Response(new ReadableStream(), { headers: { "content-type": "video/mp4" } }),
    );
    const open = await Promise.all(
      Array.from({ length: 10 }, (_, at) => get(filmUrl(home.app, `${THERE}${at}`))),
    );
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await get(filmUrl(home.app, `${THERE}x`))).status).toBe(429);
    await open[0]?.body?.cancel();
    expect((await get(filmUrl(home.app, `${THERE}y`))).status).toBe(200);
    // What is no film, or not signed, holds nothing.
    await open[1]?.body?.cancel();
    home.network.join(
      "there.test",
      async () => new Response("x", { headers: { "content-type": "text/html" } }),
    );
    for (let turn = 0; turn < 15; turn++) {
      expect((await get(filmUrl(home.app, `${THERE}/page${turn}`))).status).toBe(404);
      expect((await get(`/proxy/film/x/${turn}`)).status).toBe(404);
    }
  });

  test("does not say for weeks that a part was not there", async () => {
    home.network.join(
      "there.test",
      async () => new Response(null, { status: 416, headers: { "content-range": "bytes */10" } }),
    );
    const answer = await get(filmUrl(home.app, THERE), { range: "bytes=99999999999-" });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([416, "public, max-age=60"]);
  });
});

test("room that was promised to an upload is kept for it while it moves (MED-11)", async () => {
  const { app, clock } = home;
  const ann = await aMember(home, "ann");
  for (let turn = 0; turn < 3; turn++)
    await beginUpload(app, ann.viewer, { name: "a", size: 1_000_000, mediaType: "image/png" });
  expect(await missingUploadBytes(app.db, clock.now() - 1)).toBe(3_000_000);
  clock.advance(11 * 60_000);
  expect(await missingUploadBytes(app.db, clock.now() - 600_000)).toBe(0);
});
