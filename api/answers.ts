// Pages as clients walk them: by the `Link` header alone (RFC 8288).

import type { Page } from "../server/domain/note.ts";
import type { Answer, Cursors } from "./endpoint.ts";

/** A page of things that are drawn one by one. */
export function pageAnswer<T>(page: Page<T>, draw: (item: T) => unknown): Answer {
  return { body: page.items.map(draw), cursors: { older: page.older, first: page.first } };
}

/**
 * `next` stands first, since toot looks at the beginning alone; addresses are absolute and hold no comma, since masto divides at
 * commas. The last page has no `next`, an empty one no header.
 */
export function linkHeader(origin: string, asked: Asked, { older, first }: Cursors): string | null {
  const links = [
    ...(older === null ? [] : [`<${addressOf(origin, asked, "max_id", older)}>; rel="next"`]),
    ...(first === null ? [] : [`<${addressOf(origin, asked, "min_id", first)}>; rel="prev"`]),
  ];
  return links.length === 0 ? null : links.join(", ");
}

/** The address of a request, without our origin: a proxy may have asked us by another. */
type Asked = { readonly path: string; readonly query: string };

function addressOf(origin: string, asked: Asked, name: "max_id" | "min_id", cursor: number): string {
  const params = new URLSearchParams(asked.query);
  for (const cursorName of ["max_id", "since_id", "min_id", "access_token"]) params.delete(cursorName);
  params.set(name, String(cursor));
  return `${origin}${asked.path.replaceAll(",", "%2C")}?${params.toString().replaceAll(",", "%2C")}`;
}
