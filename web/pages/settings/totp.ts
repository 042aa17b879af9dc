import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { draftTotp, turnOffTotp, turnOnTotp } from "../../../server/services/accounts/one-time.ts";
import { waysOf } from "../../../server/services/accounts/proof.ts";
import { readFreshCodes } from "../../../server/services/accounts/recovery-codes.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { squaresDrawing } from "../../components/squares.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { renewVisit } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

const PATH = "/settings/totp";

export async function getTotp(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Turns one-time passwords on, by a code of the app, or off. */
export async function postTotp(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  if (form.text("do") === "off") {
    await turnOffTotp(app, viewer);
    return c.redirect("/settings/security?saved=yes", 303);
  }
  const command = {
    sealed: form.text("sealed"),
    code: form.text("code"),
    sessionToken: sessionToken ?? "",
  };
  const outcome = await attempt(() => turnOnTotp(app, viewer, command));
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  renewVisit(c, outcome.value.sessionToken);
  const hasFresh = (await readFreshCodes(app, viewer)) !== null;
  return c.redirect(hasFresh ? "/settings/recovery" : "/settings/security?saved=yes", 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const ways = await waysOf(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = ways.totp
    ? html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p>${t("totp.on_text")}</p>
<div class="form-buttons"><button class="button danger" name="do" value="off">${t("totp.turn_off")}</button> <a class="button quiet" href="/settings/security">${t("form.cancel")}</a></div></form>`
    : ways.password
      ? await setUpForm(c, viewer, state)
      : html`<p class="notice">${t("error.totp_needs_password")} <a href="/settings/password">${t("security.set")}</a></p>`;
  return await showPage(c, {
    title: t("security.to_totp"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "security", false, body, "security.to_totp"),
  });
}

async function setUpForm(c: WebContext, viewer: Viewer, state: FormState): Promise<Html> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const given = state.value("sealed");
  const draft = await draftTotp(visit.app, viewer, given === "" ? undefined : given);
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}${faultSummary(visit, state, { code: t("totp.code") })}<p>${t("totp.lead")}</p>
<input type="hidden" name="sealed" value="${draft.sealed}">
<div class="totp-draft">${squaresDrawing(draft.squares, t("totp.drawing"))}
<div><p>${t("totp.scan")}</p><p class="totp-secret"><code class="address" dir="ltr">${draft.secret}</code></p><p><a href="${draft.uri}">${t("totp.open_app")}</a></p></div></div>
${textField(visit, state, { name: "code", label: "totp.code", hint: t("totp.code_hint"), required: true, autocomplete: "one-time-code", inputmode: "numeric", maxlength: 12, literal: true, dir: "ltr" })}
<p class="muted">${t("security.password_hint")}</p>
<div class="form-buttons"><button class="button primary">${t("totp.turn_on")}</button> <a class="button quiet" href="/settings/security">${t("form.cancel")}</a></div></form>`;
}
