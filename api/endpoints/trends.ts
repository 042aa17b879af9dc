import { z } from "zod";
import { popularNotes, trendingLinks, trendingTags } from "../../server/services/trends/explore.ts";
import { tagViews } from "../../server/services/tags/tag-views.ts";
import { endpoint } from "../endpoint.ts";
import { Tag } from "../entities/common.ts";
import { Status } from "../entities/status.ts";
import { TrendsLink } from "../entities/trends.ts";
import { limit, whole } from "../kinds.ts";
import { offsetAnswer } from "../offsets.ts";
import { toStatus } from "../serialize/status.ts";
import { toTag, toTrendsLink } from "../serialize/tag.ts";

const offset = whole(0, 1_000_000).transform((from) => from ?? 0);

export const getTrendingTags = endpoint({
  who: "anyone",
  scopes: ["read"],
  summary: "Tags that many people write this week, what grows first",
  params: z.object({ limit: limit(10, 20), offset }),
  returns: z.array(Tag),
  run: async (call) => {
    const { app, viewer, params } = call;
    const all = await trendingTags(app, viewer);
    const end = params.offset + params.limit;
    const shown = all.slice(params.offset, end);
    const items = await tagViews(
      app,
      viewer,
      shown.map(({ tag }) => tag),
    );
    const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
    return offsetAnswer(call, { ...params, items, hasMore: all.length > end }, (tag) => toTag(draw, tag));
  },
});

export const getTrendingStatuses = endpoint({
  who: "anyone",
  scopes: ["read"],
  summary: "Statuses that reached most people this week",
  params: z.object({ limit: limit(20, 40), offset }),
  returns: z.array(Status),
  run: async (call) => {
    const { app, viewer, params } = call;
    const filter = { from: "everywhere", media: [], languages: [] } as const;
    const { notes, next } = await popularNotes(app, viewer, {
      filter,
      limit: params.limit,
      from: params.offset,
    });
    const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
    return offsetAnswer(call, { ...params, items: notes, hasMore: next !== null }, (note) =>
      toStatus(draw, note),
    );
  },
});

export const getTrendingLinks = endpoint({
  who: "anyone",
  scopes: ["read"],
  summary: "Links that more than one person wrote this week, most people first",
  params: z.object({ limit: limit(10, 20), offset }),
  returns: z.array(TrendsLink),
  run: async (call) => {
    const { app, params } = call;
    const { links, more } = await trendingLinks(app, { from: params.offset, limit: params.limit });
    return offsetAnswer(call, { ...params, items: links, hasMore: more }, (link) =>
      toTrendsLink(app.config.origin, link),
    );
  },
});
