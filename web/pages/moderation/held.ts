import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { notFound } from "../../../server/errors.ts";
import {
  heldLanguages,
  type HeldNote,
  listHeld,
  releaseHeld,
  removeHeld,
  reportHeld,
} from "../../../server/services/moderation/holds.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { decidePath } from "../../components/judged.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { reportLanguage } from "../../components/report.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/held";
const DONE: Readonly<Record<string, MessageKey>> = {
  release: "held.done_release",
  remove: "held.done_remove",
  report: "held.done_report",
};

/** Notes that a rule or a program holds until somebody looks; `?language=` one language of them. */
export async function getHeld(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Shows one, keeps it hidden, or reports it. */
export async function postHeld(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, i18n } = c.get("visit");
  const form = await readForm(c);
  const id = Number(form.text("held"));
  const what = form.text("do");
  if (!Number.isSafeInteger(id) || !Object.hasOwn(DONE, what)) throw notFound();
  const reasons = {
    facts: i18n.t("held.facts"),
    explanation: i18n.t("held.explanation"),
    language: i18n.locale,
  };
  const outcome = await attempt(async () => {
    if (what === "release") return await releaseHeld(app, viewer, id);
    if (what === "report") return await reportHeld(app, viewer, id);
    return await removeHeld(app, viewer, id, reasons);
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  const language = form.text("language");
  const where = language === "" ? "" : `&language=${encodeURIComponent(language)}`;
  return c.redirect(`${PATH}?done=${what}${where}`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const asked = c.req.query("language") ?? state.value("language");
  const languages = await heldLanguages(visit.app, viewer);
  const language = /^(?:[a-z]{2,8})$/.test(asked) ? asked : null;
  const page = await listHeld(visit.app, viewer, { ...pageRequestOf(c), language });
  const here = language === null ? PATH : `${PATH}?language=${language}`;
  const all = languages.reduce((sum, { found }) => sum + found, 0);
  const tabs = [
    { href: PATH, text: `${t("held.all")} ${visit.i18n.count(all)}`, isHere: language === null },
    ...languages.map((one) => ({
      href: `${PATH}?language=${one.language}`,
      text: `${reportLanguage(visit, one.language)} ${visit.i18n.count(one.found)}`,
      isHere: one.language === language,
    })),
  ];
  const done = DONE[c.req.query("done") ?? ""];
  const body = html`${faultSummary(visit, state, {})}${languages.length > 1 || language !== null ? choiceTabs(t("held.languages"), tabs) : ""}
${page.items.length === 0 ? html`<div class="empty">${t("held.none")}</div>` : page.items.map((one) => section(visit, one, language))}
${pager(visit, page, here)}`;
  return await showPage(c, {
    title: t("staff.held"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "held", body, { lead: t("held.lead"), done }),
  });
}

function section(visit: Visit, one: HeldNote, language: string | null): Html {
  const { t } = visit.i18n;
  const id = `held-${one.id}`;
  const decide = decidePath(visit, Number(one.note.author.id), Number(one.note.id));
  const labels = one.labels
    .map(({ name, score }) => t("held.label", { name, percent: Math.round(score * 100) }))
    .join(t("list.separator"));
  return html`<section class="card stack" id="${id}" aria-label="${t("held.one", { name: one.note.author.name })}">
<p class="muted">${one.source === "rules" ? t("held.by_rules") : t("held.by_program", { name: one.source })} · ${timeOf(visit, one.since, "")}${one.isReported ? html` · ${t("held.reported")}` : ""}</p>
<p dir="auto"><strong>${one.reason === "" ? labels : one.reason}</strong>${one.reason === "" || labels === "" ? "" : html` <span class="muted">${labels}</span>`}</p>
${one.isNew ? "" : html`<p class="notice">${t("held.was_seen")}</p>`}
${noteCard(visit, one.note)}
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="held" value="${one.id}"><input type="hidden" name="language" value="${language ?? ""}">
<div class="form-buttons"><button class="button primary" name="do" value="release">${t("held.release")}</button> <button class="button danger" name="do" value="remove">${t("held.remove")}</button>${one.isReported ? "" : html` <button class="button quiet" name="do" value="report">${t("held.report")}</button>`}${decide === null ? "" : html` <a class="button quiet" href="${decide}">${t("held.more")}</a>`}</div></form></section>`;
}
