import { type InputVideoTrack, VideoSample, VideoSampleSink } from "mediabunny";
import sharp from "sharp";
import type { ToneMap } from "./films-tone.ts";

/** Where a still is looked for, as shares of the film; and how far in at most, seconds. */
const SHARES = [0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5] as const;
const FURTHEST = 20;
/** Spread of brightness from which a picture shows something: black, white and fades stay under it (0 to 128). */
const TELLING = 22;
const LONGEST_SIDE = 1280;

type Still = { readonly webp: Uint8Array; readonly spread: number };

/** The first picture of a film that shows something, else the one that shows most, upright, as WebP; null when none can be read. */
export async function findStill(
  track: InputVideoTrack,
  seconds: number,
  tone: ToneMap | null,
): Promise<Uint8Array | null> {
  const start = await track.getFirstTimestamp();
  const times = SHARES.map((share) => start + Math.min(share * seconds, FURTHEST));
  let best: Still | null = null;
  for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(new Set(times))) {
    if (sample === null) continue;
    const still = await drawStill(sample, tone).finally(() => sample.close());
    if (best === null || still.spread > best.spread) best = still;
    if (still.spread >= TELLING) break;
  }
  return best?.webp ?? null;
}

async function drawStill(sample: VideoSample, tone: ToneMap | null): Promise<Still> {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(sample.displayWidth, sample.displayHeight));
  // Turning, mirroring and pixels that are not square are applied by this step.
  using upright = await sample.transform({
    width: Math.max(2, Math.round(sample.displayWidth * scale)),
    height: Math.max(2, Math.round(sample.displayHeight * scale)),
    fit: "fill",
  });
  const resource = await tone?.apply(upright);
  using shown = resource ? new VideoSample(resource, { timestamp: 0 }) : upright.clone();
  const pixels = new Uint8Array(shown.allocationSize({ format: "RGBA" }));
  await shown.copyTo(pixels, { format: "RGBA" });
  const raw = { width: shown.codedWidth, height: shown.codedHeight, channels: 4 } as const;
  const { channels } = await sharp(pixels, { raw }).stats();
  // Without loss: it is encoded once more when it is kept.
  const webp = await sharp(pixels, { raw }).removeAlpha().webp({ lossless: true, effort: 0 }).toBuffer();
  return { webp, spread: Math.max(...channels.slice(0, 3).map(({ stdev }) => stdev)) };
}
