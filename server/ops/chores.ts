import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type App, isoTime } from "../context.ts";
import { type Chore, type ChoreOutcomes, isChore } from "../domain/chore.ts";
import { failChore, finishChore } from "../services/administration/chores.ts";
import type { Answer, Order } from "./chores-thread.ts";
import { OperatorFault } from "./fault.ts";
import { drillBeside } from "./drill.ts";
import { pathsOf } from "./folder.ts";

// What pages ask for and this process does: the same work as the commands `doctor`, `backup` and `media prune`.

const DAY = 86_400_000;

/**
 * Does one chore and writes down how it went. A fault that the operator can mend is an outcome, not a reason to try
 * again: they see it on the page and ask once more.
 */
export async function runChore(app: App, chore: unknown, signal: AbortSignal): Promise<void> {
  if (!isChore(chore)) return;
  try {
    await finishChore(app, chore, await WORK[chore](app, signal));
  } catch (error) {
    // The server stops: the next one does it from the beginning.
    if (signal.aborted) throw error;
    if (!(error instanceof OperatorFault)) {
      await failChore(app, chore, "It failed; the log of the server says why.");
      throw error;
    }
    await failChore(app, chore, error.message);
  }
}

const WORK: { readonly [C in Chore]: (app: App, signal: AbortSignal) => Promise<ChoreOutcomes[C]> } = {
  examine: async ({ config }, signal) => {
    const answer = await inThread({ work: "examine", config }, signal);
    return answer.state === "examined" ? answer.findings : [];
  },
  backup: async ({ config, clock }, signal) => {
    const folder = pathsOf(config).backups;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeLeft(folder, clock.now() - DAY);
    const name = `causeway-${isoTime(clock.now()).slice(0, 19).replaceAll(":", "")}.tar.gz`;
    const answer = await inThread({ work: "backup", config, to: join(folder, name) }, signal);
    return { name, filesElsewhere: answer.state === "backed-up" && answer.filesElsewhere };
  },
  drill: async (_app, signal) => await drillBeside(signal),
  "find-strays": async (app) => await pruneStrays(app, true),
  "remove-strays": async (app) => await pruneStrays(app, false),
};

async function pruneStrays(app: App, dryRun: boolean): Promise<ChoreOutcomes["find-strays"]> {
  const { pruneMedia } = await import("./media.ts");
  const { files, bytes } = await pruneMedia(app, { dryRun });
  return { files, bytes };
}

/** @throws OperatorFault with what the thread said; whatever broke it; the reason of `signal` */
async function inThread(order: Order, signal: AbortSignal): Promise<Exclude<Answer, { state: "failed" }>> {
  signal.throwIfAborted();
  const thread = new Worker(new URL("./chores-thread.ts", import.meta.url), { workerData: order });
  const end = () => void thread.terminate();
  signal.addEventListener("abort", end, { once: true });
  try {
    const answer = await new Promise<Answer>((done, failed) => {
      thread.once("message", done);
      thread.once("error", failed);
      thread.once("exit", (code) => failed(new Error(`The thread ended with ${code}.`)));
    });
    if (answer.state === "failed") throw new OperatorFault(answer.fault);
    return answer;
  } finally {
    signal.removeEventListener("abort", end);
    await thread.terminate();
  }
}

/** Stages of backups that were cut short by the end of their process. */
async function removeLeft(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(".causeway-")) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && found.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
