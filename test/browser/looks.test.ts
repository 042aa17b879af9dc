import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { aMember, aNote } from "../support/instance.ts";
import { filledSite, openPage, openSite, signIn, type Site, useBrowser, visit } from "./browser.ts";
import { everyPage } from "./pages.ts";
import { aRemoteActor, aRemoteNote, ELSEWHERE, joinElsewhere } from "./sample-remote.ts";

// What is where, and whole: measured in the browser.

const browser = useBrowser();
let site: Site;

beforeAll(async () => {
  site = await openSite();
}, 60_000);

afterAll(async () => {
  await site.close();
});

/** Nothing that is around it cuts it off. */
async function isInSight(locator: Locator): Promise<boolean> {
  return await locator.evaluate((element) => {
    const box = element.getBoundingClientRect();
    let around = element.parentElement;
    for (; around !== null; around = around.parentElement) {
      const frame = around.getBoundingClientRect();
      const cuts = getComputedStyle(around).overflow !== "visible";
      if (cuts && (box.bottom > frame.bottom + 1 || box.right > frame.right + 1)) return false;
    }
    return box.width > 0;
  });
}

test("somebody elsewhere is named with their host; pictures and films are shown in place, through this server", async () => {
  const { app } = site.instance;
  await joinElsewhere(site.instance);
  await receiveActor(app, aRemoteActor("ada", { name: "Another Ada ".repeat(20) }));
  const of = (kind: "image" | "video", file: string, mediaType: string) => ({
    kind,
    url: `https://${ELSEWHERE}/${file}`,
    mediaType,
    alt: file,
    width: 640,
    height: 400,
    blurhash: null,
    focus: null,
    coverUrl: null,
    durationMs: null,
    digest: null,
    size: null,
  });
  const picture = of("image", "1.png", "image/png");
  const film = of("video", "2.mp4", "video/mp4");
  for (const [key, attachments] of [
    ["one", [film, picture]],
    ["two", [picture, film, picture]],
    ["none", [film]],
  ] as const)
    await receiveNote(app, aRemoteNote("ada", key, { tags: [`media_${key}`], attachments }), "wanted");
  await aMember(site.instance, "lin");
  const { page, faults, close } = await openPage(browser(), site);
  await signIn(page, "lin");
  for (const [key, one, strip, items] of [
    ["one", 0, 1, 1],
    ["two", 0, 1, 2],
    ["none", 1, 0, 0],
  ] as const) {
    await visit(page, `/tags/media_${key}`);
    expect(await page.locator(".media-one").count(), key).toBe(one);
    expect(await page.locator(".media-strip").count(), key).toBe(strip);
    expect(await page.locator(".media-item img").count(), key).toBe(items);
    expect(await page.locator(".media-item video").getAttribute("src")).toMatch(/^\/proxy\//);
    expect(await page.locator(".media-item video").getAttribute("preload")).toBe("none");
  }
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const handle = page.locator(".note .handle");
    expect(await handle.innerText()).toBe(`@ada@${ELSEWHERE}`);
    expect(await isInSight(handle), `at ${width} px`).toBe(true);
  }
  await visit(page, `/@ada@${ELSEWHERE}`);
  expect(await page.locator(".profile-counts").textContent()).toContain("7 following");
  expect(faults).toEqual([]);
  await close();
});

test("the words of the ways around are whole, beside a number of unread ones", async () => {
  await aMember(site.instance, "busy");
  const { viewer } = await aMember(site.instance, "caller");
  for (let index = 1; index <= 12; index++)
    await aNote(site.instance, { by: viewer, source: `@busy ${index}` });
  const { page, faults, close } = await openPage(browser(), site);
  await signIn(page, "busy");
  await visit(page, "/explore?view=list");
  for (const [width, nav] of [
    [1280, ".rail"],
    [800, ".rail"],
    [360, ".bar"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    const words = await page.locator(`${nav} .word`).evaluateAll((all) =>
      all.map((word) => ({
        text: word.textContent,
        isWhole: word.scrollWidth <= word.clientWidth,
        lines: Math.round(word.clientHeight / Number.parseFloat(getComputedStyle(word).lineHeight)),
      })),
    );
    expect(
      words.filter(({ isWhole, lines }) => !isWhole || lines !== 1),
      `at ${width} px`,
    ).toEqual([]);
    const badge = await page.locator(`${nav} .unread`).boundingBox();
    expect(await page.locator(`${nav} .unread > [aria-hidden]`).textContent()).toBe("12");
    expect(badge?.width).toBeGreaterThanOrEqual(badge?.height ?? 0);
  }
  expect(faults).toEqual([]);
  await close();
});

test("a reply below another one has one line at its start on a phone, and a frame where there is room", async () => {
  const full = await filledSite();
  const { thread } = full.sample;
  const { page, faults, close } = await openPage(browser(), full, { width: 360 });
  await visit(page, `/@ada/${thread.id}`);
  const linesOf = async (depth: number) =>
    await page.locator(`.replies > .depth-${depth}`).evaluate((reply) => {
      const { borderLeftWidth, borderTopWidth, borderRightWidth } = getComputedStyle(reply);
      const before = getComputedStyle(reply, "::before").display;
      return [borderLeftWidth, borderTopWidth, borderRightWidth, before === "none" ? "no line" : "line"];
    });
  for (const depth of [2, 3]) expect(await linesOf(depth)).toEqual(["2px", "0px", "0px", "no line"]);
  await page.setViewportSize({ width: 1280, height: 900 });
  expect(await linesOf(2)).toEqual(["1px", "1px", "1px", "line"]);
  expect(faults).toEqual([]);
  await close();
});

test("the buttons of the compose form and the choice of readers have room at 360 px", async () => {
  await aMember(site.instance, "thumb");
  const { page, faults, close } = await openPage(browser(), site, { width: 360 });
  await signIn(page, "thumb");
  for (const path of ["/", "/compose"]) {
    await visit(page, path);
    const tops = await page
      .locator(".compose-buttons .button")
      .evaluateAll((all) => all.map((button) => Math.round(button.getBoundingClientRect().top)));
    expect(new Set(tops).size, `one row on ${path}`).toBe(1);
    const row = await page.locator(".compose > .compose-chips").boundingBox();
    const readers = await page.locator("#f-visibility").boundingBox();
    expect(readers?.width, `the whole row on ${path}`).toBe(row?.width);
  }
  expect(faults).toEqual([]);
  await close();
});

test("what is pressed has 44 px for a thumb, on every kind of page", async () => {
  const full = await filledSite();
  const pages = everyPage(full.sample);
  const { page, faults, close } = await openPage(browser(), full, { width: 360 });
  await signIn(page, "ada");
  const wanted =
    /^(?:note|kinds|note-poll|note-elsewhere|compose-draft|requests|notifications|reactions|report-note|collection|settings-(?:policy|moving|featured|collections|severed)|profile-own|notifications-frozen|settings-(?:lifeboat|lifeboat-new|launch|import-review|import-done|arrival|arrival-proved|arrival-done))$/;
  const small: string[] = [];
  for (const { name, path } of pages.filter((one) => one.as === "ada" && wanted.test(one.name))) {
    await visit(page, path);
    for (const found of await page.evaluate(smallTargets)) small.push(`${name}: ${found}`);
  }
  expect(small).toEqual([]);
  expect(faults).toEqual([]);
  await close();
}, 60_000);

/** Runs in the page: what a thumb 44 px wide would miss, measured by what is hit above and below its middle. */
function smallTargets(): readonly string[] {
  const pressed = "main :is(button, summary, select, .button, .action, .tabs a, label.choice, .reaction)";
  const found: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>(pressed)) {
    // The mark on a picture is small so that the picture stays in sight; what is off is not pressed.
    if (
      element.closest(".hidden, .alt, .is-off, span.reaction, details:not([open]) > :not(summary)") !== null
    )
      continue;
    element.scrollIntoView({ block: "center" });
    const { left, top, width, height } = element.getBoundingClientRect();
    if (width === 0) continue;
    const isHit = (y: number) => {
      const hit = document.elementFromPoint(left + width / 2, y);
      return hit !== null && element.contains(hit);
    };
    const middle = top + height / 2;
    const isHigh = height >= 43.5 || (isHit(middle - 21) && isHit(middle + 21) && height >= 35);
    if (!isHigh)
      found.push(
        `${element.className || element.tagName} ${element.textContent.trim().slice(0, 20)} ${height}`,
      );
  }
  return found;
}
