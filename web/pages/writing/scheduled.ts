import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import type { Draft } from "../../../server/domain/note.ts";
import { invalid } from "../../../server/errors.ts";
import { cancelPost, listScheduled, movePost, postNow } from "../../../server/services/notes/scheduled.ts";
import { zoneName } from "../../components/compose-tools.ts";
import { comingTime, draftCard } from "../../components/draft-card.ts";
import { draftTabs } from "../../components/draft-tabs.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { attempt, freshForm, readForm } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import { localTime, readLocalTime, readOffset } from "../../moments.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { draftIdOf } from "./drafts.ts";

const STATUSES: Readonly<Record<string, MessageKey>> = {
  film: "scheduled.film_kept",
  scheduled: "scheduled.kept",
  moved: "scheduled.moved",
  waiting: "scheduled.film_kept",
};

export async function getScheduled(c: WebContext, viewer: Viewer): Promise<Response> {
  return await showScheduled(c, viewer, null);
}

async function showScheduled(c: WebContext, viewer: Viewer, refusal: Refusal | null): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const waiting = await listScheduled(visit.app, viewer);
  const status = STATUSES[c.req.query("status") ?? ""];
  return await showPage(c, {
    title: t("scheduled.title"),
    place: "drafts",
    status: refusal?.status ?? 200,
    main: html`<h1 class="page-title">${t("scheduled.title")}</h1>${draftTabs(visit, "/scheduled")}
${status === undefined || refusal !== null ? "" : html`<p class="notice good" role="status">${t(status)}</p>`}${faultSummary(visit, { ...freshForm(), refusal })}
${waiting.length === 0 ? html`<div class="empty">${t("scheduled.empty")}</div>` : html`<ul class="plain-list">${waiting.map((draft) => draftCard(visit, draft, foot(visit, draft)))}</ul>`}`,
  });
}

function foot(visit: Visit, draft: Draft): Html {
  const { t } = visit.i18n;
  const at = draft.publishAt ?? 0;
  const isDue = at <= visit.app.clock.now();
  const id = `f-schedule-${draft.id}`;
  return html`<p class="draft-when">${icon(visit, "clock")} ${isDue ? t("scheduled.when_ready") : comingTime(visit, at)}</p>
<form class="scheduled-form" method="post" action="/scheduled/${draft.id}" data-compose-time>${formToken(visit)}${
    isDue
      ? ""
      : html`<details><summary>${t("scheduled.change")}</summary><div class="file-row"><label class="hidden" for="${id}">${t("compose.schedule")}</label><input type="datetime-local" id="${id}" name="schedule" value="${localTime(at, 0)}" data-at="${at}"><input type="hidden" name="schedule-offset" value="0"><span class="muted" data-zone>${zoneName(0)}</span> <button class="button quiet small" name="do" value="move">${t("form.save")}</button></div></details>`
  }
<div class="form-buttons"><a class="button quiet small" href="/compose?draft=${draft.id}">${icon(visit, "edit")}<span>${t("scheduled.edit")}</span></a>${isDue ? "" : html`<button class="button quiet small" name="do" value="now">${t("scheduled.now")}</button>`}<button class="button quiet small" name="do" value="cancel">${t("scheduled.cancel")}</button></div></form>`;
}

export async function postScheduled(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = draftIdOf(c);
  const form = await readForm(c);
  switch (form.text("do")) {
    case "cancel":
      await cancelPost(app, viewer, id);
      return c.redirect(`/drafts#draft-${id}`, 303);
    case "now": {
      const outcome = await attempt(() => postNow(app, viewer, id));
      if (!outcome.ok) return await showScheduled(c, viewer, outcome.refusal);
      if (outcome.value === "posted") return c.redirect(`/@${viewer.username}`, 303);
      return c.redirect(
        outcome.value === "failed" ? `/drafts#draft-${id}` : "/scheduled?status=waiting",
        303,
      );
    }
    default: {
      const at = readLocalTime(form.text("schedule"), readOffset(form.text("schedule-offset")));
      const outcome = await attempt(async () => {
        if (at === null || Number.isNaN(at)) throw invalid({ [`schedule-${id}`]: { key: "field.schedule" } });
        await movePost(app, viewer, id, at);
      });
      return outcome.ok
        ? c.redirect(`/scheduled?status=moved#draft-${id}`, 303)
        : await showScheduled(c, viewer, outcome.refusal);
    }
  }
}
