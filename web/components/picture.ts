import { html } from "hono/html";
import type { AttachmentView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

export type PictureOptions = {
  readonly alt: string;
  /** Fetched at once, before others: what the page begins with. */
  readonly isEager?: boolean;
  /** How wide it is drawn, as `sizes` of HTML. */
  readonly sizes?: string;
  readonly className?: string;
};

/** A column of text; the edge of a phone. */
const COLUMN = "(min-width: 40rem) 36rem, 100vw";

/**
 * A picture in the best coding and the smallest size that does. Width and height are always there, so that nothing jumps;
 * a moving one is drawn as its still.
 */
export function picture(attachment: AttachmentView, options: PictureOptions): Html {
  const isStill = attachment.animated && attachment.coverUrl !== null;
  const src = isStill ? (attachment.coverUrl ?? attachment.url) : attachment.url;
  const avif = isStill ? "" : sourceSet(attachment, "image/avif");
  const webp = isStill ? "" : sourceSet(attachment, "image/webp");
  const sizes = options.sizes ?? COLUMN;
  const { width, height } = sizeOf(attachment);
  const img = html`<img class="u-photo${options.className === undefined ? "" : ` ${options.className}`}" src="${src}"${webp === "" ? "" : html` srcset="${webp}" sizes="${sizes}"`} alt="${options.alt}" width="${width}" height="${height}"${options.isEager === true ? html` fetchpriority="high"` : html` loading="lazy"`} decoding="async">`;
  if (avif === "") return img;
  return html`<picture><source type="image/avif" srcset="${avif}" sizes="${sizes}">${img}</picture>`;
}

/** `srcset` of HTML for one coding; empty when there are no other sizes. The whole picture is its widest WebP. */
export function sourceSet(attachment: AttachmentView, mediaType: string): string {
  const sizes = attachment.variants
    .filter((variant) => variant.mediaType === mediaType)
    .map((variant) => `${variant.url} ${variant.width}w`);
  const isWhole = attachment.mediaType === mediaType && attachment.width !== null;
  if (sizes.length > 0 && isWhole) sizes.push(`${attachment.url} ${attachment.width}w`);
  return sizes.join(", ");
}

/** What is not known is kept free as a picture of the usual shape. */
function sizeOf({ width, height }: AttachmentView): { readonly width: number; readonly height: number } {
  return width === null || height === null ? { width: 800, height: 600 } : { width, height };
}

/** Shapes that boxes have, as width to height; classes `ratio-0` … in the style sheet. */
const RATIOS = [3 / 4, 4 / 5, 1, 4 / 3, 3 / 2, 16 / 9, 9 / 16] as const;

/** The class of the box whose shape is nearest to a picture's. */
export function ratioClass(attachment: AttachmentView): string {
  const { width, height } = sizeOf(attachment);
  const wanted = Math.log(width / Math.max(1, height));
  const distance = (ratio: number) => Math.abs(Math.log(ratio) - wanted);
  const nearest = RATIOS.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
  return `ratio-${RATIOS.indexOf(nearest)}`;
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/**
 * Classes for the colour that stands where a picture will be: the mean colour in its blurhash, each part of it in one of
 * four steps, since the policy allows no style of its own to any element. Empty when there is no blurhash.
 */
export function colourClasses(attachment: Pick<AttachmentView, "blurhash"> | undefined): string {
  const hash = attachment?.blurhash ?? "";
  const digits = Array.from(hash.slice(2, 6), (digit) => DIGITS.indexOf(digit));
  if (digits.length < 4 || digits.includes(-1)) return "";
  const colour = digits.reduce((value, digit) => value * 83 + digit, 0);
  const step = (shift: number) => (colour >> (shift + 6)) & 3;
  return `blur r-${step(16)} g-${step(8)} b-${step(0)}`;
}

/** Its description, or what it is. */
export function wordsFor(visit: Visit, attachment: AttachmentView, key: MessageKey): string {
  return attachment.alt === "" ? visit.i18n.t(key) : attachment.alt;
}

/** 1:02:03 of a time in ms, as players show it everywhere. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}
