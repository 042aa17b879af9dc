import type { Insertable, Selectable, Updateable } from "kysely";
import { sql } from "kysely";
import type { Db } from "./database.ts";
import type { StandbyAgreementsTable, StandbyConsentsTable } from "./lifeboat-schema.ts";

// Agreements of both roles, and at the home: who agreed and what waits to be told.

export type AgreementRow = Selectable<StandbyAgreementsTable>;
export type ConsentRow = Selectable<StandbyConsentsTable>;

/** Keeps an agreement that was offered or asked for. */
export async function insertAgreement(db: Db, row: Insertable<StandbyAgreementsTable>): Promise<void> {
  await db.insertInto("standby_agreements").values(row).execute();
}

/** Every agreement, those that are open first, then newest first; there are a handful. */
export async function listAgreementRows(db: Db): Promise<readonly AgreementRow[]> {
  return await db
    .selectFrom("standby_agreements")
    .selectAll()
    .orderBy(sql`case when state = 'agreed' then 0 when state = 'ended' then 2 else 1 end`)
    .orderBy("id", "desc")
    .limit(200)
    .execute();
}

/** Forgets a question of another server that nobody answered. */
export async function removeOffer(db: Db, id: number): Promise<void> {
  await db.deleteFrom("standby_agreements").where("id", "=", id).where("state", "=", "asked").execute();
}

/** An agreement by id. */
export async function findAgreement(db: Db, id: number): Promise<AgreementRow | undefined> {
  return await db.selectFrom("standby_agreements").selectAll().where("id", "=", id).executeTakeFirst();
}

/** What this server is in an agreement. Index: standby_agreements (uri, role). */
export async function findAgreementByUri(
  db: Db,
  uri: string,
  role: "home" | "standby",
): Promise<AgreementRow | undefined> {
  return await db
    .selectFrom("standby_agreements")
    .selectAll()
    .where("uri", "=", uri)
    .where("role", "=", role)
    .executeTakeFirst();
}

/** Changes columns of an agreement. */
export async function updateAgreement(
  db: Db,
  id: number,
  change: Updateable<StandbyAgreementsTable>,
): Promise<void> {
  await db.updateTable("standby_agreements").set(change).where("id", "=", id).execute();
}

/** Goes on by one segment if nobody else did meanwhile; true when this call did. */
export async function advanceAgreement(
  db: Db,
  id: number,
  from: { readonly seq: number; readonly head: string | null },
  to: Updateable<StandbyAgreementsTable> & { readonly seq: number; readonly head: string },
): Promise<boolean> {
  const done = await db
    .updateTable("standby_agreements")
    .set(to)
    .where("id", "=", id)
    .where("seq", "=", from.seq)
    .where("head", from.head === null ? "is" : "=", from.head)
    .where("state", "=", "agreed")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Agreements that ended before a time and whose things are still here. */
export async function listEndedAgreements(db: Db, before: number): Promise<readonly AgreementRow[]> {
  return await db
    .selectFrom("standby_agreements")
    .selectAll()
    .where("state", "=", "ended")
    .where("ended_at", "<", before)
    .where("role", "=", "standby")
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("standby_members")
          .select("standby_members.id")
          .whereRef("standby_members.agreement_id", "=", "standby_agreements.id")
          .where("standby_members.state", "=", "hidden"),
      ),
    )
    .execute();
}

/** A member's consent; false when it was given before. */
export async function insertConsent(
  db: Db,
  row: { readonly actor_id: number; readonly agreement_id: number; readonly created_at: number },
): Promise<boolean> {
  const done = await db
    .insertInto("standby_consents")
    .values({ ...row, standby_uri: null })
    .onConflict((conflict) => conflict.columns(["actor_id", "agreement_id"]).doNothing())
    .returning("actor_id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Takes a consent back; false when there was none. */
export async function removeConsent(db: Db, actorId: number, agreementId: number): Promise<boolean> {
  const done = await db
    .deleteFrom("standby_consents")
    .where("actor_id", "=", actorId)
    .where("agreement_id", "=", agreementId)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** What a member agreed to. Index: primary key of standby_consents. */
export async function listConsentsOf(db: Db, actorId: number): Promise<readonly ConsentRow[]> {
  return await db.selectFrom("standby_consents").selectAll().where("actor_id", "=", actorId).execute();
}

/** Who agreed. Index: standby_consents (agreement_id). */
export async function listConsentRows(db: Db, agreementId: number): Promise<readonly ConsentRow[]> {
  return await db
    .selectFrom("standby_consents")
    .selectAll()
    .where("agreement_id", "=", agreementId)
    .orderBy("actor_id")
    .execute();
}

/** Consents of some actors. Index: primary key of standby_consents. */
export async function findConsents(
  db: Db,
  agreementId: number,
  actorIds: readonly number[],
): Promise<readonly ConsentRow[]> {
  if (actorIds.length === 0) return [];
  return await db
    .selectFrom("standby_consents")
    .selectAll()
    .where("agreement_id", "=", agreementId)
    .where("actor_id", "in", [...actorIds])
    .execute();
}

/** How many agreed to each agreement, and for how many of them the standby has an account. */
export async function countConsents(
  db: Db,
): Promise<ReadonlyMap<number, { readonly members: number; readonly kept: number }>> {
  const rows = await db
    .selectFrom("standby_consents")
    .select(["agreement_id", (eb) => eb.fn.countAll<number>().as("members")])
    .select((eb) => eb.fn.count<number>("standby_uri").as("kept"))
    .groupBy("agreement_id")
    .execute();
  return new Map(
    rows.map((row) => [row.agreement_id, { members: Number(row.members), kept: Number(row.kept) }]),
  );
}

/** Changes columns of one consent. */
export async function updateConsent(
  db: Db,
  actorId: number,
  agreementId: number,
  change: Updateable<StandbyConsentsTable>,
): Promise<void> {
  await db
    .updateTable("standby_consents")
    .set(change)
    .where("actor_id", "=", actorId)
    .where("agreement_id", "=", agreementId)
    .execute();
}

/** Moves consents to the agreement that replaces another one; everything is sent there from the beginning. */
export async function moveConsents(db: Db, from: number, to: number): Promise<void> {
  await db
    .updateTable("standby_consents")
    .set({ agreement_id: to })
    .where("agreement_id", "=", from)
    .execute();
  await resetConsents(db, to);
}

/** Begins the walk over everything that members have anew. */
export async function resetConsents(db: Db, agreementId: number): Promise<void> {
  await db
    .updateTable("standby_consents")
    .set({ walked_id: 0, walked: 0, kit_at: 0, followers_at: 0, followers_mark: null })
    .where("agreement_id", "=", agreementId)
    .execute();
}

/** Removes all consents to an agreement that ended. */
export async function removeConsentsTo(db: Db, agreementId: number): Promise<void> {
  await db.deleteFrom("standby_consents").where("agreement_id", "=", agreementId).execute();
  await db.deleteFrom("standby_changes").where("agreement_id", "=", agreementId).execute();
  await db.deleteFrom("standby_segments").where("agreement_id", "=", agreementId).execute();
}

/** Something that a standby has to be told. */
export type Change = {
  readonly kind: "note" | "member" | "left";
  readonly objectId: number;
  readonly actorId: number;
};

/**
 * Writes a change down for each agreement that the actor agreed to, and gives their ids. `id` must be new: it says which of
 * two changes of one thing was told.
 */
export async function insertChanges(db: Db, change: Change, id: number): Promise<readonly number[]> {
  const { rows } = await sql<{ agreement_id: number }>`
    insert into standby_changes (agreement_id, kind, object_id, actor_id, id)
    select agreement_id, ${change.kind}, ${sql.lit(change.objectId)}, actor_id, ${sql.lit(id)}
    from standby_consents where actor_id = ${change.actorId}
    on conflict (agreement_id, kind, object_id) do update set id = excluded.id
    returning agreement_id`.execute(db);
  return rows.map((row) => row.agreement_id);
}

/** That a member takes part in one agreement no more. */
export async function insertLeft(db: Db, agreementId: number, actorId: number, id: number): Promise<void> {
  await db
    .insertInto("standby_changes")
    .values({ agreement_id: agreementId, kind: "left", object_id: actorId, actor_id: actorId, id })
    .onConflict((conflict) => conflict.columns(["agreement_id", "kind", "object_id"]).doUpdateSet({ id }))
    .execute();
}

/** All members anew, after a loss. */
export async function insertMemberChanges(db: Db, agreementId: number, id: number): Promise<void> {
  await sql`
    insert into standby_changes (agreement_id, kind, object_id, actor_id, id)
    select agreement_id, 'member', actor_id, actor_id, ${sql.lit(id)}
    from standby_consents where agreement_id = ${agreementId}
    on conflict (agreement_id, kind, object_id) do update set id = excluded.id`.execute(db);
}

export type ChangeRow = {
  readonly kind: string;
  readonly object_id: number;
  readonly actor_id: number;
  readonly id: number;
};

/** What waits, oldest first. Index: standby_changes (agreement_id, id). */
export async function listChanges(db: Db, agreementId: number, limit: number): Promise<readonly ChangeRow[]> {
  return await db
    .selectFrom("standby_changes")
    .select(["kind", "object_id", "actor_id", "id"])
    .where("agreement_id", "=", agreementId)
    .orderBy("id")
    .orderBy("kind")
    .orderBy("object_id")
    .limit(limit)
    .execute();
}

/** Forgets a change, unless the thing changed again since it was read. */
export async function removeChange(db: Db, agreementId: number, row: ChangeRow): Promise<void> {
  await db
    .deleteFrom("standby_changes")
    .where("agreement_id", "=", agreementId)
    .where("kind", "=", row.kind)
    .where("object_id", "=", row.object_id)
    .where("id", "=", row.id)
    .execute();
}

/** Forgets everything that waits. */
export async function removeChanges(db: Db, agreementId: number): Promise<void> {
  await db.deleteFrom("standby_changes").where("agreement_id", "=", agreementId).execute();
}

/** Removes what an actor that leaves has with standbys. */
export async function removeStandbyTraces(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("standby_consents").where("actor_id", "=", actorId).execute();
  await db
    .deleteFrom("standby_changes")
    .where("actor_id", "=", actorId)
    .where("kind", "!=", "left")
    .execute();
}

/** True when the account of this name at a standby's side waits for a member of another home. Index: standby_members (username). */
export async function isHeldName(db: Db, username: string): Promise<boolean> {
  const row = await db
    .selectFrom("standby_members")
    .select("id")
    .where("username", "=", username)
    .executeTakeFirst();
  return row !== undefined;
}
