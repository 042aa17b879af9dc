import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { SIGN_UP_TIMES, wantedName } from "../../domain/gates.ts";
import { asId, type DecisionId } from "../../domain/ids.ts";
import {
  LEAST_ALIKE,
  type SignUpGroup,
  WAVE_HOURS,
  WAVE_MEASURES,
  type WaveHours,
  type WaveKind,
  type WaveMeasure,
  type WaveState,
} from "../../domain/wave.ts";
import { effectOf, type Statement } from "../../domain/statement.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { findDecision } from "../../store/decisions.ts";
import { type Tx, transaction } from "../../store/database.ts";
import { freezeInvite } from "../../store/invites.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  findWave,
  insertWave,
  listFirstNotes,
  listMarked,
  type MarkedRow,
  listMarks,
  listWaveRows,
  turnWave,
  type WaveRow,
} from "../../store/waves.ts";
import { normalizeText } from "../../text/entities.ts";
import { plainText } from "../../text/markup.ts";
import { actorsBelow } from "../administration/invites.ts";
import { requireModerator } from "../administration/roles.ts";
import { audit } from "../moderation/audit.ts";
import { recordDecision, recordReversal } from "../moderation/decision-records.ts";

// Sign-ups that came together: seen as groups, judged once, and taken back within a week. What it does to each of them is
// in wave-work.ts, by a job.

const HOUR = 3_600_000;
const GROUPS = 20;
/** More than this is not done by one press. */
const MOST_PEOPLE = 50_000;
const NAMES_SHOWN = 100;
/** Shorter first notes ("hello") are alike by chance. */
const LEAST_LETTERS = 12;
const WORDS_MAX = 2_000;

/** A group, as a form names it. */
export type WhichGroup = {
  readonly kind: WaveKind | "below";
  /** The group's mark; for `below` the member by whose invites they came. */
  readonly mark: string;
  readonly hours: WaveHours;
};

/** What those have in common who joined within some hours, the largest groups first. @throws forbidden below moderator */
export async function listGroups(
  app: App,
  viewer: Viewer,
  hours: WaveHours,
): Promise<readonly SignUpGroup[]> {
  requireModerator(viewer);
  const since = sinceOf(app, hours);
  const stored = await Promise.all(
    (["network", "agent", "invite"] as const).map(async (kind) =>
      (await listMarks(app.db, kind, { since, least: LEAST_ALIKE[kind], limit: GROUPS })).map((row) => ({
        kind,
        mark: row.mark,
        people: row.people,
        from: row.first,
        to: row.last,
      })),
    ),
  );
  const groups: readonly SignUpGroup[] = [...stored.flat(), ...(await groupsByNote(app, since))];
  return groups.toSorted((a, b) => b.people - a.people).slice(0, GROUPS);
}

async function groupsByNote(app: App, since: number): Promise<readonly SignUpGroup[]> {
  const rows = await listFirstNotes(app.db, since);
  const alike = Map.groupBy(rows, (row) => noteMark(row.html));
  return [...alike].flatMap(([mark, found]) => {
    if (mark === "" || found.length < LEAST_ALIKE.note) return [];
    const times = found.map((row) => row.created_at);
    return [{ kind: "note", mark, people: found.length, from: Math.min(...times), to: Math.max(...times) }];
  });
}

/** The same for notes that differ in names, links, numbers and marks alone; empty for what is too short to say. */
function noteMark(html: string): string {
  const letters = plainText(html)
    .toLowerCase()
    .normalize("NFKD")
    .replace(/https?:\/\/\S+|@\S+/g, "")
    .replace(/[^\p{L}]/gu, "");
  return letters.length < LEAST_LETTERS
    ? ""
    : createHash("sha256").update(letters).digest("base64url").slice(0, 22);
}

function sinceOf(app: App, hours: WaveHours): number {
  return app.clock.now() - (WAVE_HOURS.find((one) => one === hours) ?? WAVE_HOURS[0]) * HOUR;
}

/** Who is in a group: how many, and the names of the first hundred. @throws forbidden below moderator, not_found */
export async function viewGroup(
  app: App,
  viewer: Viewer,
  which: WhichGroup,
): Promise<{ readonly people: number; readonly names: readonly string[] }> {
  requireModerator(viewer);
  const rows = await membersOf(app, viewer, which);
  if (rows.length === 0) throw notFound();
  return {
    people: rows.length,
    names: rows
      .slice(0, NAMES_SHOWN)
      .flatMap(({ username }) => (username === "" ? [] : wantedName(username))),
  };
}

async function membersOf(
  app: App,
  viewer: Viewer,
  { kind, mark, hours }: WhichGroup,
): Promise<readonly Pick<MarkedRow, "actor_id" | "username">[]> {
  const since = sinceOf(app, hours);
  if (kind === "below")
    return (await actorsBelow(app, viewer, mark)).map((actor_id) => ({ actor_id, username: "" }));
  if (kind !== "note") return await listMarked(app.db, kind, { mark, since, limit: MOST_PEOPLE });
  return (await listFirstNotes(app.db, since)).filter((row) => noteMark(row.html) === mark);
}

export type RollBack = WhichGroup & {
  readonly measure: WaveMeasure;
  /** Which rule, and what happened; in `language`. */
  readonly ground: string;
  readonly facts: string;
  readonly language: string | null;
};

/**
 * Does one thing to everybody of a group, by one decision with its reasons: one line of the public log, one of the audit
 * log. The work on each of them goes on in the background. @throws forbidden below moderator, not_found, invalid with fields
 */
export async function rollBackWave(app: App, viewer: Viewer, command: RollBack): Promise<number> {
  requireModerator(viewer);
  const words = requireWords(command);
  const rows = (await membersOf(app, viewer, command)).slice(0, MOST_PEOPLE);
  const actorIds = [...new Set(rows.map((row) => row.actor_id))];
  if (actorIds.length === 0) throw notFound();
  const now = app.clock.now();
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    const decisionId = await recordDecision(app, tx, viewer, {
      measure: "wave",
      statement: { ...statementFor(command.measure, words, now), language: command.language },
      line: { kind: "wave", what: command.measure, subject: "many", count: actorIds.length },
    });
    const row: WaveRow = {
      id,
      decision_id: decisionId,
      measure: command.measure,
      state: "working",
      people: actorIds.length,
      done: 0,
      created_at: now,
      by_id: viewer.actorId,
    };
    await insertWave(tx, row, actorIds);
    if (command.kind === "invite") await freezeInvite(tx, Number(command.mark) || 0, now);
    await enqueueWork(app, tx, id);
    await audit(app, tx, viewer, {
      what: "wave.rolled_back",
      detail: { wave: id, kind: command.kind, measure: command.measure, people: actorIds.length },
    });
  });
  app.wake();
  return id;
}

function requireWords({ ground, facts, measure }: RollBack): {
  readonly ground: string;
  readonly facts: string;
} {
  if (!WAVE_MEASURES.includes(measure)) throw invalid({ measure: { key: "error.invalid" } });
  const words = { ground: normalizeText(ground).trim(), facts: normalizeText(facts).trim() };
  const faults: Record<string, Message> = {};
  for (const [name, text] of Object.entries(words)) {
    if (text === "") faults[name] = { key: "field.required" };
    else if (text.length > WORDS_MAX) faults[name] = { key: "field.too_long", params: { max: WORDS_MAX } };
  }
  if (Object.keys(faults).length > 0) throw invalid(faults);
  return words;
}

function statementFor(
  measure: WaveMeasure,
  words: { readonly ground: string; readonly facts: string },
  now: number,
): Statement {
  return {
    ...effectOf(measure, "account"),
    decisionGround: "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    ground: words.ground,
    explanation: words.facts,
    category: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    contentType: ["CONTENT_TYPE_OTHER"],
    contentDate: null,
    contentLanguage: null,
    territorialScope: [],
    applicationDate: now,
    decisionFacts: words.facts,
    sourceType: "SOURCE_VOLUNTARY",
    // The group was put together by a program; a person judged it.
    automatedDetection: true,
    automatedDecision: "AUTOMATED_DECISION_PARTIALLY",
    language: null,
  };
}

/** The next stretch of the work on a wave, in the caller's transaction. */
export async function enqueueWork(app: App, tx: Tx, waveId: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "wave",
    payload: { waveId },
    orderingKey: `wave:${waveId}`,
    lane: 1,
  });
}

/** A wave that was rolled back. Times in ms. */
export type WaveView = {
  readonly id: number;
  readonly measure: WaveMeasure;
  readonly state: WaveState;
  readonly people: number;
  readonly done: number;
  readonly createdAt: number;
  /** Until when it can be taken back; null when it cannot any more. */
  readonly undoableUntil: number | null;
};

/** The newest waves that were rolled back. @throws forbidden below moderator */
export async function listWaves(app: App, viewer: Viewer): Promise<readonly WaveView[]> {
  requireModerator(viewer);
  const now = app.clock.now();
  return (await listWaveRows(app.db, GROUPS)).map((row) => {
    const until = row.created_at + SIGN_UP_TIMES.networks;
    return {
      id: row.id,
      measure: row.measure === "limit" ? "limit" : "suspend",
      state: (["working", "done", "undoing", "undone"] as const).find((one) => one === row.state) ?? "done",
      people: row.people,
      done: row.done,
      createdAt: row.created_at,
      undoableUntil: row.state === "done" && until > now ? until : null,
    };
  });
}

/** Takes a wave back within a week, for everybody of it. @throws forbidden below moderator, not_found, conflict when it is too late */
export async function undoWave(app: App, viewer: Viewer, waveId: number): Promise<void> {
  requireModerator(viewer);
  await transaction(app.db, async (tx) => {
    const row = await findWave(tx, waveId);
    if (row === undefined) throw notFound();
    const isLate = row.created_at + SIGN_UP_TIMES.networks <= app.clock.now();
    if (isLate || !(await turnWave(tx, waveId, { from: "done", to: "undoing" })))
      throw new CausewayError("conflict", "error.wave_late");
    const decision = await findDecision(tx, asId<DecisionId>(row.decision_id));
    if (decision !== undefined) await recordReversal(app, tx, viewer, decision);
    await enqueueWork(app, tx, waveId);
    await audit(app, tx, viewer, { what: "wave.undone", detail: { wave: waveId, people: row.people } });
  });
  app.wake();
}
