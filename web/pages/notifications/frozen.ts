import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type ActorId, parseId } from "../../../server/domain/ids.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import {
  decideFrozen,
  FROZEN_DECISIONS,
  type FrozenView,
  listFrozen,
} from "../../../server/services/identities/frozen.ts";
import { actorRow } from "../../components/actor.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { homeLine } from "../../components/profile-extras.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/notifications/frozen";

/** People who changed in a way that their recovery key does not cover; whoever follows them decides. */
export async function getFrozen(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const views = await listFrozen(visit.app, viewer);
  return await showPage(c, {
    title: t("frozen.title"),
    place: "notifications",
    main: html`<h1 class="page-title">${t("frozen.title")}</h1>${notificationTabs(visit, PATH)}<p class="muted">${t("frozen.lead")}</p>
${views.length === 0 ? html`<p class="empty">${t("frozen.empty")}</p>` : html`<div class="stack">${views.map((one) => card(visit, one))}</div>`}`,
  });
}

function card(visit: Visit, view: FrozenView): Html {
  const { t } = visit.i18n;
  const { actor, reason, since, target, stamp } = view;
  const who = html`<span class="hidden"> ${actor.name}</span>`;
  const why = t(reason === null ? "frozen.held" : `frozen.${reason}`);
  return html`<section class="card stack" aria-label="${actor.name}" data-component="frozen"><ul class="actor-list">${actorRow(visit, actor)}</ul>
<p>${why}${since === null ? "" : html` <span class="muted">${timeOf(visit, since, "")}</span>`}</p>
${target === null ? "" : homeLine(visit, target)}
<p>${t("frozen.ask")}</p>
<form class="form-buttons" method="post" action="${PATH}/${actor.id}">${formToken(visit)}<input type="hidden" name="stamp" value="${stamp}"><button class="button quiet" name="do" value="later">${t("frozen.later")}${who}</button> <button class="button quiet" name="do" value="unfollow">${t("frozen.unfollow")}${who}</button> <button class="button danger" name="do" value="keep">${t(reason === "move" ? "frozen.keep_move" : "frozen.keep")}${who}</button></form></section>`;
}

/** What the person decided about somebody; then the same list. */
export async function postFrozen(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = parseId<ActorId>(c.req.param("id"));
  if (id === null) throw notFound();
  const form = await readForm(c);
  const decision = FROZEN_DECISIONS.find((one) => one === form.text("do"));
  if (decision === undefined) throw new CausewayError("invalid", "error.invalid");
  await decideFrozen(c.get("visit").app, viewer, id, { decision, stamp: form.text("stamp") });
  return c.redirect(decision === "later" ? "/notifications" : PATH, 303);
}
