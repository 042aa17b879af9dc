// The pages about other servers as forms are sent without JavaScript: rules, files, lists, what members see of it.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { listRules, setDomainRule } from "../../server/services/moderation/domains.ts";
import { importDomains, listSources } from "../../server/services/moderation/domains-drafts.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { csrfToken } from "../../web/session.ts";
import { aReceivedActor } from "../support/remote.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let here: TestInstance;
let owner: Viewer;
let boss: Member;
let guard: Member;
let ann: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  if (here.owner === null) throw new Error("An instance that is set up has an owner.");
  owner = here.owner;
  boss = await aMember(here, "boss", { role: "admin" });
  guard = await aMember(here, "guard", { role: "moderator" });
  ann = await aMember(here, "ann");
});
afterEach(() => here.close());

async function send(
  path: string,
  who: Member | null,
  body?: URLSearchParams | FormData,
): Promise<{ readonly status: number; readonly text: string; readonly location: string }> {
  if (who !== null) body?.set("csrf", csrfToken(here.app, who.sessionToken));
  const response = await here.request(path, {
    redirect: "manual",
    headers: {
      accept: "text/html",
      origin: here.app.config.origin,
      ...(who === null ? {} : { cookie: `__Host-session=${who.sessionToken}` }),
    },
    ...(body === undefined ? {} : { method: "POST", body }),
  });
  const location = response.headers.get("location") ?? "";
  return { status: response.status, text: await response.text(), location };
}

const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams({ ...fields });

function aFile(text: string, name = "blocks.csv"): FormData {
  const body = new FormData();
  body.set("do", "read");
  body.set("file", new File([text], name, { type: "text/csv" }));
  return body;
}

describe("the page of servers", () => {
  test("makes a rule after showing what it would end, changes it, and takes it away", async () => {
    const preview = await send("/moderation/domains?domain=Bücher.test", boss);
    expect(preview.text).toContain("Rule about xn--bcher-kva.test");
    const rule = {
      do: "rule",
      domain: "xn--bcher-kva.test",
      severity: "limit",
      rejectMedia: "yes",
      publicComment: "<b>spam</b>",
      privateComment: "see the mail",
    };
    expect((await send("/moderation/domains", boss, form(rule))).location).toBe(
      "/moderation/domains?done=rule",
    );
    expect(await listRules(here.app)).toMatchObject([
      {
        domain: "xn--bcher-kva.test",
        severity: "limit",
        rejectMedia: true,
        rejectReports: false,
        publicComment: "<b>spam</b>",
        privateComment: "see the mail",
      },
    ]);
    const list = await send("/moderation/domains", guard);
    expect(list.text).toContain("&lt;b&gt;spam&lt;/b&gt;");
    expect(list.text).toMatch(/Limit, no pictures/);
    const again = await send("/moderation/domains?domain=xn--bcher-kva.test", boss);
    expect(again.text).toMatch(/value="limit"[^>]* checked/);
    const long = await send("/moderation/domains", boss, form({ ...rule, publicComment: "x".repeat(501) }));
    expect([long.status, long.text.includes("x".repeat(501))]).toEqual([422, true]);
    for (const domain of ["here.test", "com", "co.uk", "*", "no domain", "bad.test/path", ""])
      expect([domain, (await send("/moderation/domains", boss, form({ ...rule, domain }))).status]).toEqual([
        domain,
        422,
      ]);
    const lifted = await send("/moderation/domains", boss, form({ do: "unblock", domain: rule.domain }));
    expect(lifted.location).toBe("/moderation/domains?done=unblock");
    expect(await listRules(here.app)).toEqual([]);
  });

  test("shows a hundred rules at a time, finds one by its name, and says which list decides", async () => {
    const bytes = new TextEncoder().encode(
      Array.from({ length: 120 }, (_, index) => `d${index}.test`).join("\n"),
    );
    const id = await importDomains(here.app, owner, { name: "many.csv", bytes });
    await send(`/moderation/domains/files/${id}`, boss, form({ do: "apply-all" }));
    await drain(here);
    const first = await send("/moderation/domains", guard);
    expect(first.text.match(/class="rows card"[\s\S]*?<\/ul>/)?.[0].match(/<li>/g)).toHaveLength(100);
    expect(first.text).toContain("after=");
    const found = await send("/moderation/domains?q=d119", guard);
    expect(found.text).toContain(">d119.test<");
    expect(found.text).not.toContain(">d1.test<");
    expect(first.text).toContain("CAUSEWAY_FEDERATION");
    const csv = await send("/moderation/domains/export.csv", guard);
    expect(csv.text.split("\n")).toHaveLength(122);
  });
});

describe("a file of rules", () => {
  test("is read, looked at, applied in part, and undone", async () => {
    const read = await send(
      "/moderation/domains/bring",
      boss,
      aFile(
        "#domain,#severity,#public_comment\nbad.test,suspend,<i>spam</i>\nloud.test,silence,\ncom,suspend,\n",
      ),
    );
    expect(read.location).toMatch(/^\/moderation\/domains\/files\/\d+\?done=read$/);
    const [path = ""] = read.location.split("?");
    const page = await send(path, guard);
    expect(page.text).toContain("&lt;i&gt;spam&lt;/i&gt;");
    expect(page.text).not.toContain('name="line"');
    expect((await send(path, boss)).text).toContain("To decide (2)");
    expect((await send(`${path}?show=unfit`, boss)).text).toContain("many strangers");
    const line = /name="line" value="(\d+)" id="[^"]*" aria-label="Choose bad\.test"/;
    const chosen = line.exec((await send(path, boss)).text)?.[1] ?? "";
    expect((await send(path, boss, form({ do: "apply" }))).status).toBe(422);
    expect((await send(path, boss, form({ do: "apply", line: chosen }))).location).toBe(`${path}?done=apply`);
    expect((await listRules(here.app)).map(({ domain }) => domain)).toEqual(["bad.test"]);
    await send(path, boss, form({ do: "refuse-all" }));
    const undone = await send(`${path}?show=applied`, boss, form({ do: "undo", line: chosen }));
    expect(undone.location).toBe(`${path}?done=undo`);
    expect(await listRules(here.app)).toEqual([]);
    expect((await send("/moderation/domains/bring", boss)).text).toContain("blocks.csv");
    const id = path.split("/").at(-1) ?? "";
    await send("/moderation/domains/bring", boss, form({ do: "forget", id }));
    expect((await send(path, boss)).status).toBe(404);
  });

  test.each([
    ["a page", "<html>Sign in</html>"],
    ["nothing", ""],
    ["zero bytes", "a.test\0"],
    ["too much", `a.test\n${"x".repeat(4 * 1024 * 1024)}`],
    ["too many lines", "a.test\n".repeat(20_002)],
  ])("that holds %s is refused with a sentence", async (_name, text) => {
    const answer = await send("/moderation/domains/bring", boss, aFile(text));
    expect([answer.status, answer.text.includes('role="alert"')]).toEqual([422, true]);
    expect(await listSources(here.app, owner)).toEqual([]);
  });

  test("is for administrators, who prove who they are before it is applied", async () => {
    const bytes = new TextEncoder().encode("a.test\nb.test\n");
    const path = `/moderation/domains/files/${await importDomains(here.app, owner, { name: "x.csv", bytes })}`;
    for (const who of [guard, ann]) {
      expect((await send("/moderation/domains/bring", who, aFile("c.test"))).status).toBe(404);
      expect((await send(path, who, form({ do: "apply-all" }))).status).toBe(404);
    }
    expect((await send(path, ann)).status).toBe(404);
    expect((await send(path, null)).status).toBe(303);
    here.clock.advance(11 * 60_000);
    expect((await send(path, boss, form({ do: "apply-all" }))).status).toBe(401);
    expect(await listRules(here.app)).toEqual([]);
    for (const nonsense of ["explode", "", "apply-allx"])
      expect(
        (
          await send(
            path,
            await aMember(here, `n${nonsense.length}`, { role: "admin" }),
            form({ do: nonsense }),
          )
        ).status,
      ).toBe(404);
  });
});

test("a list is followed, read, and its faults are shown; a bad address comes back", async () => {
  const page = "/moderation/domains/bring";
  let status = 200;
  here.network.join("lists.test", () => Promise.resolve(new Response("bad.test\n", { status })));
  const bad = await send(page, boss, form({ do: "subscribe", url: "http://lists.test/x" }));
  expect([bad.status, bad.text.includes("http://lists.test/x")]).toEqual([422, true]);
  const made = await send(page, boss, form({ do: "subscribe", url: "https://lists.test/x", name: "A list" }));
  expect(made.location).toBe(`${page}?done=subscribed`);
  await drain(here);
  const shown = await send(page, boss);
  expect(shown.text).toMatch(/A list[\s\S]*1 waits[\s\S]*1 domain/);
  const path = /\/moderation\/domains\/lists\/\d+/.exec(shown.text)?.[0] ?? "";
  expect((await send(path, guard)).text).toContain("bad.test");
  const id = path.split("/").at(-1) ?? "";
  status = 500;
  await send(page, boss, form({ do: "ask", id }));
  await drain(here);
  expect((await send(page, guard)).text).toContain("answered with 500");
  expect(await listRules(here.app)).toEqual([]);
  expect((await send(page, boss, form({ do: "unsubscribe", id }))).location).toBe(
    `${page}?done=unsubscribed`,
  );
  expect((await send(path, boss)).status).toBe(404);
});

describe("what everybody sees", () => {
  test("is what the owner publishes: rules with their reasons, names in part, no notes of the team", async () => {
    const rules = [
      {
        domain: "bad.example.test",
        severity: "suspend",
        publicComment: "spam & scams",
        privateComment: "zebra",
      },
      { domain: "hidden.example.test", severity: "limit", obfuscated: true },
      { domain: "loud.test", severity: "none", rejectMedia: true },
      { domain: "cry.test", severity: "none", rejectReports: true },
    ] as const;
    for (const rule of rules) await setDomainRule(here.app, owner, rule);
    expect((await send("/about/blocks", null)).text).not.toContain("example");
    await updateSettings(here.app, owner, { publishesBlocks: true });
    const { text } = await send("/about/blocks", null);
    for (const part of ["bad.example.test", "spam &amp; scams", "hidd*", "loud.test"])
      expect(text).toContain(part);
    for (const part of ["zebra", "hidden.example", "cry.test"]) expect(text).not.toContain(part);
  });

  test("a member follows again whom a block took away, with a press", async () => {
    const eve = await receiveActor(here.app, aReceivedActor("eve", {}, "lost.test"));
    await followActor(here.app, ann.viewer, eve);
    await here.app.db.updateTable("follows").set({ state: "accepted" }).execute();
    await setDomainRule(here.app, owner, { domain: "lost.test" });
    await drain(here);
    const before = await send("/settings/severed", ann);
    expect(before.text).toContain("@eve@lost.test");
    expect(before.text).not.toContain("Follow again");
    await setDomainRule(here.app, owner, { domain: "lost.test", severity: "limit" });
    await here.worker.drain({ failFast: false });
    const after = await send("/settings/severed", ann);
    expect(after.text).toContain("Follow again");
    expect((await send("/settings/severed", guard, form({ do: "one", id: "1" }))).status).toBe(404);
    const asked = await send("/settings/severed", ann, form({ do: "all" }));
    expect(asked.location).toBe("/settings/severed?asked=1");
    expect((await send(asked.location, ann)).text).toContain("1 person is asked again.");
    expect((await send("/settings/severed?asked=<b>", ann)).text).not.toContain("<b>");
  });
});
