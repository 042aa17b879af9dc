import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import { localTimeline } from "../../server/services/timelines.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
import {
  fillLogin,
  floodPages,
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

const browser = useBrowser();
let site: Site;
let ada: Watched;
const opened: Watched[] = [];

async function open(at: Site = site): Promise<Watched> {
  const watched = await openPage(browser(), at);
  opened.push(watched);
  return watched;
}

beforeAll(async () => {
  site = await openSite();
  await aMember(site.instance, "ada");
  await aMember(site.instance, "boss", { role: "owner" });
  ada = await open();
  await signIn(ada.page, "ada");
}, 60_000);

afterAll(async () => {
  expect(opened.flatMap(({ faults }) => faults)).toEqual([]);
  await site.close();
});

/** Lets a form through that the browser itself would hold back: the server has the last word. */
async function bareForm(page: Page, selector: string): Promise<void> {
  await page
    .locator(selector)
    .first()
    .evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
      for (const field of form.querySelectorAll("[maxlength]")) field.removeAttribute("maxlength");
    });
}

/** What every control of a form holds, secrets, files and tokens aside. */
async function typedIn(page: Page, selector: string): Promise<Readonly<Record<string, string>>> {
  return await page
    .locator(selector)
    .first()
    .evaluate((form: HTMLFormElement) => {
      const skipped = new Set(["password", "file"]);
      const controls = [...form.elements].filter(
        (element) =>
          element instanceof HTMLInputElement ||
          element instanceof HTMLTextAreaElement ||
          element instanceof HTMLSelectElement,
      );
      const counts = new Map<string, number>();
      const entries = controls
        .filter(({ type, name }) => !skipped.has(type) && name !== "" && name !== "csrf")
        .map((control) => {
          const nth = counts.get(control.name) ?? 0;
          counts.set(control.name, nth + 1);
          const isChoice =
            control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio");
          return [
            `${control.name} ${isChoice ? control.value : nth}`,
            isChoice ? String(control.checked) : control.value,
          ] as const;
        });
      return Object.fromEntries(entries);
    });
}

/** The fault at a field is tied to its control, and the summary on top leads there. */
async function expectFault(page: Page, field: string, sentence: RegExp): Promise<void> {
  const control = page.locator(`[id="f-${field}"]`);
  const fault = `f-${field}-fault`;
  expect(await control.getAttribute("aria-invalid"), `${field} is marked`).toBe("true");
  expect((await control.getAttribute("aria-describedby"))?.split(" "), `${field} is described`).toContain(
    fault,
  );
  expect(await page.locator(`[id="${fault}"]`).textContent()).toMatch(sentence);
  expect(await page.locator(`#faults a[href="#f-${field}"]`).count(), `summary leads to ${field}`).toBe(1);
  expect(await page.locator("#faults").getAttribute("role")).toBe("alert");
}

/** Sends a form as it stands and expects it back with everything in it. */
async function expectReturned(page: Page, form: string, button: string, status = 422): Promise<void> {
  const before = await typedIn(page, form);
  expect(await submit(page, button)).toBe(status);
  expect(await typedIn(page, form)).toEqual(before);
}

async function aPicture(size = 64): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const buffer = await sharp({ create: { width: size, height: size, channels: 3, background: "#c98689" } })
    .png()
    .toBuffer();
  return { name: "rose.png", mimeType: "image/png", buffer };
}

describe("A form that cannot be taken comes back whole", () => {
  test("set-up", async () => {
    const fresh = await openSite({ untouched: true });
    const { page } = await open(fresh);
    await visit(page, `/setup?token=${(await createSetupToken(fresh.instance.app)) ?? ""}`);
    await bareForm(page, "main form");
    await page.fill("#f-serverName", "");
    await page.fill("#f-username", "Ke eper");
    await page.fill("#f-password", "short");
    await page.check("input[name=languages][value=zh-Hans]");
    await page.check("input[name=joinMode][value=open]");
    await expectReturned(page, "main form", "main button.primary");
    await expectFault(page, "serverName", /fill this in/);
    await bareForm(page, "main form");
    await page.fill("#f-serverName", "Harbour");
    await page.fill("#f-password", "short");
    await expectReturned(page, "main form", "main button.primary");
    await expectFault(page, "username", /small letters/);
    await expectFault(page, "password", /at least 12/);
    await fresh.close();
  });

  test("joining", async () => {
    const { page } = await open();
    await visit(page, "/join?invite=nonsense", 422);
    await bareForm(page, "main form");
    await page.fill("#f-username", "admin");
    await page.fill("#f-password", "correct horse battery");
    await page.fill("#f-email", "not an address");
    await page.check("input[name=languages][value=ja]");
    await expectReturned(page, "main form", "main form[action='/join'] button.primary");
    await expectFault(page, "username", /reserved/);
    await expectFault(page, "email", /e-mail address/);
    await expectFault(page, "acceptedRules", /accept the rules/);
    const named = await page.locator("#faults li strong").allTextContents();
    expect(named, "every field by name, in the order of the form").toEqual(["Username", "E-mail", "Rules"]);
    expect(await page.inputValue("#f-password"), "secrets are not sent back").toBe("");
  });

  test("signing in", async () => {
    const { page } = await open();
    await visit(page, "/login?then=%2Fbookmarks");
    await page.fill("#f-username", "ada");
    await page.fill("#f-password", "wrong wrong wrong");
    await expectReturned(page, "main form", "main form button.primary");
    expect(await page.locator("#faults").textContent()).toContain("do not fit together");
    expect(await page.inputValue("input[name=then]")).toBe("/bookmarks");
  });

  test("writing, with picture and description", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.locator(".tool-media > summary").click();
    await page.setInputFiles("#f-attachments", await aPicture());
    await submit(page, "button[value=media]");
    await page.locator("fieldset.picture textarea").fill("Rose");
    await page.fill("#f-source", `${"长".repeat(5_001)}`);
    await page.locator(".tool:has(#f-summary) > summary").click();
    await page.fill("#f-summary", "Too long a story");
    await page.check("input[name=sensitive]");
    await page.selectOption("#f-visibility", "followers");
    await page.selectOption("#f-language", "zh-Hant");
    await expectReturned(page, "form.compose", "button[value=post]");
    await expectFault(page, "source", /at most 5,?000/);
    expect(await page.locator("fieldset.picture img").count()).toBe(1);
  });

  test("more than sixteen files, a file that is none, and one that is too large", async () => {
    const { page } = ada;
    const text = { name: "poem.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") };
    const large = join(temporaryFolder(), "large.png");
    writeFileSync(large, Buffer.concat([(await aPicture()).buffer, Buffer.alloc(16.5 * 1024 * 1024)]));
    const many = Array.from({ length: 17 }, () => text);
    for (const [files, sentence] of [
      [text, /not a picture/],
      [large, /too large/],
      [many, /At most 16/],
    ] as const) {
      await visit(page, "/compose");
      await page.fill("#f-source", "Words beside it");
      await page.locator(".tool:has(#f-summary) > summary").click();
      await page.locator(".tool-media > summary").click();
      await page.fill("#f-summary", "Careful");
      await page.setInputFiles("#f-attachments", files);
      await expectReturned(page, "form.compose", "button[value=media]");
      await expectFault(page, "attachments", sentence);
    }
  });

  test("editing", async () => {
    const { viewer } = await aMember(site.instance, "writer");
    const note = await aNote(site.instance, { by: viewer, source: "First" });
    const { page } = await open();
    await signIn(page, "writer");
    await visit(page, `/@writer/${note.id}/edit`);
    await page.fill("#f-source", "x".repeat(5_001));
    await page.locator(".tool:has(#f-summary) > summary").click();
    await page.fill("#f-summary", "A warning");
    await page.check("input[name=sensitive]");
    await page.selectOption("#f-language", "fr");
    await expectReturned(page, "form.compose", "form.compose .primary");
    await expectFault(page, "source", /at most 5,?000/);
  });

  test("the profile", async () => {
    const { page } = ada;
    await visit(page, "/settings/profile");
    await bareForm(page, "main form.stack");
    await page.fill("#f-name", "n".repeat(61));
    await page.fill("#f-bioSource", "b".repeat(2_001));
    await page.locator("input[name=fieldName]").nth(1).fill("城市");
    await page.locator("input[name=fieldValue]").nth(1).fill("港口");
    await page.check("#f-bot");
    const before = await typedIn(page, "main form.stack");
    expect(await submit(page, "main .form-buttons button.primary")).toBe(422);
    const after = Object.values(await typedIn(page, "main form.stack"));
    expect(after).toEqual(expect.arrayContaining(Object.values(before).filter((value) => value !== "")));
    await expectFault(page, "name", /at most 60/);
    await expectFault(page, "bioSource", /at most 2,?000/);
    await visit(page, "/settings/profile");
    await page.setInputFiles("#f-avatar", {
      name: "a.png",
      mimeType: "image/png",
      buffer: Buffer.from("nothing"),
    });
    await page.fill("#f-name", "Ada");
    expect(await submit(page, "main .form-buttons button.primary")).toBe(422);
    expect(await page.inputValue("#f-name")).toBe("Ada");
    await expectFault(page, "avatar", /not a picture/);
  });

  test("passwords and good-byes", async () => {
    const { page } = ada;
    await visit(page, "/settings/password");
    await page.fill("#f-current", "wrong wrong wrong");
    await page.fill("#f-next", "another horse battery");
    expect(await submit(page, "form[action='/settings/password'] button.primary")).toBe(422);
    await expectFault(page, "current", /not your password/);
    await page.fill("#f-current", PASSWORD);
    await page.fill("#f-next", "password");
    expect(await submit(page, "form[action='/settings/password'] button.primary")).toBe(422);
    await expectFault(page, "next", /at least 12|easy to guess/);
    await visit(page, "/settings/delete");
    await bareForm(page, "main form.card");
    expect(await submit(page, "main button.danger")).toBe(422);
    await expectFault(page, "sure", /you are sure/);
  });

  test("the server's settings", async () => {
    const { page } = await open();
    await signIn(page, "boss");
    await visit(page, "/admin/settings");
    await bareForm(page, "main form.card");
    await page.fill("#f-name", "");
    await page.fill("#f-rules", "1. Be kind\n2. 与人为善");
    await page.fill("#f-contactEmail", "nobody");
    await page.check("input[name=joinMode][value=closed]");
    await page.check("input[name=languages][value=fr]");
    await expectReturned(page, "main form.card", "main form.card button.primary");
    await expectFault(page, "name", /fill this in/);
    await bareForm(page, "main form.card");
    await page.fill("#f-name", "Harbour");
    await expectReturned(page, "main form.card", "main form.card button.primary");
    await expectFault(page, "contactEmail", /e-mail address/);
  });

  test("the question to a standby", async () => {
    const { page } = await open();
    await signIn(page, "boss");
    await visit(page, "/admin/standby");
    await bareForm(page, "form[aria-labelledby='standby-invite']");
    await page.fill("#f-standby", "not an address");
    await page.fill("#f-maxGigabytes", "much");
    await page.fill("#f-trustees", "did:key:me\nmy friend");
    await page.fill("#f-threshold", "3");
    await page.uncheck("#f-withFollowersOnly");
    await expectReturned(page, "form[aria-labelledby='standby-invite']", "button[value=ask]");
    await expectFault(page, "standby", /address of another server/);
    await expectFault(page, "maxGigabytes", /whole number/);
    await expectFault(page, "trustees", /did:key/);
  });

  test("a lifeboat, a new home and a list from elsewhere", async () => {
    const { page } = ada;
    await visit(page, "/settings/lifeboat/new");
    await bareForm(page, "main form.card");
    await page.check("input[name=closing][value=passphrase]");
    await page.fill("#f-passphrase", "short");
    await page.check("#f-followers");
    await page.check("#f-keys");
    await expectReturned(page, "main form.card", "main form.card button.primary");
    await expectFault(page, "passphrase", /at least 10/);
    expect(await page.inputValue("#f-passphrase"), "secrets are not sent back").toBe("");
    await visit(page, "/settings/launch");
    await page.fill("#f-home", "@nobody@nowhere.test");
    await expectReturned(page, "form[aria-labelledby='own-home']", "button[value=home]");
    await expectFault(page, "home", /Nobody was found/);
    await visit(page, "/settings/import");
    const latin = Buffer.from("Ren\u00e9\n", "latin1");
    await page.setInputFiles("#f-file", { name: "list.csv", mimeType: "text/csv", buffer: latin });
    await page.selectOption("#f-kind", "follows");
    await expectReturned(page, "form[action='/settings/import']", "form[action='/settings/import'] .primary");
    await expectFault(page, "file", /not a text in UTF-8/);
  });

  test("an account that waits, and the signature of a trustee", async () => {
    const { page } = await open();
    await visit(page, "/lifeboat");
    await page.fill("#f-phrase", "twelve words that are none");
    await page.fill("#f-password", "correct horse battery");
    await expectReturned(page, "main form", "main form button.primary");
    await expectFault(page, "phrase", /not the twelve words/);
    expect(await page.inputValue("#f-phrase"), "secrets are not sent back").toBe("");
  });
});

describe("Nothing typed is lost", () => {
  test("when the session ends while one writes", async () => {
    await aMember(site.instance, "sleepy");
    const { page, context } = await open();
    await signIn(page, "sleepy");
    await visit(page, "/compose");
    await page.fill("#f-source", "Three pages\nby hand, 三页");
    await page.locator(".tool:has(#f-summary) > summary").click();
    await page.fill("#f-summary", "Long");
    await page.selectOption("#f-visibility", "followers");
    await page.selectOption("#f-language", "zh-Hans");
    await context.clearCookies({ name: "session" });
    expect(await submit(page, "button[value=post]")).toBe(401);
    expect(await page.locator("blockquote.kept").textContent()).toContain("by hand, 三页");
    await fillLogin(page, "sleepy", "not the password");
    await page.locator("#faults").waitFor();
    await fillLogin(page, "sleepy");
    await page.waitForURL("**/compose?draft=*");
    expect(await page.inputValue("#f-source")).toBe("Three pages\nby hand, 三页");
    expect(await page.inputValue("#f-summary")).toBe("Long");
    expect(await page.inputValue("#f-visibility")).toBe("followers");
    expect(await page.inputValue("#f-language")).toBe("zh-Hans");
    expect(await submit(page, "button[value=post]")).toBe(200);
  });

  test("when the session ends before a profile is saved", async () => {
    const { page, context } = await open();
    await signIn(page, "sleepy");
    await visit(page, "/settings/profile");
    await page.fill("#f-name", "Sleepy no more");
    await context.clearCookies({ name: "session" });
    expect(await submit(page, "main .form-buttons button.primary")).toBe(401);
    await fillLogin(page, "sleepy");
    await page.getByText("Welcome back").first().waitFor();
    expect(await submit(page, "main form button.primary")).toBe(200);
    expect(await page.inputValue("#f-name")).toBe("Sleepy no more");
  });

  test("when the form belongs to another session: 403, and one more question", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "From an old tab");
    await page.locator("form.compose input[name=csrf]").evaluate((input: HTMLInputElement) => {
      input.value = "0".repeat(input.value.length);
    });
    expect(await submit(page, "button[value=post]")).toBe(403);
    expect(await page.locator("blockquote.kept").textContent()).toBe("From an old tab");
    expect(
      (await localTimeline(site.instance.app, null, { limit: 50 })).items
        .map(({ note }) => note.contentHtml)
        .join(),
    ).not.toContain("old tab");
    expect(await submit(page, "main form button.primary")).toBe(200);
    expect(await page.locator(".is-focus .prose").textContent()).toBe("From an old tab");
  });

  test("when Send is pressed twice: one note", async () => {
    const { page, context } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "Pressed twice");
    const copy = await context.newPage();
    const fields = await typedIn(page, "form.compose");
    const csrf = await page.inputValue("form.compose input[name=csrf]");
    const send = async () =>
      await context.request.post("/compose", {
        headers: { Origin: site.origin },
        multipart: {
          csrf,
          action: "post",
          ...Object.fromEntries(
            Object.entries(fields).map(([name, value]) => [name.split(" ")[0] ?? "", value]),
          ),
          sensitive: "",
        },
        maxRedirects: 0,
      });
    const [one, two] = await Promise.all([send(), send()]);
    expect([one.status(), two.status()]).toEqual([303, 303]);
    expect(one.headers()["location"]).toBe(two.headers()["location"]);
    expect(await submit(page, "button[value=post]")).toBe(200);
    await copy.goto("/@ada");
    expect(await copy.getByText("Pressed twice", { exact: true }).count()).toBe(1);
    await copy.close();
  });

  test("when Enter is pressed in a line of the form: a preview, nothing posted", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.fill("#f-source", "Not yet");
    await page.locator(".tool:has(#f-summary) > summary").click();
    await page.locator("#f-summary").press("Enter");
    await page.locator(".preview").waitFor();
    expect(placeOf(page)).toBe("/compose");
    expect(await page.inputValue("#f-source")).toBe("Not yet");
  });

  test("when the whole form is larger than the server takes: 413, in words", async () => {
    const { page } = ada;
    await visit(page, "/compose");
    await page.locator(".tool-media > summary").click();
    const huge = join(temporaryFolder(), "huge.png");
    writeFileSync(huge, Buffer.alloc(30 * 1024 * 1024));
    await page.setInputFiles("#f-attachments", [huge, huge, huge]);
    expect(await submit(page, "button[value=media]")).toBe(413);
    expect(await page.locator("main").textContent()).toContain("too large");
    expect(await page.locator("nav.rail, nav.bar").count(), "a page like any other").toBe(2);
  });

  test.each([
    ["says that it is huge", 0, { "Content-Length": String(3 * 1024 ** 3) }],
    ["does not say so", 80, {}],
  ])("when a form is too large and %s: 413, as a page", async (_how, megabytes, length) => {
    let left = megabytes;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1024 ** 2)) : controller.close()),
    });
    const init = {
      method: "POST",
      headers: { Origin: site.origin, "Content-Type": "multipart/form-data; boundary=x", ...length },
      body,
      duplex: "half",
    };
    const answer = await site.instance.request("/compose", init);
    expect(answer.status).toBe(413);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(await answer.text()).toContain("too large");
  });

  test("when a page is asked for without a session: back to it after signing in", async () => {
    const { page } = await open();
    await page.goto("/settings/language");
    await fillLogin(page, "sleepy");
    await page.waitForURL("**/settings/language");
  });
});

test("who asks for pages too often is told to wait, in words and in their language", async () => {
  const busy = await openSite();
  await floodPages(busy);
  for (const [locale, title, text] of [
    ["en", "A little slower, please", /wait a moment/],
    ["zh-CN", "请慢一点", /稍等一下/],
  ] as const) {
    const { page, faults, close } = await openPage(browser(), busy, { locale, width: 360 });
    const response = await page.goto("/explore?view=list");
    expect(response?.status()).toBe(429);
    expect(Number(response?.headers()["retry-after"])).toBeGreaterThan(0);
    expect(response?.headers()["cache-control"]).toBe("private, no-store");
    expect(await page.locator("h1").textContent()).toBe(title);
    expect(await page.locator("main").textContent()).toMatch(text);
    expect(await page.locator("link[rel=stylesheet]").count(), "the look is not refused").toBe(1);
    expect(await page.locator("main a.button").getAttribute("href")).toBe("/");
    busy.instance.clock.advance(60_000);
    expect((await page.goto("/explore?view=list"))?.status(), "a minute later").toBe(200);
    expect(faults).toEqual([]);
    await close();
    await floodPages(busy);
  }
  await busy.close();
});
