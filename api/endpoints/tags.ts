import { z } from "zod";
import { featureTag, unfeatureTag } from "../../server/services/actors/featured-tags.ts";
import { followTag, unfollowTag } from "../../server/services/tags/tag-follows.ts";
import {
  findOwnFeaturedTag,
  followedTagsPage,
  suggestFeaturedTags,
  viewFeaturedTags,
  viewTag,
} from "../../server/services/tags/tag-views.ts";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { invalid, notFound } from "../../server/errors.ts";
import { normalizeTag } from "../../server/text/entities.ts";
import { pageAnswer } from "../answers.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { Nothing, Tag } from "../entities/common.ts";
import { FeaturedTag } from "../entities/tag.ts";
import { pageOf, paging, pathId, text } from "../kinds.ts";
import { toFeaturedTag, toTag } from "../serialize/tag.ts";

const named = z.object({ id: z.string() });

export const getTag = endpoint({
  who: "anyone",
  scopes: ["read"],
  summary: "A tag by its name, with its last seven days",
  params: named,
  returns: Tag,
  run: async ({ app, viewer, params }) => {
    const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
    return answer(toTag(draw, await viewTag(app, viewer, params.id)));
  },
});

/** Does something with a tag and answers the tag as it is then. */
function acting(
  summary: string,
  scopes: readonly string[],
  act: (app: App, viewer: Viewer, name: string) => Promise<unknown>,
): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes,
    summary,
    params: named,
    returns: Tag,
    run: async ({ app, viewer, params }) => {
      // What can be no tag is not there, rather than wrong.
      await viewTag(app, viewer, params.id);
      await act(app, viewer, params.id);
      return answer(
        toTag({ origin: app.config.origin, isSignedIn: true }, await viewTag(app, viewer, params.id)),
      );
    },
  });
}

const FOLLOWS = ["write:follows"] as const;
const ACCOUNTS = ["write:accounts"] as const;
export const postTagFollow = acting("Follows a tag", FOLLOWS, followTag);
export const postTagUnfollow = acting("Follows a tag no more", FOLLOWS, unfollowTag);
export const postTagFeature = acting("Puts a tag on the person's profile", ACCOUNTS, featureTag);
export const postTagUnfeature = acting("Takes a tag off the person's profile", ACCOUNTS, unfeatureTag);

export const getFollowedTags = endpoint({
  who: "user",
  scopes: ["read:follows"],
  summary: "Tags that the person follows, last followed first",
  params: z.object(paging(100, 200)),
  returns: z.array(Tag),
  run: async ({ app, viewer, params }) => {
    const page = await followedTagsPage(app, viewer, pageOf(params));
    return pageAnswer(page, (tag) => toTag({ origin: app.config.origin, isSignedIn: true }, tag));
  },
});

export const getFeaturedTags = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "Tags on the person's own profile",
  params: z.object({}),
  returns: z.array(FeaturedTag),
  run: async ({ app, viewer }) => {
    const tags = await viewFeaturedTags(app, viewer.actorId);
    return answer(tags.map((tag) => toFeaturedTag(app.config.origin, tag)));
  },
});

export const postFeaturedTag = endpoint({
  who: "user",
  scopes: ACCOUNTS,
  summary: "Puts a tag on the person's profile",
  params: z.object({ name: text }),
  returns: FeaturedTag,
  run: async ({ app, viewer, params }) => {
    const { name = "" } = params;
    if (name.trim() === "") throw invalid({ name: { key: "field.required" } });
    await featureTag(app, viewer, name);
    const tag = normalizeTag(name.trim());
    const found = (await viewFeaturedTags(app, viewer.actorId)).find((one) => one.tag === tag);
    if (found === undefined) throw notFound();
    return answer(toFeaturedTag(app.config.origin, found));
  },
});

export const removeFeaturedTag = endpoint({
  who: "user",
  scopes: ACCOUNTS,
  summary: "Takes a tag off the person's profile, by the id of its place there",
  params: z.object({ id: pathId() }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    const { tag } = await findOwnFeaturedTag(app, viewer, params.id);
    await unfeatureTag(app, viewer, tag);
    return answer({});
  },
});

export const getFeaturedTagSuggestions = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "Tags that the person writes often and that are not on their profile",
  params: z.object({}),
  returns: z.array(Tag),
  run: async ({ app, viewer }) => {
    const draw = { origin: app.config.origin, isSignedIn: true };
    return answer((await suggestFeaturedTags(app, viewer)).map((tag) => toTag(draw, tag)));
  },
});
