import { html } from "hono/html";
import { search } from "../../../server/services/search.ts";
import type { SearchResult } from "../../../server/services/search.ts";
import { actorList } from "../../components/actor.ts";
import { faultSummary } from "../../components/fields.ts";
import { icon } from "../../components/icon.ts";
import { noteList } from "../../components/timeline.ts";
import { attempt, freshForm } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** People, words, tags; a handle or address is looked up elsewhere for members. */
export async function getSearch(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const query = (c.req.query("q") ?? "").trim().slice(0, 500);
  if (query === "") return await show(c, query, null, null);
  const outcome = await attempt(() => search(visit.app, visit.viewer, query));
  if (outcome.ok) return await show(c, query, outcome.value, null);
  if (outcome.refusal.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(outcome.refusal.retryAfterSeconds));
  return await show(c, query, null, outcome.refusal);
}

async function show(
  c: WebContext,
  query: string,
  result: SearchResult | null,
  refusal: Refusal | null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return await showPage(c, {
    title: query === "" ? t("search.title") : t("search.title_for", { query }),
    place: "search",
    status: refusal?.status ?? 200,
    noindex: true,
    main: html`<h1 class="page-title">${t("search.title")}</h1>${faultSummary(visit, { ...freshForm(), refusal })}
<search><form class="search" method="get" action="/search"><label class="hidden" for="f-q">${t("search.label")}</label>
<input type="search" id="f-q" name="q" value="${query}" placeholder="${t("search.placeholder")}" autocapitalize="none" dir="auto"><button class="button primary">${icon(visit, "search")}<span>${t("search.submit")}</span></button></form></search>
${result === null ? html`<p class="muted">${t(visit.viewer === null ? "search.hint_guest" : "search.hint")}</p>` : results(visit, result)}`,
  });
}

function results(visit: Visit, result: SearchResult): Html {
  const { t } = visit.i18n;
  if (result.actors.length + result.notes.length + result.tags.length === 0)
    return html`<div class="empty" role="status"><p>${t("search.nothing")}</p><p>${t(visit.viewer === null ? "search.hint_guest" : "search.hint")}</p></div>`;
  return html`${result.actors.length === 0 ? "" : html`<section class="found" aria-labelledby="found-people"><h2 class="section-title" id="found-people">${t("search.people")}</h2>${actorList(visit, result.actors, { empty: "" })}</section>`}
${result.tags.length === 0 ? "" : html`<section class="found" aria-labelledby="found-tags"><h2 class="section-title" id="found-tags">${t("search.tags")}</h2><p class="note-tags">${result.tags.map((tag) => html`<a class="tag" href="${tagPath(tag)}"><bdi>#${tag}</bdi></a> `)}</p></section>`}
${result.notes.length === 0 ? "" : html`<section class="found" aria-labelledby="found-notes"><h2 class="section-title" id="found-notes">${t("search.notes")}</h2>${noteList(visit, result.notes)}</section>`}`;
}
