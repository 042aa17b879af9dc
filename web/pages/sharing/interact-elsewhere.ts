import { html } from "hono/html";
import { CausewayError, notFound } from "../../../server/errors.ts";
import {
  findIntentPage,
  type Intent,
  type IntentPage,
  INTENTS,
} from "../../../server/services/actors/intents.ts";
import { search } from "../../../server/services/search.ts";
import { actorRow } from "../../components/actor.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { noteCard } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath, notePath } from "../../paths.ts";
import { rememberedHome, rememberHome } from "../../session.ts";
import type { WebContext } from "../../visit.ts";

/** What a visitor wants to do with something that is here. */
type Wish = { readonly uri: string; readonly intent: Intent; readonly card: Html; readonly path: string };

/** For visitors with an account elsewhere: asks where, and knows the way there. */
export async function getElsewhere(c: WebContext): Promise<Response> {
  const wish = await wishOf(c, c.req.query("uri") ?? "", c.req.query("intent") ?? "");
  if (c.get("visit").viewer !== null)
    return c.redirect(`/authorize_interaction?uri=${encodeURIComponent(wish.uri)}`, 303);
  return await show(c, wish, freshForm({ account: rememberedHome(c) }), null);
}

/** Looks the visitor's server up. Where it leads is a link with its host in sight, never a redirect (no open redirect). */
export async function postElsewhere(c: WebContext): Promise<Response> {
  const { app, ip } = c.get("visit");
  const form = await readForm(c);
  const wish = await wishOf(c, form.text("uri"), form.text("intent"));
  const account = form.text("account").trim();
  const outcome = await attempt(async () => {
    const page = await findIntentPage(app, { account, intent: wish.intent, uri: wish.uri, ip });
    if (page === null) throw new CausewayError("remote_failed", "error.no_intent");
    return page;
  });
  if (!outcome.ok) {
    const { retryAfterSeconds } = outcome.refusal;
    if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
    return await show(c, wish, returnedForm(form, outcome.refusal), null);
  }
  rememberHome(c, account);
  return await show(c, wish, returnedForm(form, null), outcome.value);
}

/** Only things of this server, and only what everybody may see. @throws not_found */
async function wishOf(c: WebContext, uri: string, name: string): Promise<Wish> {
  const visit = c.get("visit");
  const intent = INTENTS.find((one) => one.toLowerCase() === name.toLowerCase()) ?? "Object";
  const { actors, notes } = /^https?:/.test(uri)
    ? await search(visit.app, null, uri)
    : { actors: [], notes: [] };
  const [actor] = actors;
  const [note] = notes;
  if (actor !== undefined && actor.host === null && !actor.suspended)
    return {
      uri: actor.uri,
      intent,
      card: html`<ul class="actor-list">${actorRow(visit, actor)}</ul>`,
      path: actorPath(actor),
    };
  if (note !== undefined && note.local)
    return {
      uri: note.uri,
      intent,
      card: html`<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>`,
      path: notePath(note),
    };
  throw notFound();
}

async function show(c: WebContext, wish: Wish, state: FormState, page: IntentPage | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return await showPage(c, {
    title: t("elsewhere.title"),
    status: state.refusal?.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1 class="page-title">${t("elsewhere.title")}</h1>${wish.card}
${page === null ? asking(c, wish, state) : html`<div class="card stack"><p>${t("elsewhere.found", { host: page.host })}</p><p><a class="button primary" href="${page.address}" rel="noopener nofollow">${t("elsewhere.go", { host: page.host })}</a></p></div>`}
<p class="muted">${t("elsewhere.copy")}</p><p><code class="address"><bdi>${wish.uri}</bdi></code></p>`,
  });
}

function asking(c: WebContext, wish: Wish, state: FormState): Html {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="/interact">${faultSummary(visit, state, { account: t("elsewhere.account") })}
<input type="hidden" name="uri" value="${wish.uri}"><input type="hidden" name="intent" value="${wish.intent}">
${textField(visit, state, { name: "account", label: "elsewhere.account", hint: t("elsewhere.account_hint"), required: true, literal: true, dir: "ltr", autocomplete: "off" })}
<p class="muted small">${t("elsewhere.remember")}</p>
<div class="form-buttons"><button class="button primary">${t("elsewhere.submit")}</button></div></form>
<p>${t("elsewhere.here")} <a class="button quiet small" href="/login?then=${encodeURIComponent(wish.path)}">${t("nav.login")}</a></p>`;
}
