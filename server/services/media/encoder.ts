import type { App } from "../../context.ts";
import { createImages, type EncodedImage, type ImageKind, type Images } from "../../media/images.ts";

/** By app, so that two instances in one process share nothing. */
const encoders = new WeakMap<App, Images>();

/** The encoder of an instance: two pictures at once, whoever asks. */
export function encoderOf(app: App): Images {
  const encoder = encoders.get(app) ?? createImages();
  encoders.set(app, encoder);
  return encoder;
}

/** Re-encodes a picture and keeps it under a new unguessable name: avatars, headers, emoji, cards. @throws invalid `{ file }`. */
export async function storeImage(
  app: App,
  bytes: Uint8Array,
  kind: ImageKind,
): Promise<{ readonly name: string; readonly image: EncodedImage }> {
  const image = await encoderOf(app).encode(bytes, { kind });
  return { name: await keepFile(app, image.bytes, "webp"), image };
}

/** Writes bytes under a new unguessable name (144 random bits) and returns it. */
export async function keepFile(app: App, bytes: Uint8Array, ending: "webp" | "avif"): Promise<string> {
  const name = `${app.ids.secret(18)}.${ending}`;
  await app.files.write(name, bytes);
  return name;
}
