import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { AppealsTable } from "./safety-schema.ts";

// What people concerned said against decisions; one appeal a decision.

export type AppealRow = Selectable<AppealsTable>;

/** Writes down an appeal; false when there is one against this decision already. */
export async function insertAppeal(db: Db, row: Insertable<AppealsTable>): Promise<boolean> {
  const done = await db
    .insertInto("appeals")
    .values(row)
    .onConflict((conflict) => conflict.column("decision_id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** One appeal. Index: the primary key. */
export async function findAppeal(db: Db, id: number): Promise<AppealRow | undefined> {
  return await db.selectFrom("appeals").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The appeals against some decisions. Index: appeals (decision_id), unique. */
export async function listAppealsAgainst(
  db: Db,
  decisionIds: readonly number[],
): Promise<readonly AppealRow[]> {
  if (decisionIds.length === 0) return [];
  return await db
    .selectFrom("appeals")
    .selectAll()
    .where("decision_id", "in", [...decisionIds])
    .execute();
}

/** Appeals in a state, newest first, without those of one actor. Index: appeals (state, id). */
export async function listAppealRows(
  db: Db,
  query: { readonly open: boolean; readonly exceptActorId: number },
  cursor: Cursor,
): Promise<Rows<AppealRow>> {
  let found = db
    .selectFrom("appeals")
    .selectAll()
    .where("actor_id", "!=", query.exceptActorId)
    .where("state", "in", query.open ? ["open"] : ["upheld", "overturned"]);
  if (cursor.before !== undefined) found = found.where("id", "<", cursor.before);
  if (cursor.after !== undefined) found = found.where("id", ">", cursor.after);
  const rows = await found
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(rows, cursor);
}

/** Closes an appeal; false when somebody did before. */
export async function closeAppeal(
  db: Db,
  id: number,
  end: {
    readonly state: "upheld" | "overturned";
    readonly byId: number | null;
    readonly answer: string | null;
    readonly at: number;
  },
): Promise<boolean> {
  const done = await db
    .updateTable("appeals")
    .set({ state: end.state, by_id: end.byId, answer: end.answer, decided_at: end.at })
    .where("id", "=", id)
    .where("state", "=", "open")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Empties what somebody who left had written against decisions; that they objected stays. */
export async function emptyAppealsOf(db: Db, actorId: number): Promise<void> {
  await db.updateTable("appeals").set({ comment: "" }).where("actor_id", "=", actorId).execute();
}

/** How many appeals wait, without those of one actor. Index: appeals (state, id). */
export async function countOpenAppeals(db: Db, exceptActorId: number): Promise<number> {
  const row = await db
    .selectFrom("appeals")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("state", "=", "open")
    .where("actor_id", "!=", exceptActorId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** True when somebody of these roles other than some actors may sign in. Accounts are few enough to be walked. */
export async function hasOtherJudge(
  db: Db,
  roles: readonly string[],
  exceptActorIds: readonly number[],
): Promise<boolean> {
  const row = await db
    .selectFrom("accounts")
    .select(sql<number>`1`.as("one"))
    .where("role", "in", [...roles])
    .where("suspended_at", "is", null)
    .where("actor_id", "not in", exceptActorIds.length === 0 ? [0] : [...exceptActorIds])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
