import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { getIdentity } from "../../../server/services/identities/phrases.ts";
import { LIFEBOAT_RULES, requestLifeboat } from "../../../server/services/lifeboats/lifeboats.ts";
import type { Closing } from "../../../server/services/lifeboats/order.ts";
import { checkField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/lifeboat";
const CLOSINGS = ["phrase", "passphrase", "open"] as const satisfies readonly Closing[];

/** What is to be in the next lifeboat, and how it is locked. */
export async function getLifeboatNew(c: WebContext, viewer: Viewer): Promise<Response> {
  const hasPhrase = (await getIdentity(c.get("visit").app, viewer.actorId)) !== null;
  const closing = hasPhrase ? "phrase" : "passphrase";
  return await show(c, viewer, freshForm({ closing, followers_only: "yes" }));
}

/** Asks for it. */
export async function postLifeboatNew(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() =>
    requestLifeboat(app, viewer, {
      closing: CLOSINGS.find((one) => one === form.text("closing")) ?? "passphrase",
      followersOnly: form.text("followers_only") === "yes",
      followers: form.text("followers") === "yes",
      keys: form.text("keys") === "yes",
      passphrase: form.text("passphrase"),
      phrase: form.text("phrase"),
    }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(PATH, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const hasPhrase = (await getIdentity(visit.app, viewer.actorId)) !== null;
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const body = html`${faultSummary(visit, state, {
    closing: t("lifeboat.closing"),
    passphrase: t("lifeboat.passphrase"),
    keys: t("lifeboat.keys"),
    phrase: t("lifeboat.sign"),
  })}
<p class="muted">${t("lifeboat.new_lead")}</p>
<form class="card stack" method="post" action="${PATH}/new">${formToken(visit)}${fields(visit, state, hasPhrase)}
<div class="form-buttons"><button class="button primary">${t("lifeboat.make")}</button> <a class="button quiet" href="${PATH}">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("lifeboat.make"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "lifeboat", false, body, "lifeboat.make"),
  });
}

function fields(visit: Visit, state: FormState, hasPhrase: boolean): Html {
  const { t } = visit.i18n;
  const closings = CLOSINGS.filter((one) => hasPhrase || one !== "phrase");
  const choices = closings.map((value) => ({
    value,
    label: t(`lifeboat.closing_${value}`),
    hint: t(`lifeboat.closing_${value}_hint`),
  }));
  const min = LIFEBOAT_RULES.passphraseCharacters;
  return html`${radioField(visit, state, { name: "closing", label: "lifeboat.closing", choices })}
${textField(visit, state, { name: "passphrase", label: "lifeboat.passphrase", hint: t("lifeboat.passphrase_hint", { min }), type: "password", autocomplete: "new-password", isUnmarked: true })}
${checkField(visit, state, { name: "followers_only", label: "lifeboat.followers_only" })}
${checkField(visit, state, { name: "followers", label: "lifeboat.followers", hint: t("lifeboat.followers_hint") })}
${checkField(visit, state, { name: "keys", label: "lifeboat.keys", hint: t("lifeboat.keys_hint") })}
${hasPhrase ? textField(visit, state, { name: "phrase", label: "lifeboat.sign", hint: t("lifeboat.sign_hint"), type: "password", autocomplete: "off", isUnmarked: true, literal: true, dir: "ltr" }) : ""}`;
}
