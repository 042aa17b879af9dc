import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { StandbyMediaTable } from "./lifeboat-schema.ts";

// At the standby: files of members, and what uses them.

/** PostgreSQL and SQLite both take some ten thousand values, not more. */
const MOST_VALUES = 20_000;

export type MediaRow = Selectable<StandbyMediaTable>;

/** Names a file of an object; its bytes come later. Returns by how many bytes more is kept. */
export async function putMedia(
  db: Db,
  file: {
    readonly agreementId: number;
    readonly objectUri: string;
    readonly actorUri: string;
    readonly hash: string;
    readonly mediaType: string;
    readonly size: number;
    readonly path: string;
  },
): Promise<number> {
  const { agreementId, objectUri, actorUri, hash } = file;
  await db
    .insertInto("standby_media_uses")
    .values({ agreement_id: agreementId, object_uri: objectUri, hash, actor_uri: actorUri })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await db
    .insertInto("standby_media")
    .values({
      agreement_id: agreementId,
      hash,
      file: null,
      media_type: file.mediaType,
      size: file.size,
      path: file.path,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("hash")
    .executeTakeFirst();
  if (made !== undefined) return file.size;
  // It may be found at another place by now.
  await db
    .updateTable("standby_media")
    .set({ path: file.path, tries: 0 })
    .where("agreement_id", "=", agreementId)
    .where("hash", "=", hash)
    .where("file", "is", null)
    .execute();
  return 0;
}

/** Removes uses of files, and the files that nothing uses any more. Index: standby_media_uses (primary key, actor, hash). */
export async function removeMediaUses(
  db: Db,
  of: {
    readonly agreementId: number;
    readonly actorUri: string;
    /** Of this object alone. */
    readonly objectUri?: string;
    /** Those that it still has. */
    readonly except?: readonly string[];
  },
): Promise<{ readonly bytes: number; readonly files: readonly string[] }> {
  let query = db
    .deleteFrom("standby_media_uses")
    .where("agreement_id", "=", of.agreementId)
    .where("actor_uri", "=", of.actorUri);
  if (of.objectUri !== undefined) query = query.where("object_uri", "=", of.objectUri);
  if (of.except !== undefined && of.except.length > 0) query = query.where("hash", "not in", [...of.except]);
  const gone = await query.returning("hash").execute();
  if (gone.length === 0) return { bytes: 0, files: [] };
  const removed = await db
    .deleteFrom("standby_media")
    .where("agreement_id", "=", of.agreementId)
    .where("hash", "in", [...new Set(gone.map((row) => row.hash))].slice(0, MOST_VALUES))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("standby_media_uses")
            .select("standby_media_uses.hash")
            .whereRef("standby_media_uses.hash", "=", "standby_media.hash")
            .where("standby_media_uses.agreement_id", "=", of.agreementId),
        ),
      ),
    )
    .returning(["file", "size"])
    .execute();
  return {
    bytes: removed.reduce((sum, row) => sum + row.size, 0),
    files: removed.flatMap((row) => row.file ?? []),
  };
}

/** Files that are not here yet, those that were tried least first. */
export async function listMissingMedia(
  db: Db,
  agreementId: number,
  limit: number,
  mostTries: number,
): Promise<readonly MediaRow[]> {
  return await db
    .selectFrom("standby_media")
    .selectAll()
    .where("agreement_id", "=", agreementId)
    .where("file", "is", null)
    .where("tries", "<", mostTries)
    .orderBy("tries")
    .orderBy("hash")
    .limit(limit)
    .execute();
}

/** Writes down that a file is here now; false when nobody wants it any more. */
export async function keepMedia(db: Db, agreementId: number, hash: string, file: string): Promise<boolean> {
  const done = await db
    .updateTable("standby_media")
    .set({ file })
    .where("agreement_id", "=", agreementId)
    .where("hash", "=", hash)
    .where("file", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Counts a try that failed. */
export async function countMediaTry(db: Db, agreementId: number, hash: string): Promise<void> {
  await db
    .updateTable("standby_media")
    .set((eb) => ({ tries: eb("tries", "+", 1) }))
    .where("agreement_id", "=", agreementId)
    .where("hash", "=", hash)
    .execute();
}

/** Files of some objects of a member. Index: primary key of standby_media_uses. */
export async function listMediaOf(
  db: Db,
  agreementId: number,
  objectUris: readonly string[],
): Promise<readonly (MediaRow & { readonly object_uri: string })[]> {
  if (objectUris.length === 0) return [];
  return await db
    .selectFrom("standby_media_uses")
    .innerJoin("standby_media", (join) =>
      join
        .onRef("standby_media.agreement_id", "=", "standby_media_uses.agreement_id")
        .onRef("standby_media.hash", "=", "standby_media_uses.hash"),
    )
    .selectAll("standby_media")
    .select("standby_media_uses.object_uri")
    .where("standby_media_uses.agreement_id", "=", agreementId)
    .where("standby_media_uses.object_uri", "in", [...objectUris])
    .execute();
}

/** Names of every file that is kept for homes. Index: primary key of standby_media. */
export async function listReplicaFiles(
  db: Db,
  after: { readonly agreementId: number; readonly hash: string },
  limit: number,
): Promise<readonly Pick<MediaRow, "agreement_id" | "hash" | "file">[]> {
  return await db
    .selectFrom("standby_media")
    .select(["agreement_id", "hash", "file"])
    .where((eb) =>
      eb.or([
        eb("agreement_id", ">", after.agreementId),
        eb.and([eb("agreement_id", "=", after.agreementId), eb("hash", ">", after.hash)]),
      ]),
    )
    .orderBy("agreement_id")
    .orderBy("hash")
    .limit(limit)
    .execute();
}
