import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { EvacuationsTable, StandbyAgreementsTable } from "./lifeboat-schema.ts";

export type EvacuationRow = Selectable<EvacuationsTable>;
export type AgreementRow = Selectable<StandbyAgreementsTable>;

/** States in which an evacuation is going on, or may still. */
export const OPEN_STATES = ["asked", "waiting", "running"] as const;

/** The agreement by which this server is the standby. Index: standby_agreements (uri, role). */
export async function findStandbyAgreement(db: Db, uri: string): Promise<AgreementRow | undefined> {
  return await db
    .selectFrom("standby_agreements")
    .selectAll()
    .where("uri", "=", uri)
    .where("role", "=", "standby")
    .executeTakeFirst();
}

/** An agreement by its number. */
export async function findAgreementById(db: Db, id: number): Promise<AgreementRow | undefined> {
  return await db.selectFrom("standby_agreements").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Agreements of one role that hold, or held and ended after a time in ms, newest first: a handful. */
export async function listAgreements(
  db: Db,
  role: "home" | "standby",
  endedAfter: number | null = null,
): Promise<readonly AgreementRow[]> {
  return await db
    .selectFrom("standby_agreements")
    .selectAll()
    .where("role", "=", role)
    .where("agreed_at", "is not", null)
    .where((eb) =>
      eb.or([
        eb("state", "=", "agreed"),
        ...(endedAfter === null
          ? []
          : [eb.and([eb("state", "=", "ended"), eb("ended_at", ">", endedAfter)])]),
      ]),
    )
    .orderBy("id", "desc")
    .limit(100)
    .execute();
}

/** An evacuation by its number. */
export async function findEvacuation(db: Db, id: number): Promise<EvacuationRow | undefined> {
  return await db.selectFrom("evacuations").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The evacuation of an order. */
export async function findEvacuationByUri(db: Db, uri: string): Promise<EvacuationRow | undefined> {
  return await db.selectFrom("evacuations").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Evacuations of an agreement, newest first. Index: evacuations_agreement. */
export async function listEvacuations(
  db: Db,
  agreementId: number,
  limit: number,
): Promise<readonly EvacuationRow[]> {
  return await db
    .selectFrom("evacuations")
    .selectAll()
    .where("agreement_id", "=", agreementId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Evacuations in some states. Index: evacuations_state. */
export async function listEvacuationsIn(
  db: Db,
  states: readonly string[],
): Promise<readonly EvacuationRow[]> {
  return await db
    .selectFrom("evacuations")
    .selectAll()
    .where("state", "in", states)
    .orderBy("id")
    .limit(100)
    .execute();
}

/** Adds an evacuation; false when the order is known already. */
export async function insertEvacuation(tx: Db, row: Insertable<EvacuationsTable>): Promise<boolean> {
  const done = await tx
    .insertInto("evacuations")
    .values(row)
    .onConflict((conflict) => conflict.column("uri").doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Changes an evacuation that is in one of some states; false when it is in none of them any more. */
export async function updateEvacuation(
  tx: Db,
  id: number,
  from: readonly string[],
  change: Partial<
    Pick<EvacuationRow, "state" | "document" | "approvals" | "begins_at" | "objection" | "finished_at">
  >,
): Promise<boolean> {
  const done = await tx
    .updateTable("evacuations")
    .set(change)
    .where("id", "=", id)
    .where("state", "in", from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
