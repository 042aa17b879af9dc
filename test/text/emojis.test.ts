import { expect, test } from "vitest";
import { drawEmojis, drawEmojisInText } from "../../server/text/emojis.ts";

const CAT = [{ name: "cat", url: "/proxy/x/y" }];
const IMAGE =
  '<img class="emoji" src="/proxy/x/y" alt=":cat:" title=":cat:" width="20" height="20" loading="lazy" decoding="async">';

test("pictures stand where names between colons stand", () => {
  expect(drawEmojis("<p>a :cat: b</p>", CAT)).toBe(`<p>a ${IMAGE} b</p>`);
  expect(drawEmojis("<p>你:cat:好</p>", CAT)).toBe(`<p>你${IMAGE}好</p>`);
  expect(drawEmojisInText(":cat:<b>", CAT)).toBe(`${IMAGE}&lt;b&gt;`);
});

test("not in addresses, not in code, not inside words, and not without a picture", () => {
  for (const html of [
    '<p><a href="https://v.test/:cat:">x</a></p>',
    "<pre><code>:cat:</code></pre>",
    "<p>a:cat:b ::cat:: :dog: 12:cat:30</p>",
  ])
    expect(drawEmojis(html, CAT)).toBe(html);
});

test("an address cannot leave its attribute", () => {
  const html = drawEmojis("<p>:cat:</p>", [{ name: "cat", url: '/x" onerror="alert(1)' }]);
  expect(html).toContain('src="/x&quot; onerror=&quot;alert(1)"');
});
