import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeHeic, isHeic } from "../../server/media/heic.ts";
import { createImages } from "../../server/media/images.ts";
import { temporaryFolder } from "../support/folders.ts";
import { HEIC } from "./heic-sample.ts";

function picture(width: number, height: number, background = "#3366cc") {
  return sharp({ create: { width, height, channels: 3, background } });
}

/** Grain over soft shapes: as hard to make small as a photograph. */
async function photo(width: number, height: number) {
  const noise = (w: number, h: number) => {
    const raw = Buffer.alloc(w * h * 3);
    let seed = 1;
    for (let i = 0; i < raw.length; i += 1) raw[i] = (seed = (seed * 16_807) % 2_147_483_647) & 255;
    return sharp(raw, { raw: { width: w, height: h, channels: 3 } })
      .resize(width, height, { kernel: "cubic" })
      .png();
  };
  const grain = await noise(Math.ceil(width / 3), Math.ceil(height / 3)).toBuffer();
  return sharp(await noise(12, 9).toBuffer()).composite([{ input: grain, blend: "soft-light" }]);
}

/** The colour of a pixel. */
async function colourAt(bytes: Uint8Array, left: number, top: number) {
  const pixel = await sharp(bytes).removeAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer();
  return [...pixel];
}

describe("pictures", () => {
  const images = createImages();

  test("become WebP of at most 2048 pixels with a blurred preview, small ones keep their size", async () => {
    const large = await images.encode(await picture(2400, 1200).png().toBuffer(), { kind: "attachment" });
    expect(large).toMatchObject({ mediaType: "image/webp", width: 2048, height: 1024 });
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

describe("pictures of notes", () => {
  const images = createImages();

  test("come in widths to choose from, as AVIF and WebP, covers of grids in 40 KB", async () => {
    const bytes = await (await photo(1600, 1200)).jpeg().toBuffer();
    const { sizes, ...main } = await images.encodePhoto(bytes);
    expect(main).toMatchObject({ mediaType: "image/webp", width: 1600, height: 1200, still: null });
    expect(sizes.map(({ mediaType, width }) => [mediaType.slice(6), width])).toEqual([
      ["avif", 320],
      ["webp", 320],
      ["avif", 480],
      ["webp", 480],
      ["avif", 720],
      ["webp", 720],
      ["avif", 1280],
      ["webp", 1280],
    ]);
    for (const { bytes: made, mediaType, width, height } of sizes) {
      const facts = await sharp(made).metadata();
      expect([facts.width, facts.height, facts.exif, facts.icc]).toEqual([
        width,
        height,
        undefined,
        undefined,
      ]);
      expect(facts.format).toBe(mediaType === "image/avif" ? "heif" : "webp");
      expect(height).toBe((width * 3) / 4);
      expect(made.length).toBeLessThan(width <= 480 ? 40_001 : main.bytes.length);
    }
  });

  test("that are small have no other sizes, nor any that would be larger than they are", async () => {
    const small = await images.encodePhoto(await picture(300, 200).png().toBuffer());
    expect(small).toMatchObject({ width: 300, sizes: [], still: null });
    const plain = await images.encodePhoto(await picture(2000, 10).png().toBuffer());
    for (const size of plain.sizes) expect(size.bytes.length).toBeLessThan(plain.bytes.length);
  });

  test("that move stay moving, with their first frame as a still", async () => {
    const pixels = Buffer.alloc(400 * 300 * 3 * 2, 255);
    pixels.fill(0, 400 * 300 * 3);
    const gif = await sharp(pixels, { raw: { width: 400, height: 600, channels: 3, pageHeight: 300 } })
      .gif({ delay: [70, 70], loop: 0 })
      .toBuffer();
    const moving = await images.encodePhoto(gif);
    expect(moving).toMatchObject({ width: 400, height: 300, sizes: [] });
    expect(await sharp(moving.bytes).metadata()).toMatchObject({ pages: 2, delay: [70, 70] });
    expect((await sharp(moving.still?.bytes).metadata()).pages ?? 1).toBe(1);
    expect(await colourAt(moving.still?.bytes ?? gif, 5, 5)).toEqual([255, 255, 255]);
  });

  test("lose what tells of people in every size: place, camera, owner, texts, previews, profiles (MED-05)", async () => {
    const marked = await (
      await photo(700, 500)
    )
      .withExif({
        IFD0: { Copyright: "Zora Secret", Make: "Zora Secret", ImageDescription: "Zora Secret" },
        IFD2: { MakerNote: "Zora Secret", UserComment: "Zora Secret" },
        IFD3: { GPSLatitude: "1/1 2/1 3/1", GPSAreaInformation: "Zora Secret" },
      })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><owner>Zora Secret</owner></x:xmpmeta>')
      .withIccProfile("p3")
      .jpeg()
      .toBuffer();
    expect(marked.includes("Zora Secret")).toBe(true);
    const made = await images.encodePhoto(marked);
    expect(made.sizes.length).toBe(4);
    for (const { bytes } of [made, ...made.sizes]) {
      expect(Buffer.from(bytes).includes("Zora")).toBe(false);
      const { exif, xmp, iptc, icc, comments } = await sharp(bytes).metadata();
      expect([exif, xmp, iptc, icc, comments]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  test("keep what is behind them visible, and print colours become those of screens", async () => {
    const clear = await sharp({ create: { width: 40, height: 40, channels: 4, background: "#ff000000" } })
      .png()
      .toBuffer();
    expect((await sharp((await images.encodePhoto(clear)).bytes).metadata()).hasAlpha).toBe(true);
    const print = await picture(40, 40, "#ff0000").toColourspace("cmyk").jpeg().toBuffer();
    const [red = 0, green = 255] = await colourAt((await images.encodePhoto(print)).bytes, 9, 9);
    expect(red).toBeGreaterThan(150);
    expect(green).toBeLessThan(90);
    const grey = await picture(40, 40, "#808080").toColourspace("b-w").png().toBuffer();
    expect(await images.encodePhoto(grey)).toMatchObject({ width: 40 });
    const deep = await picture(40, 40).toColourspace("rgb16").png().toBuffer();
    expect(await images.encodePhoto(deep)).toMatchObject({ width: 40 });
  });

  test("that are two things at once are only pictures afterwards", async () => {
    const script = Buffer.from("*/alert(1);/*<script>alert(1)</script><?php evil ?>");
    const jpeg = Buffer.concat([await picture(50, 50).jpeg().toBuffer(), script]);
    const gif = Buffer.concat([await picture(50, 50).gif().toBuffer(), script]);
    for (const bytes of [jpeg, gif]) {
      const made = Buffer.from((await images.encodePhoto(bytes)).bytes);
      expect([made.includes("alert"), made.includes("php"), made.subarray(8, 12).toString()]).toEqual([
        false,
        false,
        "WEBP",
      ]);
    }
  });

  test("that unfold to a few gigabytes, frame by frame or at once, are refused before they do", async () => {
    const wide = await picture(8, 8).gif().toBuffer();
    const frame = wide.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 8, 0, 8, 0]));
    for (const at of [6, 8, frame + 5, frame + 7]) wide.writeUInt16LE(60_000, at);
    const header = await picture(8, 8).png().toBuffer();
    // A PNG that claims 60,000 by 60,000 pixels; its checksum does not matter to a reader that looks at the size first.
    header.writeUInt32BE(60_000, 16);
    header.writeUInt32BE(60_000, 20);
    for (const bytes of [wide, header]) {
      const fault = await images.encodePhoto(bytes).catch((error: unknown) => error);
      expect(fault).toMatchObject({ fields: { file: { key: "field.image_large" } } });
    }
  });
});

describe("pictures of phones (HEIC)", () => {
  const images = createImages();

  test("are decoded upright, in the colours of screens", async () => {
    expect(isHeic(HEIC)).toBe(true);
    const made = await images.encodePhoto(HEIC);
    expect(made).toMatchObject({ mediaType: "image/webp", width: 48, height: 64, still: null });
    const [above, below] = [await colourAt(made.bytes, 24, 12), await colourAt(made.bytes, 24, 52)];
    // #145ab5 and #c8281e in Display P3; unconverted, the red would have 40 of green.
    expect(above[2]).toBeGreaterThan(160);
    expect(below[0]).toBeGreaterThan(195);
    expect(below[1]).toBeLessThan(34);
  });

  test("are told from AVIF, which the picture library reads itself", async () => {
    const avif = await picture(40, 40).avif().toBuffer();
    expect(isHeic(avif)).toBe(false);
    expect(await images.encodePhoto(avif)).toMatchObject({ width: 40, height: 40 });
    expect(isHeic(Buffer.from("ftyp"))).toBe(false);
    const family = Buffer.from(HEIC);
    for (const at of [8, 20]) family.write("mif1", at);
    expect(isHeic(family)).toBe(true);
    expect(await images.encodePhoto(family)).toMatchObject({ width: 48, height: 64 });
  });

  test("that are broken, cut off or too large are refused with a sentence", async () => {
    const broken = [
      HEIC.subarray(0, 200),
      HEIC.subarray(0, HEIC.length - 60),
      Buffer.concat([HEIC.subarray(0, 24), Buffer.alloc(400, 255)]),
    ];
    for (const bytes of broken)
      await expect(images.encodePhoto(bytes)).rejects.toMatchObject({
        fields: { file: { key: "field.image_type" } },
      });
    const vast = Buffer.from(HEIC);
    vast.writeUInt32BE(60_000, vast.indexOf("ispe") + 8);
    vast.writeUInt32BE(60_000, vast.indexOf("ispe") + 12);
    await expect(images.encodePhoto(vast)).rejects.toMatchObject({ kind: "invalid" });
    expect(await decodeHeic(HEIC, 64 * 48 - 1)).toBe("too_large");
  });

  test("that hang, swell or crash the decoder take nothing but their own process", async () => {
    const entry = (name: string, code: string) => {
      const path = join(temporaryFolder(), `${name}.mjs`);
      writeFileSync(path, code);
      return path;
    };
    const limits = { wallMs: 400 };
    const hang = entry("hang", "for (;;);");
    const flood = entry(
      "flood",
      'import { writeSync } from "node:fs"; const b = Buffer.alloc(1 << 20); for (;;) try { writeSync(3, b); } catch {}',
    );
    const crash = entry("crash", "process.abort();");
    for (const path of [hang, flood, crash])
      expect(await decodeHeic(HEIC, 1e6, { ...limits, entry: path })).toBe("broken");
    // It can neither read nor write files, nor start anything, nor see our environment.
    const nosy = entry(
      "nosy",
      `import fs from "node:fs"; import { spawnSync } from "node:child_process";
      const own = new URL("written", import.meta.url);
      const tries = [() => fs.readFileSync("/etc/passwd"), () => fs.writeFileSync(own, ""), () => spawnSync("ls")];
      for (const one of tries) { try { one(); process.exit(0); } catch {} }
      process.exit(Object.keys(process.env).some((name) => /PATH|HOME/.test(name)) ? 0 : 3);`,
    );
    expect(await decodeHeic(HEIC, 1e6, { ...limits, wallMs: 5_000, entry: nosy })).toBe("too_large");
    expect(existsSync(join(nosy, "..", "written"))).toBe(false);
  });
});
