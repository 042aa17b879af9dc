import { z } from "zod";
import { type AnyEndpoint, type Answer, answer, type Call, endpoint } from "../endpoint.ts";
import { flag, text, word } from "../kinds.ts";
import { STREAMS, type Wanted } from "../streaming/channels.ts";
import { EVENT_HEADERS, openEvents } from "../streaming/events.ts";

/** Server-sent events, one after the other, as text. */
const Events = z.string();

async function open({ streams, holder, ip }: Call, wanted: Wanted): Promise<Answer> {
  return answer(await openEvents(streams, { holder, ip }, wanted), { headers: EVENT_HEADERS });
}

/** A channel of one person. */
function own(stream: string, scope: string, summary: string): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: [scope],
    summary,
    params: z.object({}),
    returns: Events,
    queryToken: true,
    run: (call) => open(call, { stream }),
  });
}

/** A channel that is the same for everybody. */
function common(stream: string, summary: string): AnyEndpoint {
  return endpoint({
    who: "anyone",
    scopes: ["read:statuses"],
    summary,
    params: z.object({ only_media: flag }),
    returns: Events,
    queryToken: true,
    run: (call) => open(call, { stream: call.params.only_media === true ? `${stream}:media` : stream }),
  });
}

function ofTag(stream: string, summary: string): AnyEndpoint {
  return endpoint({
    who: "anyone",
    scopes: ["read:statuses"],
    summary,
    params: z.object({ tag: text }),
    returns: Events,
    queryToken: true,
    run: (call) => open(call, { stream, tag: call.params.tag }),
  });
}

export const streamUser = own("user", "read:statuses", "Home and notifications of the person, as events");
export const streamNotifications = own(
  "user:notification",
  "read:notifications",
  "Notifications of the person, as events",
);
export const streamDirect = own("direct", "read:statuses", "Conversations of the person, as events");
export const streamPublic = common("public", "Public statuses, as events");
export const streamLocal = common("public:local", "Public statuses of this server, as events");
export const streamRemote = common("public:remote", "Public statuses of other servers, as events");
export const streamTag = ofTag("hashtag", "Public statuses with a tag, as events");
export const streamLocalTag = ofTag("hashtag:local", "Public statuses of this server with a tag, as events");

export const streamList = endpoint({
  who: "user",
  scopes: ["read:lists", "read:statuses"],
  summary: "Statuses of the people on a list, as events",
  params: z.object({ list: word }),
  returns: Events,
  queryToken: true,
  run: (call) => open(call, { stream: "list", list: call.params.list }),
});

export const stream = endpoint({
  who: "anyone",
  scopes: ["read:statuses", "read:notifications", "read:lists"],
  summary: "Any stream by its name as events; with `Upgrade: websocket` any number of them",
  params: z.object({ stream: z.enum(STREAMS), tag: text, list: word }),
  returns: Events,
  queryToken: true,
  run: (call) => open(call, call.params),
});

export const getStreamingHealth = endpoint({
  who: "anyone",
  scopes: [],
  summary: "Whether streams can be opened",
  params: z.object({}),
  returns: z.literal("OK"),
  run: () => Promise.resolve(answer("OK", { headers: { "Content-Type": "text/plain; charset=utf-8" } })),
});
