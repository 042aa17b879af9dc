import type { App } from "../../context.ts";
import { type Judgement, type JudgedObject, together } from "../../domain/classifier.ts";
import { idAt } from "../../domain/ids.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { listNewestOpen, listWorkingRules } from "../../store/classifier-rules.ts";
import { toJudgedNotes } from "./classifier-objects.ts";
import { hookClassifier } from "./hook.ts";
import { type Around, needsNeighbours, ruleClassifier, toRule, wordsOf } from "./rule-engine.ts";

// What is posted is looked at by rules of the staff and by a program of the operator's choice, both behind one interface
// (`Classifier` of domain/classifier.ts). Only what everybody may see is looked at: private notes are nobody's business.

/** Newest notes that a new one is compared with. */
const NEIGHBOURS = 300;
/** No rule looks back further, ms. */
const LONGEST_LOOK = 86_400_000;

/** True for what classifiers may look at. */
export function isJudged(visibility: Visibility | string): boolean {
  return visibility === "public" || visibility === "unlisted";
}

/** What the rules say. One statement when no rule works; one more, or four, when a rule compares notes. */
export async function judgeHere(
  app: App,
  look: () => Promise<JudgedObject> | JudgedObject,
): Promise<Judgement | null> {
  const rules = (await listWorkingRules(app.db)).map(toRule);
  if (rules.length === 0) return null;
  const around = async (): Promise<Around> => ({
    now: app.clock.now(),
    neighbours: needsNeighbours(rules) ? await listNeighbours(app) : [],
  });
  return await ruleClassifier(rules, around).judge(await look());
}

async function listNeighbours(app: App) {
  const rows = await listNewestOpen(app.db, idAt(app.clock.now() - LONGEST_LOOK), NEIGHBOURS);
  const objects = await toJudgedNotes(app, app.db, rows);
  return rows.map((row, index) => ({
    words: wordsOf(objects[index]?.text ?? ""),
    at: row.received_at,
  }));
}

/** What the program behind the hook says; null when there is none or it does not answer within three seconds. */
export async function judgeByHook(
  app: App,
  look: () => Promise<JudgedObject | null> | JudgedObject | null,
): Promise<Judgement | null> {
  const hook = await hookClassifier(app);
  if (hook === null) return null;
  const object = await look();
  return object === null ? null : await hook.judge(object);
}

/** What both say together, asked at the same time. */
export async function judge(
  app: App,
  look: () => Promise<JudgedObject> | JudgedObject,
): Promise<Judgement | null> {
  return together(await Promise.all([judgeHere(app, look), judgeByHook(app, look)]));
}
