import type { Db } from "./database.ts";

// What becomes of people elsewhere because of a rule about their server.

/** What decides whether a remote actor is shown. */
export type RemoteActorRow = {
  readonly id: number;
  readonly uri: string;
  readonly host: string;
  readonly suspended_at: number | null;
  readonly suspended_by: string | null;
  readonly limited_at: number | null;
  readonly limited_by: string | null;
  readonly media_rejected: number;
  readonly avatar: string | null;
  readonly header: string | null;
};

/**
 * Remote actors above an id, in order of ids (primary key); with `domain` only those whose handle or id lies on it or
 * under it. Reads the whole table once in a while, in the background.
 */
export async function listRemoteActors(
  db: Db,
  after: number,
  limit: number,
  domain: string | null,
): Promise<readonly RemoteActorRow[]> {
  let query = db
    .selectFrom("actors")
    .select(["id", "uri", "host", "avatar", "header", "media_rejected"])
    .select(["suspended_at", "suspended_by", "limited_at", "limited_by"])
    .where("id", ">", after)
    .where("host", "!=", "")
    .where("deleted_at", "is", null);
  if (domain !== null)
    query = query.where((eb) =>
      eb.or([
        eb("host", "=", domain),
        eb("host", "like", `%.${domain}`),
        eb("host", "like", `${domain}:%`),
        eb("host", "like", `%.${domain}:%`),
        // The host of an id may differ from that of the handle; what fits too much is judged once more by the caller.
        eb("uri", "like", `%${domain}%`),
      ]),
    );
  return await query.orderBy("id").limit(limit).execute();
}

/** Hides actors because of their server; those that were suspended by themselves stay so. */
export async function hideActors(db: Db, ids: readonly number[], now: number): Promise<void> {
  await db
    .updateTable("actors")
    .set({ suspended_at: now, suspended_by: "domain" })
    .where("id", "in", [...ids])
    .where("suspended_at", "is", null)
    .execute();
}

/** Shows actors again that were hidden because of their server, and no others. */
export async function showActors(db: Db, ids: readonly number[]): Promise<void> {
  await db
    .updateTable("actors")
    .set({ suspended_at: null, suspended_by: null })
    .where("id", "in", [...ids])
    .where("suspended_by", "=", "domain")
    .execute();
}

/** Limits actors because of their server; those that were limited by themselves stay so. */
export async function limitActors(db: Db, ids: readonly number[], now: number): Promise<void> {
  await db
    .updateTable("actors")
    .set({ limited_at: now, limited_by: "domain" })
    .where("id", "in", [...ids])
    .where("limited_at", "is", null)
    .execute();
}

/** Ends limits that were there because of a server, and no others. */
export async function unlimitActors(db: Db, ids: readonly number[]): Promise<void> {
  await db
    .updateTable("actors")
    .set({ limited_at: null, limited_by: null })
    .where("id", "in", [...ids])
    .where("limited_by", "=", "domain")
    .execute();
}

/** Says of actors whether pictures of theirs are shown. */
export async function rejectMediaOf(db: Db, ids: readonly number[], isRejected: 0 | 1): Promise<void> {
  await db
    .updateTable("actors")
    .set({ media_rejected: isRejected })
    .where("id", "in", [...ids])
    .execute();
}

/** Addresses of the pictures that actors and their notes have, above an attachment. Index: notes (actor_id, id). */
export async function listPicturesOf(
  db: Db,
  actorIds: readonly number[],
  after: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly urls: readonly string[] }[]> {
  const rows = await db
    .selectFrom("attachments")
    .innerJoin("notes", "notes.id", "attachments.note_id")
    .select(["attachments.id", "attachments.remote_url", "attachments.cover_url"])
    .where("notes.actor_id", "in", [...actorIds])
    .where("attachments.id", ">", after)
    .orderBy("attachments.id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    urls: [row.remote_url, row.cover_url].filter((url) => url !== null),
  }));
}

/** Follows between these remote actors and members here, either way. Index: follows (actor_id | target_id, state, id). */
export async function listFollowsWith(
  db: Db,
  remoteIds: readonly number[],
): Promise<readonly { readonly actor_id: number; readonly target_id: number; readonly state: string }[]> {
  const columns = ["actor_id", "target_id", "state"] as const;
  const out = await db
    .selectFrom("follows")
    .select(columns)
    .where("actor_id", "in", [...remoteIds])
    .execute();
  const back = await db
    .selectFrom("follows")
    .select(columns)
    .where("target_id", "in", [...remoteIds])
    .execute();
  return [...out, ...back];
}
