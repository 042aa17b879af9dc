import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { ActorId } from "../domain/ids.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import type { ActorsTable } from "./schema.ts";
import { openToStrangers } from "./visible.ts";

export type ActorRow = Selectable<ActorsTable>;
export type NewActorRow = Insertable<ActorsTable>;

/** Inserts an actor; the caller made sure of `uri` and (username, host) or catches the conflict. */
export async function insertActor(db: Db, row: NewActorRow): Promise<void> {
  await db.insertInto("actors").values(row).execute();
}

/** Actors by id, in no order; unknown ids are left out. */
export async function findActors(db: Db, ids: readonly number[]): Promise<readonly ActorRow[]> {
  if (ids.length === 0) return [];
  return await prepared(db, "actors", { ids }, (on, places) =>
    on.selectFrom("actors").selectAll().where("id", "in", places.ids),
  );
}

/** One actor by id, deleted ones included. */
export async function findActorById(db: Db, id: number): Promise<ActorRow | undefined> {
  return await db.selectFrom("actors").selectAll().where("id", "=", id).executeTakeFirst();
}

/** One actor by its uri. Index: actors (uri). */
export async function findActorByUri(db: Db, uri: string): Promise<ActorRow | undefined> {
  return await db.selectFrom("actors").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Actors by uri, in no order. Index: actors (uri). */
export async function findActorsByUri(db: Db, uris: readonly string[]): Promise<readonly ActorRow[]> {
  if (uris.length === 0) return [];
  return await db.selectFrom("actors").selectAll().where("uri", "in", uris).execute();
}

/** One actor by handle; `host` is '' for local ones. Index: actors (username, host). */
export async function findActorByHandle(
  db: Db,
  username: string,
  host: string,
): Promise<ActorRow | undefined> {
  const [row] = await prepared(db, "actor by handle", { username, host }, (on, places) =>
    on
      .selectFrom("actors")
      .selectAll()
      .where("username", "=", places.username)
      .where("host", "=", places.host),
  );
  return row;
}

/** Case-insensitive look-up of a remote handle as people type it; exact spelling first. */
export async function findRemoteActor(db: Db, username: string, host: string): Promise<ActorRow | undefined> {
  const exact = await findActorByHandle(db, username, host);
  if (exact !== undefined) return exact;
  return await findActorByHandle(db, username.toLowerCase(), host);
}

/** Actors by what they are called, in no order; an empty host is this server. Index: actors (username, host). */
export async function findActorsByHandles(
  db: Db,
  handles: readonly { readonly username: string; readonly host: string }[],
): Promise<readonly ActorRow[]> {
  if (handles.length === 0) return [];
  return await db
    .selectFrom("actors")
    .selectAll()
    .where((eb) =>
      eb.or(
        handles.map(({ username, host }) => eb.and([eb("username", "=", username), eb("host", "=", host)])),
      ),
    )
    .execute();
}

/** Changes columns of one actor. */
export async function updateActor(db: Db, id: ActorId, change: Updateable<ActorsTable>): Promise<void> {
  await db.updateTable("actors").set(change).where("id", "=", id).execute();
}

/** Adds to an actor's counters; never below zero. */
export async function addToActorCounts(
  db: Db,
  id: number,
  change: { readonly followers?: number; readonly following?: number; readonly notes?: number },
): Promise<void> {
  await db
    .updateTable("actors")
    .set((eb) => ({
      followers_count: atLeastZero(eb.ref("followers_count"), change.followers ?? 0),
      following_count: atLeastZero(eb.ref("following_count"), change.following ?? 0),
      notes_count: atLeastZero(eb.ref("notes_count"), change.notes ?? 0),
    }))
    .where("id", "=", id)
    .execute();
}

function atLeastZero(column: unknown, change: number) {
  return sql<number>`case when ${column} + ${sql.lit(change)} < 0 then 0 else ${column} + ${sql.lit(change)} end`;
}

/**
 * Actors whose username starts with a prefix, for search; those who are limited only for who follows them, or knows the
 * whole name. Index: actors (username).
 */
export async function findActorsByPrefix(
  db: Db,
  viewer: number | null,
  prefix: string,
  limit: number,
): Promise<readonly ActorRow[]> {
  const end = `${prefix}\uffff`;
  return await db
    .selectFrom("actors")
    .selectAll()
    .where("username", ">=", prefix)
    .where("username", "<", end)
    .where("deleted_at", "is", null)
    .where("suspended_at", "is", null)
    .where("kind", "!=", "Application")
    .where(sql<boolean>`(actors.username = ${prefix} or ${openToStrangers(viewer, "actors.id")})`)
    .orderBy("username")
    .limit(limit)
    .execute();
}
