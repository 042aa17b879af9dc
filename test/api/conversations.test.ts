import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Conversation } from "../../api/entities/conversation.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { receiveNote, receiveNoteDeleted } from "../../server/services/notes/received-notes.ts";
import { aNote } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";
import { aPerson, open, type Person } from "./client.ts";

describe("Conversations", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;
  let bob: Person;
  let cy: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bob");
    cy = await aPerson(served, "cy");
  });
  afterAll(() => served.close());

  const of = async (person: Person) =>
    z.array(Conversation).parse((await person.ask("GET", "/api/v1/conversations")).json);
  const short = async (person: Person) =>
    (await of(person)).map(({ unread, accounts, last_status: last }) => ({
      unread,
      accounts: accounts.map((one) => one.username),
      last: last?.content.replace(/<[^>]+>/g, ""),
    }));

  test("hold a thread of direct statuses for each of its people, are read, and go one status back", async () => {
    const direct = { visibility: "direct" } as const;
    const first = await aNote(served.instance, { by: ada.viewer, source: "@bob hello", ...direct });
    expect(await short(ada)).toEqual([{ unread: false, accounts: ["bob"], last: "@bob hello" }]);
    expect(await short(bob)).toEqual([{ unread: true, accounts: ["ada"], last: "@bob hello" }]);
    expect(await short(cy)).toEqual([]);
    const answer = await aNote(served.instance, {
      by: bob.viewer,
      source: "@ada hi",
      replyTo: first.id,
      ...direct,
    });
    expect(await short(ada)).toEqual([{ unread: true, accounts: ["bob"], last: "@ada hi" }]);
    const [own] = await of(ada);
    const read = await ada.masto.v1.conversations.$select(own?.id ?? "").read();
    expect(read).toMatchObject({ id: own?.id, unread: false });
    expect((await ada.megalodon.readConversation(own?.id ?? "")).data.unread).toBe(false);
    expect((await ada.masto.v1.conversations.$select(own?.id ?? "").unread()).unread).toBe(true);
    await deleteNote(served.instance.app, bob.viewer, answer.id);
    expect((await short(ada))[0]?.last).toBe("@bob hello");
    await deleteNote(served.instance.app, ada.viewer, first.id);
    expect([await short(ada), await short(bob)]).toEqual([[], []]);
  });

  test("show nobody what was not written to them, though it is the same thread", async () => {
    const direct = { visibility: "direct" } as const;
    const both = await aNote(served.instance, { by: ada.viewer, source: "@bob @cy all of us", ...direct });
    await aNote(served.instance, { by: bob.viewer, source: "@ada psst", replyTo: both.id, ...direct });
    expect((await short(ada))[0]).toMatchObject({ accounts: ["bob"], last: "@ada psst" });
    expect((await short(cy))[0]).toMatchObject({ last: "@bob @cy all of us" });
    expect((await short(cy))[0]?.accounts.toSorted()).toEqual(["ada", "bob"]);
  });

  test("are walked by Link, and as the old timeline", async () => {
    await aNote(served.instance, { by: ada.viewer, source: "@bob another", visibility: "direct" });
    const seen: string[] = [];
    for await (const page of ada.masto.v1.conversations.list({ limit: 1 }))
      seen.push(...page.map((one) => one.id));
    expect(seen).toHaveLength(2);
    expect((await ada.megalodon.getConversationTimeline({ limit: 5 })).data).toHaveLength(2);
    const { json } = await ada.ask("GET", "/api/v1/timelines/direct?limit=1");
    expect(json).toMatchObject([{ visibility: "direct", content: expect.stringContaining("another") }]);
  });

  test("are put out of sight by their owner, until somebody writes again; a stranger finds none", async () => {
    const [newest] = await of(ada);
    const unknown = (await cy.ask("POST", "/api/v1/conversations/1/read")).json;
    for (const [method, path] of [
      ["POST", "/read"],
      ["POST", "/unread"],
      ["DELETE", ""],
    ] as const) {
      const { status, json } = await cy.ask(method, `/api/v1/conversations/${newest?.id}${path}`);
      expect([status, json]).toEqual([404, unknown]);
    }
    await ada.masto.v1.conversations.$select(newest?.id ?? "").remove();
    expect(await of(ada)).toHaveLength(1);
    expect(await of(bob)).toHaveLength(2);
    await aNote(served.instance, {
      by: bob.viewer,
      source: "@ada still there?",
      visibility: "direct",
      replyTo: Number(newest?.last_status?.id) as never,
    });
    expect((await short(ada))[0]).toMatchObject({ unread: true, last: "@ada still there?" });
  });

  test("join when what somebody answers arrives after the answer", async () => {
    const { app, database } = served.instance;
    const far = await aRemoteActor(served.instance, "far");
    const { uri: cyUri } = await database.db
      .selectFrom("actors")
      .select("uri")
      .where("id", "=", cy.viewer.actorId)
      .executeTakeFirstOrThrow();
    const receive = async (name: string, inReplyToUri: string | null, publishedAt: number) => {
      const part = { contentHtml: `<p>${name}</p>`, visibility: "direct", mentionUris: [cyUri] } as const;
      const received = aReceivedNote(far, name, { ...part, inReplyToUri, publishedAt });
      await receiveNote(app, received, "delivered");
      return received.uri;
    };
    const before = (await of(cy)).length;
    const now = app.clock.now();
    const firstUri = aReceivedNote(far, "first", {}).uri;
    const second = await receive("second", firstUri, now - 1000);
    await receive("first", null, now - 2000);
    const after = await short(cy);
    expect(after).toHaveLength(before + 1);
    expect(after).toContainEqual({ unread: true, accounts: ["far"], last: "second" });
    await receiveNoteDeleted(app, far.uri, second);
    expect((await short(cy)).map(({ last }) => last)).toContain("first");
  });
});
