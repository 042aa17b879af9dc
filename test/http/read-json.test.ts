import fc from "fast-check";
import { expect, test } from "vitest";
import { scanJson } from "../../server/http/raw-json.ts";
import { readJson } from "../../server/http/read-json.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Both ways must take and refuse the same bodies, and read the same in them. */
function compare(bytes: Uint8Array): void {
  const careful = scanJson(bytes);
  const quick = readJson(bytes);
  expect(quick.ok, new TextDecoder().decode(bytes)).toBe(careful.ok);
  if (quick.ok && careful.ok) {
    expect(quick.text).toBe(careful.text);
    expect(quick.json).toEqual(JSON.parse(careful.text));
  }
}

const key = fc.constantFrom(
  "a",
  "b",
  "id",
  "@id",
  "type",
  "@type",
  "__proto__",
  "@graph",
  "@context",
  "_x",
  "constructor",
  'q"',
  "\\",
  "é",
  "",
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.string({ maxLength: 6 }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("object"),
  ),
  list: fc
    .array(tie("value"), { maxLength: 4 })
    .map((items) => `[${items.map(write).join(",")}]`)
    .map(raw),
  // Members as a list, so that a key may come twice.
  object: fc
    .array(fc.tuple(key, tie("value")), { maxLength: 4 })
    .map(
      (members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(",")}}`,
    )
    .map(raw),
})).object;

class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
function raw(text: string): Raw {
  return new Raw(text);
}
function write(value: unknown): string {
  return value instanceof Raw ? value.text : JSON.stringify(value);
}

test("documents of all kinds, also with keys that come twice, are judged as by the careful scanner", () => {
  fc.assert(
    fc.property(json, (document) => compare(bytesOf(write(document)))),
    { numRuns: 3_000 },
  );
});

test("texts that were damaged anywhere are judged as by the careful scanner", () => {
  const text = JSON.stringify({
    "@context": ["x", { a: 'b\\"', c: [1, -2.5e3, true, null] }],
    id: "é😀\\",
    n: 0,
    o: {},
  });
  const part = fc.oneof(
    fc.string({ maxLength: 2 }),
    fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "\\u0000",
      "\\ud800",
      "\\ud83d\\ude00",
      "1e999",
      "\t",
      "\u0001",
      "\ufeff",
      "0".repeat(70),
      '"id":1,',
      '"@id":1,',
    ),
  );
  fc.assert(
    fc.property(fc.nat({ max: text.length }), fc.nat({ max: 3 }), part, (at, length, insert) =>
      compare(bytesOf(text.slice(0, at) + insert + text.slice(at + length))),
    ),
    { numRuns: 5_000 },
  );
});

test("bytes that are no UTF-8, and texts that are no object, are refused", () => {
  for (const bytes of [
    new Uint8Array([0xff, 0xfe]),
    bytesOf(""),
    bytesOf("[]"),
    bytesOf("1"),
    bytesOf("null"),
    bytesOf('"x"'),
    bytesOf("{} {}"),
  ]) {
    compare(bytes);
    expect(readJson(bytes).ok).toBe(false);
  }
});

test.each([33, 700, 20_000, 200_000])(
  "nesting %i deep is refused before anything is parsed (JLD-01)",
  (depth) => {
    const body = bytesOf(`${'{"object":'.repeat(depth)}1${"}".repeat(depth)}`);
    const start = performance.now();
    expect(readJson(body)).toEqual({ ok: false, reason: "nested too deep" });
    expect(performance.now() - start).toBeLessThan(50);
  },
);

test("more than 5,000 tokens are refused, in few and in many containers", () => {
  expect(readJson(bytesOf(`{"a":[${"1,".repeat(6_000)}1]}`)).ok).toBe(false);
  expect(readJson(bytesOf(`{"a":[${"{},".repeat(3_000)}1]}`)).ok).toBe(false);
  expect(readJson(bytesOf(`{"a":[${"1,".repeat(2_000)}1]}`)).ok).toBe(true);
});

test("`__proto__` pollutes nothing (JLD-08)", () => {
  expect(readJson(bytesOf('{"__proto__":{"polluted":true}}')).ok).toBe(false);
  expect(readJson(bytesOf('{"a":[{"__proto__":1}]}')).ok).toBe(false);
  expect("polluted" in {}).toBe(false);
});
