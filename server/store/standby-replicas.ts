import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Db } from "./database.ts";
import { removeEntrustedOf } from "./entrusted-keys.ts";
import type { StandbyMembersTable, StandbyRecordsTable } from "./lifeboat-schema.ts";
import { removeMediaUses } from "./standby-media.ts";

// At the standby: members of a home, what is kept of them, and their files.

export type MemberRow = Selectable<StandbyMembersTable>;
export type RecordRow = Selectable<StandbyRecordsTable>;

/** A member by id. */
export async function findMember(db: Db, id: number): Promise<MemberRow | undefined> {
  return await db.selectFrom("standby_members").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Members by their actors at home. Index: standby_members (agreement_id, actor_uri). */
export async function findMembersByUri(
  db: Db,
  agreementId: number,
  uris: readonly string[],
): Promise<readonly MemberRow[]> {
  const found: MemberRow[] = [];
  // PostgreSQL and SQLite both take some thousands of values, not more.
  for (let at = 0; at < uris.length; at += 500)
    found.push(
      ...(await db
        .selectFrom("standby_members")
        .selectAll()
        .where("agreement_id", "=", agreementId)
        .where("actor_uri", "in", uris.slice(at, at + 500))
        .execute()),
    );
  return found;
}

/** Members of an agreement with what a list shows, a page at a time. Index: standby_members (agreement_id, actor_uri). */
export async function listMembers(
  db: Db,
  agreementId: number,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly Pick<MemberRow, "id" | "actor_uri" | "handle" | "state" | "username" | "actor_id">[]> {
  return await db
    .selectFrom("standby_members")
    .select(["id", "actor_uri", "handle", "state", "username", "actor_id"])
    .where("agreement_id", "=", agreementId)
    .where("actor_uri", ">", page.after)
    .orderBy("actor_uri")
    .limit(page.limit)
    .execute();
}

/** Members whose keys are not made yet. */
export async function listKeylessMembers(
  db: Db,
  limit: number,
): Promise<readonly { readonly id: number; readonly actor_id: number }[]> {
  const rows = await db
    .selectFrom("standby_members")
    .select(["id", "actor_id"])
    .where("state", "=", "hidden")
    .where("keys", "is", null)
    .where("actor_id", "is not", null)
    .limit(limit)
    .execute();
  return rows.flatMap(({ id, actor_id }) => (actor_id === null ? [] : [{ id, actor_id }]));
}

/** Adds a member. */
export async function insertMember(db: Db, row: Insertable<StandbyMembersTable>): Promise<void> {
  await db.insertInto("standby_members").values(row).execute();
}

/** Changes columns of a member. */
export async function updateMember(
  db: Db,
  id: number,
  change: Updateable<StandbyMembersTable>,
): Promise<void> {
  await db.updateTable("standby_members").set(change).where("id", "=", id).execute();
}

/** Lets did:keys count that homes have named since before a time. */
export async function promoteDids(db: Db, before: number): Promise<void> {
  await db
    .updateTable("standby_members")
    .set((eb) => ({ did: eb.ref("did_next"), did_next: null, did_next_at: null }))
    .where("did_next_at", "<=", before)
    .where("state", "=", "hidden")
    .execute();
}

/** How many members, notes and bytes each agreement has here. */
export async function countReplicas(
  db: Db,
): Promise<
  ReadonlyMap<number, { readonly members: number; readonly notes: number; readonly files: number }>
> {
  const { rows } = await sql<{ id: number; members: number; notes: number; files: number }>`
    select a.id as id,
      (select count(*) from standby_members m where m.agreement_id = a.id) as members,
      (select count(*) from standby_records r where r.agreement_id = a.id) as notes,
      (select count(*) from standby_media f where f.agreement_id = a.id and f.file is not null) as files
    from standby_agreements a where a.role = 'standby'`.execute(db);
  return new Map(
    rows.map((row) => [
      Number(row.id),
      { members: Number(row.members), notes: Number(row.notes), files: Number(row.files) },
    ]),
  );
}

/** True when a launch was ordered for an agreement: from then on the home is listened to no more. */
export async function isEvacuating(db: Db, agreementId: number): Promise<boolean> {
  const row = await db
    .selectFrom("evacuations")
    .select("id")
    .where("agreement_id", "=", agreementId)
    .where("state", "in", ["waiting", "running", "done"])
    .executeTakeFirst();
  return row !== undefined;
}

/** Writes a record over what was there. Returns by how many bytes more is kept. */
export async function putRecord(
  db: Db,
  row: Insertable<StandbyRecordsTable> & { readonly size: number },
): Promise<number> {
  const before = await db
    .selectFrom("standby_records")
    .select(["size", "actor_uri"])
    .where("agreement_id", "=", row.agreement_id)
    .where("object_uri", "=", row.object_uri)
    .executeTakeFirst();
  await db
    .insertInto("standby_records")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["agreement_id", "object_uri"]).doUpdateSet({
        actor_uri: row.actor_uri,
        kind: row.kind,
        body: row.body,
        seq: row.seq,
        size: row.size,
      }),
    )
    .execute();
  return row.size - (before?.size ?? 0);
}

/** Removes what is kept of an object of this member. Returns by how many bytes less. */
export async function removeRecord(
  db: Db,
  of: { readonly agreementId: number; readonly objectUri: string; readonly actorUri: string },
): Promise<number> {
  const row = await db
    .deleteFrom("standby_records")
    .where("agreement_id", "=", of.agreementId)
    .where("object_uri", "=", of.objectUri)
    .where("actor_uri", "=", of.actorUri)
    .returning("size")
    .executeTakeFirst();
  return row?.size ?? 0;
}

/** Whose an object is that is kept already; null when it is not. */
export async function ownerOfRecord(db: Db, agreementId: number, objectUri: string): Promise<string | null> {
  const row = await db
    .selectFrom("standby_records")
    .select("actor_uri")
    .where("agreement_id", "=", agreementId)
    .where("object_uri", "=", objectUri)
    .executeTakeFirst();
  return row?.actor_uri ?? null;
}

/** Removes a member with everything, the old key included. Returns bytes and names of files that are nobody's now. */
export async function removeMember(
  db: Db,
  member: Pick<MemberRow, "id" | "agreement_id" | "actor_uri">,
): Promise<{ readonly bytes: number; readonly files: readonly string[] }> {
  const media = await removeMediaUses(db, {
    agreementId: member.agreement_id,
    actorUri: member.actor_uri,
  });
  const records = await db
    .deleteFrom("standby_records")
    .where("agreement_id", "=", member.agreement_id)
    .where("actor_uri", "=", member.actor_uri)
    .returning("size")
    .execute();
  const row = await db
    .deleteFrom("standby_members")
    .where("id", "=", member.id)
    .returning(["profile", "kit", "followers"])
    .executeTakeFirst();
  await removeEntrustedOf(db, member.actor_uri);
  const own = row === undefined ? 0 : memberSize(row);
  return { bytes: media.bytes + own + records.reduce((sum, one) => sum + one.size, 0), files: media.files };
}

/** Bytes of what a home says of a member; they count like what the member wrote. */
export function memberSize(row: Pick<MemberRow, "profile" | "kit" | "followers">): number {
  return [row.profile, row.kit, row.followers].reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}

/** Removes what was kept for somebody who took their account here and has deleted it. Index: standby_members (actor_id). */
export async function removeReplicaOf(db: Db, actorId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("standby_members")
    .select(["id", "agreement_id", "actor_uri"])
    .where("actor_id", "=", actorId)
    .execute();
  const files: string[] = [];
  for (const row of rows) files.push(...(await removeMember(db, row)).files);
  return files;
}

/** What is kept of a member, by the objects' uris. Index: standby_records (agreement_id, actor_uri, kind, object_uri). */
export async function listRecords(
  db: Db,
  of: { readonly agreementId: number; readonly actorUri: string; readonly kind: string },
  page: { readonly after: string; readonly limit: number },
): Promise<readonly RecordRow[]> {
  return await db
    .selectFrom("standby_records")
    .selectAll()
    .where("agreement_id", "=", of.agreementId)
    .where("actor_uri", "=", of.actorUri)
    .where("kind", "=", of.kind)
    .where("object_uri", ">", page.after)
    .orderBy("object_uri")
    .limit(page.limit)
    .execute();
}

/** Moves everything that is kept to the agreement that replaces another one, so that accounts keep their addresses. */
export async function moveReplicas(db: Db, from: number, to: number): Promise<void> {
  await db
    .updateTable("standby_members")
    .set({ agreement_id: to })
    .where("agreement_id", "=", from)
    .execute();
  await db
    .updateTable("standby_records")
    .set({ agreement_id: to })
    .where("agreement_id", "=", from)
    .execute();
  await db.updateTable("standby_media").set({ agreement_id: to }).where("agreement_id", "=", from).execute();
  await db
    .updateTable("standby_media_uses")
    .set({ agreement_id: to })
    .where("agreement_id", "=", from)
    .execute();
}

/** The member whom an actor of ours waited for. Index: standby_members (actor_id). */
export async function findMemberOfActor(db: Db, actorId: number): Promise<MemberRow | undefined> {
  return await db
    .selectFrom("standby_members")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("state", "=", "launched")
    .executeTakeFirst();
}

/** How many notes of a member are kept, open and sealed. Index: standby_records (agreement_id, actor_uri, kind, object_uri). */
export async function countReplicaRecords(
  db: Db,
  agreementId: number,
  actorUri: string,
): Promise<{ readonly open: number; readonly sealed: number }> {
  const rows = await db
    .selectFrom("standby_records")
    .select(["kind", (eb) => eb.fn.countAll<number>().as("count")])
    .where("agreement_id", "=", agreementId)
    .where("actor_uri", "=", actorUri)
    .where("kind", "in", ["public", "sealed"])
    .groupBy("kind")
    .execute();
  const countOf = (kind: string) => Number(rows.find((row) => row.kind === kind)?.count ?? 0);
  return { open: countOf("public"), sealed: countOf("sealed") };
}
