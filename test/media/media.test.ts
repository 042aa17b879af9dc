import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFiles, isFileName, memoryFiles } from "../../server/media/files.ts";
import { createImages } from "../../server/media/images.ts";

const NAME = "abcdefghijklmnopqrstuvwx.webp";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "causeway-files-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function picture(width: number, height: number, background = "#3366cc") {
  return sharp({ create: { width, height, channels: 3, background } });
}

describe.each([
  ["on disk", () => createFiles(folder())],
  ["in memory", () => memoryFiles()],
] as const)("files %s", (_name, make) => {
  test("come back as they were written, and are gone once removed", async () => {
    const files = make();
    expect(await files.read(NAME)).toBeNull();
    await files.write(NAME, new Uint8Array([1, 2, 3]));
    expect(Buffer.from((await files.read(NAME)) ?? [])).toEqual(Buffer.from([1, 2, 3]));
    expect(await files.usage()).toBe(3);
    await files.remove(NAME);
    await files.remove(NAME);
    expect(await files.read(NAME)).toBeNull();
    expect(await files.usage()).toBe(0);
  });

  test("have no other names than the ones made here", async () => {
    const files = make();
    for (const name of [
      "../../etc/passwd",
      "short.webp",
      "abcdefghijklmnopqrstuvwx.svg",
      "a/bcdefghijklmnopqrstuvw.webp",
      `${"a".repeat(200)}.webp`,
    ]) {
      expect(isFileName(name)).toBe(false);
      await expect(files.write(name, new Uint8Array())).rejects.toThrow("name");
      expect(await files.read(name)).toBeNull();
    }
  });
});

describe("files on disk", () => {
  test("leave nothing half-written behind", async () => {
    const path = folder();
    const files = createFiles(path);
    await Promise.all([
      files.write(NAME, new Uint8Array(10)),
      files.write(NAME.replace("a", "b"), new Uint8Array(20)),
    ]);
    expect(readdirSync(join(path, "incoming"))).toEqual([]);
    expect(readdirSync(path).toSorted()).toEqual(["ab", "bb", "incoming"]);
    expect(await files.usage()).toBe(30);
  });
});

describe("pictures", () => {
  const images = createImages();

  test("become WebP of at most 1920 pixels with a blurred preview, small ones keep their size", async () => {
    const large = await images.encode(await picture(2400, 1200).png().toBuffer(), { kind: "attachment" });
    expect(large).toMatchObject({ mediaType: "image/webp", width: 1920, height: 960 });
    expect(large.blurhash).toMatch(/^L.{27}$/);
    const small = await images.encode(await picture(30, 20).jpeg().toBuffer(), { kind: "attachment" });
    expect(small).toMatchObject({ width: 30, height: 20 });
    expect((await sharp(small.bytes).metadata()).format).toBe("webp");
  });

  test("are cut to the shape of avatars and headers", async () => {
    const bytes = await picture(700, 300).png().toBuffer();
    expect(await images.encode(bytes, { kind: "avatar" })).toMatchObject({ width: 400, height: 400 });
    expect(await images.encode(bytes, { kind: "header" })).toMatchObject({ width: 1500, height: 500 });
  });

  test("are turned upright and lose place, camera and owner", async () => {
    const bytes = await picture(60, 40)
      .jpeg()
      .withExif({ IFD0: { Copyright: "somebody", Make: "camera" }, IFD3: { GPSLatitude: "1/1 2/1 3/1" } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const encoded = await images.encode(bytes, { kind: "attachment" });
    expect(encoded).toMatchObject({ width: 40, height: 60 });
    const facts = await sharp(encoded.bytes).metadata();
    expect([facts.exif, facts.xmp, facts.iptc, facts.icc, facts.orientation]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(Buffer.from(encoded.bytes).includes("somebody")).toBe(false);
  });

  test("that are animated stay animated, up to 200 frames", async () => {
    const frames = (count: number) => {
      const pixels = Buffer.alloc(40 * 30 * 3 * count, 255);
      for (let frame = 0; frame < count; frame += 1)
        pixels.fill((frame * 90) % 250, frame * 40 * 30 * 3, (frame * 30 + 15) * 40 * 3);
      return sharp(pixels, { raw: { width: 40, height: 30 * count, channels: 3, pageHeight: 30 } })
        .gif()
        .toBuffer();
    };
    const short = await images.encode(await frames(3), { kind: "attachment" });
    expect(short).toMatchObject({ width: 40, height: 30 });
    expect((await sharp(short.bytes).metadata()).pages).toBe(3);
    const long = await images.encode(await frames(210), { kind: "attachment" });
    expect((await sharp(long.bytes).metadata()).pages).toBe(200);
    const still = await images.encode(await frames(3), { kind: "avatar" });
    expect((await sharp(still.bytes).metadata()).pages ?? 1).toBe(1);
  });

  test("that are not pictures, or of a kind that can load or run things, are refused", async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    const broken = (await picture(50, 50).png().toBuffer()).subarray(0, 60);
    for (const bytes of [
      Buffer.from(svg),
      Buffer.from("%PDF-1.4"),
      Buffer.from("text"),
      Buffer.alloc(0),
      broken,
      Buffer.from("\x89PNG\r\n\x1a\n<svg"),
    ])
      await expect(images.encode(bytes, { kind: "attachment" })).rejects.toMatchObject({
        kind: "invalid",
        fields: { file: { key: "field.image_type" } },
      });
  });

  test("that are too many bytes or would unfold to too many pixels are refused", async () => {
    const bomb = await picture(8000, 6000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(1_000_000);
    await expect(images.encode(bomb, { kind: "attachment" })).rejects.toMatchObject({
      fields: { file: { key: "field.image_large", params: { max: 40, unit: "MP" } } },
    });
    await expect(
      images.encode(Buffer.alloc(16 * 1024 * 1024 + 1), { kind: "attachment" }),
    ).rejects.toMatchObject({
      fields: { file: { key: "field.image_large", params: { max: 16, unit: "MB" } } },
    });
  });

  test("by the dozen at once are all answered", async () => {
    const bytes = await picture(64, 64).png().toBuffer();
    const all = await Promise.all(
      Array.from({ length: 12 }, () => images.encode(bytes, { kind: "attachment" })),
    );
    expect(new Set(all.map((image) => image.width))).toEqual(new Set([64]));
  });
});
