import { isoTime } from "../../server/context.ts";
import type { Draft } from "../../server/domain/note.ts";
import type { OwnPolicy } from "../../server/domain/policy.ts";
import type { ScheduledStatus } from "../entities/scheduled.ts";
import { toMedia } from "./media.ts";
import { VISIBILITIES } from "./status.ts";

type Params = ScheduledStatus["params"];

/** A draft that waits for its time. */
export function toScheduledStatus(origin: string, draft: Draft): ScheduledStatus {
  const at = isoTime(draft.publishAt ?? draft.scheduleAt ?? draft.updatedAt);
  return {
    id: String(draft.id),
    scheduled_at: at,
    params: {
      id: String(draft.id),
      text: draft.source,
      media_ids: draft.attachments.length === 0 ? null : draft.attachments.map(({ id }) => String(id)),
      sensitive: draft.sensitive,
      spoiler_text: draft.summary ?? "",
      visibility: VISIBILITIES[draft.visibility],
      language: draft.language,
      scheduled_at: null,
      poll: toPollParams(draft.poll),
      idempotency: null,
      with_rate_limit: false,
      application_id: draft.appId ?? 0,
      in_reply_to_id: draft.replyToId,
      quoted_status_id: draft.quoteOf === null ? null : String(draft.quoteOf),
      quote_approval_policy: toQuotePolicy(draft.policy),
    },
    media_attachments: draft.attachments.map((media) => toMedia(origin, media)),
  };
}

function toPollParams(poll: Draft["poll"]): Params["poll"] {
  if (poll === null) return null;
  return {
    options: [...poll.options],
    expires_in: String(Math.round(poll.expiresInMs / 1000)),
    multiple: poll.multiple,
    hide_totals: false,
  };
}

function toQuotePolicy({ quote }: Partial<OwnPolicy>): Params["quote_approval_policy"] {
  if (quote === undefined) return null;
  if (quote.automatic === "everyone") return "public";
  return quote.automatic === "followers" ? "followers" : "nobody";
}
