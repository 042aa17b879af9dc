import { sql } from "kysely";
import { listAbove, spreadContext } from "./conversations.ts";
import type { Db } from "./database.ts";
import { findVisibleNotes, isCounted, type NoteRow } from "./notes.ts";
import { visibleTo } from "./visible.ts";

/** Ancestors of a note, nearest first, at most `limit`; a missing or invisible one ends the walk. */
export async function findAncestors(
  db: Db,
  viewer: number | null,
  replyToId: number | null,
  limit: number,
): Promise<readonly NoteRow[]> {
  if (replyToId === null) return [];
  const chain = await sql<{ id: number; depth: number }>`
    with recursive chain (id, parent, depth) as (
      select notes.id, notes.reply_to_id, 1 from notes where notes.id = ${replyToId}
      union all
      select notes.id, notes.reply_to_id, chain.depth + 1 from notes join chain on notes.id = chain.parent
        where chain.depth < ${limit})
    select id, depth from chain order by depth`.execute(db);
  const ids = chain.rows.map((row) => row.id);
  const visible = new Map((await findVisibleNotes(db, viewer, ids)).map((row) => [row.id, row]));
  const rows: NoteRow[] = [];
  for (const id of ids) {
    const row = visible.get(id);
    if (row === undefined) break;
    rows.push(row);
  }
  return rows;
}

/** Direct replies that `viewer` may see, a page of them. Index: notes (reply_to_id, id). */
export async function findReplies(
  db: Db,
  viewer: number | null,
  noteId: number,
  page: { readonly order: "oldest" | "newest" | "liked"; readonly offset: number; readonly limit: number },
): Promise<readonly NoteRow[]> {
  const query = db
    .selectFrom("notes")
    .selectAll()
    .where("reply_to_id", "=", noteId)
    .where(visibleTo(viewer))
    .offset(page.offset)
    .limit(page.limit);
  switch (page.order) {
    case "oldest":
      return await query.orderBy("id", "asc").execute();
    case "newest":
      return await query.orderBy("id", "desc").execute();
    case "liked":
      return await query.orderBy("likes_count", "desc").orderBy("id", "asc").execute();
    default: {
      const unknown: never = page.order;
      return unknown;
    }
  }
}

/** What hangs on some notes, breadth by depth up to `maxDepth`, at most `limit`, invisible branches left out. Index: notes (reply_to_id, id). */
export async function findDescendants(
  db: Db,
  viewer: number | null,
  noteIds: readonly number[],
  maxDepth: number,
  limit: number,
): Promise<readonly NoteRow[]> {
  if (noteIds.length === 0) return [];
  const found = await sql<{ id: number }>`
    with recursive below (id, depth) as (
      select notes.id, 1 from notes where notes.reply_to_id in (${sql.join(noteIds)})
      union all
      select notes.id, below.depth + 1 from notes join below on notes.reply_to_id = below.id where below.depth < ${maxDepth})
    select id from below order by depth, id limit ${limit}`.execute(db);
  return await findVisibleNotes(
    db,
    viewer,
    found.rows.map((row) => row.id),
  );
}

/** Ties replies that came before their parent to it, and to its conversation. Index: notes_orphan. */
export async function adoptOrphans(
  db: Db,
  parentUri: string,
  parentId: number,
  contextUri: string | null,
): Promise<void> {
  // What the parent itself answers is not below it: notes that answer each other in a circle would have no end.
  const above = await listAbove(db, parentId);
  const rows = await db
    .updateTable("notes")
    .set({ reply_to_id: parentId })
    .where("reply_to_uri", "=", parentUri)
    .where("reply_to_id", "is", null)
    .where("id", "not in", [...above])
    .returning("visibility")
    .execute();
  if (rows.length > 0 && contextUri !== null) await spreadContext(db, parentId, contextUri);
  const adopted = rows.filter((row) => isCounted(row.visibility)).length;
  if (adopted === 0) return;
  await db
    .updateTable("notes")
    .set((eb) => ({ replies_count: eb("replies_count", "+", adopted) }))
    .where("id", "=", parentId)
    .execute();
}
