import { encode } from "blurhash";
import sharp, { type Sharp } from "sharp";
import { CausewayError, invalid } from "../errors.ts";

export type ImageKind = "attachment" | "avatar" | "header" | "proxied" | "emoji";

export type EncodedImage = {
  readonly bytes: Uint8Array;
  readonly mediaType: "image/webp";
  readonly width: number;
  readonly height: number;
  readonly blurhash: string;
};

export type Images = {
  /**
   * Re-encodes a picture as WebP: turned upright, then without any metadata (place, camera, owner), shrunk to what its
   * kind shows. Animated GIF and WebP attachments stay animated.
   * @throws invalid `{ file }` when it is not a picture we take or too large; too_many when too many wait.
   */
  encode(bytes: Uint8Array, options: { readonly kind: ImageKind }): Promise<EncodedImage>;
};

/** Largest upload, bytes (docs/threats.md, defaults). */
export const IMAGE_MAX_BYTES = 16 * 1024 * 1024;
/** Pixels of all frames together, before decoding: a small file may unfold to gigabytes. */
const MAX_PIXELS = 40_000_000;
const MAX_FRAMES = 200;
const AT_ONCE = 2;
const MAX_WAITING = 100;

type Shape =
  | { readonly fit: "cover"; readonly width: number; readonly height: number }
  | { readonly fit: "inside"; readonly longest: number; readonly animated: boolean; readonly effort: number };

const SHAPES: Readonly<Record<ImageKind, Shape>> = {
  attachment: { fit: "inside", longest: 1920, animated: true, effort: 4 },
  // Somebody waits for these, and they are made again when the cache forgets them.
  proxied: { fit: "inside", longest: 1280, animated: true, effort: 2 },
  // Shown at the height of a line; twice that for dense screens, and room for wide ones.
  emoji: { fit: "inside", longest: 128, animated: true, effort: 4 },
  avatar: { fit: "cover", width: 400, height: 400 },
  header: { fit: "cover", width: 1500, height: 500 },
};

/** An encoder that works on at most two pictures at once, one thread each, and keeps nothing. */
export function createImages(): Images {
  // These two are settings of the library as a whole; every encoder asks for the same.
  sharp.cache(false);
  sharp.concurrency(1);
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async encode(bytes, { kind }) {
      if (bytes.length > IMAGE_MAX_BYTES) throw tooLarge(IMAGE_MAX_BYTES / 1024 / 1024, "MB");
      if (!looksLikeImage(bytes)) throw wrongType();
      if (running >= AT_ONCE) {
        if (waiting.length >= MAX_WAITING)
          throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: 10 });
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else running += 1;
      try {
        return await encodeOne(bytes, SHAPES[kind]);
      } catch (error) {
        throw asFault(error);
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
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
    (head.slice(4, 8) === "ftyp" && /^(?:avif|avis|heic|heix|mif1|msf1)$/.test(head.slice(8, 12)))
  );
}

async function encodeOne(bytes: Uint8Array, shape: Shape): Promise<EncodedImage> {
  const limits = { failOn: "error", limitInputPixels: MAX_PIXELS } as const;
  const facts = await sharp(bytes, limits).metadata();
  const frames = Math.min(facts.pages ?? 1, MAX_FRAMES);
  const animated =
    shape.fit === "inside" && shape.animated && frames > 1 && ["gif", "webp"].includes(facts.format);
  const input = animated ? sharp(bytes, { ...limits, pages: frames }) : sharp(bytes, limits).autoOrient();
  const { data, info } = await resized(input, shape)
    .webp({ quality: 82, effort: shape.fit === "inside" ? shape.effort : 4 })
    .toBuffer({ resolveWithObject: true });
  // Of an animation the library gives the height of all frames on top of each other.
  const height = info.pageHeight ?? info.height;
  return {
    bytes: data,
    mediaType: "image/webp",
    width: info.width,
    height,
    blurhash: await blurhashOf(data),
  };
}

function resized(input: Sharp, shape: Shape): Sharp {
  return shape.fit === "cover"
    ? input.resize(shape.width, shape.height, { fit: "cover", position: "attention" })
    : input.resize(shape.longest, shape.longest, { fit: "inside", withoutEnlargement: true });
}

/** A blurred preview in about 30 characters (the format of Mastodon's `blurhash`), of the first frame. */
async function blurhashOf(webp: Uint8Array): Promise<string> {
  const { data, info } = await sharp(webp)
    .resize(32, 32, { fit: "fill" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encode(new Uint8ClampedArray(data), info.width, info.height, 4, 3);
}

function asFault(error: unknown): CausewayError {
  if (error instanceof CausewayError) return error;
  const text = error instanceof Error ? error.message : "";
  return /pixel limit|too large/i.test(text) ? tooLarge(MAX_PIXELS / 1_000_000, "MP") : wrongType();
}

function wrongType(): CausewayError {
  return invalid({ file: { key: "field.image_type" } });
}

/** `unit` is MB of the file or megapixels of the picture. */
function tooLarge(max: number, unit: "MB" | "MP"): CausewayError {
  return invalid({ file: { key: "field.image_large", params: { max, unit } } });
}
