import { html } from "hono/html";
import type { Suggestion, TrendingTag } from "../../../server/domain/explore.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { tagCovers } from "../../../server/services/tags/tag-covers.ts";
import { TREND_RULES } from "../../../server/services/trends/count-trends.ts";
import { suggestPeople, trendingTags } from "../../../server/services/trends/explore.ts";
import { actorList, toneOf } from "../../components/actor.ts";
import { coverImage, coverOf } from "../../components/covers.ts";
import { wayBack } from "../../components/hidden.ts";
import { followTagButton } from "../../components/tag.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath, tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { exploreHead } from "./explore.ts";

/** Tags that more people write than the week before. */
export async function getTrendingTags(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const tags = await trendingTags(visit.app, visit.viewer);
  const names = tags.map(({ tag }) => tag);
  const covers = await tagCovers(visit.app, visit.viewer, names);
  // In the first week everything is new: nothing is gained by saying so in each line.
  const isFirstWeek = tags.every(({ before }) => before === 0);
  const row = (tag: TrendingTag, index: number) =>
    tagRow(visit, tag, {
      face: tagFace(covers.get(tag.tag), index),
      isFresh: !isFirstWeek && tag.before === 0,
    });
  return await showPage(c, {
    title: t("explore.tags_title"),
    place: "explore",
    isPublic: true,
    main: html`<div class="explore-head">${exploreHead(visit, "tags")}
<p class="muted why">${t("explore.tags_lead")} <a href="/explore/about">${t("explore.why")}</a></p></div>
${tags.length === 0 ? html`<p class="empty">${t("explore.no_tags")}</p>` : html`<ol class="picks plain-list">${tags.map(row)}</ol>`}
${visit.viewer === null ? "" : html`<p class="more-link"><a href="/tags">${t("tags.yours")}</a></p>`}`,
  });
}

function tagFace(note: NoteView | undefined, index: number): Html {
  const cover = note === undefined ? null : coverOf(note);
  return html`<span class="pick-face ${toneOf(index)}" aria-hidden="true">${cover === null ? "#" : coverImage({ ...cover, alt: "" }, index + 4)}</span>`;
}

function tagRow(
  visit: Visit,
  { tag, people, following }: TrendingTag,
  { face, isFresh }: { readonly face: Html; readonly isFresh: boolean },
): Html {
  const { t } = visit.i18n;
  return html`<li class="pick" id="tag-${encodeURIComponent(tag)}">${face}<div class="pick-text"><p class="pick-name"><a href="${tagPath(tag)}"><bdi>#${tag}</bdi></a></p>
<p class="muted">${t("explore.tag_people", { count: people })}${isFresh ? html` <span class="badge">${t("explore.tag_fresh")}</span>` : ""}</p></div>
${followTagButton(visit, tag, following)}</li>`;
}

/** People who want to be found and have written lately. */
export async function getSuggestedPeople(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const found = await suggestPeople(visit.app, visit.viewer);
  const states = new Map(found.map(({ actor, following }) => [actor.id as number, following]));
  return await showPage(c, {
    title: t("explore.people_title"),
    place: "explore",
    isPublic: true,
    main: html`<div class="explore-head">${exploreHead(visit, "people")}
<p class="muted why">${t("explore.people_lead")} <a href="/explore/about">${t("explore.why")}</a></p></div>
${actorList(
  visit,
  found.map(({ actor }) => actor),
  {
    empty: t("explore.no_people"),
    controls: (actor) => followControl(visit, { actor, following: states.get(actor.id) ?? "no" }),
  },
)}`,
  });
}

/** Only to follow: whatever else there is to do stands on the profile. */
function followControl(visit: Visit, { actor, following }: Suggestion): Html {
  const { t } = visit.i18n;
  const whom = html`<span class="hidden"> ${actor.name}</span>`;
  if (visit.viewer === null)
    return html`<a class="button primary small" rel="nofollow" href="/interact?intent=Follow&amp;uri=${encodeURIComponent(actor.uri)}">${t("profile.follow")}${whom}</a>`;
  const isOn = following !== "no";
  const word =
    following === "no"
      ? "profile.follow"
      : following === "pending"
        ? "profile.requested"
        : "profile.following_now";
  return html`<form method="post" action="${actorPath(actor)}/relationship">${wayBack(visit)}<button class="button small ${isOn ? "quiet" : "primary"}" name="do" value="${isOn ? "unfollow" : "follow"}" aria-pressed="${String(isOn)}">${t(word)}${whom}</button></form>`;
}

/** How everything that is called popular was counted, in full. */
export async function getTrendRules(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const rules = TREND_RULES;
  return await showPage(c, {
    title: t("explore.about_title"),
    place: "explore",
    isPublic: true,
    main: html`<h1 class="page-title">${t("explore.about_title")}</h1><p class="lead">${t("explore.about_lead")}</p>
<section class="card stack prose-page" aria-labelledby="about-notes"><h2 class="section-title" id="about-notes">${t("explore.popular_title")}</h2>
<ul><li>${t("explore.about_notes", { days: rules.days })}</li><li>${t("explore.about_who")}</li><li>${t("explore.about_each", { max: rules.each })}</li><li>${t("explore.about_order")}</li></ul></section>
<section class="card stack prose-page" aria-labelledby="about-tags"><h2 class="section-title" id="about-tags">${t("explore.tags_title")}</h2>
<ul><li>${t("explore.about_tags", { days: rules.days })}</li><li>${t("explore.about_tags_each", { max: rules.each })}</li></ul></section>
<section class="card stack prose-page" aria-labelledby="about-people"><h2 class="section-title" id="about-people">${t("explore.people_title")}</h2>
<ul><li>${t("explore.about_people", { days: rules.activeDays })}</li></ul></section>
<section class="card stack prose-page" aria-labelledby="about-all"><h2 class="section-title" id="about-all">${t("explore.about_all_title")}</h2>
<ul><li>${t("explore.about_again", { minutes: rules.everyMinutes })}</li><li>${t("explore.about_same")}</li><li>${t("explore.about_out")}</li></ul></section>
<p class="more-link"><a href="/explore?sort=popular">${t("explore.popular")}</a></p>`,
  });
}
