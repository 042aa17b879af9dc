import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { CausewayError } from "../../errors.ts";
import { findActorById } from "../../store/actors.ts";

/** Refuses what somebody who moved away does at their new home: write, boost, follow. @throws forbidden */
export async function requireAtHome(app: App, viewer: Viewer): Promise<void> {
  const actor = await findActorById(app.db, viewer.actorId);
  if (actor !== undefined && actor.moved_to_uri !== null) throw new CausewayError("forbidden", "error.moved");
}
