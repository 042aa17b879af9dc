import { z } from "zod";
import type { Viewer } from "../../server/domain/actor.ts";
import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import type { Page, PageRequest } from "../../server/domain/note.ts";
import {
  type AboutActor,
  listPeople,
  listPersonLists,
  listPersonTags,
  viewPerson,
} from "../../server/services/actors/people.ts";
import {
  listBlockedPeople,
  listMutedAccounts,
  listRequestingPeople,
} from "../../server/services/relations/listed-people.ts";
import { pageAnswer } from "../answers.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { Account } from "../entities/account.ts";
import { List } from "../entities/list.ts";
import { FeaturedTag } from "../entities/tag.ts";
import { flag, limit, oneOf, pageOf, paging, pathId, whole } from "../kinds.ts";
import { toAccount, toPerson } from "../serialize/account.ts";
import { toList } from "../serialize/list.ts";
import { toFeaturedTag } from "../serialize/tag.ts";

export const getAccountLists = endpoint({
  who: "user",
  scopes: ["read:lists"],
  summary: "The person's lists that somebody is on",
  params: z.object({ id: pathId<ActorId>() }),
  returns: z.array(List),
  run: async ({ app, viewer, params }) => answer((await listPersonLists(app, viewer, params.id)).map(toList)),
});

export const getAccountFeaturedTags = endpoint({
  who: "anyone",
  scopes: ["read:accounts"],
  summary: "Tags on somebody's profile",
  params: z.object({ id: pathId<ActorId>() }),
  returns: z.array(FeaturedTag),
  run: async ({ app, params }) => {
    const tags = await listPersonTags(app, params.id);
    return answer(tags.map((tag) => toFeaturedTag(app.config.origin, tag)));
  },
});

/** A list of people that is the person's own business. */
function own(
  summary: string,
  scope: string,
  list: (app: App, viewer: Viewer, request: PageRequest) => Promise<Page<AboutActor>>,
): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: [scope],
    summary,
    params: z.object(paging(40, 80)),
    returns: z.array(Account),
    run: async ({ app, viewer, params }) => {
      const page = await list(app, viewer, pageOf(params));
      return pageAnswer(page, (person) => toPerson(app.config.origin, person));
    },
  });
}

export const getBlocks = own("Whom the person blocks, newest first", "read:blocks", listBlockedPeople);
export const getFollowRequests = own(
  "Who asks to follow the person, newest first",
  "read:follows",
  listRequestingPeople,
);

export const getMutes = endpoint({
  who: "user",
  scopes: ["read:mutes"],
  summary: "Whom the person mutes at present and until when, newest first",
  params: z.object(paging(40, 80)),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const page = await listMutedAccounts(app, viewer, pageOf(params));
    return pageAnswer(page, ({ actor, moved, lastNoteAt, expiresAt }) =>
      toAccount(app.config.origin, actor, { moved, lastStatusAt: lastNoteAt, mutedUntil: expiresAt }),
    );
  },
});

const NOBODY = "Nobody can be endorsed here: collections take that place, so the list is empty.";

export const getEndorsements = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "Whom the person endorses",
  missing: NOBODY,
  params: z.object(paging(40, 80)),
  returns: z.array(Account),
  run: () => Promise.resolve(answer([])),
});

export const getAccountEndorsements = endpoint({
  who: "anyone",
  scopes: ["read:accounts"],
  summary: "Whom somebody endorses",
  missing: NOBODY,
  params: z.object({ ...paging(40, 80), id: pathId<ActorId>() }),
  returns: z.array(Account),
  run: async ({ app, params }) => {
    await viewPerson(app, params.id);
    return answer([]);
  },
});

export const getDirectory = endpoint({
  who: "anyone",
  scopes: [],
  summary: "People who want to be found",
  missing: "By activity, only the authors of the newest few thousand statuses are listed.",
  params: z.object({
    limit: limit(40, 80),
    offset: whole(0, 10_000),
    order: oneOf(["active", "new"]),
    local: flag,
  }),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const people = await listPeople(app, viewer, {
      localOnly: params.local === true,
      order: params.order ?? "active",
      from: params.offset ?? 0,
      limit: params.limit,
    });
    return answer(people.map((person) => toPerson(app.config.origin, person)));
  },
});
