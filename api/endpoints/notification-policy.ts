import { z } from "zod";
import type { NotificationRequestId } from "../../server/domain/ids.ts";
import { POLICY_ANSWERS } from "../../server/domain/preferences.ts";
import {
  answerNotificationRequests,
  changeNotificationPolicy,
  listNotificationRequests,
  type PolicyView,
  viewNotificationPolicy,
  viewNotificationRequest,
} from "../../server/services/notifications/notification-requests.ts";
import { pageAnswer } from "../answers.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { NotificationPolicy, NotificationRequest, OldNotificationPolicy } from "../entities/notification.ts";
import { flag, idsOf, oneOf, pageOf, paging, pathId } from "../kinds.ts";
import { toRequest } from "../serialize/notification.ts";

const READ = ["read:notifications"] as const;
const WRITE = ["write:notifications"] as const;

function toPolicy({ policy, requests, notifications }: PolicyView): NotificationPolicy {
  return {
    for_not_following: policy.notFollowing,
    for_not_followers: policy.notFollowers,
    for_new_accounts: policy.newAccounts,
    for_private_mentions: policy.privateMentions,
    for_limited_accounts: policy.limitedAccounts,
    summary: { pending_requests_count: requests, pending_notifications_count: notifications },
  };
}

function toOldPolicy(view: PolicyView): OldNotificationPolicy {
  const { policy } = view;
  return {
    filter_not_following: policy.notFollowing !== "accept",
    filter_not_followers: policy.notFollowers !== "accept",
    filter_new_accounts: policy.newAccounts !== "accept",
    filter_private_mentions: policy.privateMentions !== "accept",
    summary: toPolicy(view).summary,
  };
}

export const getPolicy = endpoint({
  who: "user",
  scopes: READ,
  summary: "Whose notifications come, wait or are not made",
  params: z.object({}),
  returns: NotificationPolicy,
  run: async ({ app, viewer }) => answer(toPolicy(await viewNotificationPolicy(app, viewer))),
});

const choice = oneOf(POLICY_ANSWERS);

export const patchPolicy = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Chooses whose notifications come, wait or are not made",
  params: z.object({
    for_not_following: choice,
    for_not_followers: choice,
    for_new_accounts: choice,
    for_private_mentions: choice,
    for_limited_accounts: choice,
  }),
  returns: NotificationPolicy,
  run: async ({ app, viewer, params }) => {
    const view = await changeNotificationPolicy(app, viewer, {
      notFollowing: params.for_not_following,
      notFollowers: params.for_not_followers,
      newAccounts: params.for_new_accounts,
      privateMentions: params.for_private_mentions,
      limitedAccounts: params.for_limited_accounts,
    });
    return answer(toPolicy(view));
  },
});

export const getOldPolicy = endpoint({
  who: "user",
  scopes: READ,
  summary: "Whose notifications wait (before Mastodon 4.3)",
  params: z.object({}),
  returns: OldNotificationPolicy,
  run: async ({ app, viewer }) => answer(toOldPolicy(await viewNotificationPolicy(app, viewer))),
});

export const putOldPolicy = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Chooses whose notifications wait (before Mastodon 4.3)",
  params: z.object({
    filter_not_following: flag,
    filter_not_followers: flag,
    filter_new_accounts: flag,
    filter_private_mentions: flag,
  }),
  returns: OldNotificationPolicy,
  run: async ({ app, viewer, params }) => {
    const { policy } = await viewNotificationPolicy(app, viewer);
    // Who does not know of dropping does not turn it off by saying that something is filtered.
    const next = (wanted: boolean | undefined, before: (typeof policy)["newAccounts"]) => {
      if (wanted === undefined) return undefined;
      return wanted ? (before === "drop" ? "drop" : "filter") : "accept";
    };
    const view = await changeNotificationPolicy(app, viewer, {
      notFollowing: next(params.filter_not_following, policy.notFollowing),
      notFollowers: next(params.filter_not_followers, policy.notFollowers),
      newAccounts: next(params.filter_new_accounts, policy.newAccounts),
      privateMentions: next(params.filter_private_mentions, policy.privateMentions),
    });
    return answer(toOldPolicy(view));
  },
});

export const getRequests = endpoint({
  who: "user",
  scopes: READ,
  summary: "People of whom notifications wait, newest first",
  params: z.object(paging(40, 80)),
  returns: z.array(NotificationRequest),
  run: async ({ app, viewer, params }) => {
    const draw = { origin: app.config.origin, isSignedIn: true };
    const page = await listNotificationRequests(app, viewer, pageOf(params));
    return pageAnswer(page, (request) => toRequest(draw, request));
  },
});

export const getRequest = endpoint({
  who: "user",
  scopes: READ,
  summary: "Somebody of whom notifications wait",
  params: z.object({ id: pathId<NotificationRequestId>() }),
  returns: NotificationRequest,
  run: async ({ app, viewer, params }) => {
    const request = await viewNotificationRequest(app, viewer, params.id);
    return answer(toRequest({ origin: app.config.origin, isSignedIn: true }, request));
  },
});

function answerOne(accept: boolean): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: WRITE,
    summary: accept ? "Takes what waits of somebody, now and later" : "Removes what waits of somebody",
    params: z.object({ id: pathId<NotificationRequestId>() }),
    returns: Nothing,
    run: async ({ app, viewer, params }) => {
      await answerNotificationRequests(app, viewer, { ids: [params.id], accept });
      return answer({});
    },
  });
}

function answerMany(accept: boolean): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: WRITE,
    summary: accept ? "Takes what waits of some people, now and later" : "Removes what waits of some people",
    params: z.object({ id: idsOf<NotificationRequestId>(100) }),
    returns: Nothing,
    run: async ({ app, viewer, params }) => {
      await answerNotificationRequests(app, viewer, { ids: params.id, accept });
      return answer({});
    },
  });
}

export const acceptRequest = answerOne(true);
export const dismissRequest = answerOne(false);
export const acceptRequests = answerMany(true);
export const dismissRequests = answerMany(false);

export const getMerged = endpoint({
  who: "user",
  scopes: READ,
  summary: "Whether what was accepted stands in the list; it does at once",
  params: z.object({}),
  returns: z.object({ merged: z.boolean() }),
  run: () => Promise.resolve(answer({ merged: true })),
});
