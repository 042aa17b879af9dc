import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { STATEMENT_CATEGORIES } from "../../../server/domain/statement.ts";
import {
  readCountries,
  WITHHOLDING_BASES,
  WITHHOLDING_LIMITS,
  type WithholdingWork,
} from "../../../server/domain/withholding.ts";
import { invalid, notFound } from "../../../server/errors.ts";
import {
  endWithholding,
  listWithheld,
  placeWithholding,
} from "../../../server/services/moderation/withholdings.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { categoryName } from "../../components/categories.ts";
import { areaField, faultSummary, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { namesOf } from "../../components/withheld.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { LOCALES, OWN_NAMES } from "../../i18n.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/withholdings";
const DAY = 86_400_000;

/** The legal demands that are followed, and a form for one more. */
export async function getWithholdings(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ basis: "court_order", language: c.get("visit").i18n.locale }));
}

/** Enters a demand or lifts one. */
export async function postWithholdings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const { app } = c.get("visit");
  if (form.text("do") === "lift") {
    const id = parseId(form.text("id"));
    if (id === null) throw notFound();
    await endWithholding(app, viewer, id);
    return c.redirect(`${PATH}?done=lift`, 303);
  }
  const outcome = await attempt(() => placeWithholding(app, viewer, commandOf(form)));
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=place`, 303);
}

function commandOf(form: Form) {
  const { countries, unknown } = readCountries(form.text("countries"));
  // A country too few would be found out by a court, and not by us.
  if (unknown.length > 0)
    throw invalid({ countries: { key: "field.no_countries", params: { codes: unknown.join(", ") } } });
  const category = STATEMENT_CATEGORIES.find((one) => one === form.text("category"));
  const basis = WITHHOLDING_BASES.find((one) => one === form.text("basis"));
  if (basis === undefined || category === undefined)
    throw invalid({ [basis === undefined ? "basis" : "category"]: { key: "field.choose" } });
  const authority = form.text("authorityUrl").trim();
  return {
    object: form.text("object"),
    countries,
    basis,
    category,
    legalRef: form.text("legalRef"),
    requester: form.text("requester"),
    authorityUrl: authority === "" ? null : authority,
    facts: form.text("facts"),
    notice: Object.fromEntries(LOCALES.map((tag) => [tag, form.text(`notice_${tag}`)])),
    language: LOCALES.find((tag) => tag === form.text("language")) ?? null,
    receivedAt: dayOf(form.text("receivedAt")) ?? Number.NaN,
    endsAt: endOf(form.text("endsAt")),
  };
}

/** Beginning of a day (UTC) in ms; null when it is none. */
function dayOf(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text.trim())) return null;
  const ms = Date.parse(`${text.trim()}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** End of the day that was typed; null for none, and 0 (a time that is over) for what is no day. */
function endOf(text: string): number | null {
  if (text.trim() === "") return null;
  const day = dayOf(text);
  return day === null ? 0 : day + DAY;
}

const LABELS: Readonly<Record<string, MessageKey>> = {
  object: "withholdings.object",
  countries: "withholdings.countries",
  basis: "withheld.fact_basis",
  category: "log.fact_category",
  legalRef: "withheld.fact_ref",
  requester: "withheld.fact_requester",
  authorityUrl: "withholdings.authority",
  facts: "withheld.fact_facts",
  receivedAt: "withheld.fact_received",
  endsAt: "withholdings.until",
};

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const inForce = await listWithheld(visit.app, viewer, "in_force");
  const ended = await listWithheld(visit.app, viewer, "ended");
  const done = (["place", "lift"] as const).find((one) => one === c.req.query("done"));
  const body = html`${visit.app.config.countryHeader === null ? html`<p class="notice">${t("withholdings.no_header")}</p>` : ""}
${list(visit, "withheld.in_force", inForce)}
${entryForm(visit, state)}
${list(visit, "withheld.ended", ended)}`;
  return await showPage(c, {
    title: t("staff.withholdings"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "withholdings", body, {
      lead: t("withholdings.lead"),
      done: done === undefined ? undefined : `withholdings.done_${done}`,
    }),
  });
}

function list(
  visit: Visit,
  title: "withheld.in_force" | "withheld.ended",
  all: readonly WithholdingWork[],
): Html {
  const { t, day } = visit.i18n;
  if (all.length === 0) return html``;
  const lift = (one: WithholdingWork) =>
    one.endedAt !== null
      ? ""
      : rowButton(visit, PATH, {
          do: "lift",
          text: t("withholdings.lift"),
          about: one.legalRef,
          fields: { id: String(one.id) },
        });
  return html`<section aria-labelledby="${title}"><h2 class="section-title" id="${title}">${t(title)}</h2><ul class="rows card">${all.map(
    (one) =>
      html`<li><div><p><strong>${namesOf(visit, one.countries)}</strong> · ${t(`basis.${one.basis}`)} · <bdi>${one.legalRef}</bdi></p><p class="small-text code address" dir="ltr">${one.objectUri}</p><p class="muted small-text">${day(one.createdAt)}${one.endsAt === null ? "" : html` – ${day(one.endsAt)}`} · <a href="/moderation/withheld/${one.id}">${t("withholdings.read")}</a></p></div>${lift(one)}</li>`,
  )}</ul></section>`;
}

function entryForm(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const { legalRef, requester } = WITHHOLDING_LIMITS;
  const labels = Object.fromEntries(Object.entries(LABELS).map(([name, key]) => [name, t(key)]));
  return html`<form class="card stack" method="post" action="${PATH}" aria-labelledby="new">${formToken(visit)}<h2 class="section-title" id="new">${t("withholdings.new")}</h2>
${faultSummary(visit, state, labels)}
${textField(visit, state, { name: "object", label: "withholdings.object", hint: t("withholdings.object_hint"), required: true, literal: true, maxlength: 2_000, dir: "ltr" })}
${textField(visit, state, { name: "countries", label: "withholdings.countries", hint: t("withholdings.countries_hint"), required: true, literal: true, maxlength: 300, dir: "ltr" })}
${selectField(visit, state, { name: "basis", label: "withheld.fact_basis", choices: WITHHOLDING_BASES.map((value) => ({ value, label: t(`basis.${value}`) })) })}
${selectField(visit, state, { name: "category", label: "log.fact_category", choices: [{ value: "", label: t("field.choose") }, ...STATEMENT_CATEGORIES.map((value) => ({ value, label: categoryName(visit, value) }))] })}
${textField(visit, state, { name: "legalRef", label: "withheld.fact_ref", hint: t("withholdings.ref_hint"), required: true, maxlength: legalRef, dir: "auto" })}
${textField(visit, state, { name: "requester", label: "withheld.fact_requester", hint: t("withholdings.requester_hint"), required: true, maxlength: requester, dir: "auto" })}
${textField(visit, state, { name: "authorityUrl", label: "withholdings.authority", type: "url", literal: true, maxlength: 2_000, dir: "ltr" })}
${textField(visit, state, { name: "receivedAt", label: "withheld.fact_received", type: "date", required: true })}
${textField(visit, state, { name: "endsAt", label: "withholdings.until", type: "date" })}
${areaField(visit, state, { name: "facts", label: "withheld.fact_facts", hint: t("withholdings.facts_hint"), required: true })}
${selectField(visit, state, { name: "language", label: "log.fact_language", choices: LOCALES.map((value) => ({ value, label: OWN_NAMES[value] })) })}
<details class="fold"><summary>${t("withholdings.notice_title")}</summary><div class="stack">${LOCALES.map((tag) => noticeField(visit, state, tag))}</div></details>
<div class="form-buttons"><button class="button danger" name="do" value="place">${t("withholdings.place")}</button></div></form>`;
}

function noticeField(visit: Visit, state: FormState, tag: (typeof LOCALES)[number]): Html {
  const name = `notice_${tag}`;
  const label = visit.i18n.t("withholdings.notice", { language: OWN_NAMES[tag] });
  return html`<div class="field"><label for="f-${name}">${label}</label><textarea id="f-${name}" name="${name}" rows="3" lang="${tag}" dir="auto" maxlength="${WITHHOLDING_LIMITS.words}">
${state.value(name)}</textarea></div>`;
}
