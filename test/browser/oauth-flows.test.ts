// Letting an app in, as browsers really do it: the form ends in a redirect to another origin or to a scheme of an app, to
// which the page's own policy applies (CSP 3, 6.4.1). That is why this is looked at in a browser.

import { createServer, type Server } from "node:http";
import type { CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "../../server/ops/listen.ts";
import { type Client, registerClient } from "../../server/services/clients/apps.ts";
import { openSession } from "../../server/services/accounts/sessions.ts";
import { aMember, type Member } from "../support/instance.ts";
import { fillLogin, openPage, openSite, type Site, useBrowser, visit, type Watched } from "./browser.ts";

const browser = useBrowser();
const NATIVE = "icecubesapp://";
let site: Site;
let ada: Member;
let app: Client;
/** The app's own web server, on another origin. */
let elsewhere: { readonly server: Server; readonly callback: string; readonly asked: string[] };
const opened: Watched[] = [];

beforeAll(async () => {
  site = await openSite();
  ada = await aMember(site.instance, "ada");
  elsewhere = await openElsewhere();
  const registered = await registerClient(site.instance.app, {
    name: "Seal",
    website: "https://seal.example",
    redirectUris: [NATIVE, elsewhere.callback],
    scopes: "read write follow push",
    ip: "203.0.113.9",
  });
  app = registered.client;
}, 60_000);
afterEach(async () => {
  for (const watched of opened.splice(0)) await watched.close();
});
afterAll(async () => {
  await new Promise((resolve) => elsewhere.server.close(resolve));
  await site.close();
});

async function openElsewhere(): Promise<typeof elsewhere> {
  const port = await findFreePort("127.0.0.1");
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.referer ?? "-"} ${request.url ?? ""}`);
    response.setHeader("content-type", "text/html");
    // Tells whoever opened the window, as apps in browsers do.
    const opener = "document.title = window.opener === null ? 'alone' : 'opened'";
    response.end(`<!doctype html><title>App</title><p>Back in the app</p><script>${opener}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, asked, callback: `http://127.0.0.1:${port}/callback` };
}

async function open(javaScriptEnabled: boolean, isSignedIn = true): Promise<Watched> {
  const watched = await openPage(browser(), site, { javaScriptEnabled, width: 390, height: 844 });
  if (isSignedIn) {
    const { app: ours } = site.instance;
    const value = await openSession(ours, ours.db, ada.viewer.accountId, "", "password");
    await watched.context.addCookies([{ name: "session", value, url: site.origin }]);
  }
  opened.push(watched);
  return watched;
}

function asking(redirectUri: string): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: "read write follow push",
    state: "xyz",
  });
  return `/oauth/authorize?${query}`;
}

/** Every address that the page is sent to after a form, also those that only the operating system can open. */
async function watchRedirects(session: CDPSession): Promise<readonly string[]> {
  const seen: string[] = [];
  session.on("Network.requestWillBeSent", ({ request }) => seen.push(request.url));
  session.on("Network.responseReceivedExtraInfo", ({ headers }) =>
    seen.push(headers["location"] ?? headers["Location"] ?? ""),
  );
  await session.send("Network.enable");
  return seen;
}

const allow = "button[name=answer][value=allow]";

/** Presses a button and waits until the browser has nothing more to do about it. */
async function press(page: Page, selector: string): Promise<void> {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.locator(selector).click({ noWaitAfter: true });
  await answered.catch(() => undefined);
  await page.waitForTimeout(300);
}

describe.each([false, true])("With scripts: %s", (javaScriptEnabled) => {
  test("the browser goes to the app's own origin with a code, and tells it nothing else", async () => {
    const { page, faults } = await open(javaScriptEnabled);
    await visit(page, asking(elsewhere.callback));
    await page.click(allow);
    await page.waitForURL(`${elsewhere.callback}?**`);
    expect(new URL(page.url()).searchParams.get("state")).toBe("xyz");
    expect(new URL(page.url()).searchParams.get("code")).toMatch(/^[\w-]{43}$/);
    expect(elsewhere.asked.at(-1)).toMatch(/^- \/callback\?code=/);
    expect(faults.filter((fault) => fault.startsWith("console"))).toEqual([]);
  });

  test("the browser is let through to a scheme of an app", async () => {
    const { page, context, faults } = await open(javaScriptEnabled);
    await visit(page, asking(NATIVE));
    const seen = await watchRedirects(await context.newCDPSession(page));
    await press(page, allow);
    expect(
      seen.some((url) => url.startsWith(`${NATIVE}?code=`)),
      seen.join("\n"),
    ).toBe(true);
    expect(faults.filter((fault) => /Content Security Policy|form-action/i.test(fault))).toEqual([]);
  });

  test("one who is not signed in signs in on the way, and may say no", async () => {
    const { page } = await open(javaScriptEnabled, false);
    await visit(page, asking(elsewhere.callback));
    await fillLogin(page, "ada");
    await page.locator(allow).waitFor();
    await page.click("button[name=answer][value=deny]");
    await page.waitForURL(`${elsewhere.callback}?**`);
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
  });
});

test("A window that an app has opened can still tell the app when all is done", async () => {
  const { page } = await open(true, false);
  await page.goto(new URL("/", elsewhere.callback).href);
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    page.evaluate(
      (address) => void window.open(address, "letin", "width=400,height=600"),
      site.origin + asking(elsewhere.callback),
    ),
  ]);
  await fillLogin(popup, "ada");
  await popup.click(allow);
  await popup.waitForURL(`${elsewhere.callback}?**`);
  expect(await popup.title()).toBe("opened");
});

test.each(["the app's own origin", "a scheme of an app"])(
  "Without an entry in the policy the browser would not go to %s: the rule is what lets it through",
  async (target) => {
    const { page, faults } = await open(false);
    await page.route("**/oauth/authorize?**", async (route) => {
      const response = await route.fetch();
      const usual = response.headers()["content-security-policy"] ?? "";
      const policy = usual.replace(/form-action [^;]*/, "form-action 'self'");
      const headers = { ...response.headers(), "content-security-policy": policy };
      await route.fulfill({ response, headers });
    });
    await visit(page, asking(target === "a scheme of an app" ? NATIVE : elsewhere.callback));
    await press(page, allow);
    expect(page.url()).toContain("/oauth/authorize");
    await expect.poll(() => faults.join("\n")).toMatch(/form-action/);
  },
);
