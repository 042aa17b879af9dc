import { describe, expect, test } from "vitest";
import type { Browser } from "./browser.ts";
import { follow, join, post, setUp } from "./people.ts";
import { eventually, type Server, startServer } from "./processes.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** Somebody on a server: their browser, and their handle as others write it. */
type Person = { readonly server: Server; readonly browser: Browser; readonly handle: string };

describe("Two servers", { timeout: 120_000 }, () => {
  test("find, follow and read each other both ways, and hear of likes, boosts, edits and deletions", async () => {
    const [ann, bo] = await twoPeople();
    await followed(bo, ann);
    await followed(ann, bo);

    const notePath = await post(ann.browser, `Good morning from the *east*, 早上好 #sunrise`);
    const note = await activityJson(ann.server, notePath);
    expect(note).toMatchObject({ type: "Note", to: [PUBLIC] });
    const copy = await seen(bo, "Good morning from the east");

    const replyPath = await post(bo.browser, `${ann.handle} and good evening`, `/compose?reply=${copy.id}`);
    const reply = await activityJson(bo.server, replyPath);
    expect(reply).toMatchObject({ type: "Note", inReplyTo: note["id"] });
    await eventually(async () => expect((await ann.browser.get(notePath)).text).toContain("good evening"));
    expect((await ann.browser.get("/notifications")).text).toContain("good evening");

    await bo.browser.submit(copy.path, `${copy.path}/react`, { do: "like" });
    await bo.browser.submit(copy.path, `${copy.path}/react`, { do: "boost" });
    await eventually(async () => {
      expect((await ann.browser.get(`${notePath}/likes`)).text).toContain(bo.handle);
      expect((await ann.browser.get(`${notePath}/boosts`)).text).toContain(bo.handle);
    });

    await ann.browser.submit(`${notePath}/edit`, `${notePath}/edit`, { source: "Good night, 晚安" });
    await eventually(async () =>
      expect((await bo.browser.get(copy.path)).text).toContain("Good night, 晚安"),
    );
    expect((await bo.browser.get(copy.path)).text).not.toContain("Good morning");
    expect((await bo.browser.get(`${copy.path}/history`)).text).toContain("Good morning");

    await ann.browser.submit(`${notePath}/delete`, `${notePath}/delete`, {});
    await eventually(async () => expect([404, 410]).toContain((await bo.browser.get(copy.path)).status));
    const gone = await fetch(String(note["id"]), { headers: { accept: "application/activity+json" } });
    expect([gone.status, await gone.json()]).toMatchObject([410, { type: "Tombstone", id: note["id"] }]);
  });

  test("take back a like, a boost and a follow", async () => {
    const [ann, bo] = await twoPeople();
    await followed(bo, ann);
    const notePath = await post(ann.browser, "Think twice");
    const copy = await seen(bo, "Think twice");
    const react = async (what: string) =>
      await bo.browser.submit(copy.path, `${copy.path}/react`, { do: what });
    await react("like");
    await react("boost");
    await eventually(async () =>
      expect((await ann.browser.get(`${notePath}/boosts`)).text).toContain(bo.handle),
    );
    await react("unlike");
    await react("unboost");
    await bo.browser.submit(`/${ann.handle}`, `/${ann.handle}/relationship`, { do: "unfollow" });
    await eventually(async () => {
      expect((await ann.browser.get(`${notePath}/likes`)).text).not.toContain(bo.handle);
      expect((await ann.browser.get(`${notePath}/boosts`)).text).not.toContain(bo.handle);
      expect(await followersOf(ann)).toBe(0);
    });
  });

  test("keep followers-only and direct notes from those they are not for", async () => {
    const [ann, bo] = await twoPeople();
    const cy = await join(bo.server, "cy");
    await followed(bo, ann);
    const closed = await postTo(ann, "For those who follow", "followers");
    const direct = await postTo(ann, `${bo.handle} for you alone`, "direct");
    const copies = [
      await seen(bo, "For those who follow"),
      await seen(bo, "for you alone", "/notifications"),
    ];
    for (const copy of copies) expect((await cy.get(copy.path)).status).toBe(404);
    for (const path of [closed, direct]) {
      for (const accept of ["application/activity+json", "text/html"])
        expect((await fetch(`${ann.server.address}${path}`, { headers: { accept } })).status).toBe(404);
    }
    const open = await post(ann.browser, "For everybody");
    const shown = await eventually(async () => {
      const outbox = await activityJson(ann.server, String((await actorJson(ann))["outbox"]));
      const page = await activityJson(ann.server, String(outbox["first"]));
      expect(JSON.stringify(page)).toContain(idOf(open));
      return JSON.stringify(page);
    });
    for (const path of [closed, direct]) expect(shown).not.toContain(idOf(path));
  });
});

async function twoPeople(): Promise<readonly [Person, Person]> {
  const [east, west] = await Promise.all([startServer(), startServer()]);
  const person = async (server: Server, name: string) => ({
    server,
    browser: await setUp(server, name),
    handle: `@${name}@${new URL(server.origin).host}`,
  });
  return [await person(east, "ann"), await person(west, "bo")];
}

/** Follows through search and profile, and waits until both sides know. */
async function followed(who: Person, whom: Person): Promise<void> {
  const before = await followersOf(whom);
  await follow(who.browser, whom.handle);
  await eventually(async () => {
    expect((await who.browser.get(`/${whom.handle}`)).html).toContain('value="unfollow" aria-pressed="true"');
    expect((await who.browser.get(`/${whom.handle}`)).text).not.toContain("Requested");
    expect(await followersOf(whom)).toBe(before + 1);
  });
}

/** A note that came over the wire: where it is on the reader's server. */
async function seen(
  reader: Person,
  text: string,
  on = "/",
): Promise<{ readonly path: string; readonly id: string }> {
  const page = await eventually(async () => {
    const shown = await reader.browser.get(on);
    expect(shown.text).toContain(text);
    return shown;
  });
  const article = page.html.split("<article ").find((part) => plain(part).includes(text)) ?? "";
  const [, path, id] = /<a class="u-url" href="(\/@[^/"]+\/(\d+))"/.exec(article) ?? [];
  if (path === undefined || id === undefined) throw new Error(`No note with "${text}" on ${on}.`);
  return { path, id };
}

function plain(html: string): string {
  return html.replace(/<[^>]*>/g, "");
}

/** The number that ends the path of a note's page. */
function idOf(path: string): string {
  return /\d+$/.exec(path)?.[0] ?? path;
}

async function postTo(person: Person, source: string, visibility: string): Promise<string> {
  const page = await person.browser.submit("/compose", "/compose", { source, visibility, action: "post" });
  return (page.location ?? "").replace(/#.*$/, "");
}

/** What a page is to other servers. */
async function activityJson(server: Server, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(path, server.address), {
    headers: { accept: "application/activity+json" },
  });
  expect(response.headers.get("content-type")).toContain("application/activity+json");
  return (await response.json()) as Record<string, unknown>;
}

/** The actor's document, found as another server finds it: by WebFinger. */
async function actorJson(person: Person): Promise<Record<string, unknown>> {
  const resource = `acct:${person.handle.slice(1)}`;
  const finger = await fetch(
    `${person.server.address}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
  );
  const { links } = (await finger.json()) as {
    readonly links: readonly { readonly rel: string; readonly type?: string; readonly href?: string }[];
  };
  const self = links.find(({ rel, type }) => rel === "self" && type === "application/activity+json");
  return await activityJson(person.server, self?.href ?? "");
}

async function followersOf(person: Person): Promise<number> {
  const collection = await activityJson(person.server, String((await actorJson(person))["followers"]));
  return Number(collection["totalItems"]);
}
