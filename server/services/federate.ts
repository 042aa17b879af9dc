import type { App } from "../context.ts";
import type { OutgoingEvent } from "../domain/outgoing.ts";
import type { Db } from "../store/database.ts";
import { enqueue } from "../store/jobs.ts";

/** Writes the job that tells other servers, in the same transaction as the fact it tells of. */
export async function federate(app: App, tx: Db, event: OutgoingEvent): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "federate",
    payload: { event },
    lane: 0,
  });
}
