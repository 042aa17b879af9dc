import type { App } from "../../context.ts";
import type { Db } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";

/**
 * Has a deletion written into the journal outside the database (ops/deletion-journal.ts), inside the caller's transaction: a
 * backup that is older than the deletion does not know of it, the journal does.
 */
export async function journalDeletion(app: App, tx: Db, kind: "note" | "actor", uri: string): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    kind: "journal-deletion",
    payload: { deletion: { kind, uri, at: now } },
    lane: 2,
  });
}
