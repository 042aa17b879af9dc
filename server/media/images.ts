import { encode as toBlurhash } from "blurhash";
import sharp, { type OutputInfo, type Sharp } from "sharp";
import { CausewayError, invalid } from "../errors.ts";
import { decodeHeic, isHeic, type Pixels } from "./heic.ts";

export type ImageKind = "attachment" | "avatar" | "header" | "proxied" | "thumbnail" | "emoji" | "card";

export type EncodedImage = {
  readonly bytes: Uint8Array;
  readonly mediaType: "image/webp";
  readonly width: number;
  readonly height: number;
  readonly blurhash: string;
};

/** The same picture at another width or in another coding. */
export type EncodedSize = {
  readonly bytes: Uint8Array;
  readonly mediaType: "image/webp" | "image/avif";
  readonly width: number;
  readonly height: number;
};

/** A picture of a note with all it needs to be shown small and large. */
export type EncodedPhoto = EncodedImage & {
  /** Smallest first, AVIF before WebP of the same width; none of an animation. */
  readonly sizes: readonly EncodedSize[];
  /** First frame of an animation; null when nothing moves. */
  readonly still: EncodedSize | null;
};

export type Images = {
  /**
   * Re-encodes a picture as WebP: turned upright, then without any metadata (place, camera, owner), shrunk to what its
   * kind shows. Animated GIF and WebP stay animated where their kind may.
   * @throws invalid `{ file }` when it is not a picture we take or too large; too_many when too many wait.
   */
  encode(bytes: Uint8Array, options: { readonly kind: ImageKind }): Promise<EncodedImage>;
  /** The same for a picture of a note, with smaller sizes of it. @throws like `encode`. */
  encodePhoto(bytes: Uint8Array): Promise<EncodedPhoto>;
};

/** Largest upload, bytes (docs/threats.md, defaults). */
export const IMAGE_MAX_BYTES = 16 * 1024 * 1024;
/** Pixels of all frames together, before decoding: a small file may unfold to gigabytes. */
export const IMAGE_MAX_PIXELS = 40_000_000;
/** What is taken, by the first bytes of a file; `looksLikeImage` knows them. */
export const IMAGE_TYPES: readonly string[] =
  "image/jpeg image/png image/gif image/webp image/avif image/heic image/heif".split(" ");
const MAX_FRAMES = 200;
const AT_ONCE = 2;
const MAX_WAITING = 100;
/** For one step of one picture; a healthy one takes a tenth of it on a slow machine. */
const LONGEST_SECONDS = 30;

type Shape = {
  readonly fit: "cover" | "inside";
  readonly width: number;
  readonly height: number;
  readonly animated: boolean;
  readonly effort: number;
};
const inside = (width: number, height: number, animated: boolean, effort: number): Shape => ({
  fit: "inside",
  width,
  height,
  animated,
  effort,
});
const cover = (width: number, height: number): Shape => ({
  fit: "cover",
  width,
  height,
  animated: false,
  effort: 4,
});

/** Longest side of another server's picture as the proxy sends it. */
export const PROXIED_SIDE = 1280;

const SHAPES: Readonly<Record<ImageKind, Shape>> = {
  attachment: inside(2048, 2048, true, 3),
  // Somebody waits for these, and they are made again when the cache forgets them.
  proxied: inside(PROXIED_SIDE, PROXIED_SIDE, true, 2),
  thumbnail: inside(480, 1440, false, 2),
  card: inside(640, 640, false, 4),
  // Shown at the height of a line; twice that for dense screens, and room for wide ones.
  emoji: inside(128, 128, true, 4),
  avatar: cover(400, 400),
  header: cover(1500, 500),
};
/** Longest side of a thing that moves, and the effort for each of its frames. */
const MOVING = inside(1280, 1280, true, 2);

/** Widths that pages choose from (`srcset`): a card of a grid on a phone, twice that on a dense screen, a column. */
const WIDTHS = [320, 480, 720, 1280] as const;
/** Up to this width a picture is a cover in a grid, and there are many on a page. */
const COVER_WIDTH = 480;
const COVER_BYTES = 40_000;
const COVER_QUALITIES = [78, 60, 44, 30, 18] as const;
/** The same look takes a smaller number in AVIF. */
const AVIF_SHARE = 0.65;

/** An encoder that works on at most two pictures at once, one thread each, and keeps nothing. */
export function createImages(): Images {
  // These two are settings of the library as a whole; every encoder asks for the same.
  sharp.cache(false);
  sharp.concurrency(1);
  const inTurn = createTurns();
  return {
    encode: (bytes, { kind }) =>
      inTurn(bytes, async () => await encodeOne(await sourceOf(bytes), SHAPES[kind], kind === "thumbnail")),
    encodePhoto: (bytes) => inTurn(bytes, async () => await photoOf(await sourceOf(bytes))),
  };
}

/** Runs few pieces of work at once and lets a bounded number wait. */
function createTurns() {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(bytes: Uint8Array, work: () => Promise<T>): Promise<T> => {
    if (bytes.length > IMAGE_MAX_BYTES) throw tooLarge(IMAGE_MAX_BYTES / 1024 / 1024, "MB");
    if (!looksLikeImage(bytes)) throw wrongType();
    if (running >= AT_ONCE) {
      if (waiting.length >= MAX_WAITING)
        throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: 10 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } catch (error) {
      throw asFault(error);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * First bytes of JPEG, PNG, GIF, WebP and AVIF/HEIF. Whatever else the library could read (SVG, PDF, TIFF) never reaches
 * it: SVG can load files and run for ever.
 */
export function looksLikeImage(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  return (
    head.startsWith("\xff\xd8\xff") ||
    head.startsWith("\x89PNG\r\n\x1a\n") ||
    head.startsWith("GIF87a") ||
    head.startsWith("GIF89a") ||
    (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") ||
    (head.slice(4, 8) === "ftyp" && /^(?:avif|avis|hei[cmsx]|hev[cmsx]|mif1|msf1)$/.test(head.slice(8, 12)))
  );
}

/** Something to decode: opens it anew for each use. */
type Source = {
  readonly frames: number;
  open(options?: { readonly pages: number }): Sharp;
};

async function sourceOf(bytes: Uint8Array): Promise<Source> {
  if (isHeic(bytes)) return pixelSource(await decodedHeic(bytes));
  const limits = { failOn: "error", limitInputPixels: IMAGE_MAX_PIXELS } as const;
  const facts = await sharp(bytes, limits).metadata();
  const moves = ["gif", "webp"].includes(facts.format);
  return {
    frames: moves ? Math.min(facts.pages ?? 1, MAX_FRAMES) : 1,
    open: (options) =>
      options === undefined ? sharp(bytes, limits).autoOrient() : sharp(bytes, { ...limits, ...options }),
  };
}

async function decodedHeic(bytes: Uint8Array): Promise<Pixels> {
  const decoded = await decodeHeic(bytes, IMAGE_MAX_PIXELS);
  if (decoded === "too_large") throw tooLarge(IMAGE_MAX_PIXELS / 1_000_000, "MP");
  if (decoded === "broken") throw wrongType();
  return decoded;
}

function pixelSource({ data, width, height, channels }: Pixels): Source {
  return { frames: 1, open: () => sharp(data, { raw: { width, height, channels } }) };
}

async function encodeOne(source: Source, shape: Shape, isCover: boolean): Promise<EncodedImage> {
  if (shape.animated && source.frames > 1) return await encodeMoving(source, shape);
  const base = await pixelsOf(source, shape);
  const { bytes, ...size } = await encodeSize(base, {
    width: base.width,
    mediaType: "image/webp",
    effort: shape.effort,
    ...(isCover ? {} : { quality: 82 }),
  });
  return { bytes, ...size, mediaType: "image/webp", blurhash: await blurhashOf(base) };
}

async function encodeMoving(source: Source, shape: Shape): Promise<EncodedImage> {
  const { data, info } = await resized(source.open({ pages: source.frames }), shape)
    .webp({ quality: 78, effort: shape.effort })
    .timeout({ seconds: LONGEST_SECONDS })
    .toBuffer({ resolveWithObject: true });
  return {
    bytes: data,
    mediaType: "image/webp",
    width: info.width,
    // Of an animation the library gives the height of all frames on top of each other.
    height: info.pageHeight ?? info.height,
    blurhash: await blurhashOf(await pixelsOf(source, SHAPES.card)),
  };
}

async function photoOf(source: Source): Promise<EncodedPhoto> {
  const base = await pixelsOf(source, SHAPES.attachment);
  if (source.frames > 1) {
    const still = await encodeSize(base, { width: Math.min(base.width, 720), mediaType: "image/webp" });
    return { ...(await encodeMoving(source, MOVING)), sizes: [], still };
  }
  const { effort } = SHAPES.attachment;
  const main = await encodeSize(base, { width: base.width, mediaType: "image/webp", quality: 82, effort });
  const sizes = await sizesOf(base, main.bytes.length);
  return { ...main, mediaType: "image/webp", blurhash: await blurhashOf(base), sizes, still: null };
}

/** Smaller sizes of a picture that has `most` bytes itself: something larger that shows less is of no use. */
async function sizesOf(base: Pixels, most: number): Promise<readonly EncodedSize[]> {
  const sizes: EncodedSize[] = [];
  for (const width of WIDTHS.filter((candidate) => candidate < base.width))
    for (const mediaType of ["image/avif", "image/webp"] as const) {
      const size = await encodeSize(base, { width, mediaType });
      if (size.bytes.length < most) sizes.push(size);
    }
  // A browser takes the first coding it knows for all widths, so AVIF is there for all of them or none.
  const total = (mediaType: EncodedSize["mediaType"]) =>
    sizes.reduce((sum, size) => sum + (size.mediaType === mediaType ? size.bytes.length : 0), 0);
  return total("image/avif") < total("image/webp")
    ? sizes
    : sizes.filter(({ mediaType }) => mediaType === "image/webp");
}

/** Decoded once, upright, in sRGB, as large as the largest size that is made of it. */
async function pixelsOf(source: Source, shape: Shape): Promise<Pixels> {
  const { data, info } = await resized(source.open(), shape)
    .toColourspace("srgb")
    .timeout({ seconds: LONGEST_SECONDS })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: channelsOf(info) };
}

function channelsOf(info: OutputInfo): Pixels["channels"] {
  if (info.channels === 3 || info.channels === 4) return info.channels;
  throw wrongType();
}

function resized(input: Sharp, shape: Shape): Sharp {
  return shape.fit === "cover"
    ? input.resize(shape.width, shape.height, { fit: "cover", position: "attention" })
    : input.resize(shape.width, shape.height, { fit: "inside", withoutEnlargement: true });
}

type Wish = {
  readonly width: number;
  readonly mediaType: EncodedSize["mediaType"];
  /** Without one: good, and for covers as good as fits into their budget. */
  readonly quality?: number;
  readonly effort?: number;
};

async function encodeSize(base: Pixels, wish: Wish): Promise<EncodedSize> {
  const isCover = wish.width <= COVER_WIDTH && wish.quality === undefined;
  const qualities = wish.quality === undefined ? COVER_QUALITIES : [wish.quality];
  let made: EncodedSize | null = null;
  for (const quality of qualities) {
    made = await encodeOnce(base, wish, quality);
    if (!isCover || made.bytes.length <= COVER_BYTES) break;
  }
  if (made === null) throw wrongType();
  return made;
}

async function encodeOnce(base: Pixels, wish: Wish, quality: number): Promise<EncodedSize> {
  const { data, width, height, channels } = base;
  const input = sharp(data, { raw: { width, height, channels } })
    .resize({ width: wish.width, withoutEnlargement: true })
    .timeout({ seconds: LONGEST_SECONDS });
  // AVIF without effort is as small as with the least of it that would be noticed, in a fifth of the time.
  const output =
    wish.mediaType === "image/avif"
      ? input.avif({ quality: Math.round(quality * AVIF_SHARE), effort: 0, bitdepth: 8 })
      : input.webp({ quality, effort: wish.effort ?? 4 });
  const { data: bytes, info } = await output.toBuffer({ resolveWithObject: true });
  return { bytes, mediaType: wish.mediaType, width: info.width, height: info.height };
}

/** A blurred preview in about 30 characters (the format of Mastodon's `blurhash`). */
async function blurhashOf({ data, width, height, channels }: Pixels): Promise<string> {
  const small = await sharp(data, { raw: { width, height, channels } })
    .resize(32, 32, { fit: "fill" })
    .ensureAlpha()
    .raw()
    .toBuffer();
  return toBlurhash(new Uint8ClampedArray(small), 32, 32, 4, 3);
}

function asFault(error: unknown): CausewayError {
  if (error instanceof CausewayError) return error;
  const text = error instanceof Error ? error.message : "";
  return /pixel limit|too large/i.test(text) ? tooLarge(IMAGE_MAX_PIXELS / 1_000_000, "MP") : wrongType();
}

function wrongType(): CausewayError {
  return invalid({ file: { key: "field.image_type" } });
}

/** `unit` is MB of the file or megapixels of the picture. */
function tooLarge(max: number, unit: "MB" | "MP"): CausewayError {
  return invalid({ file: { key: "field.image_large", params: { max, unit } } });
}
