import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type DraftId, type NoteId } from "../../domain/ids.ts";
import type { CreateNote } from "../../domain/note.ts";
import { CausewayError } from "../../errors.ts";
import type { Db } from "../../store/database.ts";
import { consumeDraft, findDraft, findIdempotent, insertIdempotent } from "../../store/drafts.ts";

const DAY = 86_400_000;

/** A form gets its draft while somebody types, so the same text may come once without and once with it. */
function fingerprint(command: CreateNote, at: number | null = null): string {
  const { idempotencyKey: _, draftId: __, ...body } = command;
  const made = at === null ? body : { ...body, at };
  return createHash("sha256").update(JSON.stringify(made)).digest("hex");
}

/**
 * The note that the same draft or the same key made already, or null.
 * @throws conflict for a key that came with another text.
 */
export async function alreadyPosted(
  app: App,
  db: Db,
  viewer: Viewer,
  command: CreateNote,
): Promise<NoteId | null> {
  if (command.draftId !== undefined) {
    const draft = await findDraft(db, viewer.accountId, command.draftId);
    if (draft?.note_id !== undefined && draft.note_id !== null) return asId(draft.note_id);
  }
  if (command.idempotencyKey === undefined) return null;
  const kept = await findIdempotent(db, viewer.accountId, command.idempotencyKey, app.clock.now() - DAY);
  if (kept === undefined) return null;
  if (kept.request_hash !== fingerprint(command)) throw new CausewayError("conflict", "error.idempotency");
  return asId(kept.note_id);
}

/** Remembers, in the transaction that makes it, which note a draft and a key made. */
export async function rememberPosted(
  app: App,
  tx: Db,
  viewer: Viewer,
  command: CreateNote,
  noteId: NoteId,
): Promise<void> {
  const now = app.clock.now();
  if (command.draftId !== undefined) await consumeDraft(tx, viewer.accountId, command.draftId, noteId, now);
  if (command.idempotencyKey !== undefined)
    await insertIdempotent(tx, {
      accountId: viewer.accountId,
      key: command.idempotencyKey,
      noteId,
      requestHash: fingerprint(command),
      now,
    });
}

/** What the same key kept for its time already, or null. @throws conflict for a key that came with something else. */
export async function findScheduledBefore(
  app: App,
  viewer: Viewer,
  command: CreateNote,
  at: number,
): Promise<DraftId | null> {
  if (command.idempotencyKey === undefined) return null;
  const since = app.clock.now() - DAY;
  const kept = await findIdempotent(app.db, viewer.accountId, command.idempotencyKey, since);
  if (kept === undefined) return null;
  if (kept.request_hash !== fingerprint(command, at))
    throw new CausewayError("conflict", "error.idempotency");
  return asId(kept.note_id);
}

/** Remembers what a key kept for its time. */
export async function rememberScheduled(
  app: App,
  viewer: Viewer,
  command: CreateNote,
  made: { readonly at: number; readonly draftId: DraftId },
): Promise<void> {
  if (command.idempotencyKey === undefined) return;
  await insertIdempotent(app.db, {
    accountId: viewer.accountId,
    key: command.idempotencyKey,
    noteId: made.draftId,
    requestHash: fingerprint(command, made.at),
    now: app.clock.now(),
  });
}
