import { html } from "hono/html";
import { listCollections } from "../../../server/services/collections/collection-views.ts";
import type { ActorView, Relationship } from "../../../server/domain/actor.ts";
import { parseHandle } from "../../../server/domain/actor.ts";
import type { CollectionView } from "../../../server/domain/collection.ts";
import type { EntryView, NoteView, Page } from "../../../server/domain/note.ts";
import { CausewayError } from "../../../server/errors.ts";
import { findRelationship, lookUpActor } from "../../../server/services/actors/actors.ts";
import { requestFeatured } from "../../../server/services/actors/featured.ts";
import { listFeaturedTags } from "../../../server/services/actors/featured-tags.ts";
import type { FeaturedTag } from "../../../server/services/actors/featured-tags.ts";
import { findOldHome } from "../../../server/services/escapes/notices.ts";
import { findNewHome } from "../../../server/services/moves/moves.ts";
import { listPinned } from "../../../server/services/actors/pins.ts";
import { mediaTimeline, profileView } from "../../../server/services/threads/galleries.ts";
import { profileTimeline } from "../../../server/services/timelines.ts";
import { avatar } from "../../components/actor.ts";
import { oldHomeNotice } from "../../components/launch.ts";
import { emojiText, withEmojis } from "../../components/emoji.ts";
import { feedLine } from "../../components/feed-line.ts";
import { actorHeadTags, fullHandle } from "../../components/head-tags.ts";
import { icon } from "../../components/icon.ts";
import { privateComment } from "../../components/private-comment.ts";
import { featuredSection, featuredTags, lifeNotices } from "../../components/profile-extras.ts";
import { relationshipBadges, relationshipControls } from "../../components/relationship.ts";
import { noteList, pageRequestOf, timeline } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { actorOf } from "../../member.ts";
import { actorPath, outwards } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

type Tab = "notes" | "replies" | "media" | "pinned";

/** Somebody's notes. */
export async function getProfile(c: WebContext): Promise<Response> {
  const missing = await unknownElsewhere(c);
  return missing ?? (await showProfile(c, "notes"));
}

/** Somebody's notes with their replies. */
export async function getProfileReplies(c: WebContext): Promise<Response> {
  return await showProfile(c, "replies");
}

/** Somebody's pictures, films and recordings. */
export async function getProfileMedia(c: WebContext): Promise<Response> {
  return await showProfile(c, "media");
}

/** What somebody has put on top of their profile. */
export async function getProfilePinned(c: WebContext): Promise<Response> {
  return await showProfile(c, "pinned");
}

async function showProfile(c: WebContext, tab: Tab): Promise<Response> {
  const visit = c.get("visit");
  const actor = await actorOf(c);
  if (actor.withheld?.isHere === true && visit.viewer?.actorId !== actor.id)
    throw new CausewayError("withheld", "error.withheld", { params: { actor: actor.id } });
  if (actor.host !== null && visit.viewer === null) return c.redirect(outwards(actor), 302);
  if (actor.suspended) throw new CausewayError("gone", "error.suspended_profile");
  const [relationship, home, old] = await Promise.all([
    findRelationship(visit.app, visit.viewer, actor.id),
    findNewHome(visit.app, actor),
    actor.host === null ? findOldHome(visit.app, actor.id) : null,
  ]);
  const notes = tab === "pinned" ? await pinnedPage(visit, actor) : await notesPage(c, actor, tab);
  return await showPage(c, {
    title: `${actor.name} (${fullHandle(visit, actor)})`,
    isPublic: true,
    noindex: !actor.indexable || tab !== "notes",
    ...(visit.viewer?.actorId === actor.id ? { place: "me" as const } : {}),
    head: actorHeadTags(visit, actor),
    main: html`${lifeNotices(visit, actor, home)}${oldHomeNotice(visit, old, actor.username)}${profileCard(visit, actor, relationship)}
${notes}${actor.host === null && tab === "notes" ? feedLine(visit, actorPath(actor)) : ""}`,
  });
}

async function pinnedPage(visit: Visit, actor: ActorView): Promise<Html> {
  const pinned = actor.showsFeatured ? await listPinned(visit.app, visit.viewer, actor.id) : [];
  return html`${tabs(visit, actor, "pinned")}${pinned.length === 0 ? html`<p class="empty">${visit.i18n.t("profile.no_pinned")}</p>` : noteList(visit, pinned)}`;
}

/** Notes as a list or as covers: by the address, else as their author wants it; pictures are looked at as covers. */
async function notesPage(c: WebContext, actor: ActorView, tab: "notes" | "replies" | "media"): Promise<Html> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const request = pageRequestOf(c);
  const asked = VIEWS.find((view) => view === c.req.query("view"));
  const usual =
    tab === "media" ? "grid" : tab === "replies" ? "list" : await profileView(visit.app, actor.id);
  const view = asked ?? usual;
  const page =
    tab === "media"
      ? await mediaTimeline(visit.app, visit.viewer, actor.id, request)
      : await profileTimeline(visit.app, visit.viewer, actor.id, {
          ...request,
          withReplies: tab === "replies",
        });
  const featured = await featuredOf(c, actor, tab);
  // Among covers a pinned note keeps its place: it has a tab of its own.
  const pinned = view === "grid" ? [] : featured.pinned;
  const path = tab === "notes" ? actorPath(actor) : `${actorPath(actor)}/${tab}`;
  const empty =
    tab === "media" ? "profile.no_media" : actor.host === null ? "profile.empty" : "profile.empty_remote";
  return html`${tabs(visit, actor, tab)}
${tab === "replies" ? "" : html`<div class="page-tools">${featuredTags(visit, featured.tags)}${viewWays(visit, tab === "notes" ? path : `${actorPath(actor)}/media`, view)}</div>`}
${featuredSection(visit, pinned, featured.collections)}
${pinned.length === 0 ? "" : html`<h2 class="section-title">${t("profile.latest")}</h2>`}
${timeline(visit, without(page, pinned), { empty: t(empty), path: asked === undefined ? path : `${path}?view=${asked}`, asGrid: view === "grid" })}`;
}

const VIEWS = ["list", "grid"] as const;

function way(visit: Visit, href: string, word: MessageKey, isHere: boolean): Html {
  return html`<a href="${href}"${isHere ? html` aria-current="page"` : ""}>${visit.i18n.t(word)}</a>`;
}

/** List or covers. */
function viewWays(visit: Visit, path: string, view: (typeof VIEWS)[number]): Html {
  return html`<nav class="tabs small view-switch" aria-label="${visit.i18n.t("view.label")}">${VIEWS.map((one) => way(visit, `${path}?view=${one}`, one === "list" ? "view.list" : "view.grid", one === view))}</nav>`;
}

/** The parts of a profile. */
function tabs(visit: Visit, actor: ActorView, here: Tab): Html {
  const { t } = visit.i18n;
  const path = actorPath(actor);
  const tab = (href: string, word: MessageKey, isHere: boolean) => way(visit, href, word, isHere);
  return html`<nav class="tabs profile-tabs" aria-label="${t("profile.tabs")}">${tab(path, "profile.notes", here === "notes")}${tab(`${path}/replies`, "profile.tab_replies", here === "replies")}${tab(`${path}/media`, "profile.tab_media", here === "media")}${tab(`${path}/pinned`, "profile.tab_pinned", here === "pinned")}${actor.host === null ? tab(`${path}/boards`, "profile.tab_boards", false) : ""}</nav>`;
}

/** What stands above the notes, on the first page alone; another server's is read again when somebody looks. */
async function featuredOf(
  c: WebContext,
  actor: ActorView,
  tab: Tab,
): Promise<{
  readonly pinned: readonly NoteView[];
  readonly tags: readonly FeaturedTag[];
  readonly collections: readonly CollectionView[];
}> {
  const { app, viewer } = c.get("visit");
  const { before, after } = pageRequestOf(c);
  if (tab !== "notes" || before !== undefined || after !== undefined || !actor.showsFeatured)
    return { pinned: [], tags: [], collections: [] };
  if (actor.host !== null) await requestFeatured(app, actor.id, "seen");
  return {
    pinned: await listPinned(app, viewer, actor.id),
    tags: await listFeaturedTags(app, actor.id),
    collections: await listCollections(app, actor.id),
  };
}

/** A note is on a page once. */
function without(page: Page<EntryView>, pinned: readonly NoteView[]): Page<EntryView> {
  const ids = new Set(pinned.map((note) => note.id));
  return { ...page, items: page.items.filter((entry) => !ids.has(entry.note.id)) };
}

function profileCard(visit: Visit, actor: ActorView, relationship: Relationship): Html {
  const { t, count } = visit.i18n;
  const path = actorPath(actor);
  const number = (
    key: "profile.count_notes" | "profile.count_following" | "profile.count_followers",
    value: number,
  ) => visit.i18n.rich(key, { count: value, shown: html`<strong>${count(value)}</strong>` });
  return html`<section class="card profile h-card" aria-labelledby="profile-name" data-component="profile">
${actor.headerUrl === null ? html`<div class="profile-header is-plain"></div>` : html`<img class="profile-header u-featured" src="${actor.headerUrl}" alt="" width="720" height="240" fetchpriority="high">`}
<div class="profile-body">
<div class="profile-top">${actor.avatarUrl === null ? avatar(actor, 96) : html`<a class="profile-picture" href="${actor.avatarUrl}"><img class="avatar size-96 u-photo" src="${actor.avatarUrl}" width="96" height="96" alt="${t("profile.avatar_of", { name: actor.name })}"></a>`}
<div class="profile-controls">${ownControls(visit, actor, relationship)}</div></div>
<h1 id="profile-name"><a class="p-name u-url u-uid" rel="me" href="${outwards(actor)}"><bdi>${emojiText(actor.name, actor.emojis)}</bdi></a></h1>
<p class="handle"><bdi class="p-nickname">${fullHandle(visit, actor)}</bdi>${actor.bot ? html` <span class="badge">${t("profile.bot")}</span>` : ""}${actor.locked ? html` <span class="badge">${icon(visit, "lock")}${t("profile.locked")}</span>` : ""}${relationshipBadges(visit, relationship)}</p>
${actor.bioHtml === "" ? "" : html`<div class="prose p-note" dir="auto">${withEmojis(actor.bioHtml, actor.emojis)}</div>`}
${fields(visit, actor)}
<p class="profile-counts"><a href="${path}">${number("profile.count_notes", actor.notesCount)}</a> <a href="${path}/following">${number("profile.count_following", actor.followingCount)}</a> <a href="${path}/followers">${number("profile.count_followers", actor.followersCount)}</a> <span class="muted">${t("profile.joined", { date: visit.i18n.day(actor.publishedAt) })}</span></p>
${actor.host === null ? "" : html`<p class="notice small">${t("profile.remote", { host: actor.host })} <a href="${outwards(actor)}" rel="noopener nofollow">${t("profile.original")}</a></p>`}
${visit.viewer === null || visit.viewer.actorId === actor.id ? "" : privateComment(visit, actor, relationship)}
</div></section>`;
}

function ownControls(visit: Visit, actor: ActorView, relationship: Relationship): Html {
  const { t } = visit.i18n;
  if (visit.viewer === null && actor.movedToUri !== null) return html``;
  if (visit.viewer === null)
    return html`<a class="button primary" href="/interact?intent=Follow&amp;uri=${encodeURIComponent(actor.uri)}">${t("profile.follow")}</a>`;
  if (visit.viewer.actorId === actor.id)
    return html`<a class="button quiet" href="/settings/profile">${icon(visit, "edit")}<span>${t("profile.edit")}</span></a>`;
  return relationshipControls(visit, actor, relationship);
}

function fields(visit: Visit, actor: ActorView): Html {
  if (actor.fields.length === 0) return html``;
  return html`<dl class="profile-fields">${actor.fields.map(
    (field) =>
      html`<div${field.verifiedAt === null ? "" : html` class="is-verified"`}><dt dir="auto">${field.name}</dt><dd dir="auto">${field.verifiedAt === null ? "" : html`<span class="verified">${icon(visit, "check")}<span class="hidden">${visit.i18n.t("profile.verified")}</span></span> `}${withEmojis(field.valueHtml, actor.emojis)}</dd></div>`,
  )}</dl>`;
}

/** A handle of another server that nobody here has met: members may look it up. */
async function unknownElsewhere(c: WebContext): Promise<Response | null> {
  const visit = c.get("visit");
  const handle = parseHandle(c.req.param("handle") ?? "");
  if (handle === null || handle.host === null) return null;
  if ((await lookUpActor(visit.app, visit.viewer, handle)) !== null) return null;
  const { t } = visit.i18n;
  const full = `@${handle.username}@${handle.host}`;
  return await showPage(c, {
    title: full,
    status: 404,
    shape: "narrow",
    noindex: true,
    main: html`<div class="message"><h1><bdi>${full}</bdi></h1><p>${t("profile.unknown")}</p>
<p><a class="button primary" href="/search?q=${encodeURIComponent(full)}">${t("profile.look_up", { host: handle.host })}</a></p></div>`,
  });
}
