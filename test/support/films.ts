import {
  AudioSample,
  AudioSampleSource,
  BufferTarget,
  MkvOutputFormat,
  MovOutputFormat,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  Quality,
  VideoSample,
  VideoSampleSource,
  WavOutputFormat,
  WebMOutputFormat,
} from "mediabunny";
import { registerMediabunnyServer } from "@mediabunny/server";

/** A container as people's devices write it. */
export type Wrapping = "mp4" | "mov" | "webm" | "mkv" | "ogg" | "mp3" | "wav";

export type FilmRecipe = {
  readonly in: Wrapping;
  /** Default 1. */
  readonly seconds?: number;
  /** Left out: there is no picture. */
  readonly video?: {
    readonly codec: "avc" | "vp8" | "vp9";
    readonly width: number;
    readonly height: number;
    readonly framesPerSecond?: number;
    readonly rotation?: 0 | 90 | 180 | 270;
    readonly bitrate?: number;
  };
  /** Left out: it is silent. */
  readonly audio?: { readonly codec: "aac" | "opus" | "mp3" | "pcm-s16"; readonly channels?: number };
  readonly tags?: { readonly title?: string; readonly artist?: string; readonly comment?: string };
};

const SAMPLES_PER_SECOND = 48_000;

/** Makes a real film or recording: a bright square that wanders over stripes, and a tone. */
export async function aFilm(recipe: FilmRecipe): Promise<Uint8Array> {
  registerMediabunnyServer({ hardwareContext: null });
  const target = new BufferTarget();
  const output = new Output({ format: formatOf(recipe.in), target });
  const seconds = recipe.seconds ?? 1;
  const { video, audio } = recipe;
  const pictures =
    video === undefined
      ? null
      : new VideoSampleSource({
          codec: video.codec,
          quality: new Quality({ bitrate: video.bitrate ?? 200_000 }),
        });
  if (pictures !== null) output.addVideoTrack(pictures, { rotation: video?.rotation ?? 0 });
  const sound =
    audio === undefined
      ? null
      : new AudioSampleSource({ codec: audio.codec, quality: new Quality({ bitrate: 96_000 }) });
  if (sound !== null) output.addAudioTrack(sound);
  if (recipe.tags !== undefined) output.setMetadataTags(recipe.tags);
  await output.start();
  if (pictures !== null && video !== undefined) await addPictures(pictures, video, seconds);
  if (sound !== null) await addSound(sound, audio?.channels ?? 2, seconds);
  await output.finalize();
  if (target.buffer === null) throw new Error("The film has no bytes.");
  return new Uint8Array(target.buffer);
}

function formatOf(wrapping: Wrapping): OutputFormat {
  switch (wrapping) {
    case "mp4":
      return new Mp4OutputFormat({ fastStart: false });
    case "mov":
      return new MovOutputFormat({ fastStart: false });
    case "webm":
      return new WebMOutputFormat();
    case "mkv":
      return new MkvOutputFormat();
    case "ogg":
      return new OggOutputFormat();
    case "mp3":
      return new Mp3OutputFormat();
    case "wav":
      return new WavOutputFormat();
  }
}

async function addPictures(
  source: VideoSampleSource,
  video: NonNullable<FilmRecipe["video"]>,
  seconds: number,
): Promise<void> {
  const rate = video.framesPerSecond ?? 10;
  for (let frame = 0; frame < Math.round(seconds * rate); frame += 1) {
    const sample = new VideoSample(pictureOf(video.width, video.height, frame), {
      format: "RGBA",
      codedWidth: video.width,
      codedHeight: video.height,
      timestamp: frame / rate,
      duration: 1 / rate,
    });
    await source.add(sample);
    sample.close();
  }
  source.close();
}

/** Stripes, and a red square at the top left that moves to the right: what is up can be told from the picture. */
function pictureOf(width: number, height: number, frame: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  const side = Math.floor(Math.min(width, height) / 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      const inSquare = y < side && x >= frame && x < frame + side;
      const stripe = (x + frame) % 32 < 16 ? 90 : 140;
      pixels[at] = inSquare ? 230 : stripe;
      pixels[at + 1] = inSquare ? 20 : stripe;
      pixels[at + 2] = inSquare ? 20 : stripe + 40;
      pixels[at + 3] = 255;
    }
  return pixels;
}

async function addSound(source: AudioSampleSource, channels: number, seconds: number): Promise<void> {
  const length = Math.round(seconds * SAMPLES_PER_SECOND);
  const chunk = SAMPLES_PER_SECOND / 10;
  for (let start = 0; start < length; start += chunk) {
    const data = new Float32Array(Math.min(chunk, length - start) * channels);
    for (let index = 0; index < data.length; index += 1)
      data[index] =
        0.3 * Math.sin(((start + Math.floor(index / channels)) / SAMPLES_PER_SECOND) * 440 * 2 * Math.PI);
    const sample = new AudioSample({
      data,
      format: "f32",
      numberOfChannels: channels,
      sampleRate: SAMPLES_PER_SECOND,
      timestamp: start / SAMPLES_PER_SECOND,
    });
    await source.add(sample);
    sample.close();
  }
  source.close();
}
