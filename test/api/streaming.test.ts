import { createStreamingAPIClient } from "masto";
import { describe, expect, test, vi } from "vitest";
import { Announcement } from "../../api/entities/notices.ts";
import { Conversation } from "../../api/entities/conversation.ts";
import { Notification } from "../../api/entities/notification.ts";
import { Status } from "../../api/entities/status.ts";
import { saveAnnouncement, removeAnnouncement } from "../../server/services/announcements/announcements.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { addToList, createList } from "../../server/services/lists/lists.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { announceNote, likeNote, unannounceNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { followTag } from "../../server/services/tags/tag-follows.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, serve, tokenOf } from "./client.ts";
import { type Heard, openEar, readEvents } from "./listening.ts";

const update = (text: string) => (frame: Heard) =>
  frame.event === "update" && (frame.payload ?? "").includes(text);

function statusOf(frame: Heard): Status {
  return Status.parse(JSON.parse(frame.payload ?? ""));
}

/** Ada listens, Bob writes, Eve is nobody to either; Ada follows Bob. */
async function three() {
  const served = await serve();
  const ada = await aPerson(served, "ada");
  const bob = await aPerson(served, "bob");
  const eve = await aPerson(served, "eve");
  await followActor(served.instance.app, ada.viewer, bob.viewer.actorId);
  return { served, app: served.instance.app, ada, bob, eve };
}

describe("A WebSocket", () => {
  test("with the token as subprotocol sees a note within a second, in the shape of the API, and its edit and end", async () => {
    const { served, app, ada, bob } = await three();
    const ear = await openEar(served, "", { token: ada.token });
    expect(ear.socket.protocol).toBe(ada.token);
    ear.order({ type: "subscribe", stream: "user" });
    // Orders are carried out one after the other: the fault of the second says that the first is done.
    ear.order({ type: "subscribe", stream: "nothing" });
    await ear.hears((frame) => frame.error !== undefined);
    const note = await aNote(served.instance, { by: bob.viewer, source: "A **new** one" });
    const startedAt = performance.now();
    const frame = await ear.hears(update("A <strong>new</strong> one"));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(frame.stream).toEqual(["user"]);
    const status = statusOf(frame);
    expect([status]).toEqual((await ada.ask("GET", "/api/v1/timelines/home?limit=1")).json);
    expect(status.favourited).toBe(false);
    await editNote(app, bob.viewer, { noteId: note.id, source: "Changed" });
    const edited = await ear.hears(({ event }) => event === "status.update");
    expect(statusOf(edited).content).toBe("<p>Changed</p>");
    await deleteNote(app, bob.viewer, note.id);
    const gone = await ear.hears(({ event }) => event === "delete");
    expect(gone).toEqual({ stream: ["user"], event: "delete", payload: String(note.id) });
  });

  test("takes the token from the address or a header, too, and a stream from the address", async () => {
    const { served, ada, bob } = await three();
    const ears = await Promise.all([
      openEar(served, `?stream=user&access_token=${ada.token}`),
      openEar(served, "/?stream=user", { headers: { authorization: `Bearer ${ada.token}` } }),
    ]);
    await aNote(served.instance, { by: bob.viewer, source: "Twice heard" });
    for (const ear of ears) await ear.hears(update("Twice heard"));
  });

  test("hears boosts and their end by the ids that the timeline has", async () => {
    const { served, app, ada, bob, eve } = await three();
    const note = await aNote(served.instance, { by: eve.viewer, source: "Worth a boost" });
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    await announceNote(app, bob.viewer, note.id);
    const boost = statusOf(await ear.hears(update("Worth a boost")));
    expect(boost.reblog?.id).toBe(String(note.id));
    expect(boost.account.username).toBe("bob");
    await unannounceNote(app, bob.viewer, note.id);
    const gone = await ear.hears(({ event }) => event === "delete");
    expect(gone.payload).toBe(boost.id);
  });

  test("hears each channel under the name it asked for", async () => {
    const { served, app, ada, bob, eve } = await three();
    const listId = await createList(app, ada.viewer, { title: "Some" });
    await addToList(app, ada.viewer, listId, bob.viewer.actorId);
    await followTag(app, eve.viewer, "food");
    const ear = await openEar(served, "", { token: ada.token });
    for (const order of [
      { stream: "public" },
      { stream: "public:local" },
      { stream: "public:remote" },
      { stream: "public:media" },
      { stream: "hashtag", tag: "Food" },
      { stream: "hashtag:local", tag: "food" },
      { stream: "list", list: String(listId) },
    ])
      ear.order({ type: "subscribe", ...order });
    ear.order({ type: "subscribe", stream: "hashtag", tag: "" });
    await ear.hears((frame) => frame.status === 422);
    const evesHome = await openEar(served, "?stream=user", { token: eve.token });
    await aNote(served.instance, { by: bob.viewer, source: "Soup #food" });
    await evesHome.hears(update("Soup"));
    await ear.hears(({ stream }) => stream?.[0] === "list");
    expect(ear.heard.flatMap(({ stream }) => (stream === undefined ? [] : [stream]))).toEqual([
      ["public"],
      ["public:local"],
      ["hashtag", "Food"],
      ["hashtag:local", "food"],
      ["list", String(listId)],
    ]);
    ear.order({ type: "unsubscribe", stream: "public" });
    ear.order({ type: "unsubscribe", stream: "nothing" });
    await vi.waitFor(() => expect(ear.heard.filter(({ status }) => status === 422)).toHaveLength(2));
    await aNote(served.instance, { by: bob.viewer, source: "Bread" });
    await ear.hears((frame) => frame.stream?.[0] === "list" && update("Bread")(frame));
    expect(ear.heard.filter((frame) => frame.stream?.[0] === "public")).toHaveLength(1);
  });

  test("hears notifications, conversations, filters and announcements in their shapes", async () => {
    const { served, app, ada, bob } = await three();
    const note = await aNote(served.instance, { by: ada.viewer, source: "Mine" });
    const ear = await openEar(served, "?stream=user", { token: ada.token });
    ear.order({ type: "subscribe", stream: "direct" });
    ear.order({ type: "subscribe", stream: "user:notification" });
    ear.order({ type: "subscribe", stream: "nothing" });
    await ear.hears((frame) => frame.error !== undefined);
    await likeNote(app, bob.viewer, note.id);
    const liked = await ear.hears(({ stream }) => stream?.[0] === "user:notification");
    expect(Notification.parse(JSON.parse(liked.payload ?? "")).type).toBe("favourite");
    await ear.hears((frame) => frame.event === "notification" && frame.stream?.[0] === "user");
    await aNote(served.instance, { by: bob.viewer, source: "@ada just us", visibility: "direct" });
    const talk = await ear.hears(({ event }) => event === "conversation");
    expect(talk.stream).toEqual(["direct"]);
    expect(Conversation.parse(JSON.parse(talk.payload ?? "")).last_status?.content).toContain("just us");
    await createFilter(app, ada.viewer, {
      title: "x",
      contexts: ["home"],
      action: "hide",
      keywords: [{ keyword: "spoiler", wholeWord: false }],
    });
    expect(await ear.hears(({ event }) => event === "filters_changed")).toEqual({
      stream: ["user"],
      event: "filters_changed",
    });
    const owner = served.instance.owner;
    if (owner === null) throw new Error("There is no owner.");
    const told = { source: "Maintenance", language: null, startsAt: null, endsAt: null, publish: true };
    const id = await saveAnnouncement(app, owner, null, told);
    const announced = await ear.hears(({ event }) => event === "announcement");
    expect(Announcement.parse(JSON.parse(announced.payload ?? "")).id).toBe(String(id));
    await removeAnnouncement(app, owner, id);
    const removed = await ear.hears(({ event }) => event === "announcement.delete");
    expect(removed.payload).toBe(String(id));
  });
});

describe("What is not for somebody", () => {
  test("never reaches them: direct notes, notes for followers, muted and filtered people, also not by the id of their end", async () => {
    const { served, app, ada, bob, eve } = await three();
    const ear = await openEar(served, "?stream=user", { token: eve.token });
    for (const stream of ["public", "public:local", "direct", "user:notification"])
      ear.order({ type: "subscribe", stream });
    ear.order({ type: "subscribe", stream: "hashtag", tag: "quiet" });
    const visitor = await openEar(served, "?stream=public");
    const adas = await openEar(served, "?stream=user", { token: ada.token });
    const direct = await aNote(served.instance, {
      by: bob.viewer,
      source: "@ada #quiet between us",
      visibility: "direct",
    });
    const forFollowers = await aNote(served.instance, {
      by: bob.viewer,
      source: "#quiet for followers",
      visibility: "followers",
    });
    await adas.hears(update("for followers"));
    for (const { id } of [direct, forFollowers]) await deleteNote(app, bob.viewer, id);
    await adas.hears(({ event, payload }) => event === "delete" && payload === String(forFollowers.id));
    await createFilter(app, eve.viewer, {
      title: "x",
      contexts: ["public"],
      action: "hide",
      keywords: [{ keyword: "spoiler", wholeWord: false }],
    });
    await aNote(served.instance, { by: bob.viewer, source: "A spoiler for all" });
    await visitor.hears(update("spoiler"));
    await aNote(served.instance, { by: bob.viewer, source: "The last one" });
    await ear.hears(update("The last one"));
    const texts = ear.heard.filter(({ event }) => event !== "filters_changed").map(({ payload }) => payload);
    expect(texts.filter((text) => !text?.includes("The last one"))).toEqual([]);
    expect(visitor.heard.map(({ payload }) => payload ?? "").join(" ")).not.toMatch(
      /between us|for followers/,
    );
  });

  test("shows a filter that only warns to its owner alone", async () => {
    const { served, app, ada, bob, eve } = await three();
    await createFilter(app, ada.viewer, {
      title: "Careful",
      contexts: ["home"],
      action: "warn",
      keywords: [{ keyword: "spoiler", wholeWord: false }],
    });
    await followActor(app, eve.viewer, bob.viewer.actorId);
    const [adas, eves] = await Promise.all(
      [ada, eve].map(({ token }) => openEar(served, "?stream=user", { token })),
    );
    await aNote(served.instance, { by: bob.viewer, source: "A spoiler" });
    const [mine, theirs] = await Promise.all([adas, eves].map((ear) => ear?.hears(update("spoiler"))));
    expect(statusOf(mine ?? {}).filtered).toHaveLength(1);
    expect(statusOf(theirs ?? {}).filtered).toEqual([]);
  });

  test("is refused before anything is opened", async () => {
    const { served, ada } = await three();
    const narrow = await tokenOf(served, "ada", ["read:accounts"]);
    const statuses = await tokenOf(served, "ada", ["read:statuses"]);
    const refused = async (query: string, token?: string, headers?: Record<string, string>) =>
      await openEar(served, query, {
        ...(token === undefined ? {} : { token }),
        ...(headers === undefined ? {} : { headers }),
      }).then(
        () => "opened",
        (error: unknown) => String(error),
      );
    expect(await refused("?stream=user")).toContain("401");
    expect(await refused("")).toContain("401");
    expect(await refused("?stream=user", "nobodys-token")).toContain("401");
    expect(await refused("?stream=user", narrow)).toContain("403");
    expect(await refused("?stream=user:notification", statuses)).toContain("403");
    expect(await refused("?stream=list&list=12", ada.token)).toContain("404");
    expect(await refused("?stream=hashtag", ada.token)).toContain("422");
    expect(await refused("?stream=user", ada.token, { host: "elsewhere.example" })).toContain("421");
    const app = served.instance.app;
    const bobs = await createList(app, (await aPerson(served, "carl")).viewer, { title: "Mine" });
    expect(await refused(`?stream=list&list=${bobs}`, ada.token)).toContain("404");
  });

  test("of a token without notifications comes without them", async () => {
    const { served, app, ada, bob } = await three();
    const token = await tokenOf(served, "ada", ["read:statuses"]);
    const note = await aNote(served.instance, { by: ada.viewer });
    const ear = await openEar(served, "?stream=user", { token });
    await likeNote(app, bob.viewer, note.id);
    await aNote(served.instance, { by: bob.viewer, source: "Afterwards" });
    await ear.hears(update("Afterwards"));
    expect(ear.heard.map(({ event }) => event)).toEqual(["update"]);
  });
});

describe("Server-sent events", () => {
  test("carry the same, with CORS, a greeting and the token in the address", async () => {
    const { served, app, ada, bob } = await three();
    const events = await readEvents(served, `/api/v1/streaming/user?access_token=${ada.token}`);
    expect(events.status).toBe(200);
    expect(events.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(events.headers.get("access-control-allow-origin")).toBe("*");
    await events.hears(":)");
    const note = await aNote(served.instance, { by: bob.viewer, source: "By event" });
    const text = await events.hears("event: update\ndata: {");
    expect(text).toContain("<p>By event</p>");
    await deleteNote(app, bob.viewer, note.id);
    await events.hears(`event: delete\ndata: ${note.id}\n\n`);
  });

  test("are there for each channel, by path and by name", async () => {
    const { served, app, ada, bob } = await three();
    const listId = await createList(app, ada.viewer, { title: "Some" });
    await addToList(app, ada.viewer, listId, bob.viewer.actorId);
    const authorization = { authorization: `Bearer ${ada.token}` };
    const paths = [
      "user",
      "public",
      "public/local",
      "hashtag?tag=soup",
      "hashtag/local?tag=soup",
      `list?list=${listId}`,
    ];
    const streams = await Promise.all([
      ...paths.map((path) => readEvents(served, `/api/v1/streaming/${path}`, authorization)),
      readEvents(served, "/api/v1/streaming?stream=user", authorization),
    ]);
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    await Promise.all(streams.map((stream) => stream.hears(":)")));
    await aNote(served.instance, { by: bob.viewer, source: "Hot #soup" });
    await Promise.all(streams.map((stream) => stream.hears("event: update")));
    const notified = await readEvents(served, "/api/v1/streaming/user/notification", authorization);
    const direct = await readEvents(served, "/api/v1/streaming/direct", authorization);
    await Promise.all([notified, direct].map((stream) => stream.hears(":)")));
    await aNote(served.instance, { by: bob.viewer, source: "@ada hm", visibility: "direct" });
    await notified.hears("event: notification");
    await direct.hears("event: conversation");
  });

  test("are refused with JSON, and their health is a plain OK", async () => {
    const { served, ada } = await three();
    const health = await served.instance.request("/api/v1/streaming/health");
    expect([health.status, await health.text()]).toEqual([200, "OK"]);
    for (const [path, status] of [
      ["user", 401],
      ["user?access_token=wrong", 401],
      ["list?list=77", 404],
      ["hashtag", 422],
      ["nothing", 404],
    ] as const) {
      const asked = await ask(served, "GET", `/api/v1/streaming/${path}`, {
        token: path.startsWith("user") ? undefined : ada.token,
      });
      expect([path, asked.status]).toEqual([path, status]);
      expect(asked.json).toHaveProperty("error");
    }
  });
});

describe("The libraries of apps", () => {
  test("masto's streaming client sees a note, a tag and a notification", async () => {
    const { served, app, ada, bob } = await three();
    const mine = await aNote(served.instance, { by: ada.viewer });
    const client = createStreamingAPIClient({
      streamingApiUrl: served.origin.replace(/^http/, "ws"),
      accessToken: ada.token,
    });
    try {
      const heard: string[] = [];
      const user = client.user.subscribe();
      const tag = client.hashtag.subscribe({ tag: "soup" });
      const until = async (events: typeof user, wanted: readonly string[], name: string) => {
        const left = new Set(wanted);
        for await (const event of events) {
          heard.push(`${name} ${event.event}`);
          left.delete(event.event);
          if (left.size === 0) return;
        }
      };
      const done = [until(user, ["update", "notification"], "user"), until(tag, ["update"], "tag")];
      await vi.waitFor(async () => {
        await aNote(served.instance, { by: bob.viewer, source: "Hot #soup" });
        expect(heard).toContain("tag update");
        expect(heard).toContain("user update");
      }, 8_000);
      await likeNote(app, bob.viewer, mine.id);
      await Promise.all(done);
    } finally {
      client.close();
    }
  });

  test("megalodon's user stream sees a note and its end", async () => {
    const { served, app, ada, bob } = await three();
    const stream = await ada.megalodon.userStreaming();
    const updated = new Promise<string>((found) => stream.on("update", ({ content }) => found(content)));
    const removed = new Promise<string>((found) => stream.on("delete", (id) => found(String(id))));
    await new Promise<void>((opened) => stream.on("connect", () => opened()));
    const note = await aNote(served.instance, { by: bob.viewer, source: "Seen" });
    expect(await updated).toBe("<p>Seen</p>");
    await deleteNote(app, bob.viewer, note.id);
    expect(await removed).toBe(String(note.id));
    stream.stop();
  });
});
