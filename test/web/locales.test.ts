import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "../../web/locales/en.ts";
import { zhHans } from "../../web/locales/zh-Hans.ts";

const ROOT = join(import.meta.dirname, "..", "..");

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"));
}

describe("the words of the pages", () => {
  it("exist for every fault that a use case can report", () => {
    const keys = ["server/services", "server/media", "server/text", "server/jobs"]
      .flatMap(sourcesOf)
      .flatMap((source) =>
        [...source.matchAll(/"((?:error|field)\.[a-z_]+)"/g)].map((match) => match[1] ?? ""),
      );
    expect(keys.length).toBeGreaterThan(20);
    expect([...new Set(keys)].filter((key) => !(key in en))).toEqual([]);
  });

  it("are complete in every language, with the same values to fill in", () => {
    expect(Object.keys(zhHans).toSorted()).toEqual(Object.keys(en).toSorted());
  });
});
