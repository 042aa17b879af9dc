import type { App } from "../context.ts";
import { type ActorView, parseHandle, type Viewer } from "../domain/actor.ts";
import { type MediaKind, mediaBits } from "../domain/explore.ts";
import { USE_LIMITS } from "../domain/limits.ts";
import type { NoteView } from "../domain/note.ts";
import { findActorByUri, findActorsByPrefix } from "../store/actors.ts";
import { findNoteByUri } from "../store/notes.ts";
import { findNotesByWords, findTagsByPrefix } from "../store/search.ts";
import { normalizeTag } from "../text/entities.ts";
import { searchTerms } from "../text/words.ts";
import { takeLimit } from "./accounts/limits.ts";
import { isOurUri, lookUpActor, receiveActor, viewActor } from "./actors/actors.ts";
import { resolveHandle } from "./notes/compose.ts";
import { fetchNote, receiveNote } from "./notes/received-notes.ts";
import { actorView, isShown, visibleNoteViews } from "./views.ts";
import { asId, parseId, type NoteId } from "../domain/ids.ts";

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
};

const NOTHING: SearchResult = { actors: [], notes: [], tags: [], older: null };
const LIMIT = 20;

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
  if (/^https?:\/\//i.test(text)) return await searchAddress(app, viewer, text);
  const handle = parseHandle(text);
  if (handle !== null && handle.host !== null && /^(?:acct:)?[@＠]|[@＠]/.test(text))
    return await searchHandle(app, viewer, handle);
  if (/^[#＃]/.test(text))
    return { ...NOTHING, tags: await findTagsByPrefix(app.db, normalizeTag(text), LIMIT) };
  return await searchWords(app, viewer, text, options);
}

async function searchHandle(
  app: App,
  viewer: Viewer | null,
  handle: { readonly username: string; readonly host: string | null },
): Promise<SearchResult> {
  const stored = await lookUpActor(app, viewer, handle);
  if (stored !== null) return { ...NOTHING, actors: [stored] };
  if (viewer === null) return NOTHING;
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const row = await resolveHandle(app, handle);
  return row === null ? NOTHING : { ...NOTHING, actors: [actorView(app, row)] };
}

async function searchAddress(app: App, viewer: Viewer | null, address: string): Promise<SearchResult> {
  const here = await findStored(app, viewer, address);
  if (here !== null) return here;
  if (viewer === null || isOurUri(app, address)) return NOTHING;
  takeLimit(app, USE_LIMITS.lookUps, String(viewer.actorId));
  const found = await app.remote.fetchAny(address);
  if (found === null) return NOTHING;
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
  const noteId = note === undefined ? ownNoteId(app, address) : asId<NoteId>(note.id);
  if (noteId !== null) return { ...NOTHING, notes: await visibleNoteViews(app, viewer, [noteId]) };
  const name = isOurUri(app, address)
    ? /^\/@([a-z0-9_]{1,30})$/.exec(new URL(address).pathname)?.[1]
    : undefined;
  const own = name === undefined ? null : await lookUpActor(app, viewer, { username: name, host: null });
  return own === null ? null : { ...NOTHING, actors: [own] };
}

function ownNoteId(app: App, address: string): NoteId | null {
  if (!isOurUri(app, address)) return null;
  return parseId<NoteId>(/^\/@[a-z0-9_]{1,30}\/(\d+)$/.exec(new URL(address).pathname)?.[1]);
}

async function searchWords(
  app: App,
  viewer: Viewer | null,
  text: string,
  { kind = "all", media = [], languages = [], before }: SearchOptions,
): Promise<SearchResult> {
  const wants = (one: typeof kind) => kind === "all" || kind === one;
  const sieve = { bits: mediaBits(media), languages, before };
  const ids = wants("notes")
    ? await findNotesByWords(app.db, viewer?.actorId ?? null, searchTerms(text), LIMIT + 1, sieve)
    : [];
  const shown = ids.slice(0, LIMIT);
  const prefix = text.replace(/^[@＠]/, "").toLowerCase();
  const isName = wants("people") && /^[\p{L}\p{N}_.-]+$/u.test(prefix);
  const rows = isName ? await findActorsByPrefix(app.db, prefix, LIMIT) : [];
  return {
    actors: rows.map((row) => actorView(app, row)),
    notes: (await visibleNoteViews(app, viewer, shown, "public")).filter(isShown),
    tags: wants("tags")
      ? await findTagsByPrefix(app.db, normalizeTag(text), kind === "tags" ? LIMIT : 5)
      : [],
    older: ids.length > LIMIT ? (shown.at(-1) ?? null) : null,
  };
}
