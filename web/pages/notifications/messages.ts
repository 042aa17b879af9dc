import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { asId, type NoteId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import {
  type ConversationId,
  type ConversationView,
  listConversations,
  listLeft,
  markConversation,
  viewConversation,
} from "../../../server/services/conversations/conversations.ts";
import { muteThread, unmuteThread } from "../../../server/services/threads/muted-threads.ts";
import { actorLink } from "../../components/actor.ts";
import { choiceTabs } from "../../components/admin-nav.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard } from "../../components/note.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/messages";

/** The person's conversations, last written first; `?left=yes` those that they left. */
export async function getMessages(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const isLeft = c.req.query("left") !== undefined;
  const tabs = [
    { href: PATH, text: t("messages.title"), isHere: !isLeft },
    { href: `${PATH}?left=yes`, text: t("messages.left"), isHere: isLeft },
  ];
  return await showPage(c, {
    title: t("messages.title"),
    place: "notifications",
    main: html`<div class="page-head"><h1 class="page-title">${t("messages.title")}</h1></div>
${notificationTabs(visit, PATH)}<p class="muted">${t("messages.lead")} <a href="/settings/privacy#f-messagesFrom">${t("messages.who")}</a></p>
${choiceTabs(t("messages.title"), tabs)}${isLeft ? await leftList(visit, viewer) : await list(c, visit, viewer)}`,
  });
}

/** Leaves a conversation, comes back to it, or marks it as read. */
export async function postMessages(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const id = Number(form.text("id"));
  if (!Number.isSafeInteger(id) || id <= 0) throw notFound();
  const conversation = asId<ConversationId>(id);
  switch (form.text("do")) {
    case "leave":
      await muteThread(app, viewer, (await viewConversation(app, viewer, conversation)).last.id);
      break;
    case "back":
      await unmuteThread(app, viewer, asId<NoteId>(id));
      break;
    case "read":
    case "unread":
      await markConversation(app, viewer, conversation, form.text("do") === "read" ? "read" : "unread");
      break;
    default:
      throw notFound();
  }
  return c.redirect(PATH, 303);
}

async function list(c: WebContext, visit: Visit, viewer: Viewer): Promise<Html> {
  const page = await listConversations(visit.app, viewer, pageRequestOf(c));
  if (page.items.length === 0) return html`<div class="empty">${visit.i18n.t("messages.none")}</div>`;
  return html`${page.items.map((one) => conversation(visit, one))}${pager(visit, page, PATH)}`;
}

function conversation(visit: Visit, one: ConversationView): Html {
  const { t } = visit.i18n;
  const names = one.people.map((actor) => actor.name).join(t("list.separator"));
  return html`<section class="card stack" id="conversation-${one.id}" aria-label="${t("messages.with", { names })}">
<p>${one.people.map((actor, index) => html`${index === 0 ? "" : t("list.separator")}${actorLink(actor)}`)}${one.unread ? html` <span class="badge">${t("messages.unread")}</span>` : ""}</p>
${noteCard(visit, one.last)}
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${one.id}"><div class="form-buttons"><a class="button quiet small" href="${notePath(one.last)}">${t("messages.open")}</a> <button class="button quiet small" name="do" value="${one.unread ? "read" : "unread"}">${t(one.unread ? "messages.mark_read" : "messages.mark_unread")}</button> <button class="button quiet small" name="do" value="leave">${t("messages.leave")}</button></div></form></section>`;
}

async function leftList(visit: Visit, viewer: Viewer): Promise<Html> {
  const { t } = visit.i18n;
  const notes = await listLeft(visit.app, viewer);
  if (notes.length === 0) return html`<div class="empty">${t("messages.none_left")}</div>`;
  return html`${notes.map((note) => leftOne(visit, note))}`;
}

function leftOne(visit: Visit, note: NoteView): Html {
  return html`<section class="card stack">${noteCard(visit, note)}
<form method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="id" value="${note.id}"><div class="form-buttons"><button class="button quiet small" name="do" value="back">${visit.i18n.t("messages.back")}</button></div></form></section>`;
}
