import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import type { NoteVersion, NoteView, ThreadOrder, ThreadReply, ThreadView } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { findMuted } from "../../store/follows.ts";
import { findNoteById, findVisibleNotes, listVersionRows, type NoteRow } from "../../store/notes.ts";
import { findAncestors, findDescendants, findReplies } from "../../store/threads.ts";
import { findFollowStates } from "../../store/trends.ts";
import { isShown, noteViews } from "../views.ts";

/** Ancestors shown, direct replies of a page, and what hangs on those, at most. */
const ANCESTORS = 40;
const DIRECT = 50;
const FURTHER = 200;
/** Replies are nested this deep; what answers the deepest is counted there, and read on a page of its own. */
const DEPTH = 4;
/** The same for apps, which ask for a thread in one piece: for members, and for whoever passes by. */
const WHOLE = {
  member: { ancestors: 500, replies: 2_000, depth: 100 },
  stranger: { ancestors: 40, replies: 60, depth: 20 },
} as const;

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

/** Which part of a thread is shown, and in which order. */
export type ThreadRequest = {
  readonly order?: ThreadOrder | undefined;
  /** Of the direct replies, beginning with 1. */
  readonly page?: number | undefined;
};

/** A note in its thread, each part only as far as the viewer may see it. A fixed number of queries. */
export async function viewThread(
  app: App,
  viewer: Viewer | null,
  id: NoteId,
  request: ThreadRequest = {},
): Promise<ThreadView> {
  const who = viewer?.actorId ?? null;
  const [row] = await findVisibleNotes(app.db, who, [id]);
  if (row === undefined) return await absent(app, id);
  const { order = "oldest", page = 1 } = request;
  const ancestors = await findAncestors(app.db, who, row.reply_to_id, ANCESTORS);
  const found = await findReplies(app.db, who, id, { order, offset: (page - 1) * DIRECT, limit: DIRECT + 1 });
  const direct = found.slice(0, DIRECT);
  const deeper = await findDescendants(app.db, who, idsOf(direct), DEPTH, FURTHER);
  const rows = [...direct, ...deeper];
  const muted = viewer === null ? [] : await mutedAuthors(app, viewer, rows);
  const views = viewsById(await noteViews(app, viewer, [...ancestors, row, ...rows], "thread"));
  const note = views.get(row.id);
  if (note === undefined) throw notFound();
  const oldest = ancestors.at(-1) ?? row;
  const ordered = inReadingOrder(direct, deeper, views);
  return {
    ancestors: ancestors.toReversed().flatMap((ancestor) => views.get(ancestor.id) ?? []),
    // Whoever opens a note by its address wants to read it.
    note: { ...note, filtered: null },
    ...parted(ordered, new Set([...muted, ...(await limitedAuthors(app, viewer, ordered))])),
    order,
    page,
    nextPage: found.length > DIRECT ? page + 1 : null,
    missingParentUri:
      oldest.reply_to_uri !== null && oldest.reply_to_id === null ? oldest.reply_to_uri : null,
  };
}

/** What stands above a note, oldest first, and below it, each reply under what it answers. */
export type WholeThread = {
  readonly ancestors: readonly NoteView[];
  readonly descendants: readonly NoteView[];
};

/**
 * A whole thread as apps read it, as far as the viewer may see it; what muted people wrote and what filters hide is left out
 * with all that hangs on it. A fixed number of queries. @throws not_found
 */
export async function viewWholeThread(app: App, viewer: Viewer | null, id: NoteId): Promise<WholeThread> {
  const who = viewer?.actorId ?? null;
  const [row] = await findVisibleNotes(app.db, who, [id]);
  if (row === undefined) throw notFound();
  const most = viewer === null ? WHOLE.stranger : WHOLE.member;
  const above = await findAncestors(app.db, who, row.reply_to_id, most.ancestors);
  const below = await findDescendants(app.db, who, [row.id], most.depth, most.replies);
  const muted = viewer === null ? [] : await mutedAuthors(app, viewer, below);
  const views = viewsById(await noteViews(app, viewer, [...above, ...below], "thread"));
  const direct = below.filter((one) => one.reply_to_id === row.id).toSorted((a, b) => a.id - b.id);
  const ordered = inReadingOrder(direct, below, views, most.depth);
  return {
    ancestors: above.toReversed().flatMap((one) => views.get(one.id) ?? []),
    descendants: parted(ordered, new Set(muted)).replies.map(({ note }) => note),
  };
}

function idsOf(rows: readonly NoteRow[]): readonly number[] {
  return rows.map((row) => row.id);
}

function viewsById(views: readonly NoteView[]): ReadonlyMap<number, NoteView> {
  return new Map(views.map((view) => [view.id, view]));
}

async function mutedAuthors(app: App, viewer: Viewer, rows: readonly NoteRow[]): Promise<readonly number[]> {
  const authors = new Set(rows.map((row) => row.actor_id));
  return await findMuted(app.db, viewer.actorId, [...authors], app.clock.now());
}

/** Authors whom moderators limited and the reader does not follow; no statement when there are none. */
async function limitedAuthors(
  app: App,
  viewer: Viewer | null,
  replies: readonly ThreadReply[],
): Promise<readonly number[]> {
  const limited = new Set(
    replies.flatMap(({ note }) =>
      note.author.limited && note.author.id !== viewer?.actorId ? [Number(note.author.id)] : [],
    ),
  );
  if (viewer === null || limited.size === 0) return [...limited];
  const states = await findFollowStates(app.db, viewer.actorId, [...limited]);
  return [...limited].filter((id) => states.get(id) !== "accepted");
}

/** Depth first: each reply directly below what it answers. A reply whose parent is hidden is hidden with it. */
function inReadingOrder(
  direct: readonly NoteRow[],
  deeper: readonly NoteRow[],
  views: ReadonlyMap<number, NoteView>,
  deepest = DEPTH,
): readonly ThreadReply[] {
  const children = Map.groupBy(deeper, (row) => row.reply_to_id ?? 0);
  const ordered: ThreadReply[] = [];
  const walk = (rows: readonly NoteRow[], depth: number): void => {
    for (const row of rows) {
      const note = views.get(row.id);
      if (note === undefined) continue;
      const below = (children.get(row.id) ?? []).toSorted((a, b) => a.id - b.id);
      const isDeepest = depth === deepest;
      ordered.push({ note, depth, further: isDeepest ? below.length : 0 });
      if (!isDeepest) walk(below, depth + 1);
    }
  };
  walk(direct, 1);
  return ordered;
}

/** What muted and limited people wrote and what filters hide, with all that hangs on it, stands apart. */
function parted(
  ordered: readonly ThreadReply[],
  muted: ReadonlySet<number>,
): Pick<ThreadView, "replies" | "hidden"> {
  const replies: ThreadReply[] = [];
  const hidden: ThreadReply[] = [];
  let hiddenFrom = Number.POSITIVE_INFINITY;
  for (const reply of ordered) {
    if (reply.depth <= hiddenFrom) hiddenFrom = Number.POSITIVE_INFINITY;
    const isUnwanted = muted.has(reply.note.author.id) || !isShown(reply.note);
    if (hiddenFrom === Number.POSITIVE_INFINITY && isUnwanted) hiddenFrom = reply.depth;
    (hiddenFrom === Number.POSITIVE_INFINITY ? replies : hidden).push(reply);
  }
  return { replies, hidden };
}

/** Earlier versions of a note, oldest first, the present one last. @throws not_found */
export async function listVersions(
  app: App,
  viewer: Viewer | null,
  id: NoteId,
): Promise<readonly NoteVersion[]> {
  const note = await viewNote(app, viewer, id);
  // What the law keeps from whoever reads was no different before.
  const rows = note.withheld?.isHere === true ? [] : await listVersionRows(app.db, id);
  const earlier = rows.map((row) => ({
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
