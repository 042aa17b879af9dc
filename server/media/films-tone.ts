import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type * as NodeAv from "node-av";
import type { VideoSample, VideoSampleResource } from "mediabunny";

/**
 * Bright light of a phone's HDR brought into what every screen shows (BT.709). What came in is said outright, since recorders
 * leave out half of it (BT.2100: BT.2020 colours, HLG or PQ).
 */
function chainFor(transfer: string | null): string {
  return [
    `zscale=matrixin=2020_ncl:primariesin=2020:transferin=${transfer === "pq" ? "smpte2084" : "arib-std-b67"}:rangein=limited:transfer=linear:npl=203`,
    "format=gbrpf32le",
    "zscale=primaries=709",
    "tonemap=mobius",
    "zscale=transfer=709:matrix=709:range=limited",
    "format=yuv420p",
  ].join(",");
}

/** Turns pictures of an HDR film into ordinary ones, one after another. `close` frees what it holds. */
export type ToneMap = {
  /** Null when there is nothing to show yet. */
  apply(sample: VideoSample): Promise<VideoSampleResource | null>;
  close(): void;
};

/**
 * Films with high dynamic range look grey when their numbers are taken for ordinary ones, which is what encoding alone does.
 * Null where the filters are not to be had.
 */
export async function createToneMap(): Promise<ToneMap | null> {
  try {
    const server = await import("@mediabunny/server");
    // The codecs belong to that package; this finds the very copy it uses, wherever it was installed.
    const codecs = createRequire(import.meta.resolve("@mediabunny/server")).resolve("node-av");
    const { FilterAPI, Frame } = (await import(pathToFileURL(codecs).href)) as typeof NodeAv;
    let filter: NodeAv.FilterAPI | null = null;
    return {
      async apply(sample) {
        using frame = new Frame();
        frame.alloc();
        await server.toAvFrame(sample, frame);
        filter ??= FilterAPI.create(chainFor(sample.colorSpace.transfer));
        const [mapped] = await filter.processAll(frame);
        return mapped === undefined ? null : new server.AvFrameVideoSampleResource(mapped);
      },
      close: () => filter?.close(),
    };
  } catch {
    return null;
  }
}
