import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { listBlocks, listMutes } from "../../../server/services/relations/relationships.ts";
import { actorList } from "../../components/actor.ts";
import { wayBack } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Blocked and muted people, `?list=mutes` for the second. */
export async function getPeopleSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const isMutes = c.req.query("list") === "mutes";
  const page = await (isMutes ? listMutes : listBlocks)(visit.app, viewer, pageRequestOf(c));
  const body = html`<nav class="tabs small" aria-label="${t("settings.people")}"><a href="/settings/people"${isMutes ? "" : html` aria-current="page"`}>${t("people_settings.blocks")}</a><a href="/settings/people?list=mutes"${isMutes ? html` aria-current="page"` : ""}>${t("people_settings.mutes")}</a></nav>
<p class="muted">${t(isMutes ? "confirm.mute_text" : "confirm.block_text")}</p>
${actorList(visit, page.items, { empty: t(isMutes ? "people_settings.no_mutes" : "people_settings.no_blocks"), controls: (actor) => undo(visit, actor, isMutes) })}
${pager(visit, page, isMutes ? "/settings/people?list=mutes" : "/settings/people")}
<p class="more-link"><a href="/settings/severed">${t("severed.title")}</a></p>`;
  return await showPage(c, {
    title: t("settings.people"),
    place: "settings",
    main: settingsFrame(visit, "people", false, body),
  });
}

function undo(visit: Visit, actor: ActorView, isMutes: boolean): Html {
  const what = isMutes ? "unmute" : "unblock";
  return html`<form class="relationship" method="post" action="${actorPath(actor)}/relationship">${wayBack(visit)}<button class="button quiet small" name="do" value="${what}">${visit.i18n.t(`profile.${what}`)}<span class="hidden"> ${actor.name}</span></button></form>`;
}
