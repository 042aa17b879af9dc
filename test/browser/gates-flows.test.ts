import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { aMember, PASSWORD } from "../support/instance.ts";
import {
  openPage,
  openSite,
  placeOf,
  signIn,
  type Site,
  useBrowser,
  visit,
  type Watched,
} from "./browser.ts";

const browser = useBrowser();
let site: Site;
const opened: Watched[] = [];

async function open(javaScriptEnabled: boolean): Promise<Watched> {
  const watched = await openPage(browser(), site, { javaScriptEnabled, width: 390, height: 844 });
  opened.push(watched);
  return watched;
}

async function gates(joinMode: "open" | "approval"): Promise<void> {
  const { app, owner } = site.instance;
  if (owner === null) throw new Error("Nobody owns this.");
  await updateSettings(app, owner, { joinMode });
  await updateGates(app, owner, {
    openCheck: "work",
    workBits: 16,
    questions: [{ language: "en", question: "What colour is our ferry?", answers: ["green"] }],
  });
}

async function fill({ page }: Watched, username: string): Promise<void> {
  await page.fill("#f-username", username);
  await page.fill("#f-password", PASSWORD);
  await page.check("#f-acceptedRules");
}

/** Waits until the hidden field holds a task that was done. */
async function isDone(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const field = document.querySelector("input[name=work]");
    return field instanceof HTMLInputElement && /:\d+$/.test(field.value);
  });
}

beforeAll(async () => {
  site = await openSite();
}, 60_000);
afterAll(async () => {
  // Trusted types, the content policy and the console have nothing to complain about.
  expect(opened.flatMap(({ faults }) => faults)).toEqual([]);
  await site.close();
});

test("A worker does the task while somebody fills the form, who sees nothing of it and is in", async () => {
  await gates("open");
  const watched = await open(true);
  const { page } = watched;
  await visit(page, "/join");
  await page.locator("input[name=work]").waitFor({ state: "attached" });
  expect(await page.locator("#f-answer").count()).toBe(0);
  await fill(watched, "mei");
  await isDone(page);
  // Faster than a person: the form comes back, with everything but the password.
  await page.click("main form button.primary");
  await page.getByText("Please press the button once more").first().waitFor();
  expect(await page.inputValue("#f-username")).toBe("mei");
  site.instance.clock.advance(4_000);
  await page.locator("input[name=work][value]").waitFor({ state: "attached" });
  await page.fill("#f-password", PASSWORD);
  await isDone(page);
  await page.click("main form button.primary");
  await page.waitForURL("**/welcome");
});

test("Without scripts the community's question is there, and its answer lets in", async () => {
  await gates("open");
  const watched = await open(false);
  const { page } = watched;
  await visit(page, "/join");
  await page.getByText("What colour is our ferry?").waitFor();
  await fill(watched, "lin");
  await page.fill("#f-answer", "Green");
  site.instance.clock.advance(4_000);
  await page.click("main form button.primary");
  await page.waitForURL("**/welcome");
});

test("Somebody asks, is read by a moderator who presses once, and goes on where they were", async () => {
  await gates("approval");
  await aMember(site.instance, "guard", { role: "moderator" });
  const asking = await open(false);
  await visit(asking.page, "/join");
  await fill(asking, "rui");
  await asking.page.fill("#f-reason", "我喜欢船，也想认识大家。");
  await asking.page.click("main form button.primary");
  await asking.page.waitForURL("**/join/waiting");
  const reading = await open(false);
  await signIn(reading.page, "guard");
  await visit(reading.page, "/moderation/sign-ups");
  await reading.page.getByText("我喜欢船，也想认识大家。").waitFor();
  await reading.page.click("button[value=approve]");
  await reading.page.waitForURL("**/moderation/sign-ups?done=approved");
  await asking.page.goto("/");
  expect(placeOf(asking.page)).toBe("/");
  expect(await asking.page.locator("body.member").count()).toBe(1);
});
