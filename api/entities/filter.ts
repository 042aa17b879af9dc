import { z } from "zod";
import { Id, Moment } from "./common.ts";

const FilterContext = z.enum(["home", "notifications", "public", "thread", "account"]);

export const FilterKeyword = z.object({ id: Id, keyword: z.string(), whole_word: z.boolean() });
export type FilterKeyword = z.infer<typeof FilterKeyword>;

export const FilterStatus = z.object({ id: Id, status_id: Id });
export type FilterStatus = z.infer<typeof FilterStatus>;

export const Filter = z.object({
  id: Id,
  title: z.string(),
  context: z.array(FilterContext),
  expires_at: Moment.nullable(),
  filter_action: z.enum(["warn", "hide", "blur"]),
  keywords: z.array(FilterKeyword),
  statuses: z.array(FilterStatus),
});
export type Filter = z.infer<typeof Filter>;

/** Filters as they were before 4.0: one word each. */
export const OldFilter = z.object({
  id: Id,
  phrase: z.string(),
  context: z.array(FilterContext),
  whole_word: z.boolean(),
  expires_at: Moment.nullable(),
  irreversible: z.boolean(),
});
export type OldFilter = z.infer<typeof OldFilter>;
