import { describe, expect, test } from "vitest";
import { csvLine, decodeUtf8, readCsv } from "../../server/text/csv.ts";
import { readRows, toCells } from "../../server/text/csv-lists.ts";

describe("a table", () => {
  test("is read as it was written, whatever stands in its cells and wherever it is cut", async () => {
    const cells = ["=1+1", "+x", "-x", "@x", 'a "b", c', "two\nlines", " edge ", "", "🚋é漢"];
    // Longer than what is read at a time, so that pieces end anywhere, in the middle of a character too.
    const rows = Array.from({ length: 9_000 }, (_, at) => [...cells, `${"🚋".repeat(at % 7)}x`]);
    const text = rows.map((row) => csvLine(row)).join("");
    expect(text.startsWith("=1+1,+x,-x,@x,")).toBe(true);
    expect(await readCsv(text, 9_000)).toEqual({ ok: true, rows });
    expect(await readCsv(text, 8_999)).toMatchObject({ ok: false, fault: "many" });
  });

  test("lets others have their turn while it is long", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await readCsv(`${"x".repeat(900)}\n`.repeat(19_000), 20_000);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  test("that is no UTF-8, or holds what no database takes, is no table", () => {
    expect(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe("a");
    for (const bytes of [
      [0x61, 0xe9],
      [0xff, 0xfe, 0x61, 0x00],
      [0x61, 0x00],
      [0xed, 0xa0, 0x80],
    ])
      expect(decodeUtf8(new Uint8Array(bytes))).toBeNull();
  });

  test("of follows says nothing where it has no column, or an empty cell", () => {
    const [header, full, empty] = [
      ["Account address", "Show boosts", "Notify on new posts", "Languages"],
      ["a@b.test", "false", "1", "en, pt-BR"],
      ["c@d.test", "", "", ""],
    ] as const;
    const read = readRows("follows", [header, full, empty]).map(({ row }) => row);
    expect(read).toEqual([
      { handle: "a@b.test", showsBoosts: false, notifies: true, languages: ["en", "pt-BR"] },
      { handle: "c@d.test", showsBoosts: undefined, notifies: undefined, languages: [] },
    ]);
    expect(read.map((row) => toCells("follows", row))).toEqual([
      ["a@b.test", "false", "true", "en, pt-BR"],
      ["c@d.test", "", "", ""],
    ]);
    expect(readRows("follows", [["a@b.test"]])).toMatchObject([{ row: { languages: undefined } }]);
  });
});
