// Moderation as people meet it: reports, decisions, appeals, the public log, demands of the law, held notes, rules about
// servers; with scripts and without. Who joins, and how, is in gates-flows.test.ts.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NoteView } from "../../server/domain/note.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { listRules } from "../../server/services/moderation/domains.ts";
import { verifyLog } from "../../server/services/moderation/log-check.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import { drain } from "../support/network.ts";
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

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const browser = useBrowser();

describe.each([
  { name: "without scripts", javaScriptEnabled: false },
  { name: "with scripts, on a phone", javaScriptEnabled: true, width: 390, height: 844 },
])("$name", ({ name: _name, ...look }) => {
  let site: Site;
  /** Of whom a report is. */
  let bea: Member;
  let rude: NoteView;
  let other: NoteView;
  const seats = new Map<string, Watched>();

  /** The page of a member, who has signed in once; `guest` has not. */
  async function seat(who: string): Promise<Page> {
    const known = seats.get(who);
    if (known !== undefined) return known.page;
    const watched = await openPage(browser(), site, look);
    if (who !== "guest") await signIn(watched.page, who);
    seats.set(who, watched);
    return watched.page;
  }

  /** What axe finds on the page as it stands, and what sticks out of it. It needs scripts; the markup is the same without. */
  async function isSound(page: Page): Promise<void> {
    if (!look.javaScriptEnabled) return;
    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const { axe: injected } = globalThis as unknown as { readonly axe: typeof axe };
      const { violations } = await injected.run(document, { resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    });
    expect(found, placeOf(page)).toEqual([]);
    // 400 % zoom of 1280 px (WCAG 1.4.10).
    await page.setViewportSize({ width: 320, height: 700 });
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways, placeOf(page)).toBe(0);
    await page.setViewportSize({ width: 390, height: 844 });
  }

  async function textOf(page: Page): Promise<string> {
    return (await page.locator("main").textContent()) ?? "";
  }

  beforeAll(async () => {
    site = await openSite({ environment: { CAUSEWAY_COUNTRY_HEADER: "CF-IPCountry" } });
    const { instance } = site;
    if (instance.owner === null) throw new Error("Nobody owns this.");
    await updateSettings(instance.app, instance.owner, { rules: "1. Be kind.\n2. No advertising." });
    await aMember(instance, "ann");
    bea = await aMember(instance, "bea");
    await aMember(instance, "guard", { role: "moderator" });
    await aMember(instance, "second", { role: "moderator" });
    rude = await aNote(instance, { by: bea.viewer, source: "Buy my rude boats", language: "en" });
    other = await aNote(instance, { by: bea.viewer, source: "More rude boats", language: "en" });
  }, 60_000);

  afterAll(async () => {
    const faults = [...seats].map(([who, watched]) => [who, watched.faults]);
    expect(faults.filter(([, one]) => one?.length !== 0)).toEqual([]);
    for (const { close } of seats.values()) await close();
    await site.close();
  });

  test("a member reports notes of somebody; a moderator sifts the queue, takes it, and acts twice before closing it", async () => {
    const page = await seat("ann");
    await visit(page, `/@bea/${rude.id}/report`);
    await page.check("input[name='category'][value='spam']");
    await page.check("input[name='rule_ids'][value='2']");
    await page.check(`input[name='notes'][value='${other.id}']`);
    await page.fill("#f-comment", "Advertising under every note");
    await page.selectOption("#f-language", "en");
    await isSound(page);
    expect(await submit(page, "main button.danger")).toBe(200);
    expect(placeOf(page)).toBe(`/@bea/${rude.id}/report?sent=yes`);

    const guard = await seat("guard");
    await visit(guard, "/moderation/reports");
    await guard.locator("details.fold > summary").first().click();
    await guard.selectOption("#f-language", "en");
    await guard.selectOption("#f-category", "legal");
    await submit(guard, "main form .primary");
    expect(await guard.locator("main .empty").count()).toBe(1);
    await guard.selectOption("#f-category", "spam");
    await submit(guard, "main form .primary");
    await isSound(guard);
    await guard.locator("main article a.button.quiet").first().click();
    await guard.waitForURL(/\/moderation\/reports\/\d+$/);
    const report = placeOf(guard);
    expect(await textOf(guard)).toContain("No advertising.");
    await submit(guard, "button[value='assign']");
    await guard.fill("#f-word", "The same as last week.");
    await submit(guard, "button[value='word']");
    expect(await textOf(guard)).toContain("The same as last week.");
    await isSound(guard);

    await decideOn(guard, `note=${rude.id}`, "label", { label: "advertising" });
    expect(placeOf(guard)).toBe(`${report}?done=saved`);
    await decideOn(guard, `note=${other.id}`, "hide");
    await decideOn(guard, null, "suspend");
    const text = await textOf(guard);
    for (const words of ["A word on a note: Advertising", "A note is hidden", "Suspended"])
      expect(text).toContain(words);
    expect(await guard.locator("button[value='resolve']").count()).toBe(1);
    await submit(guard, "button[value='resolve']");
    expect(await textOf(guard)).toContain("Something was done");

    await visit(page, "/settings/reports");
    expect(await textOf(page)).toContain("Something was done about it. Thank you.");
    await isSound(page);
    await drain(site.instance);
    await visit(page, "/@bea", 410);
    await visit(page, `/@bea/${rude.id}`, 404);
  });

  /** Follows the way from the report to the form that decides, about a note of it or the person. */
  async function decideOn(
    page: Page,
    note: string | null,
    measure: string,
    { label }: { readonly label?: string } = {},
  ): Promise<void> {
    await page
      .locator(note === null ? "#report-decisions ~ p a.button" : `main a[href*='${note}']`)
      .first()
      .click();
    await page.waitForURL(/\/moderation\/people\//);
    await page.check(`input[name='measure'][value='${measure}']`);
    if (label !== undefined) await page.selectOption("#f-label", label);
    // Nothing is decided without reasons, and what was chosen is still there.
    await page.locator("#f-decisionFacts").evaluate((field) => field.removeAttribute("required"));
    expect(await submit(page, "button[value='decide']")).toBe(422);
    expect(await page.isChecked(`input[value='${measure}']`)).toBe(true);
    await isSound(page);
    await page.selectOption("#f-ground", "rule:2");
    await page.fill("#f-decisionFacts", "Offers of boats under notes of others.");
    expect(await submit(page, "button[value='decide']")).toBe(200);
  }

  test("who is suspended reads why and objects; another moderator takes all of it back", async () => {
    const page = await seat("guest");
    await visit(page, "/login");
    await fillLogin(page, "bea");
    await page.waitForURL("**/suspended");
    const text = await textOf(page);
    expect(text).toContain("Offers of boats under notes of others.");
    expect(text).toContain("No advertising.");
    expect(text).not.toContain("guard");
    expect(await page.locator("form[action='/suspended']").count()).toBe(3);
    for (let sent = 1; sent <= 3; sent++) {
      await page.locator("main details > summary").first().click();
      await page.locator("main details[open] textarea").fill("They are boats of paper, for children.");
      await isSound(page);
      expect(await submit(page, "main details[open] button.primary")).toBe(200);
      expect(await page.locator("form[action='/suspended']").count()).toBe(3 - sent);
    }
    const guard = await seat("guard");
    await visit(guard, "/moderation/appeals");
    expect(await guard.locator("button[value='overturned']").count()).toBe(0);
    const second = await seat("second");
    await visit(second, "/moderation/appeals");
    await isSound(second);
    for (let left = 3; left > 0; left--) {
      expect(await second.locator("button[value='overturned']").count()).toBe(left);
      await second.locator("main form textarea").first().fill("Paper boats may be shown.");
      expect(await submit(second, "button[value='overturned']")).toBe(200);
    }
    await drain(site.instance);
    await visit(second, `/@bea/${rude.id}`);
    expect(await textOf(second)).not.toContain("Advertising");
    await visit(second, `/@bea/${other.id}`);
    const back = await seat("bea");
    await visit(back, "/settings/decisions");
    expect(await textOf(back)).toContain("Paper boats may be shown.");
    await isSound(back);
    const [download] = await Promise.all([
      back.waitForEvent("download"),
      back.locator("a[download='decisions.json']").click(),
    ]);
    const file = readFileSync(await download.path(), "utf8");
    expect(file).toContain("Offers of boats under notes of others.");
    expect(file).not.toContain("guard");
  });

  test("the public log tells all of it and names nobody; its lines can be checked", async () => {
    const page = await seat("guest");
    await visit(page, "/moderation/log");
    const text = await textOf(page);
    for (const words of ["Note labelled", "Note hidden", "Suspended", "Taken back", "Appeal"])
      expect(text).toContain(words);
    for (const name of ["bea", "guard", "second", "ann", "Offers of boats"]) expect(text).not.toContain(name);
    await isSound(page);
    await page.selectOption("#f-kind", "appeal");
    await submit(page, "main form button");
    expect(await page.locator("main .rows > li").count()).toBe(3);
    await page.locator("main .rows a").first().click();
    await page.waitForURL(/\/moderation\/log\/\d+$/);
    expect(await textOf(page)).toContain("Fingerprint");
    await isSound(page);
    expect(await verifyLog(site.instance.app)).toMatchObject({ fault: null });
  });

  test("a note that a court forbids answers 451 where it holds, with the notice, and is there everywhere else", async () => {
    const guard = await seat("guard");
    await visit(guard, "/moderation/withholdings");
    await guard.fill("#f-object", rude.url);
    await guard.fill("#f-countries", "DE, Atlantis");
    await guard.fill("#f-legalRef", "LG Hamburg 324 O 1/26");
    await guard.fill("#f-requester", "Landgericht Hamburg");
    await guard.fill("#f-facts", "An order of the court.");
    await guard.fill("#f-receivedAt", new Date(site.instance.clock.now()).toISOString().slice(0, 10));
    expect(await submit(guard, "button[value='place']")).toBe(422);
    expect(await guard.inputValue("#f-countries")).toBe("DE, Atlantis");
    await isSound(guard);
    await guard.fill("#f-countries", "de fr");
    // Of what kind it is, is nobody's guess.
    expect(await submit(guard, "button[value='place']")).toBe(422);
    expect(await guard.locator("#faults a").getAttribute("href")).toBe("#f-category");
    await guard.selectOption("#f-category", "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH");
    expect(await submit(guard, "button[value='place']")).toBe(200);
    const there = await openPage(browser(), site, look);
    await there.context.setExtraHTTPHeaders({ "CF-IPCountry": "DE" });
    await visit(there.page, `/@bea/${rude.id}`, 451);
    const text = await textOf(there.page);
    expect(text).toContain("LG Hamburg 324 O 1/26");
    expect(text).not.toContain("rude boats");
    await isSound(there.page);
    await visit(there.page, "/@bea");
    expect(await textOf(there.page)).not.toContain("Buy my rude boats");
    const page = await seat("guest");
    await visit(page, `/@bea/${rude.id}`);
    expect(await textOf(page)).toContain("Buy my rude boats");
    await visit(page, "/moderation/withheld");
    expect(await textOf(page)).toContain("LG Hamburg 324 O 1/26");
    await isSound(page);
    await visit(guard, "/moderation/withholdings");
    await submit(guard, "button[value='lift']");
    await visit(there.page, `/@bea/${rude.id}`);
    expect(there.faults).toEqual([]);
    await there.close();
  });

  test("a rule that its writer tried first holds a note, which a moderator shows", async () => {
    const owner = await seat("owner_here");
    await visit(owner, "/admin/classifier");
    await owner.fill("#f-name", "Coins");
    await owner.fill("#f-lines", "free coins");
    await owner.fill("#f-label", "spam");
    await isSound(owner);
    await submit(owner, "button[value='rule']");
    expect(placeOf(owner)).toMatch(/^\/admin\/classifier\/\d+$/);
    expect(await textOf(owner)).toContain("It would have met");
    await isSound(owner);
    await submit(owner, "button[value='on']");
    const ann = await seat("ann");
    const note = await writeNote(ann, "Here are free coins for you");
    await visit(ann, note);
    expect(await textOf(ann)).toContain("Waits for a moderator");
    const bystander = await seat("bea");
    await visit(bystander, note, 404);
    const guard = await seat("guard");
    await visit(guard, "/moderation/held");
    expect(await textOf(guard)).toContain("Here are free coins for you");
    await isSound(guard);
    await submit(guard, "button[value='release']");
    expect(await guard.locator("main .empty").count()).toBe(1);
    await visit(bystander, note);
    expect(await textOf(bystander)).toContain("Here are free coins for you");
  });

  /** Writes a note in the real form. Gives its path. */
  async function writeNote(page: Page, text: string): Promise<string> {
    await visit(page, "/compose");
    await page.fill("#f-source", text);
    await submit(page, "main form.compose button.primary");
    const row = await site.instance.app.db
      .selectFrom("notes")
      .select("id")
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    return `/@ann/${row.id}`;
  }

  test("a file of rules about servers is looked at, applied in part, and undone", async () => {
    const owner = await seat("owner_here");
    await visit(owner, "/moderation/domains");
    await owner.locator("main a[href='/moderation/domains/bring']").first().click();
    await owner.waitForURL("**/moderation/domains/bring");
    await owner.setInputFiles("#f-file", {
      name: "neighbours.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(
        "#domain,#severity,#public_comment\nbad.test,suspend,spam\nloud.test,silence,\ncom,suspend,\n",
      ),
    });
    await isSound(owner);
    await submit(owner, "button[value='read']");
    expect(placeOf(owner)).toMatch(/^\/moderation\/domains\/files\/\d+\?done=read$/);
    expect(await listRules(site.instance.app)).toEqual([]);
    await isSound(owner);
    expect(await submit(owner, "button[value='apply']")).toBe(422);
    await owner.getByLabel("Choose bad.test").check();
    expect(await submit(owner, "button[value='apply']")).toBe(200);
    await drain(site.instance);
    expect((await listRules(site.instance.app)).map(({ domain }) => domain)).toEqual(["bad.test"]);
    await owner.locator("main nav a[href*='show=applied']").click();
    await owner.waitForURL("**show=applied");
    await owner.getByLabel("Choose bad.test").check();
    expect(await submit(owner, "button[value='undo']")).toBe(200);
    await drain(site.instance);
    expect(await listRules(site.instance.app)).toEqual([]);
  });
});
