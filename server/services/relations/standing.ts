import type { App } from "../../context.ts";
import type { Relationship, Viewer } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import { findActors } from "../../store/actors.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { findRelations, type Relations } from "../../store/relations.ts";

/** Nothing lies between two people. */
export const NO_RELATIONSHIP: Relationship = {
  following: "no",
  followedBy: false,
  followRequestedBy: false,
  blocking: false,
  blockedBy: false,
  muting: false,
  mutedUntil: null,
  mutesNotifications: false,
  hidesHost: false,
  notifying: false,
  showsAnnounces: true,
  languages: null,
  comment: "",
};

/**
 * What the person is to each of some actors, themselves included; the same number of statements however many there are.
 * Nothing lies between anybody and whoever is signed out.
 */
export async function findRelationships(
  app: App,
  viewer: Viewer | null,
  actorIds: readonly number[],
): Promise<ReadonlyMap<number, Relationship>> {
  if (viewer === null) return new Map(actorIds.map((id) => [id, NO_RELATIONSHIP]));
  const others = actorIds.filter((id) => id !== viewer.actorId);
  const relations = await findRelations(app.db, viewer.actorId, others, app.clock.now());
  return new Map(
    actorIds.map((id) => [id, id === viewer.actorId ? NO_RELATIONSHIP : relationshipOf(relations, id)]),
  );
}

function relationshipOf(relations: Relations, id: number): Relationship {
  const follow = relations.follows.get(id);
  const back = relations.back.get(id);
  const mute = relations.mutes.get(id);
  return {
    following: follow === undefined ? "no" : follow.state === "accepted" ? "accepted" : "pending",
    followedBy: back?.state === "accepted",
    followRequestedBy: back?.state === "pending",
    blocking: relations.blocking.has(id),
    blockedBy: relations.blockedBy.has(id),
    muting: mute !== undefined,
    mutedUntil: mute?.expires_at ?? null,
    mutesNotifications: mute !== undefined && isSet(mute.hide_notifications),
    hidesHost: relations.hidden.has(id),
    notifying: isSet(follow?.notify ?? 0),
    showsAnnounces: isSet(follow?.show_announces ?? 1),
    languages: fromJson<readonly string[] | null>(follow?.languages ?? null, null),
    comment: relations.comments.get(id) ?? "",
  };
}

/** The same for some people as they are asked for: unknown ids are left out, and suspended people where that is wanted. */
export async function viewRelationships(
  app: App,
  viewer: Viewer,
  actorIds: readonly ActorId[],
  options: { readonly withSuspended: boolean },
): Promise<readonly { readonly actorId: ActorId; readonly relationship: Relationship }[]> {
  const rows = new Map((await findActors(app.db, actorIds)).map((row) => [row.id, row]));
  const shown = [...new Set(actorIds)].filter((id) => {
    const row = rows.get(id);
    if (row === undefined || row.deleted_at !== null) return false;
    return options.withSuspended || row.suspended_at === null;
  });
  const found = await findRelationships(app, viewer, shown);
  return shown.map((actorId) => ({ actorId, relationship: found.get(actorId) ?? NO_RELATIONSHIP }));
}
