import { html } from "hono/html";
import type { AttachmentView, NoteView } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { viewGallery } from "../../../server/services/threads/galleries.ts";
import type { GalleryView } from "../../../server/services/threads/galleries.ts";
import { actorName } from "../../components/actor.ts";
import { icon } from "../../components/icon.ts";
import { mediaPath, shownInPlace } from "../../components/media.ts";
import { colourClasses, picture, wordsFor } from "../../components/picture.ts";
import { player, recording } from "../../components/player.ts";
import { reveal } from "../../components/reveal.ts";
import type { Html } from "../../html.ts";
import { showFragment, showPage, wantsFragment } from "../../layout.ts";
import { noteIdOf, requireShown } from "../../member.ts";
import { actorPath, notePath, outwards } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/**
 * One picture of a note, whole and with its description; on to the next, and from the last into the author's next note
 * with pictures. Scripts ask for all of a note's pictures at once, for their dialog.
 */
export async function getGallery(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const gallery = await viewGallery(visit.app, visit.viewer, noteIdOf(c));
  const note = requireShown(gallery.note);
  if (visit.viewer === null && !note.local) return c.redirect(outwards(note), 302);
  const all = shownInPlace(note);
  const index = Number(c.req.param("number")) - 1;
  const one = all[index];
  const isUnderItsName = decodeURI(new URL(c.req.url).pathname) === decodeURI(mediaPath(note, index));
  if (one === undefined || !isUnderItsName) throw notFound();
  if (wantsFragment(c)) return await showFragment(c, strip(visit, gallery, all));
  const { t } = visit.i18n;
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const title = t("gallery.title", { number: index + 1, total: all.length, name: note.author.name });
  return await showPage(c, {
    title,
    shape: "wide",
    isPublic: isOpen,
    noindex: note.visibility !== "public" || !note.author.indexable,
    main: html`<div class="gallery-page" data-component="gallery"><p class="back"><a href="${notePath(note)}">${icon(visit, "back")}<span>${t("note.back")}</span></a></p>
<h1 class="hidden">${title}</h1>
${behindWarning(visit, note, figure(visit, note, one, true))}
<nav class="gallery-ways" aria-label="${t("gallery.ways")}">${way(visit, before(gallery, all, index), "prev")}<span class="gallery-place" dir="ltr">${index + 1} / ${all.length}</span>${way(visit, after(gallery, index), "next")}</nav>
<p class="gallery-by muted">${visit.i18n.rich("gallery.by", { name: html`<a href="${actorPath(note.author)}">${actorName(note.author)}</a>` })}</p></div>`,
  });
}

/** Who comes by a link has not read the warning yet. */
function behindWarning(visit: Visit, note: NoteView, inner: Html): Html {
  const { preferences } = visit.viewer ?? { preferences: null };
  const isMeant =
    note.viewer.mine || (note.summary === null ? preferences?.openMedia : preferences?.openWarnings);
  if ((!note.sensitive && note.summary === null) || isMeant === true) return inner;
  return html`<details class="veil"><summary><span class="veil-words">${icon(visit, "alert")}<span dir="auto">${note.summary ?? visit.i18n.t("note.sensitive")}</span> ${reveal(visit)}</span></summary>${inner}</details>`;
}

type Way = { readonly href: string; readonly isOtherNote: boolean };

/** One picture back; from the first to the first of the author's newer note. */
function before({ note, newer }: GalleryView, all: readonly AttachmentView[], index: number): Way | null {
  if (index > 0 && all.length > 0) return { href: mediaPath(note, index - 1), isOtherNote: false };
  return newer === null
    ? null
    : { href: mediaPath({ id: newer, author: note.author }, 0), isOtherNote: true };
}

/** One picture on; from the last to the first of the author's older note. */
function after({ note, older }: GalleryView, index: number): Way | null {
  if (index + 1 < shownInPlace(note).length) return { href: mediaPath(note, index + 1), isOtherNote: false };
  return older === null
    ? null
    : { href: mediaPath({ id: older, author: note.author }, 0), isOtherNote: true };
}

function way(visit: Visit, to: Way | null, rel: "prev" | "next"): Html {
  if (to === null) return html`<span></span>`;
  const { t } = visit.i18n;
  const word = t(
    to.isOtherNote
      ? rel === "prev"
        ? "gallery.newer_note"
        : "gallery.older_note"
      : rel === "prev"
        ? "gallery.previous"
        : "gallery.next",
  );
  return rel === "prev"
    ? html`<a class="button quiet" rel="prev" href="${to.href}">${icon(visit, "back")}<span>${word}</span></a>`
    : html`<a class="button quiet" rel="next" href="${to.href}"><span>${word}</span>${icon(visit, "next")}</a>`;
}

/** Widest on the page: up to the whole window. */
const WHOLE = "100vw";

function figure(visit: Visit, note: NoteView, one: AttachmentView, isEager: boolean): Html {
  return html`<figure class="gallery-item"><div class="gallery-frame ${colourClasses(one)}">${frame(visit, one, isEager)}</div>
${one.alt === "" ? html`<figcaption class="gallery-alt muted">${visit.i18n.t(one.kind === "image" ? "media.no_alt" : "media.no_alt_film")}</figcaption>` : html`<figcaption class="gallery-alt" tabindex="0"${note.language === null ? "" : html` lang="${note.language}"`} dir="auto">${one.alt}</figcaption>`}</figure>`;
}

function frame(visit: Visit, one: AttachmentView, isEager: boolean): Html {
  if (one.kind === "video") return player(visit, one);
  if (one.kind === "audio") return recording(visit, one);
  // Here a moving picture moves: somebody has chosen to see it.
  const whole = { ...one, animated: false };
  return picture(whole, { alt: wordsFor(visit, one, "media.no_alt"), isEager, sizes: WHOLE });
}

/** All pictures of a note side by side, and where the next ones are: what the script puts into its dialog. */
function strip(visit: Visit, gallery: GalleryView, all: readonly AttachmentView[]): Html {
  const { t } = visit.i18n;
  const { note, older } = gallery;
  return html`<div class="gallery-body" aria-label="${t("gallery.label", { name: note.author.name })}">
<form method="dialog" class="gallery-close"><button class="button quiet" autofocus>${t("gallery.close")}</button></form>
<div class="gallery-strip" tabindex="0" role="group" aria-label="${t("media.strip", { count: all.length })}">${all.map((one, index) => html`<section class="gallery-slide" aria-label="${index + 1} / ${all.length}">${figure(visit, note, one, false)}<p class="gallery-by"><a href="${notePath(note)}">${t("gallery.to_note", { name: note.author.name })}</a> <span class="gallery-place" dir="ltr">${index + 1} / ${all.length}</span></p></section>`)}</div>
<nav class="gallery-ways" aria-label="${t("gallery.ways")}"><button class="button quiet" type="button" data-step="-1">${icon(visit, "back")}<span class="hidden">${t("gallery.previous")}</span></button><button class="button quiet" type="button" data-step="1"><span class="hidden">${t("gallery.next")}</span>${icon(visit, "next")}</button></nav>
${older === null ? "" : html`<a class="gallery-on" rel="next" href="${mediaPath({ id: older, author: note.author }, 0)}" hidden>${t("gallery.older_note")}</a>`}</div>`;
}
