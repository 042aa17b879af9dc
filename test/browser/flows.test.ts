import sharp from "sharp";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
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

// Everything here happens with JavaScript switched off.

const browser = useBrowser();
let site: Site;
let ada: Watched;
let lin: Watched;
const opened: Watched[] = [];

async function open(): Promise<Watched> {
  const watched = await openPage(browser(), site);
  opened.push(watched);
  return watched;
}

beforeAll(async () => {
  site = await openSite();
  await aMember(site.instance, "ada");
  await aMember(site.instance, "lin");
  [ada, lin] = [await open(), await open()];
  await signIn(ada.page, "ada");
  await signIn(lin.page, "lin");
}, 60_000);

afterAll(async () => {
  expect(opened.flatMap(({ faults }) => faults)).toEqual([]);
  await site.close();
});

async function aPicture(): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const buffer = await sharp({ create: { width: 320, height: 200, channels: 3, background: "#0b6b6a" } })
    .png()
    .toBuffer();
  return { name: "sea.png", mimeType: "image/png", buffer };
}

/** Writes and posts a short note; gives its id. */
async function write(page: Page, source: string): Promise<string> {
  await page.goto("/compose");
  await page.fill("#f-source", source);
  expect(await submit(page, "button[value=post]")).toBe(200);
  return noteIdOf(page);
}

function noteIdOf(page: Page): string {
  return /#note-(\d+)/.exec(page.url())?.[1] ?? "";
}

describe("Beginning", () => {
  test("the set-up link makes an owner, once", async () => {
    const fresh = await openSite({ untouched: true });
    const { page, faults, close } = await openPage(browser(), fresh);
    await visit(page, "/", 503);
    expect(await page.locator("a:not(.skip, .brand)").count(), "nothing to go to yet").toBe(0);
    await visit(page, "/setup?token=wrong", 404);
    const link = `/setup?token=${(await createSetupToken(fresh.instance.app)) ?? ""}`;
    await visit(page, link);
    expect(await page.locator("a:not(.skip, .brand)").count(), "nothing to go to yet").toBe(0);
    await page.fill("#f-serverName", "Harbour · 港湾");
    await page.fill("#f-username", "keeper");
    await page.fill("#f-password", PASSWORD);
    await page.check("input[name=languages][value=zh-Hans]");
    await page.check("input[name=joinMode][value=invite]");
    expect(await submit(page, "main button.primary")).toBe(200);
    expect(placeOf(page)).toBe("/?welcome=owner");
    await page.getByText("Welcome, keeper!").waitFor();
    await visit(page, "/admin/settings");
    expect(await page.inputValue("#f-name")).toBe("Harbour · 港湾");
    expect(await page.isChecked("input[name=joinMode][value=invite]")).toBe(true);
    await visit(page, link, 404);
    expect(faults).toEqual([]);
    await close();
    await fresh.close();
  });

  test("somebody joins by invite where only invites open the door", async () => {
    const invited = await openSite();
    const { app, owner } = invited.instance;
    if (owner === null) throw new Error("There is no owner.");
    const keeper = await openPage(browser(), invited);
    await signIn(keeper.page, "owner_here");
    await visit(keeper.page, "/admin/settings");
    await keeper.page.check("input[name=joinMode][value=invite]");
    expect(await submit(keeper.page, "main form[action='/admin/settings'] button.primary")).toBe(200);
    await visit(keeper.page, "/settings/invites");
    await keeper.page.selectOption("#f-maxUses", "1");
    expect(await submit(keeper.page, "main form[action='/settings/invites'] button.primary")).toBe(200);
    const link = (await keeper.page.locator("a.code").first().getAttribute("href")) ?? "";

    const { page, faults, close } = await openPage(browser(), invited);
    await visit(page, new URL(link).pathname);
    await page.fill("#f-username", "wen");
    await page.fill("#f-password", PASSWORD);
    await page.check("#f-acceptedRules");
    expect(await submit(page, "main form[action='/join'] button.primary")).toBe(200);
    expect(placeOf(page)).toBe("/welcome");
    await page.locator("button[value=home]").click();
    await page.waitForURL("**/?welcome=yes");
    const second = await openPage(browser(), invited);
    await visit(second.page, new URL(link).pathname, 422);
    await second.page.getByText("This invite is unknown, used up or out of date.").first().waitFor();
    const spare = await createInvite(app, owner, { maxUses: 1, expiresInDays: 1 });
    await visit(second.page, new URL(spare.url).pathname);
    expect([...faults, ...keeper.faults, ...second.faults]).toEqual([]);
    for (const done of [close, keeper.close, second.close]) await done();
    await invited.close();
  });

  test("somebody joins openly, signs out and in again", async () => {
    const { page } = await open();
    await visit(page, "/");
    await page.locator("main a[href='/join']").first().click();
    await page.fill("#f-username", "tom");
    await page.fill("#f-password", PASSWORD);
    await page.check("input[name=languages][value=fr]");
    await page.check("#f-acceptedRules");
    expect(await submit(page, "main form[action='/join'] button.primary")).toBe(200);
    await page.getByText("Welcome, tom").first().waitFor();
    await visit(page, "/settings");
    expect(await submit(page, "form[action='/logout'] button")).toBe(200);
    await page.goto("/bookmarks");
    expect(placeOf(page)).toBe("/login?then=%2Fbookmarks");
    await fillLogin(page, "tom");
    await page.waitForURL("**/bookmarks");
  });
});

describe("Writing", () => {
  test("who has named no languages starts with the one of the pages", async () => {
    for (const [locale, language] of [
      ["en", "en"],
      ["zh-CN", "zh-Hans"],
    ] as const) {
      const { page, faults, close } = await openPage(browser(), site, { locale });
      await signIn(page, "ada");
      for (const path of ["/", "/compose"]) {
        await visit(page, path);
        expect(await page.inputValue("#f-language"), path).toBe(language);
      }
      expect(faults).toEqual([]);
      await close();
    }
  });

  test("a note takes the way by preview, draft and picture, and is posted as it was meant", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "今天的海 is **green**. #大海");
    await page.locator(".tool:has(#f-summary) > summary").click();
    await page.fill("#f-summary", "Water");
    await page.selectOption("#f-visibility", "unlisted");
    await page.selectOption("#f-language", "zh-Hans");
    expect(await submit(page, ".compose-buttons button[value=preview]")).toBe(200);
    expect(await page.locator(".preview .prose strong").textContent()).toBe("green");
    expect(await page.locator(".preview").textContent()).toContain("Water");

    expect(await submit(page, "button[value=save]")).toBe(200);
    expect(placeOf(page)).toMatch(/^\/compose\?draft=\d+&status=saved$/);
    await visit(page, "/drafts");
    await page.getByText("今天的海 is **green**. #大海").click();
    expect(await page.inputValue("#f-source")).toBe("今天的海 is **green**. #大海");
    expect(await page.inputValue("#f-summary")).toBe("Water");
    expect(await page.inputValue("#f-visibility")).toBe("unlisted");
    expect(await page.inputValue("#f-language")).toBe("zh-Hans");

    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", await aPicture());
    expect(await submit(page, "button[value=media]")).toBe(200);
    expect(await page.locator("fieldset.picture").count()).toBe(1);
    expect(await page.inputValue("#f-source")).toBe("今天的海 is **green**. #大海");
    expect(await submit(page, "button[value=post]"), "no description yet").toBe(422);
    await page.locator(".alt-question textarea").fill("Green sea under a grey sky");
    expect(await submit(page, "button[value=post]")).toBe(200);

    const id = noteIdOf(page);
    expect(placeOf(page)).toBe(`/@ada/${id}#note-${id}`);
    const note = page.locator(`#note-${id}`);
    expect(await note.locator("details.warning > summary").textContent()).toContain("Water");
    expect(await note.locator(".prose").getAttribute("lang")).toBe("zh-Hans");
    expect(await note.locator(".visibility").textContent()).toContain("Unlisted");
    expect(await note.locator(".media-one img").getAttribute("alt")).toBe("Green sea under a grey sky");
    const word = note.locator("details.warning > summary .reveal");
    expect(await word.innerText()).toBe("Show");
    await note.locator("details.warning > summary").click();
    await note.locator(".prose").waitFor({ state: "visible" });
    expect(await word.innerText()).toBe("Hide");
    await visit(page, "/drafts");
    expect(await page.getByText("今天的海").count(), "the draft is used up").toBe(0);
  });

  test("a picture can be taken out again, and a note posted without a description on purpose", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "Two, then one");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", [await aPicture(), await aPicture()]);
    await submit(page, "button[value=media]");
    expect(await page.locator("fieldset.picture").count()).toBe(2);
    await submit(page, "fieldset.picture button[value^='remove:']");
    expect(await page.locator("fieldset.picture").count()).toBe(1);
    expect(await submit(page, "button[value=post]")).toBe(422);
    expect(await submit(page, "button[value=post-anyway]")).toBe(200);
    expect(await page.locator(".is-focus .media-one img").count()).toBe(1);
  });

  test("a draft is thrown away", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "Never mind");
    await submit(page, "button[value=save]");
    await visit(page, "/drafts");
    await submit(page, "form[action$='/delete'] button");
    expect(await page.getByText("Never mind").count()).toBe(0);
  });

  test("a reply starts with the other's name and stands in the thread", async () => {
    const id = await write(ada.page, "Who brings the rope?");
    const { page } = lin;
    await visit(page, `/@ada/${id}`);
    await page.locator("details.reply-box > summary").click();
    expect(await page.inputValue("#f-source")).toBe("@ada ");
    await page.fill("#f-source", "@ada 我带。");
    expect(await submit(page, ".reply-box button[value=post]")).toBe(200);
    await visit(page, `/@ada/${id}`);
    expect(await page.locator(".depth-1").textContent()).toContain("我带。");
    await visit(ada.page, "/notifications");
    expect(await ada.page.locator(".notification.is-unread").count()).toBeGreaterThan(0);
    await submit(ada.page, "form[action='/notifications/read'] button");
    expect(await ada.page.locator(".notification").first().textContent()).toContain("我带。");
    expect(await ada.page.locator(".notification.is-unread").count()).toBe(0);
  });

  test("an edit keeps the earlier version in sight", async () => {
    const { page } = ada;
    const id = await write(page, "Tide at 6:12");
    site.instance.clock.advance(60_000);
    await visit(page, `/@ada/${id}/edit`);
    expect(await page.inputValue("#f-source")).toBe("Tide at 6:12");
    await page.fill("#f-source", "Tide at 6:21");
    expect(await submit(page, "form.compose .primary")).toBe(200);
    expect(placeOf(page)).toBe(`/@ada/${id}#note-${id}`);
    expect(await page.locator(".is-focus .prose").textContent()).toContain("6:21");
    await page.locator(".is-focus a.edited").click();
    expect(await page.locator(".versions .prose").allTextContents()).toEqual([
      "Tide at 6:21",
      "Tide at 6:12",
    ]);
  });

  test("deleting asks first, and then the note is gone", async () => {
    const { page } = ada;
    const id = await write(page, "A slip of the pen");
    await page.locator(".is-focus details.menu > summary").click();
    await page.locator(".is-focus .menu a[href$='/delete']").click();
    expect(await page.locator(".quoted").textContent()).toContain("A slip of the pen");
    expect(await submit(page, "main button.danger")).toBe(200);
    expect(placeOf(page)).toBe("/@ada");
    await visit(page, `/@ada/${id}`, 410);
  });
});

describe("Reading and answering", () => {
  test("like, boost and save say their state and keep the place", async () => {
    const id = await write(ada.page, "Three buttons");
    const { page } = lin;
    await visit(page, "/explore?view=list&before=9007199254740991");
    for (const [value, word] of [
      ["like", "Liked"],
      ["boost", "Boosted"],
      ["bookmark", "Saved"],
    ] as const) {
      await submit(page, `#note-${id} button[value=${value}]`);
      expect(placeOf(page)).toBe(`/explore?view=list&before=9007199254740991#note-${id}`);
      const pressed = page.locator(`#note-${id} button[value=un${value}]`);
      expect(await pressed.getAttribute("aria-pressed")).toBe("true");
      expect(await pressed.textContent()).toContain(word);
    }
    await visit(page, "/bookmarks");
    await page.getByText("Three buttons").waitFor();
    await submit(page, `#note-${id} button[value=unbookmark]`);
    await visit(page, "/bookmarks");
    expect(await page.getByText("Three buttons").count()).toBe(0);
    await visit(page, `/@ada/${id}/likes`);
    expect(await page.locator(".actor-list").textContent()).toContain("@lin");
    await visit(page, `/@ada/${id}/boosts`);
    expect(await page.locator(".actor-list").textContent()).toContain("@lin");
    for (const value of ["unlike", "unboost"]) {
      await visit(page, `/@ada/${id}`);
      await submit(page, `#note-${id} button[value=${value}]`);
    }
    expect(await page.locator(`#note-${id} .tally`).count()).toBe(0);
  });

  test("a follow request waits, is accepted, and ends", async () => {
    await visit(ada.page, "/settings/privacy");
    await ada.page.check("#f-locked");
    await submit(ada.page, ".form-buttons button.primary");
    const { page } = lin;
    await visit(page, "/@ada");
    await submit(page, "button[value=follow]");
    await page.getByRole("button", { name: "Requested" }).waitFor();
    await visit(ada.page, "/follow-requests");
    await submit(ada.page, "button[value=accept]");
    expect(placeOf(ada.page)).toBe("/follow-requests");
    await visit(page, "/@ada");
    await page.getByRole("button", { name: "Following" }).waitFor();
    await visit(page, "/@ada/followers");
    expect(await page.locator(".actor-list").textContent()).toContain("@lin");
    await visit(page, "/@ada");
    await submit(page, "button[value=unfollow]");
    await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
  });

  test("mute and block ask first, are listed, and end there", async () => {
    const { page } = lin;
    for (const [what, list] of [
      ["mute", "/settings/mutes"],
      ["block", "/settings/blocks"],
    ] as const) {
      await visit(page, `/@ada/${what}`);
      await submit(page, `main button[value=${what}]`);
      expect(placeOf(page)).toBe("/@ada");
      await visit(page, list);
      expect(await page.locator(".actor-list").textContent()).toContain("@ada");
      await submit(page, `main button[value=un${what}]`);
      expect(placeOf(page)).toBe(list);
      expect(await page.locator(".actor-list").count()).toBe(0);
    }
  });

  test("search and tag pages find Chinese words and full-width tags", async () => {
    await write(ada.page, "红油抄手的做法 ＃美食");
    const { page } = lin;
    await visit(page, "/search?q=抄手");
    expect(await page.locator(".note .prose").first().textContent()).toContain("红油抄手");
    await visit(page, "/tags/美食");
    expect(await page.locator(".note").count()).toBe(1);
    await page.goto("/tags/＃美食").catch(() => null);
    await visit(page, "/search");
    await page.fill("#f-q", "@ada");
    await page.locator("main form.search button").click();
    expect(await page.locator("main .actor-list").textContent()).toContain("@ada");
  });

  test("the language and the colours are switched in the foot, on the page where one is", async () => {
    const { page } = await open();
    await visit(page, "/about");
    await submit(page, "button[name=locale][value=zh-Hans]");
    expect(placeOf(page)).toBe("/about");
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hans");
    await submit(page, "button[name=theme][value=dark]");
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(background).toBe("rgb(18, 20, 22)");
  });
});

describe("Settings", () => {
  test("a profile is written, with picture and facts", async () => {
    const { page } = ada;
    await visit(page, "/settings/profile");
    await page.fill("#f-name", "Ada 小岛");
    await page.fill("#f-bioSource", "Ropes & **tides**");
    await page.locator("input[name=fieldName]").first().fill("Website");
    await page.locator("input[name=fieldValue]").first().fill("https://example.org/ada");
    await page.setInputFiles("#f-avatar", await aPicture());
    expect(await submit(page, ".form-buttons button.primary")).toBe(200);
    await visit(page, "/settings/privacy");
    await page.check("#f-indexable");
    expect(await submit(page, ".form-buttons button.primary")).toBe(200);
    await visit(page, "/@ada");
    expect(await page.locator("h1").textContent()).toContain("Ada 小岛");
    expect(await page.locator(".p-note strong").textContent()).toBe("tides");
    expect(await page.locator(".profile-fields a").getAttribute("href")).toBe("https://example.org/ada");
    expect(await page.locator(".profile img.u-photo").count()).toBe(1);
  });

  test("the languages of pages and notes are kept in the account", async () => {
    const { page } = lin;
    await visit(page, "/settings/language");
    await page.selectOption("#f-locale", "zh-Hans");
    await page.check("input[name=languages][value=zh-Hans]");
    await submit(page, "main form.card button.primary");
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hans");
    await visit(page, "/compose");
    expect(await page.inputValue("#f-language")).toBe("zh-Hans");
    await visit(page, "/settings/language");
    await page.selectOption("#f-locale", "");
    await submit(page, "main form.card button.primary");
  });

  test("sessions are ended one by one, and by a new password", async () => {
    await aMember(site.instance, "wen");
    const here = await open();
    await signIn(here.page, "wen");
    const there = await open();
    await signIn(there.page, "wen");
    await visit(here.page, "/settings/sessions");
    const before = await here.page.locator(".rows li").count();
    await submit(here.page, ".rows li button");
    expect(await here.page.locator(".rows li").count()).toBe(before - 1);
    await submit(here.page, "button[value=others]");
    expect(await here.page.locator(".rows li").count()).toBe(1);
    await there.page.goto("/bookmarks");
    expect(placeOf(there.page)).toContain("/login");
    await visit(here.page, "/settings/password");
    await here.page.fill("#f-current", PASSWORD);
    await here.page.fill("#f-next", "another horse battery");
    expect(await submit(here.page, "form[action='/settings/password'] button.primary")).toBe(200);
    await signIn(there.page, "wen", "another horse battery");
  });

  test("an account is deleted for good", async () => {
    await aMember(site.instance, "brief");
    const { page } = await open();
    await signIn(page, "brief");
    await write(page, "Here for a day");
    await visit(page, "/settings/delete");
    await page.check("#f-sure");
    expect(await submit(page, "main button.danger")).toBe(200);
    expect(placeOf(page)).toBe("/");
    await visit(page, "/@brief", 404);
    await page.goto("/login");
    await fillLogin(page, "brief");
    await page.locator("#faults").waitFor();
  });
});

test("twenty notes make a page, and the way to older ones and back leads through links", async () => {
  const wide = await aMember(site.instance, "many");
  for (let index = 1; index <= 25; index++)
    await aNote(site.instance, { by: wide.viewer, source: `Line ${index}` });
  const { page } = await open();
  await visit(page, "/@many");
  expect(await page.locator(".note").count()).toBe(20);
  await page.locator(".pager a[rel=next]").click();
  expect(await page.locator(".note .prose").allTextContents()).toEqual([
    "Line 5",
    "Line 4",
    "Line 3",
    "Line 2",
    "Line 1",
  ]);
  await page.locator(".pager a[rel=prev]").click();
  expect(await page.locator(".note").first().textContent()).toContain("Line 25");
});
