import { z } from "zod";
import type { ActorId } from "../../server/domain/ids.ts";
import { LIST_REPLIES, type ListId } from "../../server/domain/list.ts";
import {
  addAllToList,
  changeList,
  createList,
  deleteList,
  listLists,
  listMembersPage,
  removeAllFromList,
  viewList,
} from "../../server/services/lists/lists.ts";
import { pageAnswer } from "../answers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Account } from "../entities/account.ts";
import { Nothing } from "../entities/common.ts";
import { List } from "../entities/list.ts";
import { flag, idsOf, oneOf, pageOf, paging, pathId, text } from "../kinds.ts";
import { toAccount } from "../serialize/account.ts";
import { toList } from "../serialize/list.ts";

const READ = ["read:lists"] as const;
const WRITE = ["write:lists"] as const;
const one = z.object({ id: pathId<ListId>() });
const form = { title: text, replies_policy: oneOf(LIST_REPLIES), exclusive: flag };

export const getLists = endpoint({
  who: "user",
  scopes: READ,
  summary: "The person's lists, oldest first",
  params: z.object({}),
  returns: z.array(List),
  run: async ({ app, viewer }) => answer((await listLists(app, viewer)).map(toList)),
});

export const getList = endpoint({
  who: "user",
  scopes: READ,
  summary: "One of the person's lists",
  params: one,
  returns: List,
  run: async ({ app, viewer, params }) => answer(toList(await viewList(app, viewer, params.id))),
});

export const postList = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Begins a list",
  params: z.object(form),
  returns: List,
  run: async ({ app, viewer, params }) => {
    const { title = "", replies_policy: replies, exclusive } = params;
    const id = await createList(app, viewer, { title, replies, exclusive });
    return answer(toList(await viewList(app, viewer, id)));
  },
});

export const putList = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Changes a list; what is not named stays",
  params: one.extend(form),
  returns: List,
  run: async ({ app, viewer, params }) => {
    const before = await viewList(app, viewer, params.id);
    await changeList(app, viewer, params.id, {
      title: params.title ?? before.title,
      replies: params.replies_policy ?? before.replies,
      exclusive: params.exclusive ?? before.exclusive,
    });
    return answer(toList(await viewList(app, viewer, params.id)));
  },
});

export const removeList = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Removes a list",
  params: one,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await deleteList(app, viewer, params.id);
    return answer({});
  },
});

export const getListAccounts = endpoint({
  who: "user",
  scopes: READ,
  summary: "Who is on a list; a limit of 0 asks for all",
  params: one.extend({
    ...paging(40, 80),
    // Clients ask for everybody with 0, which is no number of things on a page.
    limit: z.union([z.literal("0").transform(() => 0), z.literal(0), paging(40, 80).limit]),
  }),
  returns: z.array(Account),
  run: async ({ app, viewer, params }) => {
    const page = await listMembersPage(app, viewer, params.id, pageOf(params));
    return pageAnswer(page, (actor) => toAccount(app.config.origin, actor));
  },
});

const members = one.extend({ account_ids: idsOf<ActorId>() });

export const postListAccounts = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Puts people on a list; people elsewhere have to be followed first",
  params: members,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await addAllToList(app, viewer, params.id, params.account_ids);
    return answer({});
  },
});

export const removeListAccounts = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Takes people off a list",
  params: members,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await removeAllFromList(app, viewer, params.id, params.account_ids);
    return answer({});
  },
});
