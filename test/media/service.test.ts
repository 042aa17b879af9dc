import sharp from "sharp";
import { USUAL_PREFERENCES } from "../../server/domain/preferences.ts";
import { describe, expect, test } from "vitest";
import type { App, HttpRequest, HttpResponse } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import { createRateLimiter } from "../../server/http/rate-limit.ts";
import { memoryFiles } from "../../server/media/files.ts";
import {
  attachmentViews,
  openFile,
  openProxied,
  proxyUrl,
  READY,
  removeFreeAttachments,
  setAlt,
  uploadImage,
} from "../../server/services/media/attachments.ts";
import { listFreeAttachments } from "../../server/store/attachments.ts";
import { memoryVault } from "../../server/vault.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor } from "../support/rows.ts";

const DAY = 86_400_000;
const PNG = await sharp({ create: { width: 90, height: 60, channels: 3, background: "#8a2" } })
  .png()
  .toBuffer();

type Answer = Partial<HttpResponse> | Error;

function appWith(db: App["db"], answer: Answer = {}) {
  const asked: HttpRequest[] = [];
  const fetch = async (request: HttpRequest): Promise<HttpResponse> => {
    asked.push(request);
    if (answer instanceof Error) throw answer;
    return { status: 200, url: request.url, headers: new Headers(), body: PNG, ...answer };
  };
  const base = partialApp(db, {
    files: memoryFiles(),
    vault: memoryVault(),
    http: { fetch, post: () => Promise.reject(new Error("Nothing is posted here.")) },
  });
  const limiter = createRateLimiter(() => base.clock.now());
  return { app: partialApp(db, { ...base, limiter }), clock: base.clock, asked };
}

async function viewerOn(app: App, id: number): Promise<Viewer> {
  await storeActor(app.db, id);
  await app.db
    .insertInto("accounts")
    .values({
      id: id + 100,
      actor_id: id,
      password_hash: "",
      role: "member",
      languages: "[]",
      created_at: 0,
      notifications_read_id: 0,
    })
    .execute();
  return {
    accountId: asId(id + 100),
    actorId: asId(id),
    username: `u${id}`,
    name: "",
    role: "member",
    locale: null,
    languages: [],
    preferences: USUAL_PREFERENCES,
  };
}

function parts(path: string): [mac: string, url: string] {
  const [, , mac = "", url = ""] = path.split("/");
  return [mac, url];
}

describe("uploaded pictures", () => {
  eachDatabase((_name, open) => {
    const start = async () => {
      const { db } = await open();
      const made = appWith(db);
      return { ...made, db, viewer: await viewerOn(made.app, 1) };
    };

    test("are kept as WebP under an unguessable name, with description and preview", async () => {
      const { app, viewer } = await start();
      const view = await uploadImage(app, viewer, { bytes: PNG, alt: " a field " });
      expect(view).toMatchObject({
        kind: "image",
        mediaType: "image/webp",
        alt: "a field",
        width: 90,
        height: 60,
      });
      expect(view.url).toMatch(/^\/media\/[A-Za-z0-9_-]{24}\.webp$/);
      expect(view.blurhash).not.toBeNull();
      const file = await openFile(app, view.url.slice("/media/".length));
      expect(file?.mediaType).toBe("image/webp");
      expect((await sharp(file?.bytes).metadata()).width).toBe(90);
      expect(await openFile(app, "../secret.key")).toBeNull();
    });

    test("refuse what is not a picture and descriptions that are too long, and keep nothing of them", async () => {
      const { app, viewer } = await start();
      await expect(uploadImage(app, viewer, { bytes: Buffer.from("<svg/>") })).rejects.toMatchObject({
        kind: "invalid",
      });
      await expect(uploadImage(app, viewer, { bytes: PNG, alt: "x".repeat(1501) })).rejects.toMatchObject({
        fields: { alt: { key: "field.too_long" } },
      });
      expect(await app.files.usage()).toBe(0);
    });

    test("are limited in number", async () => {
      const { app, viewer } = await start();
      const tries = Array.from({ length: 31 }, () => uploadImage(app, viewer, { bytes: Buffer.from("no") }));
      const kinds = (await Promise.allSettled(tries)).map(
        (result) => result.status === "rejected" && result.reason.kind,
      );
      expect(kinds.filter((kind) => kind === "too_many")).toHaveLength(1);
    });

    test("take a new description from their owner only", async () => {
      const { app, viewer } = await start();
      const other = await viewerOn(app, 2);
      const { id } = await uploadImage(app, viewer, { bytes: PNG });
      expect(await setAlt(app, viewer, id, "now described")).toMatchObject({ alt: "now described" });
      await expect(setAlt(app, other, id, "mine")).rejects.toMatchObject({ kind: "not_found" });
    });

    test("that nobody used are removed after a day, unless a draft holds them", async () => {
      const { app, clock, db, viewer } = await start();
      const free = await uploadImage(app, viewer, { bytes: PNG });
      const held = await uploadImage(app, viewer, { bytes: PNG });
      const body = JSON.stringify({ source: "", attachmentIds: [held.id] });
      await db
        .insertInto("drafts")
        .values({ id: 1, account_id: viewer.accountId, body, updated_at: 0, note_id: null })
        .execute();
      clock.advance(DAY - 1);
      expect(await removeFreeAttachments(app)).toBe(0);
      clock.advance(2);
      expect(await removeFreeAttachments(app)).toBe(1);
      expect(await openFile(app, free.url.slice(7))).toBeNull();
      expect(await openFile(app, held.url.slice(7))).not.toBeNull();
      await db.updateTable("drafts").set({ note_id: 5 }).execute();
      expect(await listFreeAttachments(db, clock.now(), 10)).toHaveLength(1);
    });

    test("of other servers are shown through the proxy, other remote media as links", async () => {
      const { app } = await start();
      const row = {
        id: 1,
        actor_id: 1,
        note_id: 1,
        position: 0,
        file: null,
        media_type: "image/png",
        alt: "",
        width: null,
      };
      const rest = {
        height: null,
        blurhash: null,
        focus_x: null,
        focus_y: null,
        cover_url: null,
        duration_ms: null,
        digest: null,
        size: null,
        created_at: 0,
        ...READY,
      };
      const [image, video] = attachmentViews(app, [
        { ...row, ...rest, kind: "image", remote_url: "https://there.example/a.png" },
        { ...row, ...rest, kind: "video", remote_url: "https://there.example/a.mp4" },
      ]);
      expect(image?.url).toBe(proxyUrl(app, "https://there.example/a.png"));
      expect(video?.url).toBe("https://there.example/a.mp4");
    });
  });
});

describe("the picture proxy", () => {
  eachDatabase((_name, open) => {
    const PICTURE = "https://there.example/picture.png?x=1";
    const start = async (answer?: Answer) => appWith((await open()).db, answer);

    test("fetches once, re-encodes, and keeps the result", async () => {
      const { app, asked } = await start();
      const [mac, url] = parts(proxyUrl(app, PICTURE));
      const files = await Promise.all([openProxied(app, mac, url), openProxied(app, mac, url)]);
      expect(files[0]?.mediaType).toBe("image/webp");
      expect(await openProxied(app, mac, url)).toEqual(files[1]);
      expect(asked).toMatchObject([{ url: PICTURE, maxBytes: 16 * 1024 * 1024 }]);
    });

    test("fetches nothing for an address that this server did not sign", async () => {
      const { app, asked } = await start();
      const [mac] = parts(proxyUrl(app, PICTURE));
      const [, other] = parts(proxyUrl(app, "https://elsewhere.example/"));
      expect(await openProxied(app, mac, other)).toBeNull();
      expect(await openProxied(app, "", other)).toBeNull();
      expect(await openProxied(appWith(app.db).app, mac, other)).toBeNull();
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
      },
    );
  });
});
