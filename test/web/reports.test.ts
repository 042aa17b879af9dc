import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { applyHostRules } from "../../server/services/moderation/domains-apply.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { listReports } from "../../server/services/moderation/reports.ts";
import { receiveFollow } from "../../server/services/relations/follows.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { aReceivedActor } from "../support/remote.ts";

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

type Shown = { readonly status: number; readonly text: string; readonly to: string | null };

function ownerOf({ owner }: TestInstance): Viewer {
  if (owner === null) throw new Error("no owner");
  return owner;
}

async function ask(
  path: string,
  member: Member,
  init: RequestInit & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Shown> {
  const response = await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      ...init.headers,
      accept: "text/html",
      cookie: `__Host-session=${member.sessionToken}`,
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

async function post(
  path: string,
  member: Member,
  fields: Record<string, string> | readonly (readonly [string, string])[],
): Promise<Shown> {
  const csrf = csrfToken(here.app, member.sessionToken);
  const entries = Array.isArray(fields) ? fields : Object.entries(fields);
  return await ask(path, member, {
    method: "POST",
    body: new URLSearchParams([...entries, ["csrf", csrf]]).toString(),
  });
}

describe("the report form", () => {
  test("sends a note with its author to staff, who close it; members do not see the list (ADM-01)", async () => {
    const note = await aNote(here, { by: bea.viewer, source: "rude words" });
    expect((await ask(`/@bea/${note.id}`, ann)).text).toContain(`/@bea/${note.id}/report`);
    expect((await ask(`/@bea/${note.id}/report`, ann)).text).toContain("rude words");
    const sent = await post(`/@bea/${note.id}/report`, ann, {
      category: "violation",
      comment: "<b>see</b>\nthis",
      language: "en",
    });
    expect(sent.to).toBe(`/@bea/${note.id}/report?sent=yes`);
    expect((await ask(sent.to ?? "", ann)).text).toContain("/@bea/block");
    const list = await ask("/moderation/reports", guard);
    expect(list.text).toContain("&lt;b&gt;see&lt;/b&gt;<br>this");
    expect(list.text).toContain("rude words");
    expect(list.text).toContain(`/@bea/${note.id}`);
    expect((await ask("/notifications", guard)).text).toContain("/moderation/reports");
    const [report] = (await listReports(here.app, guard.viewer, { state: "open" })).items;
    const page = `/moderation/reports/${report?.id}`;
    expect(list.text).toContain(`href="${page}"`);
    for (const member of [ann, bea]) {
      for (const path of ["/moderation/reports", page, `${page}/forward`, "/settings/moderation"])
        expect([path, (await ask(path, member)).status]).toEqual([path, 404]);
      expect((await post(page, member, { do: "resolve" })).status).toBe(404);
      expect((await post("/settings/moderation", member, { languages: "en" })).status).toBe(404);
    }
    expect((await post(page, guard, { do: "resolve", outcome: "none" })).to).toBe(`${page}?done=saved`);
    expect((await ask("/moderation/reports", guard)).text).not.toContain("<br>this");
    expect((await ask("/moderation/reports?state=resolved", guard)).text).toContain("<br>this");
    expect((await ask("/notifications", ann)).text).toContain(
      "We found nothing in it that breaks the rules.",
    );
    const own = (await ask("/settings/reports", ann)).text;
    expect(own).toContain("We found nothing in it that breaks the rules.");
    expect(own).not.toContain("guard");
    expect((await ask("/settings/reports", bea)).text).not.toContain("&lt;b&gt;see");
    expect((await post(page, guard, { do: "reopen" })).status).toBe(303);
    expect((await ask("/settings/reports", ann)).text).toContain("Not looked at yet.");
  });

  test("offers the rules in the reader's language and further notes of the author, none that are not theirs", async () => {
    const rules = "1. Be kind.\n2. No spam.";
    await updateSettings(here.app, ownerOf(here), {
      rules,
      rulesIn: { "zh-Hans": "1. 友善待人。\n2. 不要发广告。" },
    });
    const note = await aNote(here, { by: bea.viewer, source: "rude words" });
    const more = await aNote(here, { by: bea.viewer, source: "more of <b>the</b> same" });
    const letter = await aNote(here, { by: bea.viewer, source: "a letter to nobody", visibility: "direct" });
    const other = await aNote(here, { by: guard.viewer, source: "of somebody else" });
    const form = (await ask(`/@bea/${note.id}/report`, ann)).text;
    expect(form).toContain("No spam.");
    expect(form).toContain(`value="${more.id}"`);
    expect(form).not.toContain(`value="${letter.id}"`);
    const inChinese = await ask(`/@bea/${note.id}/report`, ann, { headers: { "accept-language": "zh-CN" } });
    expect(inChinese.text).toContain("不要发广告。");
    const sent = await post(`/@bea/${note.id}/report`, ann, [
      ["category", "other"],
      ["rule_ids", "2"],
      ["notes", String(more.id)],
      ["notes", String(letter.id)],
      ["notes", String(other.id)],
      ["notes", "nonsense"],
    ]);
    expect(sent.status).toBe(303);
    const [report] = (await listReports(here.app, guard.viewer, { state: "open" })).items;
    expect(report).toMatchObject({
      category: "violation",
      ruleIds: ["2"],
      objectUris: [note.uri, more.uri],
    });
    const page = (await ask(`/moderation/reports/${report?.id}`, guard)).text;
    expect(page).toContain("No spam.");
    expect(page).toContain("rude words");
    const wrong = await post("/@bea/report", ann, [
      ["rule_ids", "99"],
      ["comment", "typed already"],
      ["notes", String(more.id)],
    ]);
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain("typed already");
    expect(wrong.text).toContain(`value="${more.id}" checked`);
  });

  test("of a member asks nothing about other servers, of somebody elsewhere it names theirs", async () => {
    await receiveActor(here.app, aReceivedActor("eve"));
    expect((await ask("/@bea/report", ann)).text).not.toContain('name="forward"');
    const elsewhere = (await ask("/@eve@far.test/report", ann)).text;
    expect(elsewhere).toContain('name="forward"');
    expect(elsewhere).toContain("The people who run far.test");
  });

  test("keeps what was typed when it is too long, and is not there for oneself", async () => {
    const comment = "x".repeat(5_001);
    const refused = await post("/@bea/report", ann, { category: "legal", comment, language: "en" });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(comment);
    expect(refused.text).toContain('value="legal" checked');
    expect((await ask("/@ann/report", ann)).status).toBe(422);
    expect((await post("/@ann/report", ann, { comment: "me" })).status).toBe(422);
  });
});

describe("the work of moderators on reports", () => {
  async function aReport(comment = "please look"): Promise<string> {
    const note = await aNote(here, { by: bea.viewer, source: "rude words" });
    await post(`/@bea/${note.id}/report`, ann, { category: "spam", comment, language: "en" });
    const [report] = (await listReports(here.app, guard.viewer, { state: "open" })).items;
    return `/moderation/reports/${report?.id}`;
  }

  test("stays on one page: taking it, remarks, what is wrong with a form comes back", async () => {
    const page = await aReport();
    expect((await post(page, guard, { do: "assign" })).to).toBe(`${page}?done=saved`);
    expect((await ask(page, guard)).text).toContain('value="unassign"');
    expect((await post(page, guard, { do: "word", word: "<i>seen</i> before" })).status).toBe(303);
    expect((await ask(page, guard)).text).toContain("&lt;i&gt;seen&lt;/i&gt; before");
    const long = await post(page, guard, { do: "word", word: "y".repeat(2_001) });
    expect(long.status).toBe(422);
    expect(long.text).toContain("y".repeat(2_001));
    // Something was done: that can be said only once something was decided.
    const early = await post(page, guard, { do: "resolve", outcome: "acted" });
    expect(early.status).toBe(422);
    expect(early.text).toContain("Nothing was decided on this report yet");
    expect((await post(page, guard, { do: "explode" })).status).toBe(404);
    expect((await post("/moderation/reports/999", guard, { do: "resolve" })).status).toBe(404);
    expect((await ask("/moderation/reports/999999999999999999", guard)).status).toBe(404);
    expect((await ask(`${page}/forward`, guard)).status).toBe(404);
  });

  test("can lead to several decisions, each by the form that the page leads to, before it is closed", async () => {
    const page = await aReport();
    const [report] = (await listReports(here.app, guard.viewer, { state: "open" })).items;
    const [noteId] = report?.noteIds ?? [];
    const text = (await ask(page, guard)).text;
    const person = `/moderation/people/${bea.viewer.actorId}?report=${report?.id}`;
    expect(text).toContain(`href="${person}"`);
    expect(text).toContain(`href="${person}&amp;note=${noteId}"`);
    const reasons = {
      do: "decide",
      ground: "rules",
      decisionFacts: "Advertising.",
      explanation: "",
      ends: "",
    };
    const category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD";
    for (const [path, measure] of [
      [person, "warn"],
      [`${person}&note=${noteId}`, "hide"],
    ] as const)
      expect((await post(path, guard, { ...reasons, category, measure })).to).toBe(`${page}?done=saved`);
    const after = (await ask(page, guard)).text;
    for (const words of ["A warning", "A note is hidden"]) expect(after).toContain(words);
    expect(after).toContain('value="acted" checked');
    // What was hidden is still there for those who judge it.
    expect(after).toContain("rude words");
    expect((await ask(`/@bea/${noteId}`, ann)).status).toBe(404);
    expect((await post(page, guard, { do: "resolve", outcome: "acted" })).status).toBe(303);
    expect((await ask("/settings/reports", ann)).text).toContain("Something was done about it.");
    expect((await ask("/settings/reports", ann)).text).not.toMatch(/A warning|Advertising/);
  });

  test("is sifted by the address, whatever stands there", async () => {
    const page = await aReport();
    const { actorId } = bea.viewer;
    const shows = async (query: string) =>
      (await ask(`/moderation/reports?${query}`, guard)).text.includes(page);
    for (const query of ["language=en", "category=spam", "origin=here", "assignee=nobody", "state=all"])
      expect([query, await shows(query)]).toEqual([query, true]);
    // prettier-ignore
    for (const query of ["language=zh", "language=mine", "category=legal", "origin=elsewhere", "assignee=me", "age=day", "state=resolved"])
      expect([query, await shows(query)]).toEqual([query, false]);
    // prettier-ignore
    for (const query of ["language=%27%3B--", "category=x&origin=y&assignee=z&age=q&state=w", "before=-1&after=x"])
      expect([query, await shows(query)]).toEqual([query, true]);
    expect([await shows(`about=${actorId}`), await shows(`about=${ann.viewer.actorId}`)]).toEqual([
      true,
      false,
    ]);
    here.clock.advance(25 * 3_600_000);
    expect(await shows("age=day&language=en")).toBe(true);
    expect((await ask("/moderation/reports?category=spam&language=en", guard)).text).toContain(
      'value="spam" selected',
    );
  });

  test("shows what would be sent to another server before it is sent", async () => {
    await receiveActor(here.app, aReceivedActor("eve"));
    await post("/@eve@far.test/report", ann, { category: "spam", comment: "from ann", language: "en" });
    const [report] = (await listReports(here.app, guard.viewer, { state: "open" })).items;
    const page = `/moderation/reports/${report?.id}`;
    expect((await ask(page, guard)).text).toContain(`${page}/forward`);
    const form = (await ask(`${page}/forward`, guard)).text;
    expect(form).toContain("from ann");
    expect(form).toContain("https://far.test/users/eve");
    const long = await post(`${page}/forward`, guard, { comment: "z".repeat(5_001) });
    expect([long.status, long.text.includes("z".repeat(5_001))]).toEqual([422, true]);
    expect((await post(`${page}/forward`, guard, { comment: "spam" })).to).toBe(`${page}?done=forwarded`);
    expect((await ask(`${page}/forward`, guard)).status).toBe(404);
    expect((await post(`${page}/forward`, guard, { comment: "spam" })).status).toBe(409);
    expect((await ask(page, guard)).text).toContain("far.test was told");
  });

  test("goes first to those who judge in its language, as they say in their settings", async () => {
    expect((await ask("/settings/moderation", guard)).text).toContain('name="languages"');
    const saved = await post("/settings/moderation", guard, [
      ["languages", "zh-Hans"],
      ["languages", "ar"],
    ]);
    expect(saved.to).toBe("/settings/moderation?saved=yes");
    expect((await ask("/settings/moderation", guard)).text).toContain('value="ar" checked');
    expect((await post("/settings/moderation", guard, { languages: "%%" })).status).toBe(422);
    expect((await ask("/settings", guard)).text).toContain("/settings/moderation");
    expect((await ask("/settings", ann)).text).not.toContain("/settings/moderation");
    const page = await aReport("看看这个人说了些什么");
    expect((await ask("/moderation/reports?language=mine", guard)).text).toContain(page);
  });
});

test("the rules are written for each language of the community, and read in one's own", async () => {
  const owner = await aMember(here, "chief", { role: "owner" });
  const fields = {
    name: "Test",
    rules: "1. Be kind.\n2. No spam.",
    "rules-zh-Hans": "友善待人。",
    joinMode: "open",
    reportHours: "6",
  };
  const languages = [
    ["languages", "en"],
    ["languages", "zh-Hans"],
  ] as const;
  const form = await ask("/admin/settings", owner);
  expect(form.text).toContain('name="rules-zh-Hans"');
  const wrong = await post("/admin/settings", owner, [...Object.entries(fields), ...languages]);
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain("Here are 1 rules, but the main language has 2.");
  const good = { ...fields, "rules-zh-Hans": "1. 友善待人。\n2. 不要发广告。" };
  const hours = await post("/admin/settings", owner, [
    ...Object.entries({ ...good, reportHours: "soon" }),
    ...languages,
  ]);
  expect(hours.status).toBe(422);
  const saved = await post("/admin/settings", owner, [...Object.entries(good), ...languages]);
  expect(saved.to).toBe("/admin/settings?saved=yes");
  const rulesIn = async (accept: string, query = "") =>
    (await ask(`/about/rules${query}`, ann, { headers: { "accept-language": accept } })).text;
  expect(await rulesIn("zh-CN")).toContain("不要发广告。");
  expect(await rulesIn("es")).toContain("No spam.");
  expect(await rulesIn("es", "?in=zh-Hans")).toContain("不要发广告。");
  expect(await rulesIn("es", "?in=%22%3E%3Cb")).toContain("No spam.");
  const join = await here.request("/join", { headers: { "accept-language": "zh-CN", accept: "text/html" } });
  expect(await join.text()).toContain("不要发广告。");
  // The other language becomes the main one: its rules do, too.
  await post("/admin/settings", owner, [...Object.entries(good), ["languages", "zh-Hans"]]);
  expect(await rulesIn("en")).toContain("不要发广告。");
});

test("ended follows are listed for the member concerned, and can be taken along as a file", async () => {
  const far = aReceivedActor("eve", { name: "=HYPERLINK(1)" }, "lost.test");
  await receiveActor(here.app, far);
  const objectUri = here.app.uris.actor(ann.viewer.actorId);
  await receiveFollow(here.app, { uri: "https://lost.test/f", actorUri: far.uri, objectUri });
  await blockDomain(here.app, { domain: "lost.test" });
  await applyHostRules(here.app, "lost.test");
  expect((await ask("/notifications", ann)).text).toContain("/settings/severed");
  expect((await ask("/settings/severed", ann)).text).toContain("@eve@lost.test");
  expect((await ask("/settings/severed", bea)).text).not.toContain("lost.test");
  expect((await ask("/settings/severed.csv", ann)).text).toBe(
    "Account address,Direction\neve@lost.test,follower\n",
  );
  expect((await ask("/settings/severed.csv", bea)).text).toBe("Account address,Direction\n");
});
