import { isoTime } from "../../server/context.ts";
import type { DecisionView } from "../../server/domain/decision.ts";
import type { AccountWarning } from "../entities/notification.ts";
import { toAccount } from "./account.ts";

/** A decision as apps are told of it; null for those that are about nobody. `text` is the statement in plain words. */
export function toWarning(origin: string, decision: DecisionView): AccountWarning | null {
  const { actor, appeal, statement } = decision;
  if (actor === null) return null;
  return {
    id: String(decision.id),
    action: actionOf(decision),
    text: [statement.ground, statement.explanation, statement.decisionFacts]
      .filter((words) => words !== "")
      .join("\n\n"),
    status_ids: decision.noteId === null ? [] : [String(decision.noteId)],
    target_account: toAccount(origin, actor),
    appeal: appeal === null ? null : { text: appeal.comment, state: APPEALS[appeal.state] },
    created_at: isoTime(decision.createdAt),
  };
}

const APPEALS = { open: "pending", upheld: "rejected", overturned: "approved" } as const;

/** Mastodon knows no labels, and hides no note that it does not delete: those are nearest to what the person meets. */
function actionOf({ measure, noteId }: DecisionView): AccountWarning["action"] {
  switch (measure) {
    case "sensitive":
      return noteId === null ? "sensitive" : "mark_statuses_as_sensitive";
    case "hide":
      return "delete_statuses";
    case "limit":
      return "silence";
    case "delete":
      return noteId === null ? "suspend" : "delete_statuses";
    case "suspend":
    case "wave":
      return "suspend";
    case "warn":
    case "label":
    case "domain":
    case "withhold":
      return "none";
    default: {
      const unknown: never = measure;
      return unknown;
    }
  }
}
