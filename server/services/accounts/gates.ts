import type { App } from "../../context.ts";
import {
  ANSWERS_MAX,
  GATE_RANGES,
  type Gate,
  type GateQuestion,
  type GateSettings,
  QUESTION_MAX,
  REASON_MAX,
} from "../../domain/gates.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { type FieldFaults, forbidden, invalid, type Message } from "../../errors.ts";
import type { AccountRow } from "../../store/accounts.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { writeSetting } from "../../store/settings.ts";
import { countWaiting } from "../../store/sign-ups.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { normalizeText } from "../../text/entities.ts";
import { forgetInstance } from "../instance/recent-view.ts";
import { audit } from "../moderation/audit.ts";
import { takeLimit } from "./limits.ts";
import { getSettings, type InstanceSettings } from "./settings.ts";
import { formAge, readWork } from "./sign-up-work.ts";

const DAY = 86_400_000;

/** What a newcomer shows at the door, beside an invite. */
export type Evidence = {
  /** When the form was opened, as `stampForm` said it. */
  readonly opened?: string | undefined;
  /** A task that was done; `solving` while a device is at it. */
  readonly work?: string | undefined;
  /** Language of the question that was asked, and the answer. */
  readonly question?: string | undefined;
  readonly answer?: string | undefined;
  /** Why somebody wants to join, for those who approve. */
  readonly reason?: string | undefined;
  readonly ip: string;
};

/** By which gate somebody comes in; `nonce` of the work to be marked as used. */
export type Passed = { readonly gate: Gate; readonly waits: boolean; readonly nonce: string | null };

const IN: Passed = { gate: "none", waits: false, nonce: null };

/** True while somebody new may do less than others. */
export function isOnProbation(app: App, account: Pick<AccountRow, "probation_until">): boolean {
  return account.probation_until !== null && account.probation_until > app.clock.now();
}

/**
 * By which gate somebody comes in, or what is missing, by field. With an invite nothing else is asked. What works by itself
 * wants a form that was open for as long as a person needs; who is approved by people may be as quick as they like.
 */
export function passGate(
  app: App,
  settings: InstanceSettings,
  evidence: Evidence,
  hasInvite: boolean,
): Passed | { readonly faults: FieldFaults } {
  const { joinMode, gates } = settings;
  if (joinMode === "closed") return { faults: { form: { key: "field.join_closed" } } };
  if (hasInvite) return { ...IN, gate: "invite" };
  if (joinMode === "invite") return { faults: { invite: { key: "field.invite_wrong" } } };
  if (joinMode === "approval") return askPeople(evidence);
  if (gates.openCheck === "none") return IN;
  return passOpenGate(app, gates, evidence);
}

function passOpenGate(
  app: App,
  gates: GateSettings,
  evidence: Evidence,
): Passed | { readonly faults: FieldFaults } {
  const [work, answer] = [evidence.work ?? "", evidence.answer?.trim() ?? ""];
  const again = { faults: { form: { key: "field.join_again" } } };
  if (work !== "") {
    const nonce = readWork(app, work);
    return nonce === null || formAge(app, evidence.opened ?? "") !== "good"
      ? again
      : { gate: "work", waits: false, nonce };
  }
  const question = gates.questions.find(({ language }) => language === evidence.question);
  if (answer !== "" && question !== undefined) {
    takeLimit(app, USE_LIMITS.quizByAddress, evidence.ip);
    if (!isAnswer(question, answer)) return { faults: { answer: { key: "field.quiz_wrong" } } };
    return formAge(app, evidence.opened ?? "") === "good" ? { ...IN, gate: "quiz" } : again;
  }
  if ((evidence.reason ?? "").trim() !== "" || gates.questions.length === 0) return askPeople(evidence);
  return { faults: { answer: { key: "field.quiz_needed" } } };
}

function askPeople(evidence: Evidence): Passed | { readonly faults: FieldFaults } {
  const reason = normalizeText(evidence.reason ?? "").trim();
  if (reason === "") return { faults: { reason: { key: "field.reason_needed" } } };
  if (reason.length > REASON_MAX)
    return { faults: { reason: { key: "field.too_long", params: { max: REASON_MAX } } } };
  return { gate: "approval", waits: true, nonce: null };
}

/** Letters alone count: case, accents, width and everything between words do not. */
function isAnswer({ answers }: GateQuestion, given: string): boolean {
  const wanted = foldAnswer(given);
  return wanted !== "" && answers.some((answer) => foldAnswer(answer) === wanted);
}

function foldAnswer(text: string): string {
  return text
    .slice(0, QUESTION_MAX)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** The question for somebody who reads a language: in that very one, in one like it, or in the main one; null without any. */
export function questionFor(gates: GateSettings, language: string): GateQuestion | null {
  const primary = (tag: string) => tag.split("-")[0];
  const { questions } = gates;
  return (
    questions.find((one) => one.language === language) ??
    questions.find((one) => primary(one.language) === primary(language)) ??
    questions[0] ??
    null
  );
}

/** Why nobody more can ask to join at the moment, as a sentence for the door; null when there is room. */
export async function lineFault(app: App, gates: GateSettings, db: Db = app.db): Promise<Message | null> {
  const { waiting, lately } = await countWaiting(db, app.clock.now() - DAY);
  if (waiting >= gates.approvalsWaiting) return { key: "field.join_line_full" };
  if (lately >= gates.approvalsPerDay) return { key: "field.join_day_full" };
  return null;
}

/** Changes the gates. @throws forbidden below admin, invalid with fields */
export async function updateGates(app: App, viewer: Viewer, change: Partial<GateSettings>): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const { gates } = await getSettings(app);
  const next = checkGates({ ...gates, ...change });
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, "gates", toJson(next));
    const { questions, ...numbers } = next;
    await audit(app, tx, viewer, {
      what: "gates.changed",
      detail: { ...numbers, questions: questions.length },
    });
  });
  forgetInstance(app);
}

/** @throws invalid with every faulty field; `question_<tag>` for a question without an answer, or the other way round */
function checkGates(gates: GateSettings): GateSettings {
  const faults: Record<string, Message> = {};
  for (const [name, [min, max]] of Object.entries(GATE_RANGES)) {
    const value = gates[name as keyof typeof GATE_RANGES];
    if (!Number.isInteger(value) || value < min || value > max)
      faults[name] = { key: "field.number_range", params: { min, max } };
  }
  const questions = gates.questions.map((one) => ({
    language: canonicalLanguage(one.language) ?? "",
    question: normalizeText(one.question).trim(),
    answers: [...new Set(one.answers.map((answer) => normalizeText(answer).trim()))].filter(
      (answer) => foldAnswer(answer) !== "",
    ),
  }));
  for (const { language, question, answers } of questions) {
    const field = `question_${language}`;
    if (language === "" || question === "" || answers.length === 0)
      faults[field] = { key: "field.question_answers" };
    else if (question.length > QUESTION_MAX || answers.some((answer) => answer.length > QUESTION_MAX))
      faults[field] = { key: "field.too_long", params: { max: QUESTION_MAX } };
    else if (answers.length > ANSWERS_MAX)
      faults[field] = { key: "field.too_many_answers", params: { max: ANSWERS_MAX } };
  }
  if (Object.keys(faults).length > 0) throw invalid(faults);
  return { ...gates, questions };
}

/** Most days that the door can be shut by one press. */
const SHUT_DAYS = 30;

/**
 * Shuts the door for some hours: nobody joins, and it opens again by itself. 0 opens it now.
 * @throws forbidden below admin, invalid at `hours`
 */
export async function shutDoor(app: App, viewer: Viewer, hours: number): Promise<void> {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
  const max = SHUT_DAYS * 24;
  if (!Number.isInteger(hours) || hours < 0 || hours > max)
    throw invalid({ hours: { key: "field.number_range", params: { min: 0, max } } });
  await transaction(app.db, async (tx) => {
    await writeSetting(tx, "joinClosedUntil", toJson(hours === 0 ? 0 : app.clock.now() + hours * 3_600_000));
    await audit(app, tx, viewer, { what: hours === 0 ? "door.opened" : "door.shut", detail: { hours } });
  });
  forgetInstance(app);
}
