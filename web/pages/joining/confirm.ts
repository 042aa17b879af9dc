import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { confirmSession, type GivenProof, waysOf } from "../../../server/services/accounts/proof.ts";
import { faultSummary, textField } from "../../components/fields.ts";
import { carriedFields, formToken } from "../../components/hidden.ts";
import { passkeyButton } from "../../components/passkey.ts";
import { keptEntries } from "../../errors.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState, Outcome, Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { safeReturn } from "../../paths.ts";
import { holderOf, renewVisit } from "../../session.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Asks who is there, before a page where something dangerous is done. */
export async function getConfirm(c: WebContext, viewer: Viewer): Promise<Response> {
  const then = safeReturn(c.req.query("then"), "/settings/security");
  return await showConfirm(c, viewer, { then, carried: null, state: freshForm() });
}

export async function postConfirm(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const then = safeReturn(form.text("then"), "/settings/security");
  const outcome = await takeProof(c, viewer, form);
  if (outcome === null || !outcome.ok) {
    const state = outcome === null ? freshForm() : returnedForm(form, outcome.refusal);
    return await showConfirm(c, viewer, { then, carried: null, state });
  }
  return c.redirect(then, 303);
}

/** Confirms the session with the proof that a form brings; null when it brings none. */
export async function takeProof(
  c: WebContext,
  viewer: Viewer,
  form: Form,
): Promise<Outcome<{ readonly sessionToken: string }> | null> {
  const { app, sessionToken } = c.get("visit");
  const proof = proofOf(c, form);
  if (proof === null || sessionToken === null) return null;
  const outcome = await attempt(() => confirmSession(app, viewer, sessionToken, proof));
  if (!outcome.ok) return { ok: false, refusal: underOwnName(outcome.refusal) };
  renewVisit(c, outcome.value.sessionToken);
  return outcome;
}

function proofOf(c: WebContext, form: Form): GivenProof | null {
  const answer = form.text("confirm_passkey");
  if (answer !== "") return { kind: "passkey", answer, holder: holderOf(c) };
  const code = form.text("confirm_code").trim();
  if (code !== "") return { kind: "totp", code };
  if (form.has("confirm_password")) return { kind: "password", password: form.text("confirm_password") };
  return null;
}

/** Forms that are carried along may have a field `passkey` of their own. */
function underOwnName(refusal: Refusal): Refusal {
  const { passkey, ...faults } = refusal.faults;
  return passkey === undefined ? refusal : { ...refusal, faults: { ...faults, confirm_passkey: passkey } };
}

/**
 * The page that asks. A form that was sent is carried along and sent again to where it was going, together with the
 * proof, so that nothing of it is lost.
 */
export async function showConfirm(
  c: WebContext,
  viewer: Viewer,
  asked: { readonly then: string; readonly carried: Form | null; readonly state: FormState },
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { state, carried } = asked;
  const ways = await waysOf(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = {
    confirm_password: t("field_label.password"),
    confirm_code: t("confirm.code"),
    confirm_passkey: t("confirm.passkey"),
  };
  const button = html`<div class="form-buttons"><button class="button primary">${t("confirm.submit")}</button> <a class="button quiet" href="/settings">${t("form.cancel")}</a></div>`;
  return await showPage(c, {
    title: t("confirm.title"),
    status: state.refusal?.status ?? (carried === null ? 200 : 401),
    shape: "narrow",
    place: "settings",
    noindex: true,
    main: html`<h1>${t("confirm.title")}</h1><p class="lead">${t("confirm.lead", { name: `@${viewer.username}` })}</p>
${carried === null ? "" : html`<p class="notice" role="status">${t("confirm.kept")}</p>`}
<form class="stack card" method="post" action="${carried === null ? "/confirm" : asked.then}">${formToken(visit)}${faultSummary(visit, state, labels)}
${carried === null ? html`<input type="hidden" name="then" value="${asked.then}">` : carriedFields(keptEntries(carried))}
${ways.passkey ? passkeyButton(visit, state, { name: "confirm_passkey", use: "confirm", label: "confirm.passkey", isPrimary: true }) : ""}
${ways.password ? passwordPart(visit, viewer, state, ways.totp) : ""}
${ways.totp ? codePart(visit, state) : ""}
${ways.password || ways.totp ? button : html`<noscript><p class="notice">${t("confirm.needs_script")}</p></noscript>`}</form>`,
  });
}

function passwordPart(visit: Visit, viewer: Viewer, state: FormState, isOneOfTwo: boolean): Html {
  return html`<input class="hidden" type="text" autocomplete="username" value="${viewer.username}" readonly tabindex="-1" aria-hidden="true">
${textField(visit, state, { name: "confirm_password", label: "field_label.password", type: "password", required: !isOneOfTwo, isUnmarked: true, autocomplete: "current-password" })}`;
}

function codePart(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return textField(visit, state, {
    name: "confirm_code",
    label: "confirm.code",
    hint: t("confirm.code_hint"),
    isUnmarked: true,
    autocomplete: "one-time-code",
    inputmode: "numeric",
    maxlength: 12,
    literal: true,
    dir: "ltr",
  });
}
