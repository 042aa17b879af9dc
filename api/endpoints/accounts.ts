import { z } from "zod";
import type { ActorId } from "../../server/domain/ids.ts";
import {
  listPersonPinned,
  listPersonRelations,
  lookUpPerson,
  personTimeline,
  searchPeople,
  viewPeople,
  viewPerson,
} from "../../server/services/actors/people.ts";
import { findFamiliar } from "../../server/services/relations/familiar.ts";
import { viewRelationships } from "../../server/services/relations/standing.ts";
import { pageAnswer } from "../answers.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { Account, FamiliarFollowers, Relationship } from "../entities/account.ts";
import { Status } from "../entities/status.ts";
import { flag, idsOf, limit, pageOf, paging, pathId, text, whole, word } from "../kinds.ts";
import { toPerson, toRelationship } from "../serialize/account.ts";
import { toStatus, toTimelineStatus } from "../serialize/status.ts";

const ACCOUNTS = ["read:accounts"] as const;
const NO_DESCRIPTIONS = "avatar_description and header_description are always empty; nobody's role is shown.";

export const getAccount = endpoint({
  who: "anyone",
  scopes: ACCOUNTS,
  summary: "Somebody by id",
  missing: NO_DESCRIPTIONS,
  params: z.object({ id: pathId<ActorId>() }),
  returns: Account,
  run: async ({ app, params }) => answer(toPerson(app.config.origin, await viewPerson(app, params.id))),
});

export const getAccounts = endpoint({
  who: "anyone",
  scopes: ACCOUNTS,
  summary: "Some people by id; unknown ids are left out",
  missing: NO_DESCRIPTIONS,
  params: z.object({ id: idsOf<ActorId>(80) }),
  returns: z.array(Account),
  run: async ({ app, params }) => {
    const people = await viewPeople(app, params.id);
    return answer(people.map((person) => toPerson(app.config.origin, person)));
  },
});

export const lookUpAccount = endpoint({
  who: "anyone",
  scopes: ACCOUNTS,
  summary: "Somebody who is known here by handle; no other server is asked",
  missing: NO_DESCRIPTIONS,
  params: z.object({ acct: text }),
  returns: Account,
  run: async ({ app, viewer, params }) =>
    answer(toPerson(app.config.origin, await lookUpPerson(app, viewer, params.acct ?? ""))),
});

export const getRelationships = endpoint({
  who: "user",
  scopes: ["read:follows"],
  summary: "What the person is to some people",
  missing: "Nobody can be endorsed, so endorsed is always false.",
  params: z.object({ id: idsOf<ActorId>(200), with_suspended: flag }),
  returns: z.array(Relationship),
  run: async ({ app, viewer, params }) => {
    const withSuspended = params.with_suspended === true;
    const found = await viewRelationships(app, viewer, params.id, { withSuspended });
    return answer(found.map(({ actorId, relationship }) => toRelationship(actorId, relationship)));
  },
});

export const searchAccounts = endpoint({
  who: "user",
  scopes: ACCOUNTS,
  summary: "People by the beginning of their name or handle",
  missing: NO_DESCRIPTIONS,
  params: z.object({
    q: text,
    limit: limit(40, 80),
    offset: whole(0, 1_000),
    resolve: flag,
    following: flag,
  }),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const people = await searchPeople(app, viewer, {
      words: params.q ?? "",
      limit: params.limit,
      offset: params.offset ?? 0,
      asksElsewhere: params.resolve === true,
      followedOnly: params.following === true,
    });
    return answer(people.map((person) => toPerson(app.config.origin, person)));
  },
});

export const getFamiliarFollowers = endpoint({
  who: "user",
  scopes: ["read:follows"],
  summary: "Whom the person follows among the followers of some people",
  params: z.object({ id: idsOf<ActorId>(40) }),
  returns: z.array(FamiliarFollowers),
  run: async ({ app, viewer, params }) => {
    const found = await findFamiliar(app, viewer, params.id);
    return answer(
      found.map(({ actorId, people }) => ({
        id: String(actorId),
        accounts: people.map((person) => toPerson(app.config.origin, person)),
      })),
    );
  },
});

export const getAccountStatuses = endpoint({
  who: "anyone",
  scopes: ["read:statuses"],
  summary: "Statuses and boosts of somebody, newest first, or what they have pinned",
  params: z.object({
    ...paging(20, 40),
    id: pathId<ActorId>(),
    only_media: flag,
    exclude_replies: flag,
    exclude_reblogs: flag,
    exclude_direct: flag,
    pinned: flag,
    tagged: word,
  }),
  returns: z.array(Status),
  run: async ({ app, viewer, params }) => {
    const draw = { origin: app.config.origin, isSignedIn: viewer !== null };
    if (params.pinned === true) {
      const notes = await listPersonPinned(app, viewer, params.id);
      return answer(notes.map((note) => toStatus(draw, note)));
    }
    const page = await personTimeline(app, viewer, params.id, {
      ...pageOf(params),
      mediaOnly: params.only_media,
      withoutReplies: params.exclude_replies,
      withoutBoosts: params.exclude_reblogs,
      withoutDirect: params.exclude_direct,
      tag: params.tagged,
    });
    return pageAnswer(page, (entry) => toTimelineStatus(draw, entry));
  },
});

function relations(side: "followers" | "following", summary: string): AnyEndpoint {
  return endpoint({
    who: "anyone",
    scopes: ACCOUNTS,
    summary,
    missing: NO_DESCRIPTIONS,
    params: z.object({ ...paging(40, 80), id: pathId<ActorId>() }),
    returns: z.array(Account),
    run: async ({ app, viewer, params }) => {
      const page = await listPersonRelations(app, viewer, side, params.id, pageOf(params));
      return pageAnswer(page, (person) => toPerson(app.config.origin, person));
    },
  });
}

export const getFollowers = relations("followers", "Who follows somebody, as far as they show it");
export const getFollowing = relations("following", "Whom somebody follows, as far as they show it");
