import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { StandbyId } from "../../../server/domain/standby.ts";
import { notFound } from "../../../server/errors.ts";
import {
  asksNewcomers,
  type ConsentChoice,
  giveConsent,
  listConsentChoices,
  withdrawConsent,
} from "../../../server/services/standbys/consents.ts";
import { formToken } from "../../components/hidden.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/standby";
const PAGE = "/settings/lifeboat";

/** What is decided here stands on the page of the lifeboat. */
export async function getStandby(c: WebContext): Promise<Response> {
  return c.redirect(`${PAGE}#standby`, 303);
}

/** The member agrees to a standby, or takes it back. */
export async function postStandby(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const id = parseId<StandbyId>(form.text("id"));
  if (id === null) throw notFound();
  if (form.text("do") === "agree") await giveConsent(app, viewer, id);
  else if (form.text("do") === "withdraw") await withdrawConsent(app, viewer, id);
  else throw notFound();
  return c.redirect(`${PAGE}?saved=yes#standby`, 303);
}

/** What standbys keep of the member, and the buttons to decide it; nothing while this server has no standby. */
export async function standbySection(visit: Visit, viewer: Viewer): Promise<Html> {
  const { t } = visit.i18n;
  const choices = await listConsentChoices(visit.app, viewer);
  if (choices.length === 0) return html``;
  return html`<section class="card stack" id="standby" aria-labelledby="standby-title"><h2 class="section-title" id="standby-title">${t("standby.own_title")}</h2><p>${t("standby.own_text")}</p>
${choices.map((choice) => one(visit, choice))}</section>`;
}

/** The question about standbys for people who have just joined, where the owner wants it asked. */
export async function standbyQuestion(visit: Visit, viewer: Viewer): Promise<Html> {
  const { t } = visit.i18n;
  if (!(await asksNewcomers(visit.app))) return html``;
  const choices = (await listConsentChoices(visit.app, viewer)).filter((choice) => !choice.given);
  if (choices.length === 0) return html``;
  return html`<fieldset class="card stack"><legend class="section-title">${t("standby.own_title")}</legend><p>${t("standby.own_text")} ${t("standby.own_never")}</p>
${choices.map(({ agreementId, standby }) => html`<label class="choice"><input type="checkbox" name="standby" value="${agreementId}"> <span>${t("standby.welcome", { server: new URL(standby).host })}</span></label>`)}
<p class="hint">${t("standby.welcome_hint")}</p></fieldset>`;
}

/** Takes what was ticked there. An agreement that ended meanwhile is nobody's fault. */
export async function takeStandbyAnswer(visit: Visit, viewer: Viewer, ids: readonly string[]): Promise<void> {
  const open = new Set((await listConsentChoices(visit.app, viewer)).map((choice) => choice.agreementId));
  for (const id of ids.flatMap((text) => parseId<StandbyId>(text) ?? []))
    if (open.has(id)) await giveConsent(visit.app, viewer, id);
}

function one(visit: Visit, choice: ConsentChoice): Html {
  const { t } = visit.i18n;
  const server = new URL(choice.standby).host;
  const about = html`<span class="hidden"> ${server}</span>`;
  const button = choice.given
    ? html`<button class="button quiet" name="do" value="withdraw">${t("standby.own_withdraw")}${about}</button>`
    : html`<button class="button primary" name="do" value="agree">${t("standby.own_agree")}${about}</button>`;
  return html`<div class="stack"><p role="status"><strong>${t(choice.given ? "standby.own_yes" : "standby.own_no", { server })}</strong>${choice.given ? html` ${choice.handle === null ? t("standby.own_waiting") : t("standby.own_handle", { handle: `@${choice.handle}` })}` : ""}</p>
<ul class="steps"><li>${t("standby.own_public")}</li>${sealedLine(visit, choice)}<li>${t("standby.own_never")}</li><li>${decideLine(visit, choice)}</li></ul>
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${choice.agreementId}">${choice.given ? html`<p class="muted">${t("standby.own_withdrawn")}</p>` : ""}<div class="form-buttons">${button}</div></form></div>`;
}

function sealedLine(visit: Visit, { scope, canSeal }: ConsentChoice): Html {
  if (!scope.includes("followers")) return html``;
  return html`<li>${visit.i18n.t(canSeal ? "standby.own_sealed" : "standby.own_unsealed")}</li>`;
}

function decideLine(visit: Visit, { trustees, threshold, waitHours }: ConsentChoice): string {
  const { t } = visit.i18n;
  if (trustees === 0) return t("standby.own_alone");
  return t("standby.own_decide", { count: trustees, threshold, hours: waitHours });
}
