import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import { followActor } from "../../server/services/relations/follows.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import {
  openPage,
  openSite,
  placeOf,
  signIn,
  type Site,
  submit,
  useBrowser,
  visit,
  type Watched,
} from "./browser.ts";

// The frame of every page, and how people make pages theirs. Without scripts unless a test says so.

const browser = useBrowser();
let site: Site;
let ada: Member;
let lin: Member;
let watched: Watched;

beforeAll(async () => {
  site = await openSite();
  ada = await aMember(site.instance, "ada");
  lin = await aMember(site.instance, "lin");
  await followActor(site.instance.app, ada.viewer, lin.viewer.actorId);
  for (let index = 1; index <= 6; index++)
    await aNote(site.instance, { by: lin.viewer, source: `Note ${index} of the harbour` });
}, 60_000);
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  watched = await openPage(browser(), site, { width: 390, height: 760 });
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await watched.close();
});

test("colours are chosen in the foot, by visitors and members, and stay", async () => {
  const { page } = watched;
  const theme = async () => await page.locator("html").getAttribute("data-theme");
  await visit(page, "/about");
  await submit(page, ".foot button[value=contrast]");
  expect([placeOf(page), await theme()]).toEqual(["/about", "contrast"]);
  await signIn(page, "ada");
  await visit(page, "/about");
  expect(await theme()).toBe("auto");
  await visit(page, "/settings/appearance");
  await page.check("input[name=theme][value=dark]");
  expect(await submit(page, "main .form-buttons button.primary")).toBe(200);
  expect(await theme()).toBe("dark");
  const other = await openPage(browser(), site);
  await signIn(other.page, "ada");
  await visit(other.page, "/about");
  expect(await other.page.locator("html").getAttribute("data-theme")).toBe("dark");
  await other.close();
});

test("Arabic turns the page around, and nothing sticks out", async () => {
  const { page } = watched;
  await visit(page, "/about");
  await submit(page, ".foot button[value=ar]");
  expect(await page.locator("html").getAttribute("dir")).toBe("rtl");
  const brand = await page.locator(".brand").boundingBox();
  expect((brand?.x ?? 0) + (brand?.width ?? 0)).toBeGreaterThan(350);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBe(0);
  expect(await page.locator(".bar a[aria-current]").textContent()).toBe("حول");
});

test("a note is filtered from its menu: closed at home, opened by a press, and free again", async () => {
  const { page } = watched;
  await signIn(page, "ada");
  await visit(page, "/@lin");
  await page.locator(".note .menu summary").first().click();
  await page.locator(".note .menu-list a[href*='/settings/filters/new?note=']").first().click();
  await page.fill("#f-keywords", "Harbour");
  await page.fill("#f-title", "Boats");
  expect(await submit(page, "main .form-buttons button.primary")).toBe(200);
  expect(placeOf(page)).toBe("/settings/filters?saved=yes");
  await visit(page, "/");
  const closed = page.locator(".is-filtered");
  expect(await closed.count()).toBe(6);
  expect(await closed.first().locator(".prose").isVisible()).toBe(false);
  await closed.first().locator("summary").first().click();
  expect(await closed.first().locator(".prose").isVisible()).toBe(true);
  await visit(page, "/settings/filters");
  await page.locator(".settings-list a").first().click();
  await page.locator("a", { hasText: "Remove filter" }).click();
  expect(await submit(page, "main button.danger")).toBe(200);
  await visit(page, "/");
  expect(await page.locator(".is-filtered").count()).toBe(0);
});

test("what the bar has no room for opens from the head, without scripts", async () => {
  const { page } = watched;
  await signIn(page, "ada");
  await visit(page, "/about");
  const more = page.locator(".more-menu");
  expect(await more.isVisible()).toBe(false);
  await page.locator(".quick-more").click();
  expect(await more.isVisible()).toBe(true);
  const box = await more.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
  await more.locator("a[href='/settings']").click();
  expect(placeOf(page)).toBe("/settings");
  await page.fill("#q", "sensitive");
  await submit(page, "main form[role=search] button");
  await page.locator(".settings-list a[href='/settings/appearance']").click();
  await page.locator("h1", { hasText: "Appearance" }).waitFor();
});

test("a menu near the end of the window opens upwards and not below the bar", async () => {
  const { page } = watched;
  await signIn(page, "ada");
  await visit(page, "/@lin");
  const menus = page.locator(".note .menu");
  for (let index = 0; index < (await menus.count()); index++) {
    const summary = menus.nth(index).locator("summary");
    await putAt(page, index, 640);
    await summary.click();
    const list = await menus.nth(index).locator(".menu-list").boundingBox();
    const bar = await page.locator(".bar").boundingBox();
    expect(list?.y, "begins in sight").toBeGreaterThanOrEqual(0);
    expect((list?.y ?? 0) + (list?.height ?? 999), "ends above the bar").toBeLessThanOrEqual(
      (bar?.y ?? 0) + 1,
    );
    await summary.click();
    if (index === 2) break;
  }
});

/** Scrolls until a menu's button is that far from the top. */
async function putAt(page: Page, index: number, y: number): Promise<void> {
  await page.evaluate(
    ([nth, top]) => {
      const button = document.querySelectorAll(".note .menu summary")[nth ?? 0];
      if (button !== undefined) scrollBy(0, button.getBoundingClientRect().top - (top ?? 0));
    },
    [index, y],
  );
}

test("the whole frame is reached by keyboard: skip link first, nothing focused is hidden by the bar", async () => {
  const { page } = watched;
  await signIn(page, "ada");
  await visit(page, "/@lin");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.className)).toBe("skip");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  const covered: string[] = [];
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const at = document.activeElement;
      const bar = document.querySelector(".bar");
      if (at === null || bar === null || bar.contains(at) || at === document.body) return null;
      return at.getBoundingClientRect().top >= bar.getBoundingClientRect().top
        ? `${at.tagName} ${at.textContent.trim().slice(0, 20)}`
        : null;
    });
    if (found !== null) covered.push(found);
  }
  expect(covered).toEqual([]);
});

test("the owner's look is on every page, checked before, and the page that mends it stays as it is", async () => {
  const { page } = watched;
  await signIn(page, "owner_here");
  await visit(page, "/admin/appearance");
  await page.fill("#f-accent", "#ffee00");
  await page.fill("#f-css", "body { display: none }");
  expect(await submit(page, "main .form-buttons button.primary")).toBe(422);
  expect(await page.locator("#f-accent-fault").textContent()).toMatch(/nearest that works is #[0-9a-f]{6}/);
  expect(await page.inputValue("#f-css")).toBe("body { display: none }");
  await page.fill("#f-accent", "#7a1fa2");
  expect(await submit(page, "main .form-buttons button.primary")).toBe(200);
  expect(await page.locator("h1").isVisible()).toBe(true);
  await visit(page, "/about");
  expect(await page.locator("h1").isVisible()).toBe(false);
  await visit(page, "/admin/appearance");
  await page.fill("#f-css", "[data-component='brand'] { letter-spacing: 3px }");
  await submit(page, "main .form-buttons button.primary");
  await visit(page, "/about");
  expect(await page.locator(".brand").evaluate((brand) => getComputedStyle(brand).letterSpacing)).toBe("3px");
  expect(await page.locator("main a[href^='mailto'], .foot a").first().isVisible()).toBe(true);
  const accent = await page.evaluate(() =>
    getComputedStyle(document.documentElement).getPropertyValue("--accent"),
  );
  expect(accent).toContain("#7a1fa2");
});
