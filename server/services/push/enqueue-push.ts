import type { App } from "../../context.ts";
import { fromJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { enqueueMany } from "../../store/jobs.ts";
import { listPushOf } from "../../store/push.ts";

/** Writes a job for each device that wants to know, inside the caller's transaction: one query when nobody does. */
export async function enqueuePush(
  app: App,
  tx: Db,
  kind: string,
  told: readonly { readonly accountId: number; readonly notificationId: number }[],
): Promise<void> {
  const rows = await listPushOf(
    tx,
    told.map(({ accountId }) => accountId),
  );
  const wanted = rows.filter((row) => fromJson<readonly string[]>(row.kinds, []).includes(kind));
  const idOf = new Map(told.map(({ accountId, notificationId }) => [accountId, notificationId]));
  await enqueueMany(
    tx,
    wanted.map((row) => ({
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "push",
      payload: { subscriptionId: row.id, notificationId: idOf.get(row.account_id) ?? 0 },
      lane: 1 as const,
    })),
  );
}
