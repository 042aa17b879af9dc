import type { App } from "../../server/context.ts";
import { followersOnOriginOf } from "../../server/services/relations/follower-sync.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { hostOf } from "../reading/json.ts";
import { findLocalActor } from "./actors.ts";
import { activityJson, bare } from "./responses.ts";

/**
 * The followers of an actor on the signer's own host (FEP-8fcf), whoever of that host signed: the server asks, not a
 * person. Without a signature there is nothing to see.
 */
export async function answerFollowerSync(
  app: App,
  signerOf: () => Promise<string | null>,
  idText: string,
): Promise<Response> {
  const actor = await findLocalActor(app, idText);
  if (actor === null || actor.deleted || actor.suspended) return bare(404);
  const signer = await signerOf();
  if (signer === null) return bare(401);
  if (await isBlockedHost(app, hostOf(signer) ?? "")) return bare(403);
  return activityJson(
    {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: app.uris.followerSync(actor.id),
      type: "OrderedCollection",
      orderedItems: await followersOnOriginOf(app, actor.id, signer),
    },
    false,
  );
}
