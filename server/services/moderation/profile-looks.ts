import type { App } from "../../context.ts";
import { listWorkingRules } from "../../store/classifier-rules.ts";
import type { Db } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { findHook } from "./hook.ts";

/**
 * Has a new or changed profile looked at in the background when there is anything that looks (`classifyProfile` of
 * late-looks.ts). Inside the caller's transaction; two statements when there is nothing.
 */
export async function laterLookAtProfile(app: App, tx: Db, actorId: number): Promise<void> {
  const isLookedAt = (await listWorkingRules(tx)).length > 0 || (await findHook(tx))?.enabled === true;
  if (!isLookedAt) return;
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "classify-profile",
    payload: { actorId },
    dedupeKey: `classify-profile:${actorId}`,
    lane: 2,
  });
}
