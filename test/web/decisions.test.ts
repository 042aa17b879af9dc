import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listDecisions } from "../../server/services/moderation/decision-views.ts";
import { csrfToken } from "../../web/session.ts";
import {
  aMember,
  aNote,
  createInstance,
  type Member,
  PASSWORD,
  type TestInstance,
} from "../support/instance.ts";

let here: TestInstance;
let ann: Member;
let bea: Member;
let guard: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
  bea = await aMember(here, "bea");
  guard = await aMember(here, "guard", { role: "moderator" });
});
afterEach(() => here.close());

type Shown = {
  readonly status: number;
  readonly text: string;
  readonly to: string | null;
  readonly cookie: string | null;
};

async function ask(path: string, token: string | null, fields?: Record<string, string>): Promise<Shown> {
  const csrf = token === null ? {} : { csrf: csrfToken(here.app, token) };
  const response = await here.request(path, {
    redirect: "manual",
    ...(fields === undefined
      ? {}
      : { method: "POST", body: new URLSearchParams({ ...csrf, ...fields }).toString() }),
    headers: {
      accept: "text/html",
      ...(token === null ? {} : { cookie: `__Host-session=${token}` }),
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  return {
    status: response.status,
    text: await response.text(),
    to: response.headers.get("location"),
    cookie: /__Host-session=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1] ?? null,
  };
}

const FORM = {
  do: "decide",
  ground: "rules",
  category: "STATEMENT_CATEGORY_CYBER_VIOLENCE",
  decisionFacts: "It calls <b>Bea</b> names.",
  explanation: "Nobody is called names here.",
  ends: "",
  law: "",
};
const pageOf = (member: Member) => `/moderation/people/${member.viewer.actorId}`;

async function theDecision(): Promise<string> {
  const [one] = (await listDecisions(here.app, guard.viewer, {})).items;
  if (one === undefined) throw new Error("Nothing was decided.");
  return String(one.id);
}

describe("deciding, without JavaScript", () => {
  test("about a note: it is hidden, its author reads why and objects, somebody else answers, and it is back", async () => {
    const note = await aNote(here, { by: ann.viewer, source: "rude words" });
    const page = `${pageOf(ann)}?note=${note.id}`;
    const form = await ask(page, guard.sessionToken);
    expect(form.text).toContain("rude words");
    const made = await ask(page, guard.sessionToken, { ...FORM, measure: "hide" });
    expect([made.status, made.to]).toEqual([303, `${page}&done=decide`]);
    expect((await ask(`/@ann/${note.id}`, bea.sessionToken)).status).toBe(404);
    expect((await ask(`/@ann/${note.id}`, ann.sessionToken)).text).toContain("Hidden: only its author");
    expect((await ask("/notifications", ann.sessionToken)).text).toContain("/settings/decisions");

    const own = await ask("/settings/decisions", ann.sessionToken);
    expect(own.text).toContain("It calls &lt;b&gt;Bea&lt;/b&gt; names.");
    expect(own.text).not.toContain("guard");
    const id = await theDecision();
    const empty = await ask("/settings/decisions", ann.sessionToken, { decision: id, [`comment-${id}`]: "" });
    expect([empty.status, empty.text.includes(`href="#f-comment-${id}"`)]).toEqual([422, true]);
    const sent = { decision: id, [`comment-${id}`]: "It was a quotation." };
    expect((await ask("/settings/decisions", bea.sessionToken, sent)).status).toBe(404);
    expect((await ask("/settings/decisions", ann.sessionToken, sent)).status).toBe(303);
    const twice = await ask("/settings/decisions", ann.sessionToken, sent);
    expect(twice.status).toBe(409);

    const boss = await aMember(here, "boss", { role: "admin" });
    expect((await ask("/moderation/appeals", guard.sessionToken)).text).toContain("You made this decision");
    const queue = await ask("/moderation/appeals", boss.sessionToken);
    const appeal = /name="appeal" value="(\d+)"/.exec(queue.text)?.[1] ?? "";
    const judged = await ask("/moderation/appeals", boss.sessionToken, {
      appeal,
      do: "overturned",
      [`answer-${appeal}`]: "You are right.",
    });
    expect(judged.status).toBe(303);
    expect((await ask(`/@ann/${note.id}`, bea.sessionToken)).status).toBe(200);
    expect((await ask("/settings/decisions", ann.sessionToken)).text).toContain("You are right.");
    const file = await ask("/settings/decisions/decisions.json", ann.sessionToken);
    expect(JSON.parse(file.text)).toMatchObject({
      decisions: [
        {
          measure: "hide",
          state: "reversed",
          statement: { decision_visibility: ["DECISION_VISIBILITY_CONTENT_DISABLED"] },
          appeal: { state: "overturned", answer: "You are right." },
        },
      ],
    });
    expect(file.text).not.toMatch(/guard|boss/);
  });

  test("gives a form that is not complete back, with every word still in it", async () => {
    const answer = await ask(pageOf(ann), guard.sessionToken, {
      ...FORM,
      measure: "",
      ground: "law",
      explanation: "these words stay",
      decisionFacts: " ",
    });
    expect(answer.status).toBe(422);
    for (const field of ["measure", "law", "decisionFacts"])
      expect(answer.text).toContain(`href="#f-${field}"`);
    expect(answer.text).toContain("these words stay");
    expect((await listDecisions(here.app, guard.viewer, {})).items).toEqual([]);
  });

  test("is for staff alone, and offers nothing about equals and oneself", async () => {
    expect((await ask(pageOf(bea), ann.sessionToken)).status).toBe(404);
    expect((await ask(pageOf(bea), ann.sessionToken, { ...FORM, measure: "warn" })).status).toBe(404);
    const self = await ask(pageOf(guard), guard.sessionToken);
    expect([self.status, self.text.includes('value="suspend"')]).toEqual([200, false]);
    expect((await ask(pageOf(guard), guard.sessionToken, { ...FORM, measure: "warn" })).status).toBe(403);
    expect((await ask("/moderation/people/1", guard.sessionToken)).status).toBe(404);
  });

  test("asks for a fresh proof first, and carries the form along", async () => {
    here.clock.advance(11 * 60_000);
    const answer = await ask(pageOf(ann), guard.sessionToken, { ...FORM, measure: "suspend" });
    expect([answer.status, answer.text.includes("confirm_password")]).toEqual([401, true]);
    expect((await listDecisions(here.app, guard.viewer, {})).items).toEqual([]);
  });
});

describe("who is suspended", () => {
  test("signs in to the reasons, may object and take their data along, and can do nothing else", async () => {
    await aNote(here, { by: ann.viewer, source: "still there" });
    await ask(pageOf(ann), guard.sessionToken, { ...FORM, measure: "suspend" });
    expect((await ask("/notifications", ann.sessionToken)).to).toContain("/login");
    const signedIn = await ask("/login", null, { username: "ann", password: PASSWORD, then: "/compose" });
    expect([signedIn.status, signedIn.to]).toEqual([303, "/suspended"]);
    const token = signedIn.cookie;
    if (token === null) throw new Error("No session was handed out.");
    const page = await ask("/suspended", token);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Nobody is called names here.");
    for (const path of ["/compose", "/settings", "/notifications", "/settings/decisions"])
      expect([path, (await ask(path, token)).to]).toEqual([path, "/suspended"]);
    expect((await ask("/compose", token, { source: "I am back", visibility: "public" })).to).toBe(
      "/suspended",
    );
    const id = await theDecision();
    const fields = { decision: id, [`comment-${id}`]: "Let me in." };
    expect((await ask("/suspended", token, { ...fields, csrf: "forged" })).status).not.toBe(303);
    expect((await ask("/suspended", token, fields)).to).toBe("/suspended?saved=yes");
    expect((await ask("/suspended", token)).text).toContain("Let me in.");
    expect(JSON.parse((await ask("/suspended/decisions.json", token)).text)).toMatchObject({
      decisions: [{ measure: "suspend", appeal: { comment: "Let me in." } }],
    });
    expect((await ask("/suspended/following_accounts.csv", token)).status).toBe(200);
    expect((await ask("/suspended/passwd", token)).status).toBe(404);
    expect((await ask("/suspended/decisions.json", null)).to).toBe("/login");
    expect((await ask("/logout", token, {})).status).toBe(303);
    expect((await ask("/suspended", token)).to).toBe("/login");
  });
});
