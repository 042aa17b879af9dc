import type { App } from "../../server/context.ts";
import type { Voucher } from "../../server/services/federation/inbox.ts";
import { hasPinnedFollowed } from "../../server/services/identities/pins.ts";
import { typesOf, type Json } from "../reading/json.ts";
import type { KeyRing } from "./keys.ts";
import { hasLinkedSignature, verifyLinkedSignature } from "./linked-signatures.ts";
import { hasProof, verifyProof } from "./proofs.ts";
import { isSealedMove } from "./seals.ts";

/** What vouches for an activity, or why nothing does. */
export type Vouching =
  | { readonly type: "vouched"; readonly voucher: Voucher }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "busy"; readonly retryAfterMs: number };

/** What a linked data signature may hint at: that there is something to be fetched, or nothing any more. */
const HINTS: ReadonlySet<string> = new Set(["Create", "Update", "Delete", "Announce"]);

/** A proof of the actor over the whole document is as good as the actor's own HTTP signature. */
export async function vouchByActor(
  app: App,
  ring: KeyRing,
  document: Json,
  actorUri: string,
): Promise<Vouching> {
  if (!hasProof(document)) return { type: "refused", reason: "signed by somebody else" };
  const proof = await verifyProof(app, ring, document, actorUri);
  if (proof.type === "valid") return { type: "vouched", voucher: "proof" };
  return proof.type === "busy" ? proof : { type: "refused", reason: proof.reason };
}

/** What somebody else than the actor brings, and signed alone: a Move, or what the actor's linked data signature hints at. */
export async function vouchAsBrought(
  app: App,
  ring: KeyRing,
  document: Json,
  normal: Json,
  actorUri: string,
): Promise<Vouching> {
  const move = await vouchForMove(app, ring, document, normal, actorUri);
  return move.type === "refused" ? await vouchByStatements(app, ring, document, normal, actorUri) : move;
}

/**
 * A Move that somebody else brings: sealed in advance by a key that is known here, or of somebody whose did:key is known here,
 * so that the new home can show what that key signed.
 */
async function vouchForMove(
  app: App,
  ring: KeyRing,
  document: Json,
  normal: Json,
  actorUri: string,
): Promise<Vouching> {
  const refused = { type: "refused", reason: "signed by somebody else" } as const;
  if (!typesOf(normal).includes("Move")) return refused;
  if (await isSealedMove(app, ring, document, actorUri)) return { type: "vouched", voucher: "seal" };
  return (await hasPinnedFollowed(app, actorUri)) ? { type: "vouched", voucher: "notice" } : refused;
}

/** The actor's linked data signature, which those who forward leave in place, is a hint to ask the actor's origin. */
export async function vouchByStatements(
  app: App,
  ring: KeyRing,
  document: Json,
  normal: Json,
  actorUri: string,
): Promise<Vouching> {
  if (!hasLinkedSignature(document) || !typesOf(normal).some((type) => HINTS.has(type)))
    return { type: "refused", reason: "signed by somebody else" };
  const linked = await verifyLinkedSignature(app, ring, document, actorUri);
  if (linked.type === "valid") return { type: "vouched", voucher: "ld-signature" };
  return linked.type === "busy" ? linked : { type: "refused", reason: linked.reason };
}
