// Sharing, the installed app and messages to devices, as people meet them: in a real browser, with scripts and without.

import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { NoteView } from "../../server/domain/note.ts";
import { findFreePort } from "../../server/ops/listen.ts";
import { openSession } from "../../server/services/accounts/sessions.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import { createDevice } from "../support/push-service.ts";
import {
  type Look,
  openPage,
  openSite,
  type Site,
  submit,
  useBrowser,
  visit,
  type Watched,
} from "./browser.ts";

const browser = useBrowser();
let site: Site;
let ann: Member;
let bo: Member;
let note: NoteView;
const opened: Watched[] = [];

beforeAll(async () => {
  site = await openSite();
  ann = await aMember(site.instance, "ann");
  bo = await aMember(site.instance, "bo");
  note = await aNote(site.instance, { by: ann.viewer, source: "The tide is out" });
}, 60_000);
afterEach(async () => {
  for (const watched of opened.splice(0)) {
    expect(watched.faults).toEqual([]);
    await watched.close();
  }
});
afterAll(() => site.close());

async function open(look: Look = {}, as: Member | null = null): Promise<Watched> {
  const watched = await openPage(browser(), site, look);
  if (as !== null) {
    const { app } = site.instance;
    const value = await openSession(app, app.db, as.viewer.accountId, "", "password");
    await watched.context.addCookies([{ name: "session", value, url: site.origin }]);
  }
  opened.push(watched);
  return watched;
}

describe("Without scripts", () => {
  test("a visitor names their server, and it is remembered there and nowhere else", async () => {
    const { page, context } = await open();
    site.instance.network.join("sea.test", async () => new Response(null, { status: 404 }));
    await visit(page, `/interact?intent=Like&uri=${encodeURIComponent(note.uri)}`);
    await page.locator("#f-account").fill("sea.test");
    await submit(page, "main form[action='/interact'] button");
    expect(await page.locator("main a.button.primary").getAttribute("href")).toBe(
      `https://sea.test/authorize_interaction?uri=${encodeURIComponent(note.uri)}`,
    );
    await visit(page, `/interact?uri=${encodeURIComponent(note.uri)}`);
    expect(await page.locator("#f-account").inputValue()).toBe("sea.test");
    const [cookie] = (await context.cookies()).filter(({ name }) => name === "elsewhere");
    expect(cookie).toMatchObject({ path: "/interact", httpOnly: true });
  });

  test("notifications are chosen by plain links, marked as read in place, and left out by choice", async () => {
    await likeNote(site.instance.app, bo.viewer, note.id);
    await aNote(site.instance, { by: bo.viewer, source: "@ann hello" });
    const { page } = await open({}, ann);
    await visit(page, "/notifications");
    expect(await page.locator(".notification").count()).toBe(2);
    await page.locator(".chips a", { hasText: "Likes" }).click();
    expect(await page.locator(".notification").count()).toBe(1);
    await submit(page, "form[action='/notifications/read'] button");
    expect(page.url()).toContain("show=likes");
    expect(await page.locator(".is-unread").count()).toBe(0);
    await visit(page, "/settings/notifications");
    expect(await page.locator("form[data-push]").isVisible()).toBe(false);
    expect(await page.getByText("This needs JavaScript").isVisible()).toBe(true);
    await page.locator("input[name='shown'][value='likes']").uncheck();
    await submit(page, "form[action='/settings/notifications'] button");
    await visit(page, "/notifications");
    expect(await page.locator(".notification").count()).toBe(1);
  });

  test("an embedded note stands in the page of somebody else", async () => {
    const { page, faults } = await open();
    const blog = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<iframe src="${note.url}/embed" sandbox="allow-same-origin allow-popups"></iframe>`);
    });
    const port = await findFreePort("127.0.0.1");
    await new Promise<void>((ready) => blog.listen(port, "127.0.0.1", ready));
    await page.goto(`http://127.0.0.1:${port}/`);
    const frame = page.frameLocator("iframe");
    expect((await frame.locator(".e-content").textContent())?.trim()).toBe("The tide is out");
    const display = await frame.locator("header").evaluate((element) => getComputedStyle(element).display);
    expect(display).toBe("grid");
    blog.close();
    faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes(`127.0.0.1:${port}`)));
  });
});

describe("With scripts", () => {
  test("a browser is told of news after a click, and no more after another", async () => {
    const { page } = await open({ javaScriptEnabled: true }, ann);
    // The push service behind this browser is not to be reached from a test: what it would give is given here.
    const { endpoint, p256dh, auth } = createDevice();
    await page.addInitScript(
      (given) => {
        Notification.requestPermission = async () => "granted";
        PushManager.prototype.subscribe = async () =>
          ({
            toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
          }) as unknown as PushSubscription;
      },
      { endpoint, p256dh, auth },
    );
    await visit(page, "/settings/notifications");
    await page.locator("form[data-push] button").click();
    await page.waitForURL(/saved/);
    expect(await page.locator(".devices li").count()).toBe(1);
    await page.locator(".devices button").click();
    await page.waitForLoadState();
    expect(await page.locator(".devices li").count()).toBe(0);
  });

  test("who says no to the browser is told how to change that", async () => {
    const { page } = await open({ javaScriptEnabled: true }, ann);
    await page.addInitScript(() => {
      Notification.requestPermission = async () => "denied";
    });
    await visit(page, "/settings/notifications");
    await page.locator("form[data-push] button").click();
    await page.getByText("does not allow messages").waitFor();
  });

  test("the last home page can be read without a network until its reader signs out", async () => {
    const watched = await open({ javaScriptEnabled: true }, ann);
    const { page, context } = watched;
    await visit(page, "/");
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      while (navigator.serviceWorker.controller === null) await new Promise((go) => setTimeout(go, 20));
    });
    await visit(page, "/");
    await page.waitForFunction(async () => (await caches.match("/", { cacheName: "home" })) !== undefined);
    await context.setOffline(true);
    await page.goto("/");
    expect(await page.locator("body").getAttribute("class")).toContain("member");
    expect(await page.locator("main").evaluate((element) => getComputedStyle(element).display)).not.toBe(
      "inline",
    );
    await page.getByText("how the page was").waitFor();
    await page.goto("/notifications");
    expect(await page.locator("h1").textContent()).toBe("You are offline");
    await context.setOffline(false);
    await visit(page, "/settings");
    await page.locator("form[action='/logout'] button").first().click();
    await page.waitForLoadState();
    expect(
      await page.evaluate(async () => (await caches.match("/", { cacheName: "home" })) === undefined),
    ).toBe(true);
    watched.faults.length = 0;
  });
});
