import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { aMember, aNote, type Member } from "../support/instance.ts";
import { aFilm } from "../support/films.ts";
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

// Looking around: explore, tags, lists, boards, films. Everything but the films' own ways works the same without scripts.

/** What somebody may call a list or a board. */
const HOSTILE = `潮 "Tides" <script>alert(1)</script>`;

const browser = useBrowser();
let site: Site;
let ada: Member;
let lin: Member;
let plain: Watched;
let shore: NoteView;
let words: NoteView;
const films: NoteView[] = [];

async function filmOf(source: string): Promise<NoteView> {
  const { app } = site.instance;
  const note = await aNote(site.instance, { by: lin.viewer, source, language: "en" });
  const name = `${app.ids.secret(18)}.mp4`;
  await app.files.write(
    name,
    await aFilm({ in: "mp4", seconds: 1, video: { codec: "vp9", width: 144, height: 256 } }),
  );
  await insertAttachment(app.db, {
    id: app.ids.next(),
    actor_id: lin.viewer.actorId,
    note_id: note.id,
    position: 0,
    kind: "video",
    media_type: "video/mp4",
    alt: source,
    width: 144,
    height: 256,
    blurhash: null,
    file: name,
    remote_url: null,
    duration_ms: 1000,
    created_at: app.clock.now(),
  });
  site.instance.clock.advance(1000);
  return note;
}

beforeAll(async () => {
  site = await openSite();
  const { app } = site.instance;
  ada = await aMember(site.instance, "ada");
  lin = await aMember(site.instance, "lin");
  await updateProfile(app, lin.viewer, { discoverable: true });
  const bytes = await drawLandscape(PALETTES.mist, 3, { width: 600, height: 800 });
  const picture = await uploadImage(app, lin.viewer, { bytes, alt: "The shore" });
  shore = await aNote(site.instance, {
    by: lin.viewer,
    source: "海边 #潮汐",
    language: "zh-Hans",
    attachments: [{ id: picture.id, alt: "The shore" }],
  });
  site.instance.clock.advance(1000);
  words = await aNote(site.instance, { by: lin.viewer, source: "Only words #Ｔｉｄｅ", language: "en" });
  for (const source of ["First film", "Second film"]) films.push(await filmOf(source));
  await likeNote(app, ada.viewer, shore.id);
  await countTrends(app);
  plain = await openPage(browser(), site, { width: 390, height: 844 });
  await signIn(plain.page, "ada");
}, 60_000);

afterAll(async () => {
  expect(plain.faults).toEqual([]);
  await site.close();
});

/** Follows a link and waits for where it leads. */
async function go(page: Page, link: Locator): Promise<void> {
  await Promise.all([page.waitForEvent("load"), link.click()]);
}

describe("Explore", () => {
  test("is sieved by links and a form whose address can be passed on", async () => {
    const { page, faults, close } = await openPage(browser(), site);
    await visit(page, "/explore");
    expect(await page.locator(".cover").count()).toBe(4);
    await go(page, page.getByRole("link", { name: "Pictures" }));
    expect(await page.locator(".cover").count()).toBe(1);
    await page.locator(".filters > summary").click();
    await page.getByLabel("English").check();
    await go(page, page.getByRole("button", { name: "Show" }));
    expect(await page.locator(".empty").textContent()).toContain("fewer filters");
    await visit(page, "/explore?lang=zh,en&view=list");
    expect(await page.locator("article.note").count()).toBe(4);
    await go(page, page.getByRole("link", { name: "Popular" }));
    expect(await page.locator("article.note").count()).toBe(1);
    await go(page, page.getByRole("link", { name: "How is this counted?" }));
    expect(placeOf(page)).toBe("/explore/about");
    await visit(page, "/local");
    expect(placeOf(page)).toBe("/explore?view=list");
    expect(faults).toEqual([]);
    await close();
  });

  test("says the order of cover, title and author in the source as on the page, and keeps room for pictures", async () => {
    const { page } = plain;
    await visit(page, "/explore");
    const cover = page.locator(`#note-${shore.id}`);
    expect(await cover.locator("img").first().getAttribute("width")).toBe("600");
    expect(await cover.locator("h2 a").getAttribute("href")).toBe(`/@lin/${shore.id}`);
    expect(await page.locator(`#note-${films[0]?.id ?? 0} .cover-badge`).count()).toBe(0);
  });
});

describe("Tags", () => {
  test("have one address, are followed there, and bring notes home", async () => {
    const { page } = plain;
    await visit(page, "/tags/%EF%BC%B4%EF%BD%89%EF%BD%84%EF%BD%85");
    expect(placeOf(page)).toBe("/tags/tide");
    await submit(page, "main button[value=follow]");
    expect(placeOf(page)).toBe("/tags/tide");
    await visit(page, "/");
    expect(await page.locator(`#note-${words.id}`).count()).toBe(1);
    await go(page, page.getByRole("link", { name: "Tags you follow" }));
    await page.locator("#followed > summary").click();
    await page.locator("#f-tag").fill("not a tag");
    expect(await submit(page, "#followed form.stack button")).toBe(422);
    expect(await page.locator("#f-tag").inputValue()).toBe("not a tag");
    await page.locator("#f-tag").fill("＃潮汐");
    await submit(page, "#followed form.stack button");
    expect(await page.locator("main article.note").count()).toBe(2);
    await visit(page, "/explore/tags");
    await submit(page, "form[action='/tags/tide'] button[value=unfollow]");
    expect(placeOf(page)).toBe("/explore/tags");
  });
});

describe("Lists", () => {
  test("are made, filled, read, changed and deleted with forms alone", async () => {
    const { page } = plain;
    await visit(page, "/lists");
    await page.locator("#f-title").fill(HOSTILE);
    await submit(page, "form[action='/lists'] button.primary");
    await page.locator("#f-account").fill("nobody_here");
    expect(await submit(page, "button[value=add]")).toBe(422);
    expect(await page.locator("#f-account").inputValue()).toBe("nobody_here");
    await page.locator("#f-account").fill("lin");
    await submit(page, "button[value=add]");
    expect(await page.locator(".actor-row").count()).toBe(1);
    await page.getByLabel("None").check();
    await submit(page, "button[value=change]");
    expect(await page.locator(".notice.good").count()).toBe(1);
    await go(page, page.locator(".back a"));
    expect(await page.locator("article.note").count()).toBe(4);
    await visit(page, "/");
    await go(page, page.locator(".home-tabs").getByText(HOSTILE));
    expect(placeOf(page)).toMatch(/^\/lists\/\d+$/);
    await visit(page, "/@lin/lists");
    await page.getByLabel(HOSTILE).uncheck();
    await submit(page, "main form.card button.primary");
    await visit(page, "/lists");
    expect(await page.locator(".pick").textContent()).toContain("0 people");
    await go(page, page.locator(".pick .button"));
    await go(page, page.getByRole("link", { name: "Delete list" }));
    await submit(page, "main button.danger");
    expect(await page.locator(".pick").count()).toBe(0);
  });
});

describe("Boards", () => {
  test("take a note from its menu, are put in order, shared and deleted", async () => {
    const { page } = plain;
    for (const note of [shore, words]) {
      await visit(page, `/@lin/${note.id}/collect`);
      if (note === shore) await page.locator("#f-name").fill(HOSTILE);
      else await page.getByLabel(HOSTILE).check();
      await page.locator("#f-comment").fill(note === shore ? "So still." : "");
      await submit(page, "main form.card button.primary");
      expect(await page.locator(".notice.good").textContent()).toContain(HOSTILE);
    }
    await go(page, page.locator(".notice.good a"));
    const order = () =>
      page.locator(".covers article").evaluateAll((all) => all.map((one) => one.id.replace("note-", "")));
    expect(await order()).toEqual([String(words.id), String(shore.id)]);
    expect(await page.locator(".board-comment").textContent()).toBe("So still.");
    await go(page, page.getByRole("link", { name: "Put in order" }));
    await submit(page, ".covers > li:last-child button[value=up]");
    expect(await order()).toEqual([String(shore.id), String(words.id)]);
    const address = new URL(page.url()).pathname;
    const { page: guest, close } = await openPage(browser(), site);
    await visit(guest, address);
    expect(await guest.locator(".cover").count()).toBe(2);
    await visit(page, `${address}/edit`);
    await page.getByLabel("Only me").check();
    await submit(page, "main form.card button.primary");
    await close();
    const later = await openPage(browser(), site);
    await visit(later.page, address, 404);
    await later.close();
    await visit(page, `${address}/delete`);
    await submit(page, "main button.danger");
    expect(await page.locator(".board").count()).toBe(0);
  });
});

describe("Films", () => {
  test("are a list of players without scripts", async () => {
    const { page } = plain;
    await visit(page, "/explore/films");
    expect(await page.locator(".film video[controls]").count()).toBe(2);
    expect(await page.locator("[data-sound]").first().isVisible()).toBe(false);
  });

  test("play one at a time without sound until it is asked for, and are walked through by keys", async () => {
    const { page, faults, close } = await openPage(browser(), site, {
      javaScriptEnabled: true,
      width: 390,
      height: 844,
    });
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await visit(page, "/explore/films");
    const playing = () =>
      page
        .locator("video")
        .evaluateAll((all) => all.map((one) => one instanceof HTMLVideoElement && !one.paused && one.muted));
    await expect.poll(playing).toEqual([true, false]);
    await page.keyboard.press("j");
    await expect.poll(playing).toEqual([false, true]);
    await page.locator(".film").nth(1).locator("[data-sound]").click();
    const muted = await page
      .locator("video")
      .evaluateAll((all) => all.map((one) => Reflect.get(one, "muted")));
    expect(muted).toEqual([false, false]);
    expect(await page.locator("#live").textContent()).toBe("Sound off");
    expect(faults).toEqual([]);
    await close();
  });

  test("stay still for people who want no motion", async () => {
    const { page, close } = await openPage(browser(), site, { javaScriptEnabled: true });
    await visit(page, "/explore/films");
    await page.waitForLoadState("networkidle");
    const paused = await page
      .locator("video")
      .evaluateAll((all) => all.map((one) => Reflect.get(one, "paused")));
    expect(paused).toEqual([true, true]);
    expect(await page.locator("[data-sound]").first().isVisible()).toBe(false);
    await close();
  });
});
