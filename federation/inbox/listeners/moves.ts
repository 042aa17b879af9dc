import { receiveMove } from "../../../server/services/moves/received-moves.ts";
import { iriOf, webAddress } from "../../reading/json.ts";
import type { Incoming } from "../incoming.ts";

/** An actor moves: only itself, whatever `object` says (FEP-7628); the new home has to say so too. */
export async function onMove({ app, json, actorUri, objectUri }: Incoming): Promise<void> {
  const targetUri = webAddress(iriOf(json["target"]));
  if (objectUri === actorUri && targetUri !== null) await receiveMove(app, { actorUri, targetUri });
}
