import { z } from "zod";
import { Id } from "./common.ts";

export const List = z.object({
  id: Id,
  title: z.string(),
  replies_policy: z.enum(["followed", "list", "none"]),
  exclusive: z.boolean(),
});
export type List = z.infer<typeof List>;
