import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let ann: Member;
let boss: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
  boss = await aMember(here, "boss", { role: "admin" });
});
afterEach(() => here.close());

type Shown = { readonly status: number; readonly text: string; readonly headers: Headers };

async function ask(path: string, member: Member | null, init: RequestInit = {}): Promise<Shown> {
  const response = await here.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      ...(member === null ? {} : { cookie: `__Host-session=${member.sessionToken}` }),
      origin: here.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
      ...init.headers,
    },
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function post(
  path: string,
  member: Member,
  fields: readonly (readonly [string, string])[],
): Promise<Shown> {
  const csrf = csrfToken(here.app, member.sessionToken);
  const body = new URLSearchParams([...fields.map(([name, value]) => [name, value]), ["csrf", csrf]]);
  return await ask(path, member, { method: "POST", body: body.toString() });
}

const LOOK = [
  ["accent", ""],
  ["accentDark", ""],
  ["radius", "soft"],
  ["css", ""],
] as const;

function look(changes: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return LOOK.map(([name, value]) => [name, changes[name] ?? value]);
}

describe("the look of the server", () => {
  test("is the owner's: accent, corners and own styles come in one file that may be kept for ever", async () => {
    const css = '.brand { background: url("data:image/png;base64,AA==") }';
    const saved = await post("/admin/appearance", boss, look({ accent: "#8a2be2", radius: "round", css }));
    expect(saved.status).toBe(303);
    const path = /href="(\/theme\/[\w-]+\.css)"/.exec((await ask("/about", null)).text)?.[1] ?? "";
    const sheet = await ask(path, null);
    expect(sheet.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(sheet.headers.get("cache-control")).toContain("immutable");
    expect(sheet.text).toContain("--accent: light-dark(#8a2be2, ");
    expect(sheet.text).toContain("--radius: 1.125rem");
    expect(sheet.text).toContain(`@layer custom {\n${css}\n}`);
    // The page that mends it is shown without it, with everything in the form.
    const form = await ask("/admin/appearance", boss);
    expect(form.text).not.toContain(path);
    expect(form.text).toContain("url(&quot;data:image/png;base64,AA==&quot;)");
    await post("/admin/appearance", boss, look({}));
    expect((await ask(path, null)).status).toBe(404);
    expect((await ask("/about", null)).text).not.toContain("/theme/");
  });

  test("is refused with the nearest colour that can be read, and the line that is wrong; nothing typed is lost", async () => {
    const answer = await post(
      "/admin/appearance",
      boss,
      look({ accent: "#ffcc00", css: "a {}\nb { background: url(https://spy.example) }" }),
    );
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("The nearest that works is #826708.");
    expect(answer.text).toContain("Line 2: only pictures inside the sheet");
    expect(answer.text).toContain("b { background: url(https://spy.example) }");
    expect(answer.text).toContain('value="#ffcc00"');
    expect((await ask("/about", null)).text).not.toContain("/theme/");
  });

  test("is nobody else's to change", async () => {
    expect((await ask("/admin/appearance", ann)).status).toBe(404);
    expect((await post("/admin/appearance", ann, look({ accent: "#8a2be2" }))).status).toBe(404);
  });
});

describe("settings", () => {
  test("have a page behind each way that is offered, and are found by what they hold", async () => {
    for (const member of [ann, boss]) {
      const { text } = await ask("/settings", member);
      const paths = [...text.matchAll(/<li><a href="(\/[^"]+)"><span><strong>/g)].map(
        (match) => match[1] ?? "",
      );
      expect(paths.length).toBeGreaterThan(15);
      for (const path of paths) {
        const status = (await ask(path, member)).status;
        expect([200, 303], path).toContain(status);
      }
    }
    expect((await ask("/settings?q=high+CONTRAST", ann)).text).toContain('href="/settings/appearance"');
    expect((await ask("/settings?q=logo", ann)).text).not.toContain("/admin/appearance");
    expect((await ask("/settings?q=logo", boss)).text).toContain('href="/admin/appearance"');
    expect((await ask("/settings?q=zzz", ann)).text).toContain("No setting is called that.");
  });

  test("of the look go with the account to every device; visitors have their cookie", async () => {
    expect((await post("/settings/appearance", ann, [["theme", "contrast"]])).status).toBe(303);
    expect((await ask("/about", ann)).text).toContain('data-theme="contrast"');
    expect((await ask("/about", null)).text).toContain('data-theme="auto"');
    const dark = await ask("/about", null, { headers: { cookie: "theme=dark" } });
    expect(dark.text).toContain('data-theme="dark"');
    expect((await post("/theme", ann, [["theme", "light"]])).status).toBe(303);
    expect((await ask("/about", ann)).text).toContain('data-theme="light"');
  });

  test("of filters come back whole when something is missing, and close a note from its menu", async () => {
    const note = await aNote(here, { by: boss.viewer, source: "Football, **football**" });
    const refused = await post("/settings/filters/new", ann, [
      ["keywords", "football\n#matchday"],
      ["action", "hide"],
      ["lasts", "24h"],
    ]);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("Choose at least one place.");
    expect(refused.text).toContain("football\n#matchday</textarea>");
    const saved = await post("/settings/filters/new", ann, [
      ["keywords", "football"],
      ["wholeWord", "yes"],
      ["action", "warn"],
      ["contexts", "account"],
      ["lasts", "ever"],
    ]);
    expect(saved.status).toBe(303);
    expect((await ask("/@boss", ann)).text).toContain("Filtered: football");
    expect((await ask("/@boss", null)).text).not.toContain("Filtered:");
    expect((await ask(`/@boss/${note.id}`, ann)).text).toContain(`/settings/filters/new?note=${note.id}`);
    const offered = await ask(`/settings/filters/new?note=${note.id}`, ann);
    expect(offered.text).toContain("Add to “football”");
  });

  test("of muted and blocked people lead to the page that asks first, or say what is wrong with the name", async () => {
    const to = await post("/settings/blocks", ann, [["account", "@boss@here.test"]]);
    expect([to.status, to.headers.get("location")]).toEqual([303, "/@boss/block"]);
    const wrong = await post("/settings/mutes", ann, [["account", "not a name"]]);
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('value="not a name"');
    const old = await ask("/settings/people?list=mutes", ann);
    expect(old.headers.get("location")).toBe("/settings/mutes");
  });

  test("for passwords are where password managers look", async () => {
    const answer = await ask("/.well-known/change-password", null);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/settings/password"]);
  });
});

describe("about", () => {
  test("says what is kept, and shows blocked servers only when the owner publishes them", async () => {
    await blockDomain(here.app, { domain: "bad.example" });
    expect((await ask("/about/blocks", null)).text).not.toContain("bad.example");
    const saved = await post("/admin/settings", boss, [
      ["name", "Here"],
      ["description", ""],
      ["rules", "Be kind"],
      ["languages", "en"],
      ["joinMode", "open"],
      ["contactEmail", "x@example.org"],
      ["terms", "Our **own** terms"],
      ["publishesBlocks", "yes"],
    ]);
    expect(saved.status).toBe(303);
    expect((await ask("/about/blocks", null)).text).toContain("bad.example");
    expect((await ask("/terms", null)).text).toContain("<strong>own</strong>");
    expect((await ask("/about/rules", null)).text).toContain("Be kind");
    const privacy = await ask("/about/privacy", null);
    expect(privacy.text).toContain("30 days after the last use, 90 days at most");
    expect(privacy.text).not.toContain("only to servers that say who they are");
    expect(privacy.headers.get("cache-control")).toBe("public, max-age=60");
  });
});
