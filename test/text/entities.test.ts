import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanName, findEntities, isTag, normalizeTag, normalizeText } from "../../server/text/entities.ts";
import { bestTime } from "./html.ts";

const mentions = (source: string) =>
  findEntities(source).flatMap((e) =>
    e.kind === "mention" ? [e.host === null ? e.username : `${e.username}@${e.host}`] : [],
  );
const tags = (source: string) => findEntities(source).flatMap((e) => (e.kind === "tag" ? [e.tag] : []));
const urls = (source: string) =>
  findEntities(source).flatMap((e) => (e.kind === "url" ? [source.slice(e.start, e.end)] : []));

describe("mentions", () => {
  it.each([
    ["@alice and (@bob), @carol.", ["alice", "bob", "carol"]],
    ["@Alice@Social.Example!", ["Alice@social.example"]],
    ["@some_one_ @a.b-c@d.example.", ["some_one_", "a.b-c@d.example"]],
    [
      "@a@127.0.0.1:3001 @b@localhost:3000 @c@localhost",
      ["a@127.0.0.1:3001", "b@localhost:3000", "c@localhost"],
    ],
    ["＠alice＠social.example", ["alice@social.example"]],
    ["你好@alice你好 @bob@social.example你好", ["alice", "bob@social.example"]],
    ["@yuki@例え.jp", ["yuki@xn--r8jz45g.jp"]],
    ["> quoting @alice\n- @bob", ["alice", "bob"]],
  ])("finds those in %j", (source, expected) => expect(mentions(source)).toEqual(expected));

  it.each([
    "mail bob@example.com or é@x",
    "`@alice` ``@b ` @c`` \n```\n@alice\n```\n~~~\n@bob",
    "> ```\n> @alice\n> ```",
    "https://a.example/@alice http://a.example/?q=@bob",
    '[t](https://a.example/@alice) [u](</@bob> "@carol") [v](@dave)',
    "\\@alice a/@b @@c @types/node foo@@bar @",
    // The local alice must not get what was meant for another server.
    "@alice@nowhere @alice@@x",
  ])("finds none in %j", (source) => expect(mentions(source)).toEqual([]));

  it("finds those after code that never closes only where the code is not code", () => {
    expect(mentions("`a @alice\n\n` @bob")).toEqual(["alice", "bob"]);
    expect(mentions("```\n@alice\n```\n@bob")).toEqual(["bob"]);
  });
});

describe("hashtags", () => {
  it.each([
    ["今天＃美食很好，", ["美食很好"]],
    ["吃#美食 #上海#北京", ["美食", "上海", "北京"]],
    ["#Café #CAFÉ #ＡＢＣ", ["café", "café", "abc"]],
    ["#한국어 #ไทยดี #हिन्दी #русский #日本語タグ", ["한국어", "ไทยดี", "हिन्दी", "русский", "日本語タグ"]],
    ["#snake_case_ #a·b #マイ・タグ #4x4 #2024年", ["snake_case_", "a·b", "マイ・タグ", "4x4", "2024年"]],
    ["(#tag) #tag, #tag.", ["tag", "tag", "tag"]],
  ])("finds those in %j", (source, expected) => expect(tags(source)).toEqual(expected));

  it.each([
    "#1 #2024 #_ # #️⃣ ##x a#b C# x/#y (a)#b ?a=#b &#123;",
    "`#a` https://a.example/#frag https://a.example/x#frag \\#a [x](#b)",
    `#${"x".repeat(101)}`,
  ])("finds none in %j", (source) => expect(tags(source)).toEqual([]));

  it("have one spelling (FEP-eb48)", () => {
    expect(normalizeTag("＃ＦＯＯ")).toBe("foo");
    expect(normalizeTag("#ｶﾞｲﾄﾞ")).toBe("ガイド");
    expect(normalizeTag(normalizeTag("İx"))).toBe(normalizeTag("İx"));
    expect([isTag("#美食"), isTag("a_1"), isTag("12"), isTag("a b"), isTag("")]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("URLs", () => {
  it.each([
    ["看https://a.example/abc很好 https://a.example很好", ["https://a.example/abc", "https://a.example"]],
    ["https://zh.wiki.example/wiki/美食。", ["https://zh.wiki.example/wiki/美食"]],
    [
      "(https://a.example/b_(c)) <https://d.example/> **https://e.example/f**.",
      ["https://a.example/b_(c)", "https://d.example/", "https://e.example/f"],
    ],
    [
      "http://localhost:3000/x, http://[::1]:80/ HTTPS://A.example?",
      ["http://localhost:3000/x", "http://[::1]:80/", "HTTPS://A.example"],
    ],
    ["_https://a.example/b_ https://a.example/b_", ["https://a.example/b", "https://a.example/b_"]],
    ["https:// http://x javascript:alert(1) ftp://a.example xhttps://a.example `https://a.example`", []],
    ["[a](https://a.example) [https://b.example](https://c.example)", ["https://b.example"]],
  ])("are found in %j", (source, expected) => expect(urls(source)).toEqual(expected));

  it("are reported without user name and password", () => {
    expect(findEntities("https://good.example@evil.example/")).toMatchObject([
      { url: "https://evil.example/" },
    ]);
  });
});

describe("findEntities", () => {
  const piece = fc.constantFrom(
    ..."@ ＠ # ＃ @a @a@b.c #tag ` `` ``` ~~~ \n \n\n ( ) [ ]( ]( https:// https://a.example/ \\ > < . : /".split(
      " ",
    ),
    "\n",
    "\n\n",
    " ",
    "美食",
    "\ud800",
    "\u0301",
  );
  const source = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((parts) => parts.join("")),
  );

  it("never throws, and its offsets are in order and right", () => {
    fc.assert(
      fc.property(source, (text) => {
        let at = 0;
        for (const entity of findEntities(text)) {
          expect(entity.start).toBeGreaterThanOrEqual(at);
          expect(entity.end).toBeGreaterThan(entity.start);
          at = entity.end;
          const written = text.slice(entity.start, entity.end);
          if (entity.kind === "mention") expect(written).toMatch(new RegExp(`^[@＠]${entity.username}`));
          if (entity.kind === "tag") expect(written.slice(1)).toBe(entity.text);
          if (entity.kind === "url") expect(written).toMatch(/^https?:\/\/\S+$/i);
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the length (DOS-10)", () => {
    const units = [
      "@",
      "#a",
      "<a href=",
      "`",
      "`a",
      "](",
      "[a](",
      "(",
      "@a@",
      "@a@b.",
      "http://",
      "#a·",
      "\\",
      "\n",
      "> ",
      "＃美",
    ];
    for (const unit of units)
      expect(
        bestTime(() => findEntities(unit.repeat(50_000))),
        unit,
      ).toBeLessThan(150);
    for (const unit of ["@", "#a", "<a href="]) {
      expect(
        bestTime(() => findEntities(unit.repeat(50_000))),
        unit,
      ).toBeLessThan(50);
    }
  });
});

describe("names", () => {
  it("lose everything that could break out of or hide in a line (XSS-19)", () => {
    expect(cleanName("a\r\nb\tc\u2028d", 60)).toBe("a b c d");
    expect(cleanName("ev\u202eil\u2066\u200e", 60)).toBe("evil");
    expect(cleanName("ad\u200bm\u200din\ufeff\u00ad\u2060", 60)).toBe("admin");
    expect(cleanName("\u3164\u200b \u115f", 60)).toBe("");
    expect(cleanName(`z${"\u0335".repeat(200)}`, 60)).toBe(`z${"\u0335".repeat(4)}`);
    expect(cleanName("x".repeat(500), 60)).toHaveLength(60);
    expect(cleanName("a\0b\ud800", 60)).toBe("ab\ufffd");
  });

  it("keep what scripts and emoji need", () => {
    for (const name of [
      "می‌خواهم",
      "क्‍ष",
      "👩‍👩‍👧",
      "🏳️‍🌈",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
      "Ngọc Diệp",
      "<b>x",
    ]) {
      expect(cleanName(name, 60)).toBe(name);
    }
  });

  it("are never cut inside a character", () => {
    expect(cleanName("ab👩‍👩‍👧", 4)).toBe("ab");
    expect(cleanName("ab👩‍👩‍👧", 7)).toBe("ab👩‍👩‍👧");
  });
});

it("normalizeText makes any text storable", () => {
  expect(normalizeText("a\r\nb\rc\0\u0007\u202e e\u0301\ufdd0\ud800\t")).toBe("a\nb\nc é\ufffd\t");
});
