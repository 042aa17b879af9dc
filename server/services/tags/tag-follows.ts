// Hashtags as something to follow. Part of services/: may import what services may.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { FollowedTag } from "../../domain/explore.ts";
import { invalid } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { transaction } from "../../store/database.ts";
import {
  findFollowedTags,
  insertTagFollow,
  listRelatedTags,
  listTagFollows,
  removeTagFollow,
} from "../../store/tag-follows.ts";
import { isTag, normalizeTag, normalizeText } from "../../text/entities.ts";

const MOST = 200;
/** Notes that are looked at for the tags beside a tag, and tags that are named. */
const SAMPLE = 200;
const RELATED = 8;

/** Follows a tag: public notes with it stand in the home timeline. Idempotent. @throws invalid with the field `tag` */
export async function followTag(app: App, viewer: Viewer, text: string): Promise<string> {
  const name = normalizeText(text)
    .trim()
    .replace(/^[#＃]+/, "");
  if (!isTag(name)) throw invalid({ tag: { key: "field.tag_form" } });
  const tag = normalizeTag(name);
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const followed = await listTagFollows(tx, viewer.actorId, MOST);
    if (followed.some((row) => row.tag === tag)) return;
    if (followed.length >= MOST)
      throw invalid({ tag: { key: "field.too_many_tags", params: { max: MOST } } });
    await insertTagFollow(tx, {
      id: app.ids.next(),
      actor_id: viewer.actorId,
      tag,
      name,
      created_at: app.clock.now(),
    });
  });
  return tag;
}

/** Follows a tag no more. Idempotent. */
export async function unfollowTag(app: App, viewer: Viewer, text: string): Promise<void> {
  await removeTagFollow(app.db, viewer.actorId, normalizeTag(text));
}

/** The tags that somebody follows, by name. */
export async function listFollowedTags(app: App, viewer: Viewer): Promise<readonly FollowedTag[]> {
  return (await listTagFollows(app.db, viewer.actorId, MOST)).map(({ tag, name }) => ({ tag, name }));
}

/** Those of some tags that the reader follows. */
export async function followedAmong(
  app: App,
  viewer: Viewer | null,
  tags: readonly string[],
): Promise<ReadonlySet<string>> {
  return viewer === null ? new Set() : await findFollowedTags(app.db, viewer.actorId, tags);
}

/** Tags that people write beside a tag, the most frequent first. */
export async function relatedTags(app: App, tag: string): Promise<readonly string[]> {
  return await listRelatedTags(app.db, normalizeTag(tag), SAMPLE, RELATED);
}
