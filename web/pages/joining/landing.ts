import { html, raw } from "hono/html";
import { EVERYTHING_HERE } from "../../../server/domain/explore.ts";
import { exploreTimeline } from "../../../server/services/trends/explore.ts";
import { coverGrid } from "../../components/covers.ts";
import { coverNotes } from "../../components/timeline.ts";
import { renderRules } from "../../components/rules.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** Covers on the landing page. */
const COVERS = 12;

/** What this place is, who it is for, and what was written here lately. */
export async function getLanding(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { settings } = visit;
  const { t } = visit.i18n;
  const page = await exploreTimeline(visit.app, null, { limit: COVERS, filter: EVERYTHING_HERE, calm: true });
  return await showPage(c, {
    title: settings.name,
    shape: "wide",
    isPublic: true,
    head: html`<link rel="canonical" href="${visit.app.uris.origin}/">
<meta name="description" content="${settings.description === "" ? t("landing.lead") : settings.description}">
<meta property="og:type" content="website"><meta property="og:title" content="${settings.name}">`,
    main: html`<section class="hero"><div class="hero-text">
<h1><bdi>${settings.name}</bdi></h1>
<p class="lead" dir="auto">${settings.description === "" ? t("landing.lead") : settings.description}</p>
<p class="muted">${t("landing.fediverse")}</p>
<div class="form-buttons">${settings.joinMode === "closed" ? "" : html`<a class="button primary large" href="/join">${t(settings.joinMode === "invite" ? "landing.join_invite" : "nav.join")}</a>`}
<a class="button quiet large" href="/login">${t("nav.login")}</a></div></div>
${scene()}</section>
<section aria-labelledby="recent"><div class="section-head"><h2 class="section-title" id="recent">${t("landing.recent")}</h2>${page.items.length === 0 ? "" : html`<a href="/explore">${t("landing.see_all")}</a>`}</div>
${page.items.length === 0 ? html`<p class="empty">${t("local.empty")}</p>` : coverGrid(visit, coverNotes(page.items))}</section>
${settings.rules === "" ? "" : html`<section class="card rules" aria-labelledby="landing-rules"><h2 class="section-title" id="landing-rules">${t("about.rules")}</h2>${renderRules(visit)}</section>`}`,
  });
}

/** A causeway at low tide: stones from the shore to the lit island. Colours are classes of the style sheet. */
function scene(): Html {
  return raw(`<svg class="scene" viewBox="0 0 480 300" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
<rect class="sc-sky" width="480" height="300"/><circle class="sc-sun" cx="352" cy="92" r="38"/>
<path class="sc-far" d="M0 168c60-26 96-20 150-4 50 14 92-22 150-18 70 4 110 24 180 8v40H0z"/>
<rect class="sc-sea" y="182" width="480" height="118"/>
<path class="sc-isle" d="M286 190c6-30 30-52 62-54 12-16 34-18 46-2 30 2 54 26 60 56z"/>
<path class="sc-house" d="M334 152v-24l16-13 16 13v24zM372 154v-36l12-11 12 11v36zM402 158v-20l13-10 13 10v20z"/>
<path class="sc-lit" d="M345 136h10v10h-10zM380 124h8v10h-8zM380 140h8v8h-8zM410 143h9v9h-9z"/>
<path class="sc-stone" d="M20 268c-2-12 14-20 40-20s44 8 42 20c-1 10-18 14-42 14s-39-4-40-14zM116 245c-1-9 12-15 32-15s34 6 33 15-14 11-33 11-32-3-32-11zM192 226c-1-7 9-12 25-12s27 5 26 12-11 9-26 9-25-2-25-9zM250 211c0-5 7-9 19-9s20 4 20 9-9 7-20 7-19-2-19-7zM294 199c0-4 5-6 13-6s14 2 14 6-6 5-14 5-13-1-13-5z"/>
<path class="sc-wave" d="M176 272q14-9 28 0t28 0 28 0M330 236q12-8 24 0t24 0 24 0M60 206q10-6 20 0t20 0M348 280q14-9 28 0t28 0"/>
</svg>`);
}
