import { expect, test } from "vitest";
import { threadOf } from "../../federation/reading/from-thread.ts";

const URI = "https://far.test/notes/1";
const NOTHING = { contextUri: null, repliesUri: null, repliesTotal: null };

test("a conversation is what `context` says, and else what `conversation` does (Mastodon, Pleroma)", () => {
  const tag = "tag:far.test,2026-01-01:objectId=7:objectType=Conversation";
  expect(threadOf({ context: "https://far.test/contexts/1", conversation: tag }, URI).contextUri).toBe(
    "https://far.test/contexts/1",
  );
  expect(threadOf({ context: { id: "https://far.test/contexts/1" } }, URI).contextUri).toBe(
    "https://far.test/contexts/1",
  );
  expect(threadOf({ conversation: tag }, URI).contextUri).toBe(tag);
  const contextHistory = "https://far.test/contexts/1/activities";
  expect(threadOf({ contextHistory, conversation: tag }, URI).contextUri).toBe(contextHistory);
  // Pleroma writes both, and the older one into `context` too.
  expect(threadOf({ context: tag, conversation: tag }, URI).contextUri).toBe(tag);
});

test("replies are an address or come embedded, with their number when it is there", () => {
  const replies = "https://far.test/notes/1/replies";
  expect(threadOf({ replies }, URI)).toEqual({ ...NOTHING, repliesUri: replies });
  expect(threadOf({ replies: { id: replies, type: "Collection", totalItems: 3 } }, URI)).toEqual({
    ...NOTHING,
    repliesUri: replies,
    repliesTotal: 3,
  });
});

test.each([
  [{ replies: "https://other.test/replies" }],
  [{ replies: { type: "Collection", items: [] } }],
  [{ context: "javascript:alert(1)" }],
  [{ context: `https://far.test/${"a".repeat(600)}` }],
  [{ conversation: "tag:far.test <b>" }],
  [{ context: 7, conversation: { a: 1 }, replies: [null] }],
])("what leads nowhere is nothing: %j", (json) => {
  expect(threadOf(json, URI)).toEqual(NOTHING);
});
