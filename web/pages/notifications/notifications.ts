import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import type { NotificationKind, NotificationView } from "../../../server/domain/notification.ts";
import { listNotifications, markRead } from "../../../server/services/notifications/notifications.ts";
import { actorLink, avatar } from "../../components/actor.ts";
import { excerpt } from "../../components/excerpt.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import { notificationTabs } from "../../components/notification-tabs.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const ICONS: Readonly<Record<NotificationKind, IconName>> = {
  mention: "at",
  reply: "reply",
  like: "heart",
  announce: "boost",
  follow: "user",
  follow_request: "users",
  follow_accepted: "check",
  edit: "edit",
  reaction: "heart",
  quote: "stack",
  interaction_request: "users",
  moved: "users",
  featured: "stack",
  feature_request: "stack",
  poll: "check",
  report: "alert",
  severed: "alert",
};

/** Faces shown for one line. */
const FACES = 8;

export async function getNotifications(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listNotifications(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("notifications.title"),
    place: "notifications",
    main: html`<div class="page-head"><h1 class="page-title">${t("notifications.title")}</h1>
${visit.unread === 0 ? "" : html`<form method="post" action="/notifications/read">${formToken(visit)}<button class="button quiet small">${icon(visit, "check")}<span>${t("notifications.mark_read")}</span></button></form>`}</div>
${notificationTabs(visit, "/notifications")}
${page.items.length === 0 ? html`<div class="empty">${t("notifications.empty")}</div>` : html`<div class="notes">${groups(page.items).map((group) => line(visit, group))}</div>${pager(visit, page, "/notifications")}`}`,
  });
}

export async function postRead(c: WebContext, viewer: Viewer): Promise<Response> {
  await markRead(c.get("visit").app, viewer);
  return c.redirect("/notifications", 303);
}

type Group = {
  readonly first: NotificationView;
  readonly actors: readonly ActorView[];
  readonly isUnread: boolean;
};

/** Likes and boosts of one note, and new followers, are one line; words to answer stay single. */
function groups(items: readonly NotificationView[]): readonly Group[] {
  const made = new Map<string, Group>();
  for (const item of items) {
    const key = groupKey(item);
    const group = made.get(key);
    if (group === undefined) made.set(key, { first: item, actors: [item.actor], isUnread: !item.read });
    else if (!group.actors.some((actor) => actor.id === item.actor.id))
      made.set(key, {
        ...group,
        actors: [...group.actors, item.actor],
        isUnread: group.isUnread || !item.read,
      });
  }
  return [...made.values()];
}

function groupKey(item: NotificationView): string {
  if (item.kind === "like" || item.kind === "announce" || item.kind === "reaction")
    return `${item.kind} ${item.note?.id ?? item.id}`;
  return item.kind === "follow" ? "follow" : `single ${item.id}`;
}

function line(visit: Visit, { first, actors, isUnread }: Group): Html {
  const { t, rich } = visit.i18n;
  const id = `notification-${first.id}`;
  const [one] = actors;
  if (one === undefined) return html``;
  const text = rich(`notification.${first.kind}`, {
    count: actors.length,
    others: actors.length - 1,
    name: names(visit, actors),
  });
  const isWords = first.kind === "mention" || first.kind === "reply" || first.kind === "quote";
  return html`<article class="notification is-${first.kind}${isUnread ? " is-unread" : ""}" aria-labelledby="${id}">
<div class="notification-icon">${icon(visit, ICONS[first.kind])}</div>
<div class="notification-body"><p class="faces" aria-hidden="true">${actors.slice(0, FACES).map((actor) => avatar(actor, 32))}</p>
<p id="${id}">${text} <span class="muted">${timeOf(visit, first.at, "")}</span>${isUnread ? html` <span class="badge">${t("notifications.new")}</span>` : ""}</p>
${first.note === null ? "" : isWords ? noteCard(visit, first.note) : html`<p class="notification-note" dir="auto"><a href="${notePath(first.note)}">${first.note.summary ?? (excerpt(first.note.contentHtml, 140) || t("note.by", { name: first.note.author.name }))}</a></p>`}
${first.kind === "interaction_request" ? html`<p><a class="button quiet small" href="/requests">${t("requests.answer")}</a></p>` : ""}
${first.kind === "feature_request" || first.kind === "featured" ? html`<p><a class="button quiet small" href="/settings/collections">${t("collections.places_title")}</a></p>` : ""}
${first.kind === "follow_request" ? html`<p><a class="button quiet small" href="/follow-requests">${t("requests.answer")}</a></p>` : ""}
${first.kind === "report" ? html`<p><a class="button quiet small" href="/moderation/reports">${t("notification.report_open")}</a></p>` : ""}${first.kind === "severed" ? html`<p><a class="button quiet small" href="/settings/severed">${t("notification.severed_open")}</a></p>` : ""}
</div></article>`;
}

/** "Ana", "Ana and Bo", "Ana and 3 others". */
function names(visit: Visit, actors: readonly ActorView[]): Html {
  const [one, two] = actors;
  const { rich } = visit.i18n;
  if (one === undefined) return html``;
  if (two === undefined) return actorLink(one);
  if (actors.length === 2) return rich("list.two", { one: actorLink(one), two: actorLink(two) });
  return rich("list.and_others", { one: actorLink(one), count: actors.length - 1 });
}
