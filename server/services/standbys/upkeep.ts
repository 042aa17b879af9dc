import type { App } from "../../context.ts";
import { DID_WAIT_MS, KEPT_AFTER_END_MS } from "../../domain/standby.ts";
import { transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { listMembers, promoteDids, removeMember } from "../../store/standby-replicas.ts";
import { listAgreementRows, listEndedAgreements, updateAgreement } from "../../store/standbys.ts";
import { requestReplication } from "./errands.ts";

const MEMBERS = 20;

/** Has every standby told what waits, as something may have been missed; and lets new did:keys count that are old enough. */
export async function tendStandbys(app: App): Promise<void> {
  const rows = await listAgreementRows(app.db);
  if (rows.length === 0) return;
  await transaction(app.db, async (tx) => {
    await promoteDids(tx, app.clock.now() - DID_WAIT_MS);
    for (const row of rows)
      if (row.role === "home" && row.state === "agreed") await requestReplication(app, tx, row.id, 0);
  });
  app.wake();
}

/** Deletes what was kept for homes whose agreement ended two weeks ago, but for the accounts that were launched. */
export async function removeEndedReplicas(app: App): Promise<void> {
  const before = app.clock.now() - KEPT_AFTER_END_MS;
  for (const { id } of await listEndedAgreements(app.db, before)) {
    let after = "";
    for (;;) {
      const page = await listMembers(app.db, id, { after, limit: MEMBERS });
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.actor_uri;
      for (const member of page.filter((one) => one.state === "hidden"))
        await transaction(app.db, async (tx) => {
          const { files } = await removeMember(tx, { ...member, agreement_id: id });
          if (files.length === 0) return;
          const job = { id: app.ids.next(), now: app.clock.now(), lane: 2 as const };
          await enqueue(tx, { ...job, kind: "remove-files", payload: { files } });
        });
    }
    await updateAgreement(app.db, id, { bytes: 0 });
  }
  app.wake();
}
