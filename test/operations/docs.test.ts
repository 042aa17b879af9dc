import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configurationPage } from "../../docs/generate.ts";
import { ROOT } from "../support/sources.ts";

test("docs/configuration.md is what the table of options says (npm run docs)", () => {
  expect(readFileSync(join(ROOT, "docs", "configuration.md"), "utf8")).toBe(configurationPage());
});

test("every file that the README and the pages of docs/ link to is there", () => {
  const missing = ["README.md", "docs/architecture.md", "docs/operating.md", "docs/adr/README.md"].flatMap(
    (page) =>
      [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\(([^)#:]+)\)/g)]
        .map((match) => join(ROOT, page, "..", match[1] ?? ""))
        .filter((path) => !isThere(path)),
  );
  expect(missing).toEqual([]);
});

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EISDIR";
  }
}
