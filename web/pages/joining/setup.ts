import { html } from "hono/html";
import { notFound } from "../../../server/errors.ts";
import { PASSWORD_MIN } from "../../../server/services/accounts/passwords.ts";
import { JOIN_MODES } from "../../../server/services/accounts/settings.ts";
import type { JoinMode } from "../../../server/services/accounts/settings.ts";
import { checkSetupToken, completeSetUp } from "../../../server/services/accounts/setup.ts";
import { checkListField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { passkeyButton } from "../../components/passkey.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { mainLanguageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { holderOf, startSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

export async function getSetup(c: WebContext): Promise<Response> {
  const { app, settings, i18n } = c.get("visit");
  if (settings.setUp) throw notFound();
  const token = c.req.query("token") ?? "";
  if (!(await checkSetupToken(app, token))) throw notFound();
  return await showSetup(c, token, freshForm({ languages: [i18n.locale], joinMode: "invite" }));
}

export async function postSetup(c: WebContext): Promise<Response> {
  const { app, i18n } = c.get("visit");
  const form = await readForm(c);
  const token = form.text("token");
  const answer = form.text("passkey");
  const outcome = await attempt(() =>
    completeSetUp(app, token, {
      serverName: form.text("serverName").trim(),
      username: form.text("username").trim().toLowerCase(),
      password: answer === "" ? form.text("password") : "",
      passkey: answer === "" ? undefined : { answer, holder: holderOf(c) },
      agent: c.req.header("user-agent") ?? "",
      languages: form.all("languages"),
      joinMode: joinModeOf(form.text("joinMode")),
      locale: i18n.locale,
    }),
  );
  if (!outcome.ok) return await showSetup(c, token, returnedForm(form, outcome.refusal));
  startSession(c, outcome.value.sessionToken);
  const home = "/?welcome=owner";
  return c.redirect(answer === "" ? home : `/settings/recovery?then=${encodeURIComponent(home)}`, 303);
}

/** The most careful choice for anything unknown. */
export function joinModeOf(text: string): JoinMode {
  return JOIN_MODES.find((mode) => mode === text) ?? "closed";
}

async function showSetup(c: WebContext, token: string, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { handleHost } = visit.app.config;
  return await showPage(c, {
    title: t("setup.title"),
    status: state.refusal?.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("setup.title")}</h1><p class="lead">${t("setup.lead")}</p>
<div class="notice"><p class="notice-title">${t("setup.address", { host: handleHost })}</p><p>${t("setup.address_hint")}</p></div>
<form class="stack card" method="post" action="/setup?token=${encodeURIComponent(token)}">${faultSummary(visit, state, { serverName: t("setup.name"), username: t("setup.username"), password: t("field_label.password"), passkey: t("join.passkey"), languages: t("setup.languages"), joinMode: t("admin.join_mode") })}<input type="hidden" name="token" value="${token}">
${textField(visit, state, { name: "serverName", label: "setup.name", hint: t("setup.name_hint"), required: true, maxlength: 60, dir: "auto" })}
${textField(visit, state, { name: "username", label: "setup.username", hint: t("join.username_hint", { host: handleHost }), required: true, maxlength: 30, autocomplete: "username", literal: true })}
${textField(visit, state, { name: "password", label: "field_label.password", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
${checkListField(visit, state, { name: "languages", label: "setup.languages", choices: mainLanguageChoices(visit.i18n, state.values("languages")) })}
${radioField(visit, state, { name: "joinMode", label: "admin.join_mode", choices: joinModeChoices(visit.i18n.t) })}
<div class="form-buttons"><button class="button primary">${t("setup.submit")}</button>${passkeyButton(visit, state, { name: "passkey", use: "setup", label: "setup.passkey" })}</div></form>`,
  });
}

/** Who may join, each with its sentence. */
export function joinModeChoices(t: (key: `join_mode.${JoinMode}` | `join_mode.${JoinMode}_hint`) => string) {
  const order: readonly JoinMode[] = ["invite", "approval", "open", "closed"];
  return order.map((value) => ({
    value,
    label: t(`join_mode.${value}`),
    hint: t(`join_mode.${value}_hint`),
  }));
}
