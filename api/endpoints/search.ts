import { z } from "zod";
import type { ActorId } from "../../server/domain/ids.ts";
import { CausewayError } from "../../server/errors.ts";
import { search, type SearchOptions } from "../../server/services/search.ts";
import { tagViews } from "../../server/services/tags/tag-views.ts";
import { type Call, answer, endpoint } from "../endpoint.ts";
import { OldSearch, Search } from "../entities/search.ts";
import { flag, id, limit, oneOf, text, whole } from "../kinds.ts";
import { toAccount } from "../serialize/account.ts";
import { toStatus } from "../serialize/status.ts";
import { toTag } from "../serialize/tag.ts";

const params = z.object({
  q: text,
  type: oneOf(["accounts", "statuses", "hashtags"]),
  resolve: flag,
  following: flag,
  account_id: id<ActorId>(),
  exclude_unreviewed: flag,
  max_id: id(),
  min_id: id(),
  limit: limit(20, 40),
  offset: whole(0, 1_000_000),
});

const KINDS = { accounts: "people", statuses: "notes", hashtags: "tags" } as const;

async function found({ app, viewer, params: asked }: Call<z.infer<typeof params>, "anyone">) {
  // Pages and other servers are for those who are signed in (as Mastodon has it).
  if (viewer === null && (asked.resolve === true || (asked.offset ?? 0) > 0))
    throw new CausewayError("unauthenticated", "error.token_of_app");
  const options: SearchOptions = {
    kind: asked.type === undefined ? "all" : KINDS[asked.type],
    limit: asked.limit,
    offset: asked.offset,
    before: asked.max_id,
    after: asked.min_id,
    authorId: asked.account_id,
    following: asked.following === true && viewer !== null,
    resolve: asked.resolve === true,
  };
  const result = await search(app, viewer, asked.q ?? "", options);
  const wants = (type: keyof typeof KINDS) => asked.type === undefined || asked.type === type;
  const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
  return {
    accounts: wants("accounts") ? result.actors.map((actor) => toAccount(draw.origin, actor)) : [],
    statuses: wants("statuses") ? result.notes.map((note) => toStatus(draw, note)) : [],
    tags: wants("hashtags") ? result.tags : [],
    draw,
  };
}

const MISSING =
  "Accounts are found by the beginning of their name, or by their whole address; all tags count as reviewed.";

export const getSearch = endpoint({
  who: "anyone",
  scopes: ["read:search"],
  summary: "People, statuses and tags that words, an address or a handle lead to",
  params,
  returns: Search,
  missing: MISSING,
  run: async (call) => {
    const { accounts, statuses, tags, draw } = await found(call);
    const views = await tagViews(call.app, call.viewer, tags);
    return answer({ accounts, statuses, hashtags: views.map((tag) => toTag(draw, tag)) });
  },
});

export const getOldSearch = endpoint({
  who: "anyone",
  scopes: ["read:search"],
  summary: "The same, with tags as plain names (Mastodon before 2.4)",
  params,
  returns: OldSearch,
  missing: MISSING,
  run: async (call) => {
    const { accounts, statuses, tags } = await found(call);
    return answer({ accounts, statuses, hashtags: tags });
  },
});
