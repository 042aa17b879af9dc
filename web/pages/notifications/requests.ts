import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId } from "../../../server/domain/ids.ts";
import type { InteractionId } from "../../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import {
  approveInteraction,
  denyInteraction,
  type InteractionView,
  listInteractionRequests,
} from "../../../server/services/consent/interactions.ts";
import { actorLink, avatar } from "../../components/actor.ts";
import { excerpt } from "../../components/excerpt.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** What others would like to do with the person's notes. */
export async function getRequests(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listInteractionRequests(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("asked.title"),
    place: "notifications",
    main: html`<h1 class="page-title">${t("asked.title")}</h1>${notificationTabs(visit, "/requests")}<p class="muted">${t("asked.lead")} <a href="/settings/posting">${t("asked.settings")}</a></p>
${page.items.length === 0 ? html`<p class="empty">${t("asked.empty")}</p>` : html`<div class="notes">${page.items.map((one) => request(visit, one))}</div>`}${pager(visit, page, "/requests")}`,
  });
}

const VERB_ICONS: Readonly<Record<InteractionView["verb"], IconName>> = {
  reply: "reply",
  quote: "stack",
  like: "heart",
  announce: "boost",
};

function request(visit: Visit, one: InteractionView): Html {
  const { t, rich } = visit.i18n;
  const id = `request-${one.id}`;
  const about = one.note.summary ?? excerpt(one.note.contentHtml, 140);
  return html`<article class="notification" aria-labelledby="${id}"><div class="notification-icon">${icon(visit, VERB_ICONS[one.verb])}</div><div class="notification-body">
<p class="faces" aria-hidden="true">${avatar(one.actor, 32)}</p>
<p id="${id}">${rich(one.reaction === null ? `asked.${one.verb}` : "asked.reaction", { name: actorLink(one.actor), emoji: one.reaction ?? "" })} <span class="muted">${timeOf(visit, one.at, "")}</span></p>
<p class="notification-note" dir="auto"><a href="${notePath(one.note)}">${about === "" ? t("note.a_note") : about}</a></p>
${one.object === null ? "" : html`<div class="quoted">${noteCard(visit, one.object, { isQuoted: true, isBare: true })}</div>`}
<form class="form-buttons" method="post" action="/requests/${one.id}">${formToken(visit)}<button class="button primary small" name="do" value="approve">${t("asked.approve")}<span class="hidden"> ${one.actor.name}</span></button> <button class="button quiet small" name="do" value="deny">${t("asked.deny")}<span class="hidden"> ${one.actor.name}</span></button></form>
</div></article>`;
}

export async function postRequest(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const id = parseId<InteractionId>(c.req.param("id"));
  if (id === null) throw notFound();
  const form = await readForm(c);
  const answer = form.text("do");
  if (answer === "approve") await approveInteraction(app, viewer, id);
  else if (answer === "deny") await denyInteraction(app, viewer, id);
  else throw new CausewayError("invalid", "error.invalid");
  return c.redirect("/requests", 303);
}
