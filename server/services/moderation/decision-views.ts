import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import {
  type AppealView,
  type DecisionState,
  type DecisionView,
  MEASURES,
  WIDE_MEASURES,
} from "../../domain/decision.ts";
import { type ActorId, asId, type DecisionId, type NoteId, type ReportId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { type AppealRow, listAppealsAgainst } from "../../store/appeals.ts";
import { isSet } from "../../store/codec.ts";
import { type DecisionRow, type DecisionSieve, listDecisionRows } from "../../store/decisions.ts";
import { requireModerator } from "../administration/roles.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";
import { statementIn } from "./decision-records.ts";

const STATES: readonly DecisionState[] = ["in_force", "ended", "reversed"];

/**
 * Rows as views, in their order, in two statements. Who decided is told to staff alone, and never to the person concerned.
 * The caller made sure that `viewer` may know of them: staff, or the person (null: the person, who cannot sign in).
 */
export async function decisionViews(
  app: App,
  viewer: Viewer | null,
  rows: readonly DecisionRow[],
): Promise<readonly DecisionView[]> {
  if (rows.length === 0) return [];
  const isStaff = viewer !== null && outranks(viewer.role, "member");
  const ids = new Set(rows.flatMap((row) => [row.actor_id, row.by_id]).filter((id) => id !== null));
  const actors = new Map((await actorViews(app, [...ids])).map((actor) => [Number(actor.id), actor]));
  const appeals = new Map(
    (
      await listAppealsAgainst(
        app.db,
        rows.map((row) => row.id),
      )
    ).map((row) => [row.decision_id, row]),
  );
  return rows.map((row) => {
    const appeal = appeals.get(row.id);
    const seesWho = isStaff && row.actor_id !== Number(viewer.actorId);
    return {
      id: asId<DecisionId>(row.id),
      measure: [...MEASURES, ...WIDE_MEASURES].find((one) => one === row.measure) ?? "warn",
      state: STATES.find((one) => one === row.state) ?? "ended",
      actor: actors.get(row.actor_id ?? 0) ?? null,
      noteId: row.note_id === null ? null : asId<NoteId>(row.note_id),
      objectUri: row.object_uri,
      host: row.host,
      reportId: row.report_id === null ? null : asId<ReportId>(row.report_id),
      by: seesWho ? (actors.get(row.by_id ?? 0) ?? null) : null,
      statement: statementIn(row),
      automated: isSet(row.automated),
      createdAt: row.created_at,
      endsAt: row.ends_at,
      endedAt: row.ended_at,
      label: row.label,
      appeal: appeal === undefined ? null : toAppeal(appeal),
    };
  });
}

/** An appeal as both sides see it: not who judged it. */
export function toAppeal(row: AppealRow): AppealView {
  return {
    id: asId(row.id),
    state: row.state === "upheld" || row.state === "overturned" ? row.state : "open",
    comment: row.comment,
    language: row.language,
    answer: row.answer,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
  };
}

/** Decisions for staff, newest first. @throws forbidden below moderator */
export async function listDecisions(
  app: App,
  viewer: Viewer,
  request: PageRequest & DecisionSieve,
): Promise<Page<DecisionView>> {
  requireModerator(viewer);
  const cursor = toCursor(request);
  const rows = await listDecisionRows(app.db, request, cursor);
  return await toPage(rows, cursor, (found) => decisionViews(app, viewer, found));
}

/** The newest decisions for the operator at the command line, who has no account. */
export async function listAllDecisions(
  app: App,
  sieve: DecisionSieve,
  limit: number,
): Promise<readonly DecisionView[]> {
  const { rows } = await listDecisionRows(app.db, sieve, { limit });
  return await decisionViews(app, null, rows);
}

/** Somebody who is concerned by decisions: a member, whether they may sign in or not. */
export type Concerned = { readonly actorId: ActorId };

/** What was decided about somebody, for themselves, newest first. */
export async function listOwnDecisions(
  app: App,
  person: Concerned,
  request: PageRequest,
): Promise<Page<DecisionView>> {
  const cursor = toCursor(request);
  const rows = await listDecisionRows(app.db, { actorId: person.actorId }, cursor);
  return await toPage(rows, cursor, (found) => decisionViews(app, null, found));
}

/** The newest decision about somebody, for what tells them of it; null when there is none. */
export async function latestDecision(app: App, person: Concerned): Promise<DecisionView | null> {
  const { rows } = await listDecisionRows(app.db, { actorId: person.actorId }, { limit: 1 });
  return (await decisionViews(app, null, rows))[0] ?? null;
}
