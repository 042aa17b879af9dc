import { type Db, dialectOf } from "./database.ts";

/** Longer than anything is put off by itself: back-off and `Retry-After` 12 hours, resting hosts a day. */
const LONGEST_MS = 25 * 3_600_000;

/**
 * Makes due what was put off while the clock of this machine was days ahead, and would otherwise wait until it is as late as it
 * was then (threats, clock jumps). Jobs of PostgreSQL go by the clock of PostgreSQL. Small tables but for deliveries, of which
 * only those of such hosts are read: index deliveries_queue.
 */
export async function pullIn(db: Db, now: number): Promise<void> {
  const tooLate = now + LONGEST_MS;
  const hosts = await db
    .selectFrom("hosts")
    .select("host")
    .where((eb) => eb.or([eb("due_at", ">", tooLate), eb("retry_at", ">", tooLate)]))
    .execute();
  for (let begin = 0; begin < hosts.length; begin += 500) {
    const names = hosts.slice(begin, begin + 500).map(({ host }) => host);
    await db
      .updateTable("deliveries")
      .set({ run_at: now })
      .where("host", "in", names)
      .where("run_at", ">", tooLate)
      .execute();
    await db
      .updateTable("hosts")
      .set((eb) => ({
        retry_at: eb.case().when("retry_at", ">", tooLate).then(now).else(eb.ref("retry_at")).end(),
        due_at: eb.case().when("due_at", ">", tooLate).then(now).else(eb.ref("due_at")).end(),
      }))
      .where("host", "in", names)
      .execute();
  }
  if (dialectOf(db) !== "sqlite") return;
  await db
    .updateTable("jobs")
    .set({ run_at: now })
    .where("run_at", ">", tooLate)
    .where("dead_at", "is", null)
    .where((eb) => eb.or([eb("attempts", ">", 0), eb("created_at", ">", now)]))
    .execute();
}
