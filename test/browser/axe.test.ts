import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import {
  type FilledSite,
  filledSite,
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
import { barredPages, everyPage, type PageCase } from "./pages.ts";

const SOURCE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What a change of colours can break; everything else was asked in the first colours already. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];
/** What another width can break: other parts are in sight, and things move together. */
const WIDTH_RULES = [
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
  "admin-announcement-delete",
  "admin-queue-drop",
  "admin-storage-sure",
  "staff-account-role",
  "lifeboat-waiting",
  "settings-import-stopped",
  "settings-arrival-checking",
  "settings-arrival-arriving",
  "settings-arrival-failed",
  "settings-arrival-undoing",
  "settings-arrival-undone",
];

const browser = useBrowser();
let site: FilledSite;
let untouched: Site;
let pages: readonly PageCase[];
let setupPath: string;
const visitors = new Map<string, Watched>();

beforeAll(async () => {
  site = await filledSite();
  untouched = await openSite({ untouched: true });
  pages = [...everyPage(site.sample), ...barredPages()];
  setupPath = `/setup?token=${(await createSetupToken(untouched.instance.app)) ?? ""}`;
}, 60_000);

afterAll(async () => {
  for (const visitor of visitors.values()) await visitor.close();
  await untouched.close();
});

/** One visitor for all pages of a look; members sign in once. */
async function visitor(who: PageCase["as"], look: Look = {}, part = 1): Promise<Watched> {
  const key = JSON.stringify([who, look, part]);
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

/** Colours and sizes of which each page gets one each, in turn: together they see every component in all of them. */
const COLOURS = [
  { name: "dark", width: 1280, scheme: "dark", theme: "auto", forced: "none" },
  { name: "forced colours", width: 360, scheme: "light", theme: "auto", forced: "active" },
  { name: "small and dark", width: 360, scheme: "dark", theme: "auto", forced: "none" },
  { name: "contrast", width: 1280, scheme: "light", theme: "contrast", forced: "none" },
  { name: "small and dark contrast", width: 360, scheme: "dark", theme: "contrast", forced: "none" },
] as const;
const WIDTHS = [360, 768] as const;

/** What readers may set (WCAG 1.4.12). */
const TEXT_SPACING =
  "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }";

/**
 * A page with all rules on a wide screen, with those that can differ in one other size and in other colours; and 320 px
 * wide (400 % zoom of 1280), also with wide letters, where nothing may stick out sideways.
 */
async function examine(page: Page, name: string, findings: Findings, turn = 0): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.evaluate(SOURCE);
  await unfold(page);
  note(findings, name, await violations(page, { type: "tag", values: TAGS }));
  const width = WIDTHS[turn % WIDTHS.length] ?? 360;
  await page.setViewportSize({ width, height: 900 });
  note(findings, `${name} ${width}`, await violations(page, { type: "rule", values: WIDTH_RULES }));
  const look = COLOURS[turn % COLOURS.length] ?? COLOURS[0];
  await page.setViewportSize({ width: look.width, height: 900 });
  await page.emulateMedia({ colorScheme: look.scheme, forcedColors: look.forced });
  await page.evaluate((theme) => (document.documentElement.dataset["theme"] = theme), look.theme);
  await openMenu(page, true);
  note(findings, `${name} ${look.name}`, await violations(page, { type: "rule", values: COLOUR_RULES }));
  await openMenu(page, false);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  await standsIn(page, name, findings);
}

/** 320 px wide, the way it is and with wide letters. */
async function standsIn(page: Page, name: string, findings: Findings): Promise<void> {
  await page.setViewportSize({ width: 320, height: 700 });
  const sideways = await overflow(page);
  if (sideways > 0) note(findings, name, [`sticks out sideways by ${sideways} px at 320 px`]);
  await page.addStyleTag({ content: TEXT_SPACING });
  const spaced = await overflow(page);
  if (spaced > 0) note(findings, name, [`sticks out sideways by ${spaced} px at 320 px with wide letters`]);
}

// At the same time, in contexts of their own: the browser has a process for each.
describe.concurrent("Accessibility", () => {
  // In parts, which run at the same time: one visitor sees most of the pages.
  test.each([
    ["guest", 1, 1],
    ["ada", 1, 3],
    ["ada", 2, 3],
    ["ada", 3, 3],
    ["owner_here", 1, 2],
    ["owner_here", 2, 2],
    ["lin_before", 1, 1],
    ["kim_out", 1, 1],
    ["rui_waits", 1, 1],
  ] as const)(
    "holds on every page that %s sees, in both colours and sizes (%i of %i)",
    async (who, part, parts) => {
      const { page, faults } = await visitor(who, {}, part);
      const findings = new Map<string, string[]>();
      const seen = pages.filter(({ as, name }) => as === who && (who === "guest" || !TWINS.includes(name)));
      for (const [turn, { name, path, status }] of seen.entries()) {
        if (turn % parts !== part - 1) continue;
        await visit(page, path, status);
        await examine(page, name, findings, Math.floor(turn / parts));
      }
      expect(report(findings)).toBe("");
      expect(faults).toEqual([]);
    },
    400_000,
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
    await visit(page, "/explore", 429);
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

  test.each<Look>([{ forcedColors: true }, { locale: "zh-CN" }, { locale: "ar" }])(
    "holds in %o",
    async (look) => {
      const findings = new Map<string, string[]>();
      const some = [
        "landing",
        "join",
        "explore",
        "home",
        "note",
        "compose",
        "notifications",
        "profile",
        "settings",
        "settings-profile",
        "settings-filter",
        "about-privacy",
      ];
      for (const { name, path, as } of pages.filter((page) => some.includes(page.name))) {
        const { page } = await visitor(as, look);
        await visit(page, path);
        await page.evaluate(SOURCE);
        note(findings, name, await violations(page, { type: "tag", values: TAGS }));
        await standsIn(page, name, findings);
        await page.setViewportSize({ width: 1280, height: 900 });
      }
      expect(report(findings)).toBe("");
    },
    120_000,
  );
});
