// Lists without ids, walked by how many came before.

import type { Answer, Call } from "./endpoint.ts";

/** A page by rank: `next` leads on while there is more. */
export function offsetAnswer<T>(
  { app, address }: Pick<Call, "app" | "address">,
  page: {
    readonly items: readonly T[];
    readonly offset: number;
    readonly limit: number;
    readonly hasMore: boolean;
  },
  draw: (item: T) => unknown,
): Answer {
  const { items, offset, limit, hasMore } = page;
  const body = items.map(draw);
  if (!hasMore) return { body };
  const params = new URLSearchParams(address.query);
  params.delete("access_token");
  params.set("offset", String(offset + limit));
  const next = `${app.config.origin}${address.path}?${params.toString().replaceAll(",", "%2C")}`;
  return { body, headers: { Link: `<${next}>; rel="next"` } };
}
