import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { viewActor } from "../../../server/services/actors/actors.ts";
import { readMarker } from "../../../server/services/markers.ts";
import { homeTimeline } from "../../../server/services/timelines.ts";
import { exploreTimeline } from "../../../server/services/trends/explore.ts";
import { EVERYTHING_HERE } from "../../../server/domain/explore.ts";
import { currentAnnouncements } from "../../../server/services/announcements/announcements.ts";
import { announcementNotices } from "../../components/announcement.ts";
import { composeForm } from "../../components/compose-form.ts";
import { icon } from "../../components/icon.ts";
import { newsLine } from "../../components/marker.ts";
import { pageRequestOf, timeline } from "../../components/timeline.ts";
import { blankComposition } from "../../drafting.ts";
import type { Html } from "../../html.ts";
import { WAITING } from "../../member.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { getLanding } from "../joining/landing.ts";
import { homeTabs } from "./home-tabs.ts";

/** Below this many follows home also shows what is going on here, so that it is never blank. */
const FEW_FOLLOWS = 5;
/** Notes on the page, those of others here included: two whole pages of them would be heavy on a slow line. */
const PAGE = 20;

/** The front door: home for members, the landing page for everyone else. */
export async function getHome(c: WebContext): Promise<Response> {
  const { viewer, waiting } = c.get("visit");
  if (waiting !== null) return c.redirect(WAITING, 303);
  return viewer === null ? await getLanding(c) : await showHome(c, viewer);
}

async function showHome(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const request = pageRequestOf(c);
  const isTop = request.before === undefined && request.after === undefined;
  const [page, me, marker, told] = await Promise.all([
    homeTimeline(visit.app, viewer, request),
    viewActor(visit.app, viewer.actorId),
    readMarker(visit.app, viewer, "home"),
    isTop ? currentAnnouncements(visit.app, viewer) : [],
  ]);
  const isNew = isTop && (me?.followingCount ?? 0) < FEW_FOLLOWS;
  const local = isNew
    ? await exploreTimeline(visit.app, viewer, { limit: PAGE, filter: EVERYTHING_HERE })
    : null;
  const shown = new Set(page.items.map((entry) => entry.note.id));
  const room = Math.max(0, PAGE - page.items.length);
  const others = (local?.items ?? [])
    .filter(({ note }) => note.replyTo === null && !shown.has(note.id))
    .slice(0, room);
  return await showPage(c, {
    title: t("home.title"),
    place: "home",
    main: html`<h1 class="page-title">${t("home.title")}</h1>${await homeTabs(visit, viewer, "home")}${announcementNotices(visit, told)}
${isTop ? html`<section class="card compose-card" aria-label="${t("compose.title")}">${composeForm(visit, blankComposition(visit, viewer), { isCompact: true })}</section>` : ""}
${isNew ? hints(visit, c.req.query("welcome")) : ""}
${isTop ? newsLine(visit, page.items[0]?.id ?? 0) : ""}${page.items.length === 0 && isNew ? "" : timeline(visit, page, { empty: t("home.empty"), path: "/", lastReadId: isNew ? undefined : (marker?.lastReadId ?? (isTop ? null : undefined)) })}
${
  others.length === 0
    ? ""
    : html`<section aria-labelledby="home-local"><h2 class="section-title" id="home-local">${t("home.local", { server: visit.settings.name })}</h2><p class="muted">${t("home.local_hint")}</p>
${timeline(visit, { items: others, older: null, newer: null, first: null }, { empty: "", path: "/explore?view=list" })}<p class="more-link"><a class="button quiet" href="/explore?view=list">${t("home.more_local")}</a></p></section>`
}`,
  });
}

/** The first steps, shown until they have been taken. */
function hints(visit: Visit, welcome: string | undefined): Html {
  const { t } = visit.i18n;
  const me = `/@${visit.viewer?.username ?? ""}`;
  return html`<section class="card hints" aria-labelledby="home-hints"><h2 id="home-hints">${t(welcome === undefined ? "home.hints" : "home.welcome", { name: visit.viewer?.name ?? "" })}</h2>
<ul>
<li>${icon(visit, "user")}<p><a href="/settings/profile">${t("home.hint_profile")}</a> <span class="muted">${t("home.hint_profile_text")}</span></p></li>
<li>${icon(visit, "search")}<p><a href="/search">${t("home.hint_find")}</a> <span class="muted">${t("home.hint_find_text")}</span></p></li>
<li>${icon(visit, "compass")}<p><a href="/explore/tags">${t("home.hint_tags")}</a> <span class="muted">${t("home.hint_tags_text")}</span></p></li>
<li>${icon(visit, "edit")}<p><a href="/compose?text=${encodeURIComponent(t("home.intro_tags"))}">${t("home.hint_intro")}</a> <span class="muted">${t("home.hint_intro_text")}</span></p></li>
${welcome === "owner" ? html`<li>${icon(visit, "settings")}<p><a href="/admin/settings">${t("home.hint_owner")}</a> <span class="muted">${t("home.hint_owner_text", { path: me })}</span></p></li>` : ""}
</ul></section>`;
}
