// Where people arrive whose server is gone: the account that waited, the decision of trustees, and how far it is.
// One page a file, as in all of pages/. Imported by web/page-table.ts.

import { html } from "hono/html";
import { PASSWORD_MIN } from "../../../server/services/accounts/passwords.ts";
import { claimAccount } from "../../../server/services/escapes/claims.ts";
import { type Community, listCommunities } from "../../../server/services/escapes/communities.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { communityPath, evacuationState, hostOf } from "../../components/launch.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { enter } from "../joining/entering.ts";

const PATH = "/lifeboat";

export async function getLifeboat(c: WebContext): Promise<Response> {
  return await show(c, freshForm());
}

/** Takes the account that waited; the phrase is gone when this is answered. */
export async function postLifeboat(c: WebContext): Promise<Response> {
  const { app, ip, i18n } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() =>
    claimAccount(app, {
      phrase: form.text("phrase"),
      password: form.text("password"),
      ip,
      agent: c.req.header("user-agent") ?? "",
      locale: i18n.locale,
    }),
  );
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  const { sessionToken, username } = outcome.value;
  return await enter(c, sessionToken, { then: `${PATH}/of/${username}`, carried: null });
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const server = visit.settings.name;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = { phrase: t("launch.phrase"), password: t("security.next") };
  const communities = await listCommunities(visit.app);
  return await showPage(c, {
    title: t("launch.title"),
    status: state.refusal?.status ?? 200,
    shape: "narrow",
    noindex: true,
    main: html`<h1>${t("launch.title")}</h1><p class="lead">${t("launch.lead", { server })}</p>
<form class="stack card" method="post" action="${PATH}" aria-labelledby="take">${formToken(visit)}<h2 class="section-title" id="take">${t("launch.take")}</h2><p>${t("launch.take_text")}</p>${faultSummary(visit, state, labels)}
${textField(visit, state, { name: "phrase", label: "launch.phrase", type: "password", hint: t("launch.phrase_hint"), required: true, autocomplete: "off", maxlength: 300, literal: true, dir: "ltr" })}
${textField(visit, state, { name: "password", label: "security.next", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
<div class="form-buttons"><button class="button primary">${t("launch.take_submit")}</button></div></form>
<section aria-labelledby="no-phrase"><h2 class="section-title" id="no-phrase">${t("launch.no_phrase")}</h2><p>${t("launch.no_phrase_text")}</p></section>
${communityList(visit, communities)}`,
  });
}

function communityList(visit: Visit, communities: readonly Community[]): Html {
  const { t } = visit.i18n;
  if (communities.length === 0) return html``;
  return html`<section aria-labelledby="communities"><h2 class="section-title" id="communities">${t("launch.communities")}</h2><ul class="rows card">${communities.map(
    ({ uri, home, evacuation }) =>
      html`<li><div><p><a href="${communityPath(uri)}"><bdi dir="ltr">${hostOf(home)}</bdi></a></p><p class="muted small-text">${evacuation === null ? t("launch.state_none") : evacuationState(visit, evacuation)}</p></div></li>`,
  )}</ul></section>`;
}
