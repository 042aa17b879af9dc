import { html } from "hono/html";
import { notFound } from "../../../server/errors.ts";
import { type CommunityView, viewCommunity } from "../../../server/services/escapes/communities.ts";
import type { Evacuation } from "../../../server/services/escapes/evacuations.ts";
import { ORDER_REASONS, signOrder, submitOrder } from "../../../server/services/escapes/trustees.ts";
import { areaField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { evacuationState, hostOf, progressSection } from "../../components/launch.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What is agreed for the members of another server, and what its trustees decide. */
export async function getCommunity(c: WebContext): Promise<Response> {
  return await show(c, freshForm({ reason: "host_lost" }));
}

/** A trustee signs here with their phrase, or brings what was signed elsewhere. */
export async function postCommunity(c: WebContext): Promise<Response> {
  const { app, ip } = c.get("visit");
  const form = await readForm(c);
  const agreementUri = agreementOf(c);
  const outcome = await attempt(() =>
    form.text("do") === "submit"
      ? submitOrder(app, { agreementUri, text: form.text("order"), ip })
      : signOrder(app, {
          agreementUri,
          phrase: form.text("phrase"),
          orderUri: form.text("uri") === "" ? null : form.text("uri"),
          reason: form.text("reason"),
          ip,
        }),
  );
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect(`${c.req.path}?signed=yes`, 303);
}

function agreementOf(c: WebContext): string {
  return `urn:uuid:${(c.req.param("agreement") ?? "").toLowerCase()}`;
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const view = await viewCommunity(visit.app, agreementOf(c));
  if (view === null) throw notFound();
  const home = hostOf(view.home);
  const server = visit.settings.name;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = {
    phrase: t("launch.phrase"),
    reason: t("launch.reason"),
    order: t("launch.order"),
  };
  const open = view.evacuations.find(({ state: at }) => at === "asked") ?? null;
  return await showPage(c, {
    title: t("launch.community", { home }),
    status: state.refusal?.status ?? 200,
    noindex: true,
    main: html`<h1>${t("launch.community", { home })}</h1>
${c.req.query("signed") === undefined ? "" : html`<p class="notice good" role="status">${t("launch.signed")}</p>`}${faultSummary(visit, state, labels)}
<p class="lead">${t("launch.community_lead", { home, server })}</p>
<p>${t("launch.community_rule", { threshold: view.threshold, trustees: view.trustees, hours: view.waitHours })}</p>
${decisions(visit, view)}${view.keys === 0 ? "" : html`<p class="muted">${t("launch.keys_public", { count: view.keys })}</p>`}${view.progress === null ? "" : progressSection(visit, view.progress)}
${view.isOpen ? html`${signForm(visit, state, open)}${submitForm(visit, state, open)}` : ""}
<p><a href="/lifeboat">${t("launch.take")}</a></p>`,
  });
}

function decisions(visit: Visit, { evacuations }: CommunityView): Html {
  const { t, rich } = visit.i18n;
  if (evacuations.length === 0) return html`<div class="empty">${t("launch.state_none")}</div>`;
  return html`<section aria-labelledby="decisions"><h2 class="section-title" id="decisions">${t("launch.decisions")}</h2><ul class="rows card">${evacuations.map(
    (one) =>
      html`<li><div><p><strong>${t(`launch.reason_${one.reason}`)}</strong> <span class="muted small-text">${rich("launch.asked_at", { time: timeOf(visit, one.createdAt, "") })}</span></p><p>${evacuationState(visit, one)}</p></div></li>`,
  )}</ul></section>`;
}

function signForm(visit: Visit, state: FormState, open: Evacuation | null): Html {
  const { t } = visit.i18n;
  const choices = ORDER_REASONS.map((value) => ({
    value,
    label: t(`launch.reason_${value}`),
    hint: t(`launch.reason_${value}_hint`),
  }));
  const what =
    open === null
      ? radioField(visit, state, { name: "reason", label: "launch.reason", choices })
      : html`<input type="hidden" name="uri" value="${open.uri}"><p>${t("launch.sign_open", { reason: t(`launch.reason_${open.reason}`) })}</p>`;
  return html`<form class="card stack" method="post" aria-labelledby="sign">${formToken(visit)}<h2 class="section-title" id="sign">${t("launch.sign")}</h2><p>${t("launch.sign_text")}</p>${what}
${textField(visit, state, { name: "phrase", label: "launch.phrase", type: "password", hint: t("launch.phrase_forgotten"), required: true, autocomplete: "off", maxlength: 300, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button danger" name="do" value="sign">${t("launch.sign_submit")}</button></div></form>`;
}

function submitForm(visit: Visit, state: FormState, open: Evacuation | null): Html {
  const { t } = visit.i18n;
  return html`<details class="card fold"${state.value("order") === "" ? "" : html` open`}><summary>${t("launch.elsewhere")}</summary><div class="stack">${
    open === null
      ? ""
      : html`<p>${t("launch.elsewhere_text")}</p>
<p><code dir="ltr">causeway launch sign order.json</code></p><pre class="code command" dir="ltr" tabindex="0" aria-label="${t("launch.document")}">${open.document}</pre>`
  }
<form class="stack" method="post">${formToken(visit)}${areaField(visit, state, { name: "order", label: "launch.order", rows: 6, required: true })}
<div class="form-buttons"><button class="button quiet" name="do" value="submit">${t("launch.submit")}</button></div></form></div></details>`;
}
