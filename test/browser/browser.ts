import type { Browser, BrowserContext, Page } from "playwright-core";
import { beforeAll, expect } from "vitest";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { findFreePort, listen } from "../../server/ops/listen.ts";
import { createInstance, type InstanceOptions, PASSWORD, type TestInstance } from "../support/instance.ts";
import { startChromium } from "./chromium.ts";
import { fillSample, type Sample } from "./sample.ts";

/** A whole instance that a browser can reach. */
export type Site = { readonly instance: TestInstance; readonly origin: string; close(): Promise<void> };

/** How a page is looked at. Everything left out is a desktop in light colours, in English, without JavaScript. */
export type Look = {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  readonly locale?: "en" | "zh-CN" | "zh-TW" | "es" | "ar";
  readonly javaScriptEnabled?: boolean;
  readonly forcedColors?: boolean;
  /** For tools that are put into the page from outside. */
  readonly bypassCSP?: boolean;
};

/** A page, and everything it did that a page must not do. */
export type Watched = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, exceptions, dialogs, violated policies, failed subresources, requests to other origins. */
  readonly faults: string[];
  close(): Promise<void>;
};

/** Serves a new instance on a free port of loopback, where cookies and forms work over http. */
export async function openSite(options: InstanceOptions = {}): Promise<Site> {
  const port = await findFreePort("127.0.0.1");
  const origin = `http://localhost:${port}`;
  const environment = {
    CAUSEWAY_ORIGIN: origin,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
    ...options.environment,
  };
  const instance = await createInstance({ ...options, environment });
  const listener = await listen({ host: "127.0.0.1", port }, instance.fetch);
  return {
    instance,
    origin,
    close: async () => {
      await listener.stop(0);
      await instance.close();
    },
  };
}

/** What the files of a process share, made by the first that needs it; it ends with the process. */
const shared: { browser: Browser | null; filled: Promise<FilledSite> | null } = {
  browser: null,
  filled: null,
};

/** One Chromium for all files of a process: every page has a context of its own. */
export function useBrowser(): () => Browser {
  beforeAll(async () => {
    if (shared.browser?.isConnected() !== true) shared.browser = await startChromium();
  }, 60_000);
  return () => {
    if (shared.browser === null) throw new Error("The browser runs within tests only.");
    return shared.browser;
  };
}

/** A site with something on every page. */
export type FilledSite = Omit<Site, "close"> & { readonly sample: Sample };

/**
 * The filled site, for files that only look: filling one takes longer than most of what is looked at. Whoever takes it
 * comes ten minutes after the one before, so that nobody waits because of what others asked for.
 */
export async function filledSite(): Promise<FilledSite> {
  shared.filled ??= fillSite();
  const filled = await shared.filled;
  filled.instance.clock.advance(600_000);
  return filled;
}

async function fillSite(): Promise<FilledSite> {
  const { instance, origin } = await openSite();
  return { instance, origin, sample: await fillSample(instance) };
}

/** Opens an empty page in a context of its own: no cookies, nothing cached. */
export async function openPage(
  browser: Browser,
  site: Pick<Site, "origin">,
  look: Look = {},
): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: site.origin,
    viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
    colorScheme: look.theme ?? "light",
    forcedColors: look.forcedColors === true ? "active" : "none",
    locale: look.locale ?? "en",
    javaScriptEnabled: look.javaScriptEnabled ?? false,
    bypassCSP: look.bypassCSP ?? false,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const faults: string[] = [];
  watch(page, site.origin, faults);
  return { page, context, faults, close: () => context.close() };
}

function watch(page: Page, origin: string, faults: string[]): void {
  page.on("console", (message) => {
    // Answers of 4xx to documents are what many tests ask for; those of subresources are caught below.
    if (message.type() === "error" && message.text().startsWith("Failed to load resource")) return;
    // Chromium for Linux does not know every feature that others do.
    if (message.text().startsWith("Error with Permissions-Policy header: Unrecognized feature")) return;
    // Chromium says what signing out has cleared.
    if (message.type() === "info" && message.text().startsWith("Clear-Site-Data header")) return;
    faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", () => faults.push("popup"));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) faults.push(`request to ${url}`);
  });
  page.on("response", (response) => {
    const isDocument = response.request().resourceType() === "document";
    if (response.status() >= 400 && !isDocument) faults.push(`${response.status()} for ${response.url()}`);
  });
}

/** Signs in through the real form. */
export async function signIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.goto("/login");
  await fillLogin(page, username, password);
  await page
    .locator("form[action='/logout'], form[action='/join/waiting'], .to-me")
    .first()
    .waitFor({ state: "attached" });
}

/** Fills in and sends the login form that is on the page. */
export async function fillLogin(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.locator("#f-username").fill(username);
  await page.locator("#f-password").fill(password);
  await page.locator("main form[action='/login'] button.primary").click();
}

/** Opens a path and expects its status. */
export async function visit(page: Page, path: string, status = 200): Promise<void> {
  const response = await page.goto(path);
  expect(response?.status(), path).toBe(status);
}

/** Clicks something that sends a form and gives the status of the page that comes in the end. */
export async function submit(page: Page, selector: string): Promise<number> {
  const [response] = await Promise.all([
    page.waitForResponse(
      (answer) =>
        answer.request().resourceType() === "document" && (answer.status() < 300 || answer.status() >= 400),
    ),
    page.locator(selector).first().click(),
  ]);
  await page.waitForLoadState("load");
  return response.status();
}

/** Uses up what visitors from this machine may ask for, as a flood of requests would. */
export async function floodPages(site: Site): Promise<void> {
  const ask = async () => (await fetch(`${site.origin}/explore`, { redirect: "manual" })).status;
  for (let asked = 0; asked <= LIMITS.pages.limit; asked++) if ((await ask()) === 429) return;
  throw new Error("Visitors may ask without end.");
}

/** Path, query and fragment of where the page is. */
export function placeOf(page: Page): string {
  const { pathname, search, hash } = new URL(page.url());
  return decodeURI(pathname) + search + hash;
}
