import { NOTE_LIMITS, type Focus, type ReceivedNote } from "../../server/domain/note.ts";
import { pageOf, plain } from "./from-actor.ts";
import { countOf, isJson, listOf, textOf, typesOf, webAddress, type Json } from "./json.ts";

export type ReceivedAttachment = ReceivedNote["attachments"][number];

/** Heights of a film that are offered first; larger ones are for other screens. */
const BEST_HEIGHT = 720;
const DAY_MS = 86_400_000;
const LARGEST = 1_000_000_000_000;

/** What hangs on a note, in its order, and the thing itself when the note is a picture, a film or a recording. */
export function attachmentsOf(json: Json): readonly ReceivedAttachment[] {
  const types = typesOf(json);
  const own = types.some((type) => type === "Image" || type === "Video" || type === "Audio")
    ? itselfOf(json)
    : [];
  // Articles, pages and events have one picture above all others in `image` (WordPress, Lemmy).
  const leading = types.some((type) => type === "Article" || type === "Page" || type === "Event")
    ? listOf(json["image"]).map((image) =>
        isJson(image) ? { type: "Image", ...image } : { type: "Image", url: image },
      )
    : [];
  const all = [
    ...own,
    ...[...leading, ...listOf(json["attachment"])].flatMap((item) => attachmentOf(item) ?? []),
  ];
  const byUrl = new Map(all.map((one) => [one.url, one]));
  return [...byUrl.values()].slice(0, NOTE_LIMITS.media);
}

/** Web pages among the attachments: Lemmy and Friendica hang the link that a post is about on it. */
export function linksOf(json: Json): readonly string[] {
  const links = listOf(json["attachment"]).map((item) =>
    // A link with a preview is the card of a link that stands in the text (FEP-8967).
    isJson(item) &&
    !isJson(item["preview"]) &&
    (typesOf(item).includes("Link") || typesOf(item).includes("Page"))
      ? pageOf(item["href"] ?? item["url"], "text/html")
      : null,
  );
  return [...new Set(links.filter((link) => link !== null))].slice(0, 4);
}

/** PeerTube, Funkwhale and Pixelfed: the files are the object's own links. */
function itselfOf(json: Json): readonly ReceivedAttachment[] {
  const types = typesOf(json);
  const main = types.includes("Image") ? "image/" : types.includes("Video") ? "video/" : "audio/";
  const file = fileOf(json["url"], main);
  if (file === null) return types.includes("Image") ? [attachmentOf(json)].filter((one) => one !== null) : [];
  const one = attachmentOf({
    ...json,
    summary: undefined,
    url: file["href"],
    mediaType: file["mediaType"],
    width: file["width"] ?? json["width"],
    height: file["height"] ?? json["height"],
    size: file["size"] ?? json["size"],
    digestMultibase: file["digestMultibase"] ?? json["digestMultibase"],
  });
  return one === null ? [] : [one];
}

/** The best file of its kind among links, which PeerTube also hides in the `tag` of its playlist. */
function fileOf(value: unknown, main: string): Json | null {
  const links = listOf(value).filter(isJson);
  const nested = links.flatMap((link) => listOf(link["tag"]).filter(isJson));
  const files = [...links, ...nested].filter(
    (link) => typeWord(link["mediaType"]).startsWith(main) && webAddress(link["href"]) !== null,
  );
  const height = (link: Json) => countOf(link["height"]) ?? 0;
  const fitting = files
    .filter((link) => height(link) <= BEST_HEIGHT)
    .toSorted((a, b) => height(b) - height(a));
  return fitting[0] ?? files.toSorted((a, b) => height(a) - height(b))[0] ?? null;
}

function attachmentOf(item: unknown): ReceivedAttachment | null {
  if (!isJson(item)) return null;
  const link = listOf(item["url"]).find(isJson);
  const url = pageOf(item["url"] ?? item["href"], "image/");
  const mediaType = typeWord(item["mediaType"] ?? link?.["mediaType"]);
  const kind = kindOf(typesOf(item), mediaType);
  if (url === null || kind === null) return null;
  return {
    kind,
    url,
    mediaType,
    // Mastodon 4.6 moves alternative texts to `summary`; `name` is what everybody else writes.
    alt: plain(textOf(item["summary"]) ?? textOf(item["name"]), NOTE_LIMITS.altCharacters),
    width: sizeOf(item["width"] ?? link?.["width"]),
    height: sizeOf(item["height"] ?? link?.["height"]),
    blurhash: blurhashOf(item["blurhash"]),
    focus: focusOf(item["focalPoint"]),
    coverUrl: kind === "image" ? null : pageOf(coverOf(item["icon"] ?? item["image"]), "image/"),
    durationMs: durationOf(item["duration"]),
    digest: digestOf(item["digestMultibase"]),
    size: bytesOf(item["size"] ?? link?.["size"]),
  };
}

/** Links and previews are no attachments: Lemmy and Friendica put plain web links here. */
function kindOf(types: readonly string[], mediaType: string): ReceivedAttachment["kind"] | null {
  const main = mediaType.split("/", 1)[0];
  if (main === "image" || main === "video" || main === "audio") return main;
  if (types.includes("Image")) return "image";
  if (types.includes("Video")) return "video";
  if (types.includes("Audio")) return "audio";
  return types.includes("Document") && mediaType !== "" && mediaType !== "text/html" ? "file" : null;
}

/** PeerTube gives several sizes of the same still; the largest one is last. */
function coverOf(value: unknown): unknown {
  const pictures = listOf(value);
  const last = pictures.at(-1);
  return isJson(last) ? (last["url"] ?? last["href"]) : last;
}

/** Two numbers from -1 to 1; in front of everything else Mastodon and GoToSocial write exactly that. */
function focusOf(value: unknown): Focus | null {
  const [x, y] = Array.isArray(value)
    ? value.map((number) => (typeof number === "string" ? Number(number) : number))
    : [];
  const isPart = (number: unknown): number is number =>
    typeof number === "number" && Number.isFinite(number) && Math.abs(number) <= 1;
  return isPart(x) && isPart(y) ? { x, y } : null;
}

/** Milliseconds of an ISO 8601 duration of at most a day (`PT95S`, `PT1H2M3.5S`), or of a number of seconds. */
function durationOf(value: unknown): number | null {
  if (typeof value === "number") return within(value * 1000);
  const text = textOf(value);
  const parts = /^P(?:(\d{1,2})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?)?$/.exec(
    text ?? "",
  );
  if (parts === null || text === "P") return null;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return within((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000);
}

function within(ms: number): number | null {
  return Number.isFinite(ms) && ms > 0 && ms <= DAY_MS ? Math.round(ms) : null;
}

function typeWord(value: unknown): string {
  return (textOf(value) ?? "").toLowerCase().slice(0, 100);
}

function sizeOf(value: unknown): number | null {
  const size = countOf(value);
  return size !== null && size > 0 && size <= 65_535 ? size : null;
}

function bytesOf(value: unknown): number | null {
  const size = countOf(value);
  return size !== null && size > 0 && size <= LARGEST ? size : null;
}

function blurhashOf(value: unknown): string | null {
  return typeof value === "string" && /^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,100}$/.test(value)
    ? value
    : null;
}

/** A multibase text (base58btc `z` or base64url `u`) as FEP-1311 asks for. */
function digestOf(value: unknown): string | null {
  const text = textOf(value);
  return text !== null && /^[zumf][0-9A-Za-z_-]{32,128}$/.test(text) ? text : null;
}
