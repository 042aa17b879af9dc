import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import { type ActorId, parseId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { isReportCategory, REPORT_CATEGORIES, type ReportView } from "../../../server/domain/report.ts";
import { moderatedLanguages } from "../../../server/services/moderation/moderators.ts";
import { type ReportContext, reportContexts } from "../../../server/services/moderation/report-context.ts";
import { primaryLanguage } from "../../../server/services/moderation/report-languages.ts";
import {
  listReports,
  reportLanguages,
  type ReportRequest,
} from "../../../server/services/moderation/reports.ts";
import { actorLink } from "../../components/actor.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { excerpt } from "../../components/excerpt.ts";
import { type Choice, selectField } from "../../components/fields.ts";
import { timeOf } from "../../components/note.ts";
import {
  reportFacts,
  reportLanguage,
  REPORTS_PATH,
  reportWords,
  thingLink,
} from "../../components/report.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { freshForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const HOUR = 3_600_000;
const STATES = ["open", "resolved", "all"] as const;
const ORIGINS = ["here", "elsewhere"] as const;
const ASSIGNEES = ["me", "nobody"] as const;
const AGES = { hours: 4 * HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const;
type Age = keyof typeof AGES;
const AGE_WORDS: readonly Age[] = ["hours", "day", "week"];

/** What the address asks for; '' = no matter. */
type Filter = {
  readonly state: (typeof STATES)[number];
  readonly language: string;
  readonly category: string;
  readonly origin: string;
  readonly assignee: string;
  readonly age: string;
  /** Id of whom they are about. */
  readonly about: string;
};

/** What was reported, for moderators and above: all that is chosen stands in the address. */
export async function getReports(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const filter = filterOf(c);
  const mine = await moderatedLanguages(visit.app, viewer);
  const page = await listReports(visit.app, viewer, {
    ...pageRequestOf(c),
    ...sieveOf(visit, viewer, filter, mine),
  });
  const contexts = await reportContexts(visit.app, viewer, page.items);
  const languages = await reportLanguages(
    visit.app,
    viewer,
    filter.state === "resolved" ? "resolved" : "open",
  );
  const body = html`${stateTabs(visit, filter)}${filterForm(visit, filter, {
    languages,
    hasOwn: mine.length > 0,
  })}
${page.items.length === 0 ? html`<div class="empty">${t("reports.empty")}</div>` : page.items.map((report) => card(visit, report, contexts.get(Number(report.id))))}
${pager(visit, page, pathOf(filter, {}))}`;
  return await showPage(c, {
    title: t("staff.reports"),
    place: "settings",
    main: adminFrame(visit, "reports", body),
  });
}

function filterOf(c: WebContext): Filter {
  const of = (name: string, words: readonly string[]) => {
    const word = c.req.query(name) ?? "";
    return words.includes(word) ? word : "";
  };
  const language = (c.req.query("language") ?? "").slice(0, 35);
  return {
    state: STATES.find((one) => one === c.req.query("state")) ?? "open",
    language: /^[a-z]{2,8}$/.test(language) ? language : "",
    category: of("category", REPORT_CATEGORIES),
    origin: of("origin", ORIGINS),
    assignee: of("assignee", ASSIGNEES),
    age: of("age", AGE_WORDS),
    about: parseId<ActorId>(c.req.query("about")) === null ? "" : (c.req.query("about") ?? ""),
  };
}

function sieveOf(
  { app }: Visit,
  viewer: Viewer,
  filter: Filter,
  mine: readonly string[],
): Omit<ReportRequest, "before" | "after" | "limit"> {
  const age = AGE_WORDS.find((one) => one === filter.age);
  const own = mine.flatMap((tag) => primaryLanguage(tag) ?? []);
  return {
    state: filter.state === "all" ? undefined : filter.state,
    targetId: parseId<ActorId>(filter.about) ?? undefined,
    category: isReportCategory(filter.category) ? filter.category : undefined,
    origin: ORIGINS.find((one) => one === filter.origin),
    languages: filter.language === "" ? undefined : filter.language === "mine" ? own : [filter.language],
    assigneeId: filter.assignee === "me" ? viewer.actorId : filter.assignee === "nobody" ? null : undefined,
    writtenBefore: age === undefined ? undefined : app.clock.now() - AGES[age],
  };
}

function pathOf(filter: Filter, change: Partial<Filter>): string {
  const all = Object.entries({ ...filter, ...change });
  const query = new URLSearchParams(
    all.filter(([name, value]) => value !== "" && !(name === "state" && value === "open")),
  ).toString();
  return query === "" ? REPORTS_PATH : `${REPORTS_PATH}?${query}`;
}

function stateTabs(visit: Visit, filter: Filter): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs small" aria-label="${t("reports.state")}">${STATES.map((one) => html`<a href="${pathOf(filter, { state: one })}"${one === filter.state ? html` aria-current="page"` : ""}>${t(`reports.state_${one}`)}</a>`)}</nav>`;
}

function filterForm(
  visit: Visit,
  filter: Filter,
  there: {
    readonly languages: readonly { readonly language: string; readonly found: number }[];
    readonly hasOwn: boolean;
  },
): Html {
  const { t, count } = visit.i18n;
  const state = freshForm({ ...filter });
  const any = (label: string): Choice => ({ value: "", label });
  const listed = there.languages.map(({ language, found }) => ({
    value: language,
    label: `${reportLanguage(visit, language)} (${count(found)})`,
  }));
  const isAsked =
    /^[a-z]{2,3}$/.test(filter.language) && !listed.some((one) => one.value === filter.language);
  const languages = [
    any(t("reports.language_all")),
    ...(there.hasOwn || filter.language === "mine"
      ? [{ value: "mine", label: t("reports.language_mine") }]
      : []),
    ...listed,
    ...(isAsked ? [{ value: filter.language, label: reportLanguage(visit, filter.language) }] : []),
  ];
  const { state: chosen, ...others } = filter;
  const isOpen = Object.values(others).some((value) => value !== "");
  return html`<details class="card fold"${isOpen ? html` open` : ""}><summary>${t("reports.filter")}</summary>
<form class="stack" action="${REPORTS_PATH}">${chosen === "open" ? "" : html`<input type="hidden" name="state" value="${chosen}">`}${filter.about === "" ? "" : html`<input type="hidden" name="about" value="${filter.about}">`}<div class="compose-row">
${selectField(visit, state, { name: "language", label: "reports.language", choices: languages })}
${selectField(visit, state, {
  name: "category",
  label: "reports.category_label",
  choices: [
    any(t("reports.category_all")),
    ...REPORT_CATEGORIES.map((value) => ({ value, label: t(`report_category.${value}`) })),
  ],
})}
${selectField(visit, state, {
  name: "origin",
  label: "reports.origin",
  choices: [
    any(t("reports.origin_all")),
    ...ORIGINS.map((value) => ({ value, label: t(`reports.origin_${value}`) })),
  ],
})}
${selectField(visit, state, {
  name: "assignee",
  label: "reports.assignee",
  choices: [
    any(t("reports.assignee_all")),
    ...ASSIGNEES.map((value) => ({ value, label: t(`reports.assignee_${value}`) })),
  ],
})}
${selectField(visit, state, {
  name: "age",
  label: "reports.age",
  choices: [
    any(t("reports.age_all")),
    ...AGE_WORDS.map((value) => ({ value, label: t(`reports.age_${value}`) })),
  ],
})}</div>
<div class="form-buttons"><button class="button primary">${t("reports.filter_apply")}</button>${isOpen ? html` <a class="button quiet" href="${REPORTS_PATH}">${t("reports.filter_clear")}</a>` : ""}</div></form></details>`;
}

function card(visit: Visit, report: ReportView, context: ReportContext | undefined): Html {
  const { t, rich } = visit.i18n;
  const id = `report-${report.id}`;
  const hands =
    report.assignedTo === null
      ? t("reports.is_unassigned")
      : rich("reports.is_assigned", { name: actorLink(report.assignedTo) });
  return html`<article class="card stack" aria-labelledby="${id}">
<div><h2 id="${id}">${rich("reports.about", { name: actorLink(report.target) })}</h2>${reportFacts(visit, report)}</div>
${reportWords(visit, report)}
${report.objectUris.length === 0 ? "" : reported(visit, report, context?.notes ?? [])}
<p class="muted small-text">${t("reports.history", { count: context?.about.all ?? 1, open: context?.about.open ?? 0 })}${report.target.host === null ? html` · <a href="/moderation/accounts/${report.target.username}">${t("reports.account")}</a>` : ""}${report.state === "open" ? html` · ${hands}` : html` · ${closedWords(visit, report)}`}</p>
<div class="form-buttons"><a class="button quiet" href="${REPORTS_PATH}/${report.id}">${t("reports.look")}<span class="hidden"> ${handleOf(report.target)}</span></a></div></article>`;
}

function closedWords(visit: Visit, { outcome }: ReportView): string {
  const { t } = visit.i18n;
  return outcome === null ? t("reports.resolved") : t(`reports.outcome_${outcome}`);
}

/** The words of the notes themselves, as far as they are here and the reader may see them; the others by their addresses. */
function reported(visit: Visit, report: ReportView, notes: readonly NoteView[]): Html {
  const { t } = visit.i18n;
  const shown = new Set(notes.map((note) => note.uri));
  const others = report.objectUris.filter((uri) => !shown.has(uri));
  return html`<div class="reported">${notes.map((note) => html`<blockquote class="kept" dir="auto"${note.language === null ? "" : html` lang="${note.language}"`}>${note.summary === null ? "" : html`<strong>${note.summary}</strong> `}${excerpt(note.contentHtml, 300)} <a href="${notePath(note)}">${timeOf(visit, note.publishedAt, "")}</a></blockquote>`)}
${others.length === 0 ? "" : html`${notes.length === 0 ? html`<p class="muted small-text">${t("reports.hidden")}</p>` : ""}<p class="form-buttons">${others.map((uri, index) => thingLink(visit, uri, notes.length + index + 1))}</p>`}</div>`;
}
