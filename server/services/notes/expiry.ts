import type { App } from "../../context.ts";
import { transaction } from "../../store/database.ts";
import { listExpiredNotes } from "../../store/arranged-media.ts";
import { lockNote } from "../../store/notes.ts";
import { removeNote } from "./notes.ts";

const BATCH = 100;

/** Deletes notes whose time is over, as their authors would: other servers are told. Returns how many. */
export async function expireNotes(app: App): Promise<number> {
  const ids = await listExpiredNotes(app.db, app.clock.now(), BATCH);
  for (const id of ids)
    await transaction(app.db, async (tx) => {
      const row = await lockNote(tx, id);
      if (row !== undefined && row.deleted_at === null) await removeNote(app, tx, row);
    });
  if (ids.length > 0) app.wake();
  return ids.length;
}
