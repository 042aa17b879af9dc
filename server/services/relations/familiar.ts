import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import { insertRefusal, listFamiliar } from "../../store/relations.ts";
import { findActors } from "../../store/actors.ts";
import { type AboutActor, aboutActors } from "../actors/people.ts";
import { suggestPeople } from "../trends/explore.ts";
import { actorViews } from "../views.ts";

/** Named for each at most. */
const NAMED = 40;

/** Somebody, and whom the person follows among their followers. */
export type Familiar = { readonly actorId: ActorId; readonly people: readonly AboutActor[] };

/**
 * Whom the person follows among the followers of each of some people; people who keep their relations to themselves are
 * left out on both sides. The same number of statements however many there are. Unknown ids are left out.
 */
export async function findFamiliar(
  app: App,
  viewer: Viewer,
  actorIds: readonly ActorId[],
): Promise<readonly Familiar[]> {
  const known = (await findActors(app.db, actorIds)).filter((row) => row.deleted_at === null);
  const ids = new Set(known.map((row) => row.id));
  const rows = await listFamiliar(app.db, viewer.actorId, [...ids], NAMED);
  const people = await aboutActors(app, await actorViews(app, [...new Set(rows.map((row) => row.actor_id))]));
  const byId = new Map(people.map((about) => [about.actor.id as number, about]));
  return [...new Set(actorIds)]
    .filter((id) => ids.has(id))
    .map((actorId) => ({
      actorId,
      people: rows.filter((row) => row.target_id === actorId).flatMap((row) => byId.get(row.actor_id) ?? []),
    }));
}

/** People whom the person may want to follow and does not yet. */
export async function suggestToFollow(
  app: App,
  viewer: Viewer,
  limit: number,
): Promise<readonly AboutActor[]> {
  const found = await suggestPeople(app, viewer, limit);
  return await aboutActors(
    app,
    found.filter(({ following }) => following === "no").map(({ actor }) => actor),
  );
}

/** Suggests somebody no more. Idempotent, and silent about whoever is not known. */
export async function refuseSuggestion(app: App, viewer: Viewer, actorId: ActorId): Promise<void> {
  if ((await findActors(app.db, [actorId])).length > 0)
    await insertRefusal(app.db, viewer.actorId, actorId, app.clock.now());
}
