import { z } from "zod";
import { notFound } from "../../server/errors.ts";
import { announcementsFor, dismissAnnouncement } from "../../server/services/announcements/announcements.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { Announcement } from "../entities/notices.ts";
import { flag, pathId } from "../kinds.ts";
import { toAnnouncement } from "../serialize/notices.ts";

export const getAnnouncements = endpoint({
  who: "user",
  scopes: ["read"],
  summary: "What the owners tell everybody here now, newest first",
  params: z.object({ with_dismissed: flag }),
  returns: z.array(Announcement),
  missing: "Nobody reacts to announcements: `reactions` is empty.",
  run: async ({ app, viewer, params }) => {
    const told = await announcementsFor(app, viewer, { all: params.with_dismissed === true });
    return answer(told.map(toAnnouncement));
  },
});

export const postAnnouncementDismiss = endpoint({
  who: "user",
  scopes: ["write:accounts"],
  summary: "The person has read an announcement",
  params: z.object({ id: pathId() }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    if (!(await dismissAnnouncement(app, viewer, params.id))) throw notFound();
    return answer({});
  },
});
