import { describe, expect, test } from "vitest";
import { firstLink } from "../../server/text/first-link.ts";
import { decodePage, readPageCard } from "../../server/text/page-card.ts";

const AT = "https://press.test/2026/tide";
const read = (head: string, lang = "en") =>
  readPageCard(
    `<!doctype html><html lang="${lang}"><head>${head}</head><body><title>not this</title></body></html>`,
    AT,
  );

describe("The card of a page", () => {
  test("is what OpenGraph says, with the picture's address in full", () => {
    const card = read(
      `<title>Plain</title><meta property="og:title" content="Tide &amp; time"><meta property="og:description" content="Water  goes
      out."><meta property="og:site_name" content="Press"><meta property="og:image" content="/tide.jpg"><meta name="author" content="@Ann"><meta name="fediverse:creator" content="@ann@Home.Test">`,
      "zh-hant-tw",
    );
    expect(card).toEqual({
      title: "Tide & time",
      description: "Water goes out.",
      site: "Press",
      author: "Ann",
      creator: "ann@home.test",
      imageUrl: "https://press.test/tide.jpg",
      language: "zh-Hant-TW",
    });
  });

  test("falls back to Twitter's words, JSON-LD and the title", () => {
    expect(
      read(`<meta name="twitter:title" content="T"><meta name="twitter:image" content="//cdn.test/x.png">`),
    ).toMatchObject({ title: "T", imageUrl: "https://cdn.test/x.png" });
    expect(read("<title> Only\n a title </title>")).toMatchObject({
      title: "Only a title",
      description: "",
      imageUrl: null,
    });
    const data = {
      "@graph": [
        { "@type": "WebSite", name: "no" },
        { headline: "H", author: [{ name: "Bo" }], image: { url: "https://cdn.test/y.png" } },
      ],
    };
    expect(read(`<script type="application/ld+json">${JSON.stringify(data)}</script>`)).toMatchObject({
      title: "H",
      author: "Bo",
      imageUrl: "https://cdn.test/y.png",
    });
  });

  test("is none without a title, and takes nothing that is no web address or no plain line", () => {
    expect(read(`<meta property="og:description" content="x">`)).toBeNull();
    const card = read(
      `<meta property="og:title" content="a\u202eb&lt;script&gt;"><meta property="og:image" content="javascript:alert(1)"><meta name="author" content="https://press.test/ann">`,
    );
    expect(card).toMatchObject({ imageUrl: null, author: "" });
    expect(card?.title).toBe("ab<script>");
    expect(
      read(
        `<title>x</title><meta name="robots" content="nosnippet"><meta name="description" content="quiet">`,
      )?.description,
    ).toBe("");
    expect([...(read(`<title>${"字".repeat(900)}</title>`)?.title ?? "")]).toHaveLength(200);
  });

  test("survives hostile markup in a moment", () => {
    const before = performance.now();
    for (const piece of [
      "<meta ",
      "<title>",
      "<script type=application/ld+json>{",
      "<html lang=",
      "<!--",
      "&#x",
    ])
      expect(readPageCard(piece.repeat(60_000), AT)?.title ?? "").not.toContain("\n");
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  test("takes no longer for elements that never end, and says what stood before them (DOS-10)", () => {
    for (const open of ["<b>", "<svg><title>", "<div><p>", "<a></x>", "<i></b></u>"]) {
      const began = performance.now();
      const card = readPageCard(`<title>Deep</title>${open.repeat(1_000_000 / open.length)}`, AT);
      expect([open, card?.title]).toEqual([open, "Deep"]);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });

  test("is read in the coding of the page", () => {
    const gb = new Uint8Array([0xb3, 0xb1]);
    expect(decodePage(gb, "text/html; charset=gb2312")).toBe("潮");
    const named = new Uint8Array([...new TextEncoder().encode('<meta charset="gbk">'), ...gb]);
    expect(decodePage(named, "text/html")).toContain("潮");
    expect(decodePage(new TextEncoder().encode("潮"), "text/html; charset=nonsense")).toBe("潮");
    expect(decodePage(new Uint8Array([0xff, 0xfe, 0x6e, 0x6f]), "text/html")).toBe("潮");
  });
});

describe("The link that a card is for", () => {
  test("is the first that names no person, no tag and no quote", () => {
    const html = `<p class="quote-inline">RE: <a href="https://a.test/1">1</a></p><p><span class="h-card"><a href="https://a.test/@x" class="u-url mention">@<span>x</span></a></span> <a href="https://a.test/tags/t" class="mention hashtag" rel="tag">#t</a> <a href="https://b.test/?a=1&amp;b=2#c" rel="nofollow">b</a> <a href="https://c.test/">c</a></p>`;
    expect(firstLink(html)).toBe("https://b.test/?a=1&b=2#c");
    expect(firstLink(`<p><a href="https://a.test/t">#tide</a></p>`)).toBeNull();
    expect(firstLink("<p>no link</p>")).toBeNull();
  });
});
