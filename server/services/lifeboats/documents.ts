import type { App } from "../../context.ts";
import type { ActorId } from "../../domain/ids.ts";

/** A document as it is served, with the proof of its author (FEP-8b32). */
export type ProvedDocument = Readonly<Record<string, unknown>>;

/** What a lifeboat needs of the door to other servers: documents in its words. `federation/writing/lifeboats.ts` gives them. */
export type LifeboatDocuments = {
  /** A local actor's own document. @throws not_found */
  actor(app: App, actorId: ActorId): Promise<ProvedDocument>;
  /** The Creates of local notes in the order of their ids, without those that are gone. */
  creates(app: App, noteIds: readonly number[]): Promise<readonly ProvedDocument[]>;
};
