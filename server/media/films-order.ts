// What the process that works on films is told, and what it tells: shared by both sides, nothing but types and numbers.

/** How a film is wanted. Sizes in pixels, times in seconds, rates in bits per second, sizes of files in bytes. */
export type FilmOrder = {
  /** Longest film and longest recording that is taken. */
  readonly videoSeconds: number;
  readonly audioSeconds: number;
  /** Larger pictures are not even opened: decoding takes memory by their area. */
  readonly mostPixels: number;
  /** The film fits into this, lying or standing. */
  readonly longSide: number;
  readonly shortSide: number;
  readonly framesPerSecond: number;
  /** Of a picture of `longSide` by `shortSide`; smaller ones get less. */
  readonly videoBitrate: number;
  readonly audioBitrate: number;
  /** A film may not become larger than this. */
  readonly mostBytes: number;
  /** A silent film that is not longer becomes a loop. */
  readonly loopSeconds: number;
};

/** Why a file cannot be used, in words that name a message: `film.${fault}`. `too_heavy`: it was stopped at a limit. */
export const FILM_FAULTS = [
  "broken",
  "too_long",
  "too_wide",
  "unknown_codec",
  "empty",
  "too_large",
  "too_heavy",
] as const;
export type FilmFault = (typeof FILM_FAULTS)[number];

/** What a film or a recording turned out to be. */
export type FilmFacts = {
  readonly kind: "video" | "audio";
  readonly mediaType: "video/mp4" | "audio/mp4";
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number;
  /** Short and silent. */
  readonly isLoop: boolean;
  /** Whether a still or an enclosed picture was written. */
  readonly hasStill: boolean;
};

/** One line of JSON each. `rss`: memory of the process in bytes; `seconds`: how long the film says it is. */
export type FilmEvent =
  | { readonly type: "planned"; readonly seconds: number }
  | { readonly type: "progress"; readonly percent: number; readonly rss: number }
  | { readonly type: "refused"; readonly fault: FilmFault }
  | { readonly type: "done"; readonly facts: FilmFacts };

/** Numbers under which the process finds what it was handed open: it knows no paths. */
export const HANDED = { source: 3, film: 4, still: 5 } as const;
