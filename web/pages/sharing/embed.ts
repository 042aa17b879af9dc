import { html } from "hono/html";
import { isOpen, type NoteView, speaksForItself } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { embedNote, frameOf } from "../../../server/services/threads/embedding.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { avatar } from "../../components/actor.ts";
import { emojiText, withEmojis } from "../../components/emoji.ts";
import { fullHandle } from "../../components/head-tags.ts";
import { timeOf } from "../../components/note.ts";
import type { Html } from "../../html.ts";
import { DIRECTIONS, negotiate } from "../../i18n.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, noteOf, requireShown } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Pictures of an embedded note; the rest is a number. */
const SHOWN = 4;

/**
 * A note as a page within pages of others: no cookies are read, no scripts run, and only what everybody may see is shown.
 * This page alone may be framed.
 */
export async function getEmbed(c: WebContext): Promise<Response> {
  const visit = asStranger(c);
  const note = requireShown(await viewNote(visit.app, null, noteIdOf(c)));
  if (!note.local || !isOpen(note) || notePath(note) !== `/${c.req.param("handle") ?? ""}/${note.id}`)
    throw notFound();
  c.header("Content-Security-Policy", EMBED_POLICY);
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  c.header("Referrer-Policy", "no-referrer");
  c.header("X-Robots-Tag", "noindex");
  c.header("Cache-Control", "public, max-age=60");
  c.header("Vary", "Accept-Language");
  return await c.html(embedded(visit, note));
}

/** `frame-ancestors` decides who may frame it: everybody (CSP 3, 6.4.2; it overrides X-Frame-Options). */
const EMBED_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/** Whoever looks: another site's page must not show what this person would see, nor in which language they read here. */
function asStranger(c: WebContext): Visit {
  const visit = c.get("visit");
  const locale = negotiate(c.req.header("accept-language")) ?? visit.i18n.locale;
  return { ...visit, viewer: null, sessionToken: null, csrf: "", unread: 0, i18n: visit.i18nOf(locale) };
}

function embedded(visit: Visit, note: NoteView): Html {
  const { t, locale } = visit.i18n;
  const { author } = note;
  return html`<!doctype html>
<html lang="${locale}" dir="${DIRECTIONS[locale]}">
<head><meta charset="utf-8"><title>${t("embed.by", { name: author.name })}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<link rel="canonical" href="${note.url}"><link rel="stylesheet" href="${visit.assets.embed}"><base target="_blank"></head>
<body><main><h1 class="invisible">${t("embed.by", { name: author.name })}</h1><article class="embed h-entry">
<header>${avatar(author, 44)}<div><a class="name p-author h-card" href="${author.url}" rel="noopener"><bdi>${emojiText(author.name, author.emojis)}</bdi></a><p class="handle"><bdi>${fullHandle(visit, author)}</bdi></p></div></header>
${speaksForItself(note) ? whole(visit, note) : html`<p>${note.summary ?? t("embed.warning")}</p>${note.summary === null ? "" : html`<p>${t("embed.warning")}</p>`}`}
<footer><a class="u-url" href="${note.url}" rel="noopener">${timeOf(visit, note.publishedAt, "dt-published", true)}</a>${note.repliesCount === 0 ? "" : html`<span>${t("embed.replies", { count: note.repliesCount })}</span>`}<a href="${note.url}" rel="noopener">${t("embed.see", { server: visit.settings.name })}</a></footer>
</article></main></body></html>`;
}

function whole(visit: Visit, note: NoteView): Html {
  const { t } = visit.i18n;
  const lang = note.language === null ? html`` : html` lang="${note.language}"`;
  return html`${note.title === null ? "" : html`<p class="title p-name"${lang} dir="auto">${emojiText(note.title, note.emojis)}</p>`}
${note.contentHtml === "" ? "" : html`<div class="words e-content"${lang} dir="auto">${withEmojis(note.contentHtml, note.emojis)}</div>`}
${note.poll === null ? "" : html`<p>${t("embed.poll", { count: note.poll.options.length })}</p>`}${pictures(visit, note)}`;
}

function pictures(visit: Visit, note: NoteView): Html {
  const all = note.attachments.flatMap(({ kind, url, coverUrl, state, alt, width, height }) => {
    const address = kind === "image" ? url : coverUrl;
    return address === null || !address.startsWith("/") || state !== "ready"
      ? []
      : [{ address, alt, width, height }];
  });
  if (all.length === 0) return html``;
  const more = all.length - SHOWN;
  return html`<div class="pictures">${all
    .slice(0, SHOWN)
    .map(
      ({ address, alt, width, height }) =>
        html`<img class="u-photo" src="${address}" alt="${alt}"${width === null || height === null ? "" : html` width="${width}" height="${height}"`} loading="lazy">`,
    )}</div>${more <= 0 ? "" : html`<p class="handle">${visit.i18n.t("embed.more", { count: more })}</p>`}`;
}

/** The code that shows a note in a page elsewhere. */
function snippetOf(visit: Visit, note: NoteView): string {
  return frameOf(note, { title: visit.i18n.t("embed.by", { name: note.author.name }) });
}

/** The address of a note, and the code that shows it in another page. */
export async function getShareNote(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await noteOf(c);
  const mayEmbed = note.local && isOpen(note);
  return await showPage(c, {
    title: t("embed.title"),
    shape: "narrow",
    noindex: true,
    main: html`<h1 class="page-title">${t("embed.title")}</h1>
<div class="card stack"><div class="field"><label for="f-address">${t("embed.address")}</label><p class="hint" id="f-address-hint">${t("embed.lead")}</p><input id="f-address" type="text" readonly value="${note.url}" dir="ltr" aria-describedby="f-address-hint"><button class="button quiet small" type="button" data-copy="f-address" data-done="${t("note.link_copied")}" hidden>${t("note.share")}</button></div>
${mayEmbed ? html`<div class="field"><label for="f-code">${t("embed.code")}</label><p class="hint" id="f-code-hint">${t("embed.code_hint")}</p><textarea class="snippet" id="f-code" rows="5" readonly dir="ltr" spellcheck="false" aria-describedby="f-code-hint">${snippetOf(visit, note)}</textarea></div>` : html`<p class="notice small">${t("embed.not_open")}</p>`}
<p class="form-buttons">${mayEmbed ? html`<a class="button quiet" href="${notePath(note)}/embed">${t("embed.preview")}</a> ` : ""}<a class="button quiet" href="${notePath(note)}">${t("interact.view_note")}</a></p></div>
`,
  });
}

/** oEmbed 1.0 for the public notes of people here, by their page or their uri. */
export async function getOembed(c: WebContext): Promise<Response> {
  const visit = asStranger(c);
  if ((c.req.query("format") ?? "json") !== "json") return c.json({ error: "Only JSON is served." }, 501);
  const size = (name: string) => {
    const asked = Number(c.req.query(name) ?? "");
    return Number.isFinite(asked) && asked > 0 ? asked : undefined;
  };
  const embedding = await embedNote(visit.app, {
    url: c.req.query("url") ?? "",
    maxWidth: size("maxwidth"),
    maxHeight: size("maxheight"),
    titleOf: (name) => visit.i18n.t("embed.by", { name }),
  });
  c.header("Cache-Control", "public, max-age=60");
  c.header("Access-Control-Allow-Origin", "*");
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  c.header("Vary", "Accept-Language");
  return c.json(embedding);
}
