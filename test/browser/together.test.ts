import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aMember, aNote } from "../support/instance.ts";
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

// What people do with each other's notes, with JavaScript switched off, and the forms of it that come back.

const browser = useBrowser();
let site: Site;
let ada: Page;
let lin: Page;
let owner: Page;
const opened: Watched[] = [];

async function open(username: string | null): Promise<Page> {
  const watched = await openPage(browser(), site);
  opened.push(watched);
  if (username !== null) await signIn(watched.page, username);
  return watched.page;
}

beforeAll(async () => {
  site = await openSite();
  for (const name of ["ada", "lin"]) await aMember(site.instance, name);
  [ada, lin, owner] = [await open("ada"), await open("lin"), await open("owner_here")];
}, 60_000);

afterAll(async () => {
  expect(opened.flatMap(({ faults }) => faults)).toEqual([]);
  await site.close();
});

/** Writes and posts a note; gives its id. */
async function write(page: Page, source: string): Promise<string> {
  await visit(page, "/compose");
  await page.fill("#f-source", source);
  expect(await submit(page, "button[value=post]")).toBe(200);
  return noteIdOf(page);
}

function noteIdOf(page: Page): string {
  return /#note-(\d+)/.exec(page.url())?.[1] ?? "";
}

/** Sends a form that the browser itself would hold back: the server has the last word. */
async function submitBare(page: Page, form: string, button: string): Promise<number> {
  await page
    .locator(form)
    .first()
    .evaluate((element: HTMLFormElement) => {
      element.noValidate = true;
      for (const field of element.querySelectorAll("[maxlength]")) field.removeAttribute("maxlength");
    });
  return await submit(page, `${form} ${button}`);
}

/** Opens the menu of a note and takes one of its ways. */
async function choose(page: Page, id: string, item: string): Promise<void> {
  await page.locator(`#note-${id} details.menu > summary`).click();
  await submit(page, `#note-${id} .menu ${item}`);
}

describe("Polls", () => {
  test("one is written, comes back while something is wrong with it, and takes one vote of everybody", async () => {
    await visit(ada, "/compose");
    await ada.fill("#f-source", "今晚吃什么？ What is for dinner?");
    await ada.locator(".compose-poll > summary").click();
    const option = ada.locator("input[name=poll-option]");
    await option.nth(0).fill("饺子");
    await ada.check("input[name=poll-multiple]");
    await ada.selectOption("#f-poll-time", { label: "3 days" });
    expect(await submit(ada, "button[value=post]")).toBe(422);
    expect(await ada.locator("#faults").textContent()).toContain("at least two options");
    expect(await option.nth(0).inputValue()).toBe("饺子");
    expect(await ada.isChecked("input[name=poll-multiple]")).toBe(true);
    expect(await ada.locator("#f-poll-time option:checked").textContent()).toBe("3 days");
    await option.nth(1).fill("Soup");
    expect(await submit(ada, "button[value=post]")).toBe(200);
    const id = noteIdOf(ada);
    expect(await ada.locator(`#note-${id} form[action$='/vote']`).count(), "no vote for oneself").toBe(0);

    await visit(lin, `/@ada/${id}`);
    const form = `#note-${id} form[action$='/vote']`;
    expect(await submitBare(lin, form, "button")).toBe(422);
    expect(await lin.locator(`#note-${id} .poll [role=alert]`).textContent()).toBe("Please choose.");
    await lin.getByLabel("饺子").check();
    expect(await submit(lin, `${form} button`)).toBe(200);
    expect(placeOf(lin)).toBe(`/@ada/${id}#note-${id}`);
    expect(await lin.locator(`#note-${id} .is-own`).textContent()).toContain("饺子");
    expect(await lin.locator(`#note-${id} .poll-foot`).textContent()).toContain("1 person voted");
    expect(await lin.locator(form).count()).toBe(0);
  });

  test("who comes too late is told so at the poll", async () => {
    const { viewer } = await aMember(site.instance, "quick");
    const poll = { options: ["Yes", "No"], multiple: false, expiresInMs: 300_000 };
    const { id } = await aNote(site.instance, { by: viewer, source: "Now?", poll });
    await visit(lin, `/@quick/${id}`);
    await lin.getByLabel("Yes").check();
    site.instance.clock.advance(400_000);
    expect(await submit(lin, `#note-${id} form[action$='/vote'] button`)).toBe(409);
    expect(await lin.locator(".poll [role=alert]").textContent()).toBe("This poll is over.");
    expect(await submit(lin, `#note-${id} button[value=like]`), "the page is whole").toBe(200);
    expect(placeOf(lin)).toBe(`/@quick/${id}#note-${id}`);
  });
});

test("the short form on home leads to the whole one, with everything typed", async () => {
  await visit(ada, "/");
  // One line until it is used: the buttons come with the focus.
  await ada.focus("#f-source");
  await submit(ada, "button[value=more]");
  expect(placeOf(ada), "nothing to keep yet").toBe("/compose");
  await visit(ada, "/");
  await ada.fill("#f-source", "早上好");
  await ada.selectOption("#f-visibility", "followers");
  await submit(ada, "button[value=more]");
  expect(placeOf(ada)).toMatch(/^\/compose\?draft=\d+/);
  expect(await ada.inputValue("#f-source")).toBe("早上好");
  expect(await ada.inputValue("#f-visibility")).toBe("followers");
  expect(await ada.locator(".compose-poll").count()).toBe(1);
});

describe("Reactions", () => {
  test("an emoji is given, joined in the row under the note, and taken back", async () => {
    const id = await write(ada, "The tide is in");
    await visit(lin, `/@ada/${id}`);
    await choose(lin, id, "a[href$='/reactions']");
    await lin.fill("#f-emoji", "hello");
    expect(await submit(lin, "form.react-other button")).toBe(422);
    expect(await lin.inputValue("#f-emoji")).toBe("hello");
    expect(await lin.getAttribute("#f-emoji", "aria-invalid")).toBe("true");
    await lin.fill("#f-emoji", "🌊");
    expect(await submit(lin, "form.react-other button")).toBe(200);
    expect(await lin.locator("main .actor-list").textContent()).toContain("@lin");
    await visit(ada, `/@ada/${id}`);
    expect(await submit(ada, `#note-${id} .reactions button[value='🌊']`)).toBe(200);
    expect(placeOf(ada)).toBe(`/@ada/${id}#note-${id}`);
    const mine = ada.locator(`#note-${id} .reactions button[aria-pressed=true]`);
    expect(await mine.locator(".tally").textContent()).toBe("2");
    expect(await submit(ada, `#note-${id} .reactions button[name=undo]`)).toBe(200);
    expect(await mine.count()).toBe(0);
    await visit(ada, "/notifications");
    expect(await ada.locator(".is-reaction").first().textContent()).toContain("lin");
  });
});

describe("Quotes and consent", () => {
  test("a quote stands under the words, and who is quoted can take their note out of it", async () => {
    const id = await write(ada, "Stones under water");
    await visit(lin, `/@ada/${id}`);
    await choose(lin, id, "a[href^='/compose?quote=']");
    expect(await lin.locator(".quoted").textContent()).toContain("Stones under water");
    await lin.fill("#f-source", "Read this");
    expect(await submit(lin, ".compose-buttons button[value=preview]")).toBe(200);
    expect(await lin.locator(".quoted").textContent(), "kept by the preview").toContain("Stones");
    expect(await submit(lin, "button[value=post]")).toBe(200);
    const quoting = noteIdOf(lin);
    expect(await lin.locator(`#note-${quoting} .quote`).textContent()).toContain("Stones under water");
    await visit(ada, "/notifications");
    expect(await ada.locator(".is-quote").first().textContent()).toContain("Read this");
    await visit(ada, `/@lin/${quoting}`);
    expect(await submit(ada, `#note-${quoting} .quote-revoke button`)).toBe(200);
    await visit(lin, `/@lin/${quoting}`);
    expect(await lin.locator(".quote-line").textContent()).toContain("has taken it out");
    expect(await lin.locator(".quote-line a").count(), "no way to it").toBe(0);
  });

  test("where the author is asked first, nothing is shown until they agree", async () => {
    const id = await write(ada, "Ask me first");
    await visit(ada, `/@ada/${id}`);
    await choose(ada, id, "a[href$='/policy']");
    await ada.selectOption("#f-reply", "ask");
    await ada.selectOption("#f-quote", "ask");
    expect(await submit(ada, "main form .primary")).toBe(200);
    expect(placeOf(ada)).toBe(`/@ada/${id}#note-${id}`);
    await visit(lin, `/compose?quote=${id}`);
    expect(await lin.locator(".quoted .hint").textContent()).toContain("asked first");
    await lin.fill("#f-source", "May I show this?");
    await submit(lin, "button[value=post]");
    const quoting = noteIdOf(lin);
    expect(await lin.locator(".quote-line").textContent()).toContain("has not answered yet");
    await visit(lin, `/compose?reply=${id}`);
    await lin.fill("#f-source", "@ada and this?");
    await submit(lin, "button[value=post]");
    await visit(lin, `/@ada/${id}`);
    expect(await lin.locator("#replies .note").count()).toBe(0);

    await visit(ada, "/requests");
    expect(await ada.locator(".notification").count()).toBe(2);
    const request = (words: string) => `.notification:has-text("${words}")`;
    expect(await submit(ada, `${request("and this?")} button[value=deny]`)).toBe(200);
    expect(await submit(ada, `${request("May I show this?")} button[value=approve]`)).toBe(200);
    expect(await ada.locator(".empty").count()).toBe(1);
    await visit(lin, `/@lin/${quoting}`);
    expect(await lin.locator(`#note-${quoting} .quote`).textContent()).toContain("Ask me first");
    await visit(lin, `/@ada/${id}`);
    expect(await lin.locator("#replies .note").count()).toBe(0);
  });

  test("what is chosen for everything holds, and one note may differ", async () => {
    await visit(lin, "/settings/posting");
    await lin.selectOption("#f-quote", "nobody");
    expect(await submit(lin, "main form .primary")).toBe(200);
    expect(await lin.inputValue("#f-quote")).toBe("nobody");
    const closed = await write(lin, "Not to be quoted");
    await visit(lin, "/compose");
    await lin.fill("#f-source", "This one is");
    await lin.locator(".tool-more > summary").click();
    await lin.selectOption("#f-quote-policy", "everyone");
    await submit(lin, "button[value=post]");
    const free = noteIdOf(lin);
    await visit(ada, `/@lin/${closed}`);
    expect(await ada.locator(".is-focus .menu a[href^='/compose?quote=']").count()).toBe(0);
    await visit(ada, `/@lin/${free}`);
    expect(await ada.locator(".is-focus .menu a[href^='/compose?quote=']").count()).toBe(1);
  });
});

describe("The profile", () => {
  test("a note is pinned on top of it and unpinned; tags are added and removed", async () => {
    const id = await write(ada, "This stays on top");
    await write(ada, "This is newer");
    await visit(ada, `/@ada/${id}`);
    await choose(ada, id, "button[value=pin]");
    expect(placeOf(ada)).toBe(`/@ada/${id}#note-${id}`);
    const guest = await open(null);
    await visit(guest, "/@ada");
    expect(await guest.locator(".pinned .note").textContent()).toContain("This stays on top");
    expect(await guest.locator(`#note-${id}`).count(), "once on the page").toBe(1);
    await visit(ada, "/settings/featured");
    await ada.fill("#f-tag", "two words");
    expect(await submit(ada, "form:has(#f-tag) button.primary")).toBe(422);
    expect(await ada.inputValue("#f-tag")).toBe("two words");
    await ada.fill("#f-tag", "潮汐");
    expect(await submit(ada, "form:has(#f-tag) button.primary")).toBe(200);
    await visit(lin, "/@ada");
    expect(await lin.locator(".tag-chips").first().textContent()).toContain("潮汐");
    await visit(ada, "/settings/featured");
    expect(await submit(ada, "button[name=remove]")).toBe(200);
    await choose(ada, id, "button[value=unpin]");
    await visit(lin, "/@ada");
    expect(await lin.locator(".pinned, .tag-chips").count()).toBe(0);
  });

  test("a collection is made, somebody is asked, and agrees", async () => {
    await visit(ada, "/settings/collections");
    await ada.fill("#f-name", "People of the tide");
    expect(await submit(ada, "button[value=create]")).toBe(200);
    const path = new URL(ada.url()).pathname;
    await ada.fill("#f-account", "nobody_here");
    expect(await submit(ada, "button[value=add]")).toBe(422);
    expect(await ada.inputValue("#f-account")).toBe("nobody_here");
    await ada.fill("#f-account", "lin");
    expect(await submit(ada, "button[value=add]")).toBe(200);
    expect(await ada.locator("main .actor-list").last().textContent()).toContain("asked");
    await visit(lin, "/settings/collections");
    expect(await submit(lin, "button[name=accept]")).toBe(200);
    const guest = await open(null);
    await visit(guest, path);
    expect(await guest.locator(".actor-list").last().textContent()).toContain("@lin");
  });

  test("somebody moves, the old profile says so, and comes back", async () => {
    await aMember(site.instance, "before");
    const page = await open("before");
    await visit(ada, "/settings/moving");
    await ada.fill("#f-alias", "@before");
    expect(await submit(ada, "button[value=alias]")).toBe(200);
    await visit(page, "/settings/moving");
    await page.fill("#f-target", "@nobody_here");
    expect(await submit(page, "button[value=move]")).toBe(422);
    expect(await page.inputValue("#f-target")).toBe("@nobody_here");
    await page.fill("#f-target", "@ada");
    expect(await submit(page, "button[value=move]")).toBe(200);
    await visit(lin, "/@before");
    expect(await lin.locator(".moved").textContent()).toContain("@ada");
    expect(await lin.locator(".profile button[value=follow]").count(), "nobody begins to").toBe(0);
    expect(await submit(page, "button[value=back]")).toBe(200);
    await visit(lin, "/@before");
    expect(await lin.locator(".moved").count()).toBe(0);
    expect(await lin.locator(".profile button[value=follow]").count()).toBe(1);
  });
});

describe("Reports", () => {
  test("a note is reported, seen by those who run the server, and dealt with", async () => {
    const id = await write(ada, "Buy my ropes, buy my ropes");
    await visit(lin, `/@ada/${id}`);
    await choose(lin, id, "a[href$='/report']");
    await lin.check("input[name=category][value=spam]");
    await lin.fill("#f-comment", "广告。".repeat(2_000));
    expect(await submitBare(lin, "main form.card", "button.danger")).toBe(422);
    expect(await lin.isChecked("input[name=category][value=spam]")).toBe(true);
    expect(await lin.inputValue("#f-comment")).toBe("广告。".repeat(2_000));
    await lin.fill("#f-comment", "每条下面都是同样的广告。");
    expect(await submit(lin, "main form.card button.danger")).toBe(200);
    expect(await lin.locator("main [role=status]").textContent()).toContain("has been sent");

    await visit(owner, "/notifications");
    await submit(owner, ".is-report a[href='/moderation/reports']");
    expect(await owner.locator("article.card").textContent()).toContain("每条下面都是同样的广告。");
    expect(await owner.locator("article.card").textContent()).toContain("Buy my ropes");
    await submit(owner, "article.card a[href^='/moderation/reports/']");
    expect(await owner.locator("main").textContent()).toContain("Buy my ropes");
    expect(await submit(owner, "button[value=assign]")).toBe(200);
    await owner.fill("#f-word", "广告商");
    expect(await submit(owner, "button[value=word]")).toBe(200);
    expect(await owner.locator("main").textContent()).toContain("广告商");
    expect(await submit(owner, "button[value=resolve]")).toBe(200);
    await visit(lin, "/settings/reports");
    expect(await lin.locator("main").textContent()).toContain("nothing in it that breaks the rules");
    await visit(owner, "/moderation/reports");
    expect(await owner.locator("article.card").count()).toBe(0);
    await visit(owner, "/moderation/reports?state=resolved");
    await submit(owner, "article.card a[href^='/moderation/reports/']");
    expect(await submit(owner, "button[value=reopen]")).toBe(200);
    await visit(owner, "/moderation/reports");
    expect(await owner.locator("article.card").count()).toBe(1);
    await visit(lin, "/moderation/reports", 404);
  });
});

describe("From and to other servers", () => {
  test("a visitor with an account elsewhere names it, and it stays named when it is wrong", async () => {
    const id = await write(ada, "For everybody");
    const guest = await open(null);
    await visit(guest, `/@ada/${id}`);
    await submit(guest, "a[href^='/interact']");
    await guest.fill("#f-account", "not a name");
    expect(await submit(guest, "main form.card button.primary")).toBe(422);
    expect(await guest.inputValue("#f-account")).toBe("not a name");
    expect(await guest.locator(".quoted").textContent()).toContain("For everybody");
  });

  test("what another page shares becomes a note, also as a reply", async () => {
    const id = await write(ada, "Where are the tide tables?");
    const uri = `${site.origin}/@ada/${id}`;
    await visit(lin, `/share?text=${encodeURIComponent("潮水表")}&url=https%3A%2F%2Fexample.org%2F`);
    expect(await lin.inputValue("#f-source")).toBe("潮水表\n\nhttps://example.org/");
    await visit(lin, `/share?text=Here&inReplyTo=${encodeURIComponent(uri)}`);
    expect(await lin.inputValue("#f-source")).toBe("@ada Here");
  });

  test("an intent asks before it likes, and offers the way back", async () => {
    const id = await write(ada, "Like me from elsewhere");
    const object = encodeURIComponent(`${site.origin}/@ada/${id}`);
    await visit(lin, `/intents/like?object=${object}&on-success=https%3A%2F%2Fshop.test%2F`);
    expect(await submit(lin, "main form button.primary")).toBe(200);
    expect(await lin.locator("main a[href='https://shop.test/']").textContent()).toContain("shop.test");
    await visit(lin, `/@ada/${id}`);
    expect(await lin.locator(`#note-${id} button[value=unlike]`).count()).toBe(1);
  });
});
