/** Linear Display P3 to linear sRGB (CSS Color 4, section 10). */
const TO_SRGB = [
  [1.2249401762805598, -0.22494017628055996, 0],
  [-0.042056954709688163, 1.0420569547096881, 0],
  [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
] as const;
/** Primaries of Display P3 in a `colr` box of kind `nclx` (ITU-T H.273). */
const P3_PRIMARIES = 12;
const STEPS = 4_095;

/**
 * True when a HEIF file says that its colours are Display P3, as those of phones are: by a colour profile of that name, or by
 * its number. The decoder gives plain numbers and forgets what they mean.
 */
export function isWide(file: Buffer): boolean {
  const profile = file.indexOf("colrprof", 0, "latin1");
  if (profile >= 0) {
    const text = file.subarray(profile, profile + 4_096);
    return text.includes(Buffer.from("Display P3", "utf16le").swap16()) || text.includes("Display P3");
  }
  const numbers = file.indexOf("colrnclx", 0, "latin1");
  return numbers >= 0 && numbers + 10 <= file.length && file.readUInt16BE(numbers + 8) === P3_PRIMARIES;
}

/** Turns RGBA in Display P3 into sRGB in place; both have the same curve, and what sRGB cannot show is cut off. */
export function toStandard(data: Uint8ClampedArray): void {
  const linear = Float32Array.from({ length: 256 }, (_, value) => fromCurve(value / 255));
  const curved = Uint8Array.from({ length: STEPS + 1 }, (_, value) =>
    Math.round(toCurve(value / STEPS) * 255),
  );
  const [red, green, blue] = TO_SRGB;
  const write = (at: number, value: number) => {
    data[at] = curved[Math.round(Math.min(1, Math.max(0, value)) * STEPS)] ?? 0;
  };
  for (let at = 0; at + 3 < data.length; at += 4) {
    const r = linear[data[at] ?? 0] ?? 0;
    const g = linear[data[at + 1] ?? 0] ?? 0;
    const b = linear[data[at + 2] ?? 0] ?? 0;
    write(at, red[0] * r + red[1] * g);
    write(at + 1, green[0] * r + green[1] * g);
    write(at + 2, blue[0] * r + blue[1] * g + blue[2] * b);
  }
}

function fromCurve(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function toCurve(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}
