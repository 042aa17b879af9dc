import { isoTime } from "../../server/context.ts";
import type { ActorView } from "../../server/domain/actor.ts";
import { type NoteId, parseId, timeOfId } from "../../server/domain/ids.ts";
import {
  NOTIFICATION_KINDS,
  type NotificationGroup as Group,
  type NotificationKind,
  type NotificationRequestView,
  type NotificationView,
  type Severance,
} from "../../server/domain/notification.ts";
import type {
  GroupedNotifications,
  Notification,
  NotificationGroup,
  NotificationRequest,
  NotificationType,
  PartialAccount,
  SeveranceEvent,
} from "../entities/notification.ts";
import { acctOf, toAccount } from "./account.ts";
import { toReport } from "./report.ts";
import { toWarning } from "./warning.ts";
import { type Draw, toStatus } from "./status.ts";

/**
 * Our kinds in Mastodon's words; null = Mastodon has none, and clients are not told (some stop reading the whole list at a word
 * that they do not know). An emoji reaction is a `favourite`: that is what Mastodon itself makes of a Like with an emoji.
 */
const TYPES: Readonly<Record<NotificationKind, NotificationType | null>> = {
  mention: "mention",
  reply: "mention",
  quote: "quote",
  like: "favourite",
  reaction: "favourite",
  announce: "reblog",
  follow: "follow",
  follow_request: "follow_request",
  follow_accepted: null,
  note: "status",
  edit: "update",
  poll: "poll",
  interaction_request: null,
  featured: null,
  feature_request: null,
  moved: null,
  frozen: null,
  severed: "severed_relationships",
  report: "admin.report",
  report_closed: null,
  decision: "moderation_warning",
  appeal: null,
  security: null,
};

/** What a kind is called here; null = clients are not told of it. */
export function typeOf(kind: NotificationKind): NotificationType | null {
  return TYPES[kind];
}

/** Our kinds behind some types; words that are unknown stand for nothing. */
export function kindsOf(types: readonly string[]): readonly NotificationKind[] {
  return NOTIFICATION_KINDS.filter((kind) => types.some((type) => type === TYPES[kind]));
}

/** Every kind that clients are told of. */
export const TOLD_KINDS: readonly NotificationKind[] = NOTIFICATION_KINDS.filter(
  (kind) => TYPES[kind] !== null,
);

/** Types that are gathered by hour, about one status or about none. */
const GATHERED = ["favourite", "reblog", "follow"] as const satisfies readonly NotificationType[];
const HOUR_MS = 3_600_000;

/** The kinds that are gathered of the types that a client wants gathered; undefined = all that can be. */
export function gatheringOf(types: readonly string[] | undefined): readonly (readonly NotificationKind[])[] {
  const wanted = types === undefined ? GATHERED : GATHERED.filter((type) => types.includes(type));
  return wanted.map((type) => kindsOf([type]));
}

type Together = NonNullable<Group["together"]>;

function keyOf({ kinds, noteId, span }: Together): string {
  const type = kinds[0] === undefined ? null : TYPES[kinds[0]];
  return [type ?? "", ...(noteId === null ? [] : [noteId]), span].join("-");
}

function togetherOf({ id, kind, note }: NotificationView): Together | null {
  const kinds = gatheringOf(undefined).find((set) => set.includes(kind));
  return kinds === undefined
    ? null
    : { kinds, noteId: note?.id ?? null, span: Math.floor(timeOfId(id) / HOUR_MS) };
}

/** What a group key says: several that belong together, or one by its id; null for what cannot be one. */
export function fromGroupKey(
  key: string,
): { readonly together: Together } | { readonly aloneId: string } | null {
  const alone = /^ungrouped-(\d{1,16})$/.exec(key)?.[1];
  if (alone !== undefined) return { aloneId: alone };
  const match = /^(?:(favourite|reblog)-(\d{1,16})|follow)-(\d{1,7})$/.exec(key);
  if (match === null) return null;
  const [, type = "follow", note, span] = match;
  const noteId = note === undefined ? null : parseId<NoteId>(note);
  if (note !== undefined && noteId === null) return null;
  return { together: { kinds: kindsOf([type]), noteId, span: Number(span) } };
}

/** A notification as clients know it; null for what they are not told of. */
export function toNotification(draw: Draw, view: NotificationView): Notification | null {
  const type = TYPES[view.kind];
  const extra = extraOf(draw, view, type);
  if (type === null || extra === null) return null;
  const together = togetherOf(view);
  return {
    id: String(view.id),
    type,
    created_at: isoTime(view.at),
    group_key: together === null ? `ungrouped-${view.id}` : keyOf(together),
    account: toAccount(draw.origin, actorOf(view)),
    ...(view.note === null ? {} : { status: { ...toStatus(draw, view.note) } }),
    ...extra,
  };
}

/** Mastodon names who reported; our line names who was reported. */
function actorOf({ actor, report }: NotificationView): ActorView {
  return report?.reporter ?? actor;
}

const WITHOUT_STATUS: ReadonlySet<NotificationType> = new Set([
  "follow",
  "follow_request",
  "admin.report",
  "severed_relationships",
  "moderation_warning",
]);

/** What else belongs to a type; null when it is not there, so that nothing half is told. */
function extraOf(
  { origin }: Draw,
  { note, report, severance, decision }: NotificationView,
  type: NotificationType | null,
): Pick<Notification, "report" | "event" | "moderation_warning"> | null {
  if (type === null || (note === null && !WITHOUT_STATUS.has(type))) return null;
  if (type === "admin.report") return report === null ? null : { report: toReport(origin, report) };
  if (type === "severed_relationships") return severance === null ? null : { event: toEvent(severance) };
  if (type === "moderation_warning") {
    const warning = decision === null ? null : toWarning(origin, decision);
    return warning === null ? null : { moderation_warning: warning };
  }
  return {};
}

function toEvent({ id, host, followers, following, at }: Severance): SeveranceEvent {
  return {
    id: String(id),
    type: "domain_block",
    purged: false,
    target_name: host,
    followers_count: followers,
    following_count: following,
    created_at: isoTime(at),
  };
}

/** Groups as one document: accounts and statuses stand beside them, each once. */
export function toGroups(draw: Draw, groups: readonly Group[], isPartial: boolean): GroupedNotifications {
  const drawn = groups.flatMap((group) => {
    const line = toGroup(draw, group);
    return line === null ? [] : [{ group, line }];
  });
  const latest = byId(drawn.map(({ group }) => actorOf(group.latest)));
  const others = byId(drawn.flatMap(({ group }) => group.actors)).filter(
    (actor) => !latest.some((one) => one.id === actor.id),
  );
  const notes = byId(drawn.flatMap(({ group }) => group.latest.note ?? []));
  return {
    accounts: [...latest, ...(isPartial ? [] : others)].map((actor) => toAccount(draw.origin, actor)),
    ...(isPartial ? { partial_accounts: others.map((actor) => toPartial(draw.origin, actor)) } : {}),
    statuses: notes.map((note) => ({ ...toStatus(draw, note) })),
    notification_groups: drawn.map(({ line }) => line),
  };
}

function byId<T extends { readonly id: number }>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()];
}

function toGroup(draw: Draw, group: Group): NotificationGroup | null {
  const { latest } = group;
  const type = TYPES[latest.kind];
  const extra = extraOf(draw, latest, type);
  if (type === null || extra === null) return null;
  const people = latest.report === null ? group.actors : [actorOf(latest)];
  return {
    group_key: group.together === null ? `ungrouped-${latest.id}` : keyOf(group.together),
    notifications_count: group.count,
    type,
    most_recent_notification_id: group.newestId,
    page_min_id: String(group.pageLast),
    page_max_id: String(group.pageFirst),
    latest_page_notification_at: isoTime(latest.at),
    sample_account_ids: people.map((actor) => String(actor.id)),
    ...(latest.note === null ? {} : { status_id: String(latest.note.id) }),
    ...extra,
  };
}

function toPartial(origin: string, actor: ActorView): PartialAccount {
  const { id, url, avatar, avatar_static, locked, bot } = toAccount(origin, actor);
  return { id, acct: acctOf(actor), url, avatar, avatar_static, locked, bot };
}

/** Somebody of whom something waits. */
export function toRequest(draw: Draw, request: NotificationRequestView): NotificationRequest {
  return {
    id: String(request.id),
    created_at: isoTime(request.createdAt),
    updated_at: isoTime(request.updatedAt),
    notifications_count: String(request.waiting),
    account: toAccount(draw.origin, request.actor),
    last_status: request.lastNote === null ? null : { ...toStatus(draw, request.lastNote) },
  };
}
