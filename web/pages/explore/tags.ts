import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { FollowedTag } from "../../../server/domain/explore.ts";
import { notFound } from "../../../server/errors.ts";
import {
  followedAmong,
  followTag,
  listFollowedTags,
  relatedTags,
  unfollowTag,
} from "../../../server/services/tags/tag-follows.ts";
import { followedTagsTimeline, tagTimeline } from "../../../server/services/timelines.ts";
import { isTag, normalizeTag } from "../../../server/text/entities.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { feedLine } from "../../components/feed-line.ts";
import { feedLinks } from "../../components/head-tags.ts";
import { formToken } from "../../components/hidden.ts";
import { lookingOf, lookingPath, viewSwitch } from "../../components/looking.ts";
import { followTagButton } from "../../components/tag.ts";
import { pageRequestOf, timeline } from "../../components/timeline.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { safeReturn, tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { homeTabs } from "./home-tabs.ts";

/** Notes with a hashtag. One address per tag: other spellings of it are sent there. */
export async function getTag(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const asked = c.req.param("tag") ?? "";
  const tag = tagOf(c);
  if (tag !== asked) return c.redirect(`${tagPath(tag)}${new URL(c.req.url).search}`, 301);
  const looking = lookingOf(c, "list");
  const asGrid = looking.view === "grid";
  const path = tagPath(tag);
  const [page, followed, related] = await Promise.all([
    tagTimeline(visit.app, visit.viewer, tag, pageRequestOf(c)),
    followedAmong(visit.app, visit.viewer, [tag]),
    relatedTags(visit.app, tag),
  ]);
  return await showPage(c, {
    title: `#${tag}`,
    shape: asGrid ? "wide" : "column",
    place: "explore",
    isPublic: true,
    head: html`<link rel="canonical" href="${visit.app.uris.tag(tag)}">${feedLinks(visit.app.uris.tag(tag), `#${tag}`)}`,
    main: html`<div class="page-head"><h1 class="page-title"><bdi>#${tag}</bdi></h1><div class="page-tools">${followTagButton(visit, tag, followed.has(tag))}${viewSwitch(visit, path, looking)}</div></div>
${related.length === 0 ? "" : html`<p class="note-tags related"><span class="muted">${t("tags.related")}</span> ${related.map((one) => html`<a class="tag" href="${tagPath(one)}"><bdi>#${one}</bdi></a> `)}</p>`}
${timeline(visit, page, { empty: t("tag.empty"), path: lookingPath(path, looking), asGrid })}${feedLine(visit, path)}`,
  });
}

/** Follows a tag or no more, and goes back to where the button was. */
export async function postTag(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const tag = tagOf(c);
  const form = await readForm(c);
  if (form.text("do") === "unfollow") await unfollowTag(app, viewer, tag);
  else await followTag(app, viewer, tag);
  return c.redirect(safeReturn(form.text("return"), tagPath(tag)), 303);
}

function tagOf(c: WebContext): string {
  const tag = normalizeTag(c.req.param("tag") ?? "");
  if (!isTag(tag)) throw notFound();
  return tag;
}

/** What is written with the tags that somebody follows, and which those are. */
export async function getFollowedTags(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showFollowed(c, viewer, freshForm());
}

/** Follows one more by its name. */
export async function postFollowedTags(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => followTag(app, viewer, form.text("tag")));
  if (outcome.ok) return c.redirect("/tags#followed", 303);
  return await showFollowed(c, viewer, returnedForm(form, outcome.refusal));
}

async function showFollowed(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const tags = await listFollowedTags(visit.app, viewer);
  const page = await followedTagsTimeline(visit.app, viewer, pageRequestOf(c));
  const isOpen = tags.length === 0 || state.refusal !== null;
  return await showPage(c, {
    title: t("tags.yours"),
    place: "home",
    status: state.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${t("tags.yours")}</h1>${await homeTabs(visit, viewer, "tags")}
${faultSummary(visit, state, { tag: t("tags.tag") })}
<details class="card fold" id="followed"${isOpen ? html` open` : ""}><summary>${t("tags.count", { count: tags.length })}</summary>
${tags.length === 0 ? "" : html`<ul class="picks plain-list">${tags.map((tag) => followedRow(visit, tag))}</ul>`}
<form class="stack" method="post" action="/tags">${formToken(visit)}${textField(visit, state, { name: "tag", label: "tags.tag", required: true, dir: "auto", literal: true, maxlength: 101 })}
<div class="form-buttons"><button class="button primary">${t("tags.follow")}</button></div></form></details>
${timeline(visit, page, { empty: t("tags.empty"), path: "/tags" })}`,
  });
}

function followedRow(visit: Visit, { tag, name }: FollowedTag): Html {
  return html`<li class="pick"><p class="pick-name"><a href="${tagPath(tag)}"><bdi>#${name}</bdi></a></p>${followTagButton(visit, tag, true)}</li>`;
}
