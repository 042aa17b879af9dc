import { html } from "hono/html";
import type { LogLine, LogView } from "../../server/domain/moderation-log.ts";
import type { Html } from "../html.ts";
import { en } from "../locales/en.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";
import { categoryName } from "./categories.ts";
import { countryNames } from "./countries.ts";
import { timeOf } from "./note.ts";

const PATH = "/moderation/log";

/** What a line tells, in a few words. */
export function lineTitle(visit: Visit, line: LogLine): string {
  const { t } = visit.i18n;
  const kind = wordOf(visit, "log.kind", line.kind);
  const what = wordOf(visit, "log.what", line.what);
  return `${kind === what ? kind : `${kind}: ${what}`} (${line.host ?? t(`log.subject_${line.subject}`)})`;
}

/** A text for a word of a line; a word that these pages do not know stands for itself. */
function wordOf(visit: Visit, stem: "log.kind" | "log.what", word: string): string {
  const key = `${stem}_${word}`;
  return isKey(key) ? visit.i18n.t(key) : word;
}

function isKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/** A line in the list. */
export function lineCard(visit: Visit, { line, salt }: LogView): Html {
  const { t } = visit.i18n;
  const facts = shortFacts(visit, line).map(({ value }) => value);
  return html`<li><div><p><a href="${PATH}/${line.seq}"><strong>${lineTitle(visit, line)}</strong></a></p>
<p class="muted small-text">${t("log.line", { line: String(line.seq) })} · ${timeOf(visit, Date.parse(line.at), "")}${facts.length === 0 ? "" : html` · <bdi>${facts.join(" · ")}</bdi>`}</p>
${line.comment === undefined ? "" : html`<p dir="auto">${line.comment}</p>`}
${line.about === undefined ? "" : html`<p class="small-text"><a href="${PATH}/${line.about}">${t("log.about", { line: String(line.about) })}</a></p>`}
${salt === null ? "" : html`<p class="small-text"><a href="${PATH}/${line.seq}/object" rel="nofollow">${t("log.object")}</a></p>`}</div></li>`;
}

type Fact = { readonly label: MessageKey; readonly value: string };

function shortFacts(visit: Visit, line: LogLine): readonly Fact[] {
  const { t, count, languageName } = visit.i18n;
  const facts: readonly (Fact | null)[] = [
    line.ground === undefined || line.ground === "" ? null : { label: "log.fact_ground", value: line.ground },
    line.category === undefined
      ? null
      : { label: "log.fact_category", value: categoryName(visit, line.category) },
    line.countries === undefined || line.countries.length === 0
      ? null
      : {
          label: "log.fact_countries",
          value: countryNames(visit.i18n.locale, line.countries).join(t("list.separator")),
        },
    line.language === undefined ? null : { label: "log.fact_language", value: languageName(line.language) },
    line.automated === true ? { label: "log.fact_automated", value: t("log.fact_by_itself") } : null,
    line.result === "upheld" || line.result === "overturned"
      ? { label: "log.fact_result", value: t(`log.${line.result}`) }
      : null,
    line.count === undefined ? null : { label: "log.fact_count", value: count(line.count) },
  ];
  return facts.filter((one) => one !== null);
}

/** Everything that is known of a line. */
export function lineFacts(visit: Visit, { line, hash, salt }: LogView): Html {
  const { t } = visit.i18n;
  return html`<dl class="facts card"><div><dt>${t("log.line", { line: String(line.seq) })}</dt><dd>${timeOf(visit, Date.parse(line.at), "", true)}</dd></div>
${shortFacts(visit, line).map(({ label, value }) => html`<div><dt>${t(label)}</dt><dd dir="auto">${value}</dd></div>`)}
${line.comment === undefined ? "" : html`<div><dt>${t("log.fact_comment")}</dt><dd dir="auto">${line.comment}</dd></div>`}
${line.about === undefined ? "" : html`<div><dt>${t("log.later")}</dt><dd><a href="${PATH}/${line.about}">${t("log.line", { line: String(line.about) })}</a></dd></div>`}
${salt === null ? "" : html`<div><dt>${t("log.object")}</dt><dd><a href="${PATH}/${line.seq}/object" rel="nofollow">${t("log.show")}</a></dd></div>`}
<div><dt>${t("log.fact_hash")}</dt><dd><code class="code address" dir="ltr">${hash}</code></dd></div>
<div><dt>${t("log.fact_previous")}</dt><dd><code class="code address" dir="ltr">${line.previous}</code></dd></div></dl>`;
}
