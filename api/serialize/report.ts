import { isoTime } from "../../server/context.ts";
import type { ReportView } from "../../server/domain/report.ts";
import type { Report } from "../entities/report.ts";
import { toAccount } from "./account.ts";

/** A report as whoever wrote it sees it: nothing about who takes care of it. */
export function toReport(origin: string, report: ReportView): Report {
  return {
    id: String(report.id),
    action_taken: report.state === "resolved",
    action_taken_at: report.resolvedAt === null ? null : isoTime(report.resolvedAt),
    category: report.category,
    comment: report.comment,
    forwarded: report.forwarded,
    created_at: isoTime(report.createdAt),
    status_ids: report.noteIds.map(String),
    rule_ids: [...report.ruleIds],
    collection_ids: report.collectionIds.map(String),
    target_account: toAccount(origin, report.target),
  };
}
