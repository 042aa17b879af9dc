import { z } from "zod";
import { Id, Moment } from "./common.ts";
import { MediaAttachment } from "./status.ts";

/** A status that waits for its time, with what it will be made of. */
export const ScheduledStatus = z.object({
  id: Id,
  scheduled_at: Moment,
  params: z.object({
    text: z.string(),
    media_ids: z.array(Id).nullable(),
    /** That of the whole: masto takes the two for one thing. */
    id: Id,
    sensitive: z.boolean(),
    spoiler_text: z.string(),
    visibility: z.enum(["public", "unlisted", "private", "direct"]),
    language: z.string().nullable(),
    scheduled_at: Moment.nullable(),
    poll: z
      .object({
        options: z.array(z.string()),
        expires_in: z.string(),
        multiple: z.boolean(),
        hide_totals: z.boolean(),
      })
      .nullable(),
    idempotency: z.string().nullable(),
    with_rate_limit: z.boolean(),
    application_id: z.number().int(),
    in_reply_to_id: z.number().int().nullable(),
    quoted_status_id: Id.nullable(),
    quote_approval_policy: z.enum(["public", "followers", "nobody"]).nullable(),
  }),
  media_attachments: z.array(MediaAttachment),
});
export type ScheduledStatus = z.infer<typeof ScheduledStatus>;
