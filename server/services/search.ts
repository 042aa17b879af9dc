import type { App } from "../context.ts";
import { type ActorView, parseHandle, type Viewer } from "../domain/actor.ts";
import { type MediaKind, mediaBits } from "../domain/explore.ts";
import { USE_LIMITS } from "../domain/limits.ts";
import type { NoteView } from "../domain/note.ts";
import { findActorByUri, findActorsByPrefix } from "../store/actors.ts";
import { findArrivedCopy, isLeftBehind } from "../store/arrivals.ts";
import { findNoteByUri } from "../store/notes.ts";
import { findNotesByWords, findNotesOfAuthor, findTagsByPrefix } from "../store/search.ts";
import { findFollowStates } from "../store/trends.ts";
import { normalizeTag } from "../text/entities.ts";
import { searchTerms } from "../text/words.ts";
import { takeLimit } from "./accounts/limits.ts";
import { isOurUri, lookUpActor, receiveActor, viewActor } from "./actors/actors.ts";
import { resolveHandle } from "./notes/compose.ts";
import { fetchNote, receiveNote } from "./notes/received-notes.ts";
import { actorView, isShown, visibleNoteViews } from "./views.ts";
import { type ActorId, asId, parseId, type NoteId } from "../domain/ids.ts";

export type SearchResult = {
  readonly actors: readonly ActorView[];
  readonly notes: readonly NoteView[];
  readonly tags: readonly string[];
  /** Where further notes begin, null when there are none. */
  readonly older: number | null;
};

/** What is looked for: words find everything, or one kind alone; media, languages and `before` are about notes. */
export type SearchOptions = {
  readonly kind?: "all" | "notes" | "people" | "tags" | undefined;
  readonly media?: readonly MediaKind[] | undefined;
  readonly languages?: readonly string[] | undefined;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  /** How many of each kind, and after how many. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** Only people whom the viewer follows. */
  readonly following?: boolean | undefined;
  /** Only notes of this actor; `from:me` and `from:@ada` among the words say the same. */
  readonly authorId?: ActorId | undefined;
  /** False = what is stored here is all that is looked at. */
  readonly resolve?: boolean | undefined;
};

const NOTHING: SearchResult = { actors: [], notes: [], tags: [], older: null };
const LIMIT = 20;
/** People and tags that are looked through at most, for those who turn pages. */
const DEEPEST = 400;

/**
 * Finds people, notes and tags. A handle or an address is looked up on other servers for signed-in people; words search
 * what is stored here and visible to the viewer. @throws too_many for too many remote look-ups.
 */
export async function search(
  app: App,
  viewer: Viewer | null,
  query: string,
  options: SearchOptions = {},
): Promise<SearchResult> {
  // PostgreSQL knows no NUL in texts.
  const text = query.replaceAll("\0", "").trim().slice(0, 500);
  if (text === "") return NOTHING;
  const resolves = viewer !== null && options.resolve !== false;
  if (/^https?:\/\//i.test(text)) return await searchAddress(app, viewer, text, resolves);
  const handle = parseHandle(text);
  if (handle !== null && handle.host !== null && /^(?:acct:)?[@＠]|[@＠]/.test(text))
    return await searchHandle(app, viewer, handle, resolves);
  if (/^[#＃]/.test(text)) return { ...NOTHING, tags: await tagsLike(app, text, options) };
  return await searchWords(app, viewer, text, options);
}

async function tagsLike(
  app: App,
  text: string,
  { limit = LIMIT, offset = 0 }: SearchOptions,
): Promise<readonly string[]> {
  const end = Math.min(offset + limit, DEEPEST);
  return (await findTagsByPrefix(app.db, normalizeTag(text), end)).slice(offset);
}

async function searchHandle(
  app: App,
  viewer: Viewer | null,
  handle: { readonly username: string; readonly host: string | null },
  resolves: boolean,
): Promise<SearchResult> {
  const stored = await lookUpActor(app, viewer, handle);
  if (stored !== null) return { ...NOTHING, actors: [stored] };
  if (viewer === null || !resolves) return NOTHING;
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const row = await resolveHandle(app, handle);
  return row === null ? NOTHING : { ...NOTHING, actors: [actorView(app, row)] };
}

async function searchAddress(
  app: App,
  viewer: Viewer | null,
  address: string,
  resolves: boolean,
): Promise<SearchResult> {
  const here = await findStored(app, viewer, address);
  if (here !== null) return here;
  if (viewer === null || !resolves || isOurUri(app, address))
    return (await findCopy(app, viewer, address)) ?? NOTHING;
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const found = await app.remote.fetchAny(address);
  // Its own server is asked first: what somebody took along goes before nothing but silence.
  if (found === null) return (await findCopy(app, viewer, address)) ?? NOTHING;
  if (found.type === "actor") {
    const actor = await viewActor(app, await receiveActor(app, found.actor));
    return actor === null ? NOTHING : { ...NOTHING, actors: [actor] };
  }
  if (found.note.inReplyToUri !== null) await fetchNote(app, viewer, found.note.inReplyToUri);
  const id = await receiveNote(app, found.note, "wanted");
  return id === null ? NOTHING : { ...NOTHING, notes: await visibleNoteViews(app, viewer, [id]) };
}

/** What an address names among the stored: uri of an actor or note, or one of our own pages. */
async function findStored(app: App, viewer: Viewer | null, address: string): Promise<SearchResult | null> {
  const actor = await findActorByUri(app.db, address);
  if (actor !== undefined && actor.deleted_at === null)
    return { ...NOTHING, actors: [actorView(app, actor)] };
  const note = await findNoteByUri(app.db, address);
  const isGone = note !== undefined && note.deleted_at !== null;
  if (isGone || (note !== undefined && (await isLeftBehind(app.db, note.id)))) {
    const copy = await findCopy(app, viewer, address);
    if (copy !== null) return copy;
  }
  const noteId = note === undefined ? ownNoteId(app, address) : asId<NoteId>(note.id);
  if (noteId !== null) return { ...NOTHING, notes: await visibleNoteViews(app, viewer, [noteId]) };
  const name = isOurUri(app, address)
    ? /^\/@([a-z0-9_]{1,30})$/.exec(new URL(address).pathname)?.[1]
    : undefined;
  const own = name === undefined ? null : await lookUpActor(app, viewer, { username: name, host: null });
  return own === null ? null : { ...NOTHING, actors: [own] };
}

/** The note that somebody took along from this address to an account here. */
async function findCopy(app: App, viewer: Viewer | null, address: string): Promise<SearchResult | null> {
  const id = await findArrivedCopy(app.db, viewer?.actorId ?? null, address);
  if (id === null) return null;
  const notes = await visibleNoteViews(app, viewer, [asId<NoteId>(id)]);
  return notes.length === 0 ? null : { ...NOTHING, notes };
}

/** The note whose page here an address names; null when it names none. */
export function ownNoteId(app: App, address: string): NoteId | null {
  if (!isOurUri(app, address)) return null;
  return parseId<NoteId>(/^\/@[a-z0-9_]{1,30}\/(\d+)$/.exec(new URL(address).pathname)?.[1]);
}

async function searchWords(
  app: App,
  viewer: Viewer | null,
  text: string,
  options: SearchOptions,
): Promise<SearchResult> {
  const { kind = "all", limit = LIMIT } = options;
  const wants = (one: typeof kind) => kind === "all" || kind === one;
  const { ids, more } = wants("notes")
    ? await notesWith(app, viewer, text, options)
    : { ids: [], more: false };
  return {
    actors: wants("people") ? await peopleLike(app, viewer, text, options) : [],
    notes: (await visibleNoteViews(app, viewer, ids, "public")).filter(isShown),
    tags: wants("tags")
      ? await tagsLike(app, text, { ...options, limit: kind === "tags" ? limit : Math.min(limit, 5) })
      : [],
    older: more ? (ids.at(-1) ?? null) : null,
  };
}

/** Ids of a page of notes; `from:` among the words says whose. */
async function notesWith(
  app: App,
  viewer: Viewer | null,
  text: string,
  { media = [], languages = [], before, after, limit = LIMIT, offset = 0, authorId }: SearchOptions,
): Promise<{ readonly ids: readonly NoteId[]; readonly more: boolean }> {
  const author = await authorIn(app, viewer, text);
  // Whom nobody knows wrote nothing.
  if (author.name !== null && author.id === null) return { ids: [], more: false };
  const named = author.id ?? authorId;
  const sieve = { bits: mediaBits(media), languages, before, after };
  const terms = searchTerms(author.rest);
  const reader = viewer?.actorId ?? null;
  const end = Math.min(offset + limit, DEEPEST) + 1;
  const found =
    terms.length > 0 || named === undefined
      ? await findNotesByWords(app.db, reader, terms, end, { ...sieve, authorId: named })
      : await findNotesOfAuthor(app.db, reader, end, { ...sieve, authorId: named });
  return { ids: found.slice(offset, end - 1).map((id) => asId(id)), more: found.length === end };
}

/** Finds `from:me`, `from:ada` or `from:@ada@elsewhere.example` among words. */
async function authorIn(
  app: App,
  viewer: Viewer | null,
  text: string,
): Promise<{ readonly rest: string; readonly name: string | null; readonly id: ActorId | null }> {
  const match = /(?:^|\s)from:(\S+)/iu.exec(text);
  const name = match?.[1] ?? null;
  if (match === null || name === null) return { rest: text, name: null, id: null };
  const rest = text.replace(match[0], " ").trim();
  if (name.toLowerCase() === "me") return { rest, name, id: viewer?.actorId ?? null };
  const handle = parseHandle(name);
  const actor = handle === null ? null : await lookUpActor(app, viewer, handle);
  return { rest, name, id: actor?.id ?? null };
}

async function peopleLike(
  app: App,
  viewer: Viewer | null,
  text: string,
  { limit = LIMIT, offset = 0, following = false }: SearchOptions,
): Promise<readonly ActorView[]> {
  const prefix = text.replace(/^[@＠]/, "").toLowerCase();
  if (!/^[\p{L}\p{N}_.-]+$/u.test(prefix)) return [];
  const end = Math.min(offset + limit, DEEPEST);
  const rows = await findActorsByPrefix(app.db, viewer?.actorId ?? null, prefix, following ? DEEPEST : end);
  const states =
    following && viewer !== null
      ? await findFollowStates(
          app.db,
          viewer.actorId,
          rows.map((row) => row.id),
        )
      : null;
  const wanted = states === null ? rows : rows.filter((row) => states.get(row.id) === "accepted");
  return wanted.slice(offset, end).map((row) => actorView(app, row));
}
