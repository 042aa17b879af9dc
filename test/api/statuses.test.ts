import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Context, Status, StatusEdit } from "../../api/entities/status.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person, type Served } from "./client.ts";

let served: Served & { close(): Promise<void> };
let ada: Person;
let bo: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
  await followActor(served.instance.app, ada.viewer, bo.viewer.actorId);
});
afterAll(async () => await served.close());

/** A status as the raw door gives it, held against its shape. */
async function read(who: Person, id: string): Promise<z.infer<typeof Status>> {
  return Status.parse((await who.ask("GET", `/api/v1/statuses/${id}`)).json);
}

describe("Posting a status", () => {
  test("takes every field that masto sends, and keeps the lines of the text", async () => {
    const status = await ada.masto.v1.statuses.create({
      status: "One line\nand another with @bo and #Tea <b>\n\nA second paragraph",
      spoilerText: "Careful",
      sensitive: true,
      visibility: "private",
      language: "zh-TW",
      poll: { options: ["yes", "no"], expiresIn: 3600, multiple: true },
    });
    expect(status.content).toMatch(
      /^<p>One line<br ?\/?>and another with <span class="h-card"[^>]*><a href="[^"]*\/@bo" class="u-url mention"[^>]*>@<span>bo<\/span><\/a><\/span> and <a href="[^"]*" class="mention hashtag"[^>]*>#<span>Tea<\/span><\/a> &lt;b&gt;<\/p>\n?<p>A second paragraph<\/p>$/,
    );
    expect(status).toMatchObject({
      spoilerText: "Careful",
      sensitive: true,
      visibility: "private",
      poll: { multiple: true, expired: false, ownVotes: [], voted: false, votesCount: 0 },
      mentions: [{ username: "bo", acct: "bo" }],
      tags: [{ name: "tea" }],
      quotesCount: 0,
    });
    expect(status.language).toMatch(/^zh/);
    await read(ada, status.id);
  });

  test("works by megalodon, with answers, quotes and their policy", async () => {
    const first = await ada.megalodon.postStatus("First", { visibility: "public" });
    const firstId = first.data.id;
    const reply = await bo.megalodon.postStatus("@ada Second", { in_reply_to_id: firstId });
    expect(reply.data).toMatchObject({
      in_reply_to_id: firstId,
      in_reply_to_account_id: String(ada.viewer.actorId),
    });
    const quote = Status.parse(
      (await bo.ask("POST", "/api/v1/statuses", { status: "Look", quoted_status_id: firstId })).json,
    );
    expect(quote.quote).toMatchObject({ state: "accepted", quoted_status: { id: firstId } });
    expect((await read(ada, firstId)).quotes_count).toBe(1);
    const closed = Status.parse(
      (await ada.ask("POST", "/api/v1/statuses", { status: "Mine", quote_approval_policy: "nobody" })).json,
    );
    expect(closed.quote_approval).toEqual({ automatic: [], manual: [], current_user: "automatic" });
    expect((await read(bo, closed.id)).quote_approval.current_user).toBe("denied");
    const refused = await bo.ask("POST", "/api/v1/statuses", { status: "x", quoted_status_id: closed.id });
    expect(refused.status).toBe(403);
    const opened = await ada.ask("PUT", `/api/v1/statuses/${closed.id}/interaction_policy`, {
      quote_approval_policy: "followers",
    });
    expect(opened.json).toMatchObject({ quote_approval: { automatic: ["followers"] } });
    const listed = await ada.ask("GET", `/api/v1/statuses/${firstId}/quotes`);
    expect(listed.json).toMatchObject([{ id: quote.id }]);
    const revoked = await ada.ask("POST", `/api/v1/statuses/${firstId}/quotes/${quote.id}/revoke`);
    expect(revoked.json).toMatchObject({ quote: { state: "revoked" } });
    expect((await bo.ask("POST", `/api/v1/statuses/${firstId}/quotes/${quote.id}/revoke`)).status).toBe(404);
  });

  test("a second try with the same key is the same status, with another text it is refused", async () => {
    const key = { "idempotency-key": "k-1" };
    const post = async (status: string) => await ada.ask("POST", "/api/v1/statuses", { status }, key);
    const [one, two] = [await post("Once"), await post("Once")];
    expect(one.json).toMatchObject({ content: "<p>Once</p>" });
    expect((two.json as { id: string }).id).toBe((one.json as { id: string }).id);
    expect((await post("Twice")).status).toBe(422);
  });

  test("says what is wrong with it", async () => {
    const fault = async (body: unknown) => (await ada.ask("POST", "/api/v1/statuses", body)).status;
    expect(await fault({})).toBe(422);
    expect(await fault({ status: "" })).toBe(422);
    expect(await fault({ status: ["a"] })).toBe(422);
    expect(await fault({ status: { a: 1 } })).toBe(422);
    expect(await fault({ status: "x".repeat(5001) })).toBe(422);
    expect(await fault({ status: "x", visibility: "everyone" })).toBe(422);
    expect(await fault({ status: "x", visibility: ["public"] })).toBe(422);
    expect(await fault({ status: "x", in_reply_to_id: "99" })).toBe(404);
    expect(await fault({ status: "x", in_reply_to_id: "no id" })).toBe(422);
    expect(await fault({ status: "x", media_ids: ["1"] })).toBe(422);
    expect(await fault({ status: "x", poll: "yes" })).toBe(422);
    expect(await fault({ status: "x", poll: { options: ["one"], expires_in: 3600 } })).toBe(422);
    expect(await fault({ status: "x", poll: { options: ["a", "b"] } })).toBe(422);
    expect(await fault({ status: "x", scheduled_at: "tomorrow" })).toBe(422);
    expect(await fault({ status: "x", language: "klingon??" })).toBe(200);
    expect(await fault({ status: "x", poll: null, media_ids: [], unknown: { a: [] } })).toBe(200);
    expect((await ask(served, "POST", "/api/v1/statuses", { body: { status: "x" } })).status).toBe(401);
    const form = new URLSearchParams([
      ["status", "by form"],
      ["poll[options][]", "a"],
      ["poll[options][]", "b"],
      ["poll[expires_in]", "3600"],
      ["sensitive", "True"],
    ]);
    const posted = await ada.ask("POST", "/api/v1/statuses", form);
    expect(posted.json).toMatchObject({
      sensitive: true,
      poll: { options: [{ title: "a" }, { title: "b" }] },
    });
  });

  test("an app may not post without the scope for it", async () => {
    const reader = await aPerson(served, "reader", { scopes: ["read"] });
    expect((await reader.ask("POST", "/api/v1/statuses", { status: "x" })).status).toBe(403);
    expect((await reader.ask("GET", "/api/v1/favourites")).status).toBe(200);
  });
});

describe("A status", () => {
  test("is edited, with its history, and its source for its author alone", async () => {
    const { id } = await ada.masto.v1.statuses.create({ status: "**Before**", visibility: "public" });
    expect(await ada.masto.v1.statuses.$select(id).source.fetch()).toMatchObject({ text: "**Before**" });
    served.instance.clock.advance(60_000);
    const edited = await ada.masto.v1.statuses.$select(id).update({ status: "After", spoilerText: "cw" });
    expect(edited).toMatchObject({ content: "<p>After</p>", spoilerText: "cw" });
    expect(edited.editedAt).not.toBeNull();
    const history = await bo.ask("GET", `/api/v1/statuses/${id}/history`);
    const edits = z.array(StatusEdit).parse(history.json);
    expect(edits.map((edit) => edit.spoiler_text)).toEqual(["", "cw"]);
    expect((await ada.megalodon.getStatusSource(id)).data.text).toBe("After");
    expect((await bo.ask("GET", `/api/v1/statuses/${id}/source`)).status).toBe(404);
    expect((await bo.ask("PUT", `/api/v1/statuses/${id}`, { status: "mine" })).status).toBe(404);
    const onlyPolicy = await ada.ask("PUT", `/api/v1/statuses/${id}`, { quote_approval_policy: "nobody" });
    expect(onlyPolicy.json).toMatchObject({ content: "<p>After</p>", spoiler_text: "cw" });
  });

  test("is deleted by its author, who gets its text; others learn nothing", async () => {
    const { id } = await ada.masto.v1.statuses.create({ status: "Gone _soon_", visibility: "private" });
    const foreign = await bo.ask("DELETE", `/api/v1/statuses/${id}`);
    const unknown = await bo.ask("DELETE", "/api/v1/statuses/123");
    expect([foreign.status, foreign.json]).toEqual([404, unknown.json]);
    const removed = await ada.ask("DELETE", `/api/v1/statuses/${id}`);
    expect(removed.json).toMatchObject({ id, text: "Gone _soon_" });
    expect((await ada.ask("GET", `/api/v1/statuses/${id}`)).status).toBe(404);
  });

  test("that is not for somebody looks like one that is not there, at every address", async () => {
    const note = await aNote(served.instance, { by: ada.viewer, source: "secret", visibility: "direct" });
    const unknown = await bo.ask("GET", "/api/v1/statuses/77");
    const doors = [
      "",
      "/context",
      "/history",
      "/card",
      "/reblogged_by",
      "/favourited_by",
      "/quotes",
      "/source",
    ];
    for (const door of doors) {
      const { status, json } = await bo.ask("GET", `/api/v1/statuses/${note.id}${door}`);
      expect([door, status, json]).toEqual([door, 404, unknown.json]);
    }
    for (const door of [
      "favourite",
      "reblog",
      "bookmark",
      "pin",
      "unpin",
      "mute",
      "unmute",
      "translate",
      "react/👍",
    ]) {
      const { status, json } = await bo.ask("POST", `/api/v1/statuses/${note.id}/${door}`);
      expect([door, status, json]).toEqual([door, 404, unknown.json]);
    }
    for (const door of ["unfavourite", "unreblog", "unbookmark", "unreact/👍"])
      expect((await bo.ask("POST", `/api/v1/statuses/${note.id}/${door}`)).status).toBe(404);
    expect((await bo.ask("GET", `/api/v1/statuses?id[]=${note.id}&id[]=x`)).json).toEqual([]);
    expect((await bo.ask("GET", "/api/v1/statuses/abc")).status).toBe(404);
    expect((await ask(served, "GET", `/api/v1/statuses/${note.id}`)).status).toBe(404);
  });

  test("comes several at once, in the order asked for", async () => {
    const one = await aNote(served.instance, { by: ada.viewer, source: "1" });
    const two = await aNote(served.instance, { by: ada.viewer, source: "2" });
    const { json } = await ada.ask("GET", `/api/v1/statuses?id[]=${two.id}&id[]=${one.id}`);
    expect(
      z
        .array(Status)
        .parse(json)
        .map((status) => status.id),
    ).toEqual([String(two.id), String(one.id)]);
  });

  test("stands in its thread, each reply below what it answers", async () => {
    const say = async (status: string, inReplyToId?: string) =>
      await ada.masto.v1.statuses.create({ status, ...(inReplyToId === undefined ? {} : { inReplyToId }) });
    const root = await say("root");
    const a = await say("a", root.id);
    const b = await say("b", root.id);
    const a1 = await say("a1", a.id);
    const raw = await bo.ask("GET", `/api/v1/statuses/${root.id}/context`);
    expect(Context.parse(raw.json).descendants.map(({ id }) => id)).toEqual([a.id, a1.id, b.id]);
    const { data } = await bo.megalodon.getStatusContext(a1.id);
    expect(data.ancestors.map(({ id }) => id)).toEqual([root.id, a.id]);
    expect((await ada.masto.v1.statuses.$select(a1.id).context.fetch()).ancestors).toHaveLength(2);
  });

  test("is not translated here, which is said", async () => {
    const { id } = await ada.masto.v1.statuses.create({ status: "Bonjour", visibility: "public" });
    const { status, json } = await ada.ask("POST", `/api/v1/statuses/${id}/translate`, { lang: "en" });
    expect([status, json]).toEqual([503, { error: "This server translates nothing." }]);
  });

  test("is shown in pages of others, if everybody may see it", async () => {
    const note = await aNote(served.instance, { by: ada.viewer, source: "Show me" });
    const hidden = await aNote(served.instance, {
      by: ada.viewer,
      source: "Not me",
      visibility: "followers",
    });
    const embed = async (url: string) =>
      await ask(served, "GET", `/api/oembed?url=${encodeURIComponent(url)}`);
    expect((await embed(note.url)).json).toMatchObject({ type: "rich", author_name: "ada" });
    expect((await embed(hidden.url)).status).toBe(404);
    expect((await ask(served, "GET", "/api/oembed")).status).toBe(422);
  });
});
