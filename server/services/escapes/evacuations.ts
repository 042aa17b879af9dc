import { createPublicKey } from "node:crypto";
import { type App, createRecent, type Recent } from "../../context.ts";
import { LaunchObjection, type LaunchReason } from "../../domain/lifeboat.ts";
import { CausewayError, forbidden, notFound } from "../../errors.ts";
import { isProvedBy, type Signed } from "../../lifeboat/proofs.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { isTelling, listWaitingMembers } from "../../store/escapes.ts";
import {
  type EvacuationRow,
  findAgreementById,
  findEvacuation,
  findEvacuationByUri,
  findStandbyAgreement,
  listEvacuations,
  listEvacuationsIn,
  OPEN_STATES,
  updateEvacuation,
} from "../../store/evacuations.ts";
import { termsOf } from "../standbys/agreements.ts";
import { forgetKeysOf } from "./home-keys.ts";
import { requestLaunches } from "./launch.ts";

// What was decided for a community: it waits where everybody can see it, the home may object, then it is carried out.

const BATCH = 200;

/** How a decision stands. Times in ms. */
export type Evacuation = {
  readonly id: number;
  readonly uri: string;
  readonly home: string;
  readonly reason: LaunchReason;
  /** `asked` = too few trustees yet; `waiting` = everybody can see that it begins at `beginsAt`. */
  readonly state: "asked" | "waiting" | "running" | "done" | "stopped";
  readonly approvals: number;
  readonly threshold: number;
  readonly beginsAt: number | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** What has to be signed, as JSON with the proofs so far. */
  readonly document: string;
};

/**
 * Begins an evacuation whose waiting time is over, or looks whether one is over: all members of the agreement are brought
 * over, each by a job of its own. The job behind `evacuate`; may be run again at any time.
 */
export async function carryOutEvacuation(app: App, id: number): Promise<void> {
  const now = app.clock.now();
  const row = await findEvacuation(app.db, id);
  if (row === undefined) return;
  if (row.state === "waiting" && row.begins_at !== null && row.begins_at <= now)
    await updateEvacuation(app.db, id, ["waiting"], { state: "running" });
  else if (row.state !== "running") return;
  for (let after = 0; ;) {
    const members = await listWaitingMembers(app.db, row.agreement_id, after, BATCH);
    const last = members.at(-1);
    if (last === undefined) break;
    await transaction(app.db, (tx) => requestLaunches(app, tx, members, id));
    app.wake();
    after = last;
  }
}

/** Looks after evacuations: those that are due begin, those of which nothing is left to do are over. */
export async function tendEvacuations(app: App): Promise<void> {
  for (const row of await listEvacuationsIn(app.db, ["waiting", "running"])) {
    await carryOutEvacuation(app, row.id);
    const isOver =
      (await listWaitingMembers(app.db, row.agreement_id, 0, 1)).length === 0 &&
      !(await isTelling(app.db, row.id));
    if (isOver) await endEvacuation(app, row);
  }
}

/** Nobody is told anything any more, so nobody's old key is needed. */
async function endEvacuation(app: App, row: EvacuationRow): Promise<void> {
  const agreement = await findAgreementById(app.db, row.agreement_id);
  await transaction(app.db, async (tx) => {
    const change = { state: "done", finished_at: app.clock.now() };
    const isEnded = await updateEvacuation(tx, row.id, ["running"], change);
    if (isEnded && agreement !== undefined) await forgetKeysOf(app, tx, agreement, { why: "over", by: null });
  });
}

/**
 * The home says that it is alive: a launch that did not begin yet is stopped. Only the key counts that the agreement was
 * made with. @throws forbidden when it is not the home's, not_found, conflict when it began
 */
export async function receiveObjection(app: App, signed: Signed): Promise<void> {
  const parsed = LaunchObjection.safeParse(signed);
  if (!parsed.success) throw forbidden();
  const row = await findEvacuationByUri(app.db, parsed.data.order);
  const agreement = row === undefined ? undefined : await findAgreementById(app.db, row.agreement_id);
  if (row === undefined || agreement === undefined) throw notFound();
  const { home } = termsOf(agreement);
  const { partner_actor: actor, partner_key: pem } = agreement;
  if (parsed.data.home !== home || actor === null || pem === null) throw forbidden();
  if (!isProvedBy(signed, `${actor}#ed25519-key`, createPublicKey(pem))) throw forbidden();
  const isStopped = await transaction(app.db, async (tx) => {
    const change = { state: "stopped", objection: toJson(signed), finished_at: app.clock.now() };
    const stopped = await updateEvacuation(tx, row.id, ["asked", "waiting"], change);
    // Whoever is alive keeps their keys themselves.
    if (stopped) await forgetKeysOf(app, tx, agreement, { why: "stopped", by: null });
    return stopped;
  });
  if (!isStopped) throw new CausewayError("conflict", "error.launch_under_way");
}

/** What may be known by everybody of the decisions under an agreement, newest first. @throws not_found */
export async function listOrders(app: App, agreementUri: string): Promise<readonly Evacuation[]> {
  const agreement = await findStandbyAgreement(app.db, agreementUri);
  if (agreement === undefined) throw notFound();
  const { threshold } = termsOf(agreement);
  return (await listEvacuations(app.db, agreement.id, 20)).map((row) => toEvacuation(row, threshold));
}

export type PublicEvacuation = { readonly agreementUri: string; readonly evacuation: Evacuation };

/** By app, so that two instances in one process never share any. */
const recent = new WeakMap<App, Recent<readonly PublicEvacuation[]>>();
const RECENT_MS = 30_000;

/** Decisions that everybody here should see on every page: a launch waits or runs. Half a minute old at most. */
export async function listPublicEvacuations(app: App): Promise<readonly PublicEvacuation[]> {
  const kept = recent.get(app) ?? createRecent<readonly PublicEvacuation[]>(app.clock, RECENT_MS);
  recent.set(app, kept);
  return await kept.get(() => readPublicEvacuations(app));
}

async function readPublicEvacuations(app: App): Promise<readonly PublicEvacuation[]> {
  const rows = await listEvacuationsIn(
    app.db,
    OPEN_STATES.filter((state) => state !== "asked"),
  );
  const found = [];
  for (const row of rows) {
    const agreement = await findAgreementById(app.db, row.agreement_id);
    if (agreement === undefined) continue;
    const evacuation = toEvacuation(row, termsOf(agreement).threshold);
    found.push({ agreementUri: agreement.uri, evacuation });
  }
  return found;
}

/** After a decision of this process: the next page shows it. */
export function forgetPublicEvacuations(app: App): void {
  recent.get(app)?.forget();
}

/** A decision as pages show it. */
export function toEvacuation(row: EvacuationRow, threshold: number): Evacuation {
  return {
    id: row.id,
    uri: row.uri,
    home: row.home,
    reason: row.reason as LaunchReason,
    state: row.state as Evacuation["state"],
    approvals: row.approvals,
    threshold,
    beginsAt: row.begins_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    document: row.document,
  };
}
