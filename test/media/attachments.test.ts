import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import type { AttachmentView } from "../../server/domain/note.ts";
import { memoryFiles } from "../../server/media/files.ts";
import {
  attachmentViews,
  findFile,
  READY,
  removeFreeAttachments,
  setAlt,
  uploadImage,
} from "../../server/services/media/attachments.ts";
import { filmUrl, proxyUrl } from "../../server/services/media/proxy.ts";
import { listFreeAttachments } from "../../server/store/attachments.ts";
import { eachDatabase } from "../support/databases.ts";
import { appWith, DAY, PNG, viewerOn } from "./app.ts";

const nameOf = (url: string) => url.slice("/media/".length);
const namesOf = (view: AttachmentView) => [view.url, ...view.variants.map((one) => one.url)].map(nameOf);

async function all(files: ReturnType<App["files"]["list"]>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of files) names.push(name);
  return names;
}

describe("uploaded pictures", () => {
  eachDatabase((_name, open) => {
    const start = async () => {
      const { db } = await open();
      const made = appWith(db);
      return { ...made, db, viewer: await viewerOn(made.app, 1) };
    };

    test("are kept as WebP under unguessable names, in several sizes, with description and preview", async () => {
      const { app, viewer } = await start();
      const view = await uploadImage(app, viewer, { bytes: PNG, alt: " a field " });
      expect(view).toMatchObject({
        kind: "image",
        mediaType: "image/webp",
        alt: "a field",
        width: 600,
        height: 400,
        state: "ready",
        animated: false,
        coverUrl: null,
      });
      expect(view.blurhash).not.toBeNull();
      expect(view.variants.map(({ mediaType, width, height }) => [mediaType, width, height])).toEqual([
        ["image/avif", 320, 213],
        ["image/webp", 320, 213],
        ["image/avif", 480, 320],
        ["image/webp", 480, 320],
      ]);
      const urls = [view.url, ...view.variants.map((variant) => variant.url)];
      expect(new Set(urls).size).toBe(5);
      for (const url of urls) {
        expect(url).toMatch(/^\/media\/[A-Za-z0-9_-]{24}\.(?:webp|avif)$/);
        expect(await findFile(app, nameOf(url))).not.toBeNull();
      }
      const main = await app.files.read(nameOf(view.url));
      expect((await sharp(main ?? undefined).metadata()).width).toBe(600);
      expect(view.size).toBe(main?.length);
    });

    test("that move have their first frame as a cover", async () => {
      const { app, viewer } = await start();
      const pixels = Buffer.alloc(40 * 60 * 3);
      const raw = { width: 40, height: 60, channels: 3, pageHeight: 30 } as const;
      const gif = await sharp(pixels.fill(255, 0, 40 * 30 * 3), { raw })
        .gif()
        .toBuffer();
      const view = await uploadImage(app, viewer, { bytes: gif });
      expect(view).toMatchObject({ animated: true, width: 40, height: 30, variants: [] });
      expect(await findFile(app, nameOf(view.coverUrl ?? ""))).not.toBeNull();
    });

    test("are refused with a sentence when the disk is nearly full, and nothing is kept of them (MED-11)", async () => {
      const { db, viewer } = await start();
      // A file system without any room.
      const { app } = appWith(db, {}, { environment: { CAUSEWAY_DATA: "/proc" } });
      await expect(uploadImage(app, viewer, { bytes: PNG })).rejects.toMatchObject({
        kind: "unavailable",
        key: "film.no_room",
      });
      expect(await app.files.usage()).toBe(0);
    });

    test("leave no file behind when the store or the database fails half-way", async () => {
      const { app, db, viewer } = await start();
      const files = memoryFiles();
      let writes = 0;
      const failing = appWith(
        db,
        {},
        {
          files: {
            ...files,
            write: async (name, bytes) => {
              if ((writes += 1) === 3) throw new Error("The disk is full.");
              await files.write(name, bytes);
            },
          },
        },
      );
      await expect(uploadImage(failing.app, viewer, { bytes: PNG })).rejects.toThrow("full");
      expect([writes, await files.usage()]).toEqual([3, 0]);
      const stranger = { ...viewer, actorId: asId<Viewer["actorId"]>(999_999) };
      await expect(uploadImage(app, stranger, { bytes: PNG })).rejects.toThrow();
      expect(await app.files.usage()).toBe(0);
      expect(await db.selectFrom("attachments").select("id").execute()).toEqual([]);
    });

    test("take all their files with them: sizes, covers, captions, and what they were made of", async () => {
      const { app, db, viewer } = await start();
      const { id } = await uploadImage(app, viewer, { bytes: PNG });
      const more = {
        cover: "cover-cdefghijklmnopqrstuv.webp",
        vtt: "words-cdefghijklmnopqrstuv.vtt",
        source: "source-defghijklmnopqrstuv.bin",
      };
      for (const name of Object.values(more)) await app.files.write(name, new Uint8Array(1));
      const captions = JSON.stringify([{ file: more.vtt, language: "en", label: "English" }]);
      await db
        .updateTable("attachments")
        .set({ cover_file: more.cover, source_file: more.source, captions, created_at: -DAY })
        .execute();
      const [row] = await listFreeAttachments(db, app.clock.now(), 1);
      expect(row?.id).toBe(id);
      expect(await removeFreeAttachments(app)).toBe(1);
      expect(await app.files.usage()).toBe(0);
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
      expect(await findFile(app, nameOf(free.url))).toBeNull();
      expect(await findFile(app, nameOf(held.url))).not.toBeNull();
      await db.updateTable("drafts").set({ note_id: 5 }).execute();
      expect(await listFreeAttachments(db, clock.now(), 10)).toHaveLength(1);
      expect((await all(app.files.list())).toSorted()).toEqual(namesOf(held).toSorted());
    });

    test("of other servers are shown and played through the proxy, anything else is a link", async () => {
      const { app } = await start();
      const row = {
        ...READY,
        id: 1,
        actor_id: 1,
        note_id: 1,
        position: 0,
        file: null,
        alt: "",
        width: null,
        height: null,
        blurhash: null,
        focus_x: null,
        focus_y: null,
        cover_url: null,
        duration_ms: null,
        digest: null,
        size: null,
        created_at: 0,
        variants: '[{"file":"not-of-this-server.webp","mediaType":"image/webp","width":1,"height":1}]',
      };
      const there = "https://there.example/a";
      const remote = (kind: string, media_type: string, rest = {}) =>
        attachmentViews(app, [{ ...row, kind, media_type, remote_url: there, ...rest }])[0];
      expect(remote("image", "image/png")).toMatchObject({ url: proxyUrl(app, there), variants: [] });
      expect(remote("image", "image/png", { width: 4000, height: 2000 })?.variants).toEqual([
        { url: proxyUrl(app, there, "small"), mediaType: "image/webp", width: 480, height: 240 },
        { url: proxyUrl(app, there), mediaType: "image/webp", width: 1280, height: 640 },
      ]);
      expect(remote("image", "image/png", { width: 400, height: 300 })?.variants).toEqual([]);
      const video = remote("video", "video/mp4", { cover_url: "https://there.example/still.jpg" });
      expect(video?.url).toBe(filmUrl(app, there));
      expect(video?.coverUrl).toBe(proxyUrl(app, "https://there.example/still.jpg"));
      expect(remote("audio", "audio/ogg")?.url).toBe(filmUrl(app, there));
      expect(remote("video", "application/x-mpegURL")?.url).toBe(there);
      expect(remote("video", "video/vnd.mpegurl")?.url).toBe(there);
      expect(remote("video", "text/html")?.url).toBe(there);
      expect(remote("file", "application/pdf")?.url).toBe(there);
      expect(
        attachmentViews(app, [{ ...row, kind: "video", media_type: "video/mp4", remote_url: null }])[0]?.url,
      ).toBe("");
    });

    test("are served by name only as what people may have: sources of films are not", async () => {
      const { app } = await start();
      await app.files.write("abcdefghijklmnopqrstuvwx.bin", new Uint8Array(1));
      await app.files.write("abcdefghijklmnopqrstuvwx.vtt", new Uint8Array(1));
      expect(await findFile(app, "abcdefghijklmnopqrstuvwx.bin")).toBeNull();
      expect((await findFile(app, "abcdefghijklmnopqrstuvwx.vtt"))?.mediaType).toBe(
        "text/vtt; charset=utf-8",
      );
      for (const name of ["../secret.key", "..%2fsecret.key.webp", "x.webp", ""])
        expect(await findFile(app, name)).toBeNull();
    });
  });
});
