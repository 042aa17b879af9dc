import { addToActorCounts } from "./actors.ts";
import { emptyAppealsOf } from "./appeals.ts";
import { removeArrivalsOf } from "./arrivals.ts";
import { FILE_COLUMNS, filesOf } from "./attachments.ts";
import type { Db } from "./database.ts";
import { emptyDecisionsAbout } from "./decisions.ts";
import { removeBoardsOf } from "./boards.ts";
import { removeCollectionsOf } from "./collections.ts";
import { removeSevered } from "./domains.ts";
import { removeIdentity } from "./identities.ts";
import { removeEscapeTraces } from "./escapes.ts";
import { removeListsOf } from "./lists.ts";
import { addToNoteCount, type NoteRow } from "./notes.ts";
import { removePersonalTraces } from "./relations.ts";
import { emptyReportsOf } from "./reports.ts";
import { removeReplicaOf } from "./standby-replicas.ts";
import { removeStandbyTraces } from "./standbys.ts";

/** Notes of an actor that are not buried yet. Index: notes (actor_id, id). */
export async function listNotesOfActor(db: Db, actorId: number, limit: number): Promise<readonly NoteRow[]> {
  return await db
    .selectFrom("notes")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("deleted_at", "is", null)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Removes what else a deleted actor left: reactions, relations, uploads, keys. Returns names of files that are now nobody's. */
export async function removeActorTraces(db: Db, actorId: number): Promise<readonly string[]> {
  for (const [table, column] of [
    ["likes", "likes_count"],
    ["announces", "announces_count"],
  ] as const) {
    const rows = await db.deleteFrom(table).where("actor_id", "=", actorId).returning("note_id").execute();
    for (const row of rows) await addToNoteCount(db, row.note_id, column, -1);
  }
  await db.deleteFrom("entries").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("bookmarks").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("reactions").where("actor_id", "=", actorId).execute();
  await db
    .deleteFrom("interactions")
    .where((eb) => eb.or([eb("actor_id", "=", actorId), eb("author_id", "=", actorId)]))
    .execute();
  for (const table of ["notifications", "notification_requests", "notification_permissions"] as const)
    await db.deleteFrom(table).where("actor_id", "=", actorId).execute();
  await db.deleteFrom("pins").where("actor_id", "=", actorId).execute();
  await removeCollectionsOf(db, actorId);
  await removeBoardsOf(db, actorId);
  await removeListsOf(db, actorId);
  await db.deleteFrom("tag_follows").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("featured_tags").where("actor_id", "=", actorId).execute();
  await removeEscapeTraces(db, actorId);
  await removeFollowsOf(db, actorId);
  await removeSevered(db, actorId);
  await emptyReportsOf(db, actorId);
  await emptyAppealsOf(db, actorId);
  await emptyDecisionsAbout(db, actorId);
  await removePersonalTraces(db, actorId);
  await removeArrivalsOf(db, actorId);
  await removeIdentity(db, actorId);
  for (const table of ["blocks", "mutes"] as const)
    await db
      .deleteFrom(table)
      .where((eb) => eb.or([eb("actor_id", "=", actorId), eb("target_id", "=", actorId)]))
      .execute();
  const uploads = await db
    .deleteFrom("attachments")
    .where("actor_id", "=", actorId)
    .returning(FILE_COLUMNS)
    .execute();
  await removeStandbyTraces(db, actorId);
  return [...uploads.flatMap(filesOf), ...(await removeReplicaOf(db, actorId))];
}

async function removeFollowsOf(db: Db, actorId: number): Promise<void> {
  const out = await db
    .deleteFrom("follows")
    .where("actor_id", "=", actorId)
    .returning(["target_id", "state"])
    .execute();
  for (const row of out)
    if (row.state === "accepted") await addToActorCounts(db, row.target_id, { followers: -1 });
  const back = await db
    .deleteFrom("follows")
    .where("target_id", "=", actorId)
    .returning(["actor_id", "state"])
    .execute();
  for (const row of back)
    if (row.state === "accepted") await addToActorCounts(db, row.actor_id, { following: -1 });
}
