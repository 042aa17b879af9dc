import type { App } from "../../context.ts";
import { type ActorView, outranks, ROLES, type Viewer } from "../../domain/actor.ts";
import { APPEAL_LIMITS, APPEAL_MS, type AppealView, type DecisionView } from "../../domain/decision.ts";
import { type AppealId, asId, type DecisionId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { countCharacters } from "../../domain/note.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, forbidden, invalid, notFound } from "../../errors.ts";
import {
  type AppealRow,
  closeAppeal,
  countOpenAppeals,
  findAppeal,
  hasOtherJudge,
  insertAppeal,
  listAppealRows,
} from "../../store/appeals.ts";
import { transaction, type Tx } from "../../store/database.ts";
import { type DecisionRow, findDecision, findDecisions } from "../../store/decisions.ts";
import { listStaff } from "../../store/reports.ts";
import { normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { takeLimit } from "../accounts/limits.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { requireModerator } from "../administration/roles.ts";
import { notify, untell } from "../notifications/notify.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";
import { audit } from "./audit.ts";
import { subjectKindOf } from "./decision-records.ts";
import { type Concerned, decisionViews, toAppeal } from "./decision-views.ts";
import { mayActOn, reverseWithin, roleOf, tellPerson } from "./decisions.ts";
import { appendLog } from "./log.ts";

/** True while the person concerned may say something against a decision: once, within about six months. */
export function mayAppeal(decision: DecisionView, now: number): boolean {
  const isOpen = decision.state !== "reversed" && decision.appeal === null;
  return isOpen && decision.actor !== null && now - decision.createdAt <= APPEAL_MS;
}

/**
 * The person concerned says why a decision is wrong. Who was suspended may, too. @throws not_found for decisions about others,
 * conflict for a second time or when it is too late, invalid `{ comment }`, too_many
 */
export async function appealDecision(
  app: App,
  person: Concerned,
  command: {
    readonly decisionId: DecisionId;
    readonly comment: string;
    readonly language?: string | undefined;
  },
): Promise<void> {
  const comment = wordsOf(command.comment, "comment", APPEAL_LIMITS.comment);
  if (comment === "") throw invalid({ comment: { key: "field.required" } });
  takeLimit(app, USE_LIMITS.reports, String(person.actorId));
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const row = await findDecision(tx, command.decisionId);
    if (row === undefined || row.actor_id !== person.actorId) throw notFound();
    if (row.state === "reversed" || now - row.created_at > APPEAL_MS)
      throw new CausewayError("conflict", "error.appeal_late");
    const isNew = await insertAppeal(tx, {
      id: app.ids.next(),
      decision_id: row.id,
      actor_id: person.actorId,
      comment,
      language: command.language === undefined ? null : canonicalLanguage(command.language),
      state: "open",
      by_id: null,
      answer: null,
      created_at: now,
      decided_at: null,
    });
    if (!isNew) throw new CausewayError("conflict", "error.appeal_once");
    await tellJudges(app, tx, row, person);
  });
  app.wake();
}

/** Staff who could judge hear of an appeal: not who decided, unless there is nobody else. Several of one person are one line. */
async function tellJudges(app: App, tx: Tx, decision: DecisionRow, { actorId }: Concerned): Promise<void> {
  const concerned = await roleOf(tx, actorId);
  const staff = (await listStaff(tx)).flatMap(({ actor_id, role }) => {
    const known = ROLES.find((one) => one === role) ?? "member";
    const isAbove = known === "owner" || outranks(known, concerned ?? "member");
    return actor_id !== actorId && isAbove ? [actor_id] : [];
  });
  const others = staff.filter((id) => id !== decision.by_id);
  const judges = others.length === 0 ? staff : others;
  for (const to of judges) await untell(tx, { kinds: ["appeal"], to, actorId });
  await notify(app, tx, { kind: "appeal", to: judges, actorId });
}

/** @throws invalid at `field` when there are too many characters */
function wordsOf(text: string, field: string, max: number): string {
  const words = normalizeText(text).trim();
  if (countCharacters(words) > max) throw invalid({ [field]: { key: "field.too_long", params: { max } } });
  return words;
}

/** An appeal as those see it who judge. */
export type AppealCase = {
  readonly id: AppealId;
  readonly appeal: AppealView;
  readonly decision: DecisionView;
  /** Who judged it; null while it is open, and for the operator. */
  readonly judgedBy: ActorView | null;
  /** `may`, `alone` (decided it too, and there is nobody else), `other` (somebody else has to). */
  readonly standing: "may" | "alone" | "other";
};

/** Appeals, newest first; nobody sees their own here. @throws forbidden below moderator */
export async function listAppeals(
  app: App,
  viewer: Viewer,
  request: PageRequest & { readonly open: boolean },
): Promise<Page<AppealCase>> {
  requireModerator(viewer);
  const cursor = toCursor(request);
  const rows = await listAppealRows(app.db, { open: request.open, exceptActorId: viewer.actorId }, cursor);
  return await toPage(rows, cursor, (found) => casesOf(app, viewer, found));
}

const STAFF = ROLES.filter((role) => role !== "member");

/** How many appeals wait for staff. @throws forbidden below moderator */
export async function countAppeals(app: App, viewer: Viewer): Promise<number> {
  requireModerator(viewer);
  return await countOpenAppeals(app.db, viewer.actorId);
}

/** In a fixed number of statements for open pages of any length, since a server has few who decide. */
async function casesOf(app: App, viewer: Viewer, rows: readonly AppealRow[]): Promise<readonly AppealCase[]> {
  const decisions = await findDecisions(
    app.db,
    rows.map((row) => row.decision_id),
  );
  const views = new Map((await decisionViews(app, viewer, decisions)).map((one) => [Number(one.id), one]));
  const decided = new Map(decisions.map((row) => [row.id, row]));
  const judgeIds = [...new Set(rows.flatMap((row) => row.by_id ?? []))];
  const judges = new Map((await actorViews(app, judgeIds)).map((actor) => [Number(actor.id), actor]));
  const isAlone = decisions.some((row) => row.by_id === viewer.actorId)
    ? !(await hasOtherJudge(app.db, STAFF, [viewer.actorId]))
    : false;
  return rows.flatMap((row) => {
    const decision = views.get(row.decision_id);
    const made = decided.get(row.decision_id);
    if (decision === undefined || made === undefined) return [];
    const isOwn = made.by_id === viewer.actorId;
    return [
      {
        id: asId<AppealId>(row.id),
        appeal: toAppeal(row),
        decision,
        judgedBy: judges.get(row.by_id ?? 0) ?? null,
        standing: isOwn ? (isAlone ? ("alone" as const) : ("other" as const)) : ("may" as const),
      },
    ];
  });
}

/**
 * Judges an appeal: the decision stays, or is taken back. Not for who made the decision, unless nobody else could; never about
 * oneself, equals or those above. @throws forbidden, not_found, conflict when somebody did, invalid `{ answer }`
 */
export async function judgeAppeal(
  app: App,
  viewer: Viewer,
  command: {
    readonly appealId: AppealId;
    readonly outcome: "upheld" | "overturned";
    readonly answer: string;
  },
): Promise<void> {
  requireModerator(viewer);
  const answer = wordsOf(command.answer, "answer", APPEAL_LIMITS.answer);
  // Who is told no is told why.
  if (answer === "" && command.outcome === "upheld") throw invalid({ answer: { key: "field.required" } });
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    const row = await findAppeal(tx, command.appealId);
    const decision = row === undefined ? undefined : await findDecision(tx, row.decision_id);
    if (row === undefined || decision === undefined || row.actor_id === viewer.actorId) throw notFound();
    await requireJudge(tx, viewer, decision, row.actor_id);
    const isDone = await closeAppeal(tx, row.id, {
      state: command.outcome,
      byId: viewer.actorId,
      answer: answer === "" ? null : answer,
      at: app.clock.now(),
    });
    if (!isDone) throw new CausewayError("conflict", "error.conflict");
    await appendLog(app, tx, {
      kind: "appeal",
      what: decision.measure,
      subject: subjectKindOf(decision),
      result: command.outcome,
      ...(decision.log_seq === null ? {} : { about: decision.log_seq }),
    });
    await audit(app, tx, viewer, {
      what: "appeal.judged",
      ...(decision.object_uri === null ? {} : { subject: decision.object_uri }),
      detail: { decision: decision.id, result: command.outcome },
    });
    if (command.outcome === "overturned") await reverseWithin(app, tx, viewer, asId(decision.id), instanceId);
    await tellPerson(app, tx, row.actor_id, instanceId);
  });
  app.wake();
}

/** @throws forbidden */
async function requireJudge(tx: Tx, viewer: Viewer, decision: DecisionRow, actorId: number): Promise<void> {
  const role = await roleOf(tx, actorId);
  if (!mayActOn(viewer, actorId, role)) throw forbidden();
  if (decision.by_id !== viewer.actorId) return;
  const roles = ROLES.filter((one) => one === "owner" || outranks(one, role ?? "member"));
  if (await hasOtherJudge(tx, roles, [viewer.actorId, actorId]))
    throw new CausewayError("forbidden", "error.appeal_other");
}
