import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import { WAVE_HOURS } from "../../../server/domain/wave.ts";
import { shutDoor } from "../../../server/services/accounts/gates.ts";
import {
  type Applicant,
  type ApplicantPage,
  approveSignUp,
  listSignUps,
  refuseSignUp,
} from "../../../server/services/accounts/sign-up-line.ts";
import { listGroups, listWaves, undoWave } from "../../../server/services/accounts/sign-up-waves.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, type FormState, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { groupList, hoursOf, waveList } from "./waves.ts";

const PATH = "/moderation/sign-ups";
const DONE: Readonly<Record<string, MessageKey>> = {
  approved: "sign_ups.approved",
  refused: "sign_ups.refused",
  shut: "door.shut_done",
  open: "door.open_done",
  wave: "waves.begun",
  undone: "waves.undo_begun",
};
const UNKNOWN = "und";

/** Who waits to be let in, who came together lately, and the door. */
export async function getSignUps(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Lets somebody in or turns them away; shuts the door or opens it; takes a wave back. */
export async function postSignUps(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const accountId = Number(form.text("id")) || 0;
  const outcome = await attempt(async () => {
    switch (form.text("do")) {
      case "approve":
        await approveSignUp(app, viewer, { accountId });
        return "approved";
      case "refuse":
        await refuseSignUp(app, viewer, { accountId }, form.text("answer"));
        return "refused";
      case "shut":
        await shutDoor(app, viewer, Number(form.text("hours")) || 0);
        return "shut";
      case "open":
        await shutDoor(app, viewer, 0);
        return "open";
      case "undo":
        await undoWave(app, viewer, accountId);
        return "undone";
      default:
        return "";
    }
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=${outcome.value}`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const tag = c.req.query("language");
  const hours = hoursOf(c.req.query("hours"));
  const page = await listSignUps(visit.app, viewer, {
    language: tag === undefined ? undefined : tag === UNKNOWN ? null : tag,
    after: Number(c.req.query("after")) || 0,
  });
  const groups = await listGroups(visit.app, viewer, hours);
  const waves = await listWaves(visit.app, viewer);
  const body = html`${faultSummary(visit, state, { answer: t("sign_ups.answer"), hours: t("door.hours") })}
${door(visit, viewer)}
<section class="stack" aria-labelledby="waiting"><h2 class="section-title" id="waiting">${t("sign_ups.waiting")}</h2>${line(visit, page, tag, state)}</section>
<section class="stack" aria-labelledby="together"><h2 class="section-title" id="together">${t("waves.title")}</h2><p class="muted">${t("waves.lead")}</p>
${choiceTabs(
  t("waves.title"),
  WAVE_HOURS.map((one) => ({
    href: `${PATH}?hours=${one}#together`,
    text: t("waves.hours", { count: one }),
    isHere: one === hours,
  })),
)}${groupList(visit, groups, hours)}</section>
${waves.length === 0 ? "" : html`<section aria-labelledby="waves"><h2 class="section-title" id="waves">${t("waves.past")}</h2>${waveList(visit, waves)}</section>`}`;
  return await showPage(c, {
    title: t("staff.sign-ups"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "sign-ups", body, { done: DONE[c.req.query("done") ?? ""] }),
  });
}

/** One press closes the door for everybody, and it opens by itself. */
function door(visit: Visit, viewer: Viewer): Html {
  const { t, moment } = visit.i18n;
  const until = visit.settings.joinClosedUntil;
  if (!outranks(viewer.role, "moderator"))
    return until === null
      ? html``
      : html`<p class="notice">${t("door.is_shut", { date: moment(until) })}</p>`;
  if (until !== null)
    return html`<form class="card form-buttons" method="post" action="${PATH}">${formToken(visit)}<p>${t("door.is_shut", { date: moment(until) })}</p><button class="button primary" name="do" value="open">${t("door.open")}</button></form>`;
  if (visit.settings.joinMode === "closed") return html``;
  return html`<form class="card form-buttons" method="post" action="${PATH}">${formToken(visit)}<label for="f-hours">${t("door.hours")}</label>
<select id="f-hours" name="hours">${[6, 24, 72, 168].map((hours) => html`<option value="${hours}"${hours === 24 ? html` selected` : ""}>${t("waves.hours", { count: hours })}</option>`)}</select>
<button class="button danger" name="do" value="shut">${t("door.shut")}</button></form>`;
}

function line(visit: Visit, page: ApplicantPage, tag: string | undefined, state: FormState): Html {
  const { t, languageName } = visit.i18n;
  const all = page.languages.reduce((sum, { waiting }) => sum + waiting, 0);
  if (all === 0) return html`<div class="empty">${t("sign_ups.empty")}</div>`;
  const tabs = [
    { href: PATH, text: `${t("sign_ups.all")} (${all})`, isHere: tag === undefined },
    ...page.languages.map(({ language, waiting }) => ({
      href: `${PATH}?language=${encodeURIComponent(language ?? UNKNOWN)}`,
      text: `${language === null ? t("sign_ups.unknown") : languageName(language)} (${waiting})`,
      isHere: tag === (language ?? UNKNOWN),
    })),
  ];
  const next =
    page.next === null
      ? ""
      : `${PATH}?after=${page.next}${tag === undefined ? "" : `&language=${encodeURIComponent(tag)}`}`;
  return html`${choiceTabs(t("sign_ups.by_language"), tabs)}
<ul class="rows card">${page.items.map((one) => row(visit, one, state))}</ul>
${next === "" ? "" : html`<nav class="pager"><a class="button quiet" rel="next" href="${next}">${t("sign_ups.next")}</a></nav>`}`;
}

function row(visit: Visit, one: Applicant, state: FormState): Html {
  const { t, day, languageName } = visit.i18n;
  const about = `@${one.username}`;
  const id = `answer-${one.accountId}`;
  const isThis = state.value("id") === String(one.accountId);
  const facts = [
    t("sign_ups.asked", { date: day(one.askedAt) }),
    ...(one.language === null ? [] : [languageName(one.language)]),
  ];
  return html`<li class="stack"><div><p><strong><bdi>${about}</bdi></strong></p><p class="muted small-text">${facts.join(" · ")}</p>
<blockquote class="kept" dir="auto"${one.language === null ? "" : html` lang="${one.language}"`}>${one.reason}</blockquote></div>
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${one.accountId}"><button class="button primary small" name="do" value="approve">${t("sign_ups.approve")}<span class="hidden"> ${about}</span></button></form>
<details class="fold"${isThis ? html` open` : ""}><summary>${t("sign_ups.refuse")}<span class="hidden"> ${about}</span></summary>
<form class="stack" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${one.accountId}"><label for="${id}">${t("sign_ups.answer")}</label>
<textarea id="${id}" name="answer" rows="2" dir="auto" required>
${isThis ? state.value("answer") : ""}</textarea>
<div class="form-buttons"><button class="button danger small" name="do" value="refuse">${t("sign_ups.refuse")}<span class="hidden"> ${about}</span></button></div></form></details></li>`;
}
