import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { findActorById } from "../../store/actors.ts";
import {
  countMapped,
  hasArrivedNotes,
  listFormerAddresses,
  listMapped,
  listOrigins,
  type MapCursor,
} from "../../store/arrivals.ts";
import { fromJson } from "../../store/codec.ts";
import { findMemberOfActor } from "../../store/standby-replicas.ts";

/** Where a note was, and where it is now (FEP-1580). */
export type MappedNote = { readonly actorUri: string; readonly oldUri: string; readonly newUri: string };

/** A page of the map of an actor's notes; `next` is where the following one begins, null = there is none. */
export type MapPage = {
  readonly items: readonly MappedNote[];
  readonly next: MapCursor | null;
};

const PAGE = 100;

/** What is known of the notes that an actor took along; null when nothing ever was, or the actor is not shown. */
export async function migrationOf(
  app: App,
  actorId: ActorId,
): Promise<{ readonly total: number; readonly isComplete: boolean } | null> {
  if (!(await isShown(app, actorId)) || !(await hasArrived(app, actorId))) return null;
  const origins = await listOrigins(app.db, actorId);
  return {
    total: await countMapped(app.db, actorId),
    isComplete: origins.every(({ state }) => state === "done"),
  };
}

/** True for an actor who took notes along, or is doing so. */
export async function hasArrived(app: App, actorId: ActorId): Promise<boolean> {
  return (await hasArrivedNotes(app.db, actorId)) || (await listOrigins(app.db, actorId)).length > 0;
}

/** A page of old and new addresses of what everybody may see, what came last first. */
export async function mapPage(app: App, actorId: ActorId, before: MapCursor | null): Promise<MapPage> {
  const rows = await listMapped(app.db, actorId, before, PAGE + 1);
  const shown = rows.slice(0, PAGE);
  const last = shown.at(-1);
  const origins = new Map((await listOrigins(app.db, actorId)).map((row) => [row.id, row.actor_uri]));
  return {
    items: shown.flatMap((row) => {
      const actorUri = origins.get(row.arrival_id) ?? null;
      return actorUri === null ? [] : [{ actorUri, oldUri: row.old_uri, newUri: row.uri }];
    }),
    next:
      rows.length > PAGE && last !== undefined ? { arrivalId: last.arrival_id, noteId: last.note_id } : null,
  };
}

/** The Moves by which the old actors themselves sent people here, as they signed them; those that this server has. */
export async function movesOf(
  app: App,
  actorId: ActorId,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (!(await isShown(app, actorId))) return [];
  const member = await findMemberOfActor(app.db, actorId);
  const kit = fromJson<{ readonly homes?: readonly { readonly new: string; readonly move: object }[] }>(
    member?.kit ?? null,
    {},
  );
  const own = app.uris.actor(actorId);
  return (kit.homes ?? []).filter((home) => home.new === own).map(({ move }) => ({ ...move }));
}

/** Where notes were first published, by note; those that were written here are left out. One query. */
export async function formerAddresses(
  app: App,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  return await listFormerAddresses(app.db, ids);
}

async function isShown(app: App, actorId: ActorId): Promise<boolean> {
  const row = await findActorById(app.db, asId(actorId));
  return row !== undefined && row.host === "" && row.deleted_at === null && row.suspended_at === null;
}
