import { z } from "zod";
import type { ListId } from "../../server/domain/list.ts";
import type { EntryView, Page } from "../../server/domain/note.ts";
import { listTimeline } from "../../server/services/lists/lists.ts";
import { homeTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { publicTimeline } from "../../server/services/trends/explore.ts";
import { pageAnswer } from "../answers.ts";
import { type Answer, type Call, endpoint } from "../endpoint.ts";
import { Status } from "../entities/status.ts";
import { flag, listOf, pageOf, paging, pathId } from "../kinds.ts";
import { toTimelineStatus } from "../serialize/status.ts";

/** Whose statuses a public timeline has, as `local` and `remote` say it; both together would leave nothing, so local wins. */
export function originOf(params: {
  readonly local?: boolean | undefined;
  readonly remote?: boolean | undefined;
}) {
  if (params.local === true) return "here";
  return params.remote === true ? "elsewhere" : "known";
}

function statusPage({ app, viewer }: Call<unknown>, page: Page<EntryView>): Answer {
  const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
  return pageAnswer(page, (entry) => toTimelineStatus(draw, entry));
}

export const getHome = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "Statuses and boosts of those the person follows, newest first",
  params: z.object(paging(20, 40)),
  returns: z.array(Status),
  run: async (call) => statusPage(call, await homeTimeline(call.app, call.viewer, pageOf(call.params))),
});

export const getPublic = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "Public statuses known here that answer nobody, newest first",
  params: z.object({ ...paging(20, 40), local: flag, remote: flag, only_media: flag }),
  returns: z.array(Status),
  run: async (call) => {
    const { app, viewer, params } = call;
    const sieve = { from: originOf(params), onlyMedia: params.only_media === true } as const;
    return statusPage(call, await publicTimeline(app, viewer, { ...pageOf(params), ...sieve }));
  },
});

/** Further tags; Mastodon takes four of each. */
const tags = listOf(z.string().max(200), 20).transform((all) => all.slice(0, 4));

export const getTagTimeline = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "Public statuses with a tag, newest first",
  params: z.object({
    ...paging(20, 40),
    hashtag: z.string(),
    any: tags,
    all: tags,
    none: tags,
    local: flag,
    remote: flag,
    only_media: flag,
  }),
  returns: z.array(Status),
  run: async (call) => {
    const { app, viewer, params } = call;
    const { any, all, none } = params;
    const sieve = { any, all, none, from: originOf(params), onlyMedia: params.only_media === true } as const;
    const page = await tagTimeline(app, viewer, params.hashtag, { ...pageOf(params), ...sieve });
    return statusPage(call, page);
  },
});

export const getListTimeline = endpoint({
  who: "user",
  scopes: ["read:lists"],
  summary: "Statuses and boosts of those on a list, newest first",
  params: z.object({ ...paging(20, 40), list_id: pathId<ListId>() }),
  returns: z.array(Status),
  run: async (call) => {
    const { app, viewer, params } = call;
    return statusPage(call, await listTimeline(app, viewer, params.list_id, pageOf(params)));
  },
});
