import type { Db } from "./database.ts";

// Activities that were taken and wait for a decision of people, not for a job.

/** Keeps an accepted activity until its actor is believed again. */
export async function holdInboxRow(db: Db, id: number): Promise<void> {
  await db.updateTable("inbox").set({ state: "held" }).where("id", "=", id).execute();
}

/** How many activities of an actor are held. Index: inbox (actor_uri, activity_uri). */
export async function countHeld(db: Db, actorUri: string): Promise<number> {
  const row = await db
    .selectFrom("inbox")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("actor_uri", "=", actorUri)
    .where("state", "=", "held")
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Lets an actor's held activities wait for a job again; their ids in the order they came. Index: inbox (actor_uri, activity_uri). */
export async function releaseHeldRows(db: Db, actorUri: string): Promise<readonly number[]> {
  const rows = await db
    .updateTable("inbox")
    .set({ state: "waiting" })
    .where("actor_uri", "=", actorUri)
    .where("state", "=", "held")
    .returning("id")
    .execute();
  return rows.map((row) => row.id).toSorted((a, b) => a - b);
}

/** Forgets an actor's held activities, as if they had never come. Index: inbox (actor_uri, activity_uri). */
export async function removeHeldRows(db: Db, actorUri: string): Promise<void> {
  await db.deleteFrom("inbox").where("actor_uri", "=", actorUri).where("state", "=", "held").execute();
}

/** Forgets what was held since before a time in ms. Reads the table, which holds little but what is held: once a day. */
export async function sweepHeld(db: Db, before: number): Promise<void> {
  await db.deleteFrom("inbox").where("state", "=", "held").where("received_at", "<", before).execute();
}
