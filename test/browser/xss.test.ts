import { parse } from "parse5";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { REPORT_LIMITS } from "../../server/domain/report.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { addToCollection, createCollection } from "../../server/services/collections/collections.ts";
import { setFeatureChoice } from "../../server/services/collections/collection-consent.ts";
import { commentReport } from "../../server/services/moderation/report-work.ts";
import { receiveReport, reportActor } from "../../server/services/moderation/reports.ts";
import { collectNote, createBoard } from "../../server/services/boards/boards.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { createList } from "../../server/services/lists/lists.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { schedulePost } from "../../server/services/notes/scheduled.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
import { openPage, openSite, signIn, type Site, submit, useBrowser, visit, type Watched } from "./browser.ts";
import { ALLOWED, elementsOf, HOSTILE, strangers } from "./hostile.ts";
import { aRemoteActor, aRemoteNote, ELSEWHERE, joinElsewhere } from "./sample-remote.ts";

const ALL = HOSTILE.join("\n");
const BLANK = {
  source: "",
  summary: "",
  visibility: "public",
  language: null,
  sensitive: false,
  replyToId: null,
  attachmentIds: [],
} as const;

const browser = useBrowser();
let site: Site;
let ada: Viewer;
let guest: Watched;
let member: Watched;
const paths: string[] = [];

beforeAll(async () => {
  site = await openSite();
  const { instance } = site;
  ada = (await aMember(instance, "ada")).viewer;
  const mallory = (await aMember(instance, "mallory")).viewer;
  await joinElsewhere(instance);
  await receiveHostile(ada);
  await writeHostile(mallory);
  guest = await openPage(browser(), site, { javaScriptEnabled: true });
  member = await openPage(browser(), site, { javaScriptEnabled: true });
  for (const { page, faults } of [guest, member]) {
    await page.exposeBinding(
      "reportViolation",
      (_source, text: string) => void faults.push(`policy: ${text}`),
    );
    await page.addInitScript(() => {
      const { reportViolation } = globalThis as unknown as { reportViolation(text: string): void };
      document.addEventListener("securitypolicyviolation", (event) =>
        reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
  }
  await signIn(member.page, "ada");
}, 60_000);

afterAll(async () => {
  await site.close();
});

/** Somebody elsewhere whose every field is an attack, and a note for each attack. */
async function receiveHostile(reader: Viewer): Promise<void> {
  const { app } = site.instance;
  const actorId = await receiveActor(
    app,
    aRemoteActor("eve", {
      name: '<b>Eve</b>"><img src=x onerror=alert(1)>\u202E',
      bioHtml: ALL,
      fields: [
        {
          name: '"><script>alert(1)</script>',
          valueHtml: '<a rel=me href="javascript:alert(1)">x</a><img src=x onerror=alert(1)>',
          verifiedAt: null,
        },
        { name: "Site", valueHtml: HOSTILE[15] ?? "", verifiedAt: null },
      ],
      url: "javascript:alert(1)",
      avatarUrl: `https://${ELSEWHERE}/"><script>alert(1)</script>.png`,
      headerUrl: "javascript:alert(1)",
    }),
  );
  await followActor(app, reader, actorId);
  paths.push(`/@eve@${ELSEWHERE}`);
  for (const [index, text] of HOSTILE.entries()) {
    const id = await receiveNote(
      app,
      aRemoteNote("eve", String(index), {
        contentHtml: text,
        contentMap: { en: text, "zh-Hans": `<p>第二</p>${text}` },
        summary: index % 4 === 3 ? text : null,
        kind: index % 2 === 0 ? "Event" : "Question",
        title: text,
        event: { startsAt: 0, endsAt: 1, place: text, placeUrl: "javascript:alert(1)", isCancelled: true },
        poll: {
          multiple: index % 3 === 0,
          options: [
            { title: `${text.slice(0, 200)} :evil:`, votes: 1 },
            { title: "other", votes: 2 },
          ],
          endsAt: null,
          closedAt: index % 4 === 0 ? 1 : null,
          votersCount: 3,
        },
        emojis: [
          {
            name: "evil",
            url: `https://${ELSEWHERE}/x.png" onerror="alert(1)`,
            uri: null,
            mediaType: "",
            updatedAt: null,
          },
          { name: '"><script>', url: "javascript:alert(1)", uri: null, mediaType: "", updatedAt: null },
        ],
        publishedAt: Date.UTC(2026, 5, 1, 10, index),
        tags: ["tag"],
        attachments: [
          {
            kind: "image",
            url: `https://${ELSEWHERE}/1.png?"><script>`,
            mediaType: "image/png",
            alt: text,
            width: 64,
            height: 64,
            blurhash: null,
            focus: null,
            coverUrl: null,
            durationMs: null,
            digest: null,
            size: null,
          },
          {
            kind: "file",
            url: "javascript:alert(1)",
            mediaType: "text/html",
            alt: text,
            width: null,
            height: null,
            blurhash: null,
            focus: null,
            coverUrl: null,
            durationMs: null,
            digest: null,
            size: null,
          },
        ],
      }),
      "wanted",
    );
    if (id !== null) paths.push(`/@eve@${ELSEWHERE}/${id}`);
  }
}

/** Somebody here who tries the same through the forms' own services. */
async function writeHostile(mallory: Viewer): Promise<void> {
  const { instance } = site;
  await updateProfile(instance.app, mallory, {
    name: '"><img src=x onerror=alert(1)>',
    bioSource: ALL.slice(0, 1_900),
    indexable: true,
    fields: [
      { name: "<script>", value: "javascript:alert(1)" },
      { name: "x", value: '"><script>alert(1)</script>' },
    ],
  });
  paths.push("/@mallory");
  for (const [index, text] of HOSTILE.entries()) {
    const note = await aNote(instance, {
      by: mallory,
      source: `${text}\n\n[link](javascript:alert(1)) ![x](https://evil.test/20.png) <https://ok.example>`,
      ...(index % 5 === 4 ? { summary: text } : {}),
    });
    paths.push(`/@mallory/${note.id}`);
  }
}

async function look({ page, faults }: Watched, path: string): Promise<readonly string[]> {
  const response = await page.goto(path, { waitUntil: "load" });
  const found = strangers((await response?.text()) ?? "");
  return [...found, ...faults.splice(0)].map((fault) => `${path}: ${fault}`);
}

test("the judge of these tests sees what must not be there", () => {
  const page = (inner: string) =>
    `<title>x</title><div class="shell"><main><h1>x</h1>${inner}</main><footer class="foot"></footer></div>`;
  expect(strangers(page("<p>fine <a href='https://example.org/'>x</a></p>"))).toEqual([]);
  for (const bad of [
    "<script>1</script>",
    "<img src=https://evil.test/>",
    "<p onclick=x>",
    "<a href='//evil.test'>x</a>",
    "</main></div><h1>",
    "<noscript><img src=x></noscript>",
    "<img src=/media/x.webp srcset='//evil.test/x.webp 1w'>",
    "<video poster=https://evil.test/x></video>",
    "<script type=application/ld+json src=/x>{}</script>",
    "<script type=module src=/media/x.js></script>",
  ])
    expect(strangers(page(bad)), bad).not.toEqual([]);
});

describe("Hostile text does nothing", () => {
  test("in notes, profiles and lists, for members and visitors", async () => {
    const found: string[] = [];
    expect(paths.length).toBeGreaterThan(HOSTILE.length * 2 - 8);
    const lists = [
      "/",
      "/explore?view=list",
      "/explore",
      "/tags/tag",
      "/@ada/following",
      `/@eve@${ELSEWHERE}/followers`,
      "/search?q=alert",
    ];
    for (const path of [...paths, ...lists]) found.push(...(await look(member, path)));
    for (const path of [
      "/",
      "/explore?view=list",
      "/explore",
      "/@mallory",
      "/@mallory/replies",
      ...paths.filter((path) => /^\/@mallory\/\d/.test(path)).slice(0, 8),
    ])
      found.push(...(await look(guest, path)));
    expect([...new Set(found)]).toEqual([]);
  }, 40_000);

  test("in forms that come back and drafts that are kept", async () => {
    const { page, faults } = member;
    for (const text of [HOSTILE[27] ?? "", HOSTILE[28] ?? "", ALL.slice(0, 4_000)]) {
      await visit(page, "/compose");
      await page.fill("#f-source", text);
      await page.locator(".tool:has(#f-summary) > summary").click();
      await page.fill("#f-summary", text.replaceAll("\n", " "));
      await submit(page, ".compose-buttons button[value=preview]");
      expect(strangers(await page.content()).filter((fault) => fault !== "2 <title>")).toEqual([]);
      expect(await page.inputValue("#f-source")).toBe(text.replaceAll("\0", "\uFFFD"));
      await submit(page, "button[value=save]");
    }
    expect((await look(member, "/drafts")).concat(faults)).toEqual([]);
  });

  test("in reports, collections, polls and quotes", async () => {
    const { app } = site.instance;
    const mallory = (await aMember(site.instance, "mallory2")).viewer;
    const found: string[] = [];
    const words = ALL.slice(0, 4_000);
    const category = "other" as const;
    const report = await reportActor(app, mallory, {
      targetId: ada.actorId,
      noteIds: [],
      category,
      comment: words,
      forward: false,
    });
    await receiveReport(app, {
      uri: `https://${ELSEWHERE}/flags/1`,
      actorUri: `https://${ELSEWHERE}/users/eve`,
      objectUris: [app.uris.actor(ada.actorId)],
      content: words,
      language: '"><script>alert(1)</script>',
    });
    const collection = await createCollection(app, mallory, {
      name: (HOSTILE[27] ?? "").slice(0, 50),
      summary: ALL.slice(0, 300),
    });
    await setFeatureChoice(app, ada, "everyone");
    await addToCollection(app, mallory, collection, ada.actorId);
    const asking = await aNote(site.instance, {
      by: mallory,
      source: words.slice(0, 1_000),
      poll: { options: [HOSTILE[27] ?? "", HOSTILE[28] ?? ""], multiple: true, expiresInMs: 86_400_000 },
    });
    const quoting = await aNote(site.instance, { by: ada, source: "See this", quoteOf: asking.id });
    const staff = await openPage(browser(), site, { javaScriptEnabled: true });
    await signIn(staff.page, "owner_here");
    const { owner } = site.instance;
    if (owner !== null)
      await commentReport(app, owner, { reportId: report, comment: words.slice(0, REPORT_LIMITS.word) });
    for (const path of ["/moderation/reports", `/moderation/reports/${report}`, "/notifications"])
      found.push(...(await look(staff, path)));
    for (const path of [
      `/collections/${collection}`,
      "/settings/collections",
      `/@mallory2/${asking.id}`,
      `/@mallory2/${asking.id}/reactions`,
      `/@mallory2/${asking.id}/report`,
      `/@ada/${quoting.id}`,
      `/compose?quote=${asking.id}`,
      "/share?text=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E",
      `/intents/follow?object=@mallory2&on-success=javascript:alert(1)&on-cancel=javascript:alert(1)`,
    ])
      found.push(...(await look(member, path)));
    found.push(
      ...(await look(guest, `/interact?uri=${encodeURIComponent(asking.uri)}&intent=%22%3E%3Cscript%3E`)),
    );
    expect([...new Set(found)]).toEqual([]);
  });

  test("in boards, lists, filters, cards of links, edits, schedules and captions", async () => {
    const { app } = site.instance;
    const cut = (text: string, most: number) => [...text].slice(0, most).join("");
    const mallory = (await aMember(site.instance, "mallory3")).viewer;
    const found: string[] = [];
    const paths: string[] = ["/@mallory3/boards", "/lists", "/settings/filters", "/drafts", "/scheduled"];
    for (const [index, text] of [HOSTILE[4], HOSTILE[15], HOSTILE[27], HOSTILE[28], HOSTILE[31]].entries()) {
      const words = text ?? "";
      const source = `${words}\n\nhttps://${ELSEWHERE}/page${index}`;
      const note = await aNote(site.instance, { by: mallory, source, title: cut(words, 80), language: "en" });
      const board = await createBoard(app, mallory, {
        name: cut(words, 90),
        summary: words,
        visibility: "public",
      });
      await collectNote(app, mallory, note.id, { boardIds: [board], comment: cut(words, 400) });
      const list = await createList(app, ada, { title: cut(words, 60) });
      const filter = await createFilter(app, ada, {
        title: cut(words, 70),
        contexts: ["home"],
        action: "warn",
        keywords: [{ keyword: cut(words, 70), wholeWord: false }],
      });
      await schedulePost(app, ada, { ...BLANK, source: words, at: site.instance.clock.now() + 3_600_000 });
      await editNote(app, mallory, {
        noteId: note.id,
        source: `${source} ${words}`,
        summary: cut(words, 90),
      });
      const carded = await receiveNote(
        app,
        aRemoteNote("eve", `card${index}`, {
          contentHtml: `<p><a href="https://${ELSEWHERE}/page">x</a></p>`,
          card: {
            url: index % 2 === 0 ? `https://${ELSEWHERE}/"><script>alert(1)</script>` : "javascript:alert(1)",
            title: words,
            description: words,
            author: `@${words}`,
            imageUrl: `https://${ELSEWHERE}/x.png" onerror="alert(1)`,
          },
        }),
        "wanted",
      );
      paths.push(
        `/@mallory3/boards/${board}`,
        `/@mallory3/boards/${board}?view=list`,
        `/@mallory3/${note.id}/history`,
        `/@mallory3/${note.id}/collect`,
        `/@mallory3/${note.id}/share`,
        `/lists/${list}`,
        `/lists/${list}/edit`,
        `/settings/filters/${filter}`,
        ...(carded === null ? [] : [`/@eve@${ELSEWHERE}/${carded}`]),
      );
    }
    for (const path of paths) found.push(...(await look(member, path)));
    for (const path of paths.filter((one) => one.startsWith("/@mallory3/boards")))
      found.push(...(await look(guest, path)));
    expect([...new Set(found)]).toEqual([]);
  }, 40_000);

  test("in frames of other sites, feeds and manifests", async () => {
    const { page, faults } = guest;
    const found: string[] = [];
    for (const path of paths.filter((one) => /^\/@mallory\/\d/.test(one))) {
      const response = await page.goto(`${path}/embed`, { waitUntil: "load" });
      const text = (await response?.text()) ?? "";
      for (const { tagName, attrs } of elementsOf(parse(text)))
        if (
          (!ALLOWED.has(tagName) && tagName !== "base") ||
          attrs.some(
            ({ name, value }) => /^on|^style$|^srcdoc$/.test(name) || /^\s*(?:javascript|data):/i.test(value),
          )
        )
          found.push(`${path}: <${tagName}>`);
    }
    for (const path of ["/@mallory.rss", "/@mallory.atom", "/tags/tag.rss"]) {
      await page.goto(path, { waitUntil: "load" });
      const broken = await page.evaluate(
        () => document.querySelector("parsererror, script, img, iframe") !== null,
      );
      if (broken) found.push(path);
    }
    expect([...found, ...faults.splice(0)]).toEqual([]);
  }, 30_000);

  test.each([
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/search?q=%22%20autofocus%20onfocus=alert(1)%20x=%22",
    "/%22%3E%3Csvg%20onload=alert(1)%3E",
    "/@%22%3E%3Csvg%20onload=alert(1)%3E",
    "/@x@%3Cimg%20src=x%20onerror=alert(1)%3E",
    "/tags/%3Cscript%3E",
    "/tags/x%22onclick=%22alert(1)",
    "/join/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/join?invite=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/compose?text=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/setup?token=%22%3E%3Cscript%3E",
    "/explore?view=list&before=%22%3E%3Cscript%3E",
    "/authorize_interaction?uri=javascript:alert(1)",
    "/authorize_interaction?uri=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/login?then=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/?welcome=%3Cscript%3E",
  ])("in the address %s", async (path) => {
    expect([...(await look(guest, path)), ...(await look(member, path))]).toEqual([]);
  });

  test("in the name of a browser, in the list of sessions", async () => {
    const context = await browser().newContext({
      baseURL: site.origin,
      userAgent: '"><script>alert(1)</script>',
      javaScriptEnabled: true,
    });
    const page = await context.newPage();
    await signIn(page, "ada");
    await context.close();
    expect(await look(member, "/settings/sessions")).toEqual([]);
  });
});

describe("The way back never leaves the site", () => {
  const ELSEWHERES = [
    "//evil.test/",
    "/\\evil.test",
    "\\\\evil.test",
    "https://evil.test/",
    "https:evil.test",
    "/%2Fevil.test",
    "/%5Cevil.test",
    "/.//evil.test",
    "/..//evil.test",
    "/x/..//evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    " /\\evil.test",
    "@evil.test",
    ".evil.test",
  ];

  test("for somebody who is signed in already", async () => {
    const { page, faults } = member;
    for (const then of ELSEWHERES) {
      await page.goto(`/login?then=${encodeURIComponent(then)}`);
      expect(new URL(page.url()).origin, then).toBe(site.origin);
    }
    expect(faults).toEqual([]);
  });

  test("after signing in", async () => {
    const { page, faults, close } = await openPage(browser(), site);
    let location = "";
    // What the browser makes of the Location is what counts.
    await page.route("**/jump", (route) => route.fulfill({ status: 302, headers: { Location: location } }));
    for (const then of ELSEWHERES) {
      site.instance.clock.advance(60_000);
      const answer = await page.request.post("/login", {
        headers: { Origin: site.origin },
        form: { username: "ada", password: PASSWORD, then },
        maxRedirects: 0,
      });
      expect(answer.status()).toBe(303);
      location = answer.headers()["location"] ?? "";
      await page.goto("/jump");
      expect(new URL(page.url()).origin, then).toBe(site.origin);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test("after a button whose way back was changed", async () => {
    const { page, faults } = member;
    await page.goto("/about");
    await page.locator("form[action='/language'] input[name=return]").evaluate((input: HTMLInputElement) => {
      input.value = "//evil.test/";
    });
    await submit(page, "button[name=locale][value=en]");
    expect(new URL(page.url()).origin).toBe(site.origin);
    expect(faults).toEqual([]);
  });
});
