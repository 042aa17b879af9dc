import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { homeTimeline } from "../../server/services/timelines.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";

type Shown = { readonly status: number; readonly text: string; readonly to: string | null };

async function ask(
  at: TestInstance,
  path: string,
  member: Member | null,
  init: RequestInit = {},
): Promise<Shown> {
  const response = await at.request(path, {
    redirect: "manual",
    ...init,
    headers: {
      accept: "text/html",
      ...(member === null ? {} : { cookie: `__Host-session=${member.sessionToken}` }),
      origin: at.app.config.origin,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  return { status: response.status, text: await response.text(), to: response.headers.get("location") };
}

async function post(
  at: TestInstance,
  path: string,
  member: Member,
  fields: Readonly<Record<string, string>>,
) {
  const csrf = csrfToken(at.app, member.sessionToken);
  return await ask(at, path, member, {
    method: "POST",
    body: new URLSearchParams({ csrf, ...fields }).toString(),
  });
}

describe("Hiding a server", () => {
  const FORM = "/settings/blocks/servers";
  const hide = (pair: Pair, domain: string) => post(pair.east, FORM, pair.ann, { do: "hide", domain });
  const listed = ({ text }: Shown) =>
    [...text.matchAll(/name="domain" value="([^"]*)"><bdi/g)].map((match) => match[1]);

  test("takes its notes out of sight, is in the list, and is taken back there", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await aNote(pair.west, { by: pair.bo.viewer, source: "From the west" });
    await pair.settle();
    const seen = async () => (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items.length;
    expect(await seen()).toBe(1);
    const profile = await ask(pair.east, "/@bo@west.test", pair.ann);
    expect(profile.text).toContain('href="/settings/blocks?domain=west.test#servers"');
    const form = await ask(pair.east, "/settings/blocks?domain=west.test", pair.ann);
    expect(form.text).toMatch(/name="domain"[^>]*value="west\.test"/);
    expect(listed(form)).toEqual([]);

    const done = await hide(pair, " WEST.test ");
    expect([done.status, done.to]).toEqual([303, "/settings/blocks?saved=yes#servers"]);
    const after = await ask(pair.east, "/settings/blocks?saved=yes", pair.ann);
    expect(listed(after)).toEqual(["west.test"]);
    expect(await seen()).toBe(0);
    expect((await ask(pair.east, "/@bo@west.test", pair.ann)).text).not.toContain("?domain=west.test");

    expect((await hide(pair, "west.test")).status).toBe(303);
    const back = await post(pair.east, FORM, pair.ann, { do: "show", domain: "west.test" });
    expect(back.status).toBe(303);
    expect(listed(await ask(pair.east, "/settings/blocks", pair.ann))).toEqual([]);
    expect((await post(pair.east, FORM, pair.ann, { do: "show", domain: "west.test" })).status).toBe(303);
  });

  test.each([
    ["nothing", ""],
    ["no host", "not a server"],
    ["this server", "east.test"],
    ["what is too long", "x".repeat(300)],
    ["a character that none has", "\u0000"],
    ["a script", '"><script>alert(1)</script>'],
  ])("refuses %s, and keeps what was typed", async (_, domain) => {
    const pair = await aPair();
    const refused = await hide(pair, domain);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('aria-invalid="true"');
    expect(refused.text).not.toContain("<script>alert");
    if (domain === "not a server") expect(refused.text).toContain('value="not a server"');
    expect(listed(await ask(pair.east, "/settings/blocks", pair.ann))).toEqual([]);
  });

  test("is done by the person alone, for themselves alone, with a form of ours", async () => {
    const pair = await aPair();
    const cy = await aMember(pair.east, "cy");
    expect((await hide(pair, "west.test")).status).toBe(303);
    expect(listed(await ask(pair.east, "/settings/blocks", cy))).toEqual([]);
    const forged = await post(pair.east, FORM, cy, { do: "hide", domain: "far.test", csrf: "x" });
    expect(forged.status).toBe(403);
    const stranger = await ask(pair.east, FORM, null, { method: "POST", body: "do=hide&domain=far.test" });
    expect(stranger.status).not.toBe(200);
    expect(listed(await ask(pair.east, "/settings/blocks", cy))).toEqual([]);
  });
});

describe("A private comment on a profile", () => {
  let here: TestInstance;
  let ann: Member;
  let bo: Member;

  beforeEach(async () => {
    here = await createInstance({ host: "here.test" });
    ann = await aMember(here, "ann");
    bo = await aMember(here, "bo");
  });
  afterEach(() => here.close());

  const write = (comment: string, by = ann) =>
    post(here, "/@bo/relationship", by, { do: "comment", comment });
  const shown = async (by: Member | null) => {
    const { text } = await ask(here, "/@bo", by);
    const details =
      /<details class="private-comment"( open)?>[\s\S]*?<textarea[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(text);
    return details === null ? null : { isOpen: details[1] !== undefined, comment: details[2] };
  };

  test("is kept, open where there is one, changed, and forgotten", async () => {
    expect(await shown(ann)).toEqual({ isOpen: false, comment: "" });
    const done = await write("  Met in 北京\r\nlikes <b>tea</b> & مرحبا  ");
    expect([done.status, done.to]).toEqual([303, "/@bo"]);
    const kept = await shown(ann);
    expect(kept?.isOpen).toBe(true);
    expect(kept?.comment?.replaceAll("\r", "")).toBe("Met in 北京\nlikes &lt;b&gt;tea&lt;/b&gt; &amp; مرحبا");
    await write("Other words");
    expect(await shown(ann)).toEqual({ isOpen: true, comment: "Other words" });
    await write("   ");
    expect(await shown(ann)).toEqual({ isOpen: false, comment: "" });
  });

  test("is seen by whoever wrote it alone, and has no place on one's own profile or for visitors", async () => {
    await write("Owes me a book");
    const cy = await aMember(here, "cy");
    expect(await shown(cy)).toEqual({ isOpen: false, comment: "" });
    expect(await shown(bo)).toBeNull();
    expect(await shown(null)).toBeNull();
    for (const member of [bo, cy, null])
      for (const path of ["/@bo", "/@bo/followers", "/settings/export"])
        expect((await ask(here, path, member)).text).not.toContain("Owes me a book");
    await write("Mine", cy);
    expect(await shown(ann)).toEqual({ isOpen: true, comment: "Owes me a book" });
  });

  test("has an end, and is written with a form of ours about somebody who is there", async () => {
    expect((await write("💌".repeat(2_000))).status).toBe(303);
    const much = await write("x".repeat(2_001));
    expect(much.status).toBe(422);
    expect((await shown(ann))?.comment).toBe("💌".repeat(2_000));
    const forged = await post(here, "/@bo/relationship", ann, { do: "comment", comment: "x", csrf: "x" });
    expect(forged.status).toBe(403);
    const nobody = await post(here, "/@nobody/relationship", ann, { do: "comment", comment: "x" });
    expect(nobody.status).toBe(404);
    expect((await shown(ann))?.comment).toBe("💌".repeat(2_000));
  });

  test("leads back to where it was written", async () => {
    const done = await post(here, "/@bo/relationship", ann, {
      do: "comment",
      comment: "x",
      return: "/@bo/followers",
    });
    expect(done.to).toBe("/@bo/followers");
    const away = await post(here, "/@bo/relationship", ann, {
      do: "comment",
      comment: "x",
      return: "//evil.test/",
    });
    expect(away.to).toBe("/@bo");
  });
});
