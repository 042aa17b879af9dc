import { html } from "hono/html";
import type { ActorView } from "../../server/domain/actor.ts";
import { handleOf } from "../../server/domain/actor.ts";
import { isoTime } from "../../server/context.ts";
import type { NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { excerpt } from "./excerpt.ts";

/** What machines read of a public note. Behind a warning, sensitive or not public: neither words nor pictures. */
export function noteHeadTags(visit: Visit, note: NoteView): Html {
  if (note.visibility !== "public" && note.visibility !== "unlisted") return html``;
  const isOpen = note.summary === null && !note.sensitive;
  const words = isOpen ? excerpt(note.contentHtml, 200) : visit.i18n.t("note.warning");
  const picture = isOpen ? note.attachments.find(({ kind }) => kind === "image") : undefined;
  return html`<link rel="canonical" href="${note.url}">
<link rel="alternate" type="application/activity+json" href="${note.uri}">
<meta property="og:type" content="article">
<meta property="og:title" content="${note.author.name} (${fullHandle(visit, note.author)})">
<meta property="og:url" content="${note.url}">
<meta property="og:site_name" content="${visit.settings.name}">
<meta property="og:description" content="${words}">
<meta name="description" content="${words}">
<meta property="article:published_time" content="${isoTime(note.publishedAt)}">
${note.language === null ? "" : html`<meta property="og:locale" content="${note.language.replaceAll("-", "_")}">`}
${picture === undefined ? "" : html`<meta property="og:image" content="${absolute(visit, picture.url)}"><meta property="og:image:alt" content="${picture.alt}">${picture.width === null || picture.height === null ? "" : html`<meta property="og:image:width" content="${picture.width}"><meta property="og:image:height" content="${picture.height}">`}<meta name="twitter:card" content="summary_large_image">`}`;
}

/** What machines read of a profile. */
export function actorHeadTags(visit: Visit, actor: ActorView): Html {
  const bio = excerpt(actor.bioHtml, 200);
  return html`<link rel="canonical" href="${actor.url}">
<link rel="alternate" type="application/activity+json" href="${actor.uri}">
<meta property="og:type" content="profile">
<meta property="og:title" content="${actor.name} (${fullHandle(visit, actor)})">
<meta property="og:url" content="${actor.url}">
<meta property="og:site_name" content="${visit.settings.name}">
<meta property="profile:username" content="${actor.username}">
${bio === "" ? "" : html`<meta property="og:description" content="${bio}"><meta name="description" content="${bio}">`}
${actor.avatarUrl === null ? "" : html`<meta property="og:image" content="${absolute(visit, actor.avatarUrl)}">`}`;
}

/** `@user@host`, also for people here. */
export function fullHandle(visit: Visit, actor: ActorView): string {
  return handleOf({ username: actor.username, host: actor.host ?? visit.app.config.handleHost });
}

function absolute(visit: Visit, url: string): string {
  return URL.canParse(url, visit.app.uris.origin) ? new URL(url, visit.app.uris.origin).href : url;
}
