import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { SessionId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import { changePassword, PASSWORD_MIN } from "../../../server/services/accounts/accounts.ts";
import { deleteAccount } from "../../../server/services/accounts/departures.ts";
import {
  listSessions,
  revokeOtherSessions,
  revokeSession,
} from "../../../server/services/accounts/sessions.ts";
import type { SessionView } from "../../../server/services/accounts/sessions.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { forgetSession } from "../../session.ts";
import type { Visit, WebContext } from "../../visit.ts";

export async function getSecurity(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showSecurity(c, viewer, freshForm());
}

export async function postPassword(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() =>
    changePassword(app, viewer, {
      current: form.text("current"),
      next: form.text("next"),
      keepSessionToken: sessionToken ?? "",
    }),
  );
  if (!outcome.ok) return await showSecurity(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect("/settings/security?saved=yes", 303);
}

export async function postRevokeSession(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, sessionToken } = c.get("visit");
  const form = await readForm(c);
  if (form.text("session") === "others") await revokeOtherSessions(app, viewer, sessionToken ?? "");
  else {
    const id = parseId<SessionId>(form.text("session"));
    if (id === null) throw notFound();
    await revokeSession(app, viewer, id);
  }
  return c.redirect("/settings/security?saved=yes#sessions", 303);
}

async function showSecurity(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const sessions = await listSessions(visit.app, viewer, visit.sessionToken ?? "");
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`<form class="card stack" method="post" action="/settings/password" aria-labelledby="password-title">${formToken(visit)}<h2 class="section-title" id="password-title">${t("security.password")}</h2>${faultSummary(visit, state, { current: t("security.current"), next: t("security.next") })}
<input class="hidden" type="text" name="username" autocomplete="username" value="${viewer.username}" readonly tabindex="-1" aria-hidden="true">
${textField(visit, state, { name: "current", label: "security.current", type: "password", required: true, autocomplete: "current-password" })}
${textField(visit, state, { name: "next", label: "security.next", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
<p class="muted">${t("security.password_hint")}</p>
<div class="form-buttons"><button class="button primary">${t("security.change")}</button></div></form>
<section class="card" id="sessions" aria-labelledby="sessions-title"><h2 class="section-title" id="sessions-title">${t("security.sessions")}</h2><p class="muted">${t("security.sessions_hint")}</p>
<ul class="rows">${sessions.map((session) => sessionRow(visit, session))}</ul>
${sessions.length < 2 ? "" : html`<form method="post" action="/settings/sessions">${formToken(visit)}<button class="button quiet" name="session" value="others">${t("security.end_others")}</button></form>`}</section>`;
  return await showPage(c, {
    title: t("settings.security"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "security", c.req.query("saved") !== undefined, body),
  });
}

function sessionRow(visit: Visit, session: SessionView): Html {
  const { t } = visit.i18n;
  return html`<li><p><strong>${session.agent === "" ? t("security.unknown_browser") : session.agent}</strong>${session.current ? html` <span class="badge">${t("security.this_one")}</span>` : ""}<br><span class="muted">${visit.i18n.rich("security.seen", { seen: timeOf(visit, session.seenAt, ""), since: timeOf(visit, session.createdAt, "") })}</span></p>
${session.current ? "" : html`<form method="post" action="/settings/sessions">${formToken(visit)}<button class="button quiet small" name="session" value="${session.id}">${t("security.end")}<span class="hidden"> ${session.agent}</span></button></form>`}</li>`;
}

export async function getDeleteAccount(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showDelete(c, viewer, freshForm());
}

export async function postDeleteAccount(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() =>
    deleteAccount(c.get("visit").app, viewer, { password: form.text("password") }),
  );
  if (!outcome.ok) return await showDelete(c, viewer, returnedForm(form, outcome.refusal));
  forgetSession(c);
  return c.redirect("/", 303);
}

async function showDelete(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`<form class="card stack" method="post" action="/settings/delete">${formToken(visit)}${faultSummary(visit, state)}
<p>${t("delete_account.text", { name: `@${viewer.username}` })}</p>
${textField(visit, state, { name: "password", label: "field_label.password", type: "password", required: true, autocomplete: "current-password" })}
<div class="form-buttons"><button class="button danger">${t("delete_account.submit")}</button> <a class="button quiet" href="/settings">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.delete"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "delete", false, body),
  });
}
