import { z } from "zod";
import { Account } from "./account.ts";
import { Id } from "./common.ts";
import { Status } from "./status.ts";

export const Conversation = z.object({
  id: Id,
  unread: z.boolean(),
  accounts: z.array(Account).min(1),
  last_status: Status.nullable(),
});
export type Conversation = z.infer<typeof Conversation>;
