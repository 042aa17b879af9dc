import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { fromJson } from "../../store/codec.ts";
import type { Tx } from "../../store/database.ts";
import { endDecisionRow, findDecision } from "../../store/decisions.ts";
import {
  endWithholdingRow,
  findWithholdingOfDecision,
  settleWithheld,
  type WithholdingRow,
} from "../../store/withholdings.ts";
import { audit } from "./audit.ts";
import { appendLog } from "./log.ts";
import { forgetWithheldFiles } from "./withheld-files.ts";

// How a withholding ends, apart from how one begins, so that decisions can be taken back without a circle.

/**
 * Ends a withholding with its decision inside the caller's transaction, who tells the author; `by` null: its time is over.
 * False when it had ended.
 */
export async function endWithholdingWithin(
  app: App,
  tx: Tx,
  by: Viewer | null,
  row: WithholdingRow,
  why: "expired" | "lifted" = by === null ? "expired" : "lifted",
): Promise<boolean> {
  const now = app.clock.now();
  if (!(await endWithholdingRow(tx, row.id, now))) return false;
  await settleWithheld(tx, { noteId: row.note_id, actorId: row.actor_id });
  forgetWithheldFiles(app);
  const decision = row.decision_id === null ? undefined : await findDecision(tx, row.decision_id);
  if (decision !== undefined)
    await endDecisionRow(tx, decision.id, {
      state: why === "expired" ? "ended" : "reversed",
      at: now,
      byId: by?.actorId ?? null,
    });
  await appendLog(app, tx, {
    kind: "withheld_ended",
    what: why,
    subject: row.note_id !== null ? "note" : decision?.host === null ? "member" : "remote",
    object: row.object_uri,
    countries: fromJson<readonly string[]>(row.countries, []),
    ...(typeof decision?.log_seq === "number" ? { about: decision.log_seq } : {}),
  });
  await audit(app, tx, by, {
    what: "withholding.ended",
    subject: row.object_uri,
    detail: { withholding: row.id },
  });
  return true;
}

/** The same for the withholding behind a decision that is taken back, by an appeal for instance. */
export async function endWithholdingOfDecision(
  app: App,
  tx: Tx,
  by: Viewer | null,
  decisionId: number,
): Promise<boolean> {
  const row = await findWithholdingOfDecision(tx, decisionId);
  return row === undefined ? false : await endWithholdingWithin(app, tx, by, row, "lifted");
}
