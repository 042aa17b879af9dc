import { constants } from "node:fs";
import { copyFile, link } from "node:fs/promises";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { ARRIVAL_LIMITS, type ArrivalChoices } from "../../domain/arrival.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { sealOf } from "../../lifeboat/read-archive.ts";
import { lockAccount } from "../../store/accounts.ts";
import {
  type ArrivalRow,
  findArrival,
  insertArrival,
  listArrivalRows,
  updateArrival,
} from "../../store/arrivals.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { type ArrivalSecrets, makeWay, readSecrets, sizeOf } from "./arrivals.ts";
import { type ArrivalView, newArrival, requestStep, sealSecret, toView } from "./records.ts";
import { makeFolder, placesOf, removeFiles } from "./stage.ts";
import { examine, takeIn } from "./work.ts";

const HOUR = 3_600_000;
/** The server goes on with what a command began and did not end, but not while the command may still be at it. */
const COMMAND_MS = 6 * HOUR;

/**
 * Takes a lifeboat of this machine into an account, from beginning to end; `onStep` hears how far it is. Lists are worked off
 * by the server afterwards. @throws invalid (`lifeboat_fault.…`), forbidden when it is not theirs, conflict, unavailable
 */
export async function restoreLifeboat(
  app: App,
  viewer: Viewer,
  command: {
    readonly path: string;
    readonly secrets: ArrivalSecrets;
    readonly choices: ArrivalChoices;
    readonly onStep?: ((view: ArrivalView) => void) | undefined;
  },
): Promise<ArrivalView> {
  const begun = await findBegun(app, viewer, await sizeOf(command.path));
  if (begun !== null) return await carryOn(app, begun, command.onStep);
  const row = await begin(app, viewer, command.path, command.secrets);
  await examine(app, row);
  const looked = await now(app, row.id);
  if (looked.state !== "review") throw await faultOf(app, looked);
  if (looked.ground === null) {
    await end(app, looked.id);
    throw new CausewayError("forbidden", "error.arrival_foreign");
  }
  const choices = toJson(command.choices);
  await updateArrival(app.db, looked.id, ["review"], { state: "arriving", choices });
  return await carryOn(app, looked.id, command.onStep);
}

/** What a command before this one, which was killed, has left half done; what it had only begun to read is forgotten. */
async function findBegun(app: App, viewer: Viewer, size: number): Promise<number | null> {
  const [last] = await listArrivalRows(app.db, viewer.actorId, 1);
  if (last === undefined || last.source !== "lifeboat" || last.size !== size) return null;
  if (last.state === "checking") await end(app, last.id);
  if (last.state === "resting")
    await updateArrival(app.db, last.id, ["resting"], { state: "arriving", fault: null });
  return last.state === "arriving" || last.state === "resting" ? last.id : null;
}

async function carryOn(
  app: App,
  id: number,
  onStep: ((view: ArrivalView) => void) | undefined,
): Promise<ArrivalView> {
  for (;;) {
    const current = await now(app, id);
    onStep?.(toView(current));
    if (current.state !== "arriving") return ended(current);
    await takeIn(app, current, { signal: new AbortController().signal, attempt: 1 });
  }
}

async function begin(app: App, viewer: Viewer, path: string, secrets: ArrivalSecrets): Promise<ArrivalRow> {
  const size = await sizeOf(path);
  if (size > ARRIVAL_LIMITS.bytes) throw new CausewayError("invalid", "field.arrival_large");
  const sealed = await sealOf(path);
  const isGiven = Object.values(secrets).some((secret) => secret !== undefined && secret !== "");
  const { unlock, did } =
    sealed === null && !isGiven ? { unlock: null, did: null } : await readSecrets(secrets, sealed);
  const row = newArrival(app, viewer.actorId, {
    source: "lifeboat",
    state: "checking",
    size,
    received: size,
    did,
  });
  const secret = unlock === null ? null : await sealSecret(app, row.id, unlock);
  await makeFolder(app, row.id);
  await putInPlace(path, placesOf(app, row.id).file);
  const gone = await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const waiting = await makeWay(app, tx, viewer.actorId);
    await insertArrival(tx, { ...row, secret });
    await requestStep(app, tx, row.id, app.clock.now() + COMMAND_MS);
    return waiting;
  }).catch(async (error: unknown) => {
    await removeFiles(app, row.id);
    throw error;
  });
  for (const id of gone) await removeFiles(app, id);
  return await now(app, row.id);
}

async function putInPlace(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

async function now(app: App, id: number): Promise<ArrivalRow> {
  const row = await findArrival(app.db, id);
  if (row === undefined) throw notFound();
  return row;
}

/** What was wrong with the file, as an error again; nothing of it stays. */
async function faultOf(app: App, row: ArrivalRow): Promise<CausewayError> {
  await end(app, row.id);
  const { fault } = toView(row);
  return new CausewayError("invalid", fault?.key ?? "error.invalid", { params: fault?.params ?? {} });
}

async function end(app: App, id: number): Promise<void> {
  const change = { state: "failed", secret: null, finished_at: app.clock.now() };
  await updateArrival(app.db, id, ["sealed", "review", "checking"], change);
  await removeFiles(app, id);
}

function ended(row: ArrivalRow): ArrivalView {
  const view = toView(row);
  if (view.state === "resting" && view.fault !== null)
    throw new CausewayError("unavailable", view.fault.key, { params: view.fault.params ?? {} });
  return view;
}
