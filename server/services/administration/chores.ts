// What administrators see of the running server and do to it, on pages: the same as the operator at the command line.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type Chore, CHORES, type ChoreOutcomes, type ChoreState } from "../../domain/chore.ts";
import { transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { getValue, setValue } from "../../store/kv.ts";
import { audit } from "../moderation/audit.ts";
import { requireAdministrator } from "./roles.ts";

/** Asks for a chore; while one waits, another of its kind is the same. @throws forbidden below admin */
export async function requestChore(app: App, viewer: Viewer, chore: Chore): Promise<void> {
  requireAdministrator(viewer);
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    await setValue(tx, keyOf(chore), { state: "waiting", at: now }, now);
    await enqueue(tx, {
      id: app.ids.next(),
      now,
      kind: "chore",
      payload: { chore },
      dedupeKey: `chore:${chore}`,
      orderingKey: "chore",
      lane: 1,
    });
    await audit(app, tx, viewer, { what: "chore.asked", subject: chore });
  });
  app.wake();
}

/** Where a chore stands; null when nobody ever asked for it. @throws forbidden below admin */
export async function findChore<C extends Chore>(
  app: App,
  viewer: Viewer,
  chore: C,
): Promise<ChoreState<C> | null> {
  requireAdministrator(viewer);
  const value = await getValue(app.db, keyOf(chore), app.clock.now());
  // A row that says nothing of when is damaged: as if it had never been done.
  const at: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "at") : null;
  return typeof at === "number" ? (value as ChoreState<C>) : null;
}

/** Writes down what came of it. For whoever does the work. */
export async function finishChore<C extends Chore>(
  app: App,
  chore: C,
  outcome: ChoreOutcomes[C],
): Promise<void> {
  const now = app.clock.now();
  await setValue(app.db, keyOf(chore), { state: "done", at: now, outcome }, now);
}

/** Writes down that it could not be done, in a sentence. */
export async function failChore(app: App, chore: Chore, fault: string): Promise<void> {
  const now = app.clock.now();
  await setValue(app.db, keyOf(chore), { state: "failed", at: now, fault }, now);
}

function keyOf(chore: Chore): readonly [string, string] {
  return ["chore", CHORES.find((one) => one === chore) ?? chore];
}
