import { z } from "zod";
import { CustomEmoji, Html, Id, Moment, Url } from "./common.ts";

/** What the owners tell everybody here. */
export const Announcement = z.object({
  id: Id,
  content: Html,
  starts_at: Moment,
  ends_at: Moment.optional(),
  all_day: z.boolean(),
  published: z.boolean(),
  published_at: Moment,
  updated_at: Moment,
  read: z.boolean(),
  mentions: z.array(z.object({ id: Id, username: z.string(), url: Url, acct: z.string() })),
  statuses: z.array(z.object({ id: Id, url: Url })),
  tags: z.array(z.object({ name: z.string(), url: Url })),
  emojis: z.array(CustomEmoji),
  reactions: z.array(z.object({ name: z.string(), count: z.number().int(), me: z.boolean() })),
});
export type Announcement = z.infer<typeof Announcement>;

const Marker = z.object({ last_read_id: Id, version: z.number().int(), updated_at: Moment });

export const Markers = z.object({ home: Marker.optional(), notifications: Marker.optional() });
export type Markers = z.infer<typeof Markers>;
