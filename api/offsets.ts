// Lists without ids, walked by how many came before.

import type { Answer, Call } from "./endpoint.ts";

/** A page by rank: `next` leads on while there is more. */
export function offsetAnswer<T>(
  { app, request }: Pick<Call, "app" | "request">,
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
  const asked = new URL(request.url);
  asked.searchParams.delete("access_token");
  asked.searchParams.set("offset", String(offset + limit));
  const address = `${app.config.origin}${asked.pathname}?${asked.searchParams.toString().replaceAll(",", "%2C")}`;
  return { body, headers: { Link: `<${address}>; rel="next"` } };
}
