import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addAlias } from "../../server/services/moves/moves.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { listPinned } from "../../server/services/actors/pins.ts";
import { updateActor } from "../../server/store/actors.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, find, follow } from "../support/pair.ts";

let here: TestInstance;
let ann: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
});
afterEach(() => here.close());

/** A page as a browser asks for it; signed in when a member is given. */
async function page(
  path: string,
  member?: Member,
  at = here,
): Promise<{ status: number; text: string; to: string | null }> {
  const cookie = member === undefined ? "" : `__Host-session=${member.sessionToken}`;
  const response = await at.request(path, { headers: { accept: "text/html", cookie }, redirect: "manual" });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

/** A form as a browser sends it. */
async function post(path: string, fields: Record<string, string>, member?: Member, at = here) {
  const csrf = member === undefined ? "" : csrfToken(at.app, member.sessionToken);
  const response = await at.request(path, {
    method: "POST",
    headers: {
      accept: "text/html",
      origin: at.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
      ...(member === undefined ? {} : { cookie: `__Host-session=${member.sessionToken}` }),
    },
    body: new URLSearchParams({ ...fields, csrf }).toString(),
    redirect: "manual",
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

describe("pins and tags in the pages", () => {
  test("a note is pinned by its menu, stands once on the profile, above the others, and comes off again", async () => {
    const pinned = await aNote(here, { by: ann.viewer, source: "look at me" });
    await aNote(here, { by: ann.viewer, source: "later words" });
    expect((await post(`/@ann/${pinned.id}/react`, { do: "pin", return: "/@ann" }, ann)).to).toBe(
      `/@ann#note-${pinned.id}`,
    );
    const { text } = await page("/@ann");
    expect(text.indexOf("look at me")).toBeLessThan(text.indexOf("later words"));
    expect(text.match(/id="note-/g)).toHaveLength(2);
    expect((await page(`/@ann/${pinned.id}`, ann)).text).toContain('value="unpin"');
    await post(`/@ann/${pinned.id}/react`, { do: "unpin", return: "/@ann" }, ann);
    expect(await listPinned(here.app, null, ann.viewer.actorId)).toEqual([]);
  });

  test("tags are added and removed in the settings, and refused with a word", async () => {
    expect((await post("/settings/featured", { tag: "#Gardens" }, ann)).to).toContain("saved");
    expect((await page("/@ann")).text).toContain('href="/tags/gardens"');
    const refused = await post("/settings/featured", { tag: "two words" }, ann);
    expect([refused.status, refused.text.includes("A tag is one word")]).toEqual([422, true]);
    await post("/settings/featured", { remove: "gardens" }, ann);
    expect((await page("/@ann")).text).not.toContain('href="/tags/gardens"');
  });

  test("whoever does not want them on the profile does not have them there", async () => {
    await post("/settings/featured", { tag: "gardens" }, ann);
    await updateProfile(here.app, ann.viewer, { showsFeatured: false });
    expect((await page("/@ann")).text).not.toContain('href="/tags/gardens"');
  });
});

describe("lists of people", () => {
  test("are hidden from everybody else on a wish, with their numbers in sight", async () => {
    const bo = await aMember(here, "bo");
    await post("/@ann/relationship", { do: "follow" }, bo);
    expect((await page("/@ann/followers")).text).toContain('href="/@bo"');
    await updateProfile(here.app, ann.viewer, { hidesRelations: true });
    const { text } = await page("/@ann/followers");
    expect(text).not.toContain('href="/@bo"');
    expect(text).toContain("does not show the list");
    expect((await page("/@ann/followers", ann)).text).toContain('href="/@bo"');
    expect((await page("/@ann")).text).toContain("<strong>1</strong> follower");
  });
});

describe("a profile says first", () => {
  test("that somebody lives elsewhere now, with the way there", async () => {
    const pair = await aPair();
    await addAlias(pair.west.app, pair.bo.viewer, "@ann@east.test");
    await pair.settle();
    const moved = await post(
      "/settings/moving",
      { do: "move", target: "@bo@west.test" },
      pair.ann,
      pair.east,
    );
    expect(moved.to).toContain("saved");
    await pair.settle();
    const { text } = await page("/@ann", undefined, pair.east);
    expect(text).toContain("lives elsewhere now");
    expect(text).toContain('href="/@bo@west.test"');
    const settings = (await page("/settings/moving", pair.ann, pair.east)).text;
    expect(settings).toContain("have been told");
    await post("/settings/moving", { do: "back" }, pair.ann, pair.east);
    expect((await page("/@ann", undefined, pair.east)).text).not.toContain("lives elsewhere now");
  });

  test("that somebody has died", async () => {
    await updateActor(here.app.db, ann.viewer.actorId, { memorial: 1 });
    expect((await page("/@ann")).text).toContain("kept in their memory");
  });
});

describe("visitors with an account elsewhere", () => {
  const TEMPLATE = "https://there.test/go?object={object}&text={content}&x={unknown}";
  const uri = () => here.app.uris.actor(ann.viewer.actorId);

  /** A server whose WebFinger answers with these links. */
  function there(links: readonly Record<string, string>[]): void {
    here.network.join("there.test", () =>
      Promise.resolve(
        Response.json(
          { subject: "acct:me@there.test", links },
          { headers: { "content-type": "application/jrd+json" } },
        ),
      ),
    );
  }
  const go = (account = "@me@there.test", intent = "Follow") =>
    post("/interact", { uri: uri(), intent, account });

  test("find the way from the follow button of a profile", async () => {
    expect((await page("/@ann")).text).toContain(
      `href="/interact?intent=Follow&amp;uri=${encodeURIComponent(uri())}"`,
    );
    const { status, text } = await page(`/interact?intent=Follow&uri=${encodeURIComponent(uri())}`);
    expect([status, text.includes('name="account"')]).toEqual([200, true]);
  });

  test("are led by the best link of their server: the intent, OStatus, any object", async () => {
    const intent = { rel: "https://w3id.org/fep/3b86/Follow", template: TEMPLATE };
    const ostatus = {
      rel: "http://ostatus.org/schema/1.0/subscribe",
      template: "https://there.test/ostatus?uri={uri}",
    };
    const object = { rel: "https://w3id.org/fep/3b86/Object", href: "https://there.test/object/{object}" };
    const filled = encodeURIComponent(uri());
    for (const [links, expected] of [
      [[object, ostatus, intent], `https://there.test/go?object=${filled}&amp;text=&amp;x=`],
      [[object, ostatus], `https://there.test/ostatus?uri=${filled}`],
      [[object], `https://there.test/object/${filled}`],
    ] as const) {
      there(links);
      expect((await go()).text).toContain(`href="${expected}"`);
    }
  });

  test("are never redirected, and never to anything but a web page", async () => {
    for (const template of [
      "javascript:alert({object})",
      "data:text/html,{object}",
      "//evil.test/{object}",
    ]) {
      there([{ rel: "https://w3id.org/fep/3b86/Follow", template }]);
      const { status, text, to } = await go();
      expect([status, to]).toEqual([502, null]);
      expect(text).not.toMatch(/href="(?:javascript|data|\/\/evil)/);
    }
    there([{ rel: "https://w3id.org/fep/3b86/Follow", template: TEMPLATE }]);
    const { status, to, text } = await go();
    expect([status, to]).toEqual([200, null]);
    expect(text).toContain("Go to there.test");
  });

  test("are told when nobody is found, when a name is none, and when it is too much", async () => {
    expect((await go("me")).text).toContain("Enter your whole name");
    expect((await go("@me@nowhere.test")).text).toContain("This account was not found");
    for (let index = 0; index < 20; index++) await go("@me@nowhere.test");
    expect((await go()).status).toBe(429);
  });

  test("do nothing with what is not here", async () => {
    expect((await page("/interact?uri=https%3A%2F%2Felsewhere.test%2Fx")).status).toBe(404);
    const hidden = await aNote(here, { by: ann.viewer, visibility: "followers" });
    expect((await page(`/interact?uri=${encodeURIComponent(hidden.uri)}`)).status).toBe(404);
  });
});

describe("people sent here by other sites", () => {
  test("follow, like and boost only after they said so, and go back by a link that names the host", async () => {
    const pair = await aPair();
    const { east, west, ann: member, bo } = pair;
    const note = await aNote(west, { by: bo.viewer, source: "from the west" });
    const boUri = west.app.uris.actor(bo.viewer.actorId);
    await follow(pair, east, member.viewer, "@bo@west.test");
    const back = "https://shop.test/thanks?a=1";
    for (const [verb, object, type] of [
      ["follow", boUri, null],
      ["like", note.uri, "Like"],
      ["announce", note.uri, "Announce"],
    ] as const) {
      const query = new URLSearchParams({ object, "on-success": back, "on-cancel": "javascript:alert(1)" });
      const asked = await page(`/intents/${verb}?${query.toString()}`, member, east);
      expect(asked.status).toBe(200);
      expect(asked.text).not.toContain('href="javascript');
      await pair.settle();
      if (type !== null) expect(sent(type)).toHaveLength(0);
      const done = await post(`/intents/${verb}`, { object, "on-success": back }, member, east);
      expect([done.status, done.to]).toEqual([200, null]);
      expect(done.text).toContain('href="https://shop.test/thanks?a=1"');
      expect(done.text).toContain("Back to shop.test");
      await pair.settle();
      if (type !== null) expect(sent(type)).toHaveLength(1);
    }
    function sent(type: string): readonly string[] {
      return pair.network.log.map(({ body }) => body).filter((body) => body.includes(`"type":"${type}"`));
    }
    expect((await page("/intents/eat?object=x", member, east)).status).toBe(404);
    expect((await page("/intents/follow?object=https%3A%2F%2Fnobody.test%2F", member, east)).text).toContain(
      "Nothing was found",
    );
  });

  test("sign in first and are back at the intent", async () => {
    const { status, to } = await page(
      "/intents/follow?object=https%3A%2F%2Fx.test%2Fy&on-success=https%3A%2F%2Fz.test",
    );
    expect(status).toBe(303);
    expect(decodeURIComponent(to ?? "")).toContain("/intents/follow?object=https%3A%2F%2Fx.test%2Fy");
  });

  test("go on writing what they began elsewhere", async () => {
    const { to } = await page("/share?text=Hello%20there&title=News", ann);
    expect(to).toBe("/compose?text=News%0A%0AHello+there");
    expect((await page(to ?? "", ann)).text).toContain("Hello there");
  });
});

test("a collection is made, filled, changed and given up in the pages; who was added is asked and may leave", async () => {
  const bo = await aMember(here, "bo");
  const made = await post(
    "/settings/collections",
    { do: "create", name: "Tea people", discoverable: "yes" },
    ann,
  );
  const path = made.to ?? "";
  expect(path).toMatch(/^\/collections\/\d+$/);
  expect((await page("/@ann")).text).toContain(`href="${path}"`);
  expect((await post(path, { do: "add", account: "@nobody@here.test" }, ann)).text).toContain(
    "was not found",
  );
  expect((await post(path, { do: "add", account: "bo" }, ann)).to).toContain("saved");
  expect((await page(path, ann)).text).toContain("asked");
  expect((await page(path)).text).not.toContain('href="/@bo"');
  const asked = (await page("/settings/collections", bo)).text;
  const itemId = /name="accept" value="(\d+)"/.exec(asked)?.[1] ?? "";
  expect((await page("/notifications", bo)).text).toContain("would like to recommend you");
  await post("/settings/collections", { accept: itemId }, bo);
  expect((await page(path)).text).toContain('href="/@bo"');
  await post("/settings/collections", { reject: itemId }, bo);
  expect((await page(path)).text).not.toContain('href="/@bo"');
  // Whoever left is not added again.
  await post(path, { do: "add", account: "@bo@here.test" }, ann);
  expect((await page(path)).text).not.toContain('href="/@bo"');
  expect((await post(path, { do: "change", name: "" }, ann)).status).toBe(422);
  expect((await post(path, { do: "delete" }, bo)).status).toBe(404);
  expect((await post(path, { do: "delete" }, ann)).to).toBe("/settings/collections");
  expect((await page(path)).status).toBe(404);
});

test("a remote profile's pins are read when somebody here looks at it, once a day", async () => {
  const pair = await aPair();
  const note = await aNote(pair.east, { by: pair.ann.viewer, source: "read me first" });
  await post(`/@ann/${note.id}/react`, { do: "pin" }, pair.ann, pair.east);
  await find(pair.west, pair.bo.viewer, "@ann@east.test");
  const asked = () => pair.network.log.filter(({ url }) => url.endsWith("/featured")).length;
  for (let looks = 0; looks < 3; looks++) {
    await page("/@ann@east.test", pair.bo, pair.west);
    await drain(pair.west);
  }
  expect((await page("/@ann@east.test", pair.bo, pair.west)).text).toContain("read me first");
  expect(asked()).toBeLessThanOrEqual(2);
  const before = asked();
  pair.clock.advance(25 * 3_600_000);
  await page("/@ann@east.test", pair.bo, pair.west);
  await drain(pair.west);
  expect(asked()).toBeGreaterThan(before);
});
