import { z } from "zod";
import type { ActorId, NotificationId } from "../../server/domain/ids.ts";
import type { NotificationKind } from "../../server/domain/notification.ts";
import { notFound } from "../../server/errors.ts";
import {
  clearNotifications,
  countUnread,
  dismissNotification,
  findNotification,
  listNotifications,
} from "../../server/services/notifications/notifications.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { Count, Notification } from "../entities/notification.ts";
import { flag, id, limit, listOf, pageOf, paging, pathId, word } from "../kinds.ts";
import { kindsOf, TOLD_KINDS, toNotification } from "../serialize/notification.ts";

const types = listOf(word, 50).transform((words) => words.filter((one) => one !== undefined));

/** Which notifications are wanted. Types that are unknown here stand for nothing, since clients ask for those of all servers. */
export const sieve = {
  types,
  exclude_types: types,
  supported_types: types,
  account_id: id<ActorId>(),
  include_filtered: flag,
};

type Sieve = {
  readonly types: readonly string[];
  readonly exclude_types: readonly string[];
  readonly supported_types: readonly string[];
  readonly account_id?: ActorId | undefined;
  readonly include_filtered?: boolean | undefined;
};

/** The same in our words. What waits is shown where it is asked for. */
export function toSieve(params: Sieve) {
  const among = (list: readonly string[]): readonly NotificationKind[] =>
    list.length === 0 ? TOLD_KINDS : kindsOf(list);
  const excluded = kindsOf(params.exclude_types);
  const supported = among(params.supported_types);
  return {
    only: among(params.types).filter((kind) => supported.includes(kind) && !excluded.includes(kind)),
    ofActorId: params.account_id,
    withFiltered: params.include_filtered === true,
  };
}

export const getNotifications = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "What happened to the person, newest first",
  params: z.object({ ...paging(40, 80), ...sieve }),
  returns: z.array(Notification),
  run: async ({ app, viewer, params }) => {
    const page = await listNotifications(app, viewer, { ...pageOf(params), ...toSieve(params) });
    const draw = { origin: app.config.origin, isSignedIn: true };
    const body = page.items.flatMap((view) => toNotification(draw, view) ?? []);
    return answer(body, { cursors: { older: page.older, first: page.first } });
  },
});

export const getNotification = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "One notification",
  params: z.object({ id: pathId<NotificationId>() }),
  returns: Notification,
  run: async ({ app, viewer, params }) => {
    const view = await findNotification(app, viewer, params.id, { only: TOLD_KINDS, withFiltered: true });
    const drawn =
      view === null ? null : toNotification({ origin: app.config.origin, isSignedIn: true }, view);
    if (drawn === null) throw notFound();
    return answer(drawn);
  },
});

export const clearAll = endpoint({
  who: "user",
  scopes: ["write:notifications"],
  summary: "Removes every notification that apps are told of",
  params: z.object({}),
  returns: Nothing,
  run: async ({ app, viewer }) => {
    await clearNotifications(app, viewer, TOLD_KINDS);
    return answer({});
  },
});

export const dismiss = endpoint({
  who: "user",
  scopes: ["write:notifications"],
  summary: "Removes one notification",
  params: z.object({ id: pathId<NotificationId>() }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await dismissNotification(app, viewer, params.id, TOLD_KINDS);
    return answer({});
  },
});

export const dismissByBody = endpoint({
  who: "user",
  scopes: ["write:notifications"],
  summary: "Removes one notification (before Mastodon 1.3)",
  params: z.object({ id: id<NotificationId>() }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    if (params.id === undefined) throw notFound();
    await dismissNotification(app, viewer, params.id, TOLD_KINDS);
    return answer({});
  },
});

export const getUnreadCount = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "How many notifications are newer than the marker, up to a limit",
  params: z.object({ ...sieve, limit: limit(100, 1000) }),
  returns: Count,
  run: async ({ app, viewer, params }) =>
    answer({ count: await countUnread(app, viewer, { ...toSieve(params), most: params.limit }) }),
});
