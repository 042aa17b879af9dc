import type { App } from "../../context.ts";
import { drawPlain } from "../../media/icons.ts";

/** What stands for people without a picture of their own, for apps that want an address of one. */
export type DefaultPicture = "avatar" | "header";

const DRAWINGS: Readonly<Record<DefaultPicture, string>> = {
  avatar: `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">
<rect width="400" height="400" fill="#5b7f80"/><circle cx="200" cy="155" r="72" fill="#e3eceb"/>
<path d="M50 400a150 150 0 0 1 300 0z" fill="#e3eceb"/></svg>`,
  header: `<svg xmlns="http://www.w3.org/2000/svg" width="1500" height="500" viewBox="0 0 1500 500">
<rect width="1500" height="500" fill="#5b7f80"/><path d="M0 400q375-130 750 0t750 0v100H0z" fill="#4d6f70"/></svg>`,
};

/** By app and there by name. */
const drawn = new WeakMap<App, Map<DefaultPicture, Promise<Uint8Array>>>();

/** A neutral picture as PNG, since apps draw no SVG. Drawn once. */
export async function defaultPicture(app: App, which: DefaultPicture): Promise<Uint8Array> {
  const kept = drawn.get(app) ?? new Map<DefaultPicture, Promise<Uint8Array>>();
  drawn.set(app, kept);
  const picture = kept.get(which) ?? drawPlain(DRAWINGS[which]);
  kept.set(which, picture);
  picture.catch(() => kept.delete(which));
  return await picture;
}
