import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { ReportCommentsTable } from "./safety-schema.ts";

export type ReportCommentRow = Selectable<ReportCommentsTable>;

/** Adds what a moderator says about a report. */
export async function insertReportComment(db: Db, row: ReportCommentRow): Promise<void> {
  await db.insertInto("report_comments").values(row).execute();
}

/** What moderators said about a report, oldest first. Index: report_comments (report_id, id). */
export async function listReportComments(
  db: Db,
  reportId: number,
  limit: number,
): Promise<readonly ReportCommentRow[]> {
  const newest = await db
    .selectFrom("report_comments")
    .selectAll()
    .where("report_id", "=", reportId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return newest.toReversed();
}
