import { z } from "zod";
import { Id, Url } from "./common.ts";

/** What an app can be told of, by type. */
export const ALERTS = [
  "mention",
  "status",
  "reblog",
  "follow",
  "follow_request",
  "favourite",
  "poll",
  "update",
  "quote",
  "admin.sign_up",
  "admin.report",
] as const;
export type Alert = (typeof ALERTS)[number];

export const PushSubscription = z.object({
  id: Id,
  endpoint: Url,
  standard: z.boolean(),
  alerts: z.object({
    mention: z.boolean(),
    status: z.boolean(),
    reblog: z.boolean(),
    follow: z.boolean(),
    follow_request: z.boolean(),
    favourite: z.boolean(),
    poll: z.boolean(),
    update: z.boolean(),
    quote: z.boolean(),
    "admin.sign_up": z.boolean(),
    "admin.report": z.boolean(),
  }),
  policy: z.enum(["all", "followed", "follower", "none"]),
  server_key: z.string(),
});
export type PushSubscription = z.infer<typeof PushSubscription>;
