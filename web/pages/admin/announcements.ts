import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import {
  type Announcement,
  ANNOUNCEMENT_LIMITS,
  dismissAnnouncement,
  getAnnouncement,
  listAnnouncements,
  removeAnnouncement,
  saveAnnouncement,
} from "../../../server/services/announcements/announcements.ts";
import { adminFrame, question } from "../../components/admin-nav.ts";
import { sanitised } from "../../components/actor.ts";
import {
  areaField,
  checkField,
  describedBy,
  faultLine,
  faultSummary,
  fieldId,
  selectField,
} from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { localTime, readLocalTime, readOffset } from "../../moments.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/announcements";

/** What everybody here was and will be told, and a form for more. */
export async function getAnnouncements(c: WebContext, viewer: Viewer): Promise<Response> {
  const language = c.get("visit").settings.languages[0] ?? "";
  return await showAll(c, viewer, freshForm({ language }));
}

/** Writes a new one, as a draft or for everybody. */
export async function postAnnouncements(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() => save(c, viewer, null));
  if (!outcome.ok) return await showAll(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes#announcement-${outcome.value}`, 303);
}

/** One of them, to change it. */
export async function getAnnouncementPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const one = await getAnnouncement(c.get("visit").app, viewer, idOf(c));
  const time = (ms: number | null) => (ms === null ? "" : localTime(ms, 0));
  const state = freshForm({
    source: one.source,
    language: one.language ?? "",
    starts: time(one.startsAt),
    ends: time(one.endsAt),
  });
  return await showOne(c, one, state);
}

export async function postAnnouncementPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const one = await getAnnouncement(c.get("visit").app, viewer, idOf(c));
  const outcome = await attempt(() => save(c, viewer, one.id));
  if (!outcome.ok) return await showOne(c, one, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes#announcement-${one.id}`, 303);
}

/** Asks before one is thrown away. */
export async function getDeleteAnnouncement(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const one = await getAnnouncement(visit.app, viewer, idOf(c));
  const body = question(visit, {
    title: t("announcements.delete"),
    text: t("announcements.delete_text"),
    action: `${PATH}/${one.id}/delete`,
    button: t("announcements.delete"),
    back: PATH,
    more: html`<div class="kept prose" dir="auto">${sanitised(one.contentHtml)}</div>`,
  });
  return await showPage(c, {
    title: t("announcements.delete"),
    place: "settings",
    main: adminFrame(visit, "announcements", body, { title: t("announcements.delete") }),
  });
}

export async function postDeleteAnnouncement(c: WebContext, viewer: Viewer): Promise<Response> {
  await removeAnnouncement(c.get("visit").app, viewer, idOf(c));
  return c.redirect(`${PATH}?done=yes`, 303);
}

/** A member puts one away. */
export async function postAnnouncementRead(c: WebContext, viewer: Viewer): Promise<Response> {
  await dismissAnnouncement(c.get("visit").app, viewer, idOf(c));
  return c.redirect("/home", 303);
}

function idOf(c: WebContext): number {
  const id = Number(c.req.param("id"));
  if (!Number.isSafeInteger(id)) throw notFound();
  return id;
}

async function save(c: WebContext, viewer: Viewer, id: number | null): Promise<number> {
  const form = await readForm(c);
  const offset = readOffset(form.text("schedule-offset"));
  const language = form.text("language");
  return await saveAnnouncement(c.get("visit").app, viewer, id, {
    source: form.text("source"),
    language: language === "" ? null : language,
    startsAt: readLocalTime(form.text("starts"), offset),
    endsAt: readLocalTime(form.text("ends"), offset),
    publish: form.text("do") !== "draft",
    showAgain: form.text("again") === "yes",
  });
}

async function showAll(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const all = await listAnnouncements(visit.app, viewer);
  const body = html`${form(visit, state, null)}
${all.length === 0 ? html`<div class="empty">${t("announcements.empty")}</div>` : html`<ul class="rows card">${all.map((one) => row(visit, one))}</ul>`}`;
  return await showPage(c, {
    title: t("staff.announcements"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "announcements", body, {
      lead: t("announcements.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

async function showOne(c: WebContext, one: Announcement, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const title = visit.i18n.t("announcements.change");
  return await showPage(c, {
    title,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "announcements", form(visit, state, one), { title }),
  });
}

function form(visit: Visit, state: FormState, one: Announcement | null): Html {
  const { t } = visit.i18n;
  const languages = [
    { value: "", label: t("compose.no_language") },
    ...languageChoices(visit.i18n, visit.settings.languages),
  ];
  return html`<form class="card stack" method="post" action="${PATH}${one === null ? "" : `/${one.id}`}">${formToken(visit)}${faultSummary(visit, state, { source: t("announcements.text"), starts: t("announcements.starts"), ends: t("announcements.ends") })}
${areaField(visit, state, { name: "source", label: "announcements.text", hint: t("announcements.text_hint", { max: ANNOUNCEMENT_LIMITS.characters }), required: true, rows: 4 })}
${selectField(visit, state, { name: "language", label: "announcements.language", choices: languages })}
<div class="compose-row">${timeField(visit, state, "starts")}${timeField(visit, state, "ends")}</div><input type="hidden" name="schedule-offset" value="0">
${one === null || one.publishedAt === null ? "" : checkField(visit, state, { name: "again", label: "announcements.again" })}
<div class="form-buttons"><button class="button primary" name="do" value="publish">${t(one !== null && one.publishedAt !== null ? "form.save" : "announcements.publish")}</button> <button class="button quiet" name="do" value="draft">${t(one !== null && one.publishedAt !== null ? "announcements.withdraw" : "announcements.draft")}</button>${one === null ? "" : html` <a class="button quiet" href="${PATH}">${t("form.cancel")}</a>`}</div></form>`;
}

function timeField(visit: Visit, state: FormState, name: "starts" | "ends"): Html {
  const { t } = visit.i18n;
  const id = fieldId(name);
  const hint = t(`announcements.${name}_hint`);
  return html`<div class="field"><label for="${id}">${t(`announcements.${name}`)} <span class="optional">${t("form.optional")}</span></label><p class="hint" id="${id}-hint">${hint}</p>${faultLine(visit, state, name)}
<input type="datetime-local" id="${id}" name="${name}" value="${state.value(name)}"${describedBy(state, { name, hint })}></div>`;
}

function row(visit: Visit, one: Announcement): Html {
  const { t, moment } = visit.i18n;
  const times = [
    ...(one.startsAt === null ? [] : [t("announcements.from", { date: moment(one.startsAt) })]),
    ...(one.endsAt === null ? [] : [t("invites.until", { date: moment(one.endsAt) })]),
  ];
  const about = html`<span class="hidden"> ${one.source.slice(0, 60)}</span>`;
  return html`<li id="announcement-${one.id}"><div><p><span class="badge">${t(`announcements.state_${one.state}`)}</span>${times.length === 0 ? "" : html` <span class="muted small-text">${times.join(" · ")}</span>`}</p>
<div class="prose" dir="auto"${one.language === null ? "" : html` lang="${one.language}"`}>${sanitised(one.contentHtml)}</div></div>
<div class="form-buttons row-buttons"><a class="button quiet small" href="${PATH}/${one.id}">${t("announcements.edit")}${about}</a> <a class="button quiet small" href="${PATH}/${one.id}/delete">${t("announcements.delete")}${about}</a></div></li>`;
}
