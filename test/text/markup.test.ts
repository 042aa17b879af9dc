import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainText, renderMarkup, type MarkupLinks } from "../../server/text/markup.ts";
import { bestTime, faults, look } from "./html.ts";

const LINKS: MarkupLinks = {
  mention: ({ username, host }) =>
    username === "nobody" ? null : { href: `https://${host ?? "a.test"}/@${username}`, label: username },
  tag: (tag) => `https://a.test/tags/${encodeURIComponent(tag)}`,
};
const render = (source: string) => renderMarkup(source, LINKS);
const html = (source: string) => render(source).html;
const REL = 'rel="nofollow noopener noreferrer"';

describe("renderMarkup", () => {
  it("writes mentions and tags as Mastodon does, and reports each once", () => {
    const { html: out, mentions, tags } = render("@bob @Bob@b.test @bob #Cake ＃美食 #cake @nobody");
    expect(out).toContain(
      '<span class="h-card"><a href="https://a.test/@bob" class="u-url mention">@<span>bob</span></a></span>',
    );
    expect(out).toContain(
      '<a href="https://a.test/tags/cake" class="mention hashtag" rel="tag">#<span>Cake</span></a>',
    );
    expect(out).toContain(" @nobody</p>");
    expect(mentions).toEqual([
      { username: "bob", host: null },
      { username: "Bob", host: "b.test" },
    ]);
    expect(tags).toEqual(["cake", "美食"]);
  });

  it("links bare URLs, hiding the scheme and the end of long ones", () => {
    const { html: out, urls } = render(
      "see https://e.example/a/long/path/that/goes/on?x=1&y=_z_ and http://www.f.example",
    );
    expect(out).toBe(
      `<p>see <a href="https://e.example/a/long/path/that/goes/on?x=1&amp;y=_z_" ${REL}><span class="invisible">https://</span>` +
        '<span class="ellipsis">e.example/a/long/path/that/goe</span><span class="invisible">s/on?x=1&amp;y=_z_</span></a> and ' +
        `<a href="http://www.f.example/" ${REL}><span class="invisible">http://www.</span><span>f.example</span></a></p>`,
    );
    expect(urls).toEqual(["https://e.example/a/long/path/that/goes/on?x=1&y=_z_", "http://www.f.example/"]);
    expect(plainText(out)).toContain("https://e.example/a/long/path/that/goes/on?x=1&y=_z_");
  });

  it("never hides part of a host", () => {
    const host = `${"a".repeat(40)}.bank.example`;
    expect(html(`https://${host}/xyz`)).toContain(`<span class="ellipsis">${host}</span>`);
  });

  it("renders Markdown, with line breaks kept and names left whole", () => {
    expect(html("**b** _i_ ~~s~~ `c`\nnext")).toBe(
      "<p><strong>b</strong> <em>i</em> <del>s</del> <code>c</code><br>next</p>",
    );
    expect(html("**@a_b_c** #x_y_z")).toContain("<strong><span");
    expect(html("# Head\n\n> q\n\n3. x")).toContain("<p><strong>Head</strong></p>");
    expect(html("3. x")).toContain('<ol start="3">');
    expect(html("- [x] a")).toContain("☑ a");
    expect(html("&copy; AT&T \\*no\\* &lt;b>")).toBe("<p>© AT&amp;T *no* &lt;b&gt;</p>");
  });

  it("shows raw HTML, tables, definitions and unsafe links as text", () => {
    expect(html("<script>alert(1)</script> <b>x</b>")).toBe(
      "<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;x&lt;/b&gt;</p>",
    );
    expect(look(html("<div>\n<img src=x onerror=alert(1)>\n</div>")).text).toContain("onerror=alert(1)");
    expect(html("|a|b|\n|-|-|\n|1|2|")).toContain("|-|-|");
    expect(html("[hidden]: https://e.example/")).toContain("[hidden]:");
    expect(html("[x](javascript:alert(1)) [y](/settings)")).toBe(
      "<p>[x](javascript:alert(1)) [y](/settings)</p>",
    );
  });

  it("makes images links, since nothing remote may load", () => {
    expect(html("![cat](https://e.example/c.png)")).toBe(
      `<p><a href="https://e.example/c.png" ${REL}>cat</a></p>`,
    );
  });

  it("links nothing in code or inside another link", () => {
    const {
      html: out,
      mentions,
      tags,
    } = render("`@a #b`\n\n```\n@a #b https://e.example\n```\n\n[@a #b](https://e.example/@c)");
    expect(out.match(/<a /g)).toHaveLength(1);
    expect([mentions, tags]).toEqual([[], []]);
    const { mentions: indented } = render("text\n\n    @a in indented code");
    expect(indented).toEqual([]);
  });

  it("shows the real host of a link that claims another", () => {
    expect(look(html("[https://bank.example](https://evil.example)")).text).toBe("https://evil.example/");
  });

  it("drops the link of a mention whose address is not absolute", () => {
    const { html: out } = renderMarkup("@a", {
      ...LINKS,
      mention: () => ({ href: "javascript:x", label: '"><img>' }),
    });
    expect(faults(out)).toEqual([]);
    expect(look(out).text).toBe('@"><img>');
  });

  it("is empty for nothing", () => expect(render(" \n\n ").html).toBe(""));
});

describe("inputs made to hurt (DOS-07)", () => {
  const fill = (unit: string) => unit.repeat(Math.ceil(5000 / unit.length)).slice(0, 5000);
  const inputs: readonly (readonly [string, string])[] = [
    ["a table of 800 columns", `${"|a".repeat(800)}|\n${"|-".repeat(800)}|\n${"|\n".repeat(800)}`],
    ["2,500 list markers", "- ".repeat(2500)],
    [
      "lists nested by indentation",
      Array.from({ length: 70 }, (_, i) => `${" ".repeat(2 * i)}- a`).join("\n"),
    ],
    ["5,000 quote marks", ">".repeat(5000)],
    ["nested quotes", fill("> > > > > > > > > a\n")],
    ["1,666 mentions", fill("@a ")],
    ["2,500 at signs and names", fill("@a")],
    [
      "2,000 hashtags",
      Array.from({ length: 2000 }, (_, i) => `#t${i}`)
        .join(" ")
        .slice(0, 5000),
    ],
    ["Zalgo", `a${"\u0301".repeat(4999)}`],
    ["unclosed emphasis", fill("*a **a _b __b ")],
    ["nested emphasis", `${"*a ".repeat(190)}${"b* ".repeat(190)}${"word ".repeat(700)}`],
    ["brackets", fill("[")],
    ["half links", fill("[a](")],
    ["full links", fill("[a](https://e.example/) ")],
    ["backticks", Array.from({ length: 95 }, (_, i) => "`".repeat(i + 1)).join(" ")],
    ["less-than signs", fill("<a ")],
    ["URLs", fill("https://a.example/ ")],
    ["e-mail like text", fill("a.b@")],
    ["headings", fill("# a\n")],
    ["list items", fill("- a\n  - b\n    - c\n")],
    ["fences", fill("```\n")],
    ["spaces", fill(" ")],
    ["ampersands", fill("&")],
    ["Chinese prose", fill("你好，世界。")],
  ];

  it.each(inputs)("renders %s within 50 ms and 64 KiB", (_, source) => {
    const { html: out } = render(source);
    expect(faults(out)).toEqual([]);
    expect(bestTime(() => render(source))).toBeLessThan(50);
  });

  it("reports every mention and tag even when there is no room for the links", () => {
    const source = Array.from({ length: 1000 }, (_, i) => `@u${i}`).join(" ");
    expect(render(source).mentions).toHaveLength(1000);
    expect(look(render(source).html).text).toBe(source);
  });

  it("survives any text", () => {
    const piece = fc.constantFrom(
      ...'* ** _ ` ``` [ ]( ) > - 1. # | ~~ < </b> \\ @a #b https://e.example/ &lt; ! "'.split(" "),
      "\n",
      " ",
      "    ",
      "字",
    );
    const source = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 200 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(source, (text) => {
        const out = html(text);
        expect(faults(out)).toEqual([]);
        expect(out).not.toMatch(/[\ufdd0\ufdd1]/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("plainText", () => {
  it("puts blocks on lines, keeps URLs whole and resolves references", () => {
    expect(plainText("<p>a &amp; b<br>c</p><ul><li>x</li><li>y</li></ul><pre>  l1\n  l2</pre>")).toBe(
      "a & b\nc\nx\ny\nl1\nl2",
    );
    expect(plainText('<p>a\n  b <span class="invisible">https://</span>e.example</p>')).toBe(
      "a b https://e.example",
    );
    expect(plainText("&lt;script&gt; &#39;&#x4e00;&nbsp;&amp;lt;")).toBe("<script> '一\u00a0&lt;");
    expect(plainText("")).toBe("");
  });
});
