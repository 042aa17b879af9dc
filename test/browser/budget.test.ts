import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPage, openSite, signIn, type Site, useBrowser, type Watched } from "./browser.ts";
import { everyPage, type PageCase } from "./pages.ts";
import { fillSample } from "./sample.ts";

/** Bytes over the wire of a page without its pictures. */
const PAGE_BYTES = 100 * 1024;
const CSS_BYTES = 14 * 1024;
const HTML_BYTES = 35 * 1024;
/** Requests before the page can be read. */
const REQUESTS = 6;
const NODES = 1_500;

const browser = useBrowser();
let site: Site;
let pages: readonly PageCase[];

beforeAll(async () => {
  site = await openSite();
  pages = everyPage(await fillSample(site.instance));
}, 60_000);
afterAll(async () => {
  await site.close();
});

type Load = {
  readonly bytes: number;
  readonly html: number;
  readonly requests: number;
  readonly nodes: number;
  readonly scripts: number;
};

/** Loads a page with nothing cached and counts what came, pictures aside. */
async function measure({ page, context }: Watched, path: string): Promise<Load> {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const types = new Map<string, string>();
  const sizes = new Map<string, number>();
  session.on("Network.requestWillBeSent", ({ requestId, type }) => types.set(requestId, type ?? ""));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
    sizes.set(requestId, encodedDataLength),
  );
  await page.goto(path, { waitUntil: "load" });
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  const html = brotliCompressSync(await page.content()).length;
  await session.detach();
  const counted = [...types].filter(([, type]) => type !== "Image");
  return {
    bytes: counted.reduce((sum, [id]) => sum + (sizes.get(id) ?? 0), 0),
    html,
    requests: counted.length,
    nodes,
    scripts: [...types.values()].filter((type) => type === "Script").length,
  };
}

describe("Budgets", () => {
  test("the style sheet has at most 14 KB (brotli)", async () => {
    const { body } = await fetchAsset(await hrefOf("stylesheet"));
    expect(brotliCompressSync(body).length).toBeLessThanOrEqual(CSS_BYTES);
  });

  test("the drawings have at most 8 KB (brotli)", async () => {
    const text = await (await fetch(`${site.origin}/`)).text();
    const { body } = await fetchAsset(/\/static\/icons-[\w-]+\.svg/.exec(text)?.[0] ?? "");
    expect(brotliCompressSync(body).length).toBeLessThanOrEqual(8 * 1024);
  });

  test("static files may be cached for ever under a name that changes with them", async () => {
    const { headers } = await fetchAsset(await hrefOf("stylesheet"));
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  test.each(["guest", "ada"] as const)(
    "hold on every page that %s sees, with nobody else asked",
    async (who) => {
      const watched = await openPage(browser(), site);
      if (who !== "guest") await signIn(watched.page, who);
      const over: string[] = [];
      for (const { name, path } of pages.filter(({ as }) => as === who)) {
        const load = await measure(watched, path);
        const isWithin =
          load.bytes <= PAGE_BYTES &&
          load.html <= HTML_BYTES &&
          load.requests <= REQUESTS &&
          load.nodes <= NODES &&
          load.scripts === 0;
        if (!isWithin) over.push(`${name}: ${JSON.stringify(load)}`);
      }
      expect(over).toEqual([]);
      expect(watched.faults).toEqual([]);
      await watched.close();
    },
    90_000,
  );

  test("a signed-out thread has at most 40 KB as it would travel", async () => {
    const thread = pages.find(({ name, as }) => name === "note" && as === "guest");
    const html = await (await fetch(`${site.origin}${thread?.path ?? ""}`)).text();
    const css = await fetchAsset(await hrefOf("stylesheet"));
    expect(brotliCompressSync(html).length + brotliCompressSync(css.body).length).toBeLessThanOrEqual(
      40 * 1024,
    );
  });

  test("room for pictures is kept before they arrive", async () => {
    const { page, close } = await openPage(browser(), site);
    for (const { path } of pages.filter(
      ({ as, name }) => as === "guest" && ["landing", "local", "profile", "note"].includes(name),
    )) {
      await page.goto(path);
      const loose = await page.locator("main img:not([width][height])").count();
      expect(loose, path).toBe(0);
    }
    await close();
  });
});

async function hrefOf(rel: string): Promise<string> {
  const text = await (await fetch(`${site.origin}/`)).text();
  return new RegExp(`<link rel="${rel}" href="([^"]+)"`).exec(text)?.[1] ?? "";
}

async function fetchAsset(path: string): Promise<{ readonly body: Uint8Array; readonly headers: Headers }> {
  const response = await fetch(`${site.origin}${path}`);
  expect(response.status, path).toBe(200);
  return { body: new Uint8Array(await response.arrayBuffer()), headers: response.headers };
}
