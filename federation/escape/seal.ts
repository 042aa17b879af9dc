import type { App } from "../../server/context.ts";
import { asId, type ActorId } from "../../server/domain/ids.ts";
import { localActorForFederation } from "../../server/services/actors/local-actors.ts";
import { keepKit, readKitMaterial, wholeSeconds } from "../../server/services/escapes/kits.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import type { KeyStore } from "../delivery/signing.ts";
import { payloadNumber } from "../payload.ts";
import { actorDocument } from "../serving/actors.ts";
import { extrasOfActor } from "../writing/actors.ts";
import { toWire } from "../writing/wire.ts";
import { sealMessages, type SealedHome } from "./messages.ts";

/** Makes the job "seal-kit": signs what a member would send on the day their server is lost, and keeps it. */
export function createSealJob(keys: KeyStore): JobHandler {
  return async (app, payload) => await sealKit(app, keys, asId(payloadNumber(payload, "actorId")));
}

async function sealKit(app: App, keys: KeyStore, actorId: ActorId): Promise<void> {
  const material = await readKitMaterial(app, actorId);
  const actor = await localActorForFederation(app, actorId);
  if (material === null || actor === null) return;
  const { standing } = material;
  if (standing !== null) {
    await keepKit(app, material, standing);
    return;
  }
  const key = await keys.signingKey(actorId);
  const now = app.clock.now();
  const document = await actorDocument(app, actor);
  const person = await toWire(document, extrasOfActor(actor, app.config.handleHost, app.uris));
  const leaver = { actorUri: actor.uri, followersUri: app.uris.followers(actorId), person };
  const homes: SealedHome[] = [];
  for (const uri of material.homes)
    homes.push(await sealMessages(leaver, uri, { key, now, number: app.ids.next() }));
  if (homes.length > 0)
    await keepKit(app, material, {
      keyId: key.keyId,
      sealedAt: wholeSeconds(now),
      homes: homes.map((home) => ({ ...home })),
    });
}
