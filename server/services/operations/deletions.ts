import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import { findActorByUri } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteByUri, lockNote } from "../../store/notes.ts";
import { removeMember } from "../accounts/departures.ts";
import { removeNote } from "../notes/notes.ts";

/** Something of ours that was deleted for good. */
export type Deletion = {
  readonly kind: "note" | "actor";
  readonly uri: string;
  /** When, ms. */
  readonly at: number;
};

/**
 * Does once more what the journal says was deleted, when an older backup brought it back: it goes here, and other servers are
 * told again. Returns whether there was anything to do. Nothing that is not ours is touched.
 */
export async function repeatDeletion(app: App, deletion: Deletion): Promise<boolean> {
  return deletion.kind === "note"
    ? await repeatNote(app, deletion.uri)
    : await repeatActor(app, deletion.uri);
}

async function repeatNote(app: App, uri: string): Promise<boolean> {
  const known = await findNoteByUri(app.db, uri);
  if (known === undefined || known.local !== 1 || known.deleted_at !== null) return false;
  await transaction(app.db, async (tx) => {
    const row = await lockNote(tx, known.id);
    if (row !== undefined && row.deleted_at === null) await removeNote(app, tx, row);
  });
  app.wake();
  return true;
}

async function repeatActor(app: App, uri: string): Promise<boolean> {
  const row = await findActorByUri(app.db, uri);
  if (row === undefined || row.host !== "" || row.deleted_at !== null) return false;
  await removeMember(app, asId(row.id));
  return true;
}

/** Has a restored server repeat what its journal says, at its first start. */
export async function requestRepeats(
  tx: Db,
  job: { readonly id: number; readonly now: number },
): Promise<void> {
  await enqueue(tx, {
    ...job,
    kind: "repeat-deletions",
    payload: {},
    dedupeKey: "repeat-deletions",
    lane: 1,
  });
}
