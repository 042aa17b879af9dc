import type { App } from "../../context.ts";
import type { Judgement, JudgedObject } from "../../domain/classifier.ts";
import { countHits } from "../../store/classifier-rules.ts";
import { toJson } from "../../store/codec.ts";
import type { Db, Tx } from "../../store/database.ts";
import { hideHeld, insertHold, listHoldsOf } from "../../store/holds.ts";
import { enqueue } from "../../store/jobs.ts";
import { insertReportLanguages } from "../../store/report-languages.ts";
import { insertReport } from "../../store/reports.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { announce } from "../streams/announce.ts";
import { isJudged, judge, judgeHere } from "./classifier.ts";
import { findHook } from "./hook.ts";
import { languageOf, languagesOf, primaryLanguage } from "./report-languages.ts";
import { tellStaff } from "./report-routing.ts";

// What follows from what a classifier says: a note waits for a moderator, or moderators get a report. Nothing else, ever.

/** What was said about something, with what is needed to act on it inside a transaction. */
export type Verdict = { readonly judgement: Judgement; readonly instanceId: number; readonly text: string };

/** What is told when a held note is released: all of a note nobody has heard of, its edit, nothing. */
export type Tells = "all" | "edit" | "nothing";

/** Somebody's note, or somebody. */
export type JudgedPlace = {
  readonly noteId: number;
  readonly noteUri: string;
  readonly actorId: number;
  readonly language: string | null;
  readonly tells: Tells;
};

/** Looks at a note of a member before anybody hears of it: three seconds at most. Null: nothing was found, or it is private. */
export async function lookAt(
  app: App,
  visibility: string,
  look: () => Promise<JudgedObject> | JudgedObject,
): Promise<Verdict | null> {
  if (!isJudged(visibility)) return null;
  return await toVerdict(app, judge, look);
}

/** Looks at a note of another server by the rules alone; the program is asked afterwards (`laterLook`). */
export async function lookHere(
  app: App,
  visibility: string,
  look: () => Promise<JudgedObject> | JudgedObject,
): Promise<Verdict | null> {
  if (!isJudged(visibility)) return null;
  return await toVerdict(app, judgeHere, look);
}

async function toVerdict(
  app: App,
  by: (app: App, look: () => Promise<JudgedObject> | JudgedObject) => Promise<Judgement | null>,
  look: () => Promise<JudgedObject> | JudgedObject,
): Promise<Verdict | null> {
  let text = "";
  const judgement = await by(app, async () => {
    const object = await look();
    text = object.text;
    return object;
  });
  if (judgement === null || judgement.suggest === "none") return null;
  return { judgement, instanceId: await getInstanceActorId(app), text };
}

/** Has the program behind the hook look at a stored note in the background, if there is one. */
export async function laterLook(
  app: App,
  tx: Db,
  note: { readonly id: number; readonly visibility: string },
): Promise<void> {
  if (!isJudged(note.visibility)) return;
  const hook = await findHook(tx);
  if (hook === null || !hook.enabled) return;
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "classify-note",
    payload: { noteId: note.id },
    dedupeKey: `classify-note:${note.id}`,
    lane: 2,
  });
}

/**
 * Does what a verdict asks for, inside the transaction that writes the note. True when the note waits for a moderator now, so
 * that nobody is told of it.
 */
export async function settleVerdict(
  app: App,
  tx: Tx,
  place: JudgedPlace,
  verdict: Verdict | null,
): Promise<boolean> {
  if (verdict === null) return false;
  const { judgement } = verdict;
  await countHits(tx, judgement.ruleIds);
  if (judgement.suggest === "report" || judgement.suggest === "limit") await report(app, tx, place, verdict);
  if (judgement.suggest !== "hold") return false;
  if ((await listHoldsOf(tx, place.noteId, "waiting")).length > 0) return true;
  // What moderators hid already needs no second look.
  if (!(await hideHeld(tx, place.noteId, app.clock.now()))) return false;
  await insertHold(tx, {
    id: app.ids.next(),
    actor_id: place.actorId,
    note_id: place.noteId,
    source: judgement.model,
    suggestion: judgement.suggest,
    labels: toJson(judgement.labels),
    reason: judgement.reason,
    state: "waiting",
    tells: place.tells,
    language: primaryOf(place.language),
    created_at: app.clock.now(),
    decided_at: null,
    by_id: null,
  });
  return true;
}

/** The same for a note that people could see until now. */
export async function settleLateVerdict(
  app: App,
  tx: Tx,
  place: JudgedPlace,
  verdict: Verdict | null,
): Promise<void> {
  const isHeld = await settleVerdict(app, tx, place, verdict);
  if (isHeld)
    announce(app, { type: "removed", id: place.noteId, noteId: place.noteId, actorId: place.actorId });
}

/** True for a note of a member that no moderator has let out since it was written: nobody elsewhere knows of it. */
export async function wasNeverTold(db: Db, noteId: number): Promise<boolean> {
  const ended = await listHoldsOf(db, noteId, "removed");
  return [...ended, ...(await listHoldsOf(db, noteId, "waiting"))].some((hold) => hold.tells === "all");
}

/** True while a note waits for a moderator. Index: holds_note. */
export async function isHeld(db: Db, noteId: number): Promise<boolean> {
  return (await listHoldsOf(db, noteId, "waiting")).length > 0;
}

function primaryOf(language: string | null): string | null {
  return language === null ? null : primaryLanguage(language);
}

type Reported = Pick<JudgedPlace, "actorId" | "language"> & {
  /** Null: about somebody's profile. */
  readonly noteId: number | null;
  readonly noteUri?: string | undefined;
};

/** A report in the name of this server; of one note there is one, of one profile one a day. */
export async function report(app: App, tx: Tx, about: Reported, verdict: Verdict): Promise<void> {
  const { judgement, instanceId, text } = verdict;
  const id = app.ids.next();
  const day = Math.floor(app.clock.now() / 86_400_000);
  const isNew = await insertReport(tx, {
    id,
    uri: `${app.uris.activity(about.noteId ?? about.actorId)}#classifier${about.noteId === null ? `-${day}` : ""}`,
    reporter_id: instanceId,
    target_id: about.actorId,
    category: "other",
    comment: commentOf(judgement),
    language: null,
    note_uris: toJson(about.noteUri === undefined ? [] : [about.noteUri]),
    forwarded: 0,
    state: "open",
    created_at: app.clock.now(),
    resolved_at: null,
  });
  if (!isNew) return;
  const written = { text, language: about.language };
  const languages = languagesOf([{ text, language: about.language ?? languageOf(written) }]);
  await insertReportLanguages(tx, id, languages);
  await tellStaff(app, tx, { id, targetId: about.actorId, reporterId: instanceId }, languages);
}

/** What it found, in its own words; moderators see who says so. */
function commentOf({ model, labels, reason, suggest }: Judgement): string {
  const found = labels.map(({ name, score }) => `${name} ${Math.round(score * 100)} %`).join(", ");
  const wish = suggest === "limit" ? " (limit)" : "";
  return `[${model}]${wish} ${[reason, found].filter((part) => part !== "").join(" · ")}`.slice(0, 1_000);
}
