import { afterEach, describe, expect, it } from "vitest";
import sharp from "sharp";
import type { ReceivedEmoji } from "../../server/domain/emoji.ts";
import {
  addEmoji,
  findOwnEmoji,
  keepEmojis,
  listEmojis,
  removeEmoji,
} from "../../server/services/notes/emojis.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { transaction } from "../../server/store/database.ts";
import { findEmojis } from "../../server/store/emojis.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const emoji = (name: string, change: Partial<ReceivedEmoji> = {}): ReceivedEmoji => ({
  name,
  url: `https://far.test/${name}.png`,
  uri: null,
  mediaType: "image/png",
  updatedAt: Date.UTC(2026, 0, 1),
  ...change,
});

async function picture(): Promise<Uint8Array> {
  const image = sharp({ create: { width: 300, height: 200, channels: 4, background: "#0b6b6a" } });
  return new Uint8Array(await image.png().toBuffer());
}

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { viewer: mei } = await aMember(instance, "mei");
    return { instance, app: instance.app, mei };
  };

  describe("emoji of ours", () => {
    it("are made small, used by name, replaced, and taken out of use", async () => {
      const { instance, app, mei } = await start();
      const made = await addEmoji(app, { shortcode: "cat", bytes: await picture() });
      const bytes = await app.files.read(made.url.replace("/media/", ""));
      expect(await sharp(bytes ?? undefined).metadata()).toMatchObject({ format: "webp", width: 128 });
      expect((await aNote(instance, { by: mei, source: ":cat: :dog:" })).emojis).toEqual([made]);
      const again = await addEmoji(app, { shortcode: "cat", bytes: await picture() });
      expect(again.url).not.toBe(made.url);
      expect(await listEmojis(app)).toEqual([again]);
      expect(await removeEmoji(app, "cat")).toBe(true);
      expect(await removeEmoji(app, "cat")).toBe(false);
      expect([await listEmojis(app), await findOwnEmoji(app, "cat")]).toEqual([[], null]);
    });

    it("have names of letters, digits and _, and are pictures", async () => {
      const { app } = await start();
      const bytes = await picture();
      for (const shortcode of ["", "a b", "x".repeat(65), "é", ":a:"])
        await expect(addEmoji(app, { shortcode, bytes })).rejects.toMatchObject({ kind: "invalid" });
      await expect(addEmoji(app, { shortcode: "a", bytes: new Uint8Array([1, 2]) })).rejects.toMatchObject({
        kind: "invalid",
      });
    });
  });

  describe("emoji of others", () => {
    it("are kept by host, and replaced by newer ones only", async () => {
      const { app } = await start();
      const keep = (host: string, ...emojis: readonly ReceivedEmoji[]) =>
        transaction(app.db, (tx) => keepEmojis(app, tx, host, emojis));
      const url = async (host: string) => (await findEmojis(app.db, host, ["cat"]))[0]?.remote_url;
      await keep("far.test", emoji("cat"));
      await keep("near.test", emoji("cat", { url: "https://near.test/cat.png" }));
      await keep(
        "far.test",
        emoji("cat", { url: "https://far.test/old.png", updatedAt: Date.UTC(2025, 0, 1) }),
      );
      expect(await url("far.test")).toBe("https://far.test/cat.png");
      await keep(
        "far.test",
        emoji("cat", { url: "https://far.test/new.png", updatedAt: Date.UTC(2026, 1, 1) }),
      );
      expect(await url("far.test")).toBe("https://far.test/new.png");
      expect(await url("near.test")).toBe("https://near.test/cat.png");
    });

    it("are shown with their note, through the proxy, without those that have no right name or address", async () => {
      const { instance, app, mei } = await start();
      const far = await aRemoteActor(instance, "far");
      const emojis = [emoji("cat"), emoji("b c"), emoji("js", { url: "javascript:alert(1)" })];
      const id = await receiveNote(app, aReceivedNote(far, "1", { emojis, contentHtml: ":cat:" }), "wanted");
      if (id === null) throw new Error("not kept");
      const note = await viewNote(app, mei, id);
      expect(note.emojis).toEqual([{ name: "cat", url: expect.stringMatching(/^\/proxy\//) }]);
    });
  });
});
