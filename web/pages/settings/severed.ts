import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  exportSevered,
  listSevered,
  type SeveredFollow,
} from "../../../server/services/moderation/domains.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Follows that ended because this server no longer talks with theirs. */
export async function getSevered(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listSevered(visit.app, viewer, pageRequestOf(c));
  const list = html`<ul class="rows card">${page.items.map((item) => line(visit, item))}</ul>
<p><a class="button quiet" href="/settings/severed.csv">${t("severed.download")}</a></p>`;
  return await showPage(c, {
    title: t("severed.title"),
    place: "settings",
    main: settingsFrame(
      visit,
      "severed",
      false,
      html`<p class="muted">${t("severed.lead")}</p>
${page.items.length === 0 ? html`<div class="empty">${t("severed.empty")}</div>` : list}
${pager(visit, page, "/settings/severed")}`,
    ),
  });
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
  return html`<li><bdi>${item.handle}</bdi> <span class="muted">${t(`severed.${item.direction}`)} · ${timeOf(visit, item.at, "")}</span></li>`;
}
