import { receiveActor } from "../../server/services/actors/actors.ts";
import { receiveActorDeleted } from "../../server/services/accounts/departures.ts";
import { hasPinnedFollowed } from "../../server/services/identities/pins.ts";
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
      // Who has somebody's address may say that they are gone, but not for somebody whose did:key is known here: they say so
      // with their own key, or move.
      if (loaded.status === 410 && !(await hasPinnedFollowed(app, actorUri)))
        await receiveActorDeleted(app, actorUri);
      if (loaded.status === 404 && payloadFlag(payload, "inboxGone")) await pruneFollows(app, actorUri);
      return;
    }
    const actor = await app.remote.findActor(actorUri);
    if (actor !== null) await receiveActor(app, actor);
  };
}
