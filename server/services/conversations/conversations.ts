// Direct notes as conversations, each person's own view of them. Part of services/: may import what services may.

import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import type { Id } from "../../domain/ids.ts";
import type { NoteView, Page, PageRequest } from "../../domain/note.ts";
import { notFound } from "../../errors.ts";
import { isSet } from "../../store/codec.ts";
import { findThreadRootId, listAbove } from "../../store/conversations.ts";
import type { Db } from "../../store/database.ts";
import {
  type ConversationPlace,
  findAccountsOf,
  findConversation,
  findLastDirect,
  listAnswerIds,
  listConversationRows,
  listLeftRoots,
  raiseConversation,
  removeConversation,
  removeConversationOf,
  setConversationUnread,
  takeConversations,
} from "../../store/direct-threads.ts";
import { findAccountsMuting } from "../../store/muted-threads.ts";
import { listWaitingMessages } from "../../store/notification-requests.ts";
import { judgeMessages } from "../notifications/judge.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, visibleNoteViews } from "../views.ts";
import { announce } from "../streams/announce.ts";

export type ConversationId = Id<"conversation">;

/** A thread of direct notes as one of its people sees it. */
export type ConversationView = {
  readonly id: ConversationId;
  readonly unread: boolean;
  /** The others; the person alone in a conversation with nobody. */
  readonly people: readonly ActorView[];
  readonly last: NoteView;
};

/**
 * Brings a direct note into the conversation of everybody here who wrote it or is named in it; of any other note nothing
 * happens. In the transaction that writes the note.
 */
export async function keepConversation(
  app: App,
  tx: Db,
  note: {
    readonly id: number;
    readonly actorId: number;
    readonly visibility: string;
    readonly mentionIds: readonly number[];
  },
): Promise<void> {
  if (note.visibility !== "direct") return;
  const named = await findAccountsOf(tx, [...new Set([note.actorId, ...note.mentionIds])]);
  const accounts = await withoutRefusing(tx, note, named);
  if (accounts.length === 0) return;
  await raise(app, tx, note, accounts);
}

type Reader = { readonly id: number; readonly actor_id: number };

/** Who left the conversation, or does not want to be written to by its author, finds no line of it. */
async function withoutRefusing(
  tx: Db,
  note: { readonly id: number; readonly actorId: number },
  accounts: readonly Reader[],
): Promise<readonly Reader[]> {
  const ids = accounts.map(({ id }) => id);
  const left = await findAccountsMuting(tx, ids, note.id);
  const answers = await judgeMessages(tx, note, ids);
  return accounts.filter(({ id }) => !left.has(id) && (answers.get(id) ?? "accept") === "accept");
}

async function raise(
  app: App,
  tx: Db,
  note: { readonly id: number; readonly actorId: number },
  accounts: readonly Reader[],
): Promise<void> {
  const rootId = await findThreadRootId(tx, note.id);
  const parts = [...(await listAbove(tx, note.id)), ...(await listAnswerIds(tx, note.id))];
  const former = await takeConversations(
    tx,
    accounts.map(({ id }) => id),
    parts.filter((id) => id !== rootId),
  );
  for (const row of former) await raiseConversation(tx, { ...row, root_id: rootId });
  for (const { id, actor_id: actorId } of accounts)
    await raiseConversation(tx, {
      id: app.ids.next(),
      account_id: id,
      root_id: rootId,
      last_note_id: note.id,
      unread: actorId === note.actorId ? 0 : 1,
    });
  announce(app, { type: "conversation", noteId: note.id });
}

/** An edit of a direct note names people whom it did not name before: they find its conversation, nothing else moves. */
export async function joinConversation(
  app: App,
  tx: Db,
  row: { readonly id: number; readonly actor_id: number; readonly visibility: string },
  named: { readonly before: readonly number[]; readonly now: readonly number[] },
): Promise<void> {
  const mentionIds = named.now.filter((id) => !named.before.includes(id));
  if (mentionIds.length === 0) return;
  await keepConversation(app, tx, {
    id: row.id,
    actorId: row.actor_id,
    visibility: row.visibility,
    mentionIds,
  });
}

/**
 * Lets messages of people in who waited in requests until now: their conversations have lines from here on. Inside the
 * caller's transaction, before the requests are taken.
 */
export async function admitMessages(
  app: App,
  tx: Db,
  viewer: Viewer,
  actorIds: readonly number[],
): Promise<void> {
  const reader = { id: viewer.accountId, actor_id: viewer.actorId };
  for (const { id, actor_id: actorId } of await listWaitingMessages(tx, viewer.accountId, actorIds, ADMITTED))
    await raise(app, tx, { id, actorId }, [reader]);
}

/** Messages of people who are let in that get lines at once; those before them are in the thread. */
const ADMITTED = 100;

/**
 * Leaves the conversation of a note: nothing more of it is told, and there is no line of it until the person comes back by
 * `unmuteThread`. For any other thread only the telling ends. Inside the caller's transaction.
 */
export async function dropConversation(tx: Db, accountId: number, rootId: number): Promise<void> {
  await removeConversationOf(tx, accountId, rootId);
}

/** Comes back: the conversation has its line again, with its last note. Inside the caller's transaction. */
export async function raiseAgain(app: App, tx: Db, viewer: Viewer, noteId: number): Promise<void> {
  const rootId = await findThreadRootId(tx, noteId);
  const last = await findLastDirect(tx, rootId, viewer.actorId, 0);
  if (last === null) return;
  await raiseConversation(tx, {
    id: app.ids.next(),
    account_id: viewer.accountId,
    root_id: rootId,
    last_note_id: last,
    unread: 0,
  });
}

/** Conversations that the person left, last left first, by their first notes; at most fifty. */
export async function listLeft(app: App, viewer: Viewer): Promise<readonly NoteView[]> {
  return await visibleNoteViews(app, viewer, await listLeftRoots(app.db, viewer, LEFT));
}

const LEFT = 50;

/** A page of the person's conversations, last written first; the cursor is the last note. */
export async function listConversations(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<ConversationView>> {
  const cursor = toCursor(request);
  const rows = await listConversationRows(app.db, viewer, cursor);
  return await toPage(rows, cursor, (found) => conversationViews(app, viewer, found));
}

/** The last notes of the person's conversations, as a timeline. */
export async function directTimeline(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<NoteView>> {
  const page = await listConversations(app, viewer, request);
  return { ...page, items: page.items.map((conversation) => conversation.last) };
}

async function conversationViews(
  app: App,
  viewer: Viewer,
  rows: readonly ConversationPlace[],
): Promise<readonly ConversationView[]> {
  const notes = await visibleNoteViews(
    app,
    viewer,
    rows.map((row) => row.id),
  );
  const byId = new Map(notes.map((note) => [note.id as number, note]));
  const peopleOf = (note: NoteView) => {
    const all = [note.author.id, ...note.mentions.map(({ id }) => id)].filter((id) => id !== viewer.actorId);
    return all.length === 0 ? [viewer.actorId] : [...new Set(all)];
  };
  const actors = await actorViews(app, [...new Set(notes.flatMap(peopleOf))]);
  const actorById = new Map(actors.map((actor) => [actor.id as number, actor]));
  return rows.flatMap(({ id, conversation_id: conversationId, unread }) => {
    const last = byId.get(id);
    if (last === undefined) return [];
    const people = peopleOf(last).flatMap((actorId) => actorById.get(actorId) ?? []);
    return [{ id: conversationId as ConversationId, unread: isSet(unread), people, last }];
  });
}

/** One conversation of the person's. @throws not_found */
export async function viewConversation(
  app: App,
  viewer: Viewer,
  id: ConversationId,
): Promise<ConversationView> {
  const row = await findConversation(app.db, viewer.accountId, id);
  const place =
    row === undefined ? [] : [{ id: row.last_note_id, conversation_id: row.id, unread: row.unread }];
  const [view] = await conversationViews(app, viewer, place);
  if (view === undefined) throw notFound();
  return view;
}

/** Marks a conversation as read, or as not read. @throws not_found */
export async function markConversation(
  app: App,
  viewer: Viewer,
  id: ConversationId,
  state: "read" | "unread",
): Promise<ConversationView> {
  const before = await viewConversation(app, viewer, id);
  await setConversationUnread(app.db, id, state === "read" ? 0 : 1);
  return { ...before, unread: state === "unread" };
}

/** Puts a conversation out of the person's sight until somebody writes in it again; notes stay. @throws not_found */
export async function forgetConversation(app: App, viewer: Viewer, id: ConversationId): Promise<void> {
  await viewConversation(app, viewer, id);
  await removeConversation(app.db, id);
}
