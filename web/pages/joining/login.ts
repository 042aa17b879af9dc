// One page a file: its GET and its POST. A handler parses, calls one service and shapes the answer.
// Imported by web/routes.ts.

import { html } from "hono/html";
import { signIn } from "../../../server/services/accounts/accounts.ts";
import { endSession, findViewer } from "../../../server/services/accounts/sessions.ts";
import { saveDraft } from "../../../server/services/notes/drafts.ts";
import { carriedFields, formToken } from "../../components/hidden.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { readComposition, toDraftCommand } from "../../drafting.ts";
import { askAgain, keptEntries } from "../../errors.ts";
import type { Form } from "../../form.ts";
import { attempt, formOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { safeReturn } from "../../paths.ts";
import { csrfToken, forgetSession, startSession } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

/** Fields of another form that wait behind the login carry this prefix. */
const CARRIED = "carried:";

type Login = {
  readonly status?: 200 | 401 | 422 | 429;
  /** Where to go afterwards. */
  readonly then: string;
  /** A form that was sent without a session. */
  readonly carried?: Form;
  readonly reason?: MessageKey;
  readonly state?: FormState;
};

/** The login page, alone or in the way of something else. */
export async function showLogin(c: WebContext, login: Login): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state = login.state ?? freshForm();
  const kept = login.carried === undefined ? [] : keptEntries(login.carried);
  const text = login.carried?.text("source") ?? "";
  return await showPage(c, {
    title: t("login.title"),
    status: login.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("login.title")}</h1>
${login.reason === undefined ? "" : html`<div class="notice" role="status"><p>${t(login.reason)}</p>${text === "" ? "" : html`<p>${t("login.text_kept")}</p>`}</div>`}
${text === "" ? "" : html`<blockquote class="kept" dir="auto">${text}</blockquote>`}
<form class="stack card" method="post" action="/login">${faultSummary(visit, state)}
<input type="hidden" name="then" value="${login.then}">
${login.carried === undefined ? "" : html`<input type="hidden" name="resend" value="yes">${carriedFields(kept, CARRIED)}`}
${textField(visit, state, { name: "username", label: "login.username", hint: t("login.username_hint"), required: true, autocomplete: "username", literal: true })}
${textField(visit, state, { name: "password", label: "field_label.password", type: "password", required: true, autocomplete: "current-password" })}
<div class="form-buttons"><button class="button primary">${t("login.submit")}</button></div></form>
${visit.settings.joinMode === "closed" ? "" : html`<p class="muted">${t("login.no_account")} <a href="/join">${t("nav.join")}</a></p>`}`,
  });
}

export async function getLogin(c: WebContext): Promise<Response> {
  const then = safeReturn(c.req.query("then"), "/");
  if (c.get("visit").viewer !== null) return c.redirect(then, 303);
  return await showLogin(c, { then, ...(then === "/" ? {} : { reason: "login.first" as const }) });
}

export async function postLogin(c: WebContext): Promise<Response> {
  const { app, ip } = c.get("visit");
  const form = await readForm(c);
  const then = safeReturn(form.text("then"), "/");
  const carried = carriedForm(form);
  const agent = c.req.header("user-agent") ?? "";
  const outcome = await attempt(() =>
    signIn(app, { username: form.text("username"), password: form.text("password"), ip, agent }),
  );
  if (!outcome.ok) {
    if (outcome.refusal.retryAfterSeconds !== undefined)
      c.header("Retry-After", String(outcome.refusal.retryAfterSeconds));
    const status = outcome.refusal.status === 429 ? 429 : 422;
    const state = returnedForm(form, outcome.refusal);
    return await showLogin(c, { status, then, state, ...(carried === null ? {} : { carried }) });
  }
  startSession(c, outcome.value.sessionToken);
  if (carried === null) return c.redirect(then, 303);
  return await continueWith(c, outcome.value.sessionToken, then, carried);
}

function carriedForm(form: Form): Form | null {
  if (form.text("resend") !== "yes") return null;
  const entries = form.entries.filter(([name]) => name.startsWith(CARRIED));
  return formOf(entries.map(([name, value]) => [name.slice(CARRIED.length), value]));
}

/** A note becomes a draft, ready to post; anything else is asked again behind a button. */
async function continueWith(
  c: WebContext,
  sessionToken: string,
  then: string,
  form: Form,
): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const viewer = await findViewer(app, sessionToken);
  if (viewer !== null && new URL(then, app.config.origin).pathname === "/compose") {
    const draft = await saveDraft(app, viewer, toDraftCommand(readComposition(form, null)));
    return c.redirect(`/compose?draft=${draft.id}&status=kept`, 303);
  }
  c.set("visit", { ...visit, viewer, sessionToken, csrf: csrfToken(app, sessionToken) });
  return await askAgain(c, {
    status: 200,
    action: then,
    form,
    heading: "again.title_back",
    text: "again.text_back",
  });
}

export async function postLogout(c: WebContext): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  if (sessionToken !== null) await endSession(app, sessionToken);
  forgetSession(c);
  return c.redirect("/", 303);
}

/** The small form behind "Sign out". */
export function logoutForm(c: WebContext) {
  const visit = c.get("visit");
  return html`<form method="post" action="/logout">${formToken(visit)}<button class="button quiet">${visit.i18n.t("nav.logout")}</button></form>`;
}
