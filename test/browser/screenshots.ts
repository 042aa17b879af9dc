// Takes a picture of every page in every look: node bin/run.mjs test/browser/screenshots.ts FOLDER [NAME …]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { openPage, openSite, signIn, type Look, type Site, type Watched } from "./browser.ts";
import { startChromium } from "./chromium.ts";
import { barredPages, everyPage, type PageCase } from "./pages.ts";
import { fillSample } from "./sample.ts";
import { fillLook } from "./sample-look.ts";
import { createSetupToken } from "../../server/services/accounts/setup.ts";

const LOCALES = ["en", "zh-CN", "ar"] as const;
const THEMES = ["light", "dark"] as const;
const WIDTHS = [360, 1280] as const;

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("Usage: node bin/run.mjs test/browser/screenshots.ts FOLDER [NAME …]\n");
  process.exitCode = 2;
} else await takeAll(folder, names);

async function takeAll(to: string, wanted: readonly string[]): Promise<void> {
  mkdirSync(to, { recursive: true });
  const site = await openSite();
  const untouched = await openSite({ untouched: true });
  const browser = await startChromium();
  try {
    const sample = await fillSample(site.instance);
    await fillLook(site.instance, [sample.ada, sample.lin]);
    const pages = [...everyPage(sample), ...barredPages()].filter(
      ({ name }) => wanted.length === 0 || wanted.includes(name),
    );
    for (const locale of LOCALES) {
      for (const who of new Set(pages.map(({ as }) => as)))
        await takeAs(browser, site, who, pages, { locale }, to);
      if (wanted.length === 0 || wanted.includes("setup"))
        await takeSetup(browser, untouched, { locale }, to);
    }
  } finally {
    await browser.close();
    await site.close();
    await untouched.close();
  }
}

async function takeAs(
  browser: Browser,
  site: Site,
  who: PageCase["as"],
  pages: readonly PageCase[],
  look: Look,
  to: string,
): Promise<void> {
  const watched = await openPage(browser, site, look);
  if (who !== "guest") await signIn(watched.page, who);
  for (const { name, path } of pages.filter(({ as }) => as === who)) {
    await watched.page.goto(path);
    await takeLooks(
      watched,
      join(to, `${who === "guest" ? "guest" : "member"}-${name}-${look.locale ?? "en"}`),
    );
  }
  for (const fault of watched.faults) process.stderr.write(`${who}: ${fault}\n`);
  await watched.close();
}

async function takeSetup(browser: Browser, site: Site, look: Look, to: string): Promise<void> {
  const token = await createSetupToken(site.instance.app);
  const watched = await openPage(browser, site, look);
  await watched.page.goto(`/setup?token=${token ?? ""}`);
  await takeLooks(watched, join(to, `guest-setup-${look.locale ?? "en"}`));
  await watched.page.goto("/");
  await takeLooks(watched, join(to, `guest-closed-${look.locale ?? "en"}`));
  await watched.close();
}

/** The four pictures of a loaded page: lazy pictures are scrolled into view first. */
async function takeLooks({ page }: Watched, stem: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await page.evaluate(async () => {
      for (const image of document.images) image.loading = "eager";
      await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: `${stem}-${width}-${theme}.png`, fullPage: true });
    }
  }
}
