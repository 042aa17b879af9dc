import type { App } from "../../context.ts";
import { outranks, type Role, ROLES, type Viewer } from "../../domain/actor.ts";
import {
  isOneAct,
  type Measure,
  type NewDecision,
  NOTE_MEASURES,
  PERSON_MEASURES,
} from "../../domain/decision.ts";
import { PENDING } from "../../domain/gates.ts";
import { asId, type DecisionId } from "../../domain/ids.ts";
import { LABELS, type Statement, STATEMENT_LIMITS } from "../../domain/statement.ts";
import { CausewayError, type FieldFaults, forbidden, invalid, notFound } from "../../errors.ts";
import { findAccountOfActor } from "../../store/accounts.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction, type Tx } from "../../store/database.ts";
import {
  type DecisionRow,
  endDecisionRow,
  findDecision,
  findNewestDecision,
  listDueDecisions,
  listForceOnActor,
} from "../../store/decisions.ts";
import { lockLogs } from "../../store/moderation-log.ts";
import { findNoteById, type NoteRow } from "../../store/notes.ts";
import { findReport } from "../../store/reports.ts";
import { requireModerator } from "../administration/roles.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { notify, untell } from "../notifications/notify.ts";
import { audit } from "./audit.ts";
import { recordDecision, recordReversal } from "./decision-records.ts";
import { liftSuspension, settleActor, settleNote, takeMeasureOnActor, takeMeasureOnNote } from "./effects.ts";
import { appendLog } from "./log.ts";
import { endWithholdingOfDecision } from "./withholding-ends.ts";

// What is decided about people and notes, by moderators, the operator and automation. Whatever decides about servers, by law
// or about many at once writes it down by `recordDecision` of decision-records.ts.

/** The same form sent twice is one decision. */
const TWICE_MS = 60_000;
/** Longer than this is for good. */
const LONGEST_MS = 10 * 366 * 86_400_000;

/**
 * Does something about somebody or one of their notes, writes it down with its reasons in all three places, and tells the
 * person when they are a member. `viewer`: null = the operator, or automation.
 * @throws forbidden, not_found, invalid with fields, conflict for the last owner
 */
export async function decide(app: App, viewer: Viewer | null, command: NewDecision): Promise<DecisionId> {
  const instanceId = await getInstanceActorId(app);
  const id = await transaction(app.db, (tx) => decideWithin(app, tx, viewer, command, instanceId));
  app.wake();
  return id;
}

/** The same inside the caller's transaction, who wakes the jobs afterwards; for many at once. */
export async function decideWithin(
  app: App,
  tx: Tx,
  viewer: Viewer | null,
  command: NewDecision,
  instanceId: number,
): Promise<DecisionId> {
  const { actor, note } = await requireTarget(tx, viewer, command);
  const now = app.clock.now();
  requireSound(command, now);
  const statement: Statement = {
    ...command.statement,
    automatedDetection:
      command.statement.automatedDetection || (await isOfClassifier(tx, command.reportId, instanceId)),
    applicationDate: now,
    automatedDecision:
      command.automated === true ? "AUTOMATED_DECISION_FULLY" : "AUTOMATED_DECISION_NOT_AUTOMATED",
  };
  const before = await findNewestDecision(tx, actor.id, note?.id ?? null);
  if (before !== undefined && isSame(before, viewer, command, statement)) return asId(before.id);
  const id = await recordDecision(app, tx, viewer, {
    measure: command.measure,
    ...(command.measure === "label" ? { label: command.label } : {}),
    actorId: actor.id,
    noteId: note?.id,
    objectUri: note?.uri ?? actor.uri,
    host: actor.host === "" ? undefined : actor.host,
    reportId: command.reportId,
    statement,
    automated: command.automated,
    endsAt: command.endsAt,
    line: {
      kind: "decision",
      what: command.measure,
      subject: note !== null ? "note" : actor.host === "" ? "member" : "remote",
      ...(note !== null && isOpen(note) ? { object: note.uri } : {}),
    },
  });
  if (note === null) await takeMeasureOnActor(app, tx, actor, command.measure);
  else await takeMeasureOnNote(app, tx, note, command.measure);
  await tellPerson(app, tx, actor.id, instanceId);
  return id;
}

/** True for what a classifier reported: this server itself is then the reporter (holding.ts). */
async function isOfClassifier(db: Db, reportId: number | undefined, instanceId: number): Promise<boolean> {
  return reportId !== undefined && (await findReport(db, reportId))?.reporter_id === instanceId;
}

function isOpen(note: NoteRow): boolean {
  return note.visibility === "public" || note.visibility === "unlisted";
}

function isSame(
  before: DecisionRow,
  viewer: Viewer | null,
  command: NewDecision,
  statement: Statement,
): boolean {
  if (statement.applicationDate - before.created_at > TWICE_MS || before.state === "reversed") return false;
  const words = toJson({ ...statement, applicationDate: before.created_at });
  return (
    before.measure === command.measure &&
    before.by_id === (viewer?.actorId ?? null) &&
    before.label === (command.measure === "label" ? (command.label ?? null) : null) &&
    before.ends_at === (command.endsAt ?? null) &&
    before.report_id === (command.reportId ?? null) &&
    before.statement === words
  );
}

type Target = { readonly actor: ActorRow; readonly note: NoteRow | null };

/** @throws forbidden, not_found, invalid `{ measure }` */
async function requireTarget(db: Db, viewer: Viewer | null, command: NewDecision): Promise<Target> {
  if (viewer !== null) requireModerator(viewer);
  const actor = await findActorById(db, command.actorId);
  if (actor === undefined || actor.deleted_at !== null || actor.kind === "Application") throw notFound();
  // Who waits at the door is let in or turned away (services/accounts/sign-up-line.ts).
  if (actor.suspended_by === PENDING) throw notFound();
  await requireMayAct(db, viewer, actor.id);
  const isAboutNote = command.noteId !== undefined;
  const measures: readonly Measure[] = isAboutNote ? NOTE_MEASURES : PERSON_MEASURES;
  if (!measures.includes(command.measure)) throw invalid({ measure: { key: "error.invalid" } });
  // What is gone for good is for those who answer for the server.
  if (!isAboutNote && command.measure === "delete" && viewer !== null && !outranks(viewer.role, "moderator"))
    throw forbidden();
  if (command.noteId === undefined) return { actor, note: null };
  const note = await findNoteById(db, command.noteId);
  if (note === undefined || note.actor_id !== actor.id || note.deleted_at !== null) throw notFound();
  return { actor, note };
}

/** Nobody acts on themselves, on equals or on those above; owners act on everybody else. @throws forbidden */
async function requireMayAct(db: Db, viewer: Viewer | null, actorId: number): Promise<void> {
  if (viewer === null) return;
  if (!mayActOn(viewer, actorId, await roleOf(db, actorId))) throw forbidden();
}

/** The same as an answer; `role` is null for people of other servers. */
export function mayActOn(viewer: Viewer, actorId: number, role: Role | null): boolean {
  if (!outranks(viewer.role, "member") || Number(viewer.actorId) === actorId) return false;
  return role === null || viewer.role === "owner" || outranks(viewer.role, role);
}

/** What a member is; null for people of other servers and for those who left. */
export async function roleOf(db: Db, actorId: number): Promise<Role | null> {
  const account = await findAccountOfActor(db, actorId);
  return account === undefined ? null : (ROLES.find((role) => role === account.role) ?? "member");
}

/** @throws invalid with fields */
function requireSound({ measure, label, endsAt, statement }: NewDecision, now: number): void {
  const faults: Record<string, FieldFaults[string]> = {};
  if (measure === "label" && !LABELS.some((one) => one === label)) faults["label"] = { key: "field.choose" };
  if (endsAt !== undefined && (isOneAct(measure) || endsAt <= now || endsAt > now + LONGEST_MS))
    faults["ends"] = { key: "field.date_future" };
  const limits = {
    ground: STATEMENT_LIMITS.ground,
    explanation: STATEMENT_LIMITS.words,
    decisionFacts: STATEMENT_LIMITS.words,
  } as const;
  for (const [name, max] of Object.entries(limits) as readonly (readonly [keyof typeof limits, number])[])
    if (statement[name].length > max) faults[name] = { key: "field.too_long", params: { max } };
  if (Object.keys(faults).length > 0) throw invalid(faults);
}

/** The person concerned hears of it: one line that is new again, and leads to all there is. */
export async function tellPerson(app: App, tx: Tx, actorId: number, instanceId: number): Promise<void> {
  await untell(tx, { kinds: ["decision"], to: actorId, actorId: instanceId });
  await notify(app, tx, { kind: "decision", to: [actorId], actorId: instanceId });
}

/**
 * Takes a decision back: what was there before is there again, unless another decision still asks for it. What was gone for
 * good stays gone. Idempotent. @throws forbidden, not_found, invalid for those about servers, by law or about many
 */
export async function reverseDecision(app: App, viewer: Viewer | null, id: DecisionId): Promise<void> {
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, (tx) => reverseWithin(app, tx, viewer, id, instanceId));
  app.wake();
}

/** The same inside the caller's transaction, who wakes the jobs afterwards. */
export async function reverseWithin(
  app: App,
  tx: Tx,
  viewer: Viewer | null,
  id: DecisionId,
  instanceId: number,
): Promise<void> {
  if (viewer !== null) requireModerator(viewer);
  const row = await findDecision(tx, id);
  if (row === undefined) throw notFound();
  if (row.measure === "withhold" && row.actor_id !== null) {
    await requireMayAct(tx, viewer, row.actor_id);
    if (await endWithholdingOfDecision(app, tx, viewer, row.id))
      await tellPerson(app, tx, row.actor_id, instanceId);
    return;
  }
  if (row.actor_id === null || !PERSON_OR_NOTE.has(row.measure))
    throw new CausewayError("invalid", "error.invalid");
  await requireMayAct(tx, viewer, row.actor_id);
  if (!(await recordReversal(app, tx, viewer, row))) return;
  await settle(app, tx, row);
  await tellPerson(app, tx, row.actor_id, instanceId);
}

const PERSON_OR_NOTE: ReadonlySet<string> = new Set([...NOTE_MEASURES, ...PERSON_MEASURES]);

async function settle(app: App, tx: Tx, row: DecisionRow): Promise<void> {
  if (row.note_id !== null) await settleNote(app, tx, row.note_id);
  else if (row.actor_id !== null) await settleActor(app, tx, row.actor_id);
}

/**
 * Ends everything of a kind that holds about somebody as a whole: what the client API and the lists of members call
 * unsuspend, unsilence, unsensitive. Somebody who was suspended before decisions were kept is let in, too. Idempotent.
 * @throws forbidden, not_found
 */
export async function endMeasures(
  app: App,
  viewer: Viewer | null,
  command: { readonly actorId: number; readonly measure: "suspend" | "limit" | "sensitive" },
): Promise<void> {
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    if (viewer !== null) requireModerator(viewer);
    const actor = await findActorById(tx, command.actorId);
    if (actor === undefined || actor.deleted_at !== null) throw notFound();
    await requireMayAct(tx, viewer, actor.id);
    const force = (await listForceOnActor(tx, actor.id)).filter((one) => one.measure === command.measure);
    for (const one of force) await reverseWithin(app, tx, viewer, asId(one.id), instanceId);
    if (command.measure === "suspend") await letInUndecided(app, tx, viewer, actor.id);
  });
  app.wake();
}

/** For who was suspended by a version of this software that wrote no decisions, or is kept in memory. */
async function letInUndecided(app: App, tx: Tx, viewer: Viewer | null, actorId: number): Promise<void> {
  const actor = await findActorById(tx, actorId);
  const account = await findAccountOfActor(tx, actorId);
  if (actor === undefined) return;
  const isOut = account === undefined ? actor.suspended_by === "moderator" : account.suspended_at !== null;
  if (!isOut) return;
  await liftSuspension(app, tx, actor);
  await appendLog(app, tx, {
    kind: "reversed",
    what: "suspend",
    subject: actor.host === "" ? "member" : "remote",
  });
  await audit(app, tx, viewer, {
    what: "decision.reversed",
    subject: actor.uri,
    detail: { measure: "suspend" },
  });
}

/** Decisions ended in one go at most; the next go comes a minute later. */
const DUE_BATCH = 100;

/** Ends decisions whose time is over, each in a transaction of its own. Returns how many. */
export async function endDueDecisions(app: App): Promise<number> {
  // Those about servers and by law are ended by what made them.
  const due = await listDueDecisions(app.db, [...PERSON_OR_NOTE], app.clock.now(), DUE_BATCH);
  if (due.length === 0) return 0;
  const instanceId = await getInstanceActorId(app);
  for (const row of due)
    await transaction(app.db, async (tx) => {
      const end = { state: "ended" as const, at: app.clock.now(), byId: null };
      // Nobody decides about the same person meanwhile: what holds is worked out from all decisions (effects.ts).
      await lockLogs(tx);
      if (!(await endDecisionRow(tx, row.id, end))) return;
      await settle(app, tx, row);
      if (row.actor_id !== null) await tellPerson(app, tx, row.actor_id, instanceId);
    });
  app.wake();
  return due.length;
}
