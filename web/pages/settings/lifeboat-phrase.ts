import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  confirmPhrase,
  type FreshPhrase,
  getIdentity,
  offerPhrase,
  readTicket,
} from "../../../server/services/identities/phrases.ts";
import { describedBy, faultLine, faultSummary, fieldId } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/lifeboat/phrase";

/** What a recovery phrase is, and how to make one. */
export async function getPhrase(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const isNew = (await getIdentity(visit.app, viewer.actorId)) === null;
  const body = html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p>${t("lifeboat.phrase_lead")}</p>
${isNew ? "" : html`<p class="notice">${t("lifeboat.phrase_warn")}</p>`}
<div class="form-buttons"><button class="button primary" name="do" value="new">${t("lifeboat.phrase_make")}</button> <a class="button quiet" href="/settings/lifeboat">${t("form.cancel")}</a></div></form>`;
  return await show(c, body, 200);
}

/**
 * The words, then the question for three of them. These answers to a POST are pages, not redirects: the phrase is nowhere but
 * in them, sealed in the form that leads from one to the next.
 */
export async function postPhrase(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { app } = visit;
  const form = await readForm(c);
  const ticket = form.text("ticket");
  if (ticket === "") return await show(c, words(visit, await offerPhrase(app, viewer)), 200);
  const asked = await attempt(() => readTicket(app, viewer, ticket));
  if (!asked.ok) {
    const state = returnedForm(form, asked.refusal);
    return await show(c, html`${faultSummary(visit, state)}${beginAgain(visit)}`, asked.refusal.status);
  }
  const phrase = asked.value;
  if (form.text("do") === "again") return await show(c, words(visit, phrase), 200);
  if (form.text("do") !== "use") return await show(c, question(visit, phrase, freshForm()), 200);
  const typed = Object.fromEntries(phrase.asked.map((place) => [place, form.text(`word_${place}`)]));
  const outcome = await attempt(() => confirmPhrase(app, viewer, { ticket, typed }));
  if (outcome.ok) return c.redirect("/settings/lifeboat?saved=yes", 303);
  const state = returnedForm(form, outcome.refusal);
  return await show(c, question(visit, phrase, state), outcome.refusal.status);
}

async function show(c: WebContext, body: Html, status: number): Promise<Response> {
  const visit = c.get("visit");
  return await showPage(c, {
    title: visit.i18n.t("lifeboat.phrase_title"),
    place: "settings",
    status,
    main: settingsFrame(visit, "lifeboat", false, body, "lifeboat.phrase_title"),
  });
}

function words(visit: Visit, phrase: FreshPhrase): Html {
  const { t } = visit.i18n;
  return html`<section class="card stack"><div class="notice"><p class="notice-title">${t("lifeboat.phrase_shown_title")}</p><p>${t("lifeboat.phrase_shown")}</p></div>
<div class="codes-sheet"><ol class="codes" dir="ltr" lang="en">${phrase.words.map((word, index) => html`<li><span class="muted">${index + 1}</span> <code>${word}</code></li>`)}</ol></div>
<div class="form-buttons"><button class="button quiet" type="button" data-print hidden>${t("recovery.print")}</button></div>
<form method="post" action="${PATH}">${formToken(visit)}${ticketField(phrase)}<button class="button primary" name="do" value="written">${t("lifeboat.phrase_written")}</button></form></section>`;
}

function question(visit: Visit, phrase: FreshPhrase, state: FormState): Html {
  const { t } = visit.i18n;
  const labels = Object.fromEntries(
    phrase.asked.map((place) => [`word_${place}`, t("lifeboat.word", { place })]),
  );
  return html`${faultSummary(visit, state, labels)}<form class="card stack" method="post" action="${PATH}" autocomplete="off">${formToken(visit)}${ticketField(phrase)}<p>${t("lifeboat.phrase_ask")}</p>
${phrase.asked.map((place) => wordField(visit, state, place))}
<div class="form-buttons"><button class="button primary" name="do" value="use">${t("lifeboat.phrase_use")}</button> <button class="button quiet" name="do" value="again">${t("lifeboat.phrase_again")}</button></div></form>`;
}

function wordField(visit: Visit, state: FormState, place: number): Html {
  const name = `word_${place}`;
  const id = fieldId(name);
  return html`<div class="field"><label for="${id}">${visit.i18n.t("lifeboat.word", { place })}</label>${faultLine(visit, state, name)}
<input type="text" id="${id}" name="${name}" value="${state.value(name)}" autocomplete="off" autocapitalize="none" spellcheck="false" dir="ltr" maxlength="20"${describedBy(state, { name })}></div>`;
}

function beginAgain(visit: Visit): Html {
  return html`<p><a class="button primary" href="${PATH}">${visit.i18n.t("lifeboat.phrase_make")}</a></p>`;
}

function ticketField({ ticket }: FreshPhrase): Html {
  return html`<input type="hidden" name="ticket" value="${ticket}">`;
}
