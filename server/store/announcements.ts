import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db } from "./database.ts";
import type { AnnouncementsTable } from "./schema.ts";

export type AnnouncementRow = Selectable<AnnouncementsTable>;

/** Writes a new announcement. */
export async function insertAnnouncement(db: Db, row: Insertable<AnnouncementsTable>): Promise<void> {
  await db.insertInto("announcements").values(row).execute();
}

/** Changes one; false when there is none of that id. */
export async function updateAnnouncement(
  db: Db,
  id: number,
  change: Updateable<AnnouncementsTable>,
): Promise<boolean> {
  const done = await db.updateTable("announcements").set(change).where("id", "=", id).executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Removes one and who has read it; false when it was gone already. */
export async function removeAnnouncement(tx: Db, id: number): Promise<boolean> {
  await forgetReads(tx, id);
  const done = await tx.deleteFrom("announcements").where("id", "=", id).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Everybody sees it again who had put it away. */
export async function forgetReads(db: Db, id: number): Promise<void> {
  await db.deleteFrom("announcement_reads").where("announcement_id", "=", id).execute();
}

/** One by id. */
export async function findAnnouncement(db: Db, id: number): Promise<AnnouncementRow | undefined> {
  return await db.selectFrom("announcements").selectAll().where("id", "=", id).executeTakeFirst();
}

/** All of them, newest first (primary key). */
export async function listAnnouncementRows(db: Db, limit: number): Promise<readonly AnnouncementRow[]> {
  return await db.selectFrom("announcements").selectAll().orderBy("id", "desc").limit(limit).execute();
}

/** What is published, has begun, has not ended, and that an account has not put away; newest first. A small table, read whole. */
export async function listUnreadAnnouncements(
  db: Db,
  accountId: number,
  now: number,
  limit: number,
): Promise<readonly AnnouncementRow[]> {
  return await db
    .selectFrom("announcements")
    .selectAll()
    .where("published_at", "is not", null)
    .where((eb) => eb.or([eb("starts_at", "is", null), eb("starts_at", "<=", now)]))
    .where((eb) => eb.or([eb("ends_at", "is", null), eb("ends_at", ">", now)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("announcement_reads")
            .select("announcement_reads.account_id")
            .whereRef("announcement_reads.announcement_id", "=", "announcements.id")
            .where("announcement_reads.account_id", "=", accountId),
        ),
      ),
    )
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Which of them an account has put away; there are a hundred announcements at most. */
export async function findReadAnnouncements(db: Db, accountId: number): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom("announcement_reads")
    .select("announcement_id")
    .where("account_id", "=", accountId)
    .execute();
  return new Set(rows.map((row) => row.announcement_id));
}

/** Remembers that an account has put one away; twice is once. */
export async function markAnnouncementRead(db: Db, id: number, accountId: number): Promise<void> {
  await db
    .insertInto("announcement_reads")
    .values({ announcement_id: id, account_id: accountId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
