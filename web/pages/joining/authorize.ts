import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { formActionOf, OUT_OF_BAND, redirectTarget } from "../../../server/domain/redirect.ts";
import { contentSecurityPolicy } from "../../../server/http/security.ts";
import { isConfirmed } from "../../../server/services/accounts/proof.ts";
import { grantAccess } from "../../../server/services/clients/grants.ts";
import { carriedFields, formToken } from "../../components/hidden.ts";
import { scopeList } from "../../components/scopes.ts";
import { attempt, readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { localeFor } from "../../i18n.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { hasFormToken } from "../../session.ts";
import type { Visit, WebContext } from "../../visit.ts";
import {
  answerAddress,
  type AskedFields,
  type Judged,
  judgeRequest,
  readAsked,
  requestPath,
  REQUEST_FIELDS,
  type SoundRequest,
} from "./access-request.ts";
import { showLogin } from "./login.ts";

/** An app asks somebody to let it in (RFC 6749, 4.1). Nobody is ever sent back before they have pressed something. */
export async function getAuthorize(c: WebContext): Promise<Response> {
  const { searchParams } = new URL(c.req.url);
  const asked = readAsked({ all: (name) => searchParams.getAll(name) });
  speak(c, asked?.lang);
  const { app, viewer } = c.get("visit");
  const judged = await judgeRequest(app, asked);
  if (judged.as !== "sound" || asked === null) return await showFault(c, judged);
  const { request } = judged;
  const wantsLogin = /^(?:true|1|t|on|yes)$/i.test(searchParams.get("force_login") ?? "");
  if (viewer === null || wantsLogin)
    return await showLogin(c, { then: requestPath(asked), reason: "authorize.login" });
  if (await needsProof(c, viewer, request))
    return c.redirect(`/confirm?then=${encodeURIComponent(requestPath(asked))}`, 303);
  return await showConsent(c, viewer, { request, asked });
}

/** The person's answer. What was asked comes along with the form and is judged anew. */
export async function postAuthorize(c: WebContext): Promise<Response> {
  const form = await readForm(c);
  const asked = readAsked(form);
  speak(c, asked?.lang);
  const { app, viewer } = c.get("visit");
  const judged = await judgeRequest(app, asked);
  if (judged.as !== "sound" || asked === null) return await showFault(c, judged);
  const { request } = judged;
  if (viewer === null) return c.redirect(requestPath(asked), 303);
  // The page was another session's: whoever is here now is asked by their own name.
  if (!(await hasFormToken(c)))
    return await showConsent(c, viewer, { request, asked, fault: "authorize.again" });
  if (form.text("answer") !== "allow") return await refuseAccess(c, request);
  if (await needsProof(c, viewer, request)) return c.redirect(requestPath(asked), 303);
  const outcome = await attempt(() => grantAccess(app, viewer, request));
  if (!outcome.ok) {
    const { retryAfterSeconds } = outcome.refusal;
    if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
    return await showConsent(c, viewer, { request, asked, fault: "error.too_many", status: 429 });
  }
  if (request.redirectUri === OUT_OF_BAND) return await showCode(c, request, outcome.value);
  return c.redirect(answerAddress(app, request, { code: outcome.value }), 303);
}

/** The app may say in which language its person reads; nothing is remembered of it. */
function speak(c: WebContext, lang: string | undefined): void {
  const locale = lang === undefined ? null : localeFor(lang);
  const visit = c.get("visit");
  if (locale !== null) c.set("visit", { ...visit, i18n: visit.i18nOf(locale) });
}

/** Who gives away what only the staff may do proves first who they are, as on the pages where it is done. */
async function needsProof(c: WebContext, viewer: Viewer, { scopes }: SoundRequest): Promise<boolean> {
  const { app, sessionToken } = c.get("visit");
  if (viewer.role === "member" || !scopes.some((scope) => scope.startsWith("admin:"))) return false;
  return sessionToken === null || !(await isConfirmed(app, viewer, sessionToken));
}

async function refuseAccess(c: WebContext, request: SoundRequest): Promise<Response> {
  const visit = c.get("visit");
  if (request.redirectUri !== OUT_OF_BAND)
    return c.redirect(answerAddress(visit.app, request, { error: "access_denied" }), 303);
  const { t, rich } = visit.i18n;
  return await show(c, t("authorize.denied", { app: request.client.name }), {
    main: html`<div class="message"><h1>${rich("authorize.denied", { app: nameOf(request) })}</h1><p>${t("authorize.denied_text")}</p><p><a class="button quiet" href="/">${t("error.go_home")}</a></p></div>`,
  });
}

async function showConsent(
  c: WebContext,
  viewer: Viewer,
  shown: {
    readonly request: SoundRequest;
    readonly asked: AskedFields;
    readonly fault?: MessageKey;
    readonly status?: number;
  },
): Promise<Response> {
  const visit = c.get("visit");
  const { t, rich } = visit.i18n;
  const { request, asked, fault } = shown;
  // Browsers hold the redirect after the form to the same rule as the form itself (CSP 3, 6.4.1).
  c.header("Content-Security-Policy", contentSecurityPolicy(undefined, formActionOf(request.redirectUri)));
  const handle = `@${viewer.username}@${visit.app.config.handleHost}`;
  const fields = REQUEST_FIELDS.flatMap((name) => {
    const value = asked[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return await show(c, t("authorize.title", { app: request.client.name }), {
    status: shown.status ?? (fault === undefined ? 200 : 403),
    main: html`<h1>${rich("authorize.title", { app: nameOf(request) })}</h1>
${fault === undefined ? "" : html`<div class="notice bad" role="alert"><p>${t(fault)}</p></div>`}
<p class="lead">${rich("authorize.as", { name: html`<strong><bdi>${handle}</bdi></strong>` })} <a href="${requestPath(asked, { force_login: "true" })}">${t("authorize.other")}</a></p>
<form class="stack card" method="post" action="/oauth/authorize">${formToken(visit)}${carriedFields(fields)}
<section aria-labelledby="may"><h2 class="section-title" id="may">${t("authorize.may")}</h2>${scopeList(visit, request.scopes)}</section>
${facts(visit, request)}
<p class="notice">${t("authorize.unproven")}</p>
<div class="form-buttons"><button class="button primary" name="answer" value="allow">${t("authorize.allow")}</button> <button class="button quiet" name="answer" value="deny">${t("authorize.deny")}</button></div>
<p class="muted">${rich("authorize.until", { apps: html`<a href="/settings/apps">${t("settings.apps")}</a>` })}</p></form>`,
  });
}

/** What can be known of an app: the website that it names, and where the answer goes. */
function facts(visit: Visit, { client, redirectUri }: SoundRequest): Html {
  const { t } = visit.i18n;
  const target = redirectTarget(redirectUri);
  const website = client.website === null ? null : new URL(client.website).host;
  const goes =
    target === null
      ? t("authorize.by_code")
      : target.kind === "host"
        ? html`<bdi>${target.name}</bdi>`
        : visit.i18n.rich("authorize.by_scheme", { scheme: html`<bdi class="code">${target.name}</bdi>` });
  return html`<dl class="facts">${website === null ? "" : html`<div><dt>${t("authorize.website")}</dt><dd><bdi>${website}</bdi></dd></div>`}
<div><dt>${t("authorize.then")}</dt><dd>${goes}</dd></div></dl>`;
}

/** For apps that nobody can be sent back to. */
async function showCode(c: WebContext, request: SoundRequest, code: string): Promise<Response> {
  const { t, rich } = c.get("visit").i18n;
  return await show(c, t("authorize.code_title", { app: request.client.name }), {
    main: html`<h1>${rich("authorize.code_title", { app: nameOf(request) })}</h1>
<p class="lead">${rich("authorize.code_text", { app: nameOf(request) })}</p>
<p class="card code address" dir="ltr" id="code">${code}</p>
<p class="notice bad">${t("authorize.code_warning")}</p>`,
  });
}

/** An app that asks in a wrong way sends nobody anywhere by itself (RFC 9700, 4.11.2): there is a link for who trusts it. */
async function showFault(c: WebContext, judged: Judged): Promise<Response> {
  const { t, rich } = c.get("visit").i18n;
  if (judged.as === "sound") throw new Error("A sound request has no fault.");
  const back =
    judged.as === "faulty" && !judged.backTo.startsWith(OUT_OF_BAND)
      ? html`<a class="button quiet" rel="nofollow noreferrer" href="${judged.backTo}">${rich("authorize.back", { app: html`<bdi>${judged.client.name}</bdi>` })}</a>`
      : html`<a class="button quiet" href="/">${t("error.go_home")}</a>`;
  return await show(c, t("authorize.fault"), {
    status: 400,
    main: html`<div class="message"><p class="message-status" aria-hidden="true">400</p><h1>${t("authorize.fault")}</h1><p>${t(judged.fault)}</p><p>${back}</p></div>`,
  });
}

function nameOf({ client }: SoundRequest): Html {
  return html`<bdi>${client.name}</bdi>`;
}

async function show(
  c: WebContext,
  title: string,
  page: { readonly main: Html; readonly status?: number },
): Promise<Response> {
  return await showPage(c, { title, shape: "narrow", noindex: true, ...page });
}
