import { z } from "zod";
import { Day, Id, Url } from "./common.ts";

/** A tag on a profile; the count is a text, since Mastodon's is. */
export const FeaturedTag = z.object({
  id: Id,
  name: z.string(),
  url: Url,
  statuses_count: z.string(),
  last_status_at: Day.nullable(),
});
export type FeaturedTag = z.infer<typeof FeaturedTag>;
