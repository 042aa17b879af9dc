import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import { actorPath, notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { avatar, toneOf } from "./actor.ts";
import { emojiText } from "./emoji.ts";
import { excerpt } from "./excerpt.ts";
import { icon } from "./icon.ts";
import { focusClasses } from "./media.ts";
import { clock, colourClasses, sourceSet } from "./picture.ts";
import { namesOf } from "./withheld.ts";

/** Covers above the fold are fetched at once, the rest when they come near. */
const EAGER = 4;
/** How wide a cover is drawn: half a phone, a sixth of a wide page. */
const SIZES = "(min-width: 36rem) 14rem, 50vw";
/** No cover is drawn wider than this, in pixels of the densest screens. */
const WIDEST = 960;

/** Notes as covers, 3:4: the picture where there is one, otherwise the words on a colour. Reading order is source order. */
export function coverGrid(visit: Visit, notes: readonly NoteView[]): Html {
  return html`<ul class="covers">${notes.map((note, index) => html`<li>${cover(visit, note, index)}</li>`)}</ul>`;
}

/** One cover; `index` says how far down the page it is. */
export function cover(visit: Visit, note: NoteView, index: number): Html {
  const chosen = coverOf(note);
  const id = `cover-${note.id}`;
  return html`<article class="cover" id="note-${note.id}" aria-labelledby="${id}" data-component="cover">
${chosen === null ? textCover(visit, note, id) : pictureCover(visit, note, chosen, { id, index })}
<p class="cover-foot"><a class="cover-author" href="${actorPath(note.author)}">${avatar(note.author, 24)}<bdi>${emojiText(note.author.name, note.author.emojis)}</bdi></a>
${note.likesCount === 0 ? "" : html`<span class="cover-likes">${icon(visit, "heart")}<span aria-hidden="true">${visit.i18n.count(note.likesCount)}</span><span class="hidden">${visit.i18n.t("note.likes", { count: note.likesCount })}</span></span>`}</p>
</article>`;
}

/** What stands for a note: its author's choice, else the first that has a picture. Behind a warning nothing does. */
export function coverOf(note: NoteView): AttachmentView | null {
  if (note.sensitive || note.summary !== null || note.filtered !== null) return null;
  const drawable = note.attachments.filter((one) => one.state === "ready" && addressOf(one) !== null);
  return drawable.find((one) => one.isCover) ?? drawable[0] ?? null;
}

/** The picture itself, or the one that stands for a film or recording; never one that lies on another server. */
function addressOf({ kind, url, coverUrl }: AttachmentView): string | null {
  const address = coverUrl ?? (kind === "image" ? url : null);
  return address?.startsWith("/") === true ? address : null;
}

function pictureCover(
  visit: Visit,
  note: NoteView,
  chosen: AttachmentView,
  place: { readonly id: string; readonly index: number },
): Html {
  const { t } = visit.i18n;
  const title = note.title ?? excerpt(note.contentHtml, 80);
  return html`<div class="cover-frame ${colourClasses(chosen)} ${shapeOf(chosen)}">${coverImage(chosen, place.index)}${badge(visit, note, chosen)}</div>
<h2 class="cover-title" id="${place.id}" dir="auto"><a href="${notePath(note)}"${lang(note)}>${title === "" ? t("note.by", { name: note.author.name }) : title}</a></h2>`;
}

/** A cropped picture in the smallest size that does, the part in sight that its author chose. `index` as for `cover`. */
export function coverImage(attachment: AttachmentView, index: number): Html {
  const sized = { ...attachment, variants: sizesOf(attachment), width: null };
  const [avif, webp] = [sourceSet(sized, "image/avif"), sourceSet(sized, "image/webp")];
  const smallest = sized.variants.find(({ mediaType, width }) => mediaType === "image/webp" && width >= 320);
  const src = smallest?.url ?? addressOf(attachment) ?? attachment.url;
  const when = index === 0 ? html` fetchpriority="high"` : index < EAGER ? html`` : html` loading="lazy"`;
  const img = html`<img class="${focusClasses(attachment)}" src="${src}"${webp === "" ? "" : html` srcset="${webp}" sizes="${SIZES}"`} alt="${attachment.alt}" width="${attachment.width ?? 480}" height="${attachment.height ?? 640}" decoding="async"${when}>`;
  if (avif === "") return img;
  return html`<picture><source type="image/avif" srcset="${avif}" sizes="${SIZES}">${img}</picture>`;
}

/** Sizes of what is drawn: of the picture, of the still of a film; the still of a moving picture has but one. */
function sizesOf({ kind, coverUrl, variants }: AttachmentView): AttachmentView["variants"] {
  if (kind === "image" && coverUrl !== null) return [];
  return variants.filter(({ mediaType, width }) => mediaType.startsWith("image/") && width <= WIDEST);
}

/** Where browsers can lay lanes, wide and square pictures keep more of themselves. */
function shapeOf({ width, height }: AttachmentView): string {
  if (width === null || height === null || width < height) return "";
  return width / height > 1.25 ? "is-wide" : "is-square";
}

/** How many there are, and how long a film takes: said before it is opened. */
function badge(visit: Visit, note: NoteView, chosen: AttachmentView): Html {
  const { t } = visit.i18n;
  const total = note.attachments.filter(({ kind }) => kind !== "file").length;
  const time = chosen.durationMs === null ? null : clock(chosen.durationMs);
  if (chosen.kind === "video" || chosen.kind === "audio") {
    const words = t(chosen.kind === "video" ? "cover.film" : "cover.sound", { duration: time ?? "" });
    const sign = chosen.kind === "video" ? "▶" : "♪";
    return html`<span class="cover-badge"><span aria-hidden="true">${time === null ? sign : `${sign} ${time}`}</span><span class="hidden">${words}</span></span>`;
  }
  if (total < 2) return html``;
  return html`<span class="cover-badge"><span aria-hidden="true">1/${total}</span><span class="hidden">${t("cover.several", { count: total })}</span></span>`;
}

function textCover(visit: Visit, note: NoteView, id: string): Html {
  const { t } = visit.i18n;
  const filter = note.filtered?.action === "blur" ? null : note.filtered;
  const { withheld } = note;
  const law =
    withheld?.isHere === true ? t("withheld.short", { countries: namesOf(visit, withheld.countries) }) : null;
  const words = law ?? filter?.title ?? note.summary ?? note.title ?? excerpt(note.contentHtml, 140);
  const isWarning =
    filter !== null || note.summary !== null || (note.sensitive && note.attachments.length > 0);
  const length = [...words].length;
  const size = length <= 28 ? "short" : length <= 80 ? "middling" : "long";
  return html`<h2 class="cover-frame text-cover ${isWarning ? "tone-quiet" : toneOf(note.id)} ${size}" id="${id}"><a href="${notePath(note)}">
${isWarning ? html`<span class="cover-warning">${icon(visit, "alert")}${t(filter !== null ? "filter.word" : note.summary === null ? "note.sensitive" : "note.warning")}</span>` : ""}
<span class="cover-words"${lang(note)} dir="auto">${words === "" ? t("note.by", { name: note.author.name }) : words}</span></a></h2>`;
}

function lang(note: NoteView): Html {
  return note.language === null ? html`` : html` lang="${note.language}"`;
}
