import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  ARRIVAL_LISTS,
  type ArrivalChoices,
  type ArrivalList,
  countLeft,
  LEFT_REASONS,
} from "../../../server/domain/arrival.ts";
import { invalid } from "../../../server/errors.ts";
import {
  askAgain,
  continueArrival,
  dropArrival,
  getArrival,
  getSeal,
  startArrival,
  undoArrival,
  unlockArrival,
} from "../../../server/services/arrivals/arrivals.ts";
import type { ArrivalView } from "../../../server/services/arrivals/records.ts";
import { bytesText } from "../../components/amounts.ts";
import { checkField, checkListField, faultSummary, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Form } from "../../form.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { ARRIVAL_PATH as PATH, arrivalIdOf } from "./arrival-paths.ts";

/** A lifeboat that somebody brought: what is in it, whose it is, what is to be taken in, and what came of it. */
export async function getArrivalOne(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ notes: "yes", lists: [...ARRIVAL_LISTS] }));
}

/** `do` says what: unlock, prove, ask the old server again, take in, go on, undo, give up. */
export async function postArrivalOne(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = arrivalIdOf(c);
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    switch (form.text("do")) {
      case "unlock":
        return void (await unlockArrival(app, viewer, id, {
          passphrase: form.text("passphrase"),
          phrase: form.text("phrase"),
        }));
      case "ask":
        return await askAgain(app, viewer, id);
      case "start":
        return await startArrival(app, viewer, id, choicesIn(form));
      case "continue":
        return await continueArrival(app, viewer, id);
      case "undo":
        return await undoArrival(app, viewer, id);
      case "drop":
        return await dropArrival(app, viewer, id);
      default:
        throw invalid({});
    }
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}/${id}`, 303);
}

function choicesIn(form: Form): ArrivalChoices {
  const chosen = form.all("lists");
  return {
    notes: form.has("notes"),
    profile: form.has("profile"),
    lists: ARRIVAL_LISTS.filter((kind) => chosen.includes(kind)),
  };
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const arrival = await getArrival(visit.app, viewer, arrivalIdOf(c));
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const labels = {
    passphrase: t("lifeboat.passphrase"),
    phrase: t("arrival.phrase"),
    choices: t("arrival.choices"),
  };
  const body = html`${faultSummary(visit, state, labels)}
${arrival.handle === null ? "" : html`<p><strong><bdi>${arrival.handle}</bdi></strong> <span class="badge">${t(`arrival.state_${arrival.state}`)}</span></p>`}
${arrival.fault === null ? "" : html`<p class="notice bad" role="status">${visit.i18n.message(arrival.fault)}</p>`}
${await stateOf(visit, viewer, arrival, state)}`;
  return await showPage(c, {
    title: t("settings.arrival"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "arrival", false, body, "arrival.one_title"),
  });
}

async function stateOf(visit: Visit, viewer: Viewer, arrival: ArrivalView, state: FormState): Promise<Html> {
  const { t } = visit.i18n;
  switch (arrival.state) {
    case "coming":
      return html`<section class="card stack"><p>${t("arrival.coming_text", { size: bytesText(visit, arrival.received), total: bytesText(visit, arrival.size) })}</p>${drop(visit, arrival)}</section>`;
    case "sealed":
      return html`${unlockForm(visit, arrival, state, (await getSeal(visit.app, viewer, arrival.id)) ?? "passphrase")}${drop(visit, arrival)}`;
    case "checking":
      return html`<section class="card stack"><p class="notice" role="status">${t("arrival.checking")} <a href="${PATH}/${arrival.id}">${t("arrival.again")}</a></p></section>`;
    case "review":
      return html`${inside(visit, arrival)}${arrival.ground === null ? proveForm(visit, arrival, state) : html`${ground(visit, arrival)}${chooseForm(visit, arrival, state)}`}${drop(visit, arrival)}`;
    case "arriving":
    case "resting":
    case "done":
    case "failed":
    case "undoing":
    case "undone":
      return result(visit, arrival);
    default: {
      const unknown: never = arrival.state;
      return unknown;
    }
  }
}

function one(visit: Visit, { id }: ArrivalView, inner: Html): Html {
  return html`<form class="stack" method="post" action="${PATH}/${id}">${formToken(visit)}${inner}</form>`;
}

function button(what: string, kind: string, label: string): Html {
  return html`<div class="form-buttons"><button class="button ${kind}" name="do" value="${what}">${label}</button></div>`;
}

function drop(visit: Visit, arrival: ArrivalView): Html {
  return one(visit, arrival, button("drop", "quiet", visit.i18n.t("arrival.drop")));
}

function phraseField(visit: Visit, state: FormState, isRequired: boolean): Html {
  const hint = visit.i18n.t("arrival.phrase_hint");
  const more = { required: isRequired, isUnmarked: true, maxlength: 300 };
  return textField(visit, state, {
    name: "phrase",
    label: "arrival.phrase",
    type: "password",
    hint,
    autocomplete: "off",
    literal: true,
    dir: "ltr",
    ...more,
  });
}

function unlockForm(
  visit: Visit,
  arrival: ArrivalView,
  state: FormState,
  sealed: "passphrase" | "phrase",
): Html {
  const { t } = visit.i18n;
  const passphrase = textField(visit, state, {
    name: "passphrase",
    label: "lifeboat.passphrase",
    type: "password",
    hint: t("arrival.passphrase_hint"),
    required: true,
    autocomplete: "off",
  });
  return html`<section class="card stack" aria-labelledby="unlock-title"><h2 class="section-title" id="unlock-title">${t("arrival.unlock_title")}</h2><p>${t(`arrival.unlock_${sealed}`)}</p>
${one(visit, arrival, html`${sealed === "passphrase" ? passphrase : ""}${phraseField(visit, state, sealed === "phrase")}${button("unlock", "primary", t("arrival.unlock"))}`)}</section>`;
}

function proveForm(visit: Visit, arrival: ArrivalView, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<section class="card stack" aria-labelledby="prove-title"><h2 class="section-title" id="prove-title">${t("arrival.prove_title")}</h2><p>${t("arrival.prove_text")}</p>
${one(visit, arrival, html`${phraseField(visit, state, true)}${button("unlock", "primary", t("arrival.prove"))}`)}
<p>${t("arrival.prove_alias")}</p>${one(visit, arrival, button("ask", "quiet", t("arrival.ask")))}</section>`;
}

function ground(visit: Visit, arrival: ArrivalView): Html {
  if (arrival.ground === null) return html``;
  return html`<p class="notice good" role="status">${visit.i18n.t(`arrival.ground_${arrival.ground}`)}</p>`;
}

function inside(visit: Visit, { report }: ArrivalView): Html {
  const { t } = visit.i18n;
  const found = report.inside;
  if (found === null) return html``;
  const lines = [
    t("arrival.inside_notes", { count: found.notes }),
    t("arrival.inside_media", { count: found.media, size: bytesText(visit, found.bytes) }),
    ...(found.followersOnly ? [t("arrival.inside_followers")] : []),
    t("arrival.inside_made", { date: visit.i18n.day(Date.parse(found.made)) }),
  ];
  return html`<section class="card stack" aria-labelledby="inside-title"><h2 class="section-title" id="inside-title">${t("arrival.inside_title")}</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

function chooseForm(visit: Visit, arrival: ArrivalView, state: FormState): Html {
  const { t } = visit.i18n;
  const lists: readonly ArrivalList[] = arrival.report.inside?.lists ?? [];
  const choices = lists.map((kind) => ({ value: kind, label: t(`transfers.${kind}`) }));
  const notes = checkField(visit, state, {
    name: "notes",
    label: "arrival.take_notes",
    hint: t("arrival.take_notes_hint"),
  });
  const profile = checkField(visit, state, {
    name: "profile",
    label: "arrival.take_profile",
    hint: t("arrival.take_profile_hint"),
  });
  const others =
    choices.length === 0
      ? ""
      : checkListField(visit, state, {
          name: "lists",
          label: "arrival.take_lists",
          hint: t("arrival.take_lists_hint"),
          choices,
        });
  return html`<section class="card stack" aria-labelledby="choose-title"><h2 class="section-title" id="choose-title">${t("arrival.choices")}</h2>
${one(visit, arrival, html`${notes}${profile}${others}${button("start", "primary", t("arrival.start"))}`)}</section>`;
}

/** How far it is, or what came of it. */
function result(visit: Visit, arrival: ArrivalView): Html {
  const { t } = visit.i18n;
  const { report, state, done, total, id } = arrival;
  const isMoving = state === "arriving" || state === "undoing";
  const counts = [
    t("arrival.count_taken", { count: report.taken }),
    ...(report.already === 0 ? [] : [t("arrival.count_already", { count: report.already })]),
    ...(countLeft(report) === 0 ? [] : [t("arrival.count_left", { count: countLeft(report) })]),
    ...(report.media.taken === 0 ? [] : [t("arrival.count_media", { count: report.media.taken })]),
    ...(report.media.left === 0 ? [] : [t("arrival.count_media_left", { count: report.media.left })]),
  ];
  const bar =
    total === 0 || state === "failed"
      ? ""
      : html`<progress class="whole" max="${total}" value="${Math.min(done, total)}" aria-labelledby="result-title"></progress>`;
  return html`<section class="card stack" aria-labelledby="result-title"><h2 class="section-title" id="result-title">${t(`arrival.state_${state}`)}</h2>
${bar}${state === "failed" ? html`<p>${t("arrival.nothing")}</p>` : html`<p role="status">${t("arrival.progress", { done, total })} · ${counts.join(" · ")}</p>`}
${isMoving ? html`<p class="muted">${t("arrival.away")} <a href="${PATH}/${id}">${t("arrival.again")}</a></p>` : ""}
${undoneLine(visit, arrival)}${leftList(visit, arrival)}${listsLine(visit, arrival)}
${state === "resting" ? one(visit, arrival, button("continue", "primary", t("arrival.continue"))) : ""}</section>
${(state === "done" || state === "resting") && report.taken > 0 ? undoForm(visit, arrival) : ""}`;
}

function undoneLine(visit: Visit, { report }: ArrivalView): Html {
  if (report.undone === null) return html``;
  const { notes, told } = report.undone;
  const { t } = visit.i18n;
  return html`<p>${t("arrival.undone_notes", { count: notes })} ${told === 0 ? "" : t("arrival.undone_told", { count: told })}</p>`;
}

function leftList(visit: Visit, { report }: ArrivalView): Html {
  const { t } = visit.i18n;
  const reasons = LEFT_REASONS.filter((reason) => (report.left[reason] ?? 0) > 0);
  if (reasons.length === 0 && report.faults.length === 0) return html``;
  const lines = reasons.map(
    (reason) => html`<li>${t(`arrival.left_${reason}`, { count: report.left[reason] ?? 0 })}</li>`,
  );
  const first = report.faults.map(
    ({ uri, reason }) =>
      html`<li><bdi class="code" dir="ltr">${uri}</bdi> <span class="muted">${t(`arrival.why_${reason}`)}</span></li>`,
  );
  return html`<h3 class="section-title">${t("arrival.left_title")}</h3><ul>${lines}</ul>
${first.length === 0 ? "" : html`<details class="fold"><summary>${t("arrival.left_which")}</summary><ul>${first}</ul></details>`}`;
}

function listsLine(visit: Visit, { report }: ArrivalView): Html {
  const { t } = visit.i18n;
  const lists = ARRIVAL_LISTS.filter((kind) => (report.lists[kind] ?? 0) > 0);
  const profile = report.profile === null ? "" : html`<p>${t(`arrival.profile_${report.profile}`)}</p>`;
  if (lists.length === 0) return html`${profile}`;
  return html`${profile}<h3 class="section-title">${t("arrival.take_lists")}</h3><ul>${lists.map((kind) => html`<li><a href="/settings/import/${report.lists[kind] ?? 0}">${t(`transfers.${kind}`)}</a></li>`)}</ul>`;
}

function undoForm(visit: Visit, arrival: ArrivalView): Html {
  const { t } = visit.i18n;
  return html`<section class="card stack" aria-labelledby="undo-title"><h2 class="section-title" id="undo-title">${t("arrival.undo_title")}</h2><p>${t("arrival.undo_text", { count: arrival.report.taken })}</p>
${one(visit, arrival, button("undo", "danger", t("arrival.undo")))}</section>`;
}
