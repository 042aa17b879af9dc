import type { App } from "../../server/context.ts";
import { type ActorId, parseId } from "../../server/domain/ids.ts";
import {
  type MapPage,
  type MappedNote,
  mapPage,
  migrationOf,
  movesOf,
} from "../../server/services/arrivals/map.ts";
import { contextOf } from "../writing/context.ts";
import type { Json } from "../reading/json.ts";
import { activityJson, bare } from "./responses.ts";

/**
 * Where the notes were that an actor took along, and where they are now (FEP-1580, `migration`): an ordered collection whose
 * items are Moves from address to address. Notes that not everybody may see are not in it.
 */
export async function answerMigration(app: App, request: Request, idText: string): Promise<Response> {
  const id = parseId<ActorId>(idText);
  const migration = id === null ? null : await migrationOf(app, id);
  if (id === null || migration === null) return bare(404);
  const uri = app.uris.migration(id);
  const cursor = new URL(request.url).searchParams.get("before");
  if (cursor === null)
    return document({
      id: uri,
      type: "OrderedCollection",
      attributedTo: app.uris.actor(id),
      totalItems: migration.total,
      migrationComplete: migration.isComplete,
      moves: app.uris.moves(id),
      first: `${uri}?before=${NEWEST}`,
    });
  const before = cursorOf(cursor);
  if (before === undefined) return bare(404);
  return document(toPage(uri, cursor, await mapPage(app, id, before)));
}

/** The Moves of the old actors themselves, as they signed them (FEP-1580, `moves`); those that are known here. */
export async function answerMoves(app: App, idText: string): Promise<Response> {
  const id = parseId<ActorId>(idText);
  if (id === null || (await migrationOf(app, id)) === null) return bare(404);
  const moves = await movesOf(app, id);
  return document({
    id: app.uris.moves(id),
    type: "OrderedCollection",
    attributedTo: app.uris.actor(id),
    totalItems: moves.length,
    orderedItems: moves,
  });
}

const NEWEST = "newest";

function toPage(uri: string, cursor: string, { items, next }: MapPage): Json {
  return {
    id: `${uri}?before=${cursor}`,
    type: "OrderedCollectionPage",
    partOf: uri,
    orderedItems: items.map(toMove),
    ...(next === null ? {} : { next: `${uri}?before=${next.arrivalId}-${next.noteId}` }),
  };
}

function toMove({ actorUri, oldUri, newUri }: MappedNote): Json {
  return { type: "Move", actor: actorUri, origin: oldUri, target: newUri };
}

/** Null for the beginning, undefined for what is no place in the map. */
function cursorOf(text: string) {
  if (text === NEWEST) return null;
  const [, arrival, note] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const arrivalId = parseId(arrival);
  const noteId = parseId(note);
  return arrivalId === null || noteId === null ? undefined : { arrivalId, noteId };
}

function document(json: Json): Response {
  return activityJson({ "@context": contextOf(json), ...json }, true);
}
