import { describe, expect, test } from "vitest";
import { diffWords } from "../../server/text/diff.ts";
import { foldHtml } from "../../server/text/fold.ts";

const LIMITS = { keep: 10, least: 10 };

describe("folding a long text", () => {
  test("cuts behind the paragraph with which enough is shown", () => {
    expect(foldHtml("<p>Ten letters.</p><p>And quite a few more.</p>", LIMITS)).toEqual({
      head: "<p>Ten letters.</p>",
      rest: "<p>And quite a few more.</p>",
    });
  });

  test("cuts a paragraph between its lines, never within a link or a list", () => {
    expect(foldHtml("<p>Ten letters.<br>And quite a few more.</p>", LIMITS)).toEqual({
      head: "<p>Ten letters.</p>",
      rest: "<p>And quite a few more.</p>",
    });
    expect(foldHtml('<p><a href="x">Ten letters.<br>And quite a few more.</a></p>', LIMITS)).toBeNull();
    expect(foldHtml("<ul><li>Ten letters.</li><li>And quite a few more.</li></ul>", LIMITS)).toBeNull();
  });

  test("leaves what is short as it is", () => {
    expect(foldHtml("<p>Ten letters.</p><p>Short.</p>", LIMITS)).toBeNull();
    expect(foldHtml("<p>&amp;&amp;&amp;&amp;</p><p>&amp;&amp;&amp;</p>", LIMITS)).toBeNull();
  });
});

describe("the difference of two texts", () => {
  test("names the words that went and came", () => {
    expect(diffWords("the blue boat sails", "the red boat sails")).toEqual([
      { kind: "same", text: "the " },
      { kind: "gone", text: "blue" },
      { kind: "new", text: "red" },
      { kind: "same", text: " boat sails" },
    ]);
    expect(diffWords("a", "a")).toEqual([{ kind: "same", text: "a" }]);
    expect(diffWords("", "new")).toEqual([{ kind: "new", text: "new" }]);
    expect(diffWords("gone", "")).toEqual([{ kind: "gone", text: "gone" }]);
  });

  test("finds words where no spaces stand between them", () => {
    expect(diffWords("我们今天去看海", "我们明天去看海", "zh")).toEqual([
      { kind: "same", text: "我们" },
      { kind: "gone", text: "今天" },
      { kind: "new", text: "明天" },
      { kind: "same", text: "去看海" },
    ]);
  });

  test("is whole in both directions, also for long texts and odd languages", () => {
    const before = Array.from({ length: 3000 }, (_, index) => `w${index}`).join(" ");
    const after = `start ${before.replaceAll("7", "x")} end`;
    const changes = diffWords(before, after, "not a tag");
    const textOf = (kind: string) =>
      changes
        .filter((change) => change.kind === "same" || change.kind === kind)
        .map((change) => change.text)
        .join("");
    expect(textOf("gone")).toBe(before);
    expect(textOf("new")).toBe(after);
  });
});
