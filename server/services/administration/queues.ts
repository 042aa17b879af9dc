import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { invalid } from "../../errors.ts";
import { transaction, type Tx } from "../../store/database.ts";
import {
  DELIVER,
  deliveryCounts,
  listDeadDeliveries,
  oldestDeliveryMs,
} from "../../store/delivery-letters.ts";
import { type DeadJob, type JobCounts, jobCounts, listDeadJobs, retryDead } from "../../store/jobs.ts";
import {
  dropDeadDelivery,
  dropDeadJob,
  dropHostQueue,
  forgiveHost,
  type JobsOfKind,
  listJobKinds,
  listWaitingHosts,
  retryDeadOfHost,
  type WaitingHost,
} from "../../store/queues.ts";
import { audit, type AuditedAct } from "../moderation/audit.ts";
import { requireAdministrator } from "./roles.ts";

const SHOWN = 50;

/** Deliveries to other servers: how many, how old, for whom, and the newest that were given up. */
export type DeliveryQueue = {
  readonly counts: JobCounts;
  /** How long the oldest that could go out has been waiting, ms. */
  readonly oldestMs: number;
  readonly hosts: readonly WaitingHost[];
  readonly dead: readonly DeadJob[];
};

/** @throws forbidden below admin */
export async function viewDeliveryQueue(app: App, viewer: Viewer): Promise<DeliveryQueue> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  return {
    counts: await deliveryCounts(app.db, now),
    oldestMs: await oldestDeliveryMs(app.db, now),
    hosts: await listWaitingHosts(app.db, SHOWN),
    dead: await listDeadDeliveries(app.db, SHOWN),
  };
}

/** Background work of this server itself. */
export type JobQueue = {
  readonly counts: JobCounts;
  readonly kinds: readonly JobsOfKind[];
  readonly dead: readonly DeadJob[];
};

/** @throws forbidden below admin */
export async function viewJobQueue(app: App, viewer: Viewer): Promise<JobQueue> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  const both = await jobCounts(app.db, now);
  const deliveries = await deliveryCounts(app.db, now);
  return {
    counts: {
      ready: Number(both.ready) - deliveries.ready,
      delayed: Number(both.delayed) - deliveries.delayed,
      leased: Number(both.leased) - deliveries.leased,
      dead: Number(both.dead) - deliveries.dead,
    },
    kinds: await listJobKinds(app.db),
    dead: await listDeadJobs(app.db, SHOWN),
  };
}

export type QueueChange =
  | { readonly do: "retry" | "drop"; readonly what: "delivery" | "job"; readonly id: number }
  | { readonly do: "retry-host" | "drop-host"; readonly host: string };

/**
 * Gives something that was given up all its tries back, or forgets it; for a host, everything that waits for it.
 * Returns how many; 0 when somebody else was faster. @throws forbidden below admin
 */
export async function changeQueue(app: App, viewer: Viewer, change: QueueChange): Promise<number> {
  requireAdministrator(viewer);
  const count = await transaction(app.db, async (tx) => {
    const done = await carryOut(tx, change, app.clock.now());
    if (done > 0) await audit(app, tx, viewer, actOf(change, done));
    return done;
  });
  app.wake();
  return count;
}

function actOf(change: QueueChange, count: number): AuditedAct {
  return "host" in change
    ? { what: `queue.${change.do.replace("-", "_")}`, subject: change.host, detail: { count } }
    : { what: `queue.${change.do}`, subject: `${change.what} ${change.id}` };
}

async function carryOut(tx: Tx, change: QueueChange, now: number): Promise<number> {
  switch (change.do) {
    case "retry":
      return (await retryDead(tx, change.id, now, change.what === "delivery" ? DELIVER : "")) ? 1 : 0;
    case "drop": {
      const drop = change.what === "delivery" ? dropDeadDelivery : dropDeadJob;
      return (await drop(tx, change.id)) ? 1 : 0;
    }
    case "retry-host": {
      const count = await retryDeadOfHost(tx, change.host, now);
      await forgiveHost(tx, change.host, now);
      return count;
    }
    case "drop-host":
      return await dropHostQueue(tx, change.host);
    default: {
      const unknown: never = change;
      throw invalid({ do: { key: "error.invalid", params: { unknown } } });
    }
  }
}
