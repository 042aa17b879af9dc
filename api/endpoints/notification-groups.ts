import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { type NotificationId, parseId } from "../../server/domain/ids.ts";
import type { PageRequest } from "../../server/domain/note.ts";
import { notFound } from "../../server/errors.ts";
import {
  countUnreadGroups,
  dismissNotificationGroup,
  listNotificationGroups,
  viewNotificationGroup,
} from "../../server/services/notifications/notification-groups.ts";
import { dismissNotification, findNotification } from "../../server/services/notifications/notifications.ts";
import { pageAnswer } from "../answers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Account } from "../entities/account.ts";
import { Nothing } from "../entities/common.ts";
import { Count, GroupedNotifications } from "../entities/notification.ts";
import { limit, listOf, oneOf, pageOf, paging, word } from "../kinds.ts";
import { toAccount } from "../serialize/account.ts";
import { fromGroupKey, gatheringOf, TOLD_KINDS, toGroups } from "../serialize/notification.ts";
import { sieve, toSieve } from "./notifications.ts";

const gathered = {
  grouped_types: listOf(word, 50).transform((words) => {
    const named = words.filter((one) => one !== undefined);
    return gatheringOf(named.length === 0 ? undefined : named);
  }),
};
const expand = { expand_accounts: oneOf(["full", "partial_avatars"]) };
const key = z.object({ group_key: z.string() });

export const getGroups = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "What happened to the person, gathered by status and hour, newest first",
  params: z.object({ ...paging(40, 80), ...sieve, ...gathered, ...expand }),
  returns: GroupedNotifications,
  run: async ({ app, viewer, params }) => {
    const page = await listNotificationGroups(app, viewer, {
      ...pageOf(params),
      ...toSieve(params),
      gathering: params.grouped_types,
    });
    const draw = { origin: app.config.origin, isSignedIn: true };
    const body = toGroups(draw, page.items, params.expand_accounts === "partial_avatars");
    return answer(body, { cursors: { older: page.older, first: page.first } });
  },
});

export const getUnreadGroupCount = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "How many groups hold something newer than the marker, up to a limit",
  params: z.object({ ...sieve, ...gathered, limit: limit(100, 1000) }),
  returns: Count,
  run: async ({ app, viewer, params }) => {
    const count = await countUnreadGroups(app, viewer, {
      ...toSieve(params),
      gathering: params.grouped_types,
      most: params.limit,
    });
    return answer({ count });
  },
});

/** A group by its key, with who did it. @throws not_found */
async function groupOf(app: App, viewer: Viewer, groupKey: string, request: PageRequest = {}) {
  const named = fromGroupKey(groupKey);
  if (named === null) throw notFound();
  if ("together" in named) return await viewNotificationGroup(app, viewer, named.together, request);
  const id = parseId<NotificationId>(named.aloneId);
  const latest =
    id === null ? null : await findNotification(app, viewer, id, { only: TOLD_KINDS, withFiltered: true });
  if (latest === null) throw notFound();
  const { id: only, actor } = latest;
  return {
    group: {
      latest,
      together: null,
      count: 1,
      newestId: only,
      pageFirst: only,
      pageLast: only,
      actors: [actor],
    },
    actors: { items: [actor], older: null, newer: null, first: only },
  };
}

export const getGroup = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "One group",
  params: key,
  returns: GroupedNotifications,
  run: async ({ app, viewer, params }) => {
    const { group } = await groupOf(app, viewer, params.group_key);
    return answer(toGroups({ origin: app.config.origin, isSignedIn: true }, [group], false));
  },
});

export const getGroupAccounts = endpoint({
  who: "user",
  scopes: ["read:notifications"],
  summary: "Who is behind a group, newest first",
  params: key.extend(paging(40, 80)),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const { actors } = await groupOf(app, viewer, params.group_key, pageOf(params));
    return pageAnswer(actors, (actor) => toAccount(app.config.origin, actor));
  },
});

export const dismissGroup = endpoint({
  who: "user",
  scopes: ["write:notifications"],
  summary: "Removes a group",
  params: key,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const named = fromGroupKey(params.group_key);
    if (named === null) throw notFound();
    if ("together" in named) await dismissNotificationGroup(app, viewer, named.together);
    else {
      const id = parseId<NotificationId>(named.aloneId);
      if (id === null) throw notFound();
      await dismissNotification(app, viewer, id, TOLD_KINDS);
    }
    return answer({});
  },
});
