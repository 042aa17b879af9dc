import type { App } from "../../context.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { type AgreementRow, findAgreement } from "../../store/standbys.ts";

// What a partner is told by jobs.

/** The agreement of a message that is still to be told; null when something else has become true meanwhile. */
export async function tellable(app: App, id: number, what: string): Promise<AgreementRow | null> {
  const row = await findAgreement(app.db, id);
  if (row === undefined) return null;
  const expected = what === "offer" ? "offered" : what === "agree" ? "agreed" : "ended";
  return row.state === expected ? row : null;
}

/** What a partner is told by the job `standby-tell`. */
export type Told = "offer" | "agree" | "decline" | "end";

/** Has the partner told by the job `standby-tell`. */
export async function tell(app: App, tx: Db, agreementId: number, what: Told): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "standby-tell",
    payload: { agreementId, what },
    orderingKey: `standby-tell:${agreementId}`,
    lane: 1,
  });
}

/** Has the job `standby-replicate` look at an agreement, `inMs` from now; many wishes are one job. */
export async function requestReplication(app: App, tx: Db, agreementId: number, inMs: number): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: now + inMs,
    kind: "standby-replicate",
    payload: { agreementId },
    dedupeKey: `standby-replicate:${agreementId}`,
    orderingKey: `standby-replicate:${agreementId}`,
    lane: 2,
  });
}

/** The same outside of a transaction, at once. */
export async function requestReplicationOf(app: App, agreementId: number): Promise<void> {
  await transaction(app.db, (tx) => requestReplication(app, tx, agreementId, 0));
  app.wake();
}
