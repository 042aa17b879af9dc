import type { Page, PageRequest } from "../domain/note.ts";
import { ascending, type Cursor, cursorOf, type Rows } from "../store/page.ts";

/** Turns rows into a page with cursors, drawing each row once. */
export async function toPage<R extends { readonly id: number }, V>(
  found: Rows<R>,
  cursor: Cursor,
  draw: (rows: readonly R[]) => Promise<readonly V[]>,
): Promise<Page<V>> {
  const first = found.rows[0];
  const last = found.rows.at(-1);
  const walkingUp = ascending(cursor);
  const hasOlder = walkingUp ? last !== undefined : found.more;
  const hasNewer = walkingUp ? found.more : cursor.before !== undefined;
  return {
    items: await draw(found.rows),
    older: hasOlder && last !== undefined ? last.id : null,
    newer: hasNewer && first !== undefined ? first.id : null,
    first: first?.id ?? null,
  };
}

/** The store's cursor of a door's page request. */
export function toCursor(request: PageRequest): Cursor {
  return cursorOf(request);
}
