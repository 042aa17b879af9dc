// Lists: timelines of some people, for one's own eyes. Part of services/: may import what services may.

import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { LIST_LIMITS, LIST_REPLIES, type ListForm, type ListId, type ListView } from "../../domain/list.ts";
import type { EntryView, Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { findActorById } from "../../store/actors.ts";
import { flag, isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay, findFollow } from "../../store/follows.ts";
import { listEntries } from "../../store/home.ts";
import {
  countMembers,
  findListsWith,
  findOwnList,
  insertList,
  insertListMember,
  type ListRow,
  listListRows,
  listMemberIds,
  listMemberPage,
  removeList,
  removeListMember,
  updateList,
} from "../../store/lists.ts";
import { cursorOf } from "../../store/page.ts";
import { cleanName } from "../../text/entities.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, entryViews } from "../views.ts";

/** Begins a list. @throws invalid with fields, conflict when there are enough */
export async function createList(app: App, viewer: Viewer, form: ListForm): Promise<ListId> {
  const columns = checked(form);
  return await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    return await writeList(app, tx, viewer, columns);
  });
}

async function writeList(
  app: App,
  tx: Db,
  viewer: Viewer,
  columns: ReturnType<typeof checked>,
): Promise<ListId> {
  const max = LIST_LIMITS.lists;
  if ((await listListRows(tx, viewer.actorId, max)).length >= max)
    throw new CausewayError("conflict", "error.list_limit", { params: { max } });
  const id: ListId = asId(app.ids.next());
  await insertList(tx, { id, actor_id: viewer.actorId, created_at: app.clock.now(), ...columns });
  return id;
}

/** Changes a list's name and what it shows. @throws not_found, invalid with fields */
export async function changeList(app: App, viewer: Viewer, id: ListId, form: ListForm): Promise<void> {
  const columns = checked(form);
  await ownList(app.db, viewer, id);
  await updateList(app.db, id, columns);
}

/** Removes a list; the people on it are not touched. @throws not_found */
export async function deleteList(app: App, viewer: Viewer, id: ListId): Promise<void> {
  await transaction(app.db, async (tx) => {
    await ownList(tx, viewer, id);
    await removeList(tx, id);
  });
}

/** One's own list. @throws not_found */
export async function viewList(app: App, viewer: Viewer, id: ListId): Promise<ListView> {
  return toList(await ownList(app.db, viewer, id));
}

/** One's own lists, oldest first. */
export async function listLists(app: App, viewer: Viewer): Promise<readonly ListView[]> {
  return (await listListRows(app.db, viewer.actorId, LIST_LIMITS.lists)).map(toList);
}

/** How many people are on each of one's own lists. */
export async function countListMembers(
  app: App,
  lists: readonly ListView[],
): Promise<ReadonlyMap<number, number>> {
  return await countMembers(
    app.db,
    lists.map((list) => list.id),
  );
}

/** Who is on a list, by name. @throws not_found */
export async function listMembers(app: App, viewer: Viewer, id: ListId): Promise<readonly ActorView[]> {
  await ownList(app.db, viewer, id);
  const actors = await actorViews(app, await listMemberIds(app.db, id, LIST_LIMITS.members));
  return actors.toSorted((a, b) => a.name.localeCompare(b.name, "und"));
}

/** A page of who is on a list, by the age of their actors; `limit` 0 = everybody. @throws not_found */
export async function listMembersPage(
  app: App,
  viewer: Viewer,
  id: ListId,
  request: PageRequest,
): Promise<Page<ActorView>> {
  await ownList(app.db, viewer, id);
  const isWhole = request.limit === 0;
  const cursor = isWhole ? { limit: LIST_LIMITS.members } : cursorOf(request, 40, 80);
  const rows = await listMemberPage(app.db, id, cursor);
  return await toPage(rows, cursor, (found) =>
    actorViews(
      app,
      found.map((row) => row.id),
    ),
  );
}

/**
 * Puts somebody on a list. Notes of people elsewhere come here only when somebody follows them, so they have to be
 * followed first; members write here anyway. Idempotent. @throws not_found, conflict
 */
export async function addToList(app: App, viewer: Viewer, id: ListId, actorId: ActorId): Promise<void> {
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await ownList(tx, viewer, id);
    await putOn(tx, viewer, id, actorId);
  });
}

/** Puts several people on a list; all of them or nobody. @throws not_found, conflict */
export async function addAllToList(
  app: App,
  viewer: Viewer,
  id: ListId,
  actorIds: readonly ActorId[],
): Promise<void> {
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await ownList(tx, viewer, id);
    for (const actorId of new Set(actorIds)) await putOn(tx, viewer, id, actorId);
  });
}

async function putOn(tx: Db, viewer: Viewer, id: ListId, actorId: ActorId): Promise<void> {
  const actor = await findActorById(tx, actorId);
  if (actor === undefined || actor.deleted_at !== null) throw notFound();
  if (await blockedEitherWay(tx, viewer.actorId, actorId)) throw notFound();
  if (actor.host !== "" && (await findFollow(tx, viewer.actorId, actorId)) === undefined)
    throw new CausewayError("conflict", "error.list_follow_first");
  const max = LIST_LIMITS.members;
  if ((await listMemberIds(tx, id, max)).length >= max)
    throw new CausewayError("conflict", "error.list_members_limit", { params: { max } });
  await insertListMember(tx, id, actorId);
}

/**
 * Puts somebody on exactly the lists named, and on a new one when it has a title; all of it or nothing.
 * @throws not_found, conflict, invalid with fields
 */
export async function arrangeLists(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  command: { readonly listIds: readonly ListId[]; readonly title: string },
): Promise<void> {
  const fresh = command.title.trim() === "" ? null : checked({ title: command.title });
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const held = await findListsWith(tx, viewer.actorId, actorId);
    for (const row of await listListRows(tx, viewer.actorId, LIST_LIMITS.lists)) {
      const isWanted = command.listIds.some((id) => id === row.id);
      if (isWanted && !held.has(row.id)) await putOn(tx, viewer, asId(row.id), actorId);
      if (!isWanted && held.has(row.id)) await removeListMember(tx, row.id, actorId);
    }
    if (fresh !== null) await putOn(tx, viewer, await writeList(app, tx, viewer, fresh), actorId);
  });
}

/** Takes somebody off a list. Idempotent. @throws not_found */
export async function removeFromList(app: App, viewer: Viewer, id: ListId, actorId: ActorId): Promise<void> {
  await ownList(app.db, viewer, id);
  await removeListMember(app.db, id, actorId);
}

/** Takes several people off a list. Idempotent. @throws not_found */
export async function removeAllFromList(
  app: App,
  viewer: Viewer,
  id: ListId,
  actorIds: readonly ActorId[],
): Promise<void> {
  await transaction(app.db, async (tx) => {
    await ownList(tx, viewer, id);
    for (const actorId of new Set(actorIds)) await removeListMember(tx, id, actorId);
  });
}

/** On which of one's own lists somebody is. */
export async function listsWith(app: App, viewer: Viewer, actorId: ActorId): Promise<ReadonlySet<number>> {
  return await findListsWith(app.db, viewer.actorId, actorId);
}

/** Notes and boosts of a list's people, newest first. @throws not_found */
export async function listTimeline(
  app: App,
  viewer: Viewer,
  id: ListId,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const list = await ownList(app.db, viewer, id);
  const cursor = toCursor(request);
  const rows = await listEntries(app.db, viewer.actorId, list, cursor, app.clock.now());
  return await toPage(rows, cursor, (found) => entryViews(app, viewer, found, "home"));
}

async function ownList(db: Db, viewer: Viewer, id: ListId): Promise<ListRow> {
  const row = await findOwnList(db, viewer.actorId, id);
  if (row === undefined) throw notFound();
  return row;
}

function checked(form: ListForm) {
  const title = cleanName(form.title, LIST_LIMITS.title);
  if (title === "") throw invalid({ title: { key: "field.required" } });
  return {
    title,
    replies: LIST_REPLIES.find((one) => one === form.replies) ?? "list",
    exclusive: flag(form.exclusive === true),
  };
}

function toList(row: ListRow): ListView {
  return {
    id: asId(row.id),
    title: row.title,
    replies: LIST_REPLIES.find((one) => one === row.replies) ?? "list",
    exclusive: isSet(row.exclusive),
  };
}
