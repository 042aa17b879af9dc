import { html } from "hono/html";
import type { ActorView } from "../../server/domain/actor.ts";
import type { NotificationKind, NotificationView } from "../../server/domain/notification.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { actorLink, avatar } from "./actor.ts";
import { excerpt } from "./excerpt.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { noteCard, timeOf } from "./note.ts";

const ICONS: Readonly<Record<NotificationKind, IconName>> = {
  mention: "at",
  reply: "reply",
  like: "heart",
  announce: "boost",
  follow: "user",
  follow_request: "users",
  follow_accepted: "check",
  note: "bell",
  edit: "edit",
  reaction: "heart",
  quote: "stack",
  interaction_request: "users",
  moved: "users",
  frozen: "alert",
  featured: "stack",
  feature_request: "stack",
  poll: "check",
  report: "alert",
  report_closed: "check",
  severed: "alert",
  decision: "shield",
  appeal: "shield",
  security: "key",
};

/** Where the answer to a kind is given. */
const WAYS: Readonly<Partial<Record<NotificationKind, readonly [place: string, label: MessageKey]>>> = {
  interaction_request: ["/requests", "requests.answer"],
  feature_request: ["/settings/collections", "collections.places_title"],
  featured: ["/settings/collections", "collections.places_title"],
  follow_request: ["/follow-requests", "requests.answer"],
  report: ["/moderation/reports", "notification.report_open"],
  report_closed: ["/settings/reports", "own_reports.open"],
  frozen: ["/notifications/frozen", "frozen.open"],
  severed: ["/settings/severed", "notification.severed_open"],
  decision: ["/settings/decisions", "decisions.open"],
  appeal: ["/moderation/appeals", "appeals.open"],
  security: ["/settings/security", "notification.severed_open"],
};

/** Faces shown for one line. */
const FACES = 8;
const DAY_MS = 86_400_000;

type Group = {
  readonly first: NotificationView;
  readonly actors: readonly ActorView[];
  readonly isUnread: boolean;
};

/** Likes and boosts of one note, and new followers, are one line a day; words to answer stay single. */
export function notificationLines(visit: Visit, items: readonly NotificationView[]): Html {
  const made = new Map<string, Group>();
  for (const item of items) {
    const key = groupKey(item);
    const group = made.get(key);
    if (group === undefined) made.set(key, { first: item, actors: [item.actor], isUnread: !item.read });
    else
      made.set(key, {
        first: group.first,
        actors: group.actors.some((actor) => actor.id === item.actor.id)
          ? group.actors
          : [...group.actors, item.actor],
        isUnread: group.isUnread || !item.read,
      });
  }
  return html`${[...made.values()].map((group) => line(visit, group))}`;
}

function groupKey(item: NotificationView): string {
  const day = Math.floor(item.at / DAY_MS);
  if (item.kind === "like" || item.kind === "announce" || item.kind === "reaction")
    return `${item.kind} ${item.note?.id ?? item.id} ${day}`;
  return item.kind === "follow" ? `follow ${day}` : `single ${item.id}`;
}

function line(visit: Visit, { first, actors, isUnread }: Group): Html {
  const { t, rich } = visit.i18n;
  const id = `notification-${first.id}`;
  const text = rich(`notification.${first.kind}`, {
    count: actors.length,
    others: actors.length - 1,
    name: names(visit, actors),
  });
  const isWords = ["mention", "reply", "quote", "note"].includes(first.kind);
  const way = WAYS[first.kind];
  return html`<article class="notification is-${first.kind}${isUnread ? " is-unread" : ""}" id="line-${first.id}" aria-labelledby="${id}" data-component="notification">
<div class="notification-icon">${icon(visit, ICONS[first.kind])}</div>
<div class="notification-body">${isWords ? "" : html`<p class="faces" aria-hidden="true">${actors.slice(0, FACES).map((actor) => avatar(actor, 32))}</p>`}
<p id="${id}">${text}${closedWords(visit, first)} <span class="muted">${timeOf(visit, first.at, "")}</span>${isUnread ? html` <span class="badge">${t("notifications.new")}</span>` : ""}</p>
${first.note === null ? "" : isWords ? noteCard(visit, first.note) : html`<p class="notification-note" dir="auto"><a href="${notePath(first.note)}">${first.note.summary ?? (excerpt(first.note.contentHtml, 140) || t("note.by", { name: first.note.author.name }))}</a></p>`}
${way === undefined ? "" : html`<p><a class="button quiet small" href="${way[0]}">${t(way[1])}</a></p>`}
</div></article>`;
}

/** What came of a report of one's own, in a sentence. */
function closedWords(visit: Visit, { closed }: NotificationView): string {
  const outcome = closed?.outcome ?? null;
  return outcome === null ? "" : ` ${visit.i18n.t(`own_reports.outcome_${outcome}`)}`;
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
