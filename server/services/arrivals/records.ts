import type { App } from "../../context.ts";
import {
  ARRIVAL_GROUNDS,
  ARRIVAL_LISTS,
  ARRIVAL_STATES,
  type ArrivalChoices,
  type ArrivalGround,
  type ArrivalId,
  type ArrivalReport,
  type ArrivalState,
  EMPTY_REPORT,
} from "../../domain/arrival.ts";
import { asId } from "../../domain/ids.ts";
import type { CausewayError, Message } from "../../errors.ts";
import type { Unlock } from "../../lifeboat/seal.ts";
import type { ArrivalRow, insertArrival } from "../../store/arrivals.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { enqueueMany } from "../../store/jobs.ts";

/** An arrival as pages and commands show it. */
export type ArrivalView = {
  readonly id: ArrivalId;
  readonly source: "lifeboat" | "replica";
  readonly state: ArrivalState;
  /** Of the old account; null until the file was read. */
  readonly handle: string | null;
  readonly actorUri: string | null;
  readonly size: number;
  readonly received: number;
  readonly ground: ArrivalGround | null;
  readonly choices: ArrivalChoices;
  /** Notes that were looked at, of how many. */
  readonly done: number;
  readonly total: number;
  readonly report: ArrivalReport;
  readonly fault: Message | null;
  /** Ms. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
};

/** What takes everything along. */
export const ALL_CHOICES: ArrivalChoices = { notes: true, profile: false, lists: [...ARRIVAL_LISTS] };

/** A row as doors draw it. */
export function toView(row: ArrivalRow): ArrivalView {
  return {
    id: asId(row.id),
    source: row.source === "replica" ? "replica" : "lifeboat",
    state: stateOf(row),
    handle: row.handle,
    actorUri: row.actor_uri,
    size: row.size,
    received: row.received,
    ground: ARRIVAL_GROUNDS.find((ground) => ground === row.ground) ?? null,
    choices: choicesOf(row),
    done: row.done,
    total: row.total,
    report: reportOf(row),
    fault: fromJson<Message | null>(row.fault, null),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** Where a row stands. */
export function stateOf(row: Pick<ArrivalRow, "state">): ArrivalState {
  return ARRIVAL_STATES.find((state) => state === row.state) ?? "failed";
}

/** What became of it so far. */
export function reportOf(row: Pick<ArrivalRow, "report">): ArrivalReport {
  return { ...EMPTY_REPORT, ...fromJson<Partial<ArrivalReport>>(row.report, {}) };
}

/** What is to be taken in. */
export function choicesOf(row: Pick<ArrivalRow, "choices">): ArrivalChoices {
  return { ...ALL_CHOICES, ...fromJson<Partial<ArrivalChoices>>(row.choices, {}) };
}

/** A row of an arrival that begins. */
export function newArrival(
  app: App,
  actorId: number,
  given: Partial<ArrivalRow> & Pick<ArrivalRow, "source" | "state">,
): Parameters<typeof insertArrival>[1] {
  const now = app.clock.now();
  return {
    id: app.ids.next(),
    actor_id: actorId,
    member_id: null,
    actor_uri: null,
    handle: null,
    manifest_hash: null,
    size: 0,
    received: 0,
    secret: null,
    ground: null,
    did: null,
    choices: toJson(ALL_CHOICES),
    done: 0,
    total: 0,
    report: toJson(EMPTY_REPORT),
    fault: null,
    created_at: now,
    touched_at: now,
    finished_at: null,
    undone_at: null,
    ...given,
  };
}

/** Has the next step of an arrival done in the background, inside the caller's transaction. */
export async function requestStep(app: App, tx: Db, id: number, runAt = app.clock.now()): Promise<void> {
  await requestSteps(app, tx, [id], runAt);
}

/** The same for several. */
export async function requestSteps(
  app: App,
  tx: Db,
  ids: readonly number[],
  runAt = app.clock.now(),
): Promise<void> {
  const jobs = ids.map((id) => ({
    id: app.ids.next(),
    now: app.clock.now(),
    runAt,
    kind: "arrival",
    payload: { arrivalId: id },
    dedupeKey: `arrival:${id}`,
    // Unpacking and encoding are heavy: one at a time.
    orderingKey: "arrivals",
    lane: 2 as const,
  }));
  if (jobs.length > 0) await enqueueMany(tx, jobs);
}

/** What a fault says, as its column keeps it. */
export function faultColumn(error: CausewayError): string {
  const [field] = Object.values(error.fields);
  return toJson(field ?? { key: error.key, params: error.params });
}

/** Seals what opens a file, for one arrival and as long as it is needed. */
export async function sealSecret(app: App, id: number, unlock: Unlock): Promise<string> {
  return await app.vault.seal(JSON.stringify(unlock), purposeOf(id));
}

/** What opens a file; null when nothing does, or it was forgotten. */
export async function openSecret(app: App, row: Pick<ArrivalRow, "id" | "secret">): Promise<Unlock | null> {
  if (row.secret === null) return null;
  const unlock = fromJson<Unlock | null>(await app.vault.open(row.secret, purposeOf(row.id)), null);
  return unlock !== null && ("passphrase" in unlock || "identity" in unlock) ? unlock : null;
}

function purposeOf(id: number): string {
  return `arrival:${id}`;
}
