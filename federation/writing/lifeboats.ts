import { asId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import { localActorForFederation } from "../../server/services/actors/local-actors.ts";
import { notesForFederation } from "../../server/services/federation/federated-notes.ts";
import type { LifeboatDocuments } from "../../server/services/lifeboats/documents.ts";
import { workOnLifeboat } from "../../server/services/lifeboats/make.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import type { KeyStore } from "../delivery/signing.ts";
import { payloadNumber } from "../payload.ts";
import type { Json } from "../reading/json.ts";
import { actorDocument } from "../serving/actors.ts";
import { extrasOfActor } from "./actors.ts";
import { extrasOf, toNoteActivity } from "./notes.ts";
import { toWire, withProof } from "./wire.ts";

/** Documents for lifeboats: what is served at their addresses, with the proof of the author (FEP-8b32). */
export function createLifeboatDocuments(keys: KeyStore): LifeboatDocuments {
  return {
    async actor(app, actorId) {
      const actor = await localActorForFederation(app, actorId);
      if (actor === null || actor.deleted) throw notFound();
      const extras = extrasOfActor(actor, app.config.handleHost, app.uris);
      const json = await toWire(await actorDocument(app, actor), extras);
      return await withProof(json, await keys.proofKey(actorId), app.clock.now());
    },
    async creates(app, noteIds) {
      const notes = (await notesForFederation(app, noteIds)).filter((note) => !note.deleted && note.local);
      const creates: Json[] = [];
      // One after another: others have their turn while a proof is made.
      for (const note of notes) {
        const create = toNoteActivity("create", `${note.uri}#create`, note, app.uris);
        const json = await toWire(create, extrasOf(note));
        creates.push(await withProof(json, await keys.proofKey(note.actorId), app.clock.now()));
      }
      return creates;
    },
  };
}

/** Makes the job `lifeboat`. */
export function createLifeboatJob(keys: KeyStore): JobHandler {
  const documents = createLifeboatDocuments(keys);
  return (app, payload, context) =>
    workOnLifeboat(app, asId(payloadNumber(payload, "lifeboatId")), documents, context);
}
