import { html } from "hono/html";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";
import { type Destination, destinationFields } from "./entering.ts";

/** Asks for a one-time password or a recovery code, after the password was right. */
export async function showSecondStep(
  c: WebContext,
  step: { readonly ticket: string; readonly destination: Destination; readonly state: FormState },
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { state } = step;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  return await showPage(c, {
    title: t("second_step.title"),
    status: state.refusal?.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("second_step.title")}</h1><p class="lead">${t("second_step.lead")}</p>
<form class="stack card" method="post" action="/login/2fa">${formToken(visit)}${faultSummary(visit, state, { code: t("second_step.code") })}
<input type="hidden" name="ticket" value="${step.ticket}">${destinationFields(step.destination)}
${textField(visit, state, { name: "code", label: "second_step.code", hint: t("second_step.code_hint"), required: true, autocomplete: "one-time-code", maxlength: 20, literal: true, dir: "ltr" })}
<div class="form-buttons"><button class="button primary">${t("login.submit")}</button> <a class="button quiet" href="/login">${t("form.cancel")}</a></div></form>
<p class="muted">${t("second_step.lost")}</p>`,
  });
}
