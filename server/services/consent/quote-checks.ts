import type { App } from "../../context.ts";
import type { NoteId } from "../../domain/ids.ts";
import type { QuoteState } from "../../domain/policy.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { findActorById } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { findNoteById, findNoteByUri, lockNote, type NoteRow, updateNote } from "../../store/notes.ts";
import { isOurUri } from "../actors/actors.ts";
import { enqueueVerification, isStampGone, QUOTE_DEPTH, settleReceivedQuote } from "./quotes.ts";
import { receiveNote } from "../notes/received-notes.ts";

/** A quoted note that cannot be had now is asked for this often. */
const TRIES = 3;

/**
 * Reads what a remote note quotes and whether the quoted author agreed (FEP-044f). The job behind `verify-quote`.
 * Authors may quote themselves; everybody else needs a stamp that the quoted author's own server shows.
 */
export async function verifyQuote(app: App, noteId: NoteId, depth: number, tries = 0): Promise<void> {
  const row = await findNoteById(app.db, noteId);
  if (row === undefined || row.deleted_at !== null || row.quote_uri === null || isSet(row.local)) return;
  if (row.quote_state === "accepted") return;
  const quoted = await quotedBy(app, row, depth);
  if (quoted === null) return await later(app, noteId, depth, tries);
  const outcome = await consentTo(app, row, quoted);
  if (outcome === "later") return await later(app, noteId, depth, tries);
  await transaction(app.db, async (tx) => {
    const now = await lockNote(tx, row.id);
    if (now?.quote_uri !== row.quote_uri || now.quote_state === "accepted") return;
    const isSame = now.quote_authorization_uri === row.quote_authorization_uri;
    await updateNote(tx, row.id, { quote_id: quoted.id, ...(isSame ? { quote_state: outcome } : {}) });
    // The policy of our own authors is asked, not their server.
    if (isSet(quoted.local)) await settleReceivedQuote(app, tx, row.id);
  });
  app.wake();
}

async function later(app: App, noteId: NoteId, depth: number, tries: number): Promise<void> {
  if (tries >= TRIES) return;
  await transaction(app.db, (tx) => enqueueVerification(app, tx, noteId, depth, tries + 1));
}

async function quotedBy(app: App, row: NoteRow, depth: number): Promise<NoteRow | null> {
  const uri = row.quote_uri ?? "";
  const stored = await findNoteByUri(app.db, uri);
  if (stored !== undefined) return stored.deleted_at === null ? stored : null;
  if (isOurUri(app, uri) || depth > QUOTE_DEPTH) return null;
  const received = await app.remote.fetchNote(uri);
  if (received === null) return null;
  const id = await receiveNote(app, received, "quoted");
  if (id === null) return null;
  if (received.quote !== null) await transaction(app.db, (tx) => settleReceivedQuote(app, tx, id, depth + 1));
  return (await findNoteById(app.db, id)) ?? null;
}

async function consentTo(app: App, row: NoteRow, quoted: NoteRow): Promise<QuoteState | "later"> {
  if (quoted.actor_id === row.actor_id) return "accepted";
  const stampUri = row.quote_authorization_uri;
  const author = await findActorById(app.db, quoted.actor_id);
  if (stampUri === null || author === undefined || isSet(quoted.local)) return "unverified";
  if (!sameOrigin(stampUri, author.uri)) return "unverified";
  if (await isStampGone(app, stampUri, author.id)) return "revoked";
  const stamp = await app.remote.fetchAuthorization(stampUri);
  if (stamp === "gone") return "revoked";
  if (stamp === null) return "later";
  const isRight =
    stamp.uri === stampUri &&
    stamp.verb === "quote" &&
    stamp.authorUri === author.uri &&
    stamp.interactingUri === row.uri &&
    stamp.targetUri === quoted.uri;
  return isRight ? "accepted" : "unverified";
}
