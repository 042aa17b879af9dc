import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { READY, uploadImage } from "../../server/services/media/attachments.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import {
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

// Notes, pictures, threads and profiles, with scripts and without.

const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

const browser = useBrowser();
let site: Site;
let ada: Member;
let lin: Member;
let live: Watched;
let plain: Watched;
let walk: NoteView;
let older: NoteView;

async function pictures(count: number, seed: number) {
  const made = [];
  for (let index = 0; index < count; index++) {
    const bytes = await drawLandscape(PALETTES.mist, seed + index, { width: 480, height: 360 });
    const { id } = await uploadImage(site.instance.app, lin.viewer, { bytes, alt: `Shore ${seed + index}` });
    made.push({ id, alt: `Shore ${seed + index}` });
  }
  return made;
}

beforeAll(async () => {
  site = await openSite();
  ada = await aMember(site.instance, "ada");
  lin = await aMember(site.instance, "lin");
  older = await aNote(site.instance, {
    by: lin.viewer,
    source: "Last week",
    attachments: await pictures(1, 10),
  });
  walk = await aNote(site.instance, { by: lin.viewer, source: "A walk", attachments: await pictures(3, 1) });
  live = await openPage(browser(), site, { javaScriptEnabled: true, width: 390, height: 844 });
  plain = await openPage(browser(), site);
  await signIn(live.page, "ada");
  await signIn(plain.page, "ada");
}, 60_000);

afterAll(async () => {
  expect([...live.faults, ...plain.faults]).toEqual([]);
  await site.close();
});

/** Scripts come after what there is to read. */
async function open(page: Page, path: string): Promise<void> {
  await visit(page, path);
  await page.waitForLoadState("networkidle");
}

describe("Likes, boosts and the rest", () => {
  test("are done in place: at once, with the focus kept, and said aloud", async () => {
    const { page } = live;
    await open(page, `/@lin/${walk.id}`);
    const like = page.locator(`#note-${walk.id} > .actions .do-like`);
    await like.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(`#note-${walk.id} .do-like[value=unlike] .tally`);
    expect(await like.getAttribute("aria-pressed")).toBe("true");
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("do-like");
    expect(await page.locator("#live").textContent()).toContain("Liked");
    expect(placeOf(page)).toBe(`/@lin/${walk.id}`);
    await page.reload();
    expect(await like.getAttribute("value")).toBe("unlike");
  });

  test("go back to how they were when the server does not take them", async () => {
    const { page, context, faults } = live;
    await open(page, `/@lin/${walk.id}`);
    const mark = page.locator(`#note-${walk.id} > .actions .do-bookmark`);
    await page.route("**/react", (route) => route.fulfill({ status: 500, body: "" }));
    await mark.click();
    await page.waitForSelector("#live.toast");
    expect(await mark.getAttribute("aria-pressed")).toBe("false");
    await page.unroute("**/react");
    await context.setOffline(true);
    await mark.click();
    await page.waitForFunction(() => document.querySelector(".do-bookmark[aria-busy]") === null);
    expect(await mark.getAttribute("aria-pressed")).toBe("false");
    await context.setOffline(false);
    await mark.click();
    await page.waitForSelector(".do-bookmark[value=unbookmark]");
    expect(faults.splice(0)).toEqual([expect.stringContaining("500 for")]);
  });

  test("that the server refuses in words come back by the plain way, with its page", async () => {
    const { page } = live;
    await open(page, `/@lin/${walk.id}`);
    await page.evaluate(() => {
      for (const field of document.querySelectorAll<HTMLInputElement>("input[name=csrf]"))
        field.value = "other";
    });
    await page.locator(`#note-${walk.id} > .actions .do-boost`).click();
    await page.waitForSelector("main form[action$='/react']");
    expect(await page.locator("main h1").textContent()).toContain("confirm");
    live.faults.splice(0);
  });

  test("work without scripts, and lead back to the note", async () => {
    const { page } = plain;
    await visit(page, `/@lin/${older.id}`);
    expect(await submit(page, `#note-${older.id} > .actions .do-like`)).toBe(200);
    expect(placeOf(page)).toBe(`/@lin/${older.id}#note-${older.id}`);
    expect(await page.locator(".do-like").getAttribute("aria-pressed")).toBe("true");
  });
});

describe("Following", () => {
  test("and being told of each note are done in place", async () => {
    const { page } = live;
    await open(page, "/@lin");
    await page.locator(".relationship button[value=follow]").click();
    await page.locator(".relationship button[value=bell]").click();
    await page.waitForSelector(".relationship button[value=unbell][aria-pressed=true]");
    await page.locator(".relationship .menu > summary").click();
    await page.locator(".relationship button[value=hide-boosts]").click();
    await page.locator(".relationship .menu > summary").click();
    await page.waitForSelector(".relationship button[value=show-boosts]");
    await page.reload();
    expect(await page.locator(".relationship button[value=unbell]").count()).toBe(1);
  });

  test("can be muted for a time, without scripts", async () => {
    const { page } = plain;
    await visit(page, "/@lin/mute");
    await page.selectOption("#f-for", "week");
    await page.uncheck("input[name=notifications]");
    expect(await submit(page, "main form button[value=mute]")).toBe(200);
    expect(await page.locator(".profile .badge").last().textContent()).toContain("Muted until");
    expect(await submit(page, ".relationship button[value=unmute]")).toBe(200);
    expect(await page.locator(".relationship button[value=unmute]").count()).toBe(0);
  });
});

describe("Pictures", () => {
  test("are looked at one by one without scripts, and on into the author's next note", async () => {
    const { page } = plain;
    await visit(page, `/@lin/${walk.id}`);
    await page.locator(".media-link").first().click();
    expect(placeOf(page)).toBe(`/@lin/${walk.id}/media/1`);
    for (const next of [`${walk.id}/media/2`, `${walk.id}/media/3`, `${older.id}/media/1`]) {
      await page.locator(".gallery-ways a[rel=next]").click();
      expect(placeOf(page)).toBe(`/@lin/${next}`);
    }
    expect(await page.locator(".gallery-alt").textContent()).toBe("Shore 10");
    await page.locator(".gallery-ways a[rel=prev]").click();
    expect(placeOf(page)).toBe(`/@lin/${walk.id}/media/1`);
    await visit(page, `/@lin/${walk.id}/media/4`, 404);
    await visit(page, `/@ada/${walk.id}/media/1`, 404);
  });

  test("are looked at in a dialog by keyboard, and Escape leads back to where one was", async () => {
    const { page } = live;
    await open(page, `/@lin/${walk.id}`);
    const link = page.locator(".media-link").nth(1);
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.gallery[open] .gallery-slide");
    const shown = async () =>
      await page.evaluate(() => {
        const slides = [...document.querySelectorAll(".gallery-slide")];
        return slides.findIndex((slide) => Math.abs(slide.getBoundingClientRect().left) < 40);
      });
    await page.waitForFunction(() => document.querySelectorAll(".gallery-slide").length === 3);
    expect(await shown()).toBe(1);
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown).toBe(2);
    await page.keyboard.press("ArrowRight");
    await expect.poll(shown).toBe(3);
    expect(await page.locator(".gallery-slide").nth(3).locator(".gallery-alt").textContent()).toBe(
      "Shore 10",
    );
    await page.keyboard.press("ArrowLeft");
    await expect.poll(shown).toBe(2);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.gallery", { state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("href"))).toBe(
      `/@lin/${walk.id}/media/2`,
    );
  });

  test("say what is in them, by keyboard too", async () => {
    const { page } = plain;
    await visit(page, `/@lin/${older.id}`);
    await page.locator(".alt summary").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".alt p").isVisible()).toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Shore 10");
  });

  test("keep their place before they come: nothing jumps", async () => {
    const { page } = live;
    await page.addInitScript(() => {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          Reflect.set(window, "shift", (Reflect.get(window, "shift") ?? 0) + Reflect.get(entry, "value"));
      }).observe({ type: "layout-shift", buffered: true });
    });
    await open(page, `/@lin/${walk.id}`);
    expect(await page.evaluate(() => Number(Reflect.get(window, "shift") ?? 0))).toBeLessThanOrEqual(0.02);
  });
});

/** A second of silence as a WAV file, which every browser plays, with or without a picture. */
function silence(seconds: number): Buffer {
  const bytes = Buffer.alloc(44 + 8000 * seconds, 128);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(8000, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(8000 * seconds, 40);
  return bytes;
}

describe("Films", () => {
  test("play one at a time, stop out of sight, and go on when they come back", async () => {
    const { app } = site.instance;
    const note = await aNote(site.instance, { by: lin.viewer, source: "Two films" });
    for (const position of [0, 1])
      await insertAttachment(app.db, {
        ...READY,
        id: app.ids.next(),
        actor_id: lin.viewer.actorId,
        note_id: note.id,
        position,
        kind: "video",
        file: `${"ab"[position]}${"f".repeat(23)}.mp4`,
        remote_url: null,
        media_type: "video/mp4",
        alt: "",
        width: 320,
        height: 240,
        blurhash: null,
        focus_x: null,
        focus_y: null,
        cover_url: null,
        duration_ms: 60_000,
        digest: null,
        size: 1,
        created_at: 0,
      });
    const { page } = live;
    await page.route("**/media/*.mp4", (route) =>
      route.fulfill({ contentType: "audio/wav", body: silence(60) }),
    );
    await open(page, `/@lin/${note.id}`);
    await page.locator("main").click({ position: { x: 2, y: 2 } });
    const play = async (index: number) =>
      await page.evaluate(async (at) => await document.querySelectorAll("video")[at]?.play(), index);
    const playing = async () =>
      await page.evaluate(() => [...document.querySelectorAll("video")].map((film) => !film.paused));
    await play(1);
    await play(0);
    await expect.poll(playing).toEqual([true, false]);
    await page.evaluate(() => {
      const strip = document.querySelector(".media-strip");
      if (strip !== null) strip.scrollLeft = strip.scrollWidth;
    });
    await expect.poll(playing).toEqual([false, false]);
    await page.evaluate(() => document.querySelector(".media-strip")?.scrollTo({ left: 0 }));
    await expect.poll(playing).toEqual([true, false]);
    await page.unroute("**/media/*.mp4");
  });
});

describe("Dialogs", () => {
  test("have nothing that keeps people out", async () => {
    const { page, close } = await openPage(browser(), site, { javaScriptEnabled: true, bypassCSP: true });
    await signIn(page, "ada");
    for (const [path, show] of [
      [`/@lin/${walk.id}`, () => page.locator(".media-link").first().click()],
      ["/@lin", () => page.keyboard.press("?")],
    ] as const) {
      await open(page, path);
      await show();
      await page.waitForSelector("dialog[open]");
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { axe: injected } = globalThis as unknown as { readonly axe: typeof axe };
        const { violations } = await injected.run("dialog[open]", { resultTypes: ["violations"] });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
      });
      expect(found, path).toEqual([]);
    }
    await close();
  });
});

describe("Long lists", () => {
  test("grow in place; the way back leads to the note that was looked at", async () => {
    for (let index = 1; index <= 45; index++)
      await aNote(site.instance, { by: ada.viewer, source: `Note ${index}` });
    const { page } = live;
    await open(page, "/@ada");
    const count = async () => await page.locator("main .notes > .note").count();
    expect(await count()).toBe(20);
    await page.locator(".pager a[rel=next]").click();
    await expect.poll(count).toBe(40);
    expect(placeOf(page)).toContain("before=");
    expect(await page.locator(".pager").count()).toBe(1);
    const thirtieth = page.locator("main .notes > .note").nth(29);
    const id = await thirtieth.getAttribute("id");
    await thirtieth.locator(".note-when a.u-url").click();
    await page.waitForURL(/\/@ada\/\d+$/);
    await page.goBack();
    await page.waitForLoadState("load");
    expect(placeOf(page)).toContain(`#${id}`);
    await expect.poll(async () => await page.locator(`#${id}`).isVisible()).toBe(true);
    expect(
      await page.evaluate((name) => document.getElementById(String(name))?.getBoundingClientRect().top, id),
    ).toBeLessThan(844);
  });

  test("are gone through by keys once somebody has asked for that", async () => {
    const { page } = live;
    await open(page, "/@ada");
    await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open] .keys-list");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    const at = async () => await page.evaluate(() => document.activeElement?.closest("article")?.id);
    await page.keyboard.press("j");
    const first = await at();
    expect(first).toContain("note-");
    await page.keyboard.press("j");
    expect(await at()).not.toBe(first);
    await page.keyboard.press("k");
    expect(await at()).toBe(first);
    await page.keyboard.press("d");
    await page.waitForSelector(`#${first} .do-bookmark[value=unbookmark]`);
    await page.keyboard.press("o");
    await page.waitForURL(/\/@ada\/\d+$/);
  });
});

describe("What is new", () => {
  test("is said with a number, and never put in by itself", async () => {
    await followActor(site.instance.app, ada.viewer, lin.viewer.actorId);
    const first = await aNote(site.instance, { by: lin.viewer, source: "First" });
    const { page } = live;
    await open(page, "/");
    const ask = async (since: number, unread: number) =>
      await page.evaluate(
        async ([id, known]) => {
          const answer = await fetch(`/home/new?since=${id}&unread=${known}`, {
            headers: { accept: "text/vnd.causeway.fragment+html" },
          });
          return [answer.status, await answer.text()] as const;
        },
        [since, unread] as const,
      );
    const unread = Number((await page.locator(".bar .unread [aria-hidden]").allTextContents())[0] ?? 0);
    expect(await ask(first.id, unread)).toEqual([204, ""]);
    await aNote(site.instance, { by: lin.viewer, source: "Second @ada" });
    const [status, text] = await ask(first.id, unread);
    expect(status).toBe(200);
    expect(text).toContain("One new note");
    expect(text).toContain('class="unread"');
  });
});
