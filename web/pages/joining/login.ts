// One page a file: its GET and its POST. A handler parses, calls one service and shapes the answer.
// Imported by web/routes.ts.

import { html } from "hono/html";
import { endSession } from "../../../server/services/accounts/sessions.ts";
import { signIn, signInWithPasskey } from "../../../server/services/accounts/sign-in.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { passkeyButton } from "../../components/passkey.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState, Refusal } from "../../forms.ts";
import type { Form } from "../../form.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { safeReturn } from "../../paths.ts";
import { forgetSession, holderOf } from "../../session.ts";
import type { WebContext } from "../../visit.ts";
import { type Destination, destinationFields, destinationOf, enter } from "./entering.ts";
import { showSecondStep } from "./second-step.ts";

type Login = {
  readonly status?: 200 | 401 | 422 | 429;
  /** Where to go afterwards. */
  readonly then: string;
  /** A form that was sent without a session. */
  readonly carried?: Form | null;
  readonly reason?: MessageKey;
  readonly state?: FormState;
};

/** The login page, alone or in the way of something else. */
export async function showLogin(c: WebContext, login: Login): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state = login.state ?? freshForm();
  const destination: Destination = { then: login.then, carried: login.carried ?? null };
  const text = login.carried?.text("source") ?? "";
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  return await showPage(c, {
    title: t("login.title"),
    status: login.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("login.title")}</h1>
${login.reason === undefined ? "" : html`<div class="notice" role="status"><p>${t(login.reason)}</p>${text === "" ? "" : html`<p>${t("login.text_kept")}</p>`}</div>`}
${text === "" ? "" : html`<blockquote class="kept" dir="auto">${text}</blockquote>`}
<form class="stack card" method="post" action="/login">${formToken(visit)}${faultSummary(visit, state)}
${destinationFields(destination)}
${textField(visit, state, { name: "username", label: "login.username", hint: t("login.username_hint"), required: true, autocomplete: "username webauthn", literal: true })}
${textField(visit, state, { name: "password", label: "field_label.password", type: "password", required: true, autocomplete: "current-password" })}
<div class="form-buttons"><button class="button primary">${t("login.submit")}</button>${passkeyButton(visit, state, { name: "passkey", use: "sign_in", label: "login.passkey" })}</div>
<p><a href="/password/reset">${t("login.forgot")}</a></p></form>
${visit.settings.joinMode === "closed" ? "" : html`<p class="muted">${t("login.no_account")} <a href="/join">${t("nav.join")}</a></p>`}`,
  });
}

export async function getLogin(c: WebContext): Promise<Response> {
  const then = safeReturn(c.req.query("then"), "/");
  if (c.get("visit").viewer !== null) return c.redirect(then, 303);
  const reason = c.req.query("reset") === "yes" ? "reset.done" : then === "/" ? undefined : "login.first";
  return await showLogin(c, { then, ...(reason === undefined ? {} : { reason }) });
}

export async function postLogin(c: WebContext): Promise<Response> {
  const form = await readForm(c);
  const destination = destinationOf(form);
  const answer = form.text("passkey");
  const outcome = await attempt(() => (answer === "" ? withPassword(c, form) : withPasskey(c, answer)));
  if (!outcome.ok) {
    const status = outcome.refusal.status === 429 ? 429 : 422;
    return await showLogin(c, { status, ...destination, state: returnedForm(form, outcome.refusal) });
  }
  if (outcome.value.state === "second_step")
    return await showSecondStep(c, { ticket: outcome.value.ticket, destination, state: freshForm() });
  return await enter(c, outcome.value.sessionToken, destination);
}

async function withPassword(c: WebContext, form: Form) {
  const { app, ip } = c.get("visit");
  return await signIn(app, {
    username: form.text("username"),
    password: form.text("password"),
    ip,
    agent: c.req.header("user-agent") ?? "",
  });
}

async function withPasskey(c: WebContext, answer: string) {
  const { app, ip } = c.get("visit");
  const agent = c.req.header("user-agent") ?? "";
  const signedIn = await signInWithPasskey(app, { answer, holder: holderOf(c), ip, agent });
  return { state: "signed_in" as const, ...signedIn };
}

/** Back to the beginning, with everything that was carried: half a sign-in has run out. */
export async function showLoginAgain(
  c: WebContext,
  destination: Destination,
  refusal: Refusal,
): Promise<Response> {
  const state = { ...freshForm(), refusal };
  return await showLogin(c, { status: 401, ...destination, state });
}

export async function postLogout(c: WebContext): Promise<Response> {
  const { app, sessionToken, waiting, suspended } = c.get("visit");
  const token = sessionToken ?? waiting?.sessionToken ?? suspended?.sessionToken ?? null;
  if (token !== null) await endSession(app, token);
  forgetSession(c);
  return c.redirect("/", 303);
}

/** The small form behind "Sign out". */
export function logoutForm(c: WebContext) {
  const visit = c.get("visit");
  return html`<form method="post" action="/logout">${formToken(visit)}<button class="button quiet">${visit.i18n.t("nav.logout")}</button></form>`;
}
