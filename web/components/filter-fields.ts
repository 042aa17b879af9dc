import { html } from "hono/html";
import { FILTER_ACTIONS, FILTER_CONTEXTS, FILTER_LIMITS } from "../../server/domain/filter.ts";
import type { FormState } from "../forms.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { areaField, checkField, checkListField, radioField, selectField, textField } from "./fields.ts";

/** Hours that a filter may last, beside for ever. */
const HOURS = [1, 6, 24, 7 * 24, 30 * 24];

/** The fields of a filter. `canKeep` offers to leave its end as it is, `ends` says when that is. */
export function filterFields(
  visit: Visit,
  state: FormState,
  options: { readonly canKeep: boolean; readonly ends?: string | null },
): Html {
  const { t } = visit.i18n;
  const kept = {
    value: "keep",
    label: `${t("filters.lasts_keep")}${options.ends === undefined || options.ends === null ? "" : ` (${options.ends})`}`,
  };
  const lasts = [
    ...(options.canKeep ? [kept] : []),
    { value: "ever", label: t("filters.lasts_ever") },
    ...HOURS.map((hours) => ({
      value: `${hours}h`,
      label:
        hours < 24
          ? t("filters.lasts_hours", { count: hours })
          : t("filters.lasts_days", { count: hours / 24 }),
    })),
  ];
  return html`<div class="card stack">
${areaField(visit, state, { name: "keywords", label: "filters.keywords", hint: t("filters.keywords_hint"), isUnmarked: true, rows: 4 })}
${checkField(visit, state, { name: "wholeWord", label: "filters.whole_word", hint: t("filters.whole_word_hint") })}
${textField(visit, state, { name: "title", label: "filters.title", hint: t("filters.title_hint"), maxlength: FILTER_LIMITS.titleCharacters, dir: "auto" })}</div>
<div class="card stack">
${radioField(visit, state, { name: "action", label: "filters.action", choices: FILTER_ACTIONS.map((value) => ({ value, label: t(`filters.action_${value}`), hint: t(`filters.action_${value}_hint`) })) })}
${checkListField(visit, state, { name: "contexts", label: "filters.contexts", choices: FILTER_CONTEXTS.map((value) => ({ value, label: t(`filters.context_${value}`) })) })}
${selectField(visit, state, { name: "lasts", label: "filters.lasts", choices: lasts })}</div>`;
}
