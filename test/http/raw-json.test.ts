import { expect, test } from "vitest";
import { refusesContextAliases, scanJson } from "../../server/http/raw-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const reasonOf = (text: string) => {
  const result = scanJson(bytes(text));
  return result.ok ? null : result.reason;
};
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const AS = "https://www.w3.org/ns/activitystreams";

test("a plain activity passes and its text comes back unchanged", () => {
  const text = `{"@context":"${AS}","id":"https://a.test/1","to":["x","y"],"n":-1.5e3,"é":"\\ud83d\\ude00\\n"}`;
  expect(scanJson(bytes(text))).toEqual({ ok: true, text });
  expect(() => JSON.parse(text)).not.toThrow();
});

test.each([33, 700, 20_000])("nesting %i deep is refused in under 20 ms (JLD-01)", (depth) => {
  const body = bytes(nested(depth));
  const start = performance.now();
  expect(scanJson(body)).toEqual({ ok: false, reason: "nested too deep" });
  expect(performance.now() - start).toBeLessThan(20);
});

test("nesting 32 deep passes", () => {
  expect(reasonOf(nested(32))).toBeNull();
  expect(reasonOf(`{"a":${"[".repeat(32)}${"]".repeat(32)}}`)).toBe("nested too deep");
});

test.each([
  "{",
  "[]",
  "null",
  '""',
  "NaN",
  "",
  " ",
  "{} {}",
  "{},",
  '{"a":1,}',
  '{"a"}',
  "{a:1}",
  '{"a":01}',
])("%j is no document of ours (JLD-02)", (text) => {
  expect(reasonOf(text)).not.toBeNull();
});

test.each([
  '{"a":+1}',
  '{"a":1.}',
  '{"a":.5}',
  '{"a":tru}',
  '{"a":"\\x"}',
  '{"a":"\\u12g4"}',
  '{"a":[1 2]}',
  '{"a":[1}',
])("%j is malformed", (text) => {
  expect(reasonOf(text)).not.toBeNull();
});

test("whatever the scanner accepts, JSON.parse accepts, and broken pieces of it never throw", () => {
  const text = `{"a":[1,{"b":"\\u0041\\"}","c":null},[],{}],"d":true,"e":-0.1E+2,"f":{"id":"x"}}`;
  for (let cut = 0; cut <= text.length; cut++) {
    for (const broken of [text.slice(0, cut), text.slice(cut), `${text.slice(0, cut)}\\${text.slice(cut)}`]) {
      const result = scanJson(bytes(broken));
      if (result.ok) expect(() => JSON.parse(result.text)).not.toThrow();
    }
  }
  expect(reasonOf(text)).toBeNull();
});

test("other encodings, byte order marks, NUL and lone surrogates are refused (JLD-02)", () => {
  expect(scanJson(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])).ok).toBe(false);
  expect(scanJson(Uint8Array.from([0x7b, 0, 0x7d, 0])).ok).toBe(false);
  expect(scanJson(Uint8Array.from([0xed, 0xa0, 0x80])).ok).toBe(false);
  expect(reasonOf("\ufeff{}")).toBe("byte order mark");
  for (const escape of ["\\u0000", "\\ud800", "\\udc00", "\\ud800\\u0041", "\\ud800\\ud800", "\\uD83Dx"]) {
    expect(reasonOf(`{"a":"${escape}"}`), escape).not.toBeNull();
  }
  expect(reasonOf('{"a":"\u0000"}')).toBe("control character");
});

test.each([
  '{"actor":1,"actor":2}',
  '{"actor":1,"act\\u006fr":2}',
  '{"id":1,"@id":2}',
  '{"@type":1,"type":2}',
  '{"o":{"to":1,"to":1}}',
])("%s has one key twice (JLD-07)", (text) => {
  expect(reasonOf(text)).toBe("duplicate key");
});

test("the same key in two objects is fine", () => {
  expect(reasonOf('{"id":1,"o":{"id":2},"l":[{"id":3},{"id":4}]}')).toBeNull();
});

test.each(["@graph", "@included", "@reverse", "@nest", "__proto__", "\\u0040graph"])(
  "the key %s is refused at every level (JLD-05, JLD-08)",
  (key) => {
    expect(reasonOf(`{"${key}":[]}`)).toContain("forbidden key");
    expect(reasonOf(`{"a":[{"b":{"${key}":1}}]}`)).toContain("forbidden key");
  },
);

test("constructor and toString are keys like others and pollute nothing (JLD-08)", () => {
  const result = scanJson(bytes('{"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":2}'));
  expect(result.ok).toBe(true);
  expect(refusesContextAliases(JSON.parse('{"@context":{"constructor":"x:y","toString":"x:z"}}'))).toBeNull();
  expect("x" in {}).toBe(false);
});

test("5,000 tokens pass and 5,001 do not", () => {
  const list = (count: number) => `{"a":[${Array.from({ length: count }, () => 1).join()}]}`;
  expect(reasonOf(list(4_997))).toBeNull();
  expect(reasonOf(list(4_998))).toBe("too many tokens");
});

test("a hostile megabyte of any sort takes little time", () => {
  const hostile = [
    `{"a":"${"x".repeat(1_000_000)}"}`,
    `{"a":"${"\\u0041".repeat(166_000)}"}`,
    `{"${"\\n".repeat(500_000)}":1}`,
    `{${" ".repeat(1_000_000)}}`,
    `{"a":${"9".repeat(1_000_000)}}`,
    `{${Array.from({ length: 2_400 }, (_, i) => `"${"k".repeat(400)}${i}":1`).join()}}`,
    "[".repeat(1_000_000),
    '{"a":'.repeat(200_000),
  ].map(bytes);
  for (const body of hostile) scanJson(body);
  for (const body of hostile) {
    const fastest = Math.min(...[1, 2, 3].map(() => timeOf(() => scanJson(body))));
    expect(fastest).toBeLessThan(20);
  }
});

test("numbers beyond what JSON readers agree on are refused", () => {
  expect(reasonOf('{"a":1e999}')).toBe("number out of range");
  expect(reasonOf(`{"a":${"1".repeat(100)}}`)).toBe("number out of range");
});

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
