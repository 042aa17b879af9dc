import { z } from "zod";
import { homeTimeline } from "../../server/services/timelines.ts";
import { pageAnswer } from "../answers.ts";
import { endpoint } from "../endpoint.ts";
import { Status } from "../entities/status.ts";
import { pageOf, paging } from "../kinds.ts";
import { toTimelineStatus } from "../serialize/status.ts";

export const getHome = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "Statuses and boosts of those the person follows, newest first",
  params: z.object(paging(20, 40)),
  returns: z.array(Status),
  run: async ({ app, viewer, params }) => {
    const page = await homeTimeline(app, viewer, pageOf(params));
    const draw = { origin: app.config.origin, isSignedIn: true };
    return pageAnswer(page, (entry) => toTimelineStatus(draw, entry));
  },
});
