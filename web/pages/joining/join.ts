import { html } from "hono/html";
import { z } from "zod";
import { type GateQuestion, QUESTION_MAX } from "../../../server/domain/gates.ts";
import { USE_LIMITS } from "../../../server/domain/limits.ts";
import { signUp } from "../../../server/services/accounts/accounts.ts";
import { lineFault, questionFor } from "../../../server/services/accounts/gates.ts";
import { checkInvite } from "../../../server/services/accounts/invites.ts";
import { takeLimit } from "../../../server/services/accounts/limits.ts";
import { checkName, suggestNames } from "../../../server/services/accounts/names.ts";
import { PASSWORD_MIN } from "../../../server/services/accounts/passwords.ts";
import { formAge, makeWork, stampForm } from "../../../server/services/accounts/sign-up-work.ts";
import { nameAnswer } from "../../components/name-answer.ts";
import { passkeyButton } from "../../components/passkey.ts";
import { renderRules } from "../../components/rules.ts";
import { areaField, checkField, checkListField, faultSummary, textField } from "../../components/fields.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, parseFields, readForm, returnedForm } from "../../forms.ts";
import type { FormState, Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { mainLanguageChoices } from "../../languages.ts";
import { showFragment, showPage } from "../../layout.ts";
import { WAITING } from "../../member.ts";
import { holderOf, startSession } from "../../session.ts";
import type { Visit, WebContext } from "../../visit.ts";

const USERNAME_MAX = 30;
const EMAIL_MAX = 254;

export async function getJoin(c: WebContext): Promise<Response> {
  const { app, viewer, waiting, i18n, settings } = c.get("visit");
  if (viewer !== null || waiting !== null) return c.redirect(viewer === null ? WAITING : "/", 303);
  const invite = c.req.param("invite") ?? c.req.query("invite") ?? "";
  const isKnown = invite === "" || (await checkInvite(app, invite));
  const languages = [i18n.locale, ...settings.languages.filter((tag) => tag === i18n.locale)];
  const state = freshForm({ invite, languages });
  if (isKnown) return await showJoin(c, state);
  const refusal: Refusal = { status: 422, faults: { invite: { key: "field.invite_wrong" } }, general: null };
  return await showJoin(c, { ...state, refusal });
}

export async function postJoin(c: WebContext): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const outcome = await attempt(() => signUp(app, toSignUp(c, form)));
  if (!outcome.ok) return await showJoin(c, returnedForm(form, outcome.refusal));
  startSession(c, outcome.value.sessionToken);
  if (outcome.value.waits) return c.redirect(WAITING, 303);
  // Who joins by a passkey alone sees the recovery codes first: there is no password to fall back on.
  const isByPasskey = form.text("passkey") !== "";
  return c.redirect(isByPasskey ? "/settings/recovery?then=%2Fwelcome" : "/welcome", 303);
}

/** Says while somebody types whether a name is free; a piece of the page only. */
export async function getJoinName(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const answer = await checkName(visit.app, { name: c.req.query("name") ?? "", ip: visit.ip });
  return await showFragment(c, nameAnswer(visit, answer));
}

/** A task for the device of somebody who joins, as a hidden field that a script fills; a piece of the page only. */
export async function getJoinWork(c: WebContext): Promise<Response> {
  const { app, ip } = c.get("visit");
  takeLimit(app, USE_LIMITS.workByAddress, ip);
  return await showFragment(
    c,
    html`<input type="hidden" name="work" value="solving" data-task="${await makeWork(app)}">`,
  );
}

/** Only the shape is settled here; the service finds all faults at once. */
const joinFields = z.object({
  username: z.string().trim().toLowerCase(),
  password: z.string(),
  email: z.string().trim(),
  invite: z.string().trim(),
});

function toSignUp(c: WebContext, form: Form) {
  const { ip, i18n } = c.get("visit");
  const fields = parseFields(joinFields, {
    username: form.text("username"),
    password: form.text("password"),
    email: form.text("email"),
    invite: form.text("invite"),
  });
  const answer = form.text("passkey");
  return {
    username: fields.username,
    // Who touched the passkey's button wants no password, even when the browser has filled one in.
    password: answer === "" ? fields.password : "",
    passkey: answer === "" ? undefined : { answer, holder: holderOf(c) },
    email: fields.email === "" ? undefined : fields.email,
    invite: fields.invite === "" ? undefined : fields.invite,
    languages: form.all("languages"),
    locale: i18n.locale,
    acceptedRules: form.text("acceptedRules") === "yes",
    opened: form.text("opened"),
    work: form.text("work"),
    question: form.text("question"),
    answer: form.text("answer"),
    reason: form.text("reason"),
    ip,
    agent: c.req.header("user-agent") ?? "",
  };
}

async function showJoin(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { settings } = visit;
  const { t } = visit.i18n;
  if (settings.joinMode === "closed")
    return await showPage(c, {
      title: t("join.title", { server: settings.name }),
      shape: "narrow",
      main: html`<div class="message"><h1>${t("join.closed_title")}</h1><p>${t("join.closed")}</p><p><a class="button quiet" href="/">${t("error.go_home")}</a></p></div>`,
    });
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const needsInvite = settings.joinMode === "invite";
  const isTaken = state.refusal?.faults["username"]?.key === "field.username_taken";
  const ideas = isTaken ? await suggestNames(visit.app, state.value("username")) : [];
  const labels = { invite: t("join.invite"), username: t("join.username"), password: t("field_label.password"), passkey: t("join.passkey"), email: t("join.email"), languages: t("join.languages"), acceptedRules: t("about.rules"), answer: t("join.question"), reason: t("join.reason") }; // prettier-ignore
  return await showPage(c, {
    title: t("join.title", { server: settings.name }),
    status: state.refusal?.status ?? 200,
    shape: "narrow",
    main: html`<h1>${t("join.title", { server: settings.name })}</h1>
<p class="lead">${t(LEADS[settings.joinMode])}</p>
<form class="stack card" method="post" action="/join">${faultSummary(visit, state, labels)}
${needsInvite || state.value("invite") !== "" ? textField(visit, state, { name: "invite", label: "join.invite", hint: needsInvite ? t("join.invite_hint") : undefined, required: needsInvite, literal: true, autocomplete: "off" }) : ""}
${textField(visit, state, { name: "username", label: "join.username", hint: t("join.username_hint", { host: visit.app.config.handleHost }), required: true, maxlength: USERNAME_MAX, autocomplete: "username", literal: true })}
<div class="name-answer" data-name-check="/join/name" role="status">${ideas.length === 0 ? "" : html`<p class="name-ideas">${t("join.name_ideas")} ${ideas.map((idea) => html`<bdi class="badge">${idea}</bdi> `)}</p>`}</div>
${textField(visit, state, { name: "password", label: "field_label.password", type: "password", hint: t("join.password_hint", { min: PASSWORD_MIN }), required: true, autocomplete: "new-password" })}
${textField(visit, state, { name: "email", label: "join.email", type: "email", hint: t("join.email_hint"), maxlength: EMAIL_MAX, autocomplete: "email", literal: true })}
${checkListField(visit, state, { name: "languages", label: "join.languages", choices: mainLanguageChoices(visit.i18n, settings.languages) })}
${await gateFields(visit, state)}
${settings.rules === "" ? "" : html`<section class="rules" aria-labelledby="join-rules"><h2 id="join-rules">${t("about.rules")}</h2>${renderRules(visit)}</section>`}
${checkField(visit, state, { name: "acceptedRules", label: "join.accept", required: true })}
<div class="form-buttons" id="f-form"><button class="button primary">${t(settings.joinMode === "approval" ? "join.ask" : "join.submit")}</button>${passkeyButton(visit, state, { name: "passkey", use: "join", label: "join.passkey" })}</div></form>
<p class="muted">${t("join.have_account")} <a href="/login">${t("nav.login")}</a></p>`,
  });
}

const LEADS = {
  closed: "join.lead",
  invite: "join.lead_invite",
  approval: "join.lead_approval",
  open: "join.lead",
} as const;

/**
 * What is asked of somebody without an invite. Where devices do a little work nothing is seen of it: the style sheet hides
 * what is asked without scripts, a question of the community or a few words for those who approve, and the script takes its
 * place. Whoever sent neither sees it whatever their browser can do.
 */
async function gateFields(visit: Visit, state: FormState): Promise<Html> {
  const { app, settings, i18n } = visit;
  const { joinMode, gates } = settings;
  const faults = state.refusal?.faults ?? {};
  // With an invite nothing more is asked, unless it turned out to be none.
  const asksMore = ["invite", "answer", "reason", "form"].some((name) => faults[name] !== undefined);
  if (state.value("invite") !== "" && !asksMore) return html``;
  if (joinMode === "approval") return html`${await lineNotice(visit)}${reasonField(visit, state, true)}`;
  if (joinMode !== "open" || gates.openCheck === "none") return html``;
  const question = questionFor(gates, i18n.locale);
  const isShown = faults["answer"] !== undefined || faults["reason"] !== undefined;
  const stamp = state.value("opened") === "" ? stampForm(app) : state.value("opened");
  const fields =
    question === null
      ? reasonField(visit, state, false)
      : html`${answerField(visit, state, question)}${isShown ? reasonField(visit, state, false) : ""}`;
  return html`<input type="hidden" name="opened" value="${formAge(app, stamp) === "unknown" ? stampForm(app) : stamp}">
${isShown ? fields : html`<div data-work="/join/work"><div class="stack without-scripts">${fields}</div></div>`}`;
}

function answerField(visit: Visit, state: FormState, { language, question }: GateQuestion): Html {
  const { t } = visit.i18n;
  return html`<input type="hidden" name="question" value="${language}"><p class="field-question" lang="${language}" dir="auto">${question}</p>
${textField(visit, state, { name: "answer", label: "join.question", hint: t("join.question_hint"), autocomplete: "off", maxlength: QUESTION_MAX })}`;
}

function reasonField(visit: Visit, state: FormState, isRequired: boolean): Html {
  const { t } = visit.i18n;
  const hint = isRequired ? "join.reason_hint" : "join.reason_instead";
  return areaField(visit, state, {
    name: "reason",
    label: "join.reason",
    hint: t(hint),
    rows: 4,
    required: isRequired,
  });
}

/** Says before somebody fills the form that nobody more can wait at the moment. */
async function lineNotice({ app, settings, i18n }: Visit): Promise<Html> {
  const fault = await lineFault(app, settings.gates);
  return fault === null ? html`` : html`<p class="notice">${i18n.message(fault)}</p>`;
}
