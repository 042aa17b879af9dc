// Shapes that clients are promised (docs.joinmastodon.org, entities). Each is a zod schema, of which the OpenAPI document is
// made and by which the tests judge what we answer; its type is what serialize/ must return.

import { z } from "zod";

export const Id = z.string().regex(/^\d+$/);
/** `2026-11-21T05:16:56.000Z`: some clients read nothing else. */
export const Moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export const Day = z.string().regex(/^\d{4}-\d\d-\d\d$/);
export const Url = z.url();
export const Html = z.string();

export const CustomEmoji = z.object({
  shortcode: z.string(),
  url: Url,
  static_url: Url,
  visible_in_picker: z.boolean(),
  category: z.string().optional(),
});
export type CustomEmoji = z.infer<typeof CustomEmoji>;

export const Tag = z.object({
  id: z.string(),
  name: z.string(),
  url: Url,
  history: z.array(z.object({ day: z.string(), uses: z.string(), accounts: z.string() })),
  following: z.boolean().optional(),
  featuring: z.boolean().optional(),
});
export type Tag = z.infer<typeof Tag>;

export const FilterResult = z.object({
  filter: z.object({
    id: Id,
    title: z.string(),
    context: z.array(z.enum(["home", "notifications", "public", "thread", "account"])),
    expires_at: Moment.nullable(),
    filter_action: z.enum(["warn", "hide", "blur"]),
    /** Of a match: its parts are asked for at the filter. */
    keywords: z.array(z.never()),
    statuses: z.array(z.never()),
  }),
  keyword_matches: z.array(z.string()).nullable(),
  status_matches: z.array(z.string()).nullable(),
});
export type FilterResult = z.infer<typeof FilterResult>;

/** An answer without anything in it. */
export const Nothing = z.object({});
