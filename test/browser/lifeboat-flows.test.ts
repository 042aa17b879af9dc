// What outlives a server, as people meet it: a phrase, a lifeboat, lists, a standby, trustees; with scripts and without.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newPhrase } from "../../server/lifeboat/phrase.ts";
import { aMember } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
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
import { fillStandbys, type Standbys } from "./sample-standbys.ts";

const browser = useBrowser();

describe.each([
  { name: "without scripts", javaScriptEnabled: false },
  { name: "with scripts, on a phone", javaScriptEnabled: true, width: 390, height: 844 },
])("$name", ({ name: _name, ...look }) => {
  let site: Site;
  let standbys: Standbys;
  let ann: Watched;
  let guest: Watched;

  beforeAll(async () => {
    site = await openSite();
    await aMember(site.instance, "ann");
    await aMember(site.instance, "lin");
    const bo = await aMember(site.instance, "bo");
    standbys = await fillStandbys(site.instance, bo.viewer);
    ann = await openPage(browser(), site, look);
    guest = await openPage(browser(), site, look);
    await signIn(ann.page, "ann");
  }, 60_000);

  afterAll(async () => {
    expect([...ann.faults, ...guest.faults]).toEqual([]);
    for (const { close } of [ann, guest]) await close();
    await site.close();
  });

  test("a phrase is shown once, typed back, and then makes a lifeboat that only it opens", async () => {
    const { page } = ann;
    await visit(page, "/settings");
    await follow(page, ".settings-list a[href='/settings/lifeboat']");
    await follow(page, "main a[href='/settings/lifeboat/phrase']");
    await submit(page, "button[value='new']");
    const words = await page.locator(".codes code").allTextContents();
    expect(words).toHaveLength(12);
    await submit(page, "button[value='written']");
    expect(await page.locator(".codes").count()).toBe(0);
    const asked = page.locator("input[name^='word_']");
    expect(await asked.count()).toBe(3);
    for (const field of await asked.all()) await field.fill("zebra");
    expect(await submit(page, "button[value='use']")).toBe(422);
    expect(await page.locator("#faults").textContent()).toContain("Please look at your paper");
    for (const field of await asked.all()) {
      const place = Number((await field.getAttribute("name"))?.slice(5));
      await field.fill(words[place - 1] ?? "");
    }
    await submit(page, "button[value='use']");
    expect(await page.locator("main").textContent()).toContain("did:key:z");
    expect(await page.content()).not.toContain(words.join(" "));

    await follow(page, "main a[href='/settings/lifeboat/new']");
    expect(await page.locator("input[name='closing'][value='phrase']").isChecked()).toBe(true);
    await submit(page, "form[action='/settings/lifeboat/new'] button.primary");
    expect(await page.locator(".notice[role='status']").last().textContent()).toContain("One is being made");
    await drainWithFaults(site.instance);
    await visit(page, "/settings/lifeboat");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("a[download]").first().click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^lifeboat-ann@.+\.tar\.age$/);
    expect(readFileSync(await download.path(), "latin1")).toMatch(/^age-encryption\.org\/v1\n/);
  });

  test("a list from elsewhere is looked at, taken over, and says what did not work", async () => {
    const { page } = ann;
    await visit(page, "/settings/lifeboat");
    await follow(page, ".settings-list a[href='/settings/import']");
    await page.locator("#f-file").setInputFiles({
      name: "following_accounts.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("Account address,Show boosts\nlin,true\nnobody_here,true\n"),
    });
    await submit(page, "form[action='/settings/import'] button.primary");
    expect(await page.locator("h1").textContent()).toBe("People you follow");
    await submit(page, "button[value='merge']");
    await drainWithFaults(site.instance);
    await page.reload();
    expect(await page.locator("main").textContent()).toContain("one done · one did not work");
    await follow(page, "nav.tabs a[href*='rows=failed']");
    expect(await page.locator("#rows .rows li").allTextContents()).toEqual([
      expect.stringMatching(/nobody_here.*Nobody here has this name/s),
    ]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("a[href$='/failed']").click(),
    ]);
    expect(readFileSync(await download.path(), "utf8")).toContain("nobody_here,true");
  });

  test("somebody agrees to a standby, and takes it back", async () => {
    const { page } = ann;
    await visit(page, "/settings/lifeboat");
    const standby = page.locator("#standby");
    expect(await standby.textContent()).toContain("mole.example keeps nothing of yours");
    await submit(page, "#standby button[value='agree']");
    expect(await standby.textContent()).toContain("mole.example keeps a copy for you");
    await submit(page, "#standby button[value='withdraw']");
    expect(await standby.textContent()).toContain("mole.example keeps nothing of yours");
  });

  test("trustees sign on a public page; strangers do not; then everybody sees what was decided", async () => {
    const { page } = guest;
    await visit(page, "/about");
    await follow(page, "main a[href='/lifeboat']");
    await follow(page, `main a[href='${standbys.communities.calm}']`);
    const sign = async (phrase: string) => {
      if ((await page.locator("[name='reason']").count()) > 0)
        await page.locator("[name='reason'][value='host_lost']").check();
      await page.locator("#f-phrase").fill(phrase);
      return await submit(page, "button[value='sign']");
    };
    const [first, second] = standbys.trustees;
    expect(await sign(newPhrase())).toBe(422);
    expect(await page.locator("#faults").textContent()).toContain("not one of the trustees");
    await sign(first);
    expect(await page.locator("main").textContent()).toContain("Your signature counts.");
    expect(await page.locator("main").textContent()).toContain("1 of 2 needed trustees have signed.");
    await sign(first);
    expect(await page.locator("main").textContent()).toContain("1 of 2 needed trustees have signed.");
    await sign(second);
    expect(await page.locator("main").textContent()).toContain("Enough trustees have signed.");
    expect(await page.locator("button[value='sign']").count()).toBe(0);
    await visit(ann.page, "/settings");
    expect(await ann.page.locator("[data-component='launch-banner']").allTextContents()).toContainEqual(
      expect.stringContaining("It was decided that calm.example is lost."),
    );
  });

  test("how far it is stands in words, for a community and for one person", async () => {
    const { page } = guest;
    await visit(page, standbys.communities.running);
    expect(await page.locator("main").textContent()).toContain("3 of 9 servers answered.");
    await page.locator("summary", { hasText: "2 servers still have to answer" }).click();
    expect(await page.getByText("slow.example").isVisible()).toBe(true);
    expect(await page.locator("[aria-labelledby='lost'] li").count()).toBe(4);
    await visit(page, "/@mara");
    await follow(page, "a[href='/lifeboat/of/mara']");
    expect(await page.locator("h1").textContent()).toBe("The followers of @mara");
  });
});

/** Clicks a link that has to be there. */
async function follow(page: Page, selector: string): Promise<void> {
  const href = await page.locator(selector).first().getAttribute("href");
  await page.locator(selector).first().click();
  await page.waitForURL((url) => url.href.endsWith(href ?? "?"));
  expect(placeOf(page)).toBe(href);
}
