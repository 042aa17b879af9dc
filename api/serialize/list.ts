import type { ListView } from "../../server/domain/list.ts";
import type { List } from "../entities/list.ts";

/** A list of the viewer's. */
export function toList({ id, title, replies, exclusive }: ListView): List {
  return { id: String(id), title, replies_policy: replies, exclusive };
}
