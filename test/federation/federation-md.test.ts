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
const WHOLE: ReadonlySet<string> = new Set(["context", "context-collections", "proof"]);
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

  test("no example is without its situation, and none is there twice", () => {
    expect([...examples.keys()].filter((key) => !served.has(key))).toEqual([]);
    const names = examplesOf(page).map((example) => example.name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("all documents and activities have the context of the page", () => {
    const [shared, extended] = ["context", "context-collections"].map(
      (name) => (served.get(name) as { "@context": unknown[] })["@context"],
    );
    const allowed = [shared, [...(shared ?? []), ...(extended ?? []).slice(1)]];
    for (const text of contexts) expect(allowed).toContainEqual(JSON.parse(text));
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
