import { z } from "zod";
import { hideHost, listHiddenHosts, showHost } from "../../server/services/relations/hidden-hosts.ts";
import { pageAnswer } from "../answers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { pageOf, paging, text } from "../kinds.ts";

export const getHiddenServers = endpoint({
  who: "user",
  scopes: ["read:blocks"],
  summary: "Servers that the person hides, the last hidden first",
  params: z.object(paging(100, 200)),
  returns: z.array(z.string()),
  run: async ({ app, viewer, params }) => {
    const page = await listHiddenHosts(app, viewer, pageOf(params));
    return pageAnswer(page, ({ host }) => host);
  },
});

export const hideServer = endpoint({
  who: "user",
  scopes: ["write:blocks"],
  summary: "Hides a whole server from the person; follows end both ways",
  params: z.object({ domain: text }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await hideHost(app, viewer, params.domain ?? "");
    return answer({});
  },
});

export const showServer = endpoint({
  who: "user",
  scopes: ["write:blocks"],
  summary: "Shows a server to the person again",
  params: z.object({ domain: text }),
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await showHost(app, viewer, params.domain ?? "");
    return answer({});
  },
});
