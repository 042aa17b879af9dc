import type { z } from "zod";
import { Tag } from "./common.ts";
import { PreviewCard } from "./status.ts";

/** A link that many write: its card, and its last days. */
export const TrendsLink = PreviewCard.extend({ history: Tag.shape.history });
export type TrendsLink = z.infer<typeof TrendsLink>;
