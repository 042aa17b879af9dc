import { html } from "hono/html";
import { type NoteId, parseId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { avatar } from "../../components/actor.ts";
import { emojiText, withEmojis } from "../../components/emoji.ts";
import { fullHandle } from "../../components/head-tags.ts";
import { timeOf } from "../../components/note.ts";
import { absolute, isOpen, speaksForItself } from "../../components/open-note.ts";
import type { Html } from "../../html.ts";
import { DIRECTIONS, negotiate } from "../../i18n.ts";
import { showPage } from "../../layout.ts";
import { noteIdOf, noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Pictures of an embedded note; the rest is a number. */
const SHOWN = 4;
const WIDTH = { least: 220, usual: 550, most: 600 } as const;

/**
 * A note as a page within pages of others: no cookies are read, no scripts run, and only what everybody may see is shown.
 * This page alone may be framed.
 */
export async function getEmbed(c: WebContext): Promise<Response> {
  const visit = asStranger(c);
  const note = await viewNote(visit.app, null, noteIdOf(c));
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

/** The frame that shows a note elsewhere. */
function snippetOf(visit: Visit, note: NoteView, width: string | number = "100%"): string {
  const title = visit.i18n.t("embed.by", { name: note.author.name });
  const frame = html`<iframe src="${note.url}/embed" title="${title}" width="${width}" height="${heightOf(note)}" loading="lazy" style="border:0;max-width:${WIDTH.most}px" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`;
  return String(frame);
}

/** About what it needs: without scripts nobody tells the frame. */
function heightOf(note: NoteView): number {
  const hasPicture = speaksForItself(note) && note.attachments.length > 0;
  const letters = speaksForItself(note) ? note.contentHtml.replace(/<[^>]*>/g, "").length : 0;
  return Math.min(900, 190 + Math.ceil(letters / 55) * 24 + (hasPicture ? 360 : 0));
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
  const note = await viewNote(visit.app, null, noteIdIn(visit, c.req.query("url") ?? ""));
  if (!note.local || !isOpen(note)) throw notFound();
  const asked = Number(c.req.query("maxwidth") ?? WIDTH.usual);
  const width = Number.isFinite(asked)
    ? Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, asked)))
    : WIDTH.usual;
  const asTall = Number(c.req.query("maxheight") ?? heightOf(note));
  const height = Math.min(heightOf(note), Number.isFinite(asTall) && asTall > 0 ? asTall : heightOf(note));
  c.header("Cache-Control", "public, max-age=60");
  c.header("Access-Control-Allow-Origin", "*");
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  c.header("Vary", "Accept-Language");
  return c.json({
    type: "rich",
    version: "1.0",
    title: visit.i18n.t("embed.by", { name: note.author.name }),
    author_name: note.author.name,
    author_url: note.author.url,
    provider_name: visit.settings.name,
    provider_url: visit.app.uris.origin,
    cache_age: 60,
    html: snippetOf(visit, note, width),
    width,
    height,
    ...thumbnailOf(visit, note),
  });
}

function thumbnailOf(visit: Visit, note: NoteView): Readonly<Record<string, string | number>> {
  if (!speaksForItself(note)) return {};
  const first = note.attachments.find(({ kind, state }) => kind === "image" && state === "ready");
  if (first === undefined || first.width === null || first.height === null) return {};
  return {
    thumbnail_url: absolute(visit, first.url),
    thumbnail_width: first.width,
    thumbnail_height: first.height,
  };
}

/** `https://here/@ada/123` or `https://here/notes/123`. @throws invalid without an address, not_found */
function noteIdIn(visit: Visit, address: string) {
  if (address === "") throw new CausewayError("invalid", "error.invalid");
  const { origin } = visit.app.uris;
  const path = URL.canParse(address) && new URL(address).origin === origin ? new URL(address).pathname : "";
  const id = parseId<NoteId>(/^\/(?:@[^/@]+|notes)\/(\d+)$/.exec(path)?.[1]);
  if (id === null) throw notFound();
  return id;
}
