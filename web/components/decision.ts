import { html } from "hono/html";
import type { AppealView, DecisionView } from "../../server/domain/decision.ts";
import { LABELS } from "../../server/domain/statement.ts";
import type { StatementCategory } from "../../server/domain/statement.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { actorLink } from "./actor.ts";
import { timeOf } from "./note.ts";
import { textLines } from "./report.ts";

type Suffix<T extends string> = T extends `STATEMENT_CATEGORY_${infer Rest}` ? Lowercase<Rest> : never;

/** The words for a category of the transparency database. */
export function categoryKey(category: StatementCategory): MessageKey {
  const suffix = category.slice("STATEMENT_CATEGORY_".length).toLowerCase() as Suffix<StatementCategory>;
  return `category.${suffix}`;
}

/** What was decided, in a few words; the word of a label with it. */
export function decisionTitle(visit: Visit, { measure, label }: DecisionView): string {
  const { t } = visit.i18n;
  const word = LABELS.find((one) => one === label);
  return word === undefined
    ? t(`measure.${measure}`)
    : `${t(`measure.${measure}`)}${t("form.colon")}${t(`label.${word}`)}`;
}

/** Everything that a decision says of itself. `showsWho`: for staff. */
export function decisionFacts(
  visit: Visit,
  decision: DecisionView,
  { showsWho }: { readonly showsWho: boolean },
): Html {
  const { t } = visit.i18n;
  const { statement } = decision;
  const isLaw = statement.decisionGround === "DECISION_GROUND_ILLEGAL_CONTENT";
  const by =
    decision.by === null
      ? decision.automated
        ? t("decision.machine_yes")
        : t("decision.by_operator")
      : html`${actorLink(decision.by)}`;
  const words = (key: MessageKey, text: string) =>
    text === ""
      ? ""
      : html`<div><dt>${t(key)}</dt><dd lang="${statement.language ?? ""}" dir="auto">${textLines(text)}</dd></div>`;
  const isEmpty = statement.ground + statement.explanation + statement.decisionFacts === "";
  return html`<dl class="facts">
<div><dt>${t("decision.when")}</dt><dd>${timeOf(visit, decision.createdAt, "", true)}${stateOf(visit, decision)}</dd></div>
${decision.actor === null ? "" : html`<div><dt>${t("decision.about")}</dt><dd>${aboutOf(visit, decision, showsWho)}</dd></div>`}
${words(isLaw ? "decision.law" : "decision.rule", statement.ground)}
<div><dt>${t("decision.category")}</dt><dd>${t(categoryKey(statement.category))}</dd></div>
${words("decision.facts", statement.decisionFacts)}${words("decision.explanation", statement.explanation)}
<div><dt>${t("decision.source")}</dt><dd>${t(statement.sourceType === "SOURCE_VOLUNTARY" ? "decision.source_own" : "decision.source_report")}</dd></div>
${decision.automated ? html`<div><dt>${t("decision.machine")}</dt><dd>${t("decision.machine_yes")}</dd></div>` : ""}
${showsWho ? html`<div><dt>${t("decision.by")}</dt><dd>${by}</dd></div>` : ""}
</dl>${isEmpty ? html`<p class="muted">${t("decision.no_reasons")}</p>` : ""}`;
}

function stateOf(visit: Visit, decision: DecisionView): Html {
  const { t, rich } = visit.i18n;
  const end =
    decision.state === "in_force" && decision.endsAt !== null
      ? html` · ${t("decision.until")} ${timeOf(visit, decision.endsAt, "", true)}`
      : decision.state !== "in_force" && decision.endedAt !== null && decision.endedAt > decision.createdAt
        ? html` · ${t("decision.over")} ${timeOf(visit, decision.endedAt, "")}`
        : html``;
  // A warning is said and over; that it is over says nothing.
  const isSaid = decision.state === "ended" && (decision.measure === "warn" || decision.measure === "delete");
  return html`${isSaid ? "" : html` <span class="badge">${rich(`decision.${decision.state}`, {})}</span>`}${end}`;
}

/** Staff goes to where the note and everything that was decided about it stands; its author to the note. */
function aboutOf(visit: Visit, { actor, noteId, objectUri }: DecisionView, isForStaff: boolean): Html {
  const { t } = visit.i18n;
  if (noteId === null) return html`${t("decision.about_person")}`;
  const href = isForStaff && actor !== null ? `/moderation/people/${actor.id}?note=${noteId}` : objectUri;
  return href === null
    ? html`${t("decision.about_note")}`
    : html`<a href="${href}" rel="nofollow">${t("decision.about_note")}</a>`;
}

/** What was said against a decision, and what came of it. `isOwn`: read by who said it. */
export function appealWords(visit: Visit, appeal: AppealView, isOwn: boolean): Html {
  const { t } = visit.i18n;
  return html`<div class="stack"><h3>${t(isOwn ? "appeal.yours" : "appeal.theirs")}</h3>
<blockquote class="kept" lang="${appeal.language ?? ""}" dir="auto">${textLines(appeal.comment)}</blockquote>
<p><span class="badge">${t(`appeal.${appeal.state}`)}</span> ${timeOf(visit, appeal.decidedAt ?? appeal.createdAt, "")}</p>
${appeal.answer === null ? "" : html`<h3>${t("appeal.answer")}</h3><blockquote class="kept" dir="auto">${textLines(appeal.answer)}</blockquote>`}</div>`;
}
