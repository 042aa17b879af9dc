import { forwardReply } from "../../server/services/federation/forwarding.ts";
import { irisOf, type Json } from "../reading/json.ts";
import type { Incoming } from "./incoming.ts";
import type { KeyRing } from "./keys.ts";
import { vouchByActor, vouchByStatements } from "./vouchers.ts";

const MAX_AUDIENCE = 256;

/** What was delivered: parsed, and as the text that it was. */
export type Delivered = { readonly json: Json; readonly body: string };

/**
 * After an activity was taken: replies to notes of ours go on to the followers of whoever they answer, if they can be
 * believed without the sender's HTTP signature, which does not travel with them.
 */
export async function forward(incoming: Incoming, ring: KeyRing, delivered: Delivered): Promise<void> {
  const { app, type, uri, actorUri, objectUri, json } = incoming;
  if (objectUri === null || (type !== "Create" && type !== "Update" && type !== "Delete")) return;
  if (objectUri === actorUri) return;
  const audience = [...irisOf(json["to"]), ...irisOf(json["cc"]), ...irisOf(json["audience"])];
  if (audience.length > MAX_AUDIENCE) return;
  const activity = { type, uri, actorUri, objectUri, audience, body: delivered.body } as const;
  await forwardReply(app, activity, () => isSealed(incoming, ring, delivered.json));
}

/** True when the document carries a valid proof (FEP-8b32) or linked data signature of its actor. */
async function isSealed({ app, json, actorUri }: Incoming, ring: KeyRing, document: Json): Promise<boolean> {
  if ((await vouchByActor(app, ring, document, actorUri)).type === "vouched") return true;
  return (await vouchByStatements(app, ring, document, json, actorUri)).type === "vouched";
}
