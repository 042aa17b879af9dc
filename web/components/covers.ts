import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import { actorPath, notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { avatar, toneOf } from "./actor.ts";
import { emojiText } from "./emoji.ts";
import { excerpt } from "./excerpt.ts";
import { icon } from "./icon.ts";
import { focusClasses, isShownInPlace } from "./media.ts";

/** Covers above the fold are fetched at once, the rest when they come near. */
const EAGER = 4;

/** Notes as covers, 3:4: the picture where there is one, otherwise the words on a colour. Reading order is source order. */
export function coverGrid(visit: Visit, notes: readonly NoteView[]): Html {
  return html`<ul class="covers">${notes.map((note, index) => cover(visit, note, index))}</ul>`;
}

function cover(visit: Visit, note: NoteView, index: number): Html {
  const picture = coverPicture(note);
  const id = `cover-${note.id}`;
  return html`<li><article class="cover" id="note-${note.id}" aria-labelledby="${id}" data-component="cover">
${picture === null ? textCover(visit, note, id) : pictureCover(visit, note, picture, id, index)}
<p class="cover-foot"><a class="cover-author" href="${actorPath(note.author)}">${avatar(note.author, 24)}<bdi>${emojiText(note.author.name, note.author.emojis)}</bdi></a>
${note.likesCount === 0 ? "" : html`<span class="cover-likes">${icon(visit, "heart")}<span aria-hidden="true">${visit.i18n.count(note.likesCount)}</span><span class="hidden">${visit.i18n.t("note.likes", { count: note.likesCount })}</span></span>`}</p>
</article></li>`;
}

/** A picture behind a warning is nobody's cover. */
function coverPicture(note: NoteView): AttachmentView | null {
  if (note.sensitive || note.summary !== null) return null;
  return note.attachments.find((attachment) => attachment.kind === "image") ?? null;
}

function pictureCover(
  visit: Visit,
  note: NoteView,
  picture: AttachmentView,
  id: string,
  index: number,
): Html {
  const { t } = visit.i18n;
  const title = note.title ?? excerpt(note.contentHtml, 80);
  const total = note.attachments.filter(isShownInPlace).length;
  return html`<div class="cover-frame"><img class="${focusClasses(picture)}" src="${picture.url}" alt="${picture.alt}" width="${picture.width ?? 480}" height="${picture.height ?? 640}" decoding="async"${index === 0 ? html` fetchpriority="high"` : ""}${index < EAGER ? "" : html` loading="lazy"`}>
${total > 1 ? html`<span class="media-position"><span aria-hidden="true">1/${total}</span><span class="hidden">${t("media.strip", { count: total })}</span></span>` : ""}</div>
<h2 class="cover-title" id="${id}"><a href="${notePath(note)}"${lang(note)} dir="auto">${title === "" ? t("note.by", { name: note.author.name }) : title}</a></h2>`;
}

function textCover(visit: Visit, note: NoteView, id: string): Html {
  const { t } = visit.i18n;
  const words = note.summary ?? note.title ?? excerpt(note.contentHtml, 140);
  const isWarning = note.summary !== null || (note.sensitive && note.attachments.length > 0);
  const length = [...words].length;
  const size = length <= 28 ? "short" : length <= 80 ? "middling" : "long";
  return html`<h2 class="cover-frame text-cover ${isWarning ? "tone-quiet" : toneOf(note.id)} ${size}" id="${id}"><a href="${notePath(note)}">
${isWarning ? html`<span class="cover-warning">${icon(visit, "alert")}${note.summary === null ? t("note.sensitive") : t("note.warning")}</span>` : ""}
<span class="cover-words"${lang(note)} dir="auto">${words === "" ? t("note.by", { name: note.author.name }) : words}</span></a></h2>`;
}

function lang(note: NoteView): Html {
  return note.language === null ? html`` : html` lang="${note.language}"`;
}
