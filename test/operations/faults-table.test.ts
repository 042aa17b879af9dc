import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/sources.ts";

/** Of the list of faults that the server was built against; numbers that are not here were never given. */
const IDS = (
  "F01 F02 F03 F05 F06 F07 F09 F10 F11 F13 F14 F15 F17 F18 F19 F21 F22 F23 F25 F26 F27 F29 F30 F31 F33 F34 F35 F37 " +
  "F38 F39 F41 F42"
).split(" ");

test("each fault of docs/threats.md is proved by files that are there, and none is left out", () => {
  const page = readFileSync(join(ROOT, "docs", "threats.md"), "utf8");
  const rows = (page.split("\n## Faults\n")[1] ?? "")
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows?.map(([, id]) => id).filter((id) => id !== "")).toEqual(IDS);
  for (const [, id = "", what = "", , proof = ""] of rows ?? []) {
    const names = [...proof.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    expect(names.length, `${id} ${what}`).toBeGreaterThan(0);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  }
});

function isThere(name: string): boolean {
  const bench = /^npm run bench -- ([a-z-]+)$/.exec(name)?.[1];
  if (bench !== undefined) return existsSync(join(ROOT, "bench", `${bench}.ts`));
  const [folder = "", file = ""] = name.includes("/") ? name.split("/") : ["lifeboat", name];
  return [`${file}.ts`, `${file}.test.ts`].some((one) => existsSync(join(ROOT, "test", folder, one)));
}
