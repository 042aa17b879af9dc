import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { notePath, outwards } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { clock, colourClasses, picture, ratioClass, wordsFor } from "./picture.ts";
import { player, recording } from "./player.ts";
import { reveal } from "./reveal.ts";

/** Only what is served from here is shown in place; a player of another server would tell it who watches. */
export function isShownInPlace({ kind, url }: AttachmentView): boolean {
  return kind !== "file" && url.startsWith("/");
}

/** What of a note is shown in place, in the order of its numbers: `/@user/1/media/2` is the second of these. */
export function shownInPlace(note: Pick<NoteView, "attachments">): readonly AttachmentView[] {
  return note.attachments.filter(isShownInPlace);
}

/** The page of one picture of a note; `index` from 0. */
export function mediaPath(note: Pick<NoteView, "id" | "author">, index: number): string {
  return `${notePath(note)}/media/${index + 1}`;
}

export type MediaOptions = {
  /** The first picture is what the page is about: fetched at once. */
  readonly isEager?: boolean;
};

/** The pictures of a note: one whole, several as a strip to push sideways, links below. Sensitive ones are closed first. */
export function media(visit: Visit, note: NoteView, key: string, options: MediaOptions = {}): Html {
  if (note.attachments.length === 0) return html``;
  const { t } = visit.i18n;
  const shown = html`${inPlace(visit, note, key, options)}${elsewhere(visit, note)}`;
  const isBlurred = note.filtered?.action === "blur";
  if (!note.sensitive || (note.summary !== null && !isBlurred)) return shown;
  const isOpen = visit.viewer?.preferences.openMedia === true && !isBlurred;
  return html`<details class="veil"${flag("open", isOpen)}><summary class="${colourClasses(note.attachments[0])}"><span class="veil-words">${icon(visit, "image")}<span>${t("note.sensitive")}</span> ${reveal(visit)}</span></summary><div class="note-media">${shown}</div></details>`;
}

/** Pictures and films are one thing to look at; recordings stand below, each by itself. */
function inPlace(visit: Visit, note: NoteView, key: string, { isEager = false }: MediaOptions): Html {
  const numbered = shownInPlace(note).map((attachment, index) => ({ attachment, index }));
  const seen = numbered.filter(({ attachment }) => attachment.kind !== "audio");
  const heard = numbered.filter(({ attachment }) => attachment.kind === "audio");
  const draw = (
    { attachment, index }: (typeof numbered)[number],
    position: string | null,
    isFirst: boolean,
  ) => figure(visit, attachment, { href: mediaPath(note, index), position, isEager: isEager && isFirst });
  const [first] = seen;
  const sounds = html`${heard.map((one) => draw(one, null, false))}`;
  if (first === undefined) return sounds;
  if (seen.length === 1) return html`<div class="media-one">${draw(first, null, true)}</div>${sounds}`;
  return html`<section role="group" class="media-strip ${ratioClass(first.attachment)}" aria-label="${visit.i18n.t("media.strip", { count: seen.length })}" tabindex="0" id="media-${key}">${seen.map(
    (one, place) => draw(one, `${place + 1} / ${seen.length}`, place === 0),
  )}</section>${sounds}`;
}

type Figure = { readonly href: string; readonly position: string | null; readonly isEager: boolean };

function figure(visit: Visit, attachment: AttachmentView, options: Figure): Html {
  const { kind, alt } = attachment;
  const isPicture = kind === "image" && attachment.state === "ready";
  return html`<figure class="media-item is-${kind} ${kind === "audio" ? "" : `${colourClasses(attachment)}${options.position === null ? ` ${ratioClass(attachment)}` : ""}`}"${options.position === null ? "" : html` data-place="${options.position}"`}>${body(visit, attachment, options)}
${options.position === null ? "" : html`<span class="media-position" dir="ltr">${options.position}</span>`}
${alt === "" || kind === "audio" ? "" : altBadge(visit, alt, isPicture)}</figure>`;
}

function body(visit: Visit, attachment: AttachmentView, { href, isEager }: Figure): Html {
  if (attachment.state !== "ready") return unready(visit, attachment);
  switch (attachment.kind) {
    case "image":
      return html`<a class="media-link" href="${href}">${picture(attachment, { alt: wordsFor(visit, attachment, "media.no_alt"), isEager })}</a>${attachment.animated && attachment.coverUrl !== null ? loopButton(visit, attachment) : ""}`;
    case "video":
      return player(visit, attachment);
    case "audio":
      return recording(visit, attachment);
    case "file":
      return html``;
    default: {
      const unknown: never = attachment.kind;
      return unknown;
    }
  }
}

/** A still stands for a moving picture until somebody wants it to move; the button needs its script. */
function loopButton(visit: Visit, attachment: AttachmentView): Html {
  const { t } = visit.i18n;
  return html`<button class="media-play" type="button" data-loop="${attachment.url}" data-play="${t("media.play")}" data-stop="${t("media.stop")}" hidden>${t("media.play")}</button>`;
}

/** Only its author comes upon it like this: it is posted when it is ready. */
function unready(visit: Visit, attachment: AttachmentView): Html {
  const { t, message } = visit.i18n;
  const words =
    attachment.state === "failed"
      ? attachment.fault === null
        ? t("media.failed")
        : message({ key: attachment.fault })
      : t("media.working", { percent: attachment.progress });
  return html`<p class="media-unready${attachment.state === "failed" ? " is-failed" : ""}">${icon(visit, attachment.state === "failed" ? "alert" : "image")}<span>${words}</span></p>`;
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
  const key: MessageKey = `media.${one.kind}`;
  const name = wordsFor(visit, one, key);
  if (one.durationMs === null) return name;
  return visit.i18n.t("media.duration", { name, duration: clock(one.durationMs) });
}

/** Classes that keep the part in sight that its author chose, where a picture is cropped: fifths of each side. */
export function focusClasses({ focus }: Pick<AttachmentView, "focus">): string {
  if (focus === null) return "";
  const fifth = (share: number) => Math.min(4, Math.floor(((share + 1) / 2) * 5));
  return `focus-x-${fifth(focus.x)} focus-y-${fifth(-focus.y)}`;
}

/** The description for everybody, by mouse and by keyboard; a long one scrolls, and may be scrolled by keyboard too. */
function altBadge(visit: Visit, alt: string, isOver: boolean): Html {
  const { t } = visit.i18n;
  return html`<details class="alt${isOver ? "" : " is-above"}"><summary aria-label="${t("media.alt")}: ${t("media.alt_more")}">${t("media.alt")}</summary><p tabindex="0" dir="auto">${alt}</p></details>`;
}
