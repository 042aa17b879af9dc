import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type Id, parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  countFollowable,
  exportSevered,
  followAgain,
  listSevered,
  type SeveredFollow,
} from "../../../server/services/moderation/domains-severed.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/severed";

/** Follows that ended because this server no longer talks with theirs. */
export async function getSevered(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Asks one of them again, or all that can be asked. */
export async function postSevered(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const all = form.text("do") === "all";
  const id = all ? null : parseId<Id<"severed">>(form.text("id"));
  if (!all && id === null) throw notFound();
  const outcome = await attempt(() => followAgain(c.get("visit").app, viewer, id));
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?asked=${outcome.value}`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listSevered(visit.app, viewer, pageRequestOf(c));
  const followable = await countFollowable(visit.app, viewer);
  if (state.refusal?.retryAfterSeconds !== undefined)
    c.header("Retry-After", String(state.refusal.retryAfterSeconds));
  const list = html`<ul class="rows card">${page.items.map((item) => line(visit, item))}</ul>
<p><a class="button quiet" href="/settings/severed.csv">${t("severed.download")}</a></p>`;
  return await showPage(c, {
    title: t("severed.title"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(
      visit,
      "severed",
      false,
      html`${faultSummary(visit, state)}${askedNotice(visit, c.req.query("asked"))}<p class="muted">${t("severed.lead")}</p>
${followable === 0 ? "" : askAll(visit, followable)}
${page.items.length === 0 ? html`<div class="empty">${t("severed.empty")}</div>` : list}
${pager(visit, page, PATH)}`,
    ),
  });
}

function askedNotice(visit: Visit, asked: string | undefined): Html {
  if (asked === undefined || !/^\d{1,3}$/.test(asked)) return html``;
  const { t } = visit.i18n;
  const count = Number(asked);
  return html`<p class="notice good" role="status">${count === 0 ? t("severed.none") : t("severed.done", { count })}</p>`;
}

function askAll(visit: Visit, count: number): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p>${t("severed.again_text", { count })}</p>
<div class="form-buttons"><button class="button primary" name="do" value="all">${t("severed.again_all")}</button></div></form>`;
}

/** The same as a file, to follow again from elsewhere or later. */
export async function getSeveredFile(c: WebContext, viewer: Viewer): Promise<Response> {
  const text = await exportSevered(c.get("visit").app, viewer);
  return c.body(text, 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="ended-follows.csv"',
    "Cache-Control": "private, no-store",
  });
}

function line(visit: Visit, item: SeveredFollow): Html {
  const { t } = visit.i18n;
  const again = item.mayAskAgain
    ? html`<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${item.id}"><button class="button quiet small" name="do" value="one">${t("severed.again")}<span class="hidden"> ${item.handle}</span></button></form>`
    : "";
  return html`<li><div><bdi>${item.handle}</bdi> <span class="muted">${t(`severed.${item.direction}`)} · ${timeOf(visit, item.at, "")}</span></div>${again}</li>`;
}
