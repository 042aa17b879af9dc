import { expect, test } from "vitest";
import { isPlainLike, toReactionName } from "../../server/domain/reaction.ts";

test.each([
  ["👍", "👍"],
  ["👍🏽", "👍🏽"],
  ["❤", "❤️"],
  ["❤️", "❤️"],
  ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
  ["🇨🇳", "🇨🇳"],
  ["1️⃣", "1️⃣"],
  [" 🍜 ", "🍜"],
  [":blob_cat:", ":blob_cat:"],
  [":blob@far.test:", ":blob:"],
  ["star", "⭐"],
])("%s is the reaction %s", (text, name) => {
  expect(toReactionName(text)).toBe(name);
});

test.each([
  "",
  "1",
  "#",
  "👍👍",
  "hello",
  "👍 hello",
  ":no spaces:",
  ":a-b:",
  "::",
  "©x",
  "\u200d",
  "<b>",
  "constructor",
])("%j is no reaction", (text) => {
  expect(toReactionName(text)).toBeNull();
});

test("hearts and stars are plain likes, whatever sign of colour they carry", () => {
  for (const heart of ["❤", "❤️", "♥", "⭐"]) expect(isPlainLike(toReactionName(heart) ?? "")).toBe(true);
  expect(isPlainLike("👍")).toBe(false);
});
