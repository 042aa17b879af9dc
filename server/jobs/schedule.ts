import { getLogger } from "@logtape/logtape";
import type { App } from "../context.ts";
import { casValue, getValue, type KvKey, setValue, takeLease } from "../store/kv.ts";

/** Maintenance that is done again and again. It must be safe to be cut short, and to be done twice. */
export type ScheduledTask = {
  readonly name: string;
  readonly everyMs: number;
  run(app: App): Promise<unknown>;
};

export type Schedule = {
  start(): void;
  /** Waits for the task that is running. */
  stop(): Promise<void>;
  /** Runs what is due now, one after another, and returns the names; nothing while another process is at it. */
  runDue(): Promise<readonly string[]>;
};

const TICK_MS = 30_000;
/** So that maintenance does not compete with a server that is just starting. */
const FIRST_TICK_MS = 5_000;
/** Longer than any task; a process that dies while it holds the lease holds it no longer than this. */
const LEASE_MS = 10 * 60_000;
const LEASE = "maintenance";

/**
 * Runs tasks every so often in one process at a time, whichever has the lease in the kv table. When each was last done is
 * kept there too, so that a restart neither forgets nor repeats.
 */
export function createSchedule(app: App, tasks: readonly ScheduledTask[]): Schedule {
  const owner = app.ids.secret(12);
  let timer: NodeJS.Timeout | undefined;
  let tick: Promise<unknown> = Promise.resolve();
  let stopped = true;

  const runDue = async (): Promise<readonly string[]> => {
    const ran: string[] = [];
    let held = false;
    for (const task of tasks) {
      if (!(await isDue(app, task))) continue;
      if (!(await takeLease(app.db, LEASE, owner, app.clock.now(), LEASE_MS))) break;
      held = true;
      // Between the first look and the lease another process may have done it.
      if (!(await isDue(app, task))) continue;
      await runOne(app, task);
      ran.push(task.name);
    }
    if (held) await casValue(app.db, ["lease", LEASE], owner, undefined, app.clock.now());
    return ran;
  };

  const arm = (ms: number): void => {
    timer = setTimeout(() => {
      tick = runDue()
        .catch((error: unknown) =>
          getLogger(["causeway", "schedule"]).error("Maintenance could not begin: {error}", { error }),
        )
        .finally(() => {
          if (!stopped) arm(TICK_MS);
        });
    }, ms);
    timer.unref();
  };

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      arm(FIRST_TICK_MS);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await tick;
    },
    runDue,
  };
}

async function isDue(app: App, task: ScheduledTask): Promise<boolean> {
  const last = await getValue(app.db, lastKey(task), app.clock.now());
  if (typeof last !== "number") return true;
  const since = app.clock.now() - last;
  // Done later than now: the clock was ahead, and nobody knows how long ago that was.
  return since < 0 || since >= task.everyMs;
}

async function runOne(app: App, task: ScheduledTask): Promise<void> {
  try {
    await task.run(app);
  } catch (error) {
    // The next round tries again; other tasks must not wait for this one's fault.
    getLogger(["causeway", "schedule"]).error("Maintenance {task} failed: {error}", {
      task: task.name,
      error,
    });
  }
  await setValue(app.db, lastKey(task), app.clock.now(), app.clock.now());
}

function lastKey(task: ScheduledTask): KvKey {
  return ["schedule", task.name];
}
