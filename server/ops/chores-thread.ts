// A thread of its own for work on a whole database: better-sqlite3 answers at once, so copying or checking a large file
// would hold up every request of a server. Started by chores.ts, told what to do by its data; imported for types alone.

import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Config } from "../config.ts";
import type { Finding } from "../domain/chore.ts";
import { OperatorFault } from "./fault.ts";

export type Order =
  | { readonly work: "examine"; readonly config: Config }
  | { readonly work: "backup"; readonly config: Config; readonly to: string };

export type Answer =
  | { readonly state: "examined"; readonly findings: readonly Finding[] }
  | { readonly state: "backed-up"; readonly filesElsewhere: boolean }
  /** A sentence for the operator. */
  | { readonly state: "failed"; readonly fault: string };

if (!isMainThread && parentPort !== null) {
  const answer = await carryOut(workerData as Order);
  parentPort.postMessage(answer, []);
}

async function carryOut(order: Order): Promise<Answer> {
  try {
    if (order.work === "examine") {
      const { examineInstance } = await import("./doctor.ts");
      return { state: "examined", findings: await examineInstance(order.config) };
    }
    const { writeBackup } = await import("./backup.ts");
    const made = await writeBackup(order.config, order.to);
    return { state: "backed-up", filesElsewhere: made.filesElsewhere !== null };
  } catch (error) {
    if (error instanceof OperatorFault) return { state: "failed", fault: error.message };
    throw error;
  }
}
