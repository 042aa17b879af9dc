import { html } from "hono/html";
import { search } from "../../../server/services/search.ts";
import type { SearchResult } from "../../../server/services/search.ts";
import { actorList } from "../../components/actor.ts";
import { faultSummary } from "../../components/fields.ts";
import { icon } from "../../components/icon.ts";
import { lookingOf, type Looking, searchFilters } from "../../components/looking.ts";
import { noteList, pageRequestOf, pager } from "../../components/timeline.ts";
import { attempt, freshForm } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { tagPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const KINDS = ["all", "notes", "people", "tags"] as const;
type Kind = (typeof KINDS)[number];

/** What is asked for; all of it stands in the address. */
type Asked = { readonly query: string; readonly kind: Kind; readonly looking: Looking };

/** People, words, tags; a handle or address is looked up elsewhere for members. */
export async function getSearch(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const query = (c.req.query("q") ?? "").trim().slice(0, 500);
  const asked: Asked = {
    query,
    kind: KINDS.find((kind) => kind === c.req.query("kind")) ?? "all",
    looking: lookingOf(c, "list"),
  };
  if (query === "") return await show(c, asked, null, null);
  const { media, languages } = asked.looking.filter;
  const { before } = pageRequestOf(c);
  const outcome = await attempt(() =>
    search(visit.app, visit.viewer, query, { kind: asked.kind, media, languages, before }),
  );
  if (outcome.ok) return await show(c, asked, outcome.value, null);
  if (outcome.refusal.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(outcome.refusal.retryAfterSeconds));
  return await show(c, asked, null, outcome.refusal);
}

async function show(
  c: WebContext,
  asked: Asked,
  result: SearchResult | null,
  refusal: Refusal | null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { query, kind, looking } = asked;
  return await showPage(c, {
    title: query === "" ? t("search.title") : t("search.title_for", { query }),
    place: "search",
    status: refusal?.status ?? 200,
    noindex: true,
    main: html`<h1 class="page-title">${t("search.title")}</h1>${faultSummary(visit, { ...freshForm(), refusal })}
<search class="explore-head"><form class="search" method="get" action="/search"><label class="hidden" for="f-q">${t("search.label")}</label>
<input type="search" id="f-q" name="q" value="${query}" placeholder="${t("search.placeholder")}" autocapitalize="none" dir="auto">${kind === "all" ? "" : html`<input type="hidden" name="kind" value="${kind}">`}<button class="button primary">${icon(visit, "search")}<span>${t("search.submit")}</span></button></form>
${query === "" ? "" : html`<nav class="tabs" aria-label="${t("search.kinds")}">${KINDS.map((one) => html`<a href="${searchPath(asked, one)}"${one === kind ? html` aria-current="page"` : ""}>${t(`search.${one}`)}</a>`)}</nav>`}
${query === "" || kind === "people" || kind === "tags" ? "" : searchFilters(visit, searchPath(asked, kind), looking)}</search>
${result === null ? html`<p class="muted">${t(visit.viewer === null ? "search.hint_guest" : "search.hint")}</p>` : results(visit, asked, result)}`,
  });
}

/** The same question about one kind; filters go along where they mean something. */
function searchPath({ query, looking }: Asked, kind: Kind): string {
  const { media, languages } = looking.filter;
  const isAboutNotes = kind === "all" || kind === "notes";
  const parts = [
    `q=${encodeURIComponent(query)}`,
    kind === "all" ? "" : `kind=${kind}`,
    isAboutNotes && media.length > 0 ? `media=${media.join(",")}` : "",
    isAboutNotes && languages.length > 0 ? `lang=${languages.join(",")}` : "",
  ];
  return `/search?${parts.filter((part) => part !== "").join("&")}`;
}

function results(visit: Visit, asked: Asked, result: SearchResult): Html {
  const { t } = visit.i18n;
  if (result.actors.length + result.notes.length + result.tags.length === 0)
    return html`<div class="empty" role="status"><p>${t("search.nothing")}</p><p>${t(visit.viewer === null ? "search.hint_guest" : "search.hint")}</p></div>`;
  const more = { older: result.older, newer: null };
  return html`${result.actors.length === 0 ? "" : html`<section class="found" aria-labelledby="found-people"><h2 class="section-title" id="found-people">${t("search.people")}</h2>${actorList(visit, result.actors, { empty: "" })}</section>`}
${result.tags.length === 0 ? "" : html`<section class="found" aria-labelledby="found-tags"><h2 class="section-title" id="found-tags">${t("search.tags")}</h2><p class="note-tags">${result.tags.map((tag) => html`<a class="tag" href="${tagPath(tag)}"><bdi>#${tag}</bdi></a> `)}</p></section>`}
${result.notes.length === 0 ? "" : html`<section class="found" aria-labelledby="found-notes"><h2 class="section-title" id="found-notes">${t("search.notes")}</h2>${noteList(visit, result.notes)}${pager(visit, more, searchPath(asked, asked.kind === "all" ? "notes" : asked.kind))}</section>`}`;
}
