import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRule, listRules, turnRule } from "../../server/services/moderation/classifier-rules.ts";
import { listHeld } from "../../server/services/moderation/holds.ts";
import { viewHook } from "../../server/services/moderation/hook-settings.ts";
import { LOCALES } from "../../web/i18n.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let home: TestInstance;
let owner: Member;
let guard: Member;
let ann: Member;

beforeEach(async () => {
  home = await createInstance();
  owner = await aMember(home, "harbourmaster", { role: "owner" });
  guard = await aMember(home, "guard", { role: "moderator" });
  ann = await aMember(home, "ann");
});
afterEach(() => home.close());

async function ask(path: string, who: Member, fields?: Record<string, string>, locale?: string) {
  const csrf = csrfToken(home.app, who.sessionToken);
  const response = await home.request(path, {
    redirect: "manual",
    ...(fields === undefined ? {} : { method: "POST", body: new URLSearchParams({ csrf, ...fields }) }),
    headers: {
      accept: "text/html",
      "sec-fetch-site": "same-origin",
      cookie: `__Host-session=${who.sessionToken}${locale === undefined ? "" : `; locale=${locale}`}`,
    },
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") ?? "" };
}

const RULE = {
  do: "rule",
  kind: "words",
  name: "Coins",
  lines: "free coins",
  label: "spam",
  suggestion: "hold",
};

async function aHeldNote(source = "free <coins>, free coins") {
  const id = await createRule(home.app, owner.viewer, { ...RULE, numbers: {} });
  await turnRule(home.app, owner.viewer, id, "on");
  const note = await aNote(home, { by: ann.viewer, source });
  const [held] = (await listHeld(home.app, guard.viewer, { limit: 1, language: null })).items;
  if (held === undefined) throw new Error("It is held.");
  return { note, held };
}

describe("the page of held notes", () => {
  test("shows text, reason and labels, counts them in the navigation, and is for staff alone", async () => {
    const { note } = await aHeldNote();
    const page = await ask("/moderation/held", guard);
    expect(page.status).toBe(200);
    expect(page.text).toContain("free &lt;coins&gt;");
    expect(page.text).toContain("Coins");
    expect(page.text).toContain("spam (100%)");
    expect(page.text).toContain("1 note waits");
    expect((await ask("/moderation/held", ann)).status).toBe(404);
    const path = new URL(note.url).pathname;
    expect((await ask(path, ann)).text).toContain("Waits for a moderator");
    const other = await aMember(home, "other");
    expect((await ask(path, other)).status).toBe(404);
  });

  test("releases with one press, and says so when somebody was quicker", async () => {
    const { note, held } = await aHeldNote();
    const fields = { held: String(held.id), do: "release" };
    expect((await ask("/moderation/held", ann, fields)).status).toBe(404);
    expect((await ask("/moderation/held", guard, fields)).to).toBe("/moderation/held?done=release");
    expect((await ask("/moderation/held", guard, fields)).status).toBe(409);
    const other = await aMember(home, "other");
    expect((await ask(new URL(note.url).pathname, other)).status).toBe(200);
  });

  test("keeps hidden with one press, and the author reads why", async () => {
    const { held } = await aHeldNote();
    await ask("/moderation/held", guard, { held: String(held.id), do: "remove" });
    expect((await ask("/moderation/held", guard)).text).toContain("Nothing waits.");
    expect((await ask("/settings/decisions", ann)).text).toContain("An automatic check held the note");
  });

  test("makes a report with one press, and refuses what it does not know", async () => {
    const { held } = await aHeldNote();
    expect((await ask("/moderation/held", guard, { held: String(held.id), do: "report" })).status).toBe(303);
    expect((await ask("/moderation/held", guard)).text).toContain("Reported, too");
    expect((await ask("/moderation/reports", guard)).text).toContain("Coins");
    for (const fields of [
      { held: "x", do: "release" },
      { held: String(held.id), do: "toString" },
      { held: "99", do: "release" },
    ])
      expect((await ask("/moderation/held", guard, fields)).status).toBe(404);
    expect((await ask("/moderation/held?language=%3Cscript%3E&before=-1", guard)).status).toBe(200);
  });

  test("is written in every language", async () => {
    await aHeldNote();
    for (const locale of LOCALES) {
      const held = await ask("/moderation/held", guard, undefined, locale);
      const rules = await ask("/admin/classifier", owner, undefined, locale);
      expect(held.status, locale).toBe(200);
      expect(rules.status, locale).toBe(200);
    }
  });
});

describe("the page of rules", () => {
  test("makes a rule that is off, shows what it would have met, and turns it on", async () => {
    await aNote(home, { by: ann.viewer, source: "free coins for all" });
    const made = await ask("/admin/classifier", owner, RULE);
    expect(made.to).toMatch(/^\/admin\/classifier\/\d+$/);
    const page = await ask(made.to, owner);
    expect(page.text).toContain("It would have met 1 of 1 notes.");
    expect(page.text).toContain("free coins for all");
    await ask(made.to, owner, { do: "on" });
    expect((await listRules(home.app, owner.viewer))[0]?.enabled).toBe(true);
    await ask(made.to, owner, { do: "delete" });
    expect((await ask(made.to, owner)).status).toBe(404);
  });

  test("keeps every typed word when something is wrong, for each kind", async () => {
    for (const kind of ["words", "pattern", "link", "hash", "rate", "newcomer"]) {
      expect((await ask(`/admin/classifier?kind=${kind}`, owner)).status).toBe(200);
      const bad = await ask("/admin/classifier", owner, {
        ...RULE,
        kind,
        name: "My rule",
        lines: "(",
        count: "x",
      });
      expect(bad.status, kind).toBe(422);
      expect(bad.text).toContain("My rule");
    }
    expect(await listRules(home.app, owner.viewer)).toEqual([]);
    for (const [kind, numbers] of [
      ["rate", { count: "3", minutes: "10" }],
      ["newcomer", { days: "3", links: "1", mentions: "0" }],
    ] as const) {
      const made = await ask("/admin/classifier", owner, { ...RULE, kind, ...numbers });
      expect((await ask(made.to, owner)).status, kind).toBe(200);
    }
  });

  test("sets the program, never shows its secret, and is for administrators alone", async () => {
    const secret = "abcdefghijklmnopqrstuvwxyz";
    const fields = { do: "hook", url: "https://look.example/", secret, enabled: "yes" };
    expect((await ask("/admin/classifier", guard, fields)).status).toBe(404);
    expect((await ask("/admin/classifier", owner, { ...fields, url: "nowhere" })).status).toBe(422);
    expect((await ask("/admin/classifier", owner, fields)).status).toBe(303);
    const page = await ask("/admin/classifier", owner);
    expect(page.text).toContain("https://look.example/");
    expect(page.text).not.toContain(secret);
    expect(await viewHook(home.app, owner.viewer)).toMatchObject({ enabled: true, faults: 0 });
    await ask("/admin/classifier", owner, { do: "no-hook" });
    expect(await viewHook(home.app, owner.viewer)).toBeNull();
  });
});
