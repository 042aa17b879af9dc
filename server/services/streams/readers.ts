import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { FILTER_CONTEXTS, type FilterContext } from "../../domain/filter.ts";
import { asId } from "../../domain/ids.ts";
import type { EntryView, NoteView } from "../../domain/note.ts";
import { findActors } from "../../store/actors.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { findAccountsMuting } from "../../store/muted-threads.ts";
import { findNotes, listTags, type NoteRow } from "../../store/notes.ts";
import {
  type EntryReader,
  findHeardEntry,
  type HeardEntry,
  listEntryReaders,
  listFiltersOfReaders,
  listListsWithEntry,
} from "../../store/streams.ts";
import { filterText, hasKeyword } from "../../text/filters.ts";
import { type ConsentMaterial, gatherConsent, mayOf } from "../consent/consent-views.ts";
import { textOf } from "../filters/filtered-notes.ts";
import { fromNowhere } from "../moderation/withheld-here.ts";
import { actorViews, entryViews, noteViews } from "../views.ts";

/** What an entry is, as far as it decides which streams it belongs to. */
export type EntryFacts = {
  readonly id: number;
  readonly noteId: number;
  readonly isBoost: boolean;
  readonly isReply: boolean;
  readonly isPublic: boolean;
  readonly isLocal: boolean;
  readonly hasMedia: boolean;
  /** Its author is limited: only those who follow them meet it where they did not look for it. */
  readonly isApart: boolean;
  readonly tags: readonly string[];
  /** When it came here, ms. */
  readonly receivedAt: number;
};

/** Who of those that are connected may hear of an entry. */
export type Hearing = {
  readonly facts: EntryFacts;
  /** Visitors may see it. */
  readonly isOpen: boolean;
  /** By actor: who sees it and has muted or blocked nobody behind it. */
  readonly readers: ReadonlyMap<number, EntryReader>;
  /** Lists in which it stands. */
  readonly lists: ReadonlySet<number>;
  readonly entry: HeardEntry;
};

/** Finds out who of `viewers` may hear of an entry: four statements, however many they are. Null: it is gone. */
export async function findHearing(
  app: App,
  entryId: number,
  viewers: readonly Viewer[],
  listIds: readonly number[],
): Promise<Hearing | null> {
  const entry = await findHeardEntry(app.db, entryId);
  if (entry === undefined) return null;
  const ids = viewers.map(({ actorId }) => actorId);
  const readers = await listEntryReaders(app.db, entry, ids, app.clock.now());
  const isPublic = entry.visibility === "public" && entry.note_visibility === "public";
  const tags = isPublic && !isSet(entry.announce) ? await listTags(app.db, [entry.note_id]) : [];
  return {
    facts: {
      id: entry.id,
      noteId: entry.note_id,
      isBoost: isSet(entry.announce),
      isReply: isSet(entry.reply),
      isPublic,
      isLocal: isSet(entry.local),
      hasMedia: entry.media !== 0,
      isApart: isSet(entry.apart),
      tags: tags.map(({ tag }) => tag),
      receivedAt: entry.received_at,
    },
    isOpen: isSet(entry.open),
    readers: new Map(readers.map((reader) => [reader.actor_id, reader])),
    lists: await listListsWithEntry(app.db, entry.id, listIds),
    entry,
  };
}

/** How each of those who hear of an entry sees it; null for who has filtered it away. */
export type Drawing = {
  /** For visitors: null when it is not for them. */
  readonly open: EntryView | null;
  for(viewer: Viewer, context: FilterContext): Promise<EntryView | null>;
};

/**
 * Draws an entry once for all who hear of it. What differs between readers is added from statements about all of them; only
 * those with something of their own on the note, or a filter that it meets, have it drawn for themselves.
 */
export async function drawHearing(app: App, hearing: Hearing, viewers: readonly Viewer[]): Promise<Drawing> {
  const { entry } = hearing;
  const rows = await findNotes(app.db, [entry.note_id]);
  // Whoever caused it may be in some country; those who hear of it are in others (`noteSeenFrom`).
  const [note] = await fromNowhere(() => noteViews(app, null, rows));
  const [row] = rows;
  if (note === undefined || row === undefined) return { open: null, for: () => Promise.resolve(null) };
  const announcedBy = hearing.facts.isBoost
    ? ((await fromNowhere(() => actorViews(app, [entry.actor_id])))[0] ?? null)
    : null;
  const base: EntryView = { id: entry.id, note, announcedBy, at: note.publishedAt };
  const material: Material = {
    row,
    consent: await gatherConsent(app, null, await findActors(app.db, [entry.author_id])),
    parentAuthor: await parentAuthorOf(app, entry),
  };
  const meets = await filtersThatMeet(app, note, viewers);
  const accountIds = viewers.map(({ accountId }) => accountId);
  const muting = await findAccountsMuting(app.db, accountIds, entry.note_id);
  return {
    open: hearing.isOpen ? base : null,
    async for(viewer, context) {
      const reader = hearing.readers.get(viewer.actorId);
      if (reader === undefined) return null;
      const met = meets.get(viewer.accountId)?.filter(({ contexts }) => contexts.includes(context)) ?? [];
      if (met.some(({ action }) => action === "hide") && !isOwn(hearing, viewer)) return null;
      const isPersonal = isSet(reader.personal) || muting.has(viewer.accountId) || met.length > 0;
      return isPersonal
        ? ((await fromNowhere(() => entryViews(app, viewer, [entry], context)))[0] ?? null)
        : { ...base, note: seenBy(app, note, reader, material) };
    },
  };
}

function isOwn({ entry }: Hearing, viewer: Viewer): boolean {
  return entry.author_id === viewer.actorId;
}

type Material = {
  readonly row: NoteRow;
  readonly consent: ConsentMaterial;
  /** Of a parent that not everybody sees. */
  readonly parentAuthor: ActorView | null;
};

async function parentAuthorOf(app: App, entry: HeardEntry): Promise<ActorView | null> {
  if (isSet(entry.parent_open) || entry.parent_author_id === null) return null;
  return (await actorViews(app, [entry.parent_author_id]))[0] ?? null;
}

/** As somebody sees it who has nothing of their own on it. */
function seenBy(app: App, note: NoteView, reader: EntryReader, material: Material): NoteView {
  const { row, consent, parentAuthor } = material;
  const tied = (flag: number): ReadonlySet<number> => new Set(isSet(flag) ? [row.actor_id] : []);
  const ties = { follows: tied(reader.follows), followedBy: tied(reader.followed_by) };
  return {
    ...note,
    may: mayOf(row, note.mentions, { ...consent, ties, viewerUri: app.uris.actor(asId(reader.actor_id)) }),
    replyTo: withParent(note.replyTo, row, isSet(reader.sees_parent), parentAuthor),
  };
}

function withParent(
  replyTo: NoteView["replyTo"],
  row: NoteRow,
  isSeen: boolean,
  author: ActorView | null,
): NoteView["replyTo"] {
  if (replyTo === null || row.reply_to_id === null) return replyTo;
  if (!isSeen) return { ...replyTo, id: null, author: null };
  return replyTo.id === null ? { ...replyTo, id: asId(row.reply_to_id), author } : replyTo;
}

type Met = { readonly contexts: readonly FilterContext[]; readonly action: string };

/** By account: the filters that a note meets, wherever they look. Three statements. */
async function filtersThatMeet(
  app: App,
  note: NoteView,
  viewers: readonly Viewer[],
): Promise<ReadonlyMap<number, readonly Met[]>> {
  const ids = viewers.map(({ accountId }) => accountId);
  const { filters, keywords, named } = await listFiltersOfReaders(app.db, ids, note.id, app.clock.now());
  if (filters.length === 0) return new Map();
  const text = filterText(textOf(note));
  const words = Map.groupBy(keywords, (row) => row.filter_id);
  const met = filters.filter(
    ({ id }) =>
      named.has(id) ||
      hasKeyword(
        text,
        (words.get(id) ?? []).map((row) => ({ keyword: row.keyword, wholeWord: isSet(row.whole_word) })),
      ),
  );
  const byAccount = Map.groupBy(met, (row) => row.account_id);
  return new Map(
    [...byAccount].map(([accountId, rows]) => [
      accountId,
      rows.map(({ contexts, action }) => {
        const stored = fromJson<readonly string[]>(contexts, []);
        return { contexts: FILTER_CONTEXTS.filter((one) => stored.includes(one)), action };
      }),
    ]),
  );
}
