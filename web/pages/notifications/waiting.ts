import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type NotificationRequestId, parseId } from "../../../server/domain/ids.ts";
import type { NotificationRequestView } from "../../../server/domain/notification.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import {
  answerNotificationRequests,
  listNotificationRequests,
} from "../../../server/services/notifications/notification-requests.ts";
import { actorLink, avatar } from "../../components/actor.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/notifications/waiting";

/** People whose notifications wait, as the person chose, until they are let in or removed. */
export async function getWaiting(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listNotificationRequests(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("waiting.title"),
    place: "notifications",
    main: html`<h1 class="page-title">${t("waiting.title")}</h1>${notificationTabs(visit, PATH)}<p class="muted">${t("waiting.lead")} <a href="/settings/notifications">${t("notifications.settings")}</a></p>
${page.items.length === 0 ? html`<p class="empty">${t("waiting.empty")}</p>` : html`<div class="notes">${page.items.map((one) => line(visit, one))}</div>`}${pager(visit, page, PATH)}`,
  });
}

function line(visit: Visit, { id, actor, waiting, lastNote, updatedAt }: NotificationRequestView): Html {
  const { t } = visit.i18n;
  const title = `waiting-${id}`;
  return html`<article class="notification" aria-labelledby="${title}"><div class="notification-icon">${avatar(actor, 32)}</div><div class="notification-body">
<p id="${title}">${actorLink(actor)} <span class="muted">${t("waiting.count", { count: waiting })} · ${timeOf(visit, updatedAt, "")}</span></p>
${lastNote === null ? "" : html`<div class="quoted">${noteCard(visit, lastNote, { isQuoted: true, isBare: true })}</div>`}
<form class="form-buttons" method="post" action="${PATH}/${id}">${formToken(visit)}<button class="button primary small" name="do" value="accept">${t("waiting.accept")}<span class="hidden"> ${actor.name}</span></button> <button class="button quiet small" name="do" value="dismiss">${t("waiting.dismiss")}<span class="hidden"> ${actor.name}</span></button></form>
</div></article>`;
}

/** Lets somebody in, or removes what waits of them; then the same list. */
export async function postWaiting(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = parseId<NotificationRequestId>(c.req.param("id"));
  if (id === null) throw notFound();
  const answer = (await readForm(c)).text("do");
  if (answer !== "accept" && answer !== "dismiss") throw new CausewayError("invalid", "error.invalid");
  const command = { ids: [id], accept: answer === "accept" };
  await answerNotificationRequests(c.get("visit").app, viewer, command);
  return c.redirect(PATH, 303);
}
