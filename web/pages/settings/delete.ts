import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { invalid } from "../../../server/errors.ts";
import { deleteAccount } from "../../../server/services/accounts/departures.ts";
import { checkField, faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { forgetSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

export async function getDeleteAccount(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showDelete(c, viewer, freshForm());
}

export async function postDeleteAccount(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    if (form.text("sure") !== "yes") throw invalid({ sure: { key: "field.sure" } });
    await deleteAccount(app, viewer, { sessionToken: sessionToken ?? "" });
  });
  if (!outcome.ok) return await showDelete(c, viewer, returnedForm(form, outcome.refusal));
  forgetSession(c);
  return c.redirect("/", 303);
}

async function showDelete(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const body = html`<form class="card stack" method="post" action="/settings/delete">${formToken(visit)}${faultSummary(visit, state, { sure: t("settings.delete") })}
<p>${t("delete_account.text", { name: `@${viewer.username}` })}</p>
${checkField(visit, state, { name: "sure", label: "delete_account.sure", required: true })}
<div class="form-buttons"><button class="button danger">${t("delete_account.submit")}</button> <a class="button quiet" href="/settings">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.delete"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "delete", false, body),
  });
}
