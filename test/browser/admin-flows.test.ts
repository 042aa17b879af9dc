import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { drawPortrait, PALETTES } from "../../server/demo/pictures.ts";
import { asId } from "../../server/domain/ids.ts";
import { storeActivity } from "../../server/services/federation/deliveries.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { buryQueue } from "../../server/store/deliveries.ts";
import { drain } from "../support/network.ts";
import { aMember, type Member } from "../support/instance.ts";
import { openPage, openSite, signIn, type Site, submit, useBrowser, visit, type Watched } from "./browser.ts";

// Running a server from its pages, without JavaScript, on a phone.

const browser = useBrowser();
let site: Site;
let ada: Member;
let watched: Watched;

beforeAll(async () => {
  site = await openSite();
  ada = await aMember(site.instance, "ada");
}, 60_000);
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  watched = await openPage(browser(), site, { width: 390, height: 760 });
  await signIn(watched.page, "owner_here");
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await watched.close();
});

test("a member becomes a moderator, sees their pages, and nothing of an administrator's", async () => {
  const { page } = watched;
  await visit(page, "/admin/roles");
  await page.fill("#f-username", "nobody_here");
  expect(await submit(page, "main form button.primary")).toBe(422);
  expect(await page.locator(".fault").textContent()).toBe("No member has this name.");
  await page.fill("#f-username", "@ada");
  expect(await submit(page, "main form button.primary")).toBe(200);
  expect(await page.locator(".actor-list").textContent()).toContain("@ada");
  const other = await openPage(browser(), site);
  await signIn(other.page, "ada");
  await visit(other.page, "/moderation/accounts");
  await visit(other.page, "/admin", 404);
  await visit(other.page, "/admin/queue", 404);
  await visit(other.page, "/moderation/accounts/owner_here");
  expect(await other.page.locator("main").textContent()).toContain("There is nothing you may do here");
  await visit(other.page, "/moderation/accounts/owner_here/suspend", 404);
  await other.close();
});

test("a member is suspended after a question, cannot sign in, and is let in again", async () => {
  const { page } = watched;
  await aMember(site.instance, "lin");
  await visit(page, "/moderation/accounts?q=li");
  await page.click(".settings-list a[href='/moderation/accounts/lin']");
  await page.click(".settings-list a[href^='/moderation/people/']");
  await page.check("input[name='measure'][value='suspend']");
  await page.fill("#f-decisionFacts", "Advertising, again and again.");
  expect(await submit(page, "button[value='decide']")).toBe(200);
  const state = page.locator(".facts dd").nth(1);
  await visit(page, "/moderation/accounts/lin");
  expect(await state.textContent()).toBe("Suspended");
  await page.click(".settings-list a[href^='/moderation/people/']");
  const reverse = page.locator("button[value='reverse']").first();
  if (!(await reverse.isVisible()))
    await page.locator("details:has(button[value='reverse']) > summary").first().click();
  await submit(page, "button[value='reverse']");
  await visit(page, "/moderation/accounts/lin");
  expect(await state.textContent()).toBe("Active");
  await page.click("a[href$='/reset-link']");
  expect(await submit(page, "main button.danger")).toBe(200);
  expect(await page.locator(".address").textContent()).toContain("/password/reset?link=");
});

test("a domain is blocked after seeing what that ends, and the block is lifted", async () => {
  const { page } = watched;
  await visit(page, "/moderation/domains");
  await page.fill("#f-domain", "no domain");
  expect(await submit(page, "main form button.primary")).toBe(422);
  await page.fill("#f-domain", "Spam.Example");
  await submit(page, "main form button.primary");
  expect(await page.locator("h1").textContent()).toBe("Rule about spam.example");
  expect(await page.isChecked("input[value=suspend]")).toBe(true);
  expect(await submit(page, "main button[value=rule]")).toBe(200);
  expect(await isBlockedHost(site.instance.app, "www.spam.example")).toBe(true);
  await submit(page, "main .rows button[value=unblock]");
  expect(await page.locator(".notice.good").textContent()).toContain("The block is lifted.");
  expect(await isBlockedHost(site.instance.app, "spam.example")).toBe(false);
});

test("an announcement is written, published, read on home and put away", async () => {
  const { page } = watched;
  await visit(page, "/admin/announcements");
  await page.fill("#f-source", "The server moves on **Sunday**.");
  await page.fill("#f-ends", "2020-01-01T10:00");
  expect(await submit(page, "button[value=publish]")).toBe(422);
  expect(await page.inputValue("#f-source")).toBe("The server moves on **Sunday**.");
  await page.fill("#f-ends", "");
  expect(await submit(page, "button[value=publish]")).toBe(200);
  const other = await openPage(browser(), site, { width: 390 });
  await signIn(other.page, "ada");
  await visit(other.page, "/home");
  expect(await other.page.locator(".announcement strong").textContent()).toBe("Sunday");
  expect(await submit(other.page, ".announcement button")).toBe(200);
  expect(await other.page.locator(".announcement").count()).toBe(0);
  await other.close();
  await visit(page, "/home");
  expect(await page.locator(".announcement").count()).toBe(1);
});

test("a delivery that was given up is tried again, and another is forgotten", async () => {
  const { page } = watched;
  const { app } = site.instance;
  const id = app.ids.next();
  await storeActivity(app, {
    id: asId(id),
    uri: app.uris.activity(id),
    actorId: ada.viewer.actorId,
    body: "{}",
    public: false,
    inboxes: ["https://quiet.example/one", "https://quiet.example/two"],
  });
  await buryQueue(app.db, "quiet.example", app.clock.now(), "503 Service Unavailable");
  await visit(page, "/admin/queue");
  expect(await page.locator("main").textContent()).toContain("503 Service Unavailable");
  await submit(page, "button[value=retry]");
  await submit(page, "button[value=drop]");
  expect(await page.locator(".notice.good").textContent()).toBe("It is forgotten.");
  const left = await app.db.selectFrom("deliveries").select(["dead_at", "attempts"]).execute();
  expect(left).toEqual([{ dead_at: null, attempts: 0 }]);
  await page.click("a[href='/admin/queue?drop=quiet.example']");
  await submit(page, "main button.danger");
  expect(await app.db.selectFrom("deliveries").select("id").execute()).toEqual([]);
});

test("an emoji is uploaded, taken out of use, and used again", async () => {
  const { page } = watched;
  await visit(page, "/admin/emoji");
  await page.fill("#f-shortcode", "two words");
  const file = {
    name: "wave.png",
    mimeType: "image/png",
    buffer: Buffer.from(await drawPortrait(PALETTES.noon, 1)),
  };
  await page.setInputFiles("#f-file", file);
  expect(await submit(page, "button[value=add]")).toBe(422);
  await page.fill("#f-shortcode", ":wave:");
  await page.setInputFiles("#f-file", file);
  expect(await submit(page, "button[value=add]")).toBe(200);
  expect(await page.locator("#emoji-wave img").getAttribute("src")).toMatch(/^\/media\//);
  await submit(page, "#emoji-wave button[value=disable]");
  expect(await page.locator("#emoji-wave .badge").textContent()).toBe("Out of use");
  await submit(page, "#emoji-wave button[value=enable]");
  expect(await page.locator("#emoji-wave .badge").count()).toBe(0);
});

test("a backup that cannot be made says why, and the doctor's findings are shown", async () => {
  const { page } = watched;
  await visit(page, "/admin/backup");
  await submit(page, "main button.primary");
  expect(await page.locator(".notice").textContent()).toContain("in the background");
  await visit(page, "/admin/health");
  await submit(page, "main button.primary");
  await drain(site.instance);
  await visit(page, "/admin/health");
  expect(await page.locator(".finding").count()).toBeGreaterThan(3);
  await visit(page, "/admin/backup");
  // This instance lives in memory.
  expect(await page.locator(".notice.bad").textContent()).toContain("nothing to back up");
});
