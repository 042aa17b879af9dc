// USE CASES: one verbNoun(app, who, command) each, called by all doors; the only place where transactions begin.
// May import domain, text, store, media, context, errors; never Hono, Fedify, web, api or http.
// Imported by the doors (web/, api/, federation/), the command line and app.ts.

import type { App } from "../context.ts";
import type { ActorKind, ActorView, ProfileField, Viewer } from "../domain/actor.ts";
import type { CardView } from "../domain/card.ts";
import { circlesOfChoice, circlesOfRule, readFeatureChoice } from "../domain/collection.ts";
import type { CustomEmoji } from "../domain/emoji.ts";
import type { FilterContext } from "../domain/filter.ts";
import { asId } from "../domain/ids.ts";
import {
  NOTE_KINDS,
  type AttachmentView,
  type EntryView,
  type EventFacts,
  type NoteView,
} from "../domain/note.ts";
import type { ReceivedRule } from "../domain/policy.ts";
import type { PollView } from "../domain/poll.ts";
import type { ReactionView } from "../domain/reaction.ts";
import type { Visibility } from "../domain/visibility.ts";
import { type ActorRow, findActors, findActorsByUri } from "../store/actors.ts";
import { listAttachments } from "../store/attachments.ts";
import { fromJson, isSet } from "../store/codec.ts";
import { findInMutedThreads } from "../store/muted-threads.ts";
import { countQuotes, findAppNames } from "../store/note-facts.ts";
import { findPinned } from "../store/pins.ts";
import { findVisibleNotes, listMentions, listTags, type NoteRow } from "../store/notes.ts";
import { findMarks, type ReactionMarks } from "../store/reactions.ts";
import type { EntryRow } from "../store/timelines.ts";
import { filteredNotes } from "./filters/filtered-notes.ts";
import { withCardAuthors } from "./cards/card-authors.ts";
import { cardViews } from "./cards/cards.ts";
import { emojiViews } from "./notes/emojis.ts";
import {
  type ConsentMaterial,
  gatherConsent,
  mayOf,
  quotableOf,
  quotedRows,
  quoteView,
} from "./consent/consent-views.ts";
import { attachmentViews } from "./media/attachments.ts";
import { proxyUrl } from "./media/proxy.ts";
import { actorSeenHere, noteSeenHere } from "./moderation/withheld-here.ts";
import { reactionViews } from "./reactions/reaction-views.ts";
import { pollViews } from "./notes/poll-views.ts";

/** An actor as every door draws it. */
export function actorView(app: App, row: ActorRow): ActorView {
  const local = row.host === "";
  const rejected = isSet(row.media_rejected);
  const picture = (value: string | null) =>
    value === null || rejected ? null : local ? `/media/${value}` : proxyUrl(app, value);
  const view: ActorView = {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    kind: row.kind as ActorKind,
    username: row.username,
    host: local ? null : row.host,
    name: row.name === "" ? row.username : row.name,
    bioHtml: row.bio_html,
    fields: fieldsIn(row.fields),
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
    suspended: row.suspended_at !== null || isSet(row.origin_suspended),
    limited: row.limited_at !== null,
    sensitized: row.sensitized_at !== null,
    movedToUri: row.moved_to_uri,
    memorial: isSet(row.memorial),
    hidesRelations: isSet(row.hide_collections),
    showsFeatured: isSet(row.show_featured),
    showsMedia: isSet(row.show_media),
    showsMediaOfReplies: isSet(row.show_media_replies),
    featuring: featuringOf(row),
    emojis: rejected ? [] : emojiViews(app, row.emojis),
  };
  return actorSeenHere(view, row.withheld);
}

function featuringOf(row: ActorRow): ActorView["featuring"] {
  if (row.host === "") return circlesOfChoice(readFeatureChoice(fromJson<unknown>(row.feature_policy, null)));
  return circlesOfRule(fromJson<ReceivedRule | null>(row.feature_policy, null), {
    uri: row.uri,
    followersUri: row.followers_uri,
    followingUri: row.following_uri,
  });
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
  /** Own notes that are on the reader's profile. */
  readonly pinned: ReadonlySet<number>;
  /** In threads of which the reader wants to hear nothing. */
  readonly muted: ReadonlySet<number>;
  readonly quotes: ReadonlyMap<number, number>;
  /** Apps that own notes were written with. */
  readonly apps: Awaited<ReturnType<typeof findAppNames>>;
  readonly polls: ReadonlyMap<number, PollView>;
  /** By uri. */
  readonly groups: ReadonlyMap<string, ActorView>;
  readonly emojis: (column: string) => readonly CustomEmoji[];
  /** People of servers whose pictures are not taken. */
  readonly rejected: ReadonlySet<number>;
  readonly reactions: ReadonlyMap<number, readonly ReactionView[]>;
  /** By key. */
  readonly cards: ReadonlyMap<string, CardView>;
  readonly consent: ConsentMaterial;
  /** By id; only the whole material has them. */
  readonly quoted: ReadonlyMap<number, NoteView>;
  readonly viewer: Viewer | null;
};

/**
 * Views of rows that the caller was already allowed to see, in the order of the rows: a fixed number of queries, whatever
 * the page holds. With a context the reader's filters are applied: `filtered` says so, and the caller leaves out what is
 * to be hidden (`isShown`).
 */
export async function noteViews(
  app: App,
  viewer: Viewer | null,
  rows: readonly NoteRow[],
  context: FilterContext | null = null,
): Promise<readonly NoteView[]> {
  if (rows.length === 0) return [];
  const quoted = await quotedRows(app.db, viewer, rows);
  const material = await gather(app, viewer, [...rows, ...quoted]);
  // What is quoted is drawn once: a quote in a quote is a link.
  const all = [...rows, ...quoted];
  const filteredOf = await filteredNotes(
    app,
    viewer,
    context,
    all.map((row) => row.id),
  );
  const draw = (row: NoteRow, by: Material) => {
    const view = noteView(row, by);
    const filtered = view === null ? null : filteredOf(view);
    if (view === null || filtered === null) return view ?? [];
    return { ...view, filtered, sensitive: view.sensitive || filtered.action === "blur" };
  };
  const alone = all.flatMap((row) => draw(row, { ...material, quoted: new Map() }));
  // Where nothing quotes anything this is all there is to draw.
  if (rows.every((row) => row.quote_id === null)) return alone;
  const whole = { ...material, quoted: new Map(alone.map((view) => [view.id as number, view])) };
  return rows.flatMap((row) => draw(row, whole));
}

/** False for a note that its reader's filters leave out. */
export function isShown(note: NoteView): boolean {
  return note.filtered?.action !== "hide";
}

/** Views of the notes among `ids` that the viewer may see, in the order of `ids`. */
export async function visibleNoteViews(
  app: App,
  viewer: Viewer | null,
  ids: readonly number[],
  context: FilterContext | null = null,
): Promise<readonly NoteView[]> {
  const rows = await findVisibleNotes(app.db, viewer?.actorId ?? null, [...new Set(ids)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return await noteViews(
    app,
    viewer,
    ids.flatMap((id) => byId.get(id) ?? []),
    context,
  );
}

/** Timeline entries as views; an entry whose note vanished meanwhile, or that the reader's filters hide, is left out. */
export async function entryViews(
  app: App,
  viewer: Viewer | null,
  entries: readonly EntryRow[],
  context: FilterContext | null = null,
): Promise<readonly EntryView[]> {
  const notes = new Map(
    (
      await visibleNoteViews(
        app,
        viewer,
        entries.map((entry) => entry.note_id),
        context,
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
    if (note === undefined || !isShown(note)) return [];
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
  const actors = await findActors(app.db, [...actorIds]);
  return {
    quoted: new Map(),
    reactions: await reactionViews(app, viewer?.actorId ?? null, ids),
    cards: await withCardAuthors(
      app,
      await cardViews(
        app,
        rows.map((row) => row.card_key),
      ),
      (row) => actorView(app, row),
    ),
    consent: await gatherConsent(app, viewer, actors),
    actors: new Map(actors.map((row) => [row.id, actorView(app, row)])),
    mentions: new Map([...mentions].map(([id, found]) => [id, found.map(mentionView)])),
    tags: new Map([...tags].map(([id, found]) => [id, found.map((row) => row.tag)])),
    attachments: new Map([...attachments].map(([id, found]) => [id, attachmentViews(app, found)])),
    parents: new Map(parents.map((row) => [row.id, row])),
    marks:
      viewer === null
        ? { liked: none, announced: none, bookmarked: none }
        : await findMarks(app.db, viewer.actorId, ids),
    pinned: await findPinned(
      app.db,
      rows.filter((row) => row.actor_id === viewer?.actorId).map((row) => row.id),
    ),
    muted: viewer === null ? none : await findInMutedThreads(app.db, viewer.accountId, ids),
    quotes: await countQuotes(app.db, ids),
    apps: await findAppNames(
      app.db,
      rows.flatMap((row) => (row.actor_id === viewer?.actorId ? (row.app_id ?? []) : [])),
    ),
    polls: await pollViews(app, viewer, rows),
    groups: await groupsOf(app, rows),
    emojis: (column) => emojiViews(app, column),
    rejected: new Set(actors.filter((row) => isSet(row.media_rejected)).map((row) => row.id)),
    viewer,
  };
}

/** The groups that notes were posted to, as far as they are known here; no query when there are none. */
async function groupsOf(app: App, rows: readonly NoteRow[]): Promise<Material["groups"]> {
  const uris = [...new Set(rows.flatMap((row) => row.audience_uri ?? []))];
  const found = uris.length === 0 ? [] : await findActorsByUri(app.db, uris);
  return new Map(found.filter((row) => row.kind === "Group").map((row) => [row.uri, actorView(app, row)]));
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
  const view: NoteView = {
    id: asId(row.id),
    uri: row.uri,
    url: row.url,
    author,
    local: isSet(row.local),
    visibility: row.visibility as Visibility,
    ...kindOf(row),
    emojis: material.rejected.has(row.actor_id) ? [] : material.emojis(row.emojis),
    poll: material.polls.get(row.id) ?? null,
    group: row.audience_uri === null ? null : (material.groups.get(row.audience_uri) ?? null),
    language: row.language,
    summary: row.summary,
    contentHtml: row.content_html,
    contentMap: fromJson<Record<string, string>>(row.content_map, {}),
    sensitive: isSet(row.sensitive) || row.sensitized_at !== null || author.sensitized,
    labels: fromJson<readonly string[]>(row.labels, []),
    hidden: row.hidden_at !== null,
    waits: row.hidden_by === "classifier",
    publishedAt: row.published_at,
    editedAt: row.updated_at,
    expiresAt: row.expires_at,
    replyTo: replyTo(row, material),
    likesCount: row.likes_count,
    announcesCount: row.announces_count,
    repliesCount: row.replies_count,
    quotesCount: material.quotes.get(row.id) ?? 0,
    app: isMine(row, material) && row.app_id !== null ? (material.apps.get(row.app_id) ?? null) : null,
    attachments: material.attachments.get(row.id) ?? [],
    tags: material.tags.get(row.id) ?? [],
    mentions: material.mentions.get(row.id) ?? [],
    reactions: material.reactions.get(row.id) ?? [],
    card: material.cards.get(row.card_key ?? "") ?? null,
    quote: quoteView(row, material.quoted, material.viewer),
    filtered: null,
    may: mayOf(row, material.mentions.get(row.id) ?? [], material.consent),
    quotable: quotableOf(row, material.mentions.get(row.id) ?? [], material.consent),
    viewer: {
      liked: material.marks.liked.has(row.id),
      announced: material.marks.announced.has(row.id),
      bookmarked: material.marks.bookmarked.has(row.id),
      pinned: material.pinned.has(row.id),
      muted: material.muted.has(row.id),
      mine: isMine(row, material),
    },
  };
  return noteSeenHere(view, row.withheld);
}

function isMine(row: NoteRow, { viewer }: Material): boolean {
  return viewer !== null && row.actor_id === viewer.actorId;
}

/** Lines of a profile, but those that are none. */
function fieldsIn(column: string): readonly ProfileField[] {
  return fromJson<readonly Partial<ProfileField>[]>(column, []).flatMap(
    ({ name, valueHtml, verifiedAt = null }) =>
      name === undefined || valueHtml === undefined ? [] : [{ name, valueHtml, verifiedAt }],
  );
}

const NO_FACTS: EventFacts = {
  startsAt: null,
  endsAt: null,
  place: null,
  placeUrl: null,
  isCancelled: false,
};

function kindOf(row: NoteRow): Pick<NoteView, "kind" | "title" | "event"> {
  return {
    kind: NOTE_KINDS.find((kind) => kind === row.kind) ?? "Note",
    title: row.title,
    event: row.event === null ? null : { ...NO_FACTS, ...fromJson<Partial<EventFacts>>(row.event, {}) },
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
