import { getLogger } from "@logtape/logtape";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  ARRIVAL_LISTS,
  type ArrivalContents,
  type ArrivalReport,
  type NoteOutcome,
  withOutcome,
} from "../../domain/arrival.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { TRANSFER_FILES } from "../../domain/transfer.ts";
import { CausewayError } from "../../errors.ts";
import type { CheckedLifeboat } from "../../lifeboat/check-archive.ts";
import type { Archive } from "../../lifeboat/read-archive.ts";
import { placeOfList } from "../../lifeboat/archive-format.ts";
import { findAccountOfActor } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { type ArrivalRow, findArrival, lockArrival, updateArrival } from "../../store/arrivals.ts";
import { toJson } from "../../store/codec.ts";
import { transaction, withoutSync } from "../../store/database.ts";
import type { JobContext } from "../../store/jobs.ts";
import { cleanName } from "../../text/entities.ts";
import { findViewerOfAccount } from "../accounts/viewers.ts";
import { findBelonging } from "./belonging.ts";
import { choicesOf, faultColumn, openSecret, reportOf, requestStep } from "./records.ts";
import { type ArrivalSource, type ArrivingNote, lifeboatSource, replicaSource } from "./source.ts";
import { makeFolder, placesOf, removeFiles, stageOf, unpack } from "./stage.ts";
import { takeList } from "./take-lists.ts";
import { readyNote, type ReadyNote } from "./take-note.ts";
import { takeProfile } from "./take-profile.ts";
import type { TakingIn } from "./taking.ts";
import { undoTurn } from "./undo.ts";

/** A turn of the job; then others of the same lane have one. */
const TURN_MS = 60_000;
/** Faults of ours that are borne, one after another. */
const MOST_FAULTS = 6;
/** A note that stops the work this often stays out. */
const MOST_TRIES = 3;

type Turn = Pick<JobContext, "signal" | "attempt">;

/** The job `arrival`: does what is next, and asks for another turn. The row is the state, so that it survives any stop. */
export async function workOnArrival(app: App, id: number, turn: Turn): Promise<void> {
  const row = await findArrival(app.db, id);
  if (row === undefined) return;
  try {
    await takeStep(app, row, turn);
  } catch (error) {
    if (turn.signal.aborted || turn.attempt < MOST_FAULTS) throw error;
    getLogger(["causeway", "arrivals"]).error("Arrival {id} is given up: {error}", { id, error });
    await giveUp(app, row);
  }
  app.wake();
}

async function takeStep(app: App, row: ArrivalRow, turn: Turn): Promise<void> {
  switch (row.state) {
    case "checking":
      return await examine(app, row);
    case "arriving":
      return await takeIn(app, row, turn);
    case "undoing":
      return await undoTurn(app, row, turn.signal);
    default:
  }
}

/** A fault of ours must not keep the place of somebody's lifeboat for ever: they may try once more. */
async function giveUp(app: App, row: ArrivalRow): Promise<void> {
  const lost = new CausewayError("unavailable", "error.arrival_fault");
  if (row.state === "checking") return await refuse(app, row, lost);
  await rest(app, row.id, lost);
  await updateArrival(app.db, row.id, ["undoing"], { state: "done", fault: faultColumn(lost) });
}

/** Unpacks and checks a lifeboat, finds out whose it is, and counts what is inside. Nothing of it is taken in yet. */
export async function examine(app: App, row: ArrivalRow, file?: string): Promise<void> {
  try {
    const archive = await unpack(app, row.id, await openSecret(app, row), file);
    await settle(app, row, archive);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    await refuse(app, row, error);
  }
}

async function settle(
  app: App,
  row: ArrivalRow,
  { checked, manifest, manifestHash, mediaList }: Archive,
): Promise<void> {
  const belonging = await findBelonging(app, row.actor_id, checked, row.did);
  if (belonging.type === "forged") throw new CausewayError("forbidden", "error.arrival_forged");
  // Read once now: a list of files that cannot be read refuses the lifeboat before anything changed.
  await mediaList();
  await updateArrival(app.db, row.id, ["checking"], {
    state: "review",
    actor_uri: manifest.actor,
    handle: cleanName(manifest.handle, 200),
    manifest_hash: manifestHash,
    secret: null,
    ground: belonging.type === "proved" ? belonging.ground : null,
    total: checked.notes,
    report: toJson({ ...reportOf(row), inside: contentsOf(checked) }),
    fault: null,
    touched_at: app.clock.now(),
  });
}

function contentsOf({ manifest, notes, bytes }: CheckedLifeboat): ArrivalContents {
  const paths = new Set(manifest.files.map(({ path }) => path));
  return {
    notes,
    media: manifest.counts.media,
    bytes,
    made: manifest.created,
    lists: ARRIVAL_LISTS.filter((kind) => paths.has(placeOfList(listName(kind)))),
    followersOnly: manifest.includes.includes("followers_only"),
  };
}

function listName(kind: (typeof ARRIVAL_LISTS)[number]): Parameters<typeof placeOfList>[0] {
  return TRANSFER_FILES[kind] as Parameters<typeof placeOfList>[0];
}

/** A secret that does not fit is asked for again; anything else that is wrong with a file ends it. */
async function refuse(app: App, row: ArrivalRow, error: CausewayError): Promise<void> {
  const isLocked = ["wrong_secret", "needs_passphrase", "needs_phrase"].some(
    (fault) => error.key === `lifeboat_fault.${fault}`,
  );
  const now = app.clock.now();
  const ended = isLocked ? {} : { finished_at: now };
  await updateArrival(app.db, row.id, ["checking"], {
    state: isLocked ? "sealed" : "failed",
    secret: null,
    did: isLocked ? null : row.did,
    fault: faultColumn(error),
    touched_at: now,
    ...ended,
  });
  if (!isLocked) await removeFiles(app, row.id);
}

/** Takes in as much as fits into a turn: profile, notes, lists, in this order. */
export async function takeIn(app: App, row: ArrivalRow, turn: Turn): Promise<void> {
  try {
    const source = await openSource(app, row);
    const into = source === null ? null : await takingIn(app, row, source);
    if (into === null) throw new CausewayError("gone", "error.arrival_lost");
    const viewer = await viewerOf(app, row.actor_id);
    await takeProfileOnce(app, row, viewer, into);
    const isThrough = !choicesOf(row).notes || (await takeNotes(app, row, into, turn));
    if (!isThrough) return await transaction(app.db, (tx) => requestStep(app, tx, row.id));
    if (viewer !== null) await takeLists(app, row.id, viewer, into.source);
    await finish(app, row.id);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    await rest(app, row.id, error);
  }
}

/** What may be mended (room, too much at once) rests; what is lost ends it. */
async function rest(app: App, id: number, error: CausewayError): Promise<void> {
  const isOver = error.kind === "gone" || error.kind === "not_found";
  const now = app.clock.now();
  await updateArrival(app.db, id, ["arriving"], {
    // What came so far can be taken away again.
    state: isOver ? "done" : "resting",
    fault: faultColumn(error),
    touched_at: now,
    ...(isOver ? { finished_at: now, secret: null } : {}),
  });
  if (isOver) await removeFiles(app, id);
}

async function openSource(app: App, row: ArrivalRow): Promise<ArrivalSource | null> {
  if (row.source === "replica") {
    const unlock = await openSecret(app, row);
    const identity = unlock !== null && "identity" in unlock ? unlock.identity : null;
    return row.member_id === null ? null : await replicaSource(app, row.member_id, identity);
  }
  const archive = await stageOf(app, row.id);
  return archive === null ? null : await lifeboatSource(archive);
}

async function takingIn(app: App, row: ArrivalRow, source: ArrivalSource): Promise<TakingIn | null> {
  const actor = await findActorById(app.db, row.actor_id);
  if (actor === undefined || actor.deleted_at !== null) return null;
  if (actor.suspended_at !== null) throw new CausewayError("forbidden", "error.suspended");
  await makeFolder(app, row.id);
  const account = await findAccountOfActor(app.db, row.actor_id);
  return {
    actorId: asId<ActorId>(actor.id),
    username: actor.username,
    arrivalId: row.id,
    source,
    policy: account?.policy ?? null,
    folder: placesOf(app, row.id).work,
  };
}

async function viewerOf(app: App, actorId: number): Promise<Viewer | null> {
  const account = await findAccountOfActor(app.db, actorId);
  return account === undefined ? null : await findViewerOfAccount(app, asId(account.id));
}

async function takeProfileOnce(
  app: App,
  row: ArrivalRow,
  viewer: Viewer | null,
  into: TakingIn,
): Promise<void> {
  if (!choicesOf(row).profile || viewer === null || reportOf(row).profile !== null) return;
  const profile = (await takeProfile(app, viewer, into.source, into.folder)) ? "taken" : "left";
  await changeReport(app, row.id, (report) => ({ ...report, profile }));
}

/** True when all notes were looked at; false when there is more to do in another turn. */
async function takeNotes(app: App, row: ArrivalRow, into: TakingIn, turn: Turn): Promise<boolean> {
  const end = app.clock.now() + TURN_MS;
  let done = row.done;
  for await (const note of into.source.notes(row.done)) {
    if (turn.signal.aborted || app.clock.now() > end) return false;
    if (!(await takeNote(app, row.id, into, note, turn, done))) return false;
    done = note.position;
  }
  return true;
}

/** One note and how far the arrival is, in one transaction. False when it was stopped, or somebody else is at it. */
async function takeNote(
  app: App,
  id: number,
  into: TakingIn,
  note: ArrivingNote,
  { attempt }: Turn,
  before: number,
): Promise<boolean> {
  try {
    const ready = await readyNote(app, into, note);
    return await write(app, id, note, ready, before);
  } catch (error) {
    if (error instanceof CausewayError || attempt < MOST_TRIES) throw error;
    getLogger(["causeway", "arrivals"]).warning("Note {uri} stays out: {error}", { uri: note.uri, error });
    const outcome: NoteOutcome = { type: "left", uri: note.uri, reason: "refused" };
    return await write(app, id, note, { type: "settled", outcome }, before);
  }
}

async function write(
  app: App,
  id: number,
  note: ArrivingNote,
  ready: ReadyNote,
  before: number,
): Promise<boolean> {
  // A power cut may take the newest notes away, and then also that they were done: they come again.
  return await transaction(withoutSync(app.db), async (tx) => {
    const row = await lockArrival(tx, id);
    if (row?.state !== "arriving" || row.done !== before) return false;
    const outcome = ready.type === "settled" ? ready.outcome : await ready.write(tx);
    const now = app.clock.now();
    const report = toJson(withOutcome(reportOf(row), outcome));
    await updateArrival(tx, id, ["arriving"], { done: note.position, report, touched_at: now });
    return true;
  });
}

async function takeLists(app: App, id: number, viewer: Viewer, source: ArrivalSource): Promise<void> {
  const row = await findArrival(app.db, id);
  if (row === undefined) return;
  for (const kind of choicesOf(row).lists) {
    if (reportOf(row).lists[kind] !== undefined) continue;
    const transfer = await takeList(app, viewer, source, kind);
    await changeReport(app, id, (report) => ({
      ...report,
      lists: { ...report.lists, [kind]: transfer ?? 0 },
    }));
  }
}

async function changeReport(
  app: App,
  id: number,
  change: (report: ArrivalReport) => ArrivalReport,
): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await lockArrival(tx, id);
    if (row?.state !== "arriving") return;
    await updateArrival(tx, id, ["arriving"], { report: toJson(change(reportOf(row))) });
  });
}

async function finish(app: App, id: number): Promise<void> {
  const now = app.clock.now();
  const change = { state: "done", secret: null, fault: null, touched_at: now, finished_at: now };
  if (await updateArrival(app.db, id, ["arriving"], change)) await removeFiles(app, id);
}
