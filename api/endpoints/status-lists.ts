import { z } from "zod";
import type { EntryView, Page } from "../../server/domain/note.ts";
import { findLine, likesTimeline, quotesTimeline } from "../../server/services/notes/entries.ts";
import { bookmarksTimeline, listAnnouncers, listLikers } from "../../server/services/timelines.ts";
import { pageAnswer } from "../answers.ts";
import { type Answer, type Call, endpoint } from "../endpoint.ts";
import { Account } from "../entities/account.ts";
import { Status } from "../entities/status.ts";
import { pageOf, paging } from "../kinds.ts";
import { toAccount } from "../serialize/account.ts";
import { toTimelineStatus } from "../serialize/status.ts";
import { drawFor, statusId } from "./statuses.ts";

function statusPage(call: Call<unknown>, page: Page<EntryView>): Answer {
  const draw = drawFor(call);
  return pageAnswer(page, (entry) => toTimelineStatus(draw, entry));
}

/** People who did something with a status, last first; cursors are what they did. */
function people(summary: string, list: typeof listLikers) {
  return endpoint({
    who: "anyone",
    scopes: ["read:statuses"],
    summary,
    params: statusId.extend(paging(40, 80)),
    returns: z.array(Account),
    run: async ({ app, viewer, params }) => {
      const { noteId } = await findLine(app, viewer, params.id);
      const page = await list(app, viewer, noteId, pageOf(params));
      return pageAnswer(page, (actor) => toAccount(app.config.origin, actor));
    },
  });
}

export const getReblogged = people("Who boosted a status", listAnnouncers);
export const getFavourited = people("Who liked a status", listLikers);

export const getQuotes = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "Statuses that quote a status with its author's consent, newest first",
  params: statusId.extend(paging(20, 40)),
  returns: z.array(Status),
  run: async (call) => {
    const { app, viewer, params } = call;
    const { noteId } = await findLine(app, viewer, params.id);
    return statusPage(call, await quotesTimeline(app, viewer, noteId, pageOf(params)));
  },
});

export const getFavourites = endpoint({
  who: "user",
  scopes: ["read:favourites"],
  summary: "Statuses that the person liked, last liked first",
  params: z.object(paging(20, 40)),
  returns: z.array(Status),
  run: async (call) => statusPage(call, await likesTimeline(call.app, call.viewer, pageOf(call.params))),
});

export const getBookmarks = endpoint({
  who: "user",
  scopes: ["read:bookmarks"],
  summary: "Statuses that the person kept for later, last kept first",
  params: z.object(paging(20, 40)),
  returns: z.array(Status),
  run: async (call) => statusPage(call, await bookmarksTimeline(call.app, call.viewer, pageOf(call.params))),
});
