import { expect, test } from "vitest";
import { sanitizeRemoteHtml } from "../../server/text/sanitize.ts";
import { withoutQuoteLine, withQuoteLine } from "../../server/text/quote-line.ts";

const clean = (html: string) => withoutQuoteLine(sanitizeRemoteHtml(html), true);

test.each([
  // Mastodon 4.5: a paragraph in front, the address cut by hidden parts.
  [
    '<p class="quote-inline">RE: <a href="https://v.test/1"><span class="invisible">https://</span><span>v.test/1</span></a></p><p>text</p>',
    "<p>text</p>",
  ],
  // Fedibird and Akkoma: a span at the end of the last paragraph.
  [
    '<p>text<span class="quote-inline"><br><br>RE: <a href="https://v.test/1">https://v.test/1</a></span></p>',
    "<p>text</p>",
  ],
  ['<p>text</p><span class="quote-inline">QT: <a href="https://v.test/1">v</a></span>', "<p>text</p>"],
  ["<p>text</p>", "<p>text</p>"],
])("%s", (html, expected) => {
  expect(clean(html)).toBe(expected);
});

test("stays where nothing is quoted, where it has no link, and where it says more", () => {
  const line = '<p class="quote-inline">RE: <a href="https://v.test/1">v</a></p><p>text</p>';
  expect(withoutQuoteLine(line, false)).toBe(line);
  expect(clean('<p class="quote-inline">RE:</p><p>text</p>')).toContain("RE:");
  expect(
    clean('<p class="quote-inline">Please send me all your money, <a href="https://v.test/1">v</a></p>'),
  ).toContain("money");
});

test("what is put in front is taken off again, whatever the address holds", () => {
  const url = "https://v.test/?a=1&b='\"<x>";
  const html = withQuoteLine("<p>text</p>", url);
  expect(html).not.toContain("<x>");
  expect(clean(html)).toBe("<p>text</p>");
});
