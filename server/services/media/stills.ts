import type { App } from "../../context.ts";
import { fromJson } from "../../store/codec.ts";
import type { Still } from "../../store/films.ts";
import { keepPhoto, type KeptVariant } from "./attachments.ts";
import { encoderOf } from "./encoder.ts";

/** Keeps the picture that is shown before something plays, in the sizes that pages choose from. @throws invalid `{ file }` */
export async function keepStill(app: App, bytes: Uint8Array): Promise<Still> {
  const photo = await encoderOf(app).encodePhoto(bytes);
  const kept: string[] = [];
  try {
    const { file, blurhash, variants, cover_file } = await keepPhoto(app, photo, kept);
    // Of a moving picture the part that stands still.
    if (cover_file === null) return { file, blurhash, variants };
    await app.files.remove(file);
    return { file: cover_file, blurhash, variants };
  } catch (error) {
    for (const name of kept) await app.files.remove(name).catch(() => undefined);
    throw error;
  }
}

/** The files of a still. */
export function filesOfStill(still: {
  readonly file: string | null;
  readonly variants: string;
}): readonly string[] {
  const variants = fromJson<readonly KeptVariant[]>(still.variants, []).map(({ file }) => file);
  return still.file === null ? variants : [still.file, ...variants];
}
