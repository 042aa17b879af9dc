// Captions: WebVTT and SubRip are read strictly and written anew, so that nothing of a file but times and plain words is ever
// served: no styles, regions, notes, classes, voices' attributes or unknown marks.

/** One line or two on the screen. Times in ms; `text` is already escaped WebVTT with `<i>`, `<b>`, `<u>` and `<v>` at most. */
export type Cue = { readonly start: number; readonly end: number; readonly text: string };

export type ReadCaptions =
  | { readonly ok: true; readonly cues: readonly Cue[] }
  /** `line`: where the first thing stands that is no cue, from 1. */
  | { readonly ok: false; readonly fault: "empty" | "large" }
  | { readonly ok: false; readonly fault: "form"; readonly line: number };

/** Bounds of one file: bytes, cues, characters of a cue. */
export const CAPTION_LIMITS = { bytes: 512 * 1024, cues: 10_000, characters: 1_000 } as const;

const TIME = String.raw`(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})`;
// Settings behind the times (where a cue stands) are read over: players know best where there is room.
const TIMING = new RegExp(String.raw`^\s*${TIME}\s*-->\s*${TIME}(?:\s.*)?$`);
const SKIPPED_BLOCK = /^(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$|:)/;

/** Reads WebVTT (W3C, section 4) or SubRip; which of both it is, the times say. */
export function readCaptions(source: string): ReadCaptions {
  if (source.length > CAPTION_LIMITS.bytes) return { ok: false, fault: "large" };
  const lines = source
    .replace(/^\uFEFF/, "")
    .replaceAll("\0", "\uFFFD")
    .split(/\r\n|\n|\r/);
  const cues: Cue[] = [];
  for (let at = 0; at < lines.length;) {
    const start = at;
    const block: string[] = [];
    while (at < lines.length && lines[at]?.trim() !== "") block.push(lines[at++] ?? "");
    at += 1;
    if (block.length === 0 || SKIPPED_BLOCK.test(block[0] ?? "")) continue;
    // An identifier or a number may stand above the times.
    const timed = block.findIndex((line) => line.includes("-->"));
    const times = timed < 0 || timed > 1 ? null : timesOf(block[timed] ?? "");
    if (times === null) return { ok: false, fault: "form", line: start + 1 };
    const text = cleanText(block.slice(timed + 1).join("\n"));
    if (text.trim() !== "") cues.push({ ...times, text });
    if (cues.length > CAPTION_LIMITS.cues) return { ok: false, fault: "large" };
  }
  return cues.length === 0
    ? { ok: false, fault: "empty" }
    : { ok: true, cues: cues.toSorted((a, b) => a.start - b.start) };
}

/** A WebVTT file out of cues. */
export function writeCaptions(cues: readonly Cue[]): string {
  return `WEBVTT\n\n${cues.map(({ start, end, text }) => `${timeText(start)} --> ${timeText(end)}\n${text}\n`).join("\n")}`;
}

function timesOf(line: string): { readonly start: number; readonly end: number } | null {
  const found = TIMING.exec(line);
  if (found === null) return null;
  const [, h1, m1, s1, f1, h2, m2, s2, f2] = found;
  const start = msOf(h1, m1, s1, f1);
  const end = msOf(h2, m2, s2, f2);
  return end > start ? { start, end } : null;
}

function msOf(hours = "0", minutes = "0", seconds = "0", fraction = "0"): number {
  return (
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds) * 1000 +
    Number(fraction.padEnd(3, "0"))
  );
}

function timeText(ms: number): string {
  const pad = (value: number, length = 2) => String(value).padStart(length, "0");
  const seconds = Math.floor(ms / 1000);
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}.${pad(ms % 1000, 3)}`;
}

const MARK = /<(\/?)([a-z]+|\d)([^<>]*)>/gi;
const KEPT_MARKS: ReadonlySet<string> = new Set(["i", "b", "u", "v"]);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  nbsp: "\u00A0",
  lrm: "\u200E",
  rlm: "\u200F",
};

/** Keeps emphasis and who speaks, properly nested; everything else is text or nothing. */
function cleanText(raw: string): string {
  const cut = [...raw].slice(0, CAPTION_LIMITS.characters).join("");
  const opened: string[] = [];
  let text = "";
  let at = 0;
  for (const mark of cut.matchAll(MARK)) {
    text += escapeText(cut.slice(at, mark.index));
    at = mark.index + mark[0].length;
    const [, closing = "", name = "", rest = ""] = mark;
    text += markText(opened, closing === "/", name.toLowerCase(), rest);
  }
  text += escapeText(cut.slice(at));
  return `${text}${opened
    .toReversed()
    .map((name) => `</${name}>`)
    .join("")}`
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}

function markText(opened: string[], isClosing: boolean, name: string, rest: string): string {
  if (!KEPT_MARKS.has(name)) return "";
  if (isClosing) {
    // Only what was opened last is closed: anything else would not nest.
    if (opened.at(-1) !== name) return "";
    opened.pop();
    return `</${name}>`;
  }
  const voice = /^(?:\.[^\s]*)?\s+([^&]{1,100})$/s.exec(rest)?.[1]?.replaceAll(/\s+/g, " ").trim() ?? "";
  if (name === "v" && voice === "") return "";
  opened.push(name);
  return name === "v" ? `<v ${escapeText(voice)}>` : `<${name}>`;
}

/** Entities of the format are read, everything with a meaning is written as one; an arrow in a text would begin a new cue. */
function escapeText(text: string): string {
  return text
    .replaceAll(/&(amp|lt|gt|nbsp|lrm|rlm);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F\u202A-\u202E\u2066-\u2069]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
