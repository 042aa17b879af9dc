import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { listFollowRequests } from "../../../server/services/relations/follows.ts";
import { actorList } from "../../components/actor.ts";
import { wayBack } from "../../components/hidden.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

export async function getFollowRequests(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listFollowRequests(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("requests.title"),
    place: "notifications",
    main: html`<h1 class="page-title">${t("requests.title")}</h1>${notificationTabs(visit, "/follow-requests")}<p class="muted">${t("requests.lead")}</p>
${actorList(visit, page.items, { empty: t("requests.empty"), controls: (actor) => answers(visit, actor) })}${pager(visit, page, "/follow-requests")}`,
  });
}

function answers(visit: Visit, actor: ActorView): Html {
  const { t } = visit.i18n;
  return html`<form class="relationship" method="post" action="${actorPath(actor)}/relationship">${wayBack(visit)}
<button class="button primary small" name="do" value="accept">${t("requests.accept")}<span class="hidden"> ${actor.name}</span></button> <button class="button quiet small" name="do" value="reject">${t("requests.reject")}<span class="hidden"> ${actor.name}</span></button></form>`;
}
