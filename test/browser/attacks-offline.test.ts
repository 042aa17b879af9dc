// What a browser keeps for reading without a network, when the person in front of it is another one.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openSession, revokeOtherSessions } from "../../server/services/accounts/sessions.ts";
import { aMember, type Member } from "../support/instance.ts";
import { openPage, openSite, signIn, type Site, useBrowser, visit, type Watched } from "./browser.ts";

const browser = useBrowser();
let site: Site;
let ann: Member;
const opened: Watched[] = [];

beforeAll(async () => {
  site = await openSite();
  ann = await aMember(site.instance, "ann");
  await aMember(site.instance, "bo");
}, 60_000);
afterEach(async () => {
  for (const watched of opened.splice(0)) await watched.close();
});
afterAll(() => site.close());

/** Ann's home page, kept by the service worker of a browser. */
async function keptHome(): Promise<Watched> {
  const watched = await openPage(browser(), site, { javaScriptEnabled: true });
  opened.push(watched);
  const { app } = site.instance;
  const value = await openSession(app, app.db, ann.viewer.accountId, "", "password");
  await watched.context.addCookies([{ name: "session", value, url: site.origin }]);
  const { page } = watched;
  await visit(page, "/");
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) await new Promise((go) => setTimeout(go, 20));
  });
  await visit(page, "/");
  await page.waitForFunction(async () => (await caches.match("/", { cacheName: "home" })) !== undefined);
  return watched;
}

/** What the browser shows as home without a network. */
async function homeOffline({ page, context }: Watched): Promise<string> {
  await context.setOffline(true);
  const answer = await page.goto("/").catch(() => null);
  return answer === null ? "" : await page.content();
}

test("a session that was ended from elsewhere takes the kept home page along, whatever page is opened next", async () => {
  const watched = await keptHome();
  await revokeOtherSessions(site.instance.app, ann.viewer, ann.sessionToken);
  await visit(watched.page, "/about");
  await watched.page.waitForFunction(
    async () => (await caches.match("/", { cacheName: "home" })) === undefined,
  );
  expect(await homeOffline(watched)).not.toContain("/@ann");
});

test("so does somebody else who signs in over it", async () => {
  const watched = await keptHome();
  await watched.context.clearCookies();
  await signIn(watched.page, "bo");
  await visit(watched.page, "/about");
  expect(await homeOffline(watched)).not.toContain("/@ann");
});
