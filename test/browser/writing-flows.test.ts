import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updatePreferences } from "../../server/services/accounts/preferences.ts";
import { schedulePost } from "../../server/services/notes/scheduled.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import {
  fillLogin,
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

const browser = useBrowser();
let site: Site;
let mei: Member;
let plain: Watched;
let lively: Watched;

beforeAll(async () => {
  site = await openSite();
  mei = await aMember(site.instance, "mei");
  await aMember(site.instance, "lin");
  plain = await openPage(browser(), site);
  lively = await openPage(browser(), site, { javaScriptEnabled: true });
  await signIn(plain.page, "mei");
  await signIn(lively.page, "mei");
}, 60_000);

afterAll(async () => {
  expect([...plain.faults, ...lively.faults]).toEqual([]);
  await site.close();
});

async function aPicture(background = "#c98689") {
  const buffer = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .png()
    .toBuffer();
  return { name: "rose.png", mimeType: "image/png", buffer };
}

const noteTitle = (page: Page) => page.locator(".is-focus .note-title").textContent();
const order = (page: Page) =>
  page
    .locator("fieldset.picture input[name=media]")
    .evaluateAll((all) => all.map((input) => (input instanceof HTMLInputElement ? input.value : "")));

describe("Without JavaScript", () => {
  test("a note with a title, pictures in order, a cover, a crop and an end is posted as it was meant", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-title", "Two roses");
    await page.fill("#f-source", "From the market.");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", [await aPicture(), await aPicture("#405060")]);
    expect(await submit(page, "button[value=media]")).toBe(200);
    const before = await order(page);
    await submit(page, `button[value="down:${before[0]}"]`);
    expect(await order(page)).toEqual(before.toReversed());
    for (const [index, text] of ["Blue", "Red"].entries())
      await page.locator("fieldset.picture textarea").nth(index).fill(text);
    await page.locator(".picture-more > summary").nth(1).click();
    await page.locator("input[name=cover]").nth(1).check();
    await page.locator(`input[name="focus-${before[0]}"][value="-0.8,0.8"]`).check();
    await page.locator(".tool-more > summary").click();
    await page.selectOption("#f-expiry", { index: 1 });
    expect(await submit(page, "button[value=post]")).toBe(200);
    expect(await noteTitle(page)).toBe("Two roses");
    const id = /\/(\d+)#/.exec(placeOf(page))?.[1] ?? "";
    const row = await site.instance.app.db
      .selectFrom("attachments")
      .select(["alt", "is_cover", "focus_x", "focus_y"])
      .where("note_id", "=", Number(id))
      .orderBy("position")
      .execute();
    expect(row).toEqual([
      { alt: "Blue", is_cover: 0, focus_x: null, focus_y: null },
      { alt: "Red", is_cover: 1, focus_x: -800, focus_y: 800 },
    ]);
  });

  test("pictures of a note that is out are described, ordered, added and taken away", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "One, to begin with");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", await aPicture());
    await submit(page, "button[value=post]");
    await page.locator(".alt-question textarea").fill("First");
    await submit(page, "button[value=post]");
    const path = placeOf(page).split("#")[0] ?? "";
    await visit(page, `${path}/edit`);
    await page.fill("#f-source", "Two by now");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", await aPicture("#405060"));
    expect(await submit(page, "button[value=media]")).toBe(200);
    expect(await page.inputValue("#f-source")).toBe("Two by now");
    await page.locator("fieldset.picture textarea").nth(1).fill("Second");
    await submit(page, "fieldset.picture:last-child button[value^='up:']");
    expect(await page.locator("fieldset.picture textarea").first().inputValue()).toBe("Second");
    await submit(page, "fieldset.picture:last-child button[value^='remove:']");
    expect(await submit(page, ".compose-buttons button[value=save]")).toBe(200);
    expect(
      await page.locator(".is-focus .media-item img, .is-focus .media-one img").first().getAttribute("alt"),
    ).toBe("Second");
    expect(await page.locator(".is-focus .prose").textContent()).toContain("Two by now");
  });

  test("a missing description is asked for as one wishes: once, always, never", async () => {
    const { page } = plain;
    const { app } = site.instance;
    const tryPost = async () => {
      await visit(page, "/compose");
      await page.fill("#f-title", "Nothing is lost");
      await page.fill("#f-source", "on the way");
      await page.setInputFiles("#f-attachments", await aPicture());
      return await submit(page, "button[value=post]");
    };
    await updatePreferences(app, mei.viewer, { altReminder: "require" });
    expect(await tryPost()).toBe(422);
    expect(await page.locator("button[value=post-anyway]").count()).toBe(0);
    expect(await submit(page, "button[value=post]")).toBe(422);
    expect(await submit(page, "button[value=back]")).toBe(200);
    expect(await page.inputValue("#f-title")).toBe("Nothing is lost");
    expect(await page.locator("fieldset.picture").count()).toBe(1);
    await updatePreferences(app, mei.viewer, { altReminder: "off" });
    expect(await tryPost()).toBe(200);
    expect(await noteTitle(page)).toBe("Nothing is lost");
    await updatePreferences(app, mei.viewer, { altReminder: "remind" });
  });

  test("a note is scheduled in UTC, moved, taken back and posted", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "Later today");
    await page.locator(".tool-more > summary").click();
    await page.fill("#f-schedule", "2001-01-01T10:00");
    expect(await submit(page, "button[value=post]")).toBe(422);
    expect(await page.locator("#f-schedule-fault").textContent()).toContain("over");
    const at = new Date(site.instance.clock.now() + 3 * 86_400_000).toISOString().slice(0, 16);
    await page.fill("#f-schedule", at);
    expect(await submit(page, "button[value=post]")).toBe(200);
    expect(placeOf(page)).toMatch(/^\/scheduled\?status=scheduled#draft-\d+$/);
    expect(await page.locator(".draft time").getAttribute("datetime")).toBe(`${at}:00.000Z`);
    await page.locator(".draft details > summary").click();
    await page.locator(".draft input[name=schedule]").fill("");
    expect(await submit(page, ".draft button[value=move]")).toBe(422);
    await page.locator(".draft details > summary").click();
    await page.locator(".draft input[name=schedule]").fill(`${at.slice(0, 11)}23:59`);
    expect(await submit(page, ".draft button[value=move]")).toBe(200);
    expect(await page.locator(".draft time").getAttribute("datetime")).toContain("T23:59");
    await submit(page, ".draft a[href^='/compose?draft=']");
    await page.locator(".notice").waitFor();
    expect(await page.inputValue("#f-schedule")).toBe(`${at.slice(0, 11)}23:59`);
    await visit(page, "/scheduled");
    await submit(page, ".draft button[value=cancel]");
    expect(placeOf(page)).toMatch(/^\/drafts#draft-\d+$/);
    await submit(page, ".draft a.button[href^='/compose?draft=']");
    await page.fill("#f-schedule", "");
    await submit(page, "button[value=post]");
    expect(await page.locator(".is-focus .prose").textContent()).toContain("Later today");
  });

  test("what could not be posted by itself is a draft that says so", async () => {
    const { page } = plain;
    const { app, clock } = site.instance;
    await schedulePost(app, mei.viewer, {
      source: "长".repeat(5_001),
      summary: "",
      visibility: "public",
      language: null,
      sensitive: false,
      replyToId: null,
      attachmentIds: [],
      at: clock.now() + 1_000,
    });
    clock.advance(60_000);
    await site.instance.schedule.runDue();
    await visit(page, "/drafts");
    expect(await page.locator(".draft .notice.bad").textContent()).toMatch(/not posted.*at most 5,?000/);
    await submit(page, ".draft:has(.bad) a.button");
    expect(await page.locator("#faults").textContent()).toMatch(/at most 5,?000/);
  });

  test("the preview says who is meant, how many see it, and that the language does not fit", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "@lin 明天一起去看海吧，带上你的相机。 @nobody");
    await page.selectOption("#f-visibility", "direct");
    await page.selectOption("#f-language", "en");
    await submit(page, ".compose-buttons button[value=preview]");
    expect(await page.locator(".preview .prose a").first().getAttribute("href")).toContain("/@lin");
    expect(await page.locator(".readers").textContent()).toMatch(
      /2 people besides you.*@lin.*Nobody is known here as.*@nobody/,
    );
    expect(await page.locator(".language-hint").textContent()).toContain("Simplified");
    await submit(page, ".language-hint button");
    expect(await page.inputValue("#f-language")).toBe("zh-Hans");
    expect(await page.locator(".language-hint").count()).toBe(0);
  });

  test("a draft thrown away comes back with one press", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "Thrown too soon");
    await submit(page, "button[value=save]");
    await visit(page, "/drafts");
    await submit(page, ".draft:has-text('Thrown too soon') form button");
    expect(await page.locator(".draft", { hasText: "Thrown too soon" }).count()).toBe(0);
    await submit(page, ".undo button");
    expect(await page.locator(".draft", { hasText: "Thrown too soon" }).count()).toBe(1);
  });

  test("sending a posted form again gives the same note; changed words are not lost", async () => {
    const { page, context } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "Said once");
    await submit(page, "button[value=save]");
    const form = placeOf(page);
    const [same, other] = [await context.newPage(), await context.newPage()];
    await visit(same, form);
    await visit(other, form);
    await submit(page, "button[value=post]");
    const posted = placeOf(page);
    await submit(same, "button[value=post]");
    expect(placeOf(same)).toBe(posted);
    await other.fill("#f-source", "Said otherwise");
    expect(await submit(other, "button[value=post]")).toBe(409);
    expect(await other.inputValue("#f-source")).toBe("Said otherwise");
    expect(await other.locator(".notice a").getAttribute("href")).toBe(posted);
    expect(await submit(other, "button[value=post]")).toBe(200);
    expect(placeOf(other)).not.toBe(posted);
    await visit(page, form);
    expect(await page.inputValue("#f-source")).toBe("");
    expect(await page.locator(".notice a").getAttribute("href")).toBe(posted.split("#")[0]);
    await same.close();
    await other.close();
  });

  test("a lost session keeps the pictures of the draft and the order of everything", async () => {
    await aMember(site.instance, "tired");
    const { page, context, close, faults } = await openPage(browser(), site);
    await signIn(page, "tired");
    await visit(page, "/compose");
    await page.fill("#f-title", "Half asleep");
    await page.setInputFiles("#f-attachments", await aPicture());
    await page.locator(".tool-media > summary").click();
    await submit(page, "button[value=media]");
    await page.locator("fieldset.picture textarea").fill("A rose");
    await page.fill("#f-source", "Good night");
    await context.clearCookies({ name: "session" });
    expect(await submit(page, "button[value=post]")).toBe(401);
    await fillLogin(page, "tired");
    await page.waitForURL("**/compose?draft=*");
    expect(await page.inputValue("#f-title")).toBe("Half asleep");
    expect(await page.inputValue("#f-source")).toBe("Good night");
    expect(await page.locator("fieldset.picture textarea").inputValue()).toBe("A rose");
    expect(faults).toEqual([]);
    await close();
  });

  test("how a form starts is chosen in the settings", async () => {
    const { page } = plain;
    await visit(page, "/settings/posting");
    await page.selectOption("#f-visibility", "followers");
    await page.selectOption("#f-language", "ja");
    await page.check("#f-sensitive");
    await page.check("input[name=altReminder][value=off]");
    expect(await submit(page, "main form .primary")).toBe(200);
    await visit(page, "/compose");
    expect(await page.inputValue("#f-visibility")).toBe("followers");
    expect(await page.inputValue("#f-language")).toBe("ja");
    expect(await page.isChecked("input[name=sensitive]")).toBe(true);
    await updatePreferences(site.instance.app, mei.viewer, {
      visibility: "public",
      language: null,
      sensitive: false,
      altReminder: "remind",
    });
  });
});

describe("With JavaScript", () => {
  test("files go up as they are chosen, in any order one likes, and the text is kept meanwhile", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.fill("#f-source", "Kept while I write");
    await page.setInputFiles("#f-attachments", [await aPicture(), await aPicture("#405060")]);
    await page.locator("fieldset.picture").nth(1).waitFor();
    expect(placeOf(page)).toMatch(/^\/compose\?draft=\d+$/);
    const before = await order(page);
    await page.locator(`button[value="down:${before[0]}"]`).click();
    await expect.poll(() => order(page)).toEqual(before.toReversed());
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("value"));
    await expect.poll(focused).toBe(`up:${before[0]}`);
    await page.locator("fieldset.picture textarea").first().fill("Blue");
    await expect.poll(() => page.locator("fieldset.picture .counter").first().textContent()).toContain("4 /");
    await page.reload();
    expect(await page.inputValue("#f-source")).toBe("Kept while I write");
    expect(await page.locator("fieldset.picture").count()).toBe(2);
    await page.locator("fieldset.picture textarea").first().fill("Blue");
    await page.locator("fieldset.picture textarea").nth(1).fill("Red");
    await page.locator("#f-source").press("Control+Enter");
    await page.locator(".is-focus").waitFor();
    expect(await page.locator(".is-focus img[alt=Blue], .is-focus img[alt=Red]").count()).toBe(2);
    await visit(page, "/drafts");
    expect(await page.locator(".draft", { hasText: "Kept while I write" }).count()).toBe(0);
  });

  test("a file that cannot be taken says why, and nothing else changes", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.fill("#f-source", "Beside it");
    const watched = lively.faults.length;
    await page.setInputFiles("#f-attachments", {
      name: "poem.png",
      mimeType: "image/png",
      buffer: Buffer.from("no picture at all, only words"),
    });
    await page.locator(".upload-line .fault").waitFor();
    expect(await page.locator(".upload-line .fault").textContent()).toMatch(
      /poem\.png: .*not a picture|JPEG/,
    );
    expect(await page.inputValue("#f-source")).toBe("Beside it");
    // The refusal itself is a 422 to a script, which the watcher counts.
    lively.faults.splice(watched);
  });

  test("what is typed is kept by itself, and who reads it and in what language is said", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.selectOption("#f-language", "en");
    await page.fill("#f-source", "@lin 明天一起去看海吧，带上你的相机。");
    await page.selectOption("#f-visibility", "direct");
    await page.locator(".language-hint").waitFor();
    expect(await page.locator(".readers").textContent()).toContain("One person besides you");
    expect(await page.locator(".compose-saved").textContent()).toContain("Kept as a draft");
    expect(await page.locator("[data-counter]").textContent()).toBe("21 / 5,000");
    await page.reload();
    expect(await page.inputValue("#f-source")).toBe("@lin 明天一起去看海吧，带上你的相机。");
    expect(await page.inputValue("#f-visibility")).toBe("direct");
  });

  test("names are suggested, and taken by keyboard", async () => {
    const { page } = lively;
    await aNote(site.instance, { by: mei.viewer, source: "#harbour" });
    await visit(page, "/compose");
    await page.locator("#f-source").pressSequentially("Hello @li");
    await page.locator(".suggestions [role=option]").first().waitFor();
    expect(await page.getAttribute("#f-source", "aria-activedescendant")).toBe("suggestion-0");
    await page.keyboard.press("Enter");
    expect(await page.inputValue("#f-source")).toBe("Hello @lin ");
    await page.locator("#f-source").pressSequentially("at the #harb");
    await page.locator(".suggestions [role=option]").first().waitFor();
    await page.keyboard.press("Escape");
    expect(await page.locator(".suggestions").isHidden()).toBe(true);
    await page.locator("#f-source").pressSequentially("o");
    await page.locator(".suggestions [role=option]").first().click();
    expect(await page.inputValue("#f-source")).toBe("Hello @lin at the #harbour ");
  });

  test("times are those of the writer's clock", async () => {
    const context = await browser().newContext({
      baseURL: site.origin,
      timezoneId: "Asia/Shanghai",
      locale: "en",
    });
    const page = await context.newPage();
    await signIn(page, "mei");
    await visit(page, "/compose");
    await page.fill("#f-source", "At eight in Shanghai");
    await page.locator(".tool-more > summary").click();
    await expect.poll(() => page.locator("[data-zone]").textContent()).toBe("Asia/Shanghai");
    const day = new Date(site.instance.clock.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await page.fill("#f-schedule", `${day}T08:00`);
    await submit(page, "button[value=post]");
    const draft = page.locator(".draft", { hasText: "At eight in Shanghai" });
    expect(await draft.locator("time").getAttribute("datetime")).toBe(`${day}T00:00:00.000Z`);
    await expect.poll(() => draft.locator("time").textContent()).toContain("8:00");
    await draft.locator("a.button").click();
    await expect.poll(() => page.inputValue("#f-schedule")).toBe(`${day}T08:00`);
    await context.close();
  });

  test("when the server cannot be reached the plain form still works", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.route("**/uploads*", (route) => route.abort());
    await page.route("**/compose/suggest*", (route) => route.abort());
    await page.fill("#f-source", "Without help");
    await page.unrouteAll();
    await submit(page, "button[value=post]");
    expect(await page.locator(".is-focus .prose").textContent()).toContain("Without help");
  });
});
