import type { App } from "./context.ts";
import { asId } from "./domain/ids.ts";
import type { JobHandler } from "./store/jobs.ts";
import { emptyActorTraces } from "./services/departures.ts";

/** Background work of the domain by kind; the federation door brings its own. Every handler may be run again. */
export const JOBS: Readonly<Record<string, JobHandler>> = {
  "remove-files": async (app, payload) => {
    for (const name of namesOf(payload)) await app.files.remove(name);
  },
  "empty-actor": async (app: App, payload) => {
    if (isRecord(payload) && typeof payload["actorId"] === "number")
      await emptyActorTraces(app, asId(payload["actorId"]));
  },
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function namesOf(payload: unknown): readonly string[] {
  const files = isRecord(payload) ? payload["files"] : undefined;
  return Array.isArray(files) ? files.filter((name) => typeof name === "string") : [];
}
