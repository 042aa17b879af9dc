import {
  type AudioSource,
  type AudioTrackMetadata,
  Conversion,
  type Input,
  type InputAudioTrack,
  type InputVideoTrack,
  Mp4OutputFormat,
  Output,
  type OutputAudioTrack,
  type OutputVideoTrack,
  Quality,
  StreamTarget,
  type StreamTargetChunk,
  type VideoSample,
  type VideoSource,
  type VideoTrackMetadata,
} from "mediabunny";
import type { FilmFault, FilmOrder } from "./films-order.ts";
import { hasForeignNotes } from "./films-packets.ts";
import type { ToneMap } from "./films-tone.ts";

/** What is to be done with a file: worked out before anything is decoded. */
export type FilmPlan = {
  readonly seconds: number;
  readonly video: {
    readonly track: InputVideoTrack;
    readonly width: number;
    readonly height: number;
    readonly bitrate: number;
    /** Null: as many as there are. */
    readonly framesPerSecond: number | null;
    readonly packets: number;
    /** Brighter than ordinary screens show: it has to be brought down. */
    readonly isHdr: boolean;
    /** It is as it should be already. */
    readonly isFit: boolean;
  } | null;
  readonly audio: {
    readonly track: InputAudioTrack;
    readonly channels: number;
    readonly samplesPerSecond: number;
    readonly isFit: boolean;
  } | null;
};

/** Shorter is not a film but a mistake, seconds. */
const SHORTEST = 0.04;
/** Rates that AAC knows; anything else becomes the first. */
const AAC_RATES = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];
/** Constrained Baseline, Main and High: 8 bits and 4:2:0, which everything plays. */
const PLAYABLE_AVC = /^avc[13]\.(?:42|4d|64)/i;
/** Up to this output is put together in memory; larger ones leave room for the index at their beginning. */
const IN_MEMORY_BYTES = 48 * 1024 * 1024;
const MOST_PACKETS = 400_000;

/** Looks a file over. Answers with a fault when it is not to be decoded at all. */
export async function planFilm(input: Input, order: FilmOrder): Promise<FilmPlan | FilmFault> {
  if (!(await input.canRead())) return "broken";
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  const tracks = [...(video === null ? [] : [video]), ...(audio === null ? [] : [audio])];
  if (tracks.length === 0) return "empty";
  for (const track of tracks) if (!(await track.canDecode())) return "unknown_codec";
  const seconds = (await input.computeDuration(tracks)) - Math.max(0, await input.getFirstTimestamp(tracks));
  if (!(seconds >= SHORTEST)) return "empty";
  if (seconds > (video === null ? order.audioSeconds : order.videoSeconds) + 1) return "too_long";
  if (video !== null && (await video.getCodedWidth()) * (await video.getCodedHeight()) > order.mostPixels)
    return "too_wide";
  return {
    seconds,
    video: video === null ? null : await planVideo(video, order),
    audio: audio === null ? null : await planAudio(audio, order),
  };
}

async function planVideo(track: InputVideoTrack, order: FilmOrder): Promise<NonNullable<FilmPlan["video"]>> {
  const [wide, high] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  const scale = Math.min(1, order.longSide / Math.max(wide, high), order.shortSide / Math.min(wide, high));
  // 4:2:0 halves both sides.
  const [width, height] = [even(wide * scale), even(high * scale)];
  const share = (width * height) / (order.longSide * order.shortSide);
  const bitrate = Math.round(Math.max(250_000, order.videoBitrate * share ** 0.75));
  const { packetCount, averagePacketRate, averageBitrate } = await track.computePacketStats();
  const isHdr = await track.hasHighDynamicRange();
  const isFast = averagePacketRate > order.framesPerSecond * 1.02;
  const isFit =
    width === (await track.getCodedWidth()) &&
    height === (await track.getCodedHeight()) &&
    width === wide &&
    (await track.getRotation()) === 0 &&
    !(await track.getFlip()) &&
    !isFast &&
    averageBitrate <= bitrate * 2 &&
    PLAYABLE_AVC.test((await track.getCodecParameterString()) ?? "") &&
    !isHdr &&
    !(await hasForeignNotes(track));
  const framesPerSecond = isFast ? order.framesPerSecond : null;
  return { track, width, height, bitrate, framesPerSecond, packets: packetCount, isHdr, isFit };
}

async function planAudio(track: InputAudioTrack, order: FilmOrder): Promise<NonNullable<FilmPlan["audio"]>> {
  const channels = Math.min(2, await track.getNumberOfChannels());
  const rate = await track.getSampleRate();
  const samplesPerSecond = AAC_RATES.includes(rate) ? rate : 48_000;
  const { averageBitrate } = await track.computePacketStats(500);
  const isFit =
    (await track.getCodecParameterString()) === "mp4a.40.2" &&
    (await track.getNumberOfChannels()) === channels &&
    rate === samplesPerSecond &&
    averageBitrate <= order.audioBitrate * 2.5;
  return { track, channels, samplesPerSecond, isFit };
}

function even(length: number): number {
  return Math.max(2, Math.round(length / 2) * 2);
}

/** Where the bytes go, how pictures are brought down if they have to be, and who wants to know how far it is (0 to 1). */
export type FilmOutlet = {
  write(bytes: Uint8Array, position: number): void;
  readonly tone: ToneMap | null;
  onProgress(share: number): void;
};

/**
 * Makes the film: MP4 with its index in front, H.264 and AAC, upright, and nothing else that was in the file. Parts that fit
 * already are copied as they are. Answers with its size in bytes. @throws when the file cannot be decoded.
 */
export async function convertFilm(
  input: Input,
  plan: FilmPlan,
  order: FilmOrder,
  outlet: FilmOutlet,
): Promise<number | "too_large"> {
  let size = 0;
  const writable = new WritableStream<StreamTargetChunk>({
    write({ data, position }) {
      size = Math.max(size, position + data.length);
      if (size > order.mostBytes) throw new RangeError("The film becomes too large.");
      outlet.write(data, position);
    },
  });
  const conversion = await Conversion.init({
    input,
    output: outputOf(plan, order, writable),
    video: (track) => videoOptions(plan, track, outlet.tone),
    audio: (track) => audioOptions(plan, order, track),
    // Places, names and devices stay behind (threats MED-05).
    tags: {},
    showWarnings: false,
  });
  if (!conversion.isValid) throw new Error("There is nothing that could be kept.");
  conversion.onProgress = (share) => outlet.onProgress(share);
  try {
    await conversion.execute();
  } catch (error) {
    if (size > order.mostBytes) return "too_large";
    throw error;
  }
  return size;
}

function videoOptions(plan: FilmPlan, track: InputVideoTrack, tone: ToneMap | null) {
  const { video } = plan;
  if (video === null || track.id !== video.track.id) return { discard: true };
  if (video.isFit) return { codec: "avc" as const };
  return {
    codec: "avc" as const,
    width: video.width,
    height: video.height,
    fit: "fill" as const,
    allowTransformationMetadata: false,
    quality: new Quality({ bitrate: video.bitrate }),
    keyFrameInterval: 4,
    hardwareAcceleration: "prefer-software" as const,
    forceTranscode: true,
    ...(tone === null ? {} : { process: (sample: VideoSample) => tone.apply(sample) }),
    ...(video.framesPerSecond === null ? {} : { frameRate: video.framesPerSecond }),
  };
}

function audioOptions(plan: FilmPlan, order: FilmOrder, track: InputAudioTrack) {
  const { audio } = plan;
  if (audio === null || track.id !== audio.track.id) return { discard: true };
  if (audio.isFit) return { codec: "aac" as const };
  return {
    codec: "aac" as const,
    numberOfChannels: audio.channels,
    sampleRate: audio.samplesPerSecond,
    quality: new Quality({ bitrate: audio.channels === 1 ? order.audioBitrate / 2 : order.audioBitrate }),
    forceTranscode: true,
  };
}

/** An index in front lets a film start before all of it is there (`faststart`). */
function outputOf(plan: FilmPlan, order: FilmOrder, writable: WritableStream<StreamTargetChunk>): Output {
  const target = new StreamTarget(writable, { chunked: true, chunkSize: 2 * 1024 * 1024 });
  const rate = (plan.video?.bitrate ?? 0) * (plan.video?.isFit === true ? 2 : 1) + order.audioBitrate * 2.5;
  const packets = { video: (plan.video?.packets ?? 0) + 100, audio: Math.ceil(plan.seconds * 60) + 100 };
  const isSmall = (plan.seconds * rate) / 8 <= IN_MEMORY_BYTES;
  // Sound is small, and reserving for its many packets would not be.
  if (isSmall || plan.video === null || packets.video + packets.audio > MOST_PACKETS)
    return new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  return new ReservingOutput({ format: new Mp4OutputFormat({ fastStart: "reserve" }), target }, packets);
}

/** Tells the writer how many packets there may be, which a conversion does not do by itself. */
class ReservingOutput extends Output {
  readonly #packets: { readonly video: number; readonly audio: number };

  constructor(
    options: ConstructorParameters<typeof Output>[0],
    packets: { readonly video: number; readonly audio: number },
  ) {
    super(options);
    this.#packets = packets;
  }

  override addVideoTrack(source: VideoSource, metadata?: VideoTrackMetadata): OutputVideoTrack {
    return super.addVideoTrack(source, { ...metadata, maximumPacketCount: this.#packets.video });
  }

  override addAudioTrack(source: AudioSource, metadata?: AudioTrackMetadata): OutputAudioTrack {
    return super.addAudioTrack(source, { ...metadata, maximumPacketCount: this.#packets.audio });
  }
}
