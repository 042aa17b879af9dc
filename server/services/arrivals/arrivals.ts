import { stat } from "node:fs/promises";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  ARRIVAL_LIMITS,
  type ArrivalChoices,
  type ArrivalId,
  type ArrivalState,
  BUSY_STATES,
} from "../../domain/arrival.ts";
import { asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { keysOfPhrase } from "../../lifeboat/phrase.ts";
import { sealOf } from "../../lifeboat/read-archive.ts";
import type { Sealed, Unlock } from "../../lifeboat/seal.ts";
import { createIncoming } from "../../media/incoming.ts";
import { lockAccount } from "../../store/accounts.ts";
import {
  advanceArrival,
  type ArrivalRow,
  findArrival,
  insertArrival,
  listArrivalRows,
  updateArrival,
} from "../../store/arrivals.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { takeLimit } from "../accounts/limits.ts";
import { requireRoom } from "../media/films.ts";
import { requireAtHome } from "../moves/moved.ts";
import { type ArrivalView, newArrival, requestStep, sealSecret, stateOf, toView } from "./records.ts";
import { makeFolder, placesOf, removeFiles } from "./stage.ts";

/** What a person types to open a lifeboat, and to prove that it is theirs. */
export type ArrivalSecrets = {
  readonly passphrase?: string | undefined;
  readonly phrase?: string | undefined;
};

/** States that wait for the person: another file takes their place. */
const WAITING: readonly ArrivalState[] = ["coming", "sealed", "review"];

/** The arrivals of the person, newest first. */
export async function listArrivals(app: App, viewer: Viewer): Promise<readonly ArrivalView[]> {
  return (await listArrivalRows(app.db, viewer.actorId, ARRIVAL_LIMITS.kept)).map(toView);
}

/** One of them. @throws not_found */
export async function getArrival(app: App, viewer: Viewer, id: ArrivalId): Promise<ArrivalView> {
  return toView(await requireOwn(app.db, viewer, id));
}

/** What the file asks for before it opens; null for nothing. @throws not_found */
export async function getSeal(app: App, viewer: Viewer, id: ArrivalId): Promise<Sealed | null> {
  const { file } = placesOf(app, (await requireOwn(app.db, viewer, id)).id);
  return await sealOf(file).catch(() => null);
}

/**
 * Begins the upload of a lifeboat of `size` bytes; what waited for the person before is forgotten.
 * @throws invalid `{ file }`; conflict while another one is worked on; too_many; forbidden for those who moved away;
 * unavailable when there is no room
 */
export async function beginArrival(app: App, viewer: Viewer, size: number): Promise<ArrivalView> {
  await requireAtHome(app, viewer);
  takeLimit(app, USE_LIMITS.arrivals, String(viewer.actorId));
  if (!Number.isSafeInteger(size) || size < 1) throw invalid({ file: { key: "film.fault_empty" } });
  const max = ARRIVAL_LIMITS.bytes / 1024 ** 3;
  if (size > ARRIVAL_LIMITS.bytes) throw invalid({ file: { key: "field.arrival_large", params: { max } } });
  await requireRoom(app, size);
  const row = newArrival(app, viewer.actorId, { source: "lifeboat", state: "coming", size });
  const forgotten = await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const gone = await makeWay(app, tx, viewer.actorId);
    await insertArrival(tx, row);
    return gone;
  });
  for (const id of forgotten) await removeFiles(app, id);
  await makeFolder(app, row.id);
  return await getArrival(app, viewer, asId(row.id));
}

/** Nothing else may be under way; what waits for the person is forgotten. Returns whose files can go. */
export async function makeWay(app: App, tx: Db, actorId: number): Promise<readonly number[]> {
  const rows = await listArrivalRows(tx, actorId, ARRIVAL_LIMITS.kept);
  if (rows.some((row) => [...BUSY_STATES, "resting"].includes(stateOf(row))))
    throw new CausewayError("conflict", "error.arrival_busy");
  const waiting = rows.filter((row) => WAITING.includes(stateOf(row)));
  for (const row of waiting) await giveUp(app, tx, row.id, "error.arrival_replaced");
  return waiting.map((row) => row.id);
}

async function giveUp(app: App, tx: Db, id: number, key: string): Promise<void> {
  const now = app.clock.now();
  const change = { state: "failed", secret: null, fault: toJson({ key }), touched_at: now, finished_at: now };
  await updateArrival(tx, id, [...WAITING, "resting"], change);
}

/**
 * Takes the next piece of a lifeboat, at most 8 MiB; after the last one it is looked at.
 * @throws not_found, conflict when it is not the next piece, unavailable when the disk is full
 */
export async function addArrivalPiece(
  app: App,
  viewer: Viewer,
  id: ArrivalId,
  piece: { readonly offset: number; readonly bytes: Uint8Array },
): Promise<ArrivalView> {
  const row = await requireOwn(app.db, viewer, id);
  const end = piece.offset + piece.bytes.length;
  const fits = row.state === "coming" && piece.offset === row.received && end <= row.size;
  if (!fits || piece.bytes.length > ARRIVAL_LIMITS.pieceBytes)
    throw new CausewayError("conflict", "upload.offset");
  const { folder, fileName } = placesOf(app, row.id);
  await createIncoming(folder).write(fileName, piece.offset, piece.bytes);
  const at = { from: piece.offset, to: end, now: app.clock.now() };
  if (!(await advanceArrival(app.db, row.id, at))) throw new CausewayError("conflict", "upload.offset");
  if (end === row.size) await openOrAsk(app, row.id);
  return await getArrival(app, viewer, id);
}

/** Takes a whole lifeboat from a form, with what opens and proves it. @throws as the steps in between */
export async function receiveLifeboat(
  app: App,
  viewer: Viewer,
  file: Blob,
  secrets: ArrivalSecrets,
): Promise<ArrivalView> {
  const { id } = await beginArrival(app, viewer, file.size);
  for (let offset = 0; offset < file.size; offset += ARRIVAL_LIMITS.pieceBytes) {
    const part = file.slice(offset, offset + ARRIVAL_LIMITS.pieceBytes);
    await addArrivalPiece(app, viewer, id, { offset, bytes: new Uint8Array(await part.arrayBuffer()) });
  }
  const hasSecret = (secrets.passphrase ?? "") !== "" || (secrets.phrase ?? "").trim() !== "";
  const view = await getArrival(app, viewer, id);
  return hasSecret && view.state !== "failed" ? await unlockArrival(app, viewer, id, secrets) : view;
}

/** A file that is not sealed is read at once; another one waits for its passphrase or phrase. */
async function openOrAsk(app: App, id: number): Promise<void> {
  const sealed = await sealOf(placesOf(app, id).file).catch(() => null);
  await transaction(app.db, async (tx) => {
    const change = { state: sealed === null ? "checking" : "sealed", touched_at: app.clock.now() };
    if ((await updateArrival(tx, id, ["coming"], change)) && sealed === null) await requestStep(app, tx, id);
  });
  app.wake();
}

/**
 * Opens a sealed lifeboat, or proves by the recovery phrase whose an open one is. What was typed is kept, sealed, until the
 * file was read. @throws not_found, conflict, too_many, invalid `{ phrase }` or `{ passphrase }`
 */
export async function unlockArrival(
  app: App,
  viewer: Viewer,
  id: ArrivalId,
  secrets: ArrivalSecrets,
): Promise<ArrivalView> {
  takeLimit(app, USE_LIMITS.confirmations, String(viewer.accountId));
  const row = await requireOwn(app.db, viewer, id);
  if (row.source !== "lifeboat") throw new CausewayError("conflict", "error.conflict");
  const { file } = placesOf(app, row.id);
  const isOpen = row.state === "review" || row.state === "checking";
  const sealed = isOpen ? null : await sealOf(file).catch(() => null);
  const { unlock, did } = await readSecrets(secrets, sealed);
  const change = {
    state: "checking",
    did: did ?? row.did,
    secret: unlock === null ? row.secret : await sealSecret(app, row.id, unlock),
    fault: null,
    touched_at: app.clock.now(),
  };
  await transaction(app.db, async (tx) => {
    if (!(await updateArrival(tx, row.id, ["sealed", "review", "checking"], change)))
      throw new CausewayError("conflict", "error.conflict");
    await requestStep(app, tx, row.id);
  });
  app.wake();
  return await getArrival(app, viewer, id);
}

/** What opens a file that is sealed like this, and the did:key of the phrase. @throws invalid with the field that is wrong */
export async function readSecrets(
  { passphrase = "", phrase = "" }: ArrivalSecrets,
  sealed: Sealed | null,
): Promise<{ readonly unlock: Unlock | null; readonly did: string | null }> {
  const keys = phrase.trim() === "" ? null : await keysOfPhrase(phrase);
  if (phrase.trim() !== "" && keys === null) throw invalid({ phrase: { key: "field.phrase_wrong" } });
  if (sealed === "phrase" && keys === null) throw invalid({ phrase: { key: "lifeboat_fault.needs_phrase" } });
  if (sealed === "passphrase" && passphrase === "")
    throw invalid({ passphrase: { key: "lifeboat_fault.needs_passphrase" } });
  if (sealed === null && keys === null && passphrase === "")
    throw invalid({ phrase: { key: "field.phrase_wrong" } });
  const unlock =
    sealed === null
      ? null
      : sealed === "phrase" && keys !== null
        ? { identity: keys.identity }
        : { passphrase };
  return { unlock, did: keys?.did ?? null };
}

/** Looks once more whether the old account names this one by now. @throws not_found, conflict */
export async function askAgain(app: App, viewer: Viewer, id: ArrivalId): Promise<void> {
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const row = await requireOwn(app.db, viewer, id);
  await goTo(app, row, ["review"], "checking");
}

/** Begins to take in what was looked at. @throws not_found; conflict; forbidden when it is not proved whose it is */
export async function startArrival(
  app: App,
  viewer: Viewer,
  id: ArrivalId,
  choices: ArrivalChoices,
): Promise<void> {
  await requireAtHome(app, viewer);
  const row = await requireOwn(app.db, viewer, id);
  if (row.state === "review" && row.ground === null)
    throw new CausewayError("forbidden", "error.arrival_foreign");
  if (!choices.notes && !choices.profile && choices.lists.length === 0)
    throw invalid({ choices: { key: "field.arrival_nothing" } });
  await goTo(app, row, ["review"], "arriving", { choices: toJson(choices) });
}

/** Goes on with an arrival that rests. @throws not_found, conflict */
export async function continueArrival(app: App, viewer: Viewer, id: ArrivalId): Promise<void> {
  await goTo(app, await requireOwn(app.db, viewer, id), ["resting"], "arriving");
}

/** Takes everything away again that came with an arrival. @throws not_found, conflict */
export async function undoArrival(app: App, viewer: Viewer, id: ArrivalId): Promise<void> {
  await goTo(app, await requireOwn(app.db, viewer, id), ["done", "resting"], "undoing");
}

/** Gives up what waits for the person; nothing of it was taken in. @throws not_found, conflict */
export async function dropArrival(app: App, viewer: Viewer, id: ArrivalId): Promise<void> {
  const row = await requireOwn(app.db, viewer, id);
  if (!WAITING.includes(stateOf(row))) throw new CausewayError("conflict", "error.conflict");
  await giveUp(app, app.db, row.id, "error.arrival_dropped");
  await removeFiles(app, row.id);
}

async function goTo(
  app: App,
  row: ArrivalRow,
  from: readonly ArrivalState[],
  state: ArrivalState,
  more: { readonly choices?: string } = {},
): Promise<void> {
  const change = { state, fault: null, touched_at: app.clock.now(), ...more };
  await transaction(app.db, async (tx) => {
    if (!(await updateArrival(tx, row.id, from, change)))
      throw new CausewayError("conflict", "error.conflict");
    await requestStep(app, tx, row.id);
  });
  app.wake();
}

async function requireOwn(db: Db, viewer: Viewer, id: ArrivalId): Promise<ArrivalRow> {
  const row = await findArrival(db, id);
  if (row === undefined || row.actor_id !== viewer.actorId) throw notFound();
  return row;
}

/** Bytes of a file of this machine. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
