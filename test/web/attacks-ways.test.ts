import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NoteView } from "../../server/domain/note.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { ask } from "./attacks.ts";

let home: TestInstance;
let note: NoteView;
beforeAll(async () => {
  home = await createInstance();
  const ann = await aMember(home, "ann");
  note = await aNote(home, { by: ann.viewer });
});
afterAll(() => home.close());

/** What a visitor is shown whose server offers this address for doing something with a note. */
async function wayTo(template: string): Promise<string> {
  home.clock.advance(3_600_000);
  home.network.join("there.test", async () =>
    Response.json(
      {
        subject: "acct:zoe@there.test",
        links: [
          { rel: "http://ostatus.org/schema/1.0/subscribe", template },
          { rel: "self", type: "application/activity+json", href: "https://there.test/users/zoe" },
        ],
      },
      { headers: { "content-type": "application/jrd+json" } },
    ),
  );
  const fields = [
    ["account", "@zoe@there.test"],
    ["uri", note.uri],
    ["intent", "Like"],
  ] as const;
  return await (await ask(home, { method: "POST", path: "/interact" }, { fields })).text();
}

/** Where the links of the page itself lead, the way around the site left out. */
const leading = (page: string) =>
  [
    ...(page.split("<main").at(1)?.split("</main>").at(0) ?? "").matchAll(
      /<a class="button primary" href="([^"]*)"/g,
    ),
  ].map(([, to]) => to);

describe("The way to somebody's own server (WEB-08)", () => {
  test("is a link with its host in sight, and never a jump", async () => {
    const page = await wayTo("https://web.there.test/do?uri={uri}");
    expect(leading(page)).toEqual([`https://web.there.test/do?uri=${encodeURIComponent(note.uri)}`]);
    expect(page).toContain("web.there.test");
  });

  test.each([
    "javascript:alert('{uri}')",
    "JaVaScRiPt:{uri}",
    "java\nscript:{uri}",
    "data:text/html,{uri}",
    "http://there.test/?uri={uri}",
    "//there.test/?uri={uri}",
    "/do?uri={uri}",
    "{uri}",
  ])("is not %j", async (template) => {
    const page = await wayTo(template);
    for (const to of leading(page)) expect(to).toMatch(/^https:\/\/there\.test\//);
    expect(page).not.toMatch(/href="(?:javascript|data|http):/i);
  });

  test("names no user and no password", async () => {
    const [to = ""] = leading(await wayTo("https://home.test@evil.test/?uri={uri}"));
    expect(to).toMatch(/^https:\/\/evil\.test\//);
  });
});

describe("Looking things up elsewhere (DOS-08)", () => {
  test("is for members, twenty times a minute by whatever page, and never for visitors", async () => {
    const bob = await aMember(home, "bob");
    const asked: string[] = [];
    for (let at = 0; at < 40; at++)
      home.network.join(`far${at}.test`, async (request) => {
        asked.push(request.url);
        return new Response(null, { status: 404 });
      });
    const pages = (at: number) => [
      `/search?q=@zoe@far${at}.test`,
      `/search?q=https://far${at}.test/1`,
      `/authorize_interaction?uri=https://far${at}.test/2`,
      `/intents/like?object=https://far${at}.test/3`,
      `/share?inReplyTo=https://far${at}.test/4`,
      `/@zoe@far${at}.test`,
    ];
    home.clock.advance(3_600_000);
    for (let at = 0; at < 40; at++)
      for (const path of pages(at).slice(0, 2)) await ask(home, { method: "GET", path });
    expect(asked).toEqual([]);
    home.clock.advance(3_600_000);
    for (let at = 0; at < 40; at++)
      for (const path of pages(at))
        expect((await ask(home, { method: "GET", path }, { who: bob })).status).toBeLessThan(500);
    const hosts = new Set(asked.map((url) => new URL(url).host));
    expect(hosts.size).toBeGreaterThan(0);
    expect(hosts.size).toBeLessThanOrEqual(20);
  });
});
