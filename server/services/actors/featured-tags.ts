import type { App } from "../../context.ts";
import { PROFILE_LIMITS, type Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { invalid } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { findActorByUri } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { insertFeaturedTag, listFeaturedTagRows, removeFeaturedTag } from "../../store/featured-tags.ts";
import { isTag, normalizeTag, normalizeText } from "../../text/entities.ts";
import { federate } from "../federation/federate.ts";

/** A tag on a profile: as compared, and as written. */
export type FeaturedTag = { readonly tag: string; readonly name: string };

/** The tags of a profile, oldest first. */
export async function listFeaturedTags(app: App, actorId: ActorId): Promise<readonly FeaturedTag[]> {
  const rows = await listFeaturedTagRows(app.db, actorId, PROFILE_LIMITS.tags);
  return rows.map(({ tag, name }) => ({ tag, name }));
}

/** Puts a tag on the person's profile. Idempotent. @throws invalid with the field `tag`, also when there are enough. */
export async function featureTag(app: App, viewer: Viewer, text: string): Promise<void> {
  const name = nameOf(text);
  if (name === null) throw invalid({ tag: { key: "field.tag_form" } });
  const tag = normalizeTag(name);
  const max = PROFILE_LIMITS.tags;
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const stored = await listFeaturedTagRows(tx, viewer.actorId, max);
    if (stored.some((row) => row.tag === tag)) return;
    if (stored.length >= max) throw invalid({ tag: { key: "field.too_many_tags", params: { max } } });
    await insertFeaturedTag(tx, { id: app.ids.next(), actor_id: viewer.actorId, tag, name });
    await federate(app, tx, viewer.actorId, {
      type: "tag.featured",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
      tag,
      name,
    });
  });
  app.wake();
}

/** Takes a tag off the person's profile. Idempotent. */
export async function unfeatureTag(app: App, viewer: Viewer, text: string): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await removeFeaturedTag(tx, viewer.actorId, normalizeTag(text));
    if (row === undefined) return;
    await federate(app, tx, viewer.actorId, {
      type: "tag.unfeatured",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
      tag: row.tag,
      name: row.name,
    });
  });
  app.wake();
}

/** A remote actor puts a tag on its profile or takes it off. */
export type ReceivedFeaturedTag = {
  readonly actorUri: string;
  readonly name: string;
  readonly targetUri: string;
};

/** An Add of a Hashtag: to `featuredTags`, or to `featured` as Mastodon sends it. */
export async function receiveFeaturedTag(app: App, received: ReceivedFeaturedTag): Promise<void> {
  const actorId = await ownerOf(app, received);
  const name = nameOf(received.name);
  if (actorId === null || name === null) return;
  await transaction(app.db, async (tx) => {
    const stored = await listFeaturedTagRows(tx, actorId, PROFILE_LIMITS.tags);
    if (stored.length >= PROFILE_LIMITS.tags) return;
    await insertFeaturedTag(tx, { id: app.ids.next(), actor_id: actorId, tag: normalizeTag(name), name });
  });
}

/** A Remove of a Hashtag. */
export async function receiveUnfeaturedTag(app: App, received: ReceivedFeaturedTag): Promise<void> {
  const actorId = await ownerOf(app, received);
  if (actorId !== null) await removeFeaturedTag(app.db, actorId, normalizeTag(received.name));
}

/** Who says it, if the collection is one that its own document names. */
async function ownerOf(app: App, { actorUri, targetUri }: ReceivedFeaturedTag): Promise<ActorId | null> {
  const actor = await findActorByUri(app.db, actorUri);
  if (actor === undefined || actor.host === "" || actor.deleted_at !== null) return null;
  const isTheirs = targetUri === actor.featured_uri || targetUri === actor.featured_tags_uri;
  return isTheirs ? asId(actor.id) : null;
}

function nameOf(text: string): string | null {
  const name = normalizeText(text)
    .trim()
    .replace(/^[#＃]+/, "");
  return isTag(name) ? name : null;
}
