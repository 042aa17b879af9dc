import type { App } from "../../context.ts";
import type { OutgoingEvent } from "../../domain/outgoing.ts";
import type { Db } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { noteStandbyChange } from "../standbys/consents.ts";

/**
 * Writes the job that tells other servers what local actor `by` did, in the same transaction as the fact it tells of.
 * One after another for each actor, so that activities are written down, and leave, in the order they happened.
 */
export async function federate(app: App, tx: Db, by: number, event: OutgoingEvent): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "federate",
    payload: { event },
    orderingKey: `federate:${by}`,
    lane: 0,
  });
  await noteStandbyChange(app, tx, by, event);
}
