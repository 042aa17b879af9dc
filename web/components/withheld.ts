import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { WithholdingView } from "../../server/domain/withholding.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { countryNames } from "./countries.ts";
import { icon } from "./icon.ts";

/** Names of countries in the reader's language, in one line. */
export function namesOf(visit: Visit, countries: readonly string[]): string {
  return countryNames(visit.i18n.locale, countries).join(visit.i18n.t("list.separator"));
}

/** Stands where a note would be in a country from which it is withheld: never an empty place. */
export function withheldPlace(visit: Visit, note: NoteView, countries: readonly string[]): Html {
  const { t } = visit.i18n;
  return html`<p class="notice small" data-component="withheld">${t("withheld.short", { countries: namesOf(visit, countries) })} <a href="${notePath(note)}">${t("withheld.why")}</a></p>`;
}

/** Says to everybody else, its author among them, that somewhere a note is not shown. */
export function withheldElsewhere(visit: Visit, countries: readonly string[]): Html {
  const { t } = visit.i18n;
  return html`<p class="note-context">${icon(visit, "info")}<span>${t("withheld.elsewhere", { countries: namesOf(visit, countries) })} <a href="/moderation/withheld">${t("withheld.why")}</a></span></p>`;
}

/** Everything that is known of a legal demand, for everybody. */
export function withholdingFacts(visit: Visit, one: WithholdingView): Html {
  const { t, day } = visit.i18n;
  const words = one.notice[visit.i18n.locale] ?? one.notice["en"] ?? Object.values(one.notice)[0];
  const requester =
    one.authorityUrl === null
      ? one.requester
      : html`<a href="${one.authorityUrl}" rel="nofollow noopener noreferrer">${one.requester}</a>`;
  return html`${words === undefined ? "" : html`<p dir="auto">${words}</p>`}
<dl class="facts"><div><dt>${t("withheld.fact_countries")}</dt><dd>${namesOf(visit, one.countries)}</dd></div>
<div><dt>${t("withheld.fact_basis")}</dt><dd>${t(`basis.${one.basis}`)}</dd></div>
<div><dt>${t("withheld.fact_ref")}</dt><dd dir="auto">${one.legalRef}</dd></div>
<div><dt>${t("withheld.fact_requester")}</dt><dd dir="auto">${requester}</dd></div>
<div><dt>${t("withheld.fact_facts")}</dt><dd dir="auto">${one.facts}</dd></div>
<div><dt>${t("withheld.fact_received")}</dt><dd>${day(one.receivedAt)}</dd></div>
<div><dt>${t("withheld.fact_since")}</dt><dd>${day(one.createdAt)}</dd></div>
${one.endedAt === null ? html`<div><dt>${t("withheld.fact_ends")}</dt><dd>${one.endsAt === null ? t("withheld.until_lifted") : day(one.endsAt)}</dd></div>` : html`<div><dt>${t("withheld.fact_ended")}</dt><dd>${day(one.endedAt)}</dd></div>`}</dl>`;
}
