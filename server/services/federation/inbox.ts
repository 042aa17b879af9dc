import type { App } from "../../context.ts";
import { type Db, transaction, withoutSync } from "../../store/database.ts";
import { countHeld, holdInboxRow, releaseHeldRows } from "../../store/held-inbox.ts";
import { rouseHosts } from "../../store/hosts.ts";
import {
  findSeen,
  findWaiting,
  insertInboxRows,
  markHandled,
  removeInboxRows,
  replaceHint,
  seenKey,
} from "../../store/inbox.ts";
import { enqueueMany } from "../../store/jobs.ts";

/**
 * What vouches for an activity: its actor's own HTTP signature, an integrity proof, or a linked data signature. For Moves that
 * somebody else brings: a seal that holds, or a `notice` which their new home is said to have.
 */
export type Voucher = "signature" | "proof" | "ld-signature" | "seal" | "notice";
const VOUCHERS: readonly Voucher[] = ["signature", "proof", "ld-signature", "seal", "notice"];

/** What was made of an activity: it is done, may come again as if it never had, or waits for somebody's decision. */
export type Handling = "done" | "forgotten" | "held";

export type AcceptedActivity = {
  readonly actorUri: string;
  readonly activityUri: string;
  readonly body: string;
  /** Some servers give the same id to what is done again, after it was taken back: doing it again is no repetition. */
  readonly mayRepeat: boolean;
  readonly voucher: Voucher;
  /** Who sent it, when that was not its actor: a relay, or somebody who forwards. */
  readonly signerUri: string | null;
};

export type Acceptance = (activity: AcceptedActivity) => Promise<"stored" | "duplicate">;

/** Activities in one commit: what came while the disk was busy with the one before. */
const MOST_AT_ONCE = 100;

type Waiting = {
  readonly activity: AcceptedActivity;
  readonly resolve: (outcome: "stored" | "duplicate") => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Makes the function that commits authenticated activities and the jobs that handle them; only when its promise is kept
 * may the door say 202. Those who wait at the same time share one transaction, and so one wait for the disk (ADR 0010).
 */
export function createAcceptance(app: App): Acceptance {
  let waiting: Waiting[] = [];
  let isRunning = false;

  const run = async (): Promise<void> => {
    // One turn of the event loop, so that deliveries read in the same turn come together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      await settle(app, batch);
      app.wake();
    }
    isRunning = false;
  };

  return (activity) =>
    new Promise((resolve, reject) => {
      waiting.push({ activity, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      void run();
    });
}

async function settle(app: App, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await keep(
      app,
      batch.map(({ activity }) => activity),
    );
    for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? "duplicate");
  } catch (error) {
    // Whatever it was, it must not refuse those who only stood beside it.
    if (batch.length === 1) return batch[0]?.reject(error);
    for (const one of batch) await settle(app, [one]);
  }
}

async function keep(
  app: App,
  activities: readonly AcceptedActivity[],
): Promise<readonly ("stored" | "duplicate")[]> {
  const now = app.clock.now();
  return await transaction(app.db, async (tx) => {
    const rows = activities.map((activity) => ({ ...activity, id: app.ids.next() }));
    const fresh = await insertInboxRows(tx, rows, now);
    const known = await takeBackSeen(
      tx,
      rows.filter((row) => fresh.has(row.id)),
    );
    const ids: (number | undefined)[] = [];
    for (const row of rows) {
      if (fresh.has(row.id)) ids.push(known.has(row.id) ? undefined : row.id);
      // A hint never takes the place of anything; the thing itself takes that of a hint.
      else ids.push(isHint(row) ? undefined : await replaceHint(tx, row));
    }
    const jobs = activities.flatMap((activity, index) => {
      const inboxId = ids[index];
      return inboxId === undefined ? [] : [{ inboxId, actorUri: activity.actorUri }];
    });
    await enqueueInbox(app, tx, jobs);
    // A server that speaks is no dead one.
    const hosts = new Set(activities.map((one) => new URL(one.signerUri ?? one.actorUri).host));
    await rouseHosts(tx, [...hosts].toSorted(), now);
    return ids.map((id) => (id === undefined ? "duplicate" : "stored"));
  });
}

/** What others say of somebody, which only something else can prove. */
function isHint({ voucher }: AcceptedActivity): boolean {
  return voucher === "ld-signature" || voucher === "notice";
}

async function enqueueInbox(
  app: App,
  tx: Db,
  jobs: readonly { readonly inboxId: number; readonly actorUri: string }[],
): Promise<void> {
  const now = app.clock.now();
  await enqueueMany(
    tx,
    jobs.map(({ inboxId, actorUri }) => ({
      id: app.ids.next(),
      now,
      kind: "inbox",
      payload: { inboxId },
      // Activities of one actor are handled in the order they came.
      orderingKey: `inbox:${actorUri}`,
      lane: 0 as const,
    })),
  );
}

/** Of one actor, held at most: who waits for a decision must not fill the disk. */
const MOST_HELD = 300;

/** True when one more activity of an actor may be held until its followers have decided. */
export async function mayHold(app: App, actorUri: string): Promise<boolean> {
  return (await countHeld(app.db, actorUri)) < MOST_HELD;
}

/** Has what was held of an actor carried out after all, inside the caller's transaction. */
export async function releaseHeld(app: App, tx: Db, actorUri: string): Promise<void> {
  const ids = await releaseHeldRows(tx, actorUri);
  await enqueueInbox(
    app,
    tx,
    ids.map((inboxId) => ({ inboxId, actorUri })),
  );
}

/**
 * Removes rows of activities that were handled before and gives their ids. Asked after they were written: whoever handles
 * the same activity at this moment has either not removed its row yet, which then is in the way, or remembered it.
 */
async function takeBackSeen(
  tx: Db,
  rows: readonly (AcceptedActivity & { readonly id: number })[],
): Promise<ReadonlySet<number>> {
  const keysOf = ({ actorUri, activityUri, voucher, mayRepeat }: AcceptedActivity): readonly string[] => {
    const key = seenKey(actorUri, activityUri, false);
    if (voucher === "ld-signature") return [key, seenKey(actorUri, activityUri, true)];
    // Who kept an old Follow with its proof could send it again for ever.
    return mayRepeat && voucher === "signature" ? [] : [key];
  };
  const seen = await findSeen(tx, rows.flatMap(keysOf));
  const ids = rows.filter((row) => keysOf(row).some((key) => seen.has(key))).map((row) => row.id);
  await removeInboxRows(tx, ids);
  return new Set(ids);
}

export type TakenActivity = {
  readonly body: string;
  readonly actorUri: string;
  readonly activityUri: string;
  readonly voucher: Voucher;
  readonly signerUri: string | null;
};

/** An accepted activity that waits to be handled; null when it was. */
export async function takeFromInbox(app: App, inboxId: number): Promise<TakenActivity | null> {
  const row = await findWaiting(app.db, inboxId);
  if (row === undefined || row.body === null) return null;
  return {
    body: row.body,
    actorUri: row.actor_uri,
    activityUri: row.activity_uri,
    voucher: VOUCHERS.find((one) => one === row.voucher) ?? "signature",
    signerUri: row.signer_uri,
  };
}

/**
 * Carries an accepted activity out and marks it as handled. None of that waits for the disk: the activity itself is kept
 * until all of it is there, and whatever a power loss takes away happens once more.
 */
export async function carryOut(
  app: App,
  inboxId: number,
  work: (app: App, taken: TakenActivity) => Promise<Handling>,
): Promise<void> {
  const taken = await takeFromInbox(app, inboxId);
  if (taken === null) return;
  const unhurried: App = { ...app, db: withoutSync(app.db) };
  const handling = await work(unhurried, taken);
  if (handling === "held") return await holdInboxRow(unhurried.db, inboxId);
  if (handling === "forgotten") return await removeInboxRows(unhurried.db, [inboxId]);
  await finishInbox(unhurried, inboxId, taken);
}

/** Marks an accepted activity as handled, unless something better came in its place meanwhile. */
export async function finishInbox(app: App, inboxId: number, taken: TakenActivity): Promise<void> {
  const { actorUri, activityUri, voucher } = taken;
  const key = seenKey(actorUri, activityUri, voucher === "ld-signature");
  await transaction(app.db, (tx) => markHandled(tx, { id: inboxId, voucher, key }));
}
