// Conversations: what belongs together, and fetching what is missing of it.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { findActorByUri } from "../../store/actors.ts";
import { findKnownUris, findThreadRootId, listThread, type ThreadNote } from "../../store/conversations.ts";
import { transaction } from "../../store/database.ts";
import { getValue, setValue } from "../../store/kv.ts";
import {
  findNoteById,
  findNoteByUri,
  findVisibleNotes,
  type NoteRow,
  updateNote,
} from "../../store/notes.ts";
import { takeLimit } from "../accounts/limits.ts";
import { isOurUri } from "../actors/actors.ts";
import { askForThread, THREAD_EVERY_MS } from "./conversations.ts";
import { receiveNote } from "../notes/received-notes.ts";

/** What one look for the rest of a thread may cost (threats DOS-04); hosts have their own rates besides. */
export const BACKFILL = {
  /** Notes of one thread that are stored at all. */
  stored: 500,
  /** Notes fetched in a run. */
  notes: 50,
  /** Requests in a run, collections and unknown authors included. */
  requests: 100,
  depth: 20,
  ancestors: 20,
  pages: 10,
  items: 500,
  /** Slow servers do not hold a worker for longer. */
  ms: 90_000,
  /** Failures in a row after which a host is left alone. */
  failures: 3,
} as const;

/** What a list names and cannot be had, or does not belong, is not asked for again so soon. */
const MISSES_KEPT_MS = 6 * 3_600_000;
const MISSES_KEPT = 1_000;

/** An author that is not known costs its document and WebFinger. */
const AUTHOR_REQUESTS = 2;

/** How long a look for more is shown as going on. */
const LOOKING_MS = 60_000;

/** What is known of the part of a thread that is not here. */
export type Elsewhere = {
  /** Replies to this very note that its server knows and that are not here; null = it does not say. */
  readonly missing: number | null;
  /** `looking`: a look is going on. `looked`: there was one a moment ago. `due`: it may be asked for. */
  readonly state: "looking" | "looked" | "due";
};

/** What can be said of the rest of a note's thread; null when all there is of it is here. */
export async function viewElsewhere(app: App, noteId: NoteId): Promise<Elsewhere | null> {
  const row = await findNoteById(app.db, noteId);
  if (row === undefined || !leadsElsewhere(app, row)) return null;
  const root = await findNoteById(app.db, await findThreadRootId(app.db, noteId));
  const age = app.clock.now() - (root?.replies_fetched_at ?? 0);
  const missing = row.replies_total === null ? null : Math.max(0, row.replies_total - row.replies_count);
  return { missing, state: age < LOOKING_MS ? "looking" : age < THREAD_EVERY_MS ? "looked" : "due" };
}

function leadsElsewhere(app: App, row: NoteRow): boolean {
  const { context_uri: context, replies_uri: replies } = row;
  return row.local === 0 && (replies !== null || (context !== null && isForeign(app, context)));
}

function isForeign(app: App, uri: string): boolean {
  return /^https?:/.test(uri) && !isOurUri(app, uri);
}

/** Somebody who reads a thread wants the rest of it. Costs one of their look-ups. @throws not_found, too_many */
export async function fetchThread(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const [row] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  if (row === undefined) throw notFound();
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  await transaction(app.db, (tx) => askForThread(app, tx, noteId, { lane: 0, delayMs: 0 }));
  app.wake();
}

type Run = {
  readonly app: App;
  readonly until: number;
  /** Uris that gave nothing in this or an earlier run. */
  readonly misses: Set<string>;
  /** What an earlier run could not have: asked for last. */
  readonly doubtful: Set<string>;
  /** What could not be had, by host, since something last could: nobody knows yet whether it is there. */
  readonly failures: Map<string, string[]>;
  notes: number;
  requests: number;
  /** Notes of the thread that are stored. */
  stored: number;
};

/**
 * Looks for the part of a thread that is not here: what it began with, then its conversation as its owner lists it
 * (FEP-7888, FEP-f228), or else the replies to each note as its own server lists them. The job behind
 * `backfill-thread`: it ends by its budget, and what it cannot have it does without.
 */
export async function backfillThread(app: App, noteId: NoteId): Promise<void> {
  const run = startRun(app);
  await climb(run, noteId);
  const root = await findNoteById(app.db, await findThreadRootId(app.db, noteId));
  if (root === undefined) return;
  await recall(run, root.id);
  if (root.id !== noteId) await updateNote(app.db, root.id, { replies_fetched_at: app.clock.now() });
  const thread = await listThread(app.db, root.id, BACKFILL.stored);
  run.stored = thread.length;
  const context = root.context_uri;
  const isListed = context !== null && isForeign(app, context) && (await readContext(run, context, thread));
  if (!isListed) await readReplies(run, thread);
  await keepMisses(run, root.id);
}

/** What earlier runs in this thread found out. */
async function recall(run: Run, rootId: number): Promise<void> {
  const { app, misses, doubtful } = run;
  const kept = await getValue(app.db, ["thread-misses", String(rootId)], app.clock.now());
  const [missing, unsure] = Array.isArray(kept) ? kept : [];
  for (const uri of textsIn(missing)) misses.add(uri);
  for (const uri of textsIn(unsure)) doubtful.add(uri);
}

async function keepMisses(run: Run, rootId: number): Promise<void> {
  const { app, misses, failures } = run;
  const kept = [[...misses].slice(-MISSES_KEPT), [...failures.values()].flat()];
  if (kept.every((uris) => uris.length === 0)) return;
  await setValue(app.db, ["thread-misses", String(rootId)], kept, app.clock.now(), MISSES_KEPT_MS);
}

function startRun(app: App): Run {
  return {
    app,
    until: app.clock.now() + BACKFILL.ms,
    misses: new Set(),
    doubtful: new Set(),
    failures: new Map(),
    notes: BACKFILL.notes,
    requests: BACKFILL.requests,
    stored: 0,
  };
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Fetches what the thread's first stored note answers, and so on upwards. */
async function climb(run: Run, noteId: NoteId): Promise<void> {
  const { app } = run;
  for (let height = 0; height < BACKFILL.ancestors; height++) {
    const root = await findNoteById(app.db, await findThreadRootId(app.db, noteId));
    const uri = root?.reply_to_id === null ? root.reply_to_uri : null;
    if (uri === null || uri === undefined || (await findNoteByUri(app.db, uri)) !== undefined) return;
    const parent = await fetchOpen(run, uri);
    if (parent === null || parent.uri !== uri || !(await keep(run, parent))) return;
  }
}

/** Takes what the owner of a conversation lists; false when there is no such list. */
async function readContext(run: Run, contextUri: string, thread: readonly ThreadNote[]): Promise<boolean> {
  const listed = await list(run, contextUri);
  if (listed === null || listed.uris.length === 0) return false;
  const known = new Set(thread.map((note) => note.uri));
  const waiting = new Map<string, ReceivedNote>();
  for (const uri of await unknown(run, listed.uris)) {
    if (isSpent(run)) break;
    const note = await fetchOpen(run, uri);
    if (note === null) continue;
    // The list is its owner's word; that it belongs here each note must say itself.
    if (note.contextUri === contextUri || isReplyTo(note, known))
      await keepWithWaiting(run, note, known, waiting);
    else waiting.set(note.uri, note);
  }
  for (const uri of waiting.keys()) run.misses.add(uri);
  return true;
}

/** Keeps a note, and those that were only waiting for what they answer. */
async function keepWithWaiting(
  run: Run,
  note: ReceivedNote,
  known: Set<string>,
  waiting: Map<string, ReceivedNote>,
): Promise<void> {
  const ready = [note];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    if (!(await keep(run, next))) continue;
    known.add(next.uri);
    for (const one of [...waiting.values()].filter((held) => isReplyTo(held, known))) {
      waiting.delete(one.uri);
      ready.push(one);
    }
  }
}

function isReplyTo(note: ReceivedNote, known: ReadonlySet<string>): boolean {
  return note.inReplyToUri !== null && known.has(note.inReplyToUri);
}

type Listing = Pick<ThreadNote, "uri" | "replies_uri" | "depth">;

/**
 * Walks down from reply to reply by the collections that each note's own server has. Of what is stored already, those
 * that were never looked at come first: a long thread is completed in several runs.
 */
async function readReplies(run: Run, thread: readonly ThreadNote[]): Promise<void> {
  const seen = ({ depth, replies_fetched_at: at }: ThreadNote) => (depth === 0 ? -1 : (at ?? 0));
  const foreign = thread.filter((note) => note.local === 0);
  const queue: Listing[] = foreign.toSorted((a, b) => seen(a) - seen(b));
  for (let next = queue.shift(); next !== undefined && !isSpent(run); next = queue.shift()) {
    const { uri, replies_uri: repliesUri, depth } = next;
    if (repliesUri === null || depth >= BACKFILL.depth) continue;
    const listed = await list(run, repliesUri);
    await remember(run.app, uri, listed?.total ?? null);
    for (const replyUri of await unknown(run, listed?.uris ?? [])) {
      if (isSpent(run)) break;
      const reply = await fetchOpen(run, replyUri);
      if (reply === null) continue;
      if (reply.inReplyToUri !== uri) run.misses.add(replyUri);
      else if (await keep(run, reply))
        queue.push({ uri: reply.uri, replies_uri: reply.repliesUri, depth: depth + 1 });
    }
  }
}

/** When a note's replies were asked for, and how many its server says there are. */
async function remember(app: App, uri: string, total: number | null): Promise<void> {
  const row = await findNoteByUri(app.db, uri);
  if (row === undefined) return;
  const now = { replies_fetched_at: app.clock.now() };
  await updateNote(app.db, row.id, total === null ? now : { ...now, replies_total: total });
}

async function list(run: Run, uri: string) {
  if (run.requests <= 0) return null;
  const pages = Math.min(BACKFILL.pages, run.requests);
  const listed = await run.app.remote.listCollection(uri, { pages, items: BACKFILL.items });
  run.requests -= listed?.requests ?? 1;
  return listed;
}

/** Those that are neither stored nor ours, at most as many as a run fetches. */
async function unknown(run: Run, uris: readonly string[]): Promise<readonly string[]> {
  const foreign = uris.filter((uri) => !isOurUri(run.app, uri));
  const known = await findKnownUris(run.app.db, foreign);
  const wanted = foreign.filter((uri) => !known.has(uri) && !run.misses.has(uri));
  const isDoubtful = (uri: string) => Number(run.doubtful.has(uri));
  return wanted.toSorted((a, b) => isDoubtful(a) - isDoubtful(b)).slice(0, BACKFILL.notes);
}

/** A note from its own origin that everybody may see: private ones are for those they are sent to. */
async function fetchOpen(run: Run, uri: string): Promise<ReceivedNote | null> {
  const host = new URL(uri).host;
  const failures = run.failures.get(host) ?? [];
  if (isSpent(run) || failures.length >= BACKFILL.failures) return null;
  run.notes--;
  run.requests--;
  const note = await run.app.remote.fetchNote(uri);
  run.failures.set(host, note === null ? [...failures, uri] : []);
  if (note === null) return null;
  // The host answers, so what it did not answer with is not there.
  for (const missing of failures) run.misses.add(missing);
  if (note.visibility === "public" || note.visibility === "unlisted") return note;
  run.misses.add(uri);
  return null;
}

function isSpent(run: Run): boolean {
  const isOver = run.app.clock.now() >= run.until;
  return isOver || run.notes <= 0 || run.requests <= 0 || run.stored >= BACKFILL.stored;
}

async function keep(run: Run, note: ReceivedNote): Promise<boolean> {
  if ((await findActorByUri(run.app.db, note.authorUri)) === undefined) run.requests -= AUTHOR_REQUESTS;
  try {
    const id = await receiveNote(run.app, note, "wanted");
    if (id !== null) run.stored++;
    return id !== null;
  } catch (error) {
    // Somebody's author that cannot be read is no reason to leave the rest of a thread.
    if (error instanceof CausewayError) return false;
    throw error;
  }
}
