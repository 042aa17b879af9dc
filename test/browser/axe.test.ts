import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import {
  floodPages,
  type Look,
  openPage,
  openSite,
  signIn,
  type Site,
  useBrowser,
  visit,
  type Watched,
} from "./browser.ts";
import { everyPage, type PageCase } from "./pages.ts";
import { fillSample } from "./sample.ts";

const SOURCE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What a change of colours can break; everything else was asked in the first colours already. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
/** What another width can break: other parts are in sight, and things move together. */
const WIDTH_RULES = [
  ...COLOUR_RULES,
  "target-size",
  "scrollable-region-focusable",
  "region",
  "landmark-unique",
  "nested-interactive",
  "link-name",
  "button-name",
];

/** Pages whose every part is on another page of the same person. */
const TWINS = [
  "home-welcome",
  "search-found",
  "tag",
  "mute",
  "group",
  "share",
  "intent-like",
  "note-quote-pending",
  "profile-moved",
];

const browser = useBrowser();
let site: Site;
let untouched: Site;
let pages: readonly PageCase[];
let setupPath: string;
const visitors = new Map<string, Watched>();

beforeAll(async () => {
  site = await openSite();
  untouched = await openSite({ untouched: true });
  pages = everyPage(await fillSample(site.instance));
  setupPath = `/setup?token=${(await createSetupToken(untouched.instance.app)) ?? ""}`;
}, 60_000);

afterAll(async () => {
  for (const visitor of visitors.values()) await visitor.close();
  await site.close();
  await untouched.close();
});

/** One visitor for all pages of a look; members sign in once. */
async function visitor(who: PageCase["as"], look: Look = {}): Promise<Watched> {
  const key = JSON.stringify([who, look]);
  const known = visitors.get(key);
  if (known !== undefined) return known;
  const watched = await openPage(browser(), site, { ...look, javaScriptEnabled: true, bypassCSP: true });
  if (who !== "guest") await signIn(watched.page, who);
  visitors.set(key, watched);
  return watched;
}

/** The violations on the page as it stands, one line each. */
async function violations(
  page: Page,
  runOnly: { readonly type: "tag" | "rule"; readonly values: readonly string[] },
): Promise<readonly string[]> {
  return await page.evaluate(
    async (only) => {
      const { axe: injected } = globalThis as unknown as { readonly axe: typeof axe };
      const result = await injected.run(document, {
        runOnly: only,
        resultTypes: ["violations"],
        selectors: false,
        iframes: false,
      });
      return result.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => {
          const tag =
            /^<[^>]*>/.exec(node.html)?.[0].replaceAll(/ (?:href|src|id|title|name|value)="[^"]*"/g, "") ??
            node.html;
          return `${id}: ${tag} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`;
        }),
      );
    },
    { type: runOnly.type, values: [...runOnly.values] },
  );
}

/** Opens what is closed, so that texts behind a click are looked at, too. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>("details:not(.menu)"))
      details.open = true;
  });
}

/** A menu lies over what is below it while it is open, so it is opened where sizes and places are not asked about. */
async function openMenu(page: Page, open: boolean): Promise<void> {
  await page.evaluate((isOpen) => {
    const menu = document.querySelector<HTMLDetailsElement>("details.menu");
    if (menu !== null) menu.open = isOpen;
  }, open);
}

/** Each fault once, with the places where it was seen: a fault of a component is on a dozen pages. */
type Findings = Map<string, string[]>;

function note(findings: Findings, place: string, lines: readonly string[]): void {
  for (const line of new Set(lines)) findings.set(line, [...(findings.get(line) ?? []), place]);
}

function report(findings: Findings): string {
  return [...findings]
    .map(([line, places]) => `${line} [${places.length}: ${places.slice(0, 3).join(", ")}]`)
    .join("\n");
}

async function overflow(page: Page): Promise<number> {
  return await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

/** A page on wide and small screens, in light and dark; and 320 px wide, where nothing may stick out sideways. */
async function examine(page: Page, name: string, findings: Findings): Promise<void> {
  await page.evaluate(SOURCE);
  await unfold(page);
  const colours = { type: "rule", values: COLOUR_RULES } as const;
  for (const [width, theme, rules] of [
    [1280, "light", { type: "tag", values: TAGS }],
    [1280, "dark", colours],
    [360, "dark", colours],
    [360, "light", { type: "rule", values: WIDTH_RULES }],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: theme });
    await openMenu(page, rules === colours);
    note(findings, `${name} ${theme} ${width}`, await violations(page, rules));
  }
  await page.setViewportSize({ width: 320, height: 700 });
  const sideways = await overflow(page);
  if (sideways > 0) note(findings, name, [`sticks out sideways by ${sideways} px at 320 px`]);
}

// At the same time, in contexts of their own: the browser has a process for each.
describe.concurrent("Accessibility", () => {
  test.each(["guest", "ada", "owner_here", "lin_before"] as const)(
    "holds on every page that %s sees, in both colours and sizes",
    async (who) => {
      const { page, faults } = await visitor(who);
      const findings = new Map<string, string[]>();
      for (const { name, path, status } of pages.filter(
        ({ as, name }) => as === who && (who === "guest" || !TWINS.includes(name)),
      )) {
        await visit(page, path, status);
        await examine(page, name, findings);
      }
      expect(report(findings)).toBe("");
      expect(faults).toEqual([]);
    },
    240_000,
  );

  test("holds before and during set-up", async () => {
    const { page, close } = await openPage(browser(), untouched, {
      javaScriptEnabled: true,
      bypassCSP: true,
    });
    const findings = new Map<string, string[]>();
    await visit(page, "/", 503);
    await examine(page, "closed", findings);
    await visit(page, setupPath);
    await examine(page, "set-up", findings);
    expect(report(findings)).toBe("");
    await close();
  });

  test("holds for the page of those who ask too often", async () => {
    const busy = await openSite();
    await floodPages(busy);
    const { page, close } = await openPage(browser(), busy, { javaScriptEnabled: true, bypassCSP: true });
    const findings = new Map<string, string[]>();
    await visit(page, "/local", 429);
    await examine(page, "too many", findings);
    expect(report(findings)).toBe("");
    await close();
    await busy.close();
  });

  test("holds for forms that come back", async () => {
    const { page, close } = await openPage(browser(), site, { javaScriptEnabled: true, bypassCSP: true });
    await page.goto("/join");
    await page.locator("form[action='/join']").evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await page.locator("#f-username").fill("Not a name!");
    await page.locator("main form[action='/join'] button.primary").click();
    await page.locator("#faults").waitFor();
    const findings = new Map<string, string[]>();
    await examine(page, "join", findings);
    expect(report(findings)).toBe("");
    await close();
  });

  test.each<Look>([{ forcedColors: true }, { locale: "zh-CN" }])(
    "holds in %o",
    async (look) => {
      const findings = new Map<string, string[]>();
      const some = ["landing", "join", "home", "note", "compose", "notifications", "settings-profile"];
      for (const { name, path, as } of pages.filter((page) => some.includes(page.name))) {
        const { page } = await visitor(as, look);
        await visit(page, path);
        await page.evaluate(SOURCE);
        note(findings, name, await violations(page, { type: "tag", values: TAGS }));
      }
      expect(report(findings)).toBe("");
    },
    60_000,
  );
});
