// FEDERATION.md says what other servers can observe: its examples are compared with what is really served and sent, and
// every claim names the tests that prove it. With UPDATE_EXAMPLES=1 the examples are written anew.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ROOT } from "../support/sources.ts";
import { claimsOf, examplesOf, readPage, writeExamples } from "./federation-md/document.ts";
import { STORIES } from "./federation-md/stories.ts";
import { createWorld } from "./federation-md/world.ts";

const page = await readPage();
const examples = new Map(examplesOf(page).map((example) => [example.name, example.content]));
/** Examples of what the others leave out. */
const WHOLE: ReadonlySet<string> = new Set(["context", "proof"]);
const isUpdate = process.env["UPDATE_EXAMPLES"] === "1";
const served = new Map<string, unknown>();
const contexts = new Set<string>();

describe("the examples are what is served and sent", () => {
  test.each(Object.keys(STORIES))("%s", async (name) => {
    const world = await createWorld();
    try {
      const documents = (await STORIES[name]?.(world)) ?? {};
      for (const [key, document] of Object.entries(documents)) {
        const shown = WHOLE.has(key) ? world.shownWhole(document) : world.shown(document);
        served.set(key, shown);
        if (!isUpdate) expect(shown, key).toEqual(examples.get(key));
      }
      for (const context of world.contexts) contexts.add(context);
    } finally {
      await world.here.close();
    }
  });

  test("all documents and activities begin with the same contexts, and mean the same by the same words", () => {
    const all = [...contexts].map((text) => JSON.parse(text) as readonly unknown[]);
    const urls = all.map((context) => context.filter((entry) => typeof entry === "string"));
    const words = all.flatMap((context) => context.filter((entry) => typeof entry === "object"));
    for (const list of urls) expect(list).toEqual(urls[0]);
    const meanings = Object.assign({}, ...words) as Readonly<Record<string, unknown>>;
    for (const one of words) expect(meanings).toMatchObject(one as object);
    const inOrder = Object.entries(meanings).sort(
      ([a, one], [b, other]) => Number(isPrefix(other)) - Number(isPrefix(one)) || a.localeCompare(b, "en"),
    );
    served.set("context", { "@context": [...(urls[0] ?? []), Object.fromEntries(inOrder)] });
    if (!isUpdate) expect(served.get("context")).toEqual(examples.get("context"));
  });

  test("no example is without its situation, and none is there twice", () => {
    expect([...examples.keys()].filter((key) => !served.has(key))).toEqual([]);
    const names = examplesOf(page).map((example) => example.name);
    expect(names).toEqual([...new Set(names)]);
  });

  if (isUpdate) afterAll(() => writeExamples(served));
});

describe("the claims are tested", () => {
  const claims = claimsOf(page);

  test("every paragraph, list and table names its tests", () => {
    expect(
      claims.filter(({ proofs }) => (proofs ?? []).length === 0).map(({ prose }) => prose.slice(0, 80)),
    ).toEqual([]);
  });

  test("the tests that are named exist", async () => {
    const missing: string[] = [];
    const sources = new Map<string, string>();
    for (const { file, title } of claims.flatMap(({ proofs }) => proofs ?? [])) {
      const path = join(ROOT, "test", `${file}.test.ts`);
      const source = sources.get(file) ?? (await readFile(path, "utf8").catch(() => ""));
      sources.set(file, source);
      if (!source.replaceAll('\\"', '"').includes(title)) missing.push(`${file}: ${title}`);
    }
    expect(missing).toEqual([]);
  });
});

function isPrefix(meaning: unknown): boolean {
  return typeof meaning === "string" && meaning.endsWith("#");
}
