import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/sources.ts";

const page = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const links = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");

test("every file that SECURITY.md names is there, and every proof of a promise has tests in it", () => {
  const wrong = links.filter((path) => {
    const file = join(ROOT, path);
    if (!existsSync(file)) return true;
    return (
      path.endsWith(".test.ts") && !/\b(?:test|it)(?:\.each\([^)]*\))?\(/.test(readFileSync(file, "utf8"))
    );
  });
  expect(wrong).toEqual([]);
  expect(links.length).toBeGreaterThan(50);
});

test("every promise names its proof", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (?:promise|---)/.test(line));
  expect(rows.filter((row) => !/\]\(test\/[\w/-]+\.test\.ts\)/.test(row))).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
});
