import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteView } from "../../domain/note.ts";
import {
  circlesOf,
  type Permission,
  permissionOf,
  type PolicyOwner,
  QUOTE_STATES,
  type Verb,
} from "../../domain/policy.ts";
import type { ActorRow } from "../../store/actors.ts";
import type { Db } from "../../store/database.ts";
import { findTies } from "../../store/interactions.ts";
import { findVisibleNotes, type NoteRow } from "../../store/notes.ts";
import { ownerOf, rulesOf } from "./policies.ts";

/** What is needed to say who may do what with the notes of a page. */
export type ConsentMaterial = {
  readonly owners: ReadonlyMap<number, PolicyOwner>;
  readonly ties: Awaited<ReturnType<typeof findTies>>;
  readonly viewerUri: string | null;
};

/** Owners of notes and what connects the viewer with them: two queries, none for visitors. */
export async function gatherConsent(
  app: App,
  viewer: Viewer | null,
  authors: readonly ActorRow[],
): Promise<ConsentMaterial> {
  const none: ReadonlySet<number> = new Set();
  return {
    owners: new Map(authors.map((row) => [row.id, ownerOf(app, row)])),
    ties:
      viewer === null
        ? { follows: none, followedBy: none }
        : await findTies(
            app.db,
            viewer.actorId,
            authors.map((row) => row.id),
          ),
    viewerUri: viewer === null ? null : app.uris.actor(viewer.actorId),
  };
}

/** Notes that these rows quote, as far as the viewer may see them: one query, none when nothing is quoted. */
export async function quotedRows(
  db: Db,
  viewer: Viewer | null,
  rows: readonly NoteRow[],
): Promise<readonly NoteRow[]> {
  const known = new Set(rows.map((row) => row.id));
  const ids = [...new Set(rows.flatMap((row) => row.quote_id ?? []))].filter((id) => !known.has(id));
  return await findVisibleNotes(db, viewer?.actorId ?? null, ids);
}

/**
 * The quote of a note. What is quoted is shown when its author agreed; while they are being asked, to themselves alone.
 * `quoted` holds what the viewer may see.
 */
export function quoteView(
  row: NoteRow,
  quoted: ReadonlyMap<number, NoteView>,
  viewer: Viewer | null,
): NoteView["quote"] {
  if (row.quote_uri === null) return null;
  const state = QUOTE_STATES.find((one) => one === row.quote_state) ?? "unverified";
  const note = row.quote_id === null ? undefined : quoted.get(row.quote_id);
  const isAsked = state === "pending" && viewer !== null && note?.author.id === viewer.actorId;
  const isShown = note !== undefined && (state === "accepted" || isAsked);
  return { state, uri: row.quote_uri, url: note?.url ?? row.quote_uri, note: isShown ? note : null };
}

/** What the viewer may do with a note; visitors are strangers. */
export function mayOf(
  row: NoteRow,
  mentions: NoteView["mentions"],
  material: ConsentMaterial,
): NoteView["may"] {
  const owner = material.owners.get(row.actor_id);
  if (owner === undefined) return { reply: "no", like: "no", announce: "no", quote: "no" };
  const rules = rulesOf(
    row,
    owner,
    mentions.map((mention) => mention.uri),
  );
  const who = {
    uri: material.viewerUri ?? "",
    isAuthor: material.viewerUri === owner.uri,
    isMentioned: mentions.some((mention) => mention.uri === material.viewerUri),
    followsAuthor: material.ties.follows.has(row.actor_id),
    followedByAuthor: material.ties.followedBy.has(row.actor_id),
  };
  const of = (verb: Verb): Permission => permissionOf(rules[verb], verb, owner, who);
  const isOpen = row.visibility === "public" || row.visibility === "unlisted";
  const isPassedOn = isOpen || (row.visibility === "followers" && who.isAuthor);
  return {
    reply: of("reply"),
    like: of("like"),
    announce: isPassedOn ? of("announce") : "no",
    quote: isPassedOn ? of("quote") : "no",
  };
}

/** Whose quotes a note takes, for everybody to read. A note for a few is quoted by its author alone. */
export function quotableOf(
  row: NoteRow,
  mentions: NoteView["mentions"],
  material: ConsentMaterial,
): NoteView["quotable"] {
  const owner = material.owners.get(row.actor_id);
  const isOpen = row.visibility === "public" || row.visibility === "unlisted";
  if (owner === undefined || !isOpen) return { automatic: [], manual: [] };
  const uris = mentions.map((mention) => mention.uri);
  const { quote } = rulesOf(row, owner, uris);
  if (quote === null) return { automatic: [], manual: [] };
  return { automatic: circlesOf(quote.automatic, owner), manual: circlesOf(quote.manual, owner) };
}
