import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  type SignUpGroup,
  WAVE_HOURS,
  WAVE_KINDS,
  WAVE_MEASURES,
  type WaveHours,
} from "../../../server/domain/wave.ts";
import {
  rollBackWave,
  viewGroup,
  type WaveView,
  type WhichGroup,
} from "../../../server/services/accounts/sign-up-waves.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { areaField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, type FormState, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/sign-ups/wave";
const KINDS = [...WAVE_KINDS, "below"] as const;

/** Hours of the address that can be looked back. */
export function hoursOf(text: string | undefined): WaveHours {
  return WAVE_HOURS.find((hours) => String(hours) === text) ?? 24;
}

/** Groups of sign-ups, each with the way to what can be done about it. */
export function groupList(visit: Visit, groups: readonly SignUpGroup[], hours: WaveHours): Html {
  const { t, moment } = visit.i18n;
  if (groups.length === 0) return html`<div class="empty">${t("waves.none")}</div>`;
  return html`<ul class="rows card">${groups.map(({ kind, mark, people, from, to }) => {
    const query = new URLSearchParams({ kind, mark, hours: String(hours) });
    return html`<li><div><p><strong>${t("waves.people", { count: people })}</strong> ${t(`waves.by_${kind}`)}</p><p class="muted small-text">${t("waves.span", { from: moment(from), to: moment(to) })}</p></div>
<a class="button quiet small" href="${PATH}?${query.toString()}">${t("waves.look")}<span class="hidden"> ${t(`waves.by_${kind}`)}, ${t("waves.people", { count: people })}</span></a></li>`;
  })}</ul>`;
}

/** Waves that were rolled back, how far that is, and taking it back. */
export function waveList(visit: Visit, waves: readonly WaveView[]): Html {
  const { t, day } = visit.i18n;
  return html`<ul class="rows card">${waves.map((wave) => {
    const facts = [
      t(`waves.measure_${wave.measure}`),
      t(`waves.state_${wave.state}`, { done: wave.done, people: wave.people }),
      ...(wave.undoableUntil === null ? [] : [t("waves.undoable", { date: day(wave.undoableUntil) })]),
    ];
    const title = `${t("waves.people", { count: wave.people })}, ${day(wave.createdAt)}`;
    return html`<li><div><p><strong>${title}</strong></p><p class="muted small-text">${facts.join(" · ")}</p></div>
${wave.undoableUntil === null ? "" : rowButton(visit, "/moderation/sign-ups", { do: "undo", text: t("waves.undo"), about: title, fields: { id: String(wave.id) } })}</li>`;
  })}</ul>`;
}

/** Who is in a group, and the one decision about all of them. */
export async function getWave(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(
    c,
    viewer,
    groupOf((name) => c.req.query(name)),
    freshForm({ measure: "suspend" }),
  );
}

/** Begins what was decided about everybody of a group. */
export async function postWave(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, i18n } = c.get("visit");
  const form = await readForm(c);
  const which = groupOf((name) => form.text(name));
  const measure = WAVE_MEASURES.find((one) => one === form.text("measure")) ?? "limit";
  const outcome = await attempt(() =>
    rollBackWave(app, viewer, {
      ...which,
      measure,
      ground: form.text("ground"),
      facts: form.text("facts"),
      language: i18n.locale,
    }),
  );
  if (!outcome.ok) return await show(c, viewer, which, returnedForm(form, outcome.refusal));
  return c.redirect("/moderation/sign-ups?done=wave", 303);
}

function groupOf(read: (name: string) => string | undefined): WhichGroup {
  return {
    kind: KINDS.find((kind) => kind === read("kind")) ?? "network",
    mark: read("mark") ?? "",
    hours: hoursOf(read("hours")),
  };
}

async function show(c: WebContext, viewer: Viewer, which: WhichGroup, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { people, names } = await viewGroup(visit.app, viewer, which);
  const count = t("waves.people", { count: people });
  const choices = WAVE_MEASURES.map((value) => ({
    value,
    label: t(`waves.measure_${value}`),
    hint: t(`waves.measure_${value}_hint`),
  }));
  const body = html`<p><strong>${count}</strong> ${which.kind === "below" ? t("waves.by_below", { name: `@${which.mark}` }) : t(`waves.by_${which.kind}`)}</p>
${names.length === 0 ? "" : html`<p class="muted">${names.map((name) => html`<bdi>@${name}</bdi> `)}${people > names.length ? "…" : ""}</p>`}
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}${faultSummary(visit, state, { ground: t("waves.ground"), facts: t("waves.facts") })}
<input type="hidden" name="kind" value="${which.kind}"><input type="hidden" name="mark" value="${which.mark}"><input type="hidden" name="hours" value="${which.hours}">
${radioField(visit, state, { name: "measure", label: "waves.measure", choices })}
${textField(visit, state, { name: "ground", label: "waves.ground", hint: t("waves.ground_hint"), required: true, dir: "auto" })}
${areaField(visit, state, { name: "facts", label: "waves.facts", hint: t("waves.facts_hint"), rows: 3, required: true })}
<p class="muted">${t("waves.what_happens")}</p>
<div class="form-buttons"><button class="button danger">${t("waves.roll_back", { count: people })}</button> <a class="button quiet" href="/moderation/sign-ups">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("waves.one_title"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "sign-ups", body, { title: t("waves.one_title") }),
  });
}
