import { z } from "zod";
import type { ActorId } from "../../server/domain/ids.ts";
import { refuseSuggestion, suggestToFollow } from "../../server/services/relations/familiar.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Account, Suggestion } from "../entities/account.ts";
import { Nothing } from "../entities/common.ts";
import { limit, pathId } from "../kinds.ts";
import { toPerson } from "../serialize/account.ts";

export const getSuggestions = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "People whom the person may want to follow, and why",
  missing: "The reason is always that they are active and want to be found.",
  params: z.object({ limit: limit(40, 80) }),
  returns: z.array(Suggestion),
  run: async ({ app, viewer, params }) => {
    const people = await suggestToFollow(app, viewer, params.limit);
    return answer(
      people.map((person) => ({
        source: "global",
        sources: ["most_interactions"],
        account: toPerson(app.config.origin, person),
      })),
    );
  },
});

export const getOldSuggestions = endpoint({
  who: "user",
  scopes: ["read:accounts"],
  summary: "People whom the person may want to follow",
  params: z.object({ limit: limit(40, 80) }),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const people = await suggestToFollow(app, viewer, params.limit);
    return answer(people.map((person) => toPerson(app.config.origin, person)));
  },
});

export const deleteSuggestion = endpoint({
  who: "user",
  scopes: ["write:accounts"],
  summary: "Suggests somebody no more; unknown people are none either",
  params: z.object({ id: pathId<ActorId>() }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await refuseSuggestion(app, viewer, params.id);
    return answer({});
  },
});
