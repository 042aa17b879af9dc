import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { changePassword } from "../../../server/services/accounts/accounts.ts";
import { PASSWORD_MIN } from "../../../server/services/accounts/passwords.ts";
import { waysOf } from "../../../server/services/accounts/proof.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { confirmed } from "../../member.ts";
import { renewVisit } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

/** Who has a password proves it in the form itself; who has none is asked first. */
export async function getPassword(c: WebContext, viewer: Viewer): Promise<Response> {
  const { password } = await waysOf(c.get("visit").app, viewer);
  const page = (_c: WebContext, who: Viewer) => show(c, who, password, freshForm());
  return await (password ? page : confirmed(page))(c, viewer);
}

export async function postPassword(c: WebContext, viewer: Viewer): Promise<Response> {
  const { password } = await waysOf(c.get("visit").app, viewer);
  const page = (_c: WebContext, who: Viewer) => save(c, who, password);
  return await (password ? page : confirmed(page))(c, viewer);
}

async function save(c: WebContext, viewer: Viewer, hasPassword: boolean): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  const command = {
    current: form.text("current"),
    next: form.text("next"),
    sessionToken: sessionToken ?? "",
  };
  const outcome = await attempt(() => changePassword(app, viewer, command));
  if (!outcome.ok) return await show(c, viewer, hasPassword, returnedForm(form, outcome.refusal));
  renewVisit(c, outcome.value.sessionToken);
  return c.redirect("/settings/security?saved=yes", 303);
}

async function show(
  c: WebContext,
  viewer: Viewer,
  hasPassword: boolean,
  state: FormState,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`<form class="card stack" method="post" action="/settings/password">${formToken(visit)}${faultSummary(visit, state, { current: t("security.current"), next: t("security.next") })}
<input class="hidden" type="text" name="username" autocomplete="username" value="${viewer.username}" readonly tabindex="-1" aria-hidden="true">
${hasPassword ? textField(visit, state, { name: "current", label: "security.current", type: "password", required: true, autocomplete: "current-password" }) : html`<p>${t("security.password_first")}</p>`}
${textField(visit, state, { name: "next", label: "security.next", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
<p class="muted">${t("security.password_hint")}</p>
<div class="form-buttons"><button class="button primary">${t(hasPassword ? "security.change" : "security.set")}</button> <a class="button quiet" href="/settings/security">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("security.to_password"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "security", false, body, "security.to_password"),
  });
}
