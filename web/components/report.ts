import { html } from "hono/html";
import type { ReportView } from "../../server/domain/report.ts";
import { UNKNOWN_LANGUAGE } from "../../server/domain/report.ts";
import { safeHttpUrl } from "../../server/text/sanitize.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { actorLink } from "./actor.ts";
import { timeOf } from "./note.ts";

/** The pages of a report for moderators. */
export const REPORTS_PATH = "/moderation/reports";

/** What kind of report it is, who wrote it, when, and in which languages it is. */
export function reportFacts(visit: Visit, report: ReportView): Html {
  const { t, rich } = visit.i18n;
  const { reporter } = report;
  const by =
    reporter === null
      ? t("reports.by_nobody")
      : reporter.host === null
        ? rich("reports.by_member", { name: actorLink(reporter) })
        : t("reports.by_server", { host: reporter.host });
  return html`<p class="muted">${t(`report_category.${report.category}`)} · ${by} · ${timeOf(visit, report.createdAt, "")}${report.languages.length === 0 ? "" : ` · ${languageNames(visit, report.languages)}`}${report.forwarded ? html` · ${t("reports.forwarded", { host: report.target.host ?? "" })}` : ""}</p>`;
}

/** Languages of a report, in the reader's own. */
export function languageNames(visit: Visit, languages: readonly string[]): string {
  const { t } = visit.i18n;
  return languages.map((tag) => reportLanguage(visit, tag)).join(t("list.separator"));
}

/** One of them, which may be unknown. */
export function reportLanguage({ i18n }: Visit, tag: string): string {
  return tag === UNKNOWN_LANGUAGE ? i18n.t("reports.language_unknown") : i18n.languageName(tag);
}

/** The words of a report, as they were written. */
export function reportWords(visit: Visit, report: Pick<ReportView, "comment" | "language">): Html {
  if (report.comment === "") return html`<p class="muted">${visit.i18n.t("reports.no_comment")}</p>`;
  return html`<p class="prose" dir="auto"${report.language === null ? "" : html` lang="${report.language}"`}>${textLines(report.comment)}</p>`;
}

/** Plain text with its line ends. */
export function textLines(text: string): readonly (Html | string)[] {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [html`<br>`, line]));
}

/** Found through the search, which shows it here also when it comes from another server. */
export function thingLink(visit: Visit, uri: string, position: number): Html {
  return safeHttpUrl(uri) === null
    ? html`<bdi>${uri}</bdi>`
    : html`<a class="button quiet small" href="/search?q=${encodeURIComponent(uri)}" title="${uri}">${visit.i18n.t("reports.thing", { position })}</a>`;
}
