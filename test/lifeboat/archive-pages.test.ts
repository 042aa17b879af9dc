import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { keysOfPhrase } from "../../server/lifeboat/phrase.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let home: TestInstance;
let ann: Member;

beforeEach(async () => {
  home = await createInstance();
  onTestFinished(() => home.close());
  ann = await aMember(home, "ann");
});

async function ask(path: string, member: Member = ann, init: RequestInit = {}): Promise<Response> {
  return await home.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      cookie: `__Host-session=${member.sessionToken}`,
      origin: home.app.config.origin,
      ...init.headers,
    },
  });
}

async function post(path: string, fields: Readonly<Record<string, string>>, member = ann): Promise<Response> {
  const body = new URLSearchParams({ ...fields, csrf: csrfToken(home.app, member.sessionToken) });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return await ask(path, member, { method: "POST", body: body.toString(), headers });
}

function ticketIn(page: string): string {
  return /name="ticket" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

function wordsIn(page: string): readonly string[] {
  return [...page.matchAll(/<\/span> <code>([a-z]+)<\/code><\/li>/g)].map(([, word]) => word ?? "");
}

describe("the page of the recovery phrase", () => {
  test("shows twelve words once, asks for three of them, and keeps none", async () => {
    const shown = await (await post("/settings/lifeboat/phrase", { do: "new" })).text();
    const words = wordsIn(shown);
    expect(words).toHaveLength(12);
    const ticket = ticketIn(shown);
    const question = await (await post("/settings/lifeboat/phrase", { ticket, do: "written" })).text();
    expect(wordsIn(question)).toEqual([]);
    const asked = [...question.matchAll(/name="(word_\d+)"/g)].map(([, name]) => name ?? "");
    expect(asked).toHaveLength(3);
    const wrong = await post("/settings/lifeboat/phrase", { ticket, do: "use", [asked[0] ?? ""]: "zebra" });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain("Please look at your paper");
    const again = await (await post("/settings/lifeboat/phrase", { ticket, do: "again" })).text();
    expect(wordsIn(again)).toEqual(words);
    const typed = Object.fromEntries(asked.map((name) => [name, words[Number(name.slice(5)) - 1] ?? ""]));
    const done = await post("/settings/lifeboat/phrase", { ticket, do: "use", ...typed });
    expect(done.status).toBe(303);
    const page = await (await ask("/settings/lifeboat")).text();
    expect(page).toContain((await keysOfPhrase(words.join(" ")))?.did ?? "none");
    const stored = JSON.stringify(await home.app.db.selectFrom("kv").selectAll().execute());
    expect(stored).not.toContain(words.join(" "));
  });

  test("does nothing with the ticket of somebody else", async () => {
    const ticket = ticketIn(await (await post("/settings/lifeboat/phrase", { do: "new" })).text());
    const bob = await aMember(home, "bob");
    const refused = await post("/settings/lifeboat/phrase", { ticket, do: "again" }, bob);
    expect(refused.status).toBe(409);
    expect(wordsIn(await refused.text())).toEqual([]);
    expect((await post("/settings/lifeboat/phrase", { ticket: "nonsense", do: "use" })).status).toBe(409);
  });
});

describe("the page of lifeboats", () => {
  test("makes one, shows how far it is, and hands it to its owner alone, in parts too", async () => {
    await aNote(home, { by: ann.viewer, source: "hello" });
    expect(await (await ask("/settings/lifeboat/new")).text()).toContain('name="passphrase"');
    const asked = await post("/settings/lifeboat/new", { closing: "open", followers_only: "yes" });
    expect(asked.status).toBe(303);
    expect(await (await ask("/settings/lifeboat")).text()).toContain("One is being made");
    await drain(home);
    const page = await (await ask("/settings/lifeboat")).text();
    const path = /href="(\/settings\/lifeboat\/\d+\/file)"/.exec(page)?.[1] ?? "";
    const whole = await ask(path);
    expect(whole.status).toBe(200);
    expect(whole.headers.get("content-disposition")).toBe(
      'attachment; filename="lifeboat-ann@home.test-1.tar"',
    );
    expect(whole.headers.get("cache-control")).toBe("private, no-store");
    const bytes = Buffer.from(await whole.arrayBuffer());
    const part = await ask(path, ann, { headers: { range: "bytes=100-199" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-199/${bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
    expect((await ask(path, ann, { headers: { range: "bytes=99999999-" } })).status).toBe(416);
    const bob = await aMember(home, "bob");
    expect((await ask(path, bob)).status).toBe(404);
    expect((await home.request(path, { redirect: "manual" })).status).toBe(303);
    const id = /\d+/.exec(path)?.[0] ?? "";
    expect((await post("/settings/lifeboat", { remove: id }, bob)).status).toBe(404);
    expect((await post("/settings/lifeboat", { remove: id })).status).toBe(303);
    expect((await ask(path)).status).toBe(404);
    expect(await (await post("/settings/lifeboat/new", { closing: "open" })).text()).toContain(
      "One lifeboat a day",
    );
  });

  test("says at its field what is wrong with an order, and asks who somebody is before anything", async () => {
    const short = await post("/settings/lifeboat/new", { closing: "passphrase", passphrase: "short" });
    expect(short.status).toBe(422);
    expect(await short.text()).toContain("at least 10 characters");
    const keys = await post("/settings/lifeboat/new", { closing: "open", keys: "yes" });
    expect(await keys.text()).toContain("locked lifeboat only");
    expect((await post("/settings/lifeboat/new", { closing: "phrase" })).status).toBe(422);
    home.clock.advance(11 * 60_000);
    expect((await ask("/settings/lifeboat/new")).headers.get("location")).toContain("/confirm");
    expect((await ask("/settings/lifeboat/phrase")).headers.get("location")).toContain("/confirm");
  });
});
