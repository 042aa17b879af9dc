import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { applyHostRules, blockDomain } from "../../server/services/moderation/domains.ts";
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

async function ask(path: string, member: Member, init: RequestInit = {}): Promise<Shown> {
  const response = await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      cookie: `__Host-session=${member.sessionToken}`,
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

async function post(path: string, member: Member, fields: Record<string, string>): Promise<Shown> {
  const csrf = csrfToken(here.app, member.sessionToken);
  return await ask(path, member, {
    method: "POST",
    body: new URLSearchParams({ ...fields, csrf }).toString(),
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
    for (const member of [ann, bea]) {
      expect((await ask("/moderation/reports", member)).status).toBe(404);
      expect((await post(`/moderation/reports/${report?.id}`, member, { do: "resolve" })).status).toBe(404);
    }
    expect((await post(`/moderation/reports/${report?.id}`, guard, { do: "resolve" })).to).toBe(
      "/moderation/reports",
    );
    expect((await ask("/moderation/reports", guard)).text).not.toContain("<br>this");
    expect((await ask("/moderation/reports?state=resolved", guard)).text).toContain("<br>this");
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
