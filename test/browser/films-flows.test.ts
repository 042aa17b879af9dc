import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aFilm } from "../support/films.ts";
import { aMember } from "../support/instance.ts";
import { openPage, openSite, signIn, type Site, submit, useBrowser, visit, type Watched } from "./browser.ts";

const browser = useBrowser();
let site: Site;
let plain: Watched;
let lively: Watched;
let film: { name: string; mimeType: string; buffer: Buffer };

beforeAll(async () => {
  site = await openSite();
  await aMember(site.instance, "mei");
  film = {
    name: "ferry.webm",
    mimeType: "video/webm",
    buffer: Buffer.from(await aFilm({ in: "webm", video: { codec: "vp8", width: 160, height: 120 } })),
  };
  plain = await openPage(browser(), site);
  lively = await openPage(browser(), site, { javaScriptEnabled: true });
  await signIn(plain.page, "mei");
  await signIn(lively.page, "mei");
}, 60_000);

afterAll(async () => {
  // That a file was refused is what the last test is about.
  const faults = [...plain.faults, ...lively.faults].filter(
    (fault) => !/^422 for .*\/uploads\/\d+$/.test(fault),
  );
  expect(faults).toEqual([]);
  await site.close();
});

const work = async () => await site.instance.worker.drain({ failFast: true });

describe("Without JavaScript", () => {
  test("a film is chosen, prepared, captioned and posted", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "The ferry.");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", [film]);
    expect(await submit(page, "button[value=media]")).toBe(200);
    expect(await page.locator("fieldset.picture progress").count()).toBe(1);
    await page.locator("fieldset.picture textarea").fill("A ferry comes in.");
    const id = (await page.locator("fieldset.picture input[name=media]").inputValue()) ?? "";
    await submit(page, "button[value=save]");
    await work();
    await visit(page, `/media/${id}/captions`);
    await page.fill("#f-captions", "no times here");
    expect(await submit(page, "button[value=captions]")).toBe(422);
    expect(await page.inputValue("#f-captions")).toBe("no times here");
    await page.fill("#f-captions", "00:00.000 --> 00:00.900\nToot!");
    expect(await submit(page, "button[value=captions]")).toBe(200);
    expect(await page.locator("video > track[kind=captions]").count()).toBe(1);
    await submit(page, "button[name=remove]");
    expect(await page.locator("video > track").count()).toBe(0);
  });
});

describe("A note", () => {
  test("waits for its film and goes out by itself", async () => {
    const { page } = plain;
    await visit(page, "/compose");
    await page.fill("#f-source", "Soon: the ferry.");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", [film]);
    await submit(page, "button[value=media]");
    await page.locator("fieldset.picture textarea").fill("A ferry comes in.");
    expect(await submit(page, "button[value=post]")).toBe(200);
    const posted = async () =>
      await site.instance.app.db.selectFrom("notes").select("media").where("local", "=", 1).execute();
    expect(await posted()).toEqual([]);
    expect(await page.getByText("Soon: the ferry.").count()).toBeGreaterThan(0);
    await work();
    expect(await posted()).toEqual([{ media: 2 }]);
    await visit(page, "/@mei");
    expect(await page.locator("article video[poster]").count()).toBe(1);
  });
});

describe("With JavaScript", () => {
  test("a film goes up in pieces, also after the line broke, and can be seen to get ready", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.fill("#f-source", "The ferry, again.");
    let broken = 0;
    await page.route("**/uploads/*", async (route) => {
      if (route.request().method() !== "PATCH" || (broken += 1) > 1) return await route.continue();
      return await route.abort("connectionreset");
    });
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", [film]);
    await page.locator("fieldset.picture progress").waitFor();
    expect(broken).toBe(2);
    expect(await page.inputValue("#f-source")).toBe("The ferry, again.");
    await work();
    await page.locator("fieldset.picture img").waitFor({ timeout: 15_000 });
    expect(await page.locator("fieldset.picture progress").count()).toBe(0);
  });

  test("what is no film is said to be none, and the text stays", async () => {
    const { page } = lively;
    await visit(page, "/compose");
    await page.fill("#f-source", "Not a film.");
    await page.locator(".tool-media > summary").click();
    const text = {
      name: "film.mp4",
      mimeType: "video/mp4",
      buffer: Buffer.from("<svg onload=alert(1)>".repeat(99)),
    };
    await page.setInputFiles("#f-attachments", [text]);
    await page.getByText("This is not a picture, a video or sound").first().waitFor({ timeout: 15_000 });
    expect(await page.inputValue("#f-source")).toBe("Not a film.");
  });
});
