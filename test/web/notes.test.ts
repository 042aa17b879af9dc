import { afterEach, beforeEach, describe, expect, test } from "vitest";
import sharp from "sharp";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { listDrafts } from "../../server/services/notes/drafts.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { localTimeline } from "../../server/services/timelines.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { aReceivedActor, aReceivedNote, aRemoteActor } from "../support/remote.ts";

const HOUR = 3_600_000;
let here: TestInstance;
let ann: Member;
let bo: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
  bo = await aMember(here, "bo");
});
afterEach(() => here.close());

async function page(path: string, member?: Member): Promise<string> {
  const cookie = member === undefined ? "" : `__Host-session=${member.sessionToken}`;
  const response = await here.request(path, { headers: { accept: "text/html", cookie } });
  return await response.text();
}

async function post(path: string, fields: readonly (readonly [string, string])[], member: Member) {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value]));
  body.set("csrf", csrfToken(here.app, member.sessionToken));
  const response = await here.request(path, {
    method: "POST",
    headers: {
      accept: "text/html",
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
      cookie: `__Host-session=${member.sessionToken}`,
    },
    body: body.toString(),
    redirect: "manual",
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

const aPoll = (options: readonly string[]): readonly (readonly [string, string])[] => [
  ["source", "Which?"],
  ["visibility", "public"],
  ...options.map((option) => ["poll-option", option] as const),
  ["poll-time", String(HOUR)],
];

describe("polls in the pages", () => {
  test("are made in the compose form, voted in with a form, and show results afterwards", async () => {
    const made = await post("/compose", [...aPoll(["Tea", "", "<Coffee>"]), ["action", "post"]], ann);
    expect(made.status).toBe(303);
    const path = (made.to ?? "").replace(/#.*/, "");
    const before = await page(path, bo);
    expect(before).toContain('<input type="radio" name="option" value="1" required>');
    expect(before).toContain("&lt;Coffee&gt;");
    const voted = await post(
      `${path}/vote`,
      [
        ["option", "1"],
        ["return", path],
      ],
      bo,
    );
    expect([voted.status, voted.to?.startsWith(path)]).toEqual([303, true]);
    const after = await page(path, bo);
    expect(after).not.toContain('name="option"');
    expect(after).toContain("100%");
    expect(await page(path, ann)).not.toContain('name="option"');
    expect(await page(path)).not.toContain('name="option"');
    expect((await post(`${path}/vote`, [["option", "0"]], bo)).status).toBe(409);
  });

  test("with checkboxes where several answers are allowed", async () => {
    const made = await post(
      "/compose",
      [...aPoll(["a", "b"]), ["poll-multiple", "yes"], ["action", "post"]],
      ann,
    );
    const path = (made.to ?? "").replace(/#.*/, "");
    expect(await page(path, bo)).toContain('<input type="checkbox" name="option" value="0">');
    await post(
      `${path}/vote`,
      [
        ["option", "0"],
        ["option", "1"],
      ],
      bo,
    );
    expect((await page(path, bo)).match(/100%/g)).toHaveLength(2);
  });

  test("that are not right come back as typed, with a word at the field", async () => {
    const refused = await post("/compose", [...aPoll(["only <one>"]), ["action", "post"]], ann);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("A poll needs at least two options.");
    expect(refused.text).toContain('value="only &lt;one&gt;"');
  });

  test("are kept in drafts", async () => {
    await post(
      "/compose",
      [...aPoll(["a", "b"]), ["poll-multiple", "yes"], ["title", "T"], ["action", "save"]],
      ann,
    );
    const [draft] = await listDrafts(here.app, ann.viewer);
    expect(draft).toMatchObject({ title: "T", poll: { multiple: true, expiresInMs: HOUR } });
    const form = await page(`/compose?draft=${draft?.id}`, ann);
    expect(form).toContain('name="poll-option" value="b"');
    expect(form).toContain(`<option value="${HOUR}" selected>`);
  });

  test("are begun anew in the edit form, which says so", async () => {
    const note = await aNote(here, {
      by: ann.viewer,
      poll: { options: ["a", "b"], multiple: false, expiresInMs: HOUR },
    });
    expect(await page(`/@ann/${note.id}/edit`, ann)).toContain("all votes are lost");
    await post(`/@ann/${note.id}/vote`, [["option", "0"]], bo);
    await post(`/@ann/${note.id}/edit`, aPoll(["a", "b"]), ann);
    expect(await page(`/@ann/${note.id}`, bo)).toContain("100%");
    await post(`/@ann/${note.id}/edit`, aPoll(["a", "c"]), ann);
    expect(await page(`/@ann/${note.id}`, bo)).toContain('name="option" value="1"');
    expect((await post(`/@ann/${note.id}/edit`, aPoll([]), ann)).text).toContain("at least two options");
  });

  test("say that it takes a choice to vote", async () => {
    const note = await aNote(here, {
      by: ann.viewer,
      poll: { options: ["a", "b"], multiple: false, expiresInMs: HOUR },
    });
    expect((await post(`/@ann/${note.id}/vote`, [], bo)).status).toBe(422);
    expect((await post(`/@ann/${note.id}/vote`, [["option", "7"]], bo)).status).toBe(422);
  });
});

describe("notes of other kinds in the pages", () => {
  test("articles are made with a title, which leads to them and can be changed", async () => {
    const made = await post(
      "/compose",
      [
        ["source", "Words."],
        ["title", "On <soup>"],
        ["visibility", "public"],
        ["action", "post"],
      ],
      ann,
    );
    const path = (made.to ?? "").replace(/#.*/, "");
    expect(await page(path)).toContain(`<a href="${path}" dir="auto">On &lt;soup&gt;</a>`);
    const edit = await page(`${path}/edit`, ann);
    expect(edit).toContain('value="On &lt;soup&gt;"');
    await post(
      `${path}/edit`,
      [
        ["source", "Words."],
        ["title", "On ice"],
      ],
      ann,
    );
    expect(await page(path)).toContain("On ice</a>");
  });

  test("events say when and where, films have a still and a length, groups are named", async () => {
    const group = aReceivedActor("gardens", { kind: "Group", name: "Gardens" });
    await receiveActor(here.app, group);
    const far = await aRemoteActor(here, "far");
    const id = await receiveNote(
      here.app,
      aReceivedNote(far, "1", {
        kind: "Event",
        title: "Picnic",
        audienceUri: group.uri,
        event: {
          startsAt: Date.UTC(2026, 6, 1, 10),
          endsAt: null,
          place: "Park <1>",
          placeUrl: null,
          isCancelled: true,
        },
        attachments: [
          {
            kind: "video",
            url: "https://far.test/1.mp4",
            mediaType: "video/mp4",
            alt: "",
            width: null,
            height: null,
            blurhash: null,
            focus: null,
            coverUrl: "https://far.test/1.jpg",
            durationMs: 3_723_000,
            digest: null,
            size: null,
          },
        ],
      }),
      "wanted",
    );
    const text = await page(`/@far@far.test/${id}`, ann);
    expect(text).toContain('datetime="2026-07-01T10:00:00.000Z"');
    expect(text).toContain("Park &lt;1&gt;");
    expect(text).toContain("Cancelled");
    expect(text).toContain("Video, 1:02:03");
    expect(text).toMatch(/poster="\/proxy\//);
    expect(text).toContain('href="/@gardens@far.test"');
  });

  test("custom emoji are pictures in text, warning and name, and are listed where notes are written", async () => {
    const bytes = new Uint8Array(
      await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
        .png()
        .toBuffer(),
    );
    await addEmoji(here.app, { shortcode: "cat", bytes });
    const note = await aNote(here, { by: ann.viewer, source: "x :cat: y", summary: ":cat: !" });
    const text = await page(`/@ann/${note.id}`);
    expect(text.match(/<img class="emoji" src="\/media\//g)).toHaveLength(2);
    expect((await localTimeline(here.app, null, {})).items[0]?.note.contentHtml).toContain(":cat:");
    expect(await page("/compose", bo)).toContain("<code>:cat:</code>");
  });
});
