import { html } from "hono/html";
import { isoTime } from "../../server/context.ts";
import type { ActorView } from "../../server/domain/actor.ts";
import { handleOf } from "../../server/domain/actor.ts";
import { isOpen, speaksForItself, type AttachmentView, type NoteView } from "../../server/domain/note.ts";
import { FEED_FORMATS, FEED_TYPES } from "../feeds.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { excerpt } from "./excerpt.ts";
import { postingData, profileData } from "./json-ld.ts";
import { absolute } from "./open-note.ts";

/** What machines read of a note that everybody may see. Behind a warning or sensitive: neither words nor pictures. */
export function noteHeadTags(visit: Visit, note: NoteView): Html {
  if (!isOpen(note)) return html``;
  const says = speaksForItself(note);
  const who = `${note.author.name} (${fullHandle(visit, note.author)})`;
  const words = says ? excerpt(note.contentHtml, 200) : visit.i18n.t("note.warning");
  const { picture, film } = says ? mediaOf(note) : { picture: null, film: null };
  const title = says && note.title !== null ? `${note.title} · ${who}` : who;
  return html`<link rel="canonical" href="${note.url}">
<link rel="alternate" type="application/activity+json" href="${note.uri}">
${note.local ? oembedLink(visit, note) : ""}${note.author.host === null ? feedLinks(note.author.url, note.author.name) : ""}
<meta property="og:type" content="article">
<meta property="og:title" content="${title}">
<meta property="og:url" content="${note.url}">
<meta property="og:site_name" content="${visit.settings.name}">
<meta property="og:description" content="${words}">
<meta name="description" content="${words}">
<meta property="article:published_time" content="${isoTime(note.publishedAt)}">
${note.editedAt === null ? "" : html`<meta property="article:modified_time" content="${isoTime(note.editedAt)}">`}
<meta property="article:author" content="${note.author.url}">
<meta name="fediverse:creator" content="${fullHandle(visit, note.author)}">
${note.language === null ? "" : html`<meta property="og:locale" content="${note.language.replaceAll("-", "_")}">`}
${picture === null ? "" : pictureTags(visit, picture)}${film === null ? "" : filmTags(visit, film)}
<meta name="twitter:card" content="${picture === null ? "summary" : "summary_large_image"}">
${postingData(visit, note)}`;
}

/** What machines read of a profile. */
export function actorHeadTags(visit: Visit, actor: ActorView): Html {
  const bio = excerpt(actor.bioHtml, 200);
  return html`<link rel="canonical" href="${actor.url}">
<link rel="alternate" type="application/activity+json" href="${actor.uri}">
${actor.host === null ? feedLinks(actor.url, actor.name) : ""}
<meta property="og:type" content="profile">
<meta property="og:title" content="${actor.name} (${fullHandle(visit, actor)})">
<meta property="og:url" content="${actor.url}">
<meta property="og:site_name" content="${visit.settings.name}">
<meta property="profile:username" content="${actor.username}">
<meta name="twitter:card" content="summary">
${bio === "" ? "" : html`<meta property="og:description" content="${bio}"><meta name="description" content="${bio}">`}
${actor.avatarUrl === null ? "" : html`<meta property="og:image" content="${absolute(visit, actor.avatarUrl)}"><meta property="og:image:width" content="400"><meta property="og:image:height" content="400"><meta property="og:image:alt" content="">`}
${profileData(visit, actor)}`;
}

/** Where a page can be followed without an account; `page` is its address without an ending. */
export function feedLinks(page: string, title: string): Html {
  return html`${FEED_FORMATS.map((format) => html`<link rel="alternate" type="${FEED_TYPES[format]}" href="${page}.${format}" title="${title}">`)}`;
}

/** `@user@host`, also for people here. */
export function fullHandle(visit: Visit, actor: ActorView): string {
  return handleOf({ username: actor.username, host: actor.host ?? visit.app.config.handleHost });
}

function oembedLink(visit: Visit, note: NoteView): Html {
  const address = `${visit.app.uris.origin}/oembed?format=json&url=${encodeURIComponent(note.url)}`;
  return html`<link rel="alternate" type="application/json+oembed" href="${address}" title="${visit.i18n.t("embed.by", { name: note.author.name })}">`;
}

type Picture = Pick<AttachmentView, "url" | "alt" | "width" | "height" | "mediaType">;

/** The cover of a note, or its first picture, or the still of its film. What is still being worked on is not there. */
function mediaOf({ attachments }: NoteView): {
  readonly picture: Picture | null;
  readonly film: AttachmentView | null;
} {
  const ready = attachments.filter(({ state, url }) => state === "ready" && url.startsWith("/"));
  const film = ready.find(({ kind }) => kind === "video") ?? null;
  const images = ready.filter(({ kind }) => kind === "image");
  const image = images.find(({ isCover }) => isCover) ?? images[0];
  if (image !== undefined) return { picture: image, film };
  const covered = ready.find(({ coverUrl }) => coverUrl !== null);
  if (covered === undefined || covered.coverUrl === null) return { picture: null, film };
  const isStill = covered.kind === "video";
  return {
    film,
    picture: {
      url: covered.coverUrl,
      alt: covered.alt,
      width: isStill ? covered.width : null,
      height: isStill ? covered.height : null,
      mediaType: "image/webp",
    },
  };
}

function pictureTags(visit: Visit, { url, alt, mediaType, ...size }: Picture): Html {
  return html`<meta property="og:image" content="${absolute(visit, url)}"><meta property="og:image:type" content="${mediaType}">${sizeTags("og:image", size)}<meta property="og:image:alt" content="${alt}">`;
}

function filmTags(visit: Visit, film: AttachmentView): Html {
  return html`<meta property="og:video" content="${absolute(visit, film.url)}"><meta property="og:video:type" content="${film.mediaType}">${sizeTags("og:video", film)}`;
}

function sizeTags(of: string, { width, height }: Pick<Picture, "width" | "height">): Html {
  if (width === null || height === null) return html``;
  return html`<meta property="${of}:width" content="${width}"><meta property="${of}:height" content="${height}">`;
}
