import type { Db } from "./database.ts";
import { type ReportSight, within } from "./report-queue.ts";

/** Languages of the reports in a state, with how many there are of each. Index: report_languages (language, report_id). */
export async function countReportLanguages(
  db: Db,
  state: string,
  sight: ReportSight,
): Promise<readonly { readonly language: string; readonly found: number }[]> {
  const rows = await db
    .selectFrom("report_languages")
    .innerJoin("reports", "reports.id", "report_languages.report_id")
    .select((eb) => ["report_languages.language", eb.fn.countAll<number>().as("found")])
    .where("reports.state", "=", state)
    .where(within(sight))
    .groupBy("report_languages.language")
    .orderBy("report_languages.language")
    .execute();
  return rows.map((row) => ({ language: row.language, found: Number(row.found) }));
}

/** Writes in which languages a report is, each a primary subtag. */
export async function insertReportLanguages(
  db: Db,
  reportId: number,
  languages: readonly string[],
): Promise<void> {
  if (languages.length === 0) return;
  await db
    .insertInto("report_languages")
    .values([...new Set(languages)].map((language) => ({ report_id: reportId, language })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Languages of some reports, by report. Index: report_languages (primary key). */
export async function findReportLanguages(
  db: Db,
  reportIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (reportIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("report_languages")
    .selectAll()
    .where("report_id", "in", [...reportIds])
    .orderBy("language")
    .execute();
  const found = Map.groupBy(rows, (row) => row.report_id);
  return new Map([...found].map(([id, lines]) => [id, lines.map((line) => line.language)]));
}
