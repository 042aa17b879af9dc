import { receiveActor } from "../../server/services/actors/actors.ts";
import { receiveActorDeleted } from "../../server/services/accounts/departures.ts";
import { pruneFollows } from "../../server/services/federation/gone-inboxes.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import type { Documents } from "./documents.ts";
import { payloadFlag, payloadText } from "../payload.ts";

/**
 * Makes the job "refresh-actor": reads an actor again at its origin; 410 there is the origin's own word that it left. Where
 * neither the inbox nor the document is found any more, its follows end.
 */
export function createRefreshJob(documents: Documents): JobHandler {
  return async (app, payload) => {
    const actorUri = payloadText(payload, "actorUri");
    documents.forget(actorUri);
    const loaded = await documents.loadById(actorUri);
    if (!loaded.ok) {
      if (loaded.status === 410) await receiveActorDeleted(app, actorUri);
      if (loaded.status === 404 && payloadFlag(payload, "inboxGone")) await pruneFollows(app, actorUri);
      return;
    }
    const actor = await app.remote.findActor(actorUri);
    if (actor !== null) await receiveActor(app, actor);
  };
}
