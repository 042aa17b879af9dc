import { receiveMove } from "../../../server/services/moves/received-moves.ts";
import { iriOf, webAddress } from "../../reading/json.ts";
import type { Incoming } from "../incoming.ts";

/**
 * An actor moves: only itself, whatever `object` says (FEP-7628); the new home has to say so too. What `object` is, is not
 * asked: its server may be gone, or somebody else's.
 */
export async function onMove({ app, json, actorUri, objectUri, voucher, document }: Incoming): Promise<void> {
  const targetUri = webAddress(iriOf(json["target"]));
  if (objectUri !== actorUri || targetUri === null) return;
  await receiveMove(app, { actorUri, targetUri, isOwn: voucher !== "notice", document });
}
