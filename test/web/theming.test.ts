import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXAMPLE, themingPage } from "../../docs/theming.ts";
import { findCssFault } from "../../server/text/custom-css.ts";
import { HOOKS, TOKENS } from "../../web/theming.ts";
import { ROOT } from "../support/sources.ts";

const WEB = join(ROOT, "web");
const pages = readdirSync(WEB, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(WEB, name), "utf8"));
// The page that other sites embed has a sheet of its own.
const styles = readdirSync(join(WEB, "styles"))
  .filter((name) => name !== "embed.css")
  .map((name) => readFileSync(join(WEB, "styles", name), "utf8"))
  .join("\n");

describe("What an owner's styles may rely on", () => {
  test("are the names of parts that pages have, each said in docs/theming.md (npm run docs)", () => {
    const used = pages.flatMap((text) =>
      [...text.matchAll(/data-component="([a-z-]+)"/g)].map(([, name]) => name),
    );
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(HOOKS).toSorted());
    expect(readFileSync(join(ROOT, "docs", "theming.md"), "utf8")).toBe(themingPage());
    expect(findCssFault(EXAMPLE)).toBeNull();
  });

  test("are properties that our styles set and use", () => {
    const unknown = Object.keys(TOKENS).filter(
      (token) => !styles.includes(`${token}: `) || !styles.includes(`var(${token})`),
    );
    expect(unknown).toEqual([]);
  });

  test("is never beaten: our own rules are all in layers before theirs", () => {
    const outside = styles
      .replaceAll(/\/\*[\s\S]*?\*\//g, "")
      .split("\n")
      .filter((line) => /^[^\s@}]/.test(line));
    expect(outside).toEqual([]);
  });

  test("reads from both sides: no rule names left or right", () => {
    const physical =
      /^\s*(?:(?:margin|padding|border|inset)-(?:left|right)|left|right|text-align:\s*(?:left|right)|float:\s*(?:left|right))\b/;
    expect(styles.split("\n").filter((line) => physical.test(line))).toEqual([]);
  });
});
