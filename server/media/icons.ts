import sharp from "sharp";

/**
 * A square PNG of a drawing of ours or a picture that was uploaded and re-encoded before. `isMaskable`: with room around it,
 * on a ground without holes, since the system cuts it to a shape of its own (W3C Manifest, "maskable").
 * @throws when the bytes are no picture.
 */
export async function drawIcon(
  picture: Uint8Array,
  {
    size,
    isMaskable,
    ground,
  }: { readonly size: number; readonly isMaskable: boolean; readonly ground: string },
): Promise<Uint8Array> {
  const inner = isMaskable ? Math.round(size * 0.84) : size;
  const drawn = await sharp(picture, { density: 600, limitInputPixels: 40_000_000 })
    .resize(inner, inner, { fit: "contain", background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer();
  if (!isMaskable) return drawn;
  return await sharp({ create: { width: size, height: size, channels: 3, background: ground } })
    .composite([{ input: drawn }])
    .png()
    .toBuffer();
}

/** A drawing of ours as PNG, as large as it says it is, with few colours. */
export async function drawPlain(drawing: string): Promise<Uint8Array> {
  return await sharp(new TextEncoder().encode(drawing))
    .png({ palette: true, compressionLevel: 9 })
    .toBuffer();
}
