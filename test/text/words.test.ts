import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchTerms, searchText } from "../../server/text/words.ts";

const POSTS = [
  "今天在上海吃了很好吃的小笼包",
  "Crème brûlée at Café Ｔokyo, snake_case",
  "東京タワーに行きました",
  "서울에서 먹은 김치찌개",
  "Don't mention NOT or OR",
];

/** As PostgreSQL does it. */
const byLike = (query: string) =>
  POSTS.filter((post) => searchTerms(query).every((term) => searchText(post).includes(` ${term} `)));

describe("searchText and searchTerms", () => {
  it("cut CJK into characters and pairs, and leave words whole", () => {
    expect(searchText("今天好 Hello, Wörld!")).toBe(" 今 今天 天 天好 好 hello world ");
    expect(searchTerms("今天好 Hello 好")).toEqual(["今天", "天好", "hello", "好"]);
    expect([searchText("!? "), searchTerms(" ")]).toEqual(["", []]);
  });

  it.each([
    ["上海", 0],
    ["海", 0],
    ["小笼包", 0],
    ["creme BRULEE", 1],
    ["tokyo cafe", 1],
    ["snake", 1],
    ["東京", 2],
    ["ﾀﾜｰ", 2],
    ["김치", 3],
    ["서울", 3],
    ["not or", 4],
  ])("find %j, in SQLite's FTS5 as by LIKE", (query, index) => {
    const db = new Database(":memory:");
    db.exec("create virtual table post_words using fts5(words, tokenize = 'unicode61')");
    for (const post of POSTS) db.prepare("insert into post_words values (?)").run(searchText(post));
    const match = searchTerms(query)
      .map((term) => `"${term}"`)
      .join(" ");
    const rows = db.prepare("select rowid - 1 from post_words where post_words match ?").pluck().all(match);
    db.close();
    expect(rows).toEqual([index]);
    expect(byLike(query)).toEqual([POSTS[index]]);
  });

  it("do not find what is not there", () => {
    expect(byLike("海上")).toEqual([]);
    expect(byLike("cas")).toEqual([]);
  });

  it("always let a text be found by itself, with terms that need no escaping", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        for (const term of searchTerms(text)) {
          expect(term).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
          expect(searchText(text)).toContain(` ${term} `);
        }
        expect(searchTerms(text).length).toBeLessThanOrEqual(32);
      }),
    );
  });
});
