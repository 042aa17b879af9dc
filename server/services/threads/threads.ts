import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import type { NoteVersion, NoteView, ThreadView } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { findNoteById, findVisibleNotes, listVersionRows } from "../../store/notes.ts";
import { findAncestors, findDescendants } from "../../store/threads.ts";
import { noteViews } from "../views.ts";

/** Ancestors and replies shown at most, and how deep replies are nested before "continue". */
const ANCESTORS = 40;
const REPLIES = 200;
const DEPTH = 12;

/** One note. @throws not_found when it is not there or not for this viewer, gone for a deleted public one. */
export async function viewNote(app: App, viewer: Viewer | null, id: NoteId): Promise<NoteView> {
  const [row] = await findVisibleNotes(app.db, viewer?.actorId ?? null, [id]);
  if (row === undefined) return await absent(app, id);
  const [view] = await noteViews(app, viewer, [row]);
  if (view === undefined) throw notFound();
  return view;
}

/** A deleted note that everybody could see says so; anything else does not exist. */
async function absent(app: App, id: NoteId): Promise<never> {
  const row = await findNoteById(app.db, id);
  const wasOpen = row?.visibility === "public" || row?.visibility === "unlisted";
  if (row !== undefined && row.deleted_at !== null && wasOpen) throw new CausewayError("gone", "error.gone");
  throw notFound();
}

/** A note in its thread, each part only as far as the viewer may see it. */
export async function viewThread(app: App, viewer: Viewer | null, id: NoteId): Promise<ThreadView> {
  const who = viewer?.actorId ?? null;
  const [row] = await findVisibleNotes(app.db, who, [id]);
  if (row === undefined) return await absent(app, id);
  const ancestors = await findAncestors(app.db, who, row.reply_to_id, ANCESTORS);
  const replies = await findDescendants(app.db, who, id, DEPTH, REPLIES);
  const views = new Map(
    (await noteViews(app, viewer, [...ancestors, row, ...replies])).map((v) => [v.id as number, v]),
  );
  const note = views.get(row.id);
  if (note === undefined) throw notFound();
  const oldest = ancestors.at(-1) ?? row;
  return {
    ancestors: ancestors.toReversed().flatMap((ancestor) => views.get(ancestor.id) ?? []),
    note,
    replies: inReadingOrder(row.id, replies, views),
    missingParentUri:
      oldest.reply_to_uri !== null && oldest.reply_to_id === null ? oldest.reply_to_uri : null,
  };
}

/** Depth first: each reply directly below what it answers. A reply whose parent is hidden is hidden with it. */
function inReadingOrder(
  rootId: number,
  rows: readonly { readonly id: number; readonly reply_to_id: number | null }[],
  views: ReadonlyMap<number, NoteView>,
): ThreadView["replies"] {
  const children = Map.groupBy(rows, (row) => row.reply_to_id ?? 0);
  const ordered: { note: NoteView; depth: number }[] = [];
  const walk = (parentId: number, depth: number): void => {
    for (const child of (children.get(parentId) ?? []).toSorted((a, b) => a.id - b.id)) {
      const note = views.get(child.id);
      if (note === undefined) continue;
      ordered.push({ note, depth });
      walk(child.id, depth + 1);
    }
  };
  walk(rootId, 1);
  return ordered;
}

/** Earlier versions of a note, oldest first, the present one last. @throws not_found */
export async function listVersions(
  app: App,
  viewer: Viewer | null,
  id: NoteId,
): Promise<readonly NoteVersion[]> {
  const note = await viewNote(app, viewer, id);
  const earlier = (await listVersionRows(app.db, id)).map((row) => ({
    at: row.at,
    summary: row.summary,
    contentHtml: row.content_html,
    language: row.language,
  }));
  const present = {
    at: note.editedAt ?? note.publishedAt,
    summary: note.summary,
    contentHtml: note.contentHtml,
    language: note.language,
  };
  return [...earlier, present];
}
