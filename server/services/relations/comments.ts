import type { App } from "../../context.ts";
import type { Relationship, Viewer } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import { invalid, notFound } from "../../errors.ts";
import { findActorById } from "../../store/actors.ts";
import { writeComment } from "../../store/relations.ts";
import { findRelationship } from "../actors/actors.ts";

/** Characters of a comment, as many as Mastodon takes. */
export const COMMENT_MAX = 2_000;

/**
 * Keeps what the person notes down about somebody; nobody else ever sees it, and an empty text forgets it.
 * @throws not_found, invalid `{ comment }`
 */
export async function setComment(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  text: string,
): Promise<Relationship> {
  const target = await findActorById(app.db, actorId);
  if (target === undefined || target.deleted_at !== null) throw notFound();
  const comment = text.trim();
  if ([...comment].length > COMMENT_MAX)
    throw invalid({ comment: { key: "field.too_long", params: { max: COMMENT_MAX } } });
  // Nothing lies between a person and themselves, so nothing could be shown.
  if (actorId === viewer.actorId) return await findRelationship(app, viewer, actorId);
  await writeComment(app.db, {
    actorId: viewer.actorId,
    targetId: actorId,
    comment,
    now: app.clock.now(),
  });
  return await findRelationship(app, viewer, actorId);
}
