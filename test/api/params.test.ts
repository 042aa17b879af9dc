import { describe, expect, test } from "vitest";
import { z } from "zod";
import { check } from "../../api/errors.ts";
import * as kinds from "../../api/kinds.ts";
import { bodyParams, queryParams } from "../../api/params.ts";
import { CausewayError } from "../../server/errors.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
const json = (text: string, type = "application/json") => bodyParams(bytes(text), type);
const form = (text: string) => bodyParams(bytes(text), "application/x-www-form-urlencoded");

async function faultOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CausewayError)
      return `${error.kind} ${error.key} ${Object.keys(error.fields).join()}`.trim();
    throw error;
  }
  return "none";
}

describe("Parameters are read as Rails reads them", () => {
  test.each([
    ["a=1", { a: "1" }],
    ["a=1&a=2", { a: "2" }],
    ["a[]=1&a[]=2", { a: ["1", "2"] }],
    ["a[0]=x&a[1]=y", { a: ["x", "y"] }],
    ["a[10]=z&a[2]=y", { a: ["y", "z"] }],
    ["a[b]=1&a[c]=2", { a: { b: "1", c: "2" } }],
    ["a[0][n]=x&a[0][v]=y&a[1][n]=z", { a: [{ n: "x", v: "y" }, { n: "z" }] }],
    ["a[][n]=x&a[][v]=y&a[][n]=z", { a: [{ n: "x", v: "y" }, { n: "z" }] }],
    ["a[b][]=1&a[b][]=2", { a: { b: ["1", "2"] } }],
    ["a=1&a[b]=2", { a: { b: "2" } }],
    ["a[b]=1&a=2", { a: "2" }],
    ["home[last_read_id]=7", { home: { last_read_id: "7" } }],
    ["a=%E4%BD%A0%E5%A5%BD&b=x+y", { a: "你好", b: "x y" }],
    ["", {}],
    ["=1&[]=2&[b]=3", {}],
    ["a[b=1&a]b[=2&a[b]c=3", {}],
    ["a[b][c][d][e][f]=too%20deep", {}],
  ])("%s", (query, tree) => {
    expect(queryParams(query)).toEqual(tree);
  });

  test("names that reach for prototypes are names like others, and reach nothing", async () => {
    const names = ["__proto__[x]", "constructor[prototype][x]", "a[__proto__][x]", "__proto__"];
    for (const name of names) queryParams(`${encodeURIComponent(name)}=1`);
    const body = await json(
      '{"__proto__":{"x":1},"a":{"__proto__":{"x":1}},"constructor":{"prototype":{"x":1}}}',
    );
    expect({ ...body }).toMatchObject({ a: {} });
    expect(Object.getPrototypeOf({ ...body })).toBe(Object.prototype);
    expect(Reflect.get({}, "x")).toBeUndefined();
  });

  test("more than a thousand of them are refused, however they come", async () => {
    const many = Array.from({ length: 1001 }, (_, n) => `f${n}=1`).join("&");
    expect(await faultOf(() => queryParams(many))).toBe("invalid error.body_too_large");
    expect(await faultOf(() => form(many))).toBe("invalid error.body_too_large");
    const wide = JSON.stringify({ a: Array.from({ length: 1001 }, () => 1) });
    expect(await faultOf(() => json(wide))).toBe("invalid error.body_too_large");
  });

  test("what is nested deeper than anything that is asked for is refused", async () => {
    const deep = `{"a":${"[".repeat(20)}${"]".repeat(20)}}`;
    expect(await faultOf(() => json(deep))).toBe("invalid error.params");
    const abyss = `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect(await faultOf(() => json(abyss))).toBe("invalid error.params");
  });

  test.each([
    ["{", "application/json"],
    ["[]", "application/json"],
    ["{'a':1}", "application/json"],
    ["a=1", "application/vnd.api+json"],
    ["--x\r\nnonsense", "multipart/form-data; boundary=x"],
    ["a", "multipart/form-data"],
  ])("%s as %s is refused", async (text, type) => {
    expect(await faultOf(() => json(text, type))).toBe("invalid error.params");
  });

  test.each(['"text"', "1", "true", "null", '""'])("%s has no name, so it is no parameter", async (text) => {
    expect(await json(text)).toEqual({});
  });

  test("JSON is UTF-8 alone (RFC 8259, 8.1)", async () => {
    const utf16 = new Uint8Array(Buffer.from('{"a":"b"}', "utf16le"));
    expect(await faultOf(() => bodyParams(utf16, "application/json; charset=utf-16"))).toBe(
      "invalid error.params",
    );
    const latin1 = new Uint8Array(Buffer.from('{"a":"\u00e9"}', "latin1"));
    expect(await faultOf(() => bodyParams(latin1, "application/json"))).toBe("invalid error.params");
  });

  test("an empty body is nothing, whatever its type; so is null, and a type that nobody knows", async () => {
    for (const type of ["application/json", "multipart/form-data", "application/x-www-form-urlencoded", ""])
      expect(await json("", type)).toEqual({});
    expect(await json("null")).toEqual({});
    expect(await json("a=1", "text/plain")).toEqual({});
  });

  test("what no database takes is replaced, wherever it stands", async () => {
    expect(queryParams("a=x%00y")).toEqual({ a: "x\uFFFDy" });
    expect(await json(String.raw`{"a":["x\u0000y",{"b":"\ud800"}]}`)).toEqual({
      a: ["x\uFFFDy", { b: "\uFFFD" }],
    });
  });
});

describe("Kinds of parameters", () => {
  const shape = z.object({
    flag: kinds.flag,
    text: kinds.text,
    word: kinds.word,
    one: kinds.oneOf(["a", "b"]),
    whole: kinds.whole(1, 10),
    limit: kinds.limit(20, 40),
    id: kinds.id(),
    ids: kinds.idsOf(),
    list: kinds.listOf(z.string(), 3),
    file: kinds.file,
  });
  const read = (params: Readonly<Record<string, unknown>>) => check(shape, params);

  test.each([true, "true", "True", "TRUE", "1", 1, "on"])(
    "%j is true (toot says True, Mastodon.py 1)",
    (value) => {
      expect(read({ flag: value }).flag).toBe(true);
    },
  );
  test.each([false, "false", "False", "0", 0, "off"])("%j is false", (value) => {
    expect(read({ flag: value }).flag).toBe(false);
  });
  test.each([undefined, null, ""])("%j is nothing", (value) => {
    const { flag, word, one, whole, id, limit, ids } = read({
      flag: value,
      word: value,
      one: value,
      whole: value,
      id: value,
      limit: value,
      ids: value,
    });
    expect([flag, word, one, whole, id, limit, ids]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      20,
      [],
    ]);
  });

  test.each([
    [100_000, 40],
    ["100000", 40],
    [-1, 1],
    ["0", 20],
    ["7", 7],
    [7.9, 7],
  ])("limit %j gives %i", (asked, given) => {
    expect(read({ limit: asked }).limit).toBe(given);
  });

  test("what is of another kind is refused by name", async () => {
    const wrong: readonly (readonly [string, unknown])[] = [
      ["flag", "maybe"],
      ["flag", ["true"]],
      ["flag", { a: 1 }],
      ["text", ["a"]],
      ["text", { a: "b" }],
      ["text", true],
      ["word", ["a"]],
      ["one", "c"],
      ["one", ["a"]],
      ["whole", "1.5"],
      ["whole", 11],
      ["whole", "ten"],
      ["whole", "999999999999999999999"],
      ["limit", "many"],
      ["limit", [1]],
      ["limit", "1e400"],
      ["limit", {}],
      ["id", "abc"],
      ["id", "1 or 1=1"],
      ["id", ["1"]],
      ["id", "-1"],
      ["id", 1.5],
      ["list", ["a", "b", "c", "d"]],
      ["list", [{ a: 1 }]],
    ];
    for (const [name, value] of wrong)
      expect(await faultOf(() => read({ [name]: value })), `${name} ${JSON.stringify(value)}`).toMatch(
        new RegExp(`^invalid error.invalid ${name}`),
      );
  });

  test("ids that cannot be any name nothing", () => {
    expect(read({ ids: ["1", "x", 2, "99999999999999999999", "-3"] }).ids).toEqual([1, 2]);
    expect(read({ ids: "5" }).ids).toEqual([5]);
  });

  test("unknown parameters are left alone", () => {
    expect(() => read({ surprise: { at: ["all"] } })).not.toThrow();
  });

  test("a text in place of a file is no file", () => {
    expect(read({ file: "" }).file).toBeUndefined();
    expect(read({ file: "GIF89a" }).file).toBeUndefined();
  });
});
