import type { App } from "../../context.ts";
import type { ActorId, NoteId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { findActorById, findActorByUri } from "../../store/actors.ts";
import {
  claimThread,
  countContext,
  countOwnOfContext,
  countReplies,
  findThreadRootId,
  listContext,
  type Listed,
  listOwnOfContext,
  listReactionUris,
  listReplies,
  type ReplyCursor,
} from "../../store/conversations.ts";
import type { Db } from "../../store/database.ts";
import { hasLocalFollower } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteById, findVisibleNotes, type NoteRow } from "../../store/notes.ts";
import { isOurUri } from "../actors/actors.ts";

/** Items of a page of any of these collections. */
const PAGE = 40;

/** One page of a collection as uris; `next` starts the following page, null = there is none. */
export type UriPage<Cursor> = {
  readonly total: number;
  readonly uris: readonly string[];
  readonly next: Cursor | null;
};

/** A reader of a collection: nobody in particular, or the actor that signed the request. */
export type Reader = { readonly actorId: number | null };

/** Who reads, by the uri that signed; a stranger reads what everybody may. */
export async function readerOf(app: App, signerUri: string | null): Promise<Reader> {
  const row = signerUri === null ? undefined : await findActorByUri(app.db, signerUri);
  return { actorId: row === undefined || row.deleted_at !== null ? null : row.id };
}

/** The conversation of a note that is being written here: a new one, or that of what it answers. */
export function contextOfNew(app: App, noteId: number, parent: NoteRow | null): string | null {
  return parent === null ? app.uris.context(noteId) : parent.context_uri;
}

/**
 * The columns that tie a received note to its thread. Its parent's conversation goes before what the note itself says;
 * nobody puts themselves into a conversation of ours by naming it.
 */
export function threadColumns(app: App, received: ReceivedNote, parent: NoteRow | undefined) {
  const { contextUri } = received;
  const claimed = contextUri !== null && !isOurUri(app, contextUri) ? contextUri : null;
  return {
    context_uri: parent?.context_uri ?? claimed,
    replies_uri: received.repliesUri,
    replies_total: received.repliesTotal ?? null,
  };
}

/** A thread is looked for elsewhere at most this often. */
export const THREAD_EVERY_MS = 15 * 60_000;
/** One delivered reply can cost a hundred requests: so many replies of one actor, and of one server, may. */
const LOOKS = {
  ofActor: { name: "threads-actor", limit: 60, windowMs: 3_600_000 },
  ofHost: { name: "threads-host", limit: 3_000, windowMs: 3_600_000 },
} as const satisfies Readonly<Record<string, RateRule>>;
/** Answers take a moment to arrive at the server that lists them. */
const SETTLE_MS = 60_000;

/**
 * Writes the jobs that complete the thread of a delivered reply: what it answers, if that is not here; the rest of the
 * thread, if somebody here follows its author. In the caller's transaction.
 */
export async function enqueueThread(
  app: App,
  tx: Db,
  note: {
    readonly id: number;
    readonly actorId: number;
    readonly host: string;
    readonly hasParent: boolean;
  },
): Promise<void> {
  const isTooMuch =
    !app.limiter.take(LOOKS.ofActor, String(note.actorId)).ok ||
    !app.limiter.take(LOOKS.ofHost, note.host).ok;
  if (isTooMuch) return;
  if (!note.hasParent)
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "fetch-parent",
      payload: { noteId: note.id },
      dedupeKey: `fetch-parent:${note.id}`,
      lane: 2,
    });
  if (await hasLocalFollower(tx, note.actorId))
    await askForThread(app, tx, note.id, { lane: 2, delayMs: SETTLE_MS });
}

/** Writes the job that looks for the thread of a note elsewhere; false when that was done, or asked for, a moment ago. */
export async function askForThread(
  app: App,
  tx: Db,
  noteId: number,
  when: { readonly lane: 0 | 2; readonly delayMs: number },
): Promise<boolean> {
  const now = app.clock.now();
  const rootId = await findThreadRootId(tx, noteId);
  if (!(await claimThread(tx, rootId, now, now - THREAD_EVERY_MS))) return false;
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: now + when.delayMs,
    kind: "backfill-thread",
    payload: { noteId },
    dedupeKey: `backfill-thread:${rootId}`,
    lane: when.lane,
  });
  return true;
}

async function visibleOwn(app: App, reader: Reader, id: NoteId): Promise<NoteRow | null> {
  const [row] = await findVisibleNotes(app.db, reader.actorId, [id]);
  return row?.local === 1 ? row : null;
}

/** True when a note of ours may be read by this reader. */
export async function mayRead(app: App, reader: Reader, id: NoteId): Promise<boolean> {
  return (await visibleOwn(app, reader, id)) !== null;
}

/** A page of replies to a note of ours, the author's own first, as far as the reader may see both. Null: nothing there. */
export async function repliesPage(
  app: App,
  reader: Reader,
  id: NoteId,
  cursor: ReplyCursor,
): Promise<UriPage<ReplyCursor> | null> {
  const row = await visibleOwn(app, reader, id);
  if (row === null) return null;
  const note = { id, actorId: row.actor_id };
  const total = await countReplies(app.db, reader.actorId, id);
  const found = await listReplies(app.db, reader.actorId, note, cursor, PAGE + 1);
  const shown = found.slice(0, PAGE);
  const last = shown.at(-1);
  if (found.length > PAGE && last !== undefined)
    return { total, uris: urisOf(shown), next: { ...cursor, after: last.id } };
  if (!cursor.own) return { total, uris: urisOf(shown), next: null };
  const others = { own: false, after: 0 };
  const more = await listReplies(app.db, reader.actorId, note, others, PAGE - shown.length + 1);
  const filled = more.slice(0, PAGE - shown.length);
  const next = more.length > filled.length ? { own: false, after: filled.at(-1)?.id ?? 0 } : null;
  return { total, uris: urisOf([...shown, ...filled]), next };
}

function urisOf(rows: readonly Listed[]): readonly string[] {
  return rows.map((row) => row.uri);
}

/** A page of the Likes or open Announces of a note of ours, newest first; null for who may not see the note. */
export async function reactionsPage(
  app: App,
  reader: Reader,
  table: "likes" | "announces",
  id: NoteId,
  before: number,
): Promise<UriPage<number> | null> {
  const row = await visibleOwn(app, reader, id);
  if (row === null) return null;
  const found = await listReactionUris(app.db, table, id, before, PAGE + 1);
  return {
    total: table === "likes" ? row.likes_count : row.announces_count,
    ...cutPage(found),
  };
}

function cutPage(found: readonly Listed[]): Omit<UriPage<number>, "total"> {
  const shown = found.slice(0, PAGE);
  const last = shown.at(-1);
  return { uris: urisOf(shown), next: found.length > PAGE && last !== undefined ? last.id : null };
}

/** The author of the note that began a conversation here; null when the reader may not see it, or it is not the first. */
export async function ownerOfContext(app: App, reader: Reader, rootId: NoteId): Promise<ActorId | null> {
  const row = await visibleOwn(app, reader, rootId);
  return row?.context_uri === app.uris.context(rootId) ? (row.actor_id as ActorId) : null;
}

/** A page of a conversation that began here, oldest first, as far as the reader may see it (FEP-7888, FEP-f228). */
export async function contextPage(
  app: App,
  reader: Reader,
  rootId: NoteId,
  after: number,
): Promise<UriPage<number> | null> {
  if ((await ownerOfContext(app, reader, rootId)) === null) return null;
  const uri = app.uris.context(rootId);
  const total = await countContext(app.db, reader.actorId, uri);
  return { total, ...cutPage(await listContext(app.db, reader.actorId, uri, after, PAGE + 1)) };
}

/** A page of our own public notes in a conversation that began here, oldest first, by id: what its history is made of. */
export async function historyPage(
  app: App,
  rootId: NoteId,
  after: number,
): Promise<{ readonly total: number; readonly ids: readonly number[]; readonly next: number | null } | null> {
  if ((await ownerOfContext(app, { actorId: null }, rootId)) === null) return null;
  const uri = app.uris.context(rootId);
  const found = await listOwnOfContext(app.db, uri, after, PAGE + 1);
  const shown = found.slice(0, PAGE);
  return {
    total: await countOwnOfContext(app.db, uri),
    ids: shown.map((row) => row.id),
    next: found.length > PAGE ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** The uri of who wrote a note, for the head of its conversation. */
export async function authorUriOf(app: App, id: NoteId): Promise<string | null> {
  const row = await findNoteById(app.db, id);
  const author = row === undefined ? undefined : await findActorById(app.db, row.actor_id);
  return author?.uri ?? null;
}
