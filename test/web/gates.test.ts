import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { GateSettings } from "../../server/domain/gates.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { getSettings, type JoinMode, updateSettings } from "../../server/services/accounts/settings.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let guard: Member;
let keeper: Member;
beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  guard = await aMember(here, "guard", { role: "moderator" });
  keeper = await aMember(here, "keeper", { role: "admin" });
});
afterEach(() => here.close());

function owner(): Viewer {
  if (here.owner === null) throw new Error("no owner");
  return here.owner;
}
async function gates(joinMode: JoinMode, change: Partial<GateSettings> = {}): Promise<void> {
  await updateSettings(here.app, owner(), { joinMode });
  await updateGates(here.app, owner(), { openCheck: "work", workBits: 12, ...change });
}

type Shown = {
  readonly status: number;
  readonly text: string;
  readonly to: string | null;
  readonly cookie: string;
};

/** As a browser without scripts: `cookie` is the session, or nothing. */
async function ask(path: string, cookie = "", init: RequestInit = {}): Promise<Shown> {
  const response = await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      ...(cookie === "" ? {} : { cookie }),
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  const [set = ""] = response.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
  return {
    status: response.status,
    text: await response.text(),
    to: response.headers.get("location"),
    cookie: set,
  };
}
const send = async (path: string, fields: Record<string, string>, cookie = "") =>
  await ask(path, cookie, { method: "POST", body: new URLSearchParams(fields).toString() });

const staff = (member: Member) => `__Host-session=${member.sessionToken}`;
const get = async (path: string, member: Member) => await ask(path, staff(member));
const post = async (path: string, member: Member, fields: Record<string, string>) =>
  await send(path, { csrf: csrfToken(here.app, member.sessionToken), ...fields }, staff(member));

const PERSON = { username: "mei", password: "a quiet harbour town", acceptedRules: "yes" };
const valueOf = (text: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";

async function solved(): Promise<string> {
  const piece = await ask("/join/work");
  const task = /data-task="([^"]+)"/.exec(piece.text)?.[1] ?? "";
  const [, bits = "", nonce = ""] = task.split(".");
  for (let n = 0; ; n++) {
    const word = createHash("sha256").update(`${nonce}:${n}`).digest().readUInt32BE(0);
    if (word >>> (32 - Number(bits)) === 0) return `${task}:${n}`;
  }
}

describe("Joining where everybody may", () => {
  test("with scripts: the device's work lets in, too quick a form is asked once more, and nothing typed is lost", async () => {
    await gates("open");
    const form = await ask("/join");
    expect(form.text).toContain('data-work="/join/work"');
    const fields = { ...PERSON, opened: valueOf(form.text, "opened"), work: await solved() };
    const quick = await send("/join", fields);
    expect(quick.status).toBe(422);
    expect(quick.text).toContain("press the button once more");
    expect(valueOf(quick.text, "opened")).toBe(fields.opened);
    here.clock.advance(4_000);
    const joined = await send("/join", fields);
    expect([joined.status, joined.to]).toEqual([303, "/welcome"]);
    expect((await send("/join", { ...fields, username: "mei_2" })).status).toBe(422);
  });

  test("without scripts: the question in the reader's language, its answer, or a few words instead", async () => {
    await gates("open", {
      questions: [
        { language: "en", question: "What colour is our ferry?", answers: ["green"] },
        { language: "zh-Hans", question: "我们的渡船是什么颜色？", answers: ["绿色", "绿"] },
      ],
    });
    const form = await ask("/join");
    expect(form.text).toMatch(/data-work="\/join\/work">.*What colour is our ferry\?/s);
    const fields = {
      ...PERSON,
      opened: valueOf(form.text, "opened"),
      question: valueOf(form.text, "question"),
    };
    here.clock.advance(4_000);
    const nothing = await send("/join", fields);
    expect(nothing.status).toBe(422);
    expect(nothing.text).not.toContain("data-work");
    expect(nothing.text).toContain('name="reason"');
    expect((await send("/join", { ...fields, answer: "red" })).text).toContain("That is not the answer");
    expect((await send("/join", { ...fields, answer: "  Green." })).to).toBe("/welcome");
    const chinese = await here.request("/join", {
      headers: { "accept-language": "zh-CN", accept: "text/html" },
    });
    expect(await chinese.text()).toContain("我们的渡船是什么颜色？");
    expect((await send("/join", { ...fields, username: "lin", reason: "I row." })).to).toBe("/join/waiting");
  });

  test("an invite asks nothing more", async () => {
    await gates("open");
    const { code } = await createInvite(here.app, owner(), { maxUses: 1 });
    const form = await ask(`/join/${code}`);
    expect(form.text).not.toContain("data-work");
    expect((await send("/join", { ...PERSON, invite: code })).to).toBe("/welcome");
    // What is left of a link that was used up is the way of everybody else.
    expect((await ask(`/join/${code}`)).text).toContain("data-work");
    const late = await send("/join", { ...PERSON, username: "late", invite: code });
    expect([late.status, late.text.includes('name="reason"')]).toEqual([422, true]);
  });
});

describe("Joining where people approve", () => {
  test("somebody asks, waits and sees nothing of members, is let in, and goes on in the same session", async () => {
    await gates("approval");
    expect((await ask("/join")).text).toContain("Why would you like to join?");
    expect((await send("/join", PERSON)).status).toBe(422);
    const asked = await send("/join", { ...PERSON, reason: "I <b>paint</b> boats." });
    expect(asked.to).toBe("/join/waiting");
    const { cookie } = asked;
    const room = await ask("/join/waiting", cookie);
    expect(room.text).toContain("I &lt;b&gt;paint&lt;/b&gt; boats.");
    expect(room.cookie).toBe("");
    for (const path of [
      "/",
      "/home",
      "/notifications",
      "/compose",
      "/settings",
      "/settings/apps",
      "/join",
      "/welcome",
    ])
      expect((await ask(path, cookie)).to, path).toBe("/join/waiting");
    expect((await send("/compose", { source: "Hello", action: "post" }, cookie)).to).toBe("/join/waiting");
    expect((await ask("/@mei")).status).toBe(404);
    expect((await ask("/@%3Fmei")).status).toBe(404);
    const finger = await here.request("/.well-known/webfinger?resource=acct:mei@here.test");
    expect(finger.status).toBe(404);
    const queue = await get("/moderation/sign-ups", guard);
    expect(queue.text).toContain("@mei");
    const id = /name="id" value="(\d+)"/.exec(queue.text)?.[1] ?? "";
    expect((await post("/moderation/sign-ups", guard, { do: "approve", id })).to).toContain("done=approved");
    expect((await ask("/home", cookie)).status).toBe(200);
    expect((await ask("/join/waiting", cookie)).to).toBe("/welcome");
    expect((await ask("/@mei")).status).toBe(200);
  });

  test("somebody is turned away with a reason that stands on their page, and can have all deleted", async () => {
    await gates("approval");
    await send("/join", { ...PERSON, reason: "Let me in" });
    const login = await send("/login", { username: "mei", password: PERSON.password, then: "/" });
    const queue = await get("/moderation/sign-ups?language=en", guard);
    const id = /name="id" value="(\d+)"/.exec(queue.text)?.[1] ?? "";
    const empty = await post("/moderation/sign-ups", guard, { do: "refuse", id, answer: " " });
    expect(empty.status).toBe(422);
    expect(
      (await post("/moderation/sign-ups", guard, { do: "refuse", id, answer: "We are a rowing club." })).to,
    ).toContain("done=refused");
    const room = await ask("/join/waiting", login.cookie);
    expect(room.text).toContain("We are a rowing club.");
    const gone = await send("/join/waiting", { do: "withdraw" }, login.cookie);
    expect(gone.to).toBe("/");
    expect((await ask("/join/waiting", login.cookie)).to).toContain("/login");
    expect((await send("/join", { ...PERSON, reason: "Again" })).to).toBe("/join/waiting");
  });

  test("the door says when nobody more can wait, before and after the form is filled", async () => {
    await gates("approval", { approvalsPerDay: 1 });
    await send("/join", { ...PERSON, reason: "One" });
    expect((await ask("/join")).text).toContain("Please come back tomorrow.");
    const late = await send("/join", { ...PERSON, username: "late", reason: "Two" });
    expect([late.status, late.text.includes("Please come back tomorrow.")]).toEqual([422, true]);
  });
});

describe("Staff", () => {
  test("sees who came together, decides about all of them once, and takes it back", async () => {
    await gates("open", { openCheck: "none" });
    for (let n = 0; n < 4; n++)
      await here.request("/join", {
        method: "POST",
        headers: { origin: here.app.config.origin, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ ...PERSON, username: `bot_${n}` }).toString(),
      });
    const page = await get("/moderation/sign-ups", guard);
    expect(page.text).toContain("from one network");
    const href =
      /href="(\/moderation\/sign-ups\/wave\?[^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const group = await get(href, guard);
    expect(group.text).toContain("@bot_3");
    const query = Object.fromEntries(new URL(href, "https://x.test").searchParams);
    expect((await post("/moderation/sign-ups/wave", guard, { ...query, measure: "suspend" })).status).toBe(
      422,
    );
    const words = { measure: "suspend", ground: "No spam", facts: "Four robots" };
    expect((await post("/moderation/sign-ups/wave", guard, { ...query, ...words })).to).toContain(
      "done=wave",
    );
    await here.worker.drain();
    expect((await ask("/@bot_1")).status).toBe(410);
    const after = await get("/moderation/sign-ups", guard);
    const id = /name="id" value="(\d+)"/.exec(after.text)?.[1] ?? "";
    expect((await post("/moderation/sign-ups", guard, { do: "undo", id })).to).toContain("done=undone");
    await here.worker.drain();
    expect((await ask("/@bot_1")).status).toBe(200);
    expect((await get("/moderation/sign-ups/wave?kind=agent&mark=nothing", guard)).status).toBe(404);
  });

  test("shuts the door with one press; moderators cannot", async () => {
    await gates("open", { openCheck: "none" });
    expect((await get("/moderation/sign-ups", guard)).text).not.toContain('value="shut"');
    expect((await post("/moderation/sign-ups", guard, { do: "shut", hours: "6" })).status).toBe(403);
    await post("/moderation/sign-ups", keeper, { do: "shut", hours: "6" });
    expect((await getSettings(here.app)).joinMode).toBe("closed");
    expect((await ask("/join")).text).toContain("Nobody can join at the moment");
    expect((await get("/moderation/sign-ups", keeper)).text).toContain("opens again by itself");
    await post("/moderation/sign-ups", keeper, { do: "open" });
    expect((await getSettings(here.app)).joinMode).toBe("open");
  });

  test("sets the gates; what is no number or half a question comes back with everything typed", async () => {
    await gates("open");
    const form = await get("/admin/joining", keeper);
    expect(form.text).toContain('name="question_zh-Hans"');
    const fields = {
      openCheck: "work",
      workBits: "20",
      invitesPerMonth: "7",
      approvalsPerDay: "30",
      approvalsWaiting: "50",
      probationHours: "48",
      probationLikes: "0",
      question_en: "What colour is our ferry?",
      answers_en: "green\r\n\r\n dark green ",
    };
    const bad = { ...fields, invitesPerMonth: "many", probationHours: "-1", answers_en: " \n" };
    const refused = await post("/admin/joining", keeper, bad);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("What colour is our ferry?");
    expect(refused.text).toContain("A question needs at least one answer");
    expect((await post("/admin/joining", keeper, fields)).to).toBe("/admin/joining?saved=yes");
    expect((await getSettings(here.app)).gates).toEqual({
      openCheck: "work",
      workBits: 20,
      invitesPerMonth: 7,
      approvalsPerDay: 30,
      approvalsWaiting: 50,
      probationHours: 48,
      probationLikes: 0,
      questions: [
        { language: "en", question: "What colour is our ferry?", answers: ["green", "dark green"] },
      ],
    });
    expect((await get("/admin/joining", guard)).status).toBe(404);
  });

  test("unfolds who came by whose invite, and stops what grows below somebody", async () => {
    await gates("invite", { probationHours: 0 });
    const ann = await aMember(here, "ann");
    const { code } = await createInvite(here.app, ann.viewer, { maxUses: 1 });
    await send("/join", { ...PERSON, invite: code });
    expect((await get("/moderation/tree", guard)).text).toContain("@ann");
    const tree = await get("/moderation/tree?of=ann", guard);
    expect(tree.text).toContain("@mei");
    expect((await get("/moderation/tree?of=mei", guard)).text).toContain("@ann");
    expect((await get("/moderation/tree?of=nobody_here", guard)).status).toBe(404);
    await post("/moderation/tree", guard, { of: "ann", do: "freeze" });
    expect((await get("/settings/invites", ann)).text).toContain(
      "were stopped by the people who run this server",
    );
    expect((await post("/settings/invites", ann, { maxUses: "1", expiresInDays: "7" })).status).toBe(403);
    expect((await get("/moderation/tree", ann)).status).toBe(404);
  });
});

test("Members make as many invites as they may, and end their own alone", async () => {
  await gates("invite", { invitesPerMonth: 2 });
  const ann = await aMember(here, "ann");
  const bea = await aMember(here, "bea");
  expect((await get("/settings/invites", ann)).text).toContain("You can invite 2 more people this month.");
  expect(
    (await post("/settings/invites", ann, { do: "create", maxUses: "2", expiresInDays: "365" })).status,
  ).toBe(303);
  const mine = await get("/settings/invites", ann);
  expect(mine.text).toContain("as many people as you can for now");
  const id = valueOf(mine.text, "id");
  expect((await post("/settings/invites", bea, { do: "revoke", id })).status).toBe(404);
  expect((await post("/settings/invites", ann, { do: "revoke", id })).status).toBe(303);
  const code = /\/join\/([\w-]+)/.exec(mine.text)?.[1] ?? "";
  expect((await send("/join", { ...PERSON, invite: code })).status).toBe(422);
});
