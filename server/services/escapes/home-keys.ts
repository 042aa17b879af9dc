import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { isLaunchable, KEPT_AFTER_END_MS } from "../../domain/standby.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { type Db, transaction, type Tx } from "../../store/database.ts";
import { countEntrusted, removeEntrusted, removeUsedEntrusted } from "../../store/entrusted-keys.ts";
import {
  type AgreementRow,
  type EvacuationRow,
  listAgreements,
  listEvacuations,
} from "../../store/evacuations.ts";
import { getValue, type KvKey, setValue } from "../../store/kv.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { audit } from "../moderation/audit.ts";

// The homes whose members are expected here, what there is of their keys, and when these are forgotten again.

/** Whoever came this long ago and was announced to nobody has no followers to tell. */
const USED_KEPT_MS = 3 * 86_400_000;
const RECORDS_KEPT = 50;
const TOGETHER_MS = 60_000;

/** A home whose members are expected here. */
export type ExpectedHome = {
  readonly agreementId: number;
  readonly agreementUri: string;
  /** Its origin. */
  readonly home: string;
};

/** Agreements under which trustees may launch, newest first. */
export async function listExpectedHomes(app: App): Promise<readonly AgreementRow[]> {
  const now = app.clock.now();
  const rows = await listAgreements(app.db, "standby", now - KEPT_AFTER_END_MS);
  return rows.filter((row) => isLaunchable(row, now));
}

/** @throws conflict when the launch of an agreement is long over: nobody is told any more */
export async function requireOpen(app: App, db: Db, agreementId: number): Promise<void> {
  if (isLongOver(app, await listEvacuations(db, agreementId, 20)))
    throw new CausewayError("conflict", "error.launch_over");
}

/** A key that is found some days later can still tell those who believe nothing else. */
const LATE_MS = 14 * 86_400_000;

function isLongOver(app: App, evacuations: readonly EvacuationRow[]): boolean {
  const now = app.clock.now();
  return evacuations.some(
    ({ state, finished_at: finishedAt }) => state === "done" && now - (finishedAt ?? now) > LATE_MS,
  );
}

/** Why keys are forgotten: an owner wants it, the launch is over, or the home said that it is alive. */
export type ForgetReason = "asked" | "over" | "stopped";

/**
 * Forgets the old keys of an agreement's members in the caller's transaction, but for those that sign at this moment.
 * `by`: null for the command line, and for what happens by itself.
 */
export async function forgetKeysOf(
  app: App,
  tx: Tx,
  { id, uri, partner }: Pick<AgreementRow, "id" | "uri" | "partner">,
  { why, by }: { readonly why: ForgetReason; readonly by: Viewer | null },
): Promise<number> {
  const count = await removeEntrusted(tx, id);
  const of = { agreementUri: uri, home: partner };
  if (count > 0) await recordKeys(app, tx, of, { what: "forgotten", count, by, why });
  return count;
}

/**
 * Forgets them at once; `viewer`: null for the command line, whose user has the machine.
 * @throws forbidden below admin, not_found, conflict while a launch uses them
 */
export async function forgetKeys(app: App, viewer: Viewer | null, agreementUri: string): Promise<number> {
  if (viewer !== null) requireAdministrator(viewer);
  const row = (await listExpectedHomes(app)).find(({ uri }) => uri === agreementUri);
  if (row === undefined) throw notFound();
  return await transaction(app.db, async (tx) => {
    const evacuations = await listEvacuations(tx, row.id, 20);
    if (evacuations.some(({ state }) => state === "running"))
      throw new CausewayError("conflict", "error.launch_under_way");
    return await forgetKeysOf(app, tx, row, { why: "asked", by: viewer });
  });
}

/** Forgets keys that nobody is told with any more, those that people brought by themselves too. */
export async function forgetUsedKeys(app: App): Promise<number> {
  return await transaction(app.db, (tx) => removeUsedEntrusted(tx, app.clock.now() - USED_KEPT_MS));
}

/** What was done with keys. Times in ms. */
export type KeyRecord = {
  readonly at: number;
  readonly what: "brought" | "forgotten";
  readonly count: number;
  /** Name of the owner, `operator` for the command line, `causeway` for what happens by itself. */
  readonly by: string;
  /** A `ForgetReason`, or when the backup was made (ISO). */
  readonly why: string;
};

function recordsOf(agreementUri: string): KvKey {
  return ["launch-keys", agreementUri];
}

/** Kept with the agreement, and with what staff do: counts and names of staff, nothing of the keys. */
export async function recordKeys(
  app: App,
  tx: Tx,
  { agreementUri, home }: Pick<ExpectedHome, "agreementUri" | "home">,
  of: Pick<KeyRecord, "what" | "count" | "why"> & { readonly by: Viewer | null },
): Promise<void> {
  const at = app.clock.now();
  const { what, count, why, by: viewer } = of;
  const byItself = why === "over" || why === "stopped";
  const by = viewer?.username ?? (byItself ? "causeway" : "operator");
  const known = await readRecords(tx, agreementUri, at);
  const last = known.at(-1);
  // The keys of a large home come in several commits.
  const isMore = last?.what === what && last.by === by && last.why === why && at - last.at < TOGETHER_MS;
  const before = isMore ? known.slice(0, -1) : known;
  const entry = { at, what, count: isMore ? last.count + count : count, by, why };
  await setValue(tx, recordsOf(agreementUri), [...before, entry].slice(-RECORDS_KEPT), at);
  await audit(app, tx, viewer, { what: `launch.keys_${what}`, subject: home, detail: { count, why } });
}

async function readRecords(db: Db, agreementUri: string, now: number): Promise<readonly KeyRecord[]> {
  const known = await getValue(db, recordsOf(agreementUri), now);
  return Array.isArray(known) ? (known as readonly KeyRecord[]) : [];
}

/** How the keys of a home's members stand, for the owner of its standby. */
export type HomeKeys = ExpectedHome & {
  readonly members: number;
  readonly keys: number;
  /** Keys may be brought: nothing is long over. */
  readonly isOpen: boolean;
  /** A launch uses them at this moment. */
  readonly isRunning: boolean;
  /** What was done with them, newest first. */
  readonly records: readonly KeyRecord[];
};

/** The homes that are expected here, with what there is of their keys: a handful. @throws forbidden below admin */
export async function listHomeKeys(app: App, viewer: Viewer): Promise<readonly HomeKeys[]> {
  requireAdministrator(viewer);
  const rows = await listExpectedHomes(app);
  const counts = await countEntrusted(
    app.db,
    rows.map(({ id }) => id),
  );
  const homes: HomeKeys[] = [];
  for (const row of rows) {
    const evacuations = await listEvacuations(app.db, row.id, 20);
    homes.push({
      agreementId: row.id,
      agreementUri: row.uri,
      home: row.partner,
      members: counts.get(row.id)?.members ?? 0,
      keys: counts.get(row.id)?.keys ?? 0,
      isOpen: !isLongOver(app, evacuations),
      isRunning: evacuations.some(({ state }) => state === "running"),
      records: (await readRecords(app.db, row.uri, app.clock.now())).toReversed(),
    });
  }
  return homes;
}
