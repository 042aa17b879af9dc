import type { App } from "../../context.ts";
import { type NoteId, parseId } from "../../domain/ids.ts";
import { isOpen, type NoteView, speaksForItself } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { plainText } from "../../text/markup.ts";
import { escapeHtml } from "../../text/sanitize.ts";
import { getSettings } from "../accounts/settings.ts";
import { viewNote } from "./threads.ts";

const WIDTH = { least: 220, usual: 550, most: 600 } as const;
const TALLEST = 900;
const KEPT_SECONDS = 60;

/** What is asked of oEmbed; sizes in CSS pixels. `titleOf` says whose note it is, in the language of whoever asks. */
export type EmbedRequest = {
  readonly url: string;
  readonly maxWidth?: number | undefined;
  readonly maxHeight?: number | undefined;
  titleOf(author: string): string;
};

/** An answer of oEmbed 1.0, in its own words. */
export type Embedding = {
  readonly type: "rich";
  readonly version: "1.0";
  readonly title: string;
  readonly author_name: string;
  readonly author_url: string;
  readonly provider_name: string;
  readonly provider_url: string;
  readonly cache_age: number;
  readonly html: string;
  readonly width: number;
  readonly height: number;
  readonly thumbnail_url?: string;
  readonly thumbnail_width?: number;
  readonly thumbnail_height?: number;
};

/**
 * How a note of somebody here is shown in pages of others, by the address of its page or its uri: only what everybody may
 * see, whoever asks. @throws invalid without an address, not_found
 */
export async function embedNote(app: App, request: EmbedRequest): Promise<Embedding> {
  const note = await viewNote(app, null, noteIdIn(app, request.url));
  if (!note.local || !isOpen(note)) throw notFound();
  const { maxWidth = WIDTH.usual, maxHeight = heightOf(note) } = request;
  const width = Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, maxWidth)));
  const title = request.titleOf(note.author.name);
  return {
    type: "rich",
    version: "1.0",
    title,
    author_name: note.author.name,
    author_url: note.author.url,
    provider_name: (await getSettings(app)).name,
    provider_url: app.uris.origin,
    cache_age: KEPT_SECONDS,
    html: frameOf(note, { title, width }),
    width,
    height: Math.min(heightOf(note), maxHeight),
    ...thumbnailOf(app, note),
  };
}

/** The frame that shows a note elsewhere, as HTML; without a width it is as wide as it may be. */
export function frameOf(note: NoteView, frame: { readonly title: string; readonly width?: number }): string {
  const attributes = {
    src: `${note.url}/embed`,
    title: frame.title,
    width: String(frame.width ?? "100%"),
    height: String(heightOf(note)),
    loading: "lazy",
    style: `border:0;max-width:${WIDTH.most}px`,
    sandbox: "allow-same-origin allow-popups allow-popups-to-escape-sandbox",
  };
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${escapeHtml(value)}"`);
  return `<iframe ${written.join(" ")}></iframe>`;
}

/** About what it needs: without scripts nobody tells the frame. */
function heightOf(note: NoteView): number {
  const hasPicture = speaksForItself(note) && note.attachments.length > 0;
  const letters = speaksForItself(note) ? plainText(note.contentHtml).length : 0;
  return Math.min(TALLEST, 190 + Math.ceil(letters / 55) * 24 + (hasPicture ? 360 : 0));
}

function thumbnailOf(app: App, note: NoteView) {
  if (!speaksForItself(note)) return {};
  const first = note.attachments.find(({ kind, state }) => kind === "image" && state === "ready");
  if (first === undefined || first.width === null || first.height === null) return {};
  return {
    thumbnail_url: new URL(first.url, app.uris.origin).href,
    thumbnail_width: first.width,
    thumbnail_height: first.height,
  };
}

/** `https://here/@ada/123` or `https://here/notes/123`. @throws invalid without an address, not_found */
function noteIdIn(app: App, address: string): NoteId {
  if (address === "") throw new CausewayError("invalid", "error.invalid");
  const url = URL.canParse(address) ? new URL(address) : null;
  const path = url?.origin === app.uris.origin ? url.pathname : "";
  const id = parseId<NoteId>(/^\/(?:@[^/@]+|notes)\/(\d+)$/.exec(path)?.[1]);
  if (id === null) throw notFound();
  return id;
}
