import { html, raw } from "hono/html";
import { isoTime } from "../../server/context.ts";
import { type ActorView, handleOf } from "../../server/domain/actor.ts";
import { speaksForItself, type AttachmentView, type NoteView } from "../../server/domain/note.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { excerpt } from "./excerpt.ts";
import { absolute } from "./open-note.ts";

type Json = Readonly<Record<string, unknown>>;

/** A public note for search engines (schema.org SocialMediaPosting); nothing for others. */
export function postingData(visit: Visit, note: NoteView): Html {
  if (!note.local || note.visibility !== "public" || !note.author.indexable) return html``;
  const says = speaksForItself(note);
  const media = says
    ? note.attachments.filter(({ url, state }) => url.startsWith("/") && state === "ready")
    : [];
  const pictures = media.filter(({ kind }) => kind === "image");
  const films = media.filter(({ kind }) => kind === "video");
  return block({
    "@context": "https://schema.org",
    "@type": "SocialMediaPosting",
    "@id": note.uri,
    url: note.url,
    author: person(visit, note.author),
    datePublished: isoTime(note.publishedAt),
    ...(note.editedAt === null ? {} : { dateModified: isoTime(note.editedAt) }),
    ...(note.language === null ? {} : { inLanguage: note.language }),
    ...(says
      ? { headline: note.title ?? excerpt(note.contentHtml, 100), text: excerpt(note.contentHtml, 1000) }
      : {}),
    ...(says && note.tags.length > 0 ? { keywords: note.tags } : {}),
    ...(pictures.length === 0 ? {} : { image: pictures.map((one) => picture(visit, one)) }),
    ...(films.length === 0 ? {} : { video: films.map((one) => film(visit, note, one)) }),
    commentCount: note.repliesCount,
    interactionStatistic: [
      counter("LikeAction", note.likesCount),
      counter("ShareAction", note.announcesCount),
      counter("CommentAction", note.repliesCount),
    ],
  });
}

/** A profile for search engines (schema.org ProfilePage), unless its owner does not want to be found there. */
export function profileData(visit: Visit, actor: ActorView): Html {
  if (actor.host !== null || !actor.indexable) return html``;
  return block({
    "@context": "https://schema.org",
    "@type": "ProfilePage",
    url: actor.url,
    dateCreated: isoTime(actor.publishedAt),
    mainEntity: {
      ...person(visit, actor),
      ...(actor.bioHtml === "" ? {} : { description: excerpt(actor.bioHtml, 500) }),
      interactionStatistic: [counter("FollowAction", actor.followersCount)],
      agentInteractionStatistic: [counter("WriteAction", actor.notesCount)],
    },
  });
}

function person(visit: Visit, actor: ActorView): Json {
  const host = actor.host ?? visit.app.config.handleHost;
  return {
    "@type": actor.kind === "Organization" || actor.kind === "Group" ? "Organization" : "Person",
    "@id": actor.uri,
    name: actor.name,
    alternateName: handleOf({ username: actor.username, host }),
    url: actor.url,
    ...(actor.avatarUrl === null ? {} : { image: absolute(visit, actor.avatarUrl) }),
  };
}

function picture(visit: Visit, one: AttachmentView): Json {
  return {
    "@type": "ImageObject",
    contentUrl: absolute(visit, one.url),
    ...(one.alt === "" ? {} : { caption: one.alt }),
    ...(one.width === null || one.height === null ? {} : { width: one.width, height: one.height }),
  };
}

function film(visit: Visit, note: NoteView, one: AttachmentView): Json {
  return {
    "@type": "VideoObject",
    name: one.alt === "" ? (note.title ?? excerpt(note.contentHtml, 100)) : one.alt,
    contentUrl: absolute(visit, one.url),
    uploadDate: isoTime(note.publishedAt),
    ...(one.coverUrl === null ? {} : { thumbnailUrl: absolute(visit, one.coverUrl) }),
    ...(one.durationMs === null ? {} : { duration: `PT${Math.round(one.durationMs / 1000)}S` }),
  };
}

function counter(type: string, count: number): Json {
  return {
    "@type": "InteractionCounter",
    interactionType: { "@type": type },
    userInteractionCount: count,
  };
}

/** A data block: never run, and `<` cannot end it (HTML, 4.12.1.3). */
function block(data: Json): Html {
  return html`<script type="application/ld+json">${raw(JSON.stringify(data).replaceAll("<", "\\u003c"))}</script>`;
}
