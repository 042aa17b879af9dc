import { z } from "zod";
import {
  type ConversationId,
  directTimeline,
  forgetConversation,
  listConversations,
  markConversation,
} from "../../server/services/conversations/conversations.ts";
import { pageAnswer } from "../answers.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { Conversation } from "../entities/conversation.ts";
import { Status } from "../entities/status.ts";
import { pageOf, paging, pathId } from "../kinds.ts";
import { toConversation } from "../serialize/conversation.ts";
import { toStatus } from "../serialize/status.ts";

const WRITE = ["write:conversations"] as const;
const one = z.object({ id: pathId<ConversationId>() });

export const getConversations = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "Threads of direct statuses, last written first",
  params: z.object(paging(20, 40)),
  returns: z.array(Conversation),
  run: async ({ app, viewer, params }) => {
    const page = await listConversations(app, viewer, pageOf(params));
    return pageAnswer(page, (one) => toConversation(app.config.origin, one));
  },
});

export const getDirect = endpoint({
  who: "user",
  scopes: ["read:statuses"],
  summary: "The last status of each thread of direct statuses (Mastodon before 3.0)",
  params: z.object(paging(20, 40)),
  returns: z.array(Status),
  run: async ({ app, viewer, params }) => {
    const page = await directTimeline(app, viewer, pageOf(params));
    return pageAnswer(page, (note) => toStatus({ origin: app.config.origin, isSignedIn: true }, note));
  },
});

function marking(state: "read" | "unread") {
  return endpoint({
    who: "user",
    scopes: WRITE,
    summary: state === "read" ? "Marks a conversation as read" : "Marks a conversation as not read",
    params: one,
    returns: Conversation,
    run: async ({ app, viewer, params }) =>
      answer(toConversation(app.config.origin, await markConversation(app, viewer, params.id, state))),
  });
}

export const postConversationRead = marking("read");
export const postConversationUnread = marking("unread");

export const removeConversation = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Puts a conversation out of sight; its statuses stay",
  params: one,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await forgetConversation(app, viewer, params.id);
    return answer({});
  },
});
