import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matches, readPattern } from "../../server/text/linear-pattern.ts";

function find(pattern: string, text: string): boolean {
  const read = readPattern(pattern);
  if (read === null) throw new Error(`${pattern} is a pattern.`);
  return matches(read, text);
}

/** Patterns made of what both kinds know, over few letters, so that they often match. */
const atom = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\d", "\\s", "\\b", "1", " ");
const pattern = fc.letrec<{ row: string; part: string }>((tie) => ({
  row: fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    atom,
    fc
      .tuple(fc.constantFrom("a", "b", "[ab]", "."), fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{2,}"))
      .map(([a, b]) => a + b),
    fc
      .tuple(tie("row"), tie("row"), fc.constantFrom("", "+", "*", "?", "{1,2}"))
      .map(([a, b, c]) => `(${a}|${b})${c}`),
  ),
})).row;
const text = fc.string({
  unit: fc.constantFrom("a", "b", "c", "A", "1", " ", "\n", "é", "你"),
  maxLength: 12,
});

describe("linear patterns", () => {
  it("find what regular expressions find", () => {
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        const read = readPattern(source);
        if (read === null) return;
        const same = new RegExp(
          source
            .replaceAll("\\w", "[\\p{L}\\p{M}\\p{N}_]")
            .replaceAll("\\d", "\\p{Nd}")
            .replaceAll(
              "\\b",
              "(?:(?<=[\\p{L}\\p{M}\\p{N}_])(?![\\p{L}\\p{M}\\p{N}_])|(?<![\\p{L}\\p{M}\\p{N}_])(?=[\\p{L}\\p{M}\\p{N}_]))",
            ),
          "imu",
        );
        expect(matches(read, given)).toBe(same.test(given));
      }),
      { numRuns: 600 },
    );
  });

  it("know edges, classes and properties", () => {
    expect(find("^free", "so\nfree")).toBe(true);
    expect(find("free$", "free\nso")).toBe(true);
    expect(find("\\bcat\\b", "concat")).toBe(false);
    expect(find("\\p{Script=Han}{2}", "你好")).toBe(true);
    expect(find("[A-F]{3}", "bad")).toBe(true);
    expect(find("[^\\s]x", " x")).toBe(false);
    expect(find("a\\.b", "a.b")).toBe(true);
    expect(find("(?:one|two) way", "TWO WAY")).toBe(true);
    expect(find("[\\]-]x", "]x")).toBe(true);
  });

  it("refuse what they do not know, what is too large, and what any text would match", () => {
    const bad = [
      "",
      "a*",
      "(a|)",
      "(",
      ")",
      "[",
      "]",
      "[]",
      "a{",
      "a{2",
      "a{3,2}",
      "a{0}",
      "a{101}",
      "a**",
      "*a",
      "^*",
      "(?=a)b",
      "(?<n>a)",
      "\\1",
      "\\k",
      "\\p{Nonsense}",
      "\\p",
      "[z-a]",
      "a\\",
      "(a{100}){100}",
      "(".repeat(60) + "a" + ")".repeat(60),
    ];
    for (const source of bad) expect(readPattern(source), source).toBeNull();
  });

  it("cannot be made slow", () => {
    const long = "a".repeat(20_000);
    const started = performance.now();
    for (const source of ["(a+)+b", "(a|a)*b", "(a*)*b", "(.{0,60}a){3}b", "a{100}b"]) {
      const read = readPattern(source);
      if (read !== null) matches(read, long, { left: 1_500_000 });
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("never throw, whatever is typed", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.string({ unit: "grapheme", maxLength: 60 }),
        (source, given) => {
          const read = readPattern(source);
          if (read !== null) matches(read, given);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
