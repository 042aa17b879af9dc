import { describe, expect, it } from "vitest";
import { announceNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { aNote, type TestInstance } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

type Json = Readonly<Record<string, unknown>>;

const ACCEPT = { accept: "application/activity+json" };

/** A document as a stranger reads it. */
async function read(at: TestInstance, uri: string): Promise<Json> {
  const { pathname, search } = new URL(uri);
  const response = await at.request(`${pathname}${search}`, { headers: ACCEPT });
  expect(response.status, uri).toBe(200);
  return (await response.json()) as Json;
}

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((found, key) => (found as Json)[key], value);

/** The newest note of Ann's home. */
async function newest(pair: Pair) {
  const [entry] = (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items;
  if (entry === undefined) throw new Error("Nothing came.");
  return entry.note;
}

describe("a conversation that began here", () => {
  it("is one collection of all its open notes, named by each of them", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "a question" });
    await pair.settle();
    const seen = await newest(pair);
    pair.clock.advance(1000);
    const answer = await aNote(pair.east, {
      by: pair.ann.viewer,
      source: "@bo@west.test an answer",
      replyTo: seen.id,
    });
    await pair.settle();
    const context = `https://west.test/contexts/${root.id}`;
    expect(await read(pair.west, root.uri)).toMatchObject({ context, conversation: context });
    expect(await read(pair.east, answer.uri)).toMatchObject({ context, conversation: context });
    const collection = await read(pair.west, context);
    expect(collection).toMatchObject({
      id: context,
      type: "OrderedCollection",
      totalItems: 2,
      attributedTo: root.author.uri,
    });
    const page = await read(pair.west, String(collection["first"]));
    expect(page).toMatchObject({ type: "OrderedCollectionPage", orderedItems: [root.uri, answer.uri] });
    const history = await read(pair.west, String(collection["history"]));
    expect(history["totalItems"]).toBe(1);
    const activities = await read(pair.west, String(history["first"]));
    expect(activities["orderedItems"]).toMatchObject([
      { type: "Create", object: root.uri, context: `${context}/history` },
    ]);
  });

  it("embeds the first page of replies, the author's own before the others", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "one" });
    await pair.settle();
    const seen = await newest(pair);
    const other = await aNote(pair.east, { by: pair.ann.viewer, source: "@bo@west.test", replyTo: seen.id });
    await pair.settle();
    pair.clock.advance(1000);
    const own = await aNote(pair.west, { by: pair.bo.viewer, source: "two", replyTo: root.id });
    const note = await read(pair.west, root.uri);
    expect(at(note, "replies", "totalItems")).toBe(2);
    expect(at(note, "replies", "first", "items")).toEqual([own.uri, other.uri]);
    const replies = await read(pair.west, `${root.uri}/replies`);
    const page = await read(pair.west, String(replies["first"]));
    expect(page["items"]).toEqual([own.uri, other.uri]);
  });

  it("counts and lists who likes and boosts", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "one" });
    await pair.settle();
    const seen = await newest(pair);
    await likeNote(pair.east.app, pair.ann.viewer, seen.id);
    await announceNote(pair.east.app, pair.ann.viewer, seen.id);
    await pair.settle();
    const note = await read(pair.west, root.uri);
    for (const name of ["likes", "shares"]) {
      const collection = await read(pair.west, String(at(note, name, "id")));
      expect(collection).toMatchObject({ type: "Collection", totalItems: 1 });
      const page = await read(pair.west, String(collection["first"]));
      expect(page["items"]).toHaveLength(1);
      expect(String(at(page, "items", "0"))).toContain("https://east.test/");
    }
    expect((await viewThread(pair.west.app, null, root.id)).note.likesCount).toBe(1);
  });
});
