// USE CASES: one verbNoun(app, who, command) each, called by all doors; the only place where transactions begin.
// May import domain, text, store, media, context, errors; never Hono, Fedify, web, api or http.
// Imported by the doors (web/, api/, federation/), the command line and app.ts.

import type { App } from "../context.ts";
import type { ActorKind, ActorView, ProfileField, Viewer } from "../domain/actor.ts";
import { asId } from "../domain/ids.ts";
import type { AttachmentView, EntryView, NoteView } from "../domain/note.ts";
import type { Visibility } from "../domain/visibility.ts";
import { type ActorRow, findActors } from "../store/actors.ts";
import { listAttachments } from "../store/attachments.ts";
import { fromJson, isSet } from "../store/codec.ts";
import { findVisibleNotes, listMentions, listTags, type NoteRow } from "../store/notes.ts";
import { findMarks, type ReactionMarks } from "../store/reactions.ts";
import type { EntryRow } from "../store/timelines.ts";
import { attachmentViews, proxyUrl } from "./media.ts";

/** An actor as every door draws it. */
export function actorView(app: App, row: ActorRow): ActorView {
  const local = row.host === "";
  const picture = (value: string | null) =>
    value === null ? null : local ? `/media/${value}` : proxyUrl(app, value);
  return {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    kind: row.kind as ActorKind,
    username: row.username,
    host: local ? null : row.host,
    name: row.name === "" ? row.username : row.name,
    bioHtml: row.bio_html,
    fields: fromJson<readonly ProfileField[]>(row.fields, []),
    avatarUrl: picture(row.avatar),
    headerUrl: picture(row.header),
    locked: isSet(row.locked),
    bot: row.kind === "Service" || row.kind === "Application",
    discoverable: isSet(row.discoverable),
    indexable: isSet(row.indexable),
    followersCount: row.followers_count,
    followingCount: row.following_count,
    notesCount: row.notes_count,
    publishedAt: row.published_at,
    suspended: row.suspended_at !== null,
  };
}

/** Actors by id, in the order asked for; unknown ones are left out. One query. */
export async function actorViews(app: App, ids: readonly number[]): Promise<readonly ActorView[]> {
  const rows = new Map((await findActors(app.db, [...new Set(ids)])).map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined || row.deleted_at !== null ? [] : [actorView(app, row)];
  });
}

/** What a page of notes needs, fetched once for all of them. */
type Material = {
  readonly actors: ReadonlyMap<number, ActorView>;
  readonly mentions: ReadonlyMap<number, NoteView["mentions"]>;
  readonly tags: ReadonlyMap<number, readonly string[]>;
  readonly attachments: ReadonlyMap<number, readonly AttachmentView[]>;
  readonly parents: ReadonlyMap<number, NoteRow>;
  readonly marks: ReactionMarks;
  readonly viewer: Viewer | null;
};

/** Views of rows that the caller was already allowed to see, in the order of the rows: eight queries, whatever the page holds. */
export async function noteViews(
  app: App,
  viewer: Viewer | null,
  rows: readonly NoteRow[],
): Promise<readonly NoteView[]> {
  if (rows.length === 0) return [];
  const material = await gather(app, viewer, rows);
  return rows.flatMap((row) => {
    const view = noteView(row, material);
    return view === null ? [] : [view];
  });
}

/** Views of the notes among `ids` that the viewer may see, in the order of `ids`. */
export async function visibleNoteViews(
  app: App,
  viewer: Viewer | null,
  ids: readonly number[],
): Promise<readonly NoteView[]> {
  const rows = await findVisibleNotes(app.db, viewer?.actorId ?? null, [...new Set(ids)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return await noteViews(
    app,
    viewer,
    ids.flatMap((id) => byId.get(id) ?? []),
  );
}

/** Timeline entries as views; an entry whose note vanished meanwhile is left out. */
export async function entryViews(
  app: App,
  viewer: Viewer | null,
  entries: readonly EntryRow[],
): Promise<readonly EntryView[]> {
  const notes = new Map(
    (
      await visibleNoteViews(
        app,
        viewer,
        entries.map((entry) => entry.note_id),
      )
    ).map((note) => [note.id as number, note]),
  );
  const boosters = new Map(
    (
      await actorViews(
        app,
        entries.filter((entry) => isSet(entry.announce)).map((entry) => entry.actor_id),
      )
    ).map((actor) => [actor.id as number, actor]),
  );
  return entries.flatMap((entry) => {
    const note = notes.get(entry.note_id);
    if (note === undefined) return [];
    const announcedBy = isSet(entry.announce) ? (boosters.get(entry.actor_id) ?? null) : null;
    return [{ id: entry.id, note, announcedBy, at: note.publishedAt }];
  });
}

async function gather(app: App, viewer: Viewer | null, rows: readonly NoteRow[]): Promise<Material> {
  const ids = rows.map((row) => row.id);
  const parentIds = rows.flatMap((row) => row.reply_to_id ?? []);
  const parents = await findVisibleNotes(app.db, viewer?.actorId ?? null, [...new Set(parentIds)]);
  const actorIds = new Set([...rows, ...parents].map((row) => row.actor_id));
  const mentions = Map.groupBy(await listMentions(app.db, ids), (row) => row.note_id);
  const tags = Map.groupBy(await listTags(app.db, ids), (row) => row.note_id);
  const attachments = Map.groupBy(await listAttachments(app.db, ids), (row) => row.note_id ?? 0);
  const none: ReadonlySet<number> = new Set();
  return {
    actors: new Map((await findActors(app.db, [...actorIds])).map((row) => [row.id, actorView(app, row)])),
    mentions: new Map([...mentions].map(([id, found]) => [id, found.map(mentionView)])),
    tags: new Map([...tags].map(([id, found]) => [id, found.map((row) => row.tag)])),
    attachments: new Map([...attachments].map(([id, found]) => [id, attachmentViews(app, found)])),
    parents: new Map(parents.map((row) => [row.id, row])),
    marks:
      viewer === null
        ? { liked: none, announced: none, bookmarked: none }
        : await findMarks(app.db, viewer.actorId, ids),
    viewer,
  };
}

function mentionView(row: Awaited<ReturnType<typeof listMentions>>[number]): NoteView["mentions"][number] {
  return {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    username: row.username,
    host: row.host === "" ? null : row.host,
  };
}

function noteView(row: NoteRow, material: Material): NoteView | null {
  const author = material.actors.get(row.actor_id);
  if (author === undefined) return null;
  return {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    author,
    local: isSet(row.local),
    visibility: row.visibility as Visibility,
    language: row.language,
    summary: row.summary,
    contentHtml: row.content_html,
    contentMap: fromJson<Record<string, string>>(row.content_map, {}),
    sensitive: isSet(row.sensitive),
    publishedAt: row.published_at,
    editedAt: row.updated_at,
    replyTo: replyTo(row, material),
    likesCount: row.likes_count,
    announcesCount: row.announces_count,
    repliesCount: row.replies_count,
    attachments: material.attachments.get(row.id) ?? [],
    tags: material.tags.get(row.id) ?? [],
    mentions: material.mentions.get(row.id) ?? [],
    viewer: {
      liked: material.marks.liked.has(row.id),
      announced: material.marks.announced.has(row.id),
      bookmarked: material.marks.bookmarked.has(row.id),
      mine: material.viewer !== null && row.actor_id === material.viewer.actorId,
    },
  };
}

/** A parent that the viewer may not see is named by nothing but the fact that there is one. */
function replyTo(row: NoteRow, material: Material): NoteView["replyTo"] {
  if (row.reply_to_uri === null) return null;
  const parent = row.reply_to_id === null ? undefined : material.parents.get(row.reply_to_id);
  return {
    id: parent === undefined ? null : asId(parent.id),
    uri: row.reply_to_uri,
    author: parent === undefined ? null : (material.actors.get(parent.actor_id) ?? null),
  };
}
