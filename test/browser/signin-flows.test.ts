import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { createResetLink } from "../../server/services/accounts/recovery.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { createSetupToken } from "../../server/services/accounts/setup.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
import {
  fillLogin,
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

const MINUTE = 60_000;
const NEXT = "another quiet harbour";

const browser = useBrowser();
let site: Site;
const opened: Watched[] = [];

async function open(javaScriptEnabled = false): Promise<Watched> {
  const watched = await openPage(browser(), site, { javaScriptEnabled, width: 390, height: 844 });
  opened.push(watched);
  return watched;
}

/** Gives the browser of a page a device that makes and uses passkeys without being touched. */
async function withDevice({ context, page }: Pick<Watched, "context" | "page">): Promise<void> {
  const client = await context.newCDPSession(page);
  await client.send("WebAuthn.enable");
  await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

beforeAll(async () => {
  site = await openSite();
}, 60_000);

afterAll(async () => {
  expect(opened.flatMap(({ faults }) => faults)).toEqual([]);
  await site.close();
});

const button = (use: string) => `[data-passkey=${use}] button`;

describe("Passkeys in a browser with JavaScript", () => {
  test("one joins by a passkey, keeps the codes, and signs in again without typing a name", async () => {
    const watched = await open(true);
    const { page } = watched;
    await withDevice(watched);
    await visit(page, "/join");
    await page.fill("#f-username", "owner_here");
    await page.locator(".name-answer button").first().waitFor();
    await page.fill("#f-username", "mei");
    await page.getByText("This name is free.").waitFor();
    await page.check("#f-acceptedRules");
    await page.click(button("join"));
    await page.waitForURL("**/settings/recovery**");
    expect(await page.locator(".codes li").count()).toBe(10);
    await page.locator("[data-print]").waitFor();
    await page.click("button[value=kept]");
    await page.waitForURL("**/welcome");
    await visit(page, "/settings/recovery");
    expect(await page.locator(".codes").count(), "they are shown once").toBe(0);
    await visit(page, "/settings");
    await page.click("form[action='/logout'] button");
    // The device answers what is offered among the names that the browser fills in, before any button is touched.
    await page.goto("/login?then=%2Fbookmarks");
    await page.waitForURL("**/bookmarks");
    await visit(page, "/settings/passkeys");
    await page.locator(".rows a").click();
    await page.click("main button.danger");
    await page.getByText("the last way into your account").first().waitFor();
  });

  test("a member adds, names, uses and removes one, and proves with it who they are", async () => {
    await aMember(site.instance, "lin");
    const watched = await open(true);
    const { page } = watched;
    await withDevice(watched);
    await signIn(page, "lin");
    await visit(page, "/settings/passkeys");
    await page.click(button("add"));
    await page.waitForURL("**/settings/passkeys?saved=yes");
    await page.fill(".rename input[type=text]", "我的手机");
    await page.click(".rename button");
    await page.waitForLoadState();
    expect(await page.inputValue(".rename input[type=text]")).toBe("我的手机");
    await page.click(button("add"));
    await page.getByText("has a passkey for your account already").waitFor();
    site.instance.clock.advance(11 * MINUTE);
    await page.goto("/settings/delete");
    expect(placeOf(page)).toBe("/confirm?then=%2Fsettings%2Fdelete");
    await page.click(button("confirm"));
    await page.waitForURL("**/settings/delete");
    await visit(page, "/settings/passkeys");
    await page.locator(".rows a").click();
    expect(await submit(page, "main button.danger")).toBe(200);
    expect(await page.locator(".rename").count()).toBe(0);
  });

  test("a passkey that is not here is said in a sentence, and the password still works", async () => {
    const watched = await open(true);
    const { page } = watched;
    await withDevice(watched);
    await aMember(site.instance, "tom");
    await visit(page, "/login");
    await page.click(button("sign_in"));
    await page.getByText("The passkey was not used.").waitFor();
    await fillLogin(page, "tom");
    await page.locator(".to-me").first().waitFor({ state: "attached" });
  });

  test("the owner sets the server up by one", async () => {
    const fresh = await openSite({ untouched: true });
    const watched = await openPage(browser(), fresh, { javaScriptEnabled: true });
    await withDevice(watched);
    const { page } = watched;
    await visit(page, `/setup?token=${(await createSetupToken(fresh.instance.app)) ?? ""}`);
    await page.fill("#f-serverName", "Harbour");
    await page.fill("#f-username", "keeper");
    await page.click(button("setup"));
    await page.waitForURL("**/settings/recovery**");
    await page.click("button[value=kept]");
    await page.waitForURL("**/?welcome=owner");
    expect(watched.faults).toEqual([]);
    await watched.close();
    await fresh.close();
  });
});

describe("Without JavaScript", () => {
  test("codes from an app are set up, asked for, replaced by a recovery code, and turned off", async () => {
    await aMember(site.instance, "ada");
    const { page } = await open();
    await signIn(page, "ada");
    await visit(page, "/settings/security");
    await page.click(".ways a[href='/settings/totp']");
    const secret = ((await page.locator(".totp-secret").textContent()) ?? "").replace(/\s/g, "");
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const code = () => totp.generate({ timestamp: site.instance.clock.now() });
    await page.fill("#f-code", "000000");
    expect(await submit(page, "main button.primary")).toBe(422);
    expect(
      ((await page.locator(".totp-secret").textContent()) ?? "").replace(/\s/g, ""),
      "the same square",
    ).toBe(secret);
    await page.fill("#f-code", code());
    expect(await submit(page, "main button.primary")).toBe(200);
    const [recovery = ""] = await page.locator(".codes code").allTextContents();
    await page.click("button[value=kept]");
    await visit(page, "/settings");
    await submit(page, "form[action='/logout'] button");

    site.instance.clock.advance(MINUTE);
    await visit(page, "/login?then=%2Fdrafts");
    await fillLogin(page, "ada");
    await page.fill("#f-code", "111111");
    expect(await submit(page, "main button.primary")).toBe(422);
    await page.fill("#f-code", code());
    await page.click("main button.primary");
    await page.waitForURL("**/drafts");
    await visit(page, "/settings");
    await submit(page, "form[action='/logout'] button");
    await visit(page, "/login");
    await fillLogin(page, "ada");
    await page.fill("#f-code", recovery.toUpperCase());
    await page.click("main button.primary");
    await page.locator(".to-me").first().waitFor({ state: "attached" });
    await visit(page, "/settings/security");
    await page.getByText("9 codes left").waitFor();
    await visit(page, "/settings/totp");
    await submit(page, "main button.danger");
    await page.getByText("Codes from an app were turned off").waitFor();
  });

  test("a forgotten password is set anew by a code, or by a link of the owner", async () => {
    await aMember(site.instance, "wen");
    const { page } = await open();
    await signIn(page, "wen");
    await visit(page, "/settings/recovery");
    await submit(page, "button[value=renew]");
    const [recovery = ""] = await page.locator(".codes code").allTextContents();
    await visit(page, "/settings");
    await submit(page, "form[action='/logout'] button");
    await page.goto("/login");
    await page.click("a[href='/password/reset']");
    await page.fill("#f-username", "wen");
    await page.fill("#f-code", recovery);
    await page.fill("#f-next", "short");
    await page.locator("main form").evaluate((form: HTMLFormElement) => void (form.noValidate = true));
    expect(await submit(page, "main button.primary")).toBe(422);
    expect(await page.inputValue("#f-code"), "nothing typed is lost").toBe(recovery);
    await page.fill("#f-next", NEXT);
    expect(await submit(page, "main button.primary")).toBe(200);
    await page.getByText("Your new password is set").waitFor();
    await fillLogin(page, "wen", NEXT);
    await page.locator(".to-me").first().waitFor({ state: "attached" });
    const { url } = await createResetLink(site.instance.app, { username: "wen" });
    const other = await open();
    await visit(other.page, new URL(url).pathname + new URL(url).search);
    await other.page.fill("#f-next", PASSWORD);
    expect(await submit(other.page, "main button.primary")).toBe(200);
    await fillLogin(other.page, "wen");
    await other.page.locator(".to-me").first().waitFor({ state: "attached" });
    await page.goto("/bookmarks");
    expect(placeOf(page), "signed out everywhere").toContain("/login");
  });

  test("what was sent is kept while one proves who one is", async () => {
    await aMember(site.instance, "bo");
    await aMember(site.instance, "bo_before");
    const { page } = await open();
    await signIn(page, "bo");
    await visit(page, "/settings/moving");
    await page.fill("#f-alias", "@bo_before");
    site.instance.clock.advance(11 * MINUTE);
    expect(await submit(page, "button[value=alias]")).toBe(401);
    await page.getByText("What you sent is kept").waitFor();
    await page.fill("#f-confirm_password", "wrong");
    expect(await submit(page, "main button.primary")).toBe(422);
    await page.fill("#f-confirm_password", PASSWORD);
    expect(await submit(page, "main button.primary")).toBe(200);
    expect(placeOf(page)).toBe("/settings/moving?saved=yes");
    await page.getByText("@bo_before").first().waitFor();
  });

  test("somebody who was invited joins, begins with people and tags, and finds a first note begun", async () => {
    const { app, owner } = site.instance;
    if (owner === null) throw new Error("no owner");
    const friend = await aMember(site.instance, "friend");
    await updateProfile(app, friend.viewer, { discoverable: true });
    await followActor(app, owner, friend.viewer.actorId);
    await aNote(site.instance, { by: friend.viewer, source: "Soup again #cooking" });
    const { url } = await createInvite(app, owner, { maxUses: 1 });
    const { page } = await open();
    await visit(page, new URL(url).pathname);
    await page.fill("#f-username", "newcomer");
    await page.fill("#f-password", PASSWORD);
    await page.check("#f-acceptedRules");
    expect(await submit(page, "main button.primary")).toBe(200);
    expect(placeOf(page)).toBe("/welcome");
    await page.setInputFiles("#f-avatar", {
      name: "a.png",
      mimeType: "image/png",
      buffer: Buffer.from("nothing"),
    });
    await page.fill("#f-name", "新来的 New");
    await page.check("input[name=tags][value=cooking]");
    await page.locator("label", { hasText: "friend" }).locator("input").check();
    expect(await submit(page, "button[value=write]")).toBe(422);
    expect(await page.inputValue("#f-name")).toBe("新来的 New");
    expect(await page.isChecked("input[name=tags][value=cooking]")).toBe(true);
    expect(await page.locator("input[name=people]:checked").count(), "who invited, and one more").toBe(2);
    expect(await submit(page, "button[value=write]")).toBe(200);
    expect(await sourceOf(page)).toContain("#introduction #自我介绍");
    await visit(page, "/@newcomer/following");
    expect(await page.locator(".actor-row").count()).toBe(2);
    await page.getByText("新来的 New").first().waitFor();
  });
});

async function sourceOf(page: Page): Promise<string> {
  return await page.inputValue("#f-source");
}
