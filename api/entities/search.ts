import { z } from "zod";
import { Account } from "./account.ts";
import { Tag } from "./common.ts";
import { Status } from "./status.ts";

export const Search = z.object({
  accounts: z.array(Account),
  statuses: z.array(Status),
  hashtags: z.array(Tag),
});

/** Tags were plain names in the first version. */
export const OldSearch = z.object({
  accounts: z.array(Account),
  statuses: z.array(Status),
  hashtags: z.array(z.string()),
});
