import type { App } from "../../context.ts";
import { drawIcon } from "../../media/icons.ts";

/** Sizes that phones and desktops ask for. */
export const ICON_SIZES = [192, 512] as const;
export type IconSize = (typeof ICON_SIZES)[number];

/** By app, and there by name: a handful of small pictures. */
const drawn = new WeakMap<App, Map<string, Promise<Uint8Array>>>();

/**
 * The icon of the installed app as PNG: the server's logo, or `drawing` (SVG of ours). Drawn once.
 * @throws when neither can be drawn.
 */
export async function appIcon(
  app: App,
  wanted: {
    readonly size: IconSize;
    readonly isMaskable: boolean;
    /** Name of the logo's file; null = the drawing. */
    readonly logo: string | null;
    readonly drawing: string;
  },
): Promise<Uint8Array> {
  const kept = drawn.get(app) ?? new Map<string, Promise<Uint8Array>>();
  drawn.set(app, kept);
  const name = `${wanted.size}-${String(wanted.isMaskable)}-${wanted.logo ?? ""}`;
  const icon = kept.get(name) ?? draw(app, wanted);
  kept.set(name, icon);
  // Logos of earlier days are not kept for ever.
  const [oldest] = kept.keys();
  if (kept.size > ICON_SIZES.length * 4 && oldest !== undefined) kept.delete(oldest);
  icon.catch(() => kept.delete(name));
  return await icon;
}

async function draw(
  app: App,
  { size, isMaskable, logo, drawing }: Parameters<typeof appIcon>[1],
): Promise<Uint8Array> {
  const picture = logo === null ? null : await app.files.read(logo);
  if (picture !== null) return await drawIcon(picture, { size, isMaskable, ground: "#ffffff" });
  return await drawIcon(new TextEncoder().encode(drawing), { size, isMaskable, ground: "#0b6b6a" });
}
