import { sql } from "kysely";
import type { ActorRow } from "./actors.ts";
import type { Db } from "./database.ts";
import { openToStrangers, unmutedBy } from "./visible.ts";

export type PeopleQuery = {
  /** Lower case. */
  readonly prefix: string;
  readonly host: string;
  readonly limit: number;
  readonly now: number;
  readonly followedOnly?: boolean | undefined;
  readonly withSelf?: boolean | undefined;
};

/**
 * People whom `viewer` may want to name: their name or username begins with a text (lower case), those one follows
 * first. Nobody who is gone, suspended, muted or blocked either way.
 * Indexes: follows (actor_id, target_id) for those one follows, actors (username) for the others.
 */
export async function findPeopleToName(
  db: Db,
  viewer: number,
  query: PeopleQuery,
): Promise<readonly ActorRow[]> {
  const followed = await people(db, viewer, query)
    .innerJoin("follows", "follows.target_id", "actors.id")
    .where("follows.actor_id", "=", viewer)
    .where("follows.state", "=", "accepted")
    .where(({ eb, or }) =>
      or([
        sql<boolean>`lower(actors.username) like ${likePrefix(query.prefix)} escape '!'`,
        query.prefix === ""
          ? eb("actors.id", "is not", null)
          : sql<boolean>`lower(actors.name) like ${likePrefix(query.prefix)} escape '!'`,
      ]),
    )
    .execute();
  const isDone = query.followedOnly === true || followed.length >= query.limit;
  if (isDone || query.prefix === "") return followed;
  const others = await people(db, viewer, query)
    .where("actors.username", ">=", query.prefix)
    .where("actors.username", "<", `${query.prefix}\uffff`)
    // Who is limited is found by those who know the whole name.
    .where(sql<boolean>`(actors.username = ${query.prefix} or ${openToStrangers(viewer, "actors.id")})`)
    .execute();
  const known = new Set(followed.map((row) => row.id));
  return [...followed, ...others.filter((row) => !known.has(row.id))].slice(0, query.limit);
}

function people(db: Db, viewer: number, query: PeopleQuery) {
  return db
    .selectFrom("actors")
    .selectAll("actors")
    .$if(query.withSelf !== true, (some) => some.where("actors.id", "<>", viewer))
    .where("actors.deleted_at", "is", null)
    .where("actors.suspended_at", "is", null)
    .where("actors.moved_to_uri", "is", null)
    .where("actors.kind", "<>", "Application")
    .where(unmutedBy(viewer, "actors.id", query.now))
    .$if(query.host !== "", (some) =>
      some.where(sql<boolean>`actors.host like ${likePrefix(query.host)} escape '!'`),
    )
    .orderBy("actors.followers_count", "desc")
    .orderBy("actors.id")
    .limit(query.limit);
}

/** Languages of an actor's newest notes, the newest first. Index: notes (actor_id, id). */
export async function listRecentLanguages(db: Db, actorId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("notes")
    .select("language")
    .where("actor_id", "=", actorId)
    .where("deleted_at", "is", null)
    .orderBy("id", "desc")
    .limit(30)
    .execute();
  return [...new Set(rows.flatMap((row) => row.language ?? []))];
}

/** A pattern for `LIKE … ESCAPE '!'`. */
function likePrefix(text: string): string {
  return `${text.replace(/[!%_]/g, "!$&")}%`;
}
