import { requestRefresh } from "../../../server/services/actors/actors.ts";
import type { Incoming } from "../incoming.ts";

/**
 * A profile changed: it is read again at its origin, since an Update may be old or forwarded. Several at once are read
 * once: WordPress sends one for every post.
 */
export async function onActorUpdate({ app, actorUri }: Incoming): Promise<void> {
  await requestRefresh(app, actorUri);
}
