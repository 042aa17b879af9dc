import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import type { ClassifierLabel } from "../../domain/classifier.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { NoteView, Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  countWaitingHolds,
  endHolds,
  findHold,
  type HoldRow,
  type HoldSight,
  listWaiting,
  markReported,
} from "../../store/holds.ts";
import { findNoteById } from "../../store/notes.ts";
import { plainText } from "../../text/markup.ts";
import { requireModerator } from "../administration/roles.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { toCursor, toPage } from "../pages.ts";
import { visibleNoteViews } from "../views.ts";
import { audit } from "./audit.ts";
import { decideWithin, roleOf } from "./decisions.ts";
import { report } from "./holding.ts";
import { releaseWithin } from "./release.ts";
import { NO_REASONS, type Reasons, statementOf } from "./statements.ts";

/** A note that waits for a moderator. */
export type HeldNote = {
  readonly id: number;
  readonly note: NoteView;
  /** `rules`, or what the program behind the hook calls itself. */
  readonly source: string;
  readonly labels: readonly ClassifierLabel[];
  readonly reason: string;
  readonly since: number;
  /** Nobody has heard of it yet; otherwise people could see it, or an earlier text of it. */
  readonly isNew: boolean;
  /** Somebody made a report of it, too. */
  readonly isReported: boolean;
};

function sightOf(viewer: Viewer): HoldSight {
  return { viewerId: viewer.actorId, seesOwners: outranks(viewer.role, "moderator") };
}

/** Notes that wait, newest first; `language`: a primary subtag, `und` for unknown, null for all. @throws forbidden */
export async function listHeld(
  app: App,
  viewer: Viewer,
  { language, ...request }: PageRequest & { readonly language: string | null },
): Promise<Page<HeldNote>> {
  requireModerator(viewer);
  const cursor = toCursor(request);
  const rows = await listWaiting(app.db, sightOf(viewer), language, cursor);
  return await toPage(rows, cursor, (found) => heldNotes(app, viewer, found));
}

async function heldNotes(app: App, viewer: Viewer, rows: readonly HoldRow[]): Promise<readonly HeldNote[]> {
  const views = await visibleNoteViews(
    app,
    viewer,
    rows.map((row) => row.note_id),
  );
  const byId = new Map(views.map((view) => [Number(view.id), view]));
  return rows.flatMap((row) => {
    const note = byId.get(row.note_id);
    if (note === undefined) return [];
    return [
      {
        id: row.id,
        note,
        source: row.source,
        labels: fromJson<readonly ClassifierLabel[]>(row.labels, []),
        reason: row.reason ?? "",
        since: row.created_at,
        isNew: row.tells === "all",
        isReported: row.suggestion === "report",
      },
    ];
  });
}

/** Languages of what waits, with how many there are in each. @throws forbidden below moderator */
export async function heldLanguages(
  app: App,
  viewer: Viewer,
): Promise<readonly { readonly language: string; readonly found: number }[]> {
  requireModerator(viewer);
  return await countWaitingHolds(app.db, sightOf(viewer));
}

/** How many notes wait that this person may judge; for the navigation. */
export async function countHeld(app: App, viewer: Viewer): Promise<number> {
  const languages = await countWaitingHolds(app.db, sightOf(viewer));
  return languages.reduce((sum, { found }) => sum + found, 0);
}

/**
 * Shows a held note and tells everybody of it who would have heard when it was written, once.
 * @throws forbidden, not_found, conflict when somebody else was quicker
 */
export async function releaseHeld(app: App, viewer: Viewer, id: number): Promise<void> {
  const hold = await requireHold(app, viewer, id);
  await transaction(app.db, async (tx) => {
    const isDone = await releaseWithin(app, tx, hold.note_id, { from: "waiting", byId: viewer.actorId });
    if (!isDone) throw quicker();
    await audit(app, tx, viewer, { what: "held.released", ...(await subjectOf(tx, hold.note_id)) });
  });
  app.wake();
}

/**
 * Keeps a held note from everybody but its author, by a decision with its reasons, against which they may appeal.
 * @throws forbidden, not_found, conflict, invalid with fields
 */
export async function removeHeld(
  app: App,
  viewer: Viewer,
  id: number,
  reasons: Partial<Reasons> = {},
): Promise<void> {
  const hold = await requireHold(app, viewer, id);
  const instanceId = await getInstanceActorId(app);
  const what = { measure: "hide", noteId: asId<NoteId>(hold.note_id), isReported: false } as const;
  const statement = await statementOf(app, what, { ...NO_REASONS, ...reasons, foundByMachine: true });
  await transaction(app.db, async (tx) => {
    const end = { state: "removed", at: app.clock.now(), byId: viewer.actorId };
    if ((await endHolds(tx, hold.note_id, "waiting", end)) === 0) throw quicker();
    await decideWithin(
      app,
      tx,
      viewer,
      { measure: "hide", actorId: asId(hold.actor_id), noteId: what.noteId, statement },
      instanceId,
    );
  });
  app.wake();
}

/** Makes a report of a held note, for what needs more than one look; it goes on waiting. @throws forbidden, not_found */
export async function reportHeld(app: App, viewer: Viewer, id: number): Promise<void> {
  const hold = await requireHold(app, viewer, id);
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    const row = await findNoteById(tx, hold.note_id);
    if (row === undefined || hold.state !== "waiting") throw quicker();
    const judgement = {
      labels: fromJson<readonly ClassifierLabel[]>(hold.labels, []),
      suggest: "report",
      model: hold.source,
      reason: hold.reason ?? "",
      ruleIds: [],
    } as const;
    const about = { actorId: row.actor_id, noteId: row.id, noteUri: row.uri, language: row.language };
    await report(app, tx, about, { judgement, instanceId, text: plainText(row.content_html) });
    await markReported(tx, hold.id);
    await audit(app, tx, viewer, { what: "held.reported", subject: row.uri });
  });
  app.wake();
}

/** Somebody else of the staff, or its author, was there before. */
function quicker(): CausewayError {
  return new CausewayError("conflict", "error.held_over");
}

async function subjectOf(db: Db, noteId: number): Promise<{ readonly subject?: string }> {
  const row = await findNoteById(db, noteId);
  return row === undefined ? {} : { subject: row.uri };
}

async function requireHold(app: App, viewer: Viewer, id: number): Promise<HoldRow> {
  requireModerator(viewer);
  const hold = await findHold(app.db, id);
  if (hold === undefined || hold.actor_id === Number(viewer.actorId)) throw notFound();
  if (!sightOf(viewer).seesOwners && (await roleOf(app.db, hold.actor_id)) === "owner") throw notFound();
  const views = await visibleNoteViews(app, viewer, [hold.note_id]);
  if (views.length === 0) throw notFound();
  return hold;
}
