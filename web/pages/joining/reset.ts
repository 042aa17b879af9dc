import { html } from "hono/html";
import { PASSWORD_MIN } from "../../../server/services/accounts/passwords.ts";
import { findLinkHolder, resetByCode, resetByLink } from "../../../server/services/accounts/recovery.ts";
import { checkField, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { forgetSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

export async function getReset(c: WebContext): Promise<Response> {
  return await showReset(c, c.req.query("link") ?? "", freshForm());
}

export async function postReset(c: WebContext): Promise<Response> {
  const form = await readForm(c);
  const link = form.text("link");
  const outcome = await attempt(() => reset(c, form, link));
  if (!outcome.ok) return await showReset(c, link, returnedForm(form, outcome.refusal));
  // Whoever is signed in here is not any more: all sessions of the account have ended.
  forgetSession(c);
  return c.redirect("/login?reset=yes", 303);
}

async function reset(c: WebContext, form: Form, link: string): Promise<void> {
  const { app, ip } = c.get("visit");
  const next = form.text("next");
  if (link === "")
    return await resetByCode(app, { username: form.text("username"), code: form.text("code"), next, ip });
  await resetByLink(app, {
    token: link,
    next,
    ip,
    dropsTotp: form.text("dropsTotp") === "yes",
    dropsPasskeys: form.text("dropsPasskeys") === "yes",
  });
}

async function showReset(c: WebContext, link: string, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const holder = link === "" ? null : await findLinkHolder(visit.app, link);
  const isDead = link !== "" && holder === null;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = { username: t("login.username"), code: t("reset.code"), next: t("security.next") };
  const who =
    holder === null
      ? html`${textField(visit, state, { name: "username", label: "login.username", required: true, autocomplete: "username", literal: true })}
${textField(visit, state, { name: "code", label: "reset.code", hint: t("reset.code_hint"), required: true, autocomplete: "off", maxlength: 20, literal: true, dir: "ltr" })}`
      : html`<input type="hidden" name="link" value="${link}"><input class="hidden" type="text" autocomplete="username" value="${holder.username}" readonly tabindex="-1" aria-hidden="true">`;
  const lost =
    holder === null
      ? ""
      : html`<fieldset class="field"><legend>${t("reset.lost")}</legend>${holder.hasTotp ? checkField(visit, state, { name: "dropsTotp", label: "reset.drop_totp" }) : ""}${checkField(visit, state, { name: "dropsPasskeys", label: "reset.drop_passkeys" })}</fieldset>`;
  return await showPage(c, {
    title: t("reset.title"),
    status: state.refusal?.status ?? (isDead ? 410 : 200),
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("reset.title")}</h1>
${isDead ? html`<p class="notice bad" role="alert">${t("error.reset_link")}</p>` : ""}
<p class="lead">${holder === null ? t("reset.lead") : t("reset.lead_link", { name: `@${holder.username}` })}</p>
<form class="stack card" method="post" action="/password/reset">${formToken(visit)}${faultSummary(visit, state, labels)}
${who}
${textField(visit, state, { name: "next", label: "security.next", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
${lost}
<p class="muted">${t("security.password_hint")}</p>
<div class="form-buttons"><button class="button primary">${t("reset.submit")}</button> <a class="button quiet" href="/login">${t("form.cancel")}</a></div></form>
<section aria-labelledby="reset-else"><h2 class="section-title" id="reset-else">${t("reset.else_title")}</h2><p>${t("reset.else")}</p><p class="muted">${t("reset.no_mail")}</p></section>`,
  });
}
