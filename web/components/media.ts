import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { reveal } from "./reveal.ts";

/** Only what is served from here is shown in place; a player of another server would tell it who watches. */
export function isShownInPlace({ kind, url }: AttachmentView): boolean {
  return kind !== "file" && url.startsWith("/");
}

/** The pictures of a note: one whole, several as a strip to push sideways, links below. Sensitive ones are closed first. */
export function media(visit: Visit, note: NoteView, key: string): Html {
  if (note.attachments.length === 0) return html``;
  const { t } = visit.i18n;
  const shown = html`${inPlace(visit, note.attachments.filter(isShownInPlace), key)}${elsewhere(visit, note)}`;
  if (!note.sensitive || note.summary !== null) return shown;
  return html`<details class="veil"><summary>${icon(visit, "image")}<span>${t("note.sensitive")}</span> ${reveal(visit)}</summary><div class="note-media">${shown}</div></details>`;
}

function inPlace(visit: Visit, attachments: readonly AttachmentView[], key: string): Html {
  const { t } = visit.i18n;
  const total = attachments.length;
  if (total === 0) return html``;
  if (total === 1)
    return html`<div class="media-one">${attachments.map((one) => figure(visit, one, null))}</div>`;
  return html`<section class="media-strip" aria-label="${t("media.strip", { count: total })}" tabindex="0" id="media-${key}">${attachments.map(
    (one, index) => figure(visit, one, `${index + 1} / ${total}`),
  )}</section>`;
}

function figure(visit: Visit, attachment: AttachmentView, position: string | null): Html {
  return html`<figure class="media-item">${body(visit, attachment)}
${position === null ? "" : html`<span class="media-position">${position}</span>`}
${attachment.alt === "" ? "" : altBadge(visit, attachment.alt)}</figure>`;
}

function body(visit: Visit, attachment: AttachmentView): Html {
  const words = (key: MessageKey) => wordsFor(visit, attachment, key);
  if (attachment.kind === "image")
    return html`<a class="media-link" href="${attachment.url}"><img class="u-photo" src="${attachment.url}" alt="${words("media.no_alt")}"${size(attachment)} loading="lazy" decoding="async"></a>`;
  if (attachment.kind === "video")
    return html`<video class="u-video" src="${attachment.url}" controls preload="none"${size(attachment)} aria-label="${words("media.video")}"></video>`;
  return html`<audio class="u-audio" src="${attachment.url}" controls preload="none" aria-label="${words("media.audio")}"></audio>`;
}

/** What is left to its own server, a line each. */
function elsewhere(visit: Visit, note: NoteView): Html {
  const linked = note.attachments.filter((attachment) => !isShownInPlace(attachment));
  if (linked.length === 0) return html``;
  return html`<ul class="media-files">${linked.map(
    (one) =>
      html`<li><a class="media-file" href="${outwards({ url: one.url, uri: one.url })}" rel="noopener nofollow">${one.coverUrl === null ? icon(visit, "next") : html`<img class="media-cover" src="${one.coverUrl}" alt="" width="160" height="90" loading="lazy" decoding="async">`}<span dir="auto">${linkWords(visit, one)}</span></a></li>`,
  )}</ul>`;
}

/** What it is, and how long it takes. */
function linkWords(visit: Visit, one: AttachmentView): string {
  const name = wordsFor(visit, one, `media.${one.kind}`);
  if (one.durationMs === null) return name;
  return visit.i18n.t("media.duration", { name, duration: clock(one.durationMs) });
}

/** 1:02:03, as players show it everywhere. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}

/** Classes that keep the part in sight that its author chose, where a picture is cropped: fifths of each side. */
export function focusClasses({ focus }: Pick<AttachmentView, "focus">): string {
  if (focus === null) return "";
  const fifth = (share: number) => Math.min(4, Math.floor(((share + 1) / 2) * 5));
  return `focus-x-${fifth(focus.x)} focus-y-${fifth(-focus.y)}`;
}

function wordsFor(visit: Visit, attachment: AttachmentView, key: MessageKey): string {
  return attachment.alt === "" ? visit.i18n.t(key) : attachment.alt;
}

/** Room is kept before the picture arrives, so that nothing jumps. */
function size(attachment: AttachmentView): Html {
  if (attachment.width === null || attachment.height === null) return html``;
  return html` width="${attachment.width}" height="${attachment.height}"`;
}

/** The description for everybody, by mouse and by keyboard; a long one scrolls. */
function altBadge(visit: Visit, alt: string): Html {
  return html`<details class="alt"><summary>${visit.i18n.t("media.alt")}</summary><p dir="auto">${alt}</p></details>`;
}
