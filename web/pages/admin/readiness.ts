import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { DrillReport } from "../../../server/domain/chore.ts";
import { findChore, requestChore } from "../../../server/services/administration/chores.ts";
import {
  type Readiness,
  type ReadinessLine,
  viewReadiness,
} from "../../../server/services/readiness/readiness.ts";
import { adminFrame, figures } from "../../components/admin-nav.ts";
import { choreLine } from "../../components/chore.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/readiness";

/** How well the community is prepared for the loss of its server or its name. */
export async function getReadiness(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const readiness = await viewReadiness(visit.app, viewer);
  const order = { fail: 0, warn: 1, ok: 2 } as const;
  const lines = readiness.lines.toSorted((a, b) => order[a.state] - order[b.state]);
  const body = html`${forecast(visit, readiness)}
<section aria-labelledby="list"><h2 class="section-title" id="list">${t("readiness.list")}</h2><ul class="rows card">${lines.map((one) => lineRow(visit, one))}</ul></section>
${await drill(visit, viewer)}`;
  return await showPage(c, {
    title: t("staff.readiness"),
    place: "settings",
    main: adminFrame(visit, "readiness", body, { lead: t("readiness.lead") }),
  });
}

/** Asks for a drill. */
export async function postReadiness(c: WebContext, viewer: Viewer): Promise<Response> {
  await requestChore(c.get("visit").app, viewer, "drill");
  return c.redirect(PATH, 303);
}

/** What would come along today, in numbers. */
function forecast(visit: Visit, { followers }: Readiness): Html {
  const { t, count } = visit.i18n;
  return html`<section class="card stack" aria-labelledby="today"><h2 class="section-title" id="today">${t("readiness.today")}</h2>
${figures([
  { label: t("readiness.followers"), value: count(followers.all) },
  { label: t("readiness.with_keys"), value: count(followers.withKeys) },
  { label: t("readiness.with_seals"), value: count(followers.sealed) },
])}<p class="muted">${t("readiness.today_text")}</p></section>`;
}

const WHERE: Readonly<Partial<Record<ReadinessLine["subject"], string>>> = {
  standby: "/admin/standby",
  trustees: "/admin/standby",
  seals: "/admin/launch",
  backup: "/admin/backup",
  peers: "/admin/federation",
};

function lineRow(visit: Visit, one: ReadinessLine): Html {
  const { t } = visit.i18n;
  const drawing = one.state === "ok" ? "check" : "alert";
  const where = WHERE[one.subject];
  const title = t(`readiness.${one.subject}`);
  // The service names keys of this catalogue; a test looks each of them up.
  const text = t(one.text.key as MessageKey, one.text.params ?? {});
  return html`<li class="finding is-${one.state}"><div class="concern">${icon(visit, drawing)}<div><p><strong>${where === undefined ? title : html`<a href="${where}">${title}</a>`}</strong> <span class="badge">${t(`health.${one.state}`)}</span></p><p class="small-text">${text}</p></div></div></li>`;
}

async function drill(visit: Visit, viewer: Viewer): Promise<Html> {
  const { t } = visit.i18n;
  const state = await findChore(visit.app, viewer, "drill");
  return html`<section class="card stack" aria-labelledby="drill"><div><h2 class="section-title" id="drill">${t("readiness.drill")}</h2><p class="muted">${t("readiness.drill_text")}</p></div>
${choreLine(visit, state, PATH)}${state?.state === "done" ? drillSteps(visit, state.outcome) : ""}
<form class="form-buttons" method="post" action="${PATH}">${formToken(visit)}<button class="button primary">${t("readiness.drill_start")}</button></form></section>`;
}

function drillSteps(visit: Visit, report: DrillReport): Html {
  const { t, count } = visit.i18n;
  return html`<ol class="rows">${report.steps.map(
    (one) =>
      html`<li class="finding is-${one.isWell ? "ok" : "fail"}"><div class="concern">${icon(visit, one.isWell ? "check" : "alert")}<div><p><strong>${t(`drill.${one.step}`)}</strong> <span class="muted small-text">${t("readiness.seconds", { seconds: count(Math.round(one.ms / 100) / 10) })}</span></p><p class="small-text address" lang="en" dir="ltr">${one.text}</p></div></div></li>`,
  )}</ol>`;
}
