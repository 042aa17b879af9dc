import { z } from "zod";
import { Account } from "./account.ts";
import { Id, Moment } from "./common.ts";

export const Report = z.object({
  id: Id,
  action_taken: z.boolean(),
  action_taken_at: Moment.nullable(),
  category: z.enum(["spam", "violation", "legal", "other"]),
  comment: z.string(),
  forwarded: z.boolean(),
  created_at: Moment,
  status_ids: z.array(Id),
  rule_ids: z.array(z.string()),
  collection_ids: z.array(Id),
  target_account: Account,
});
export type Report = z.infer<typeof Report>;
