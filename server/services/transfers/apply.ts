import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import type {
  BookmarkRow,
  FilterRow,
  FollowRow,
  ListedRow,
  MuteRow,
  TransferMode,
  TransferRow,
} from "../../domain/transfer.ts";
import { LIST_LIMITS, type ListId } from "../../domain/list.ts";
import type { ActorRow } from "../../store/actors.ts";
import { findBlock, findFollow } from "../../store/follows.ts";
import { isHiddenHost } from "../../store/hidden-hosts.ts";
import { findListsWith, listListRows } from "../../store/lists.ts";
import { findMarks } from "../../store/reactions.ts";
import { findRelations } from "../../store/relations.ts";
import { cleanName } from "../../text/entities.ts";
import { addToList, createList } from "../lists/lists.ts";
import { canonicalDomain } from "../moderation/domains.ts";
import { bookmarkNote } from "../reactions/reactions.ts";
import { followListed } from "../relations/follows.ts";
import { hideHost } from "../relations/hidden-hosts.ts";
import { blockActor, muteActor } from "../relations/relationships.ts";
import { applyFilter, type FoundNotes } from "./apply-filter.ts";
import { type Applied, findNamed, findNoted, type Found, never, takeFollowTurn } from "./found.ts";
import { namedIn } from "./subjects.ts";

/** Whom or what a row is about, found here or elsewhere; null for rows that need nothing of others. */
export type Target =
  | { readonly type: "person"; readonly actor: ActorRow }
  | { readonly type: "note"; readonly noteId: NoteId }
  | { readonly type: "notes"; readonly notes: FoundNotes }
  | null;

/** Finds what a row is about; the only part of the work that asks other servers, so that several rows may do it at a time. */
export async function findTarget(
  app: App,
  viewer: Viewer,
  row: TransferRow,
  tries: number,
): Promise<Found<Target>> {
  switch (row.kind) {
    case "follows":
    case "mutes":
    case "blocks":
    case "lists":
      return await findPerson(app, viewer, row);
    case "bookmarks":
      return await findBookmarked(app, viewer, row);
    case "filters":
      return await findFilteredNotes(app, viewer, row, tries);
    case "domains":
      return { type: "found", value: null };
    default: {
      const unknown: never = row;
      return unknown;
    }
  }
}

async function findPerson(
  app: App,
  viewer: Viewer,
  row: Extract<TransferRow, { readonly handle: string }>,
): Promise<Found<Target>> {
  const named = namedIn(app, row.handle);
  if (named === null) return never("transfer_row.unreadable");
  const found = await findNamed(app, viewer.actorId, named);
  if (found.type !== "found") return found;
  const actor = found.value;
  const follows = row.kind === "follows" || row.kind === "lists";
  const turn = follows ? await takeFollowTurn(app, viewer.actorId, actor) : null;
  return turn ?? { type: "found", value: { type: "person", actor } };
}

async function findBookmarked(app: App, viewer: Viewer, { uri }: BookmarkRow): Promise<Found<Target>> {
  const found = await findNoted(app, viewer, uri);
  return found.type === "found" ? { type: "found", value: { type: "note", noteId: found.value } } : found;
}

async function findFilteredNotes(
  app: App,
  viewer: Viewer,
  { notes: uris }: FilterRow,
  tries: number,
): Promise<Found<Target>> {
  const ids: NoteId[] = [];
  for (const uri of uris.slice(0, MOST_NOTES)) {
    const note = await findNoted(app, viewer, uri);
    if (note.type === "later" && tries < MOST_TURNS) return note;
    if (note.type === "found") ids.push(note.value);
  }
  return { type: "found", value: { type: "notes", notes: { ids, missing: uris.length - ids.length } } };
}

/** Single notes of one filter that are asked for, and how often it is put off for them: it is useful without them. */
const MOST_NOTES = 100;
const MOST_TURNS = 20;

/**
 * Does what a row says, by the same services as the pages; what is so already stays untouched.
 * @throws whatever these throw: it is the answer for this row.
 */
export async function applyRow(
  app: App,
  viewer: Viewer,
  row: TransferRow,
  target: Target,
  mode: TransferMode,
): Promise<Applied> {
  if (row.kind === "domains") return await applyDomain(app, viewer, row.domain);
  if (row.kind === "filters" && target?.type === "notes")
    return await applyFilter(app, viewer, row, target.notes, mode);
  if (target?.type === "note") return await applyBookmark(app, viewer, target.noteId);
  if (target?.type !== "person") throw new Error(`A row of ${row.kind} without its person.`);
  const { actor } = target;
  switch (row.kind) {
    case "follows":
      return await applyFollow(app, viewer, actor, row);
    case "lists":
      return await applyListed(app, viewer, actor, row);
    case "mutes":
      return await applyMute(app, viewer, actor, row);
    case "blocks":
      return await applyBlock(app, viewer, actor);
    default:
      throw new Error(`A row of ${row.kind} with a person.`);
  }
}

async function applyFollow(app: App, viewer: Viewer, actor: ActorRow, row: FollowRow): Promise<Applied> {
  const id = asId<ActorId>(actor.id);
  const before = await findFollow(app.db, viewer.actorId, id);
  await followListed(app, viewer, id, {
    notifies: row.notifies,
    showsAnnounces: row.showsBoosts,
    languages: row.languages,
  });
  const after = await findFollow(app.db, viewer.actorId, id);
  const isSame =
    before !== undefined &&
    before.notify === after?.notify &&
    before.show_announces === after.show_announces &&
    before.languages === after.languages;
  return { state: isSame ? "already" : "done", targetId: id };
}

async function applyMute(app: App, viewer: Viewer, actor: ActorRow, row: MuteRow): Promise<Applied> {
  const id = asId<ActorId>(actor.id);
  const { mutes } = await findRelations(app.db, viewer.actorId, [id], app.clock.now());
  const before = mutes.get(id);
  const isQuiet = before === undefined ? true : before.hide_notifications !== 0;
  const hidesNotifications = row.hidesNotifications ?? isQuiet;
  if (before !== undefined && before.expires_at === null && isQuiet === hidesNotifications)
    return { state: "already", targetId: id };
  await muteActor(app, viewer, id, { hidesNotifications });
  return { state: "done", targetId: id };
}

async function applyBlock(app: App, viewer: Viewer, actor: ActorRow): Promise<Applied> {
  const id = asId<ActorId>(actor.id);
  if ((await findBlock(app.db, viewer.actorId, id)) !== undefined) return { state: "already", targetId: id };
  await blockActor(app, viewer, id);
  return { state: "done", targetId: id };
}

async function applyDomain(app: App, viewer: Viewer, domain: string): Promise<Applied> {
  const host = canonicalDomain(app, domain.replace(/\/$/, ""));
  if (await isHiddenHost(app.db, viewer.actorId, host)) return { state: "already", targetId: null };
  await hideHost(app, viewer, host);
  return { state: "done", targetId: null };
}

async function applyBookmark(app: App, viewer: Viewer, noteId: NoteId): Promise<Applied> {
  const { bookmarked } = await findMarks(app.db, viewer.actorId, [noteId]);
  if (bookmarked.has(noteId)) return { state: "already", targetId: noteId };
  await bookmarkNote(app, viewer, noteId);
  return { state: "done", targetId: noteId };
}

/** People elsewhere are followed for it, as Mastodon does: without that nothing of theirs would come. */
async function applyListed(app: App, viewer: Viewer, actor: ActorRow, row: ListedRow): Promise<Applied> {
  const id = asId<ActorId>(actor.id);
  const title = cleanName(row.list, LIST_LIMITS.title);
  const lists = await listListRows(app.db, viewer.actorId, LIST_LIMITS.lists);
  const list = lists.find((one) => one.title === title);
  if (list !== undefined && (await findListsWith(app.db, viewer.actorId, id)).has(list.id))
    return { state: "already", targetId: id };
  const isFollowed = (await findFollow(app.db, viewer.actorId, id)) !== undefined;
  if (actor.host !== "" && !isFollowed) await followListed(app, viewer, id);
  const listId: ListId = list === undefined ? await createList(app, viewer, { title }) : asId(list.id);
  await addToList(app, viewer, listId, id);
  return { state: "done", targetId: id };
}
