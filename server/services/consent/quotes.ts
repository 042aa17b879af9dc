import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import type { QuoteState } from "../../domain/policy.ts";
import { narrower, type Visibility } from "../../domain/visibility.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { isSet } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { isTombstone } from "../../store/inbox.ts";
import { findInteraction, grantSight } from "../../store/interactions.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  findNoteById,
  findNoteByUri,
  findVisibleNotes,
  type NoteRow,
  updateNote,
} from "../../store/notes.ts";
import { findActorById } from "../../store/actors.ts";
import { admit, remember } from "./admission.ts";
import { federate } from "../federation/federate.ts";
import { notify } from "../notifications/notify.ts";
import { requirePermission } from "./policies.ts";

/** Quotes of quotes are looked up this deep: a chain of them must not make us read on for ever. */
export const QUOTE_DEPTH = 2;
/** A quote costs several requests to servers that the quoting author chose; beyond this the rest stay unverified. */
const LOOKS: RateRule = { name: "quote-looks", limit: 120, windowMs: 3_600_000 };

/** A note that somebody here is about to quote. */
export type Quoted = { readonly note: NoteRow; readonly isOwn: boolean };

/**
 * The note that is to be quoted, if the person may see and quote it: what only followers see is quoted by its author
 * alone, direct notes by nobody. @throws not_found, forbidden
 */
export async function findQuoted(app: App, viewer: Viewer, id: NoteId | undefined): Promise<Quoted | null> {
  if (id === undefined) return null;
  const [note] = await findVisibleNotes(app.db, viewer.actorId, [id]);
  if (note === undefined) throw notFound();
  const isOwn = note.actor_id === viewer.actorId;
  const visibility = note.visibility as Visibility;
  const isOpen = visibility === "public" || visibility === "unlisted";
  if (!isOpen && !(isOwn && visibility === "followers"))
    throw new CausewayError("forbidden", "error.quote_private");
  await requirePermission(app, app.db, note, viewer.actorId, "quote");
  return { note, isOwn };
}

/** A quote of what only followers see is for followers too. */
export function quoteVisibility(chosen: Visibility, quoted: Quoted | null): Visibility {
  return quoted?.note.visibility === "followers" ? narrower(chosen, "followers") : chosen;
}

type QuoteColumns = Pick<NoteRow, "quote_uri" | "quote_id" | "quote_state" | "quote_authorization_uri">;

const NO_QUOTE: QuoteColumns = {
  quote_uri: null,
  quote_id: null,
  quote_state: null,
  quote_authorization_uri: null,
};

/** Columns of a new note of ours that quotes; the consent follows in `settleOwnQuote`. */
export function quoteColumns(quoted: Quoted | null): QuoteColumns {
  if (quoted === null) return NO_QUOTE;
  const state: QuoteState = quoted.isOwn ? "accepted" : "pending";
  return {
    quote_uri: quoted.note.uri,
    quote_id: quoted.note.id,
    quote_state: state,
    quote_authorization_uri: null,
  };
}

/** Asks for consent to a quote of ours: an author here by their policy, one elsewhere by a QuoteRequest (FEP-044f). */
export async function settleOwnQuote(
  app: App,
  tx: Db,
  by: { readonly actorId: number; readonly noteId: NoteId },
  quoted: Quoted | null,
): Promise<void> {
  if (quoted === null || quoted.isOwn) return;
  const { note } = quoted;
  if (!isSet(note.local)) {
    const activityId = asId<never>(app.ids.next());
    await federate(app, tx, by.actorId, { type: "quote.requested", activityId, noteId: by.noteId });
    return;
  }
  const objectUri = app.uris.note(by.noteId);
  const columns = await settleLocal(app, tx, { note, actorId: by.actorId, objectUri });
  await updateNote(tx, by.noteId, columns);
  await showToQuoted(tx, by.noteId, note.actor_id);
  if (columns.quote_state === "accepted") await tellOfQuote(app, tx, note, by.actorId, by.noteId);
}

/**
 * Who is quoted sees the quote, also one for followers or a few: they are asked, and can take their note out of it
 * (Mastodon does the same).
 */
export async function showToQuoted(tx: Db, quotingId: number, authorId: number): Promise<void> {
  const quoting = await findNoteById(tx, quotingId);
  const isOpen = quoting?.visibility === "public" || quoting?.visibility === "unlisted";
  if (quoting !== undefined && !isOpen) await grantSight(tx, quotingId, authorId);
}

/** The author of a quoted note hears of the quote once it is allowed. */
export async function tellOfQuote(
  app: App,
  tx: Db,
  quoted: NoteRow,
  actorId: number,
  noteId: number,
): Promise<void> {
  await notify(app, tx, { kind: "quote", to: [quoted.actor_id], actorId, noteId });
}

/** A quote of a note of ours: its author's policy is the consent, and the stamp says so to everybody else. */
async function settleLocal(
  app: App,
  tx: Db,
  quote: { readonly note: NoteRow; readonly actorId: number; readonly objectUri: string },
): Promise<Pick<QuoteColumns, "quote_state" | "quote_authorization_uri">> {
  const asked = { verb: "quote", ...quote } as const;
  const permission = await admit(app, tx, asked);
  if (permission === "yes") {
    const id =
      (await remember(app, tx, asked, "accepted")) ??
      (await findInteraction(tx, "quote", quote.objectUri, quote.note.id))?.id;
    const stamp = id === undefined ? null : app.uris.quoteAuthorization(id);
    return { quote_state: "accepted", quote_authorization_uri: stamp };
  }
  return { quote_state: permission === "ask" ? "pending" : "unverified", quote_authorization_uri: null };
}

/** True when a note quotes one that is stored here as ours. */
export async function quotesUs(db: Db, received: ReceivedNote): Promise<boolean> {
  if (received.quote === null) return false;
  const quoted = await findNoteByUri(db, received.quote.uri);
  return quoted !== undefined && isSet(quoted.local) && quoted.deleted_at === null;
}

/**
 * Columns of a remote note that quotes, as far as they are known without asking anybody. Its own claim of consent is
 * kept, and counts for nothing until it was read at the quoted author's server.
 */
export async function receivedQuoteColumns(
  db: Db,
  received: ReceivedNote,
  authorId: number,
): Promise<QuoteColumns> {
  const { quote } = received;
  if (quote === null || quote.uri === received.uri) return NO_QUOTE;
  const quoted = await findNoteByUri(db, quote.uri);
  const isOwn = quoted !== undefined && quoted.actor_id === authorId;
  return {
    quote_uri: quote.uri,
    quote_id: quoted?.id ?? null,
    quote_state: isOwn ? "accepted" : "unverified",
    quote_authorization_uri: isSet(quoted?.local ?? 0) ? null : quote.authorizationUri,
  };
}

/** What follows from the quote of a remote note that was just stored: consent of ours, or a look at its server. */
export async function settleReceivedQuote(app: App, tx: Db, noteId: number, depth = 0): Promise<void> {
  const row = await findNoteById(tx, noteId);
  if (row === undefined || row.quote_uri === null || row.quote_state === "accepted") return;
  const quoted = row.quote_id === null ? undefined : await findNoteById(tx, row.quote_id);
  if (quoted === undefined || !isSet(quoted.local)) {
    const mayLook = depth <= QUOTE_DEPTH && app.limiter.take(LOOKS, String(row.actor_id)).ok;
    if (mayLook) await enqueueVerification(app, tx, noteId, depth);
    return;
  }
  // Servers that know nothing of consent (Misskey, older ones) quote without asking; the author's policy answers for them.
  const columns = await settleLocal(app, tx, { note: quoted, actorId: row.actor_id, objectUri: row.uri });
  await updateNote(tx, row.id, columns);
  if (columns.quote_state === "accepted") await tellOfQuote(app, tx, quoted, row.actor_id, row.id);
}

/** Lets the quote of a note be looked at in the background. */
export async function enqueueVerification(
  app: App,
  tx: Db,
  noteId: number,
  depth: number,
  tries = 0,
): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    ...(tries === 0 ? {} : { runAt: now + 10 * 60_000 * 6 ** (tries - 1) }),
    kind: "verify-quote",
    payload: { noteId, depth, tries },
    dedupeKey: `verify-quote:${noteId}:${tries}`,
    lane: 1,
  });
}

/**
 * The quote part of an edit: a stamp that came later (Mastodon adds it without calling the note edited), or a quote that
 * was added or exchanged. What is quoted and vouched for already stays as it is.
 */
export async function receiveQuoteChange(
  app: App,
  tx: Db,
  row: NoteRow,
  received: ReceivedNote,
  isNewer: boolean,
): Promise<void> {
  const given = received.quote;
  if (given !== null && given.uri === row.quote_uri) {
    const isStamped =
      given.authorizationUri !== null && given.authorizationUri !== row.quote_authorization_uri;
    if (!isStamped || row.quote_state === "accepted") return;
    const stampedAgain =
      row.quote_state === "revoked" && given.authorizationUri === row.quote_authorization_uri;
    if (stampedAgain) return;
    await updateNote(tx, row.id, {
      quote_authorization_uri: given.authorizationUri,
      quote_state: "unverified",
    });
    await settleReceivedQuote(app, tx, row.id);
    return;
  }
  if (!isNewer || (given === null && row.quote_uri === null)) return;
  await updateNote(tx, row.id, await receivedQuoteColumns(tx, received, row.actor_id));
  await settleReceivedQuote(app, tx, row.id);
}

/** True when a stamp was taken back by the author who gave it. */
export async function isStampGone(app: App, stampUri: string, authorId: number): Promise<boolean> {
  const author = await findActorById(app.db, authorId);
  return author !== undefined && (await isTombstone(app.db, stampUri, author.uri));
}
