import sharp from "sharp";
import { describe, expect, test } from "vitest";
import {
  filmUrl,
  forgetProxied,
  keysOfProxied,
  openFilm,
  openProxied,
  proxyUrl,
  sweepProxied,
} from "../../server/services/media/proxy.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";
import { type Answer, appWith, DAY, parts, PNG } from "./app.ts";

describe("the picture proxy", () => {
  eachDatabase((_name, open) => {
    const PICTURE = "https://there.example/picture.png?x=1";
    const start = async (answer?: Answer, budget = "1 GiB") =>
      appWith((await open()).db, answer, { environment: { CAUSEWAY_PROXY_CACHE: budget } });

    test("fetches once, re-encodes, and keeps the result", async () => {
      const { app, asked } = await start();
      const [mac, url] = parts(proxyUrl(app, PICTURE));
      const files = await Promise.all([openProxied(app, mac, url), openProxied(app, mac, url)]);
      expect(files[0]?.mediaType).toBe("image/webp");
      expect(Buffer.from((await openProxied(app, mac, url))?.bytes ?? [])).toEqual(
        Buffer.from(files[1]?.bytes ?? []),
      );
      expect(asked).toMatchObject([{ url: PICTURE, maxBytes: 16 * 1024 * 1024 }]);
      expect(await app.cache.usage()).toBe(files[0]?.bytes.length);
      expect(await app.files.usage()).toBe(0);
    });

    test("makes a small one of at most 480 pixels, under an address of its own", async () => {
      const { app } = await start();
      const small = proxyUrl(app, PICTURE, "small");
      expect(small).toMatch(/\?w=480$/);
      const [mac, url] = parts(small);
      const file = await openProxied(app, mac, url, "small");
      expect(await sharp(file?.bytes).metadata()).toMatchObject({ width: 480, height: 320 });
      expect(file?.bytes.length).toBeLessThan(40_001);
      expect(await openProxied(app, mac, url)).toBeNull();
      const [fullMac] = parts(proxyUrl(app, PICTURE));
      expect(await openProxied(app, fullMac, url, "small")).toBeNull();
    });

    test("fetches nothing for an address that this server did not sign", async () => {
      const { app, asked } = await start();
      const [mac] = parts(proxyUrl(app, PICTURE));
      const [, other] = parts(proxyUrl(app, "https://elsewhere.example/"));
      expect(await openProxied(app, mac, other)).toBeNull();
      expect(await openProxied(app, "", other)).toBeNull();
      expect(await openProxied(appWith(app.db).app, mac, other)).toBeNull();
      expect(await openFilm(app, mac, other, {})).toBeNull();
      const [pictureMac, picture] = parts(proxyUrl(app, PICTURE));
      expect(await openFilm(app, pictureMac, picture, {})).toBeNull();
      expect(asked).toEqual([]);
    });

    test.each([
      ["answers with an error", { status: 404 }],
      ["sends something else than a picture", { body: Buffer.from("<svg onload=alert(1)>") }],
      ["sends a broken picture", { body: PNG.subarray(0, 50) }],
      ["cannot be reached", new Error("refused")],
    ])(
      "has no picture when the other server %s, and asks again only after ten minutes",
      async (_case, answer) => {
        const { app, asked, clock } = await start(answer);
        const [mac, url] = parts(proxyUrl(app, PICTURE));
        expect(await openProxied(app, mac, url)).toBeNull();
        expect(await openProxied(app, mac, url)).toBeNull();
        expect(asked).toHaveLength(1);
        clock.advance(10 * 60_000);
        expect(await openProxied(app, mac, url)).toBeNull();
        expect(asked).toHaveLength(2);
        expect(await app.cache.usage()).toBe(0);
      },
    );

    test("leaves a server alone for a while that failed three times", async () => {
      const { app, asked, clock } = await start(new Error("timeout"));
      const open5 = async () => {
        for (let i = 0; i < 5; i += 1) {
          const [mac, url] = parts(proxyUrl(app, `${PICTURE}&n=${i}`));
          await openProxied(app, mac, url);
        }
      };
      await open5();
      expect(asked).toHaveLength(3);
      clock.advance(11 * 60_000);
      await open5();
      expect(asked).toHaveLength(4);
    });

    test("keeps within its budget: what was not looked at for longest goes", async () => {
      const { app, asked, clock } = await start({}, "450 KiB");
      const look = async (n: number) => {
        clock.advance(2 * 3_600_000);
        const [mac, url] = parts(proxyUrl(app, `${PICTURE}&n=${n}`));
        return (await openProxied(app, mac, url))?.bytes.length ?? 0;
      };
      const size = await look(0);
      const fitting = Math.floor((450 * 1024) / size);
      expect(fitting).toBeGreaterThan(1);
      for (let n = 1; n < fitting; n += 1) await look(n);
      expect(await app.cache.usage()).toBe(fitting * size);
      // The oldest is looked at again, so the second is now the one that was not.
      await look(0);
      await look(fitting);
      expect(await app.cache.usage()).toBeLessThan(450 * 1024);
      const before = asked.length;
      await look(0);
      expect(asked).toHaveLength(before);
      await look(1);
      expect(asked).toHaveLength(before + 1);
    });

    test("keeps nothing when its budget is nothing, and still shows pictures", async () => {
      const { app, asked } = await start({}, "0");
      const [mac, url] = parts(proxyUrl(app, PICTURE));
      expect(await openProxied(app, mac, url)).not.toBeNull();
      expect(await openProxied(app, mac, url)).not.toBeNull();
      expect([asked.length, await app.cache.usage()]).toEqual([2, 0]);
    });

    test("fetches again what its folder lost, and what is two weeks old", async () => {
      const { app, asked, clock } = await start();
      const [mac, url] = parts(proxyUrl(app, PICTURE));
      await openProxied(app, mac, url);
      await app.cache.remove(`${mac}.webp`);
      expect(await openProxied(app, mac, url)).not.toBeNull();
      expect(asked).toHaveLength(2);
      clock.advance(14 * DAY);
      expect(await openProxied(app, mac, url)).not.toBeNull();
      expect(asked).toHaveLength(3);
    });

    test("forgets the copies of what was deleted, what nobody looks at, and files that nothing knows", async () => {
      const { app, clock } = await start();
      const rows = () => app.db.selectFrom("proxied").select("url").execute();
      for (const size of ["full", "small"] as const) {
        const [mac, url] = parts(proxyUrl(app, PICTURE, size));
        await openProxied(app, mac, url, size);
      }
      expect(await rows()).toHaveLength(2);
      await forgetProxied(app, keysOfProxied(app, [PICTURE]));
      expect([await rows(), await app.cache.usage()]).toEqual([[], 0]);
      const [mac, url] = parts(proxyUrl(app, PICTURE));
      await openProxied(app, mac, url);
      await app.cache.write("stray-cdefghijklmnopqrstuvwx.webp", new Uint8Array(9));
      await sweepProxied(app);
      expect(await rows()).toHaveLength(1);
      expect(await app.cache.size("stray-cdefghijklmnopqrstuvwx.webp")).toBeNull();
      clock.advance(14 * DAY + 1);
      await sweepProxied(app);
      expect([await rows(), await app.cache.usage()]).toEqual([[], 0]);
    });
  });
});

describe("films of other servers", () => {
  const FILM = "https://there.example/film.mp4";
  const film = (status: number, headers: Record<string, string>) => {
    let cancelled = false;
    const asked: { readonly url: string; readonly headers?: Readonly<Record<string, string>> }[] = [];
    const bare = appWith(
      {} as never,
      {},
      {
        stream: async (request) => {
          asked.push(request);
          const body = new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array([7])),
            cancel: () => void (cancelled = true),
          });
          return { status, headers: new Headers(headers), body };
        },
      },
    );
    const rules = { rules: new Map(), allowed: new Set<string>() };
    const hostRules = { get: () => Promise.resolve(rules), forget: () => undefined };
    const { clock } = bare;
    const app = partialApp({} as never, { ...bare.app, hostRules });
    const [mac, url] = filmUrl(app, FILM).split("/").slice(3);
    const open = (wish = {}) => openFilm(app, mac ?? "", url ?? "", wish);
    return { app, clock, asked, open, wasCancelled: () => cancelled };
  };

  test("are handed on with what a player needs to know, and the part that it asks for", async () => {
    const part = {
      "content-type": "video/mp4; codecs=x",
      "content-length": "10",
      "content-range": "bytes 5-14/100",
      etag: '"abc"',
      "set-cookie": "a=b",
      "x-frame-options": "ALLOW",
    };
    const { open, asked } = film(206, part);
    const found = await open({ range: "bytes=5-14", ifRange: '"abc"' });
    expect(asked[0]).toMatchObject({ url: FILM, headers: { range: "bytes=5-14", "if-range": '"abc"' } });
    expect(found).toMatchObject({ status: 206 });
    expect(found?.headers).toEqual({
      "content-type": "video/mp4",
      "content-length": "10",
      "content-range": "bytes 5-14/100",
      "accept-ranges": "bytes",
      etag: '"abc"',
    });
    await found?.body?.cancel();
  });

  test.each([
    ["HTML", 200, { "content-type": "text/html" }],
    ["SVG", 200, { "content-type": "image/svg+xml" }],
    ["no type", 200, {}],
    ["a playlist, which names other addresses", 200, { "content-type": "audio/x-mpegurl" }],
    [
      "a film that is larger than the cap",
      200,
      { "content-type": "video/mp4", "content-length": "600000000" },
    ],
    ["a part of one", 206, { "content-type": "video/mp4", "content-range": "bytes 0-9/600000000" }],
    ["a part that does not say which", 206, { "content-type": "video/mp4" }],
    ["a redirect that was not followed", 302, { location: "http://127.0.0.1/" }],
    ["an error", 500, { "content-type": "video/mp4" }],
  ])(
    "are not there when the other server sends %s; it is asked again after ten minutes",
    async (_case, status, headers) => {
      const { open, asked, clock, wasCancelled } = film(status, { ...headers });
      expect(await open()).toBeNull();
      expect(wasCancelled()).toBe(true);
      expect(await open()).toBeNull();
      expect(asked).toHaveLength(1);
      clock.advance(10 * 60_000);
      await open();
      expect(asked).toHaveLength(2);
    },
  );
});
