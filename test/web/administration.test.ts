import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { finishChore, findChore, requestChore } from "../../server/services/administration/chores.ts";
import { changeMember, findMembers, viewMember } from "../../server/services/administration/members.ts";
import { viewOverview } from "../../server/services/administration/overview.ts";
import { currentAnnouncements, saveAnnouncement } from "../../server/services/announcements/announcements.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { setTagHidden } from "../../server/services/moderation/hidden-tags.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { trendingTags } from "../../server/services/trends/explore.ts";
import { replaceTrends } from "../../server/store/trends.ts";
import { PAGES } from "../../web/page-table.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let owner: Viewer;
let ann: Member;
let guard: Member;
let boss: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  if (here.owner === null) throw new Error("An instance that is set up has an owner.");
  owner = here.owner;
  ann = await aMember(here, "ann");
  guard = await aMember(here, "guard", { role: "moderator" });
  boss = await aMember(here, "boss", { role: "admin" });
});
afterEach(() => here.close());

async function ask(
  path: string,
  member: Member,
  fields?: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const csrf = csrfToken(here.app, member.sessionToken);
  const response = await here.request(path, {
    redirect: "manual",
    headers: {
      accept: "text/html",
      cookie: `__Host-session=${member.sessionToken}`,
      origin: here.app.config.origin,
      ...(fields === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    },
    ...(fields === undefined
      ? {}
      : { method: "POST", body: new URLSearchParams({ ...fields, csrf }).toString() }),
  });
  return { status: response.status, text: await response.text() };
}

/** What everybody may read of what is decided here. */
const OPEN = /^\/moderation\/(?:log|withheld)(?:$|[/.])/;

/** Every row for staff, with something in its slots. */
const STAFF_PAGES = PAGES.filter(
  ([method, path]) => /^\/(?:admin|moderation)\b/.test(path) && !(method === "GET" && OPEN.test(path)),
).map(
  ([method, path]) =>
    [
      method,
      path
        .replace(":username{[a-z0-9_]+}", "ann")
        .replace(":change", "suspend")
        .replace(/:id\{[^}]+\}/, "1"),
    ] as const,
);

describe("pages for staff", () => {
  test("are not there for members, and those of administrators not for moderators (ADM-01)", async () => {
    expect(STAFF_PAGES.length).toBeGreaterThan(30);
    for (const [method, path] of STAFF_PAGES) {
      const fields = method === "POST" ? { do: "block", domain: "x.test" } : undefined;
      expect([path, (await ask(path, ann, fields)).status]).toEqual([path, 404]);
      if (path.startsWith("/admin"))
        expect([path, (await ask(path, guard, fields)).status]).toEqual([path, 404]);
    }
    expect(await here.app.db.selectFrom("domain_blocks").selectAll().execute()).toEqual([]);
  });

  test("ask again who is there before anything grave, and carry the form along", async () => {
    here.clock.advance(11 * 60_000);
    const answer = await ask("/moderation/accounts/ann/suspend", guard, { do: "suspend" });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('name="confirm_password"');
    expect((await viewMember(here.app, owner, "ann")).state).toBe("active");
    expect((await ask("/moderation/domains", boss, { do: "block", domain: "x.test" })).status).toBe(401);
  });

  test("say no more than a role may know: an e-mail address is for administrators, network addresses for nobody", async () => {
    await here.app.db
      .updateTable("accounts")
      .set({ email: "ann@mail.test" })
      .where("id", "=", ann.viewer.accountId)
      .execute();
    const forGuard = await ask("/moderation/accounts/ann", guard);
    const forBoss = await ask("/moderation/accounts/ann", boss);
    expect([forGuard.text.includes("ann@mail.test"), forBoss.text.includes("ann@mail.test")]).toEqual([
      false,
      true,
    ]);
    expect(forBoss.text).not.toContain("203.0.113");
    expect((await ask("/moderation/accounts?q=mail.test", guard)).text).not.toContain("@ann");
  });

  test("show the words of a reported note, and never those of a direct one", async () => {
    const open = await aNote(here, { by: ann.viewer, source: "rude words" });
    const bea = await aMember(here, "bea");
    const secret = await aNote(here, {
      by: ann.viewer,
      source: "@bea @guard whispered",
      visibility: "direct",
    });
    await reportActor(here.app, bea.viewer, {
      targetId: ann.viewer.actorId,
      noteIds: [open.id, secret.id],
      category: "spam",
      comment: "look",
      forward: false,
    });
    const { text } = await ask("/moderation/reports", guard);
    expect(text).toContain("rude words");
    expect(text).not.toContain("whispered");
  });
});

describe("roles", () => {
  test("nobody acts on themselves, on equals or above; the owner acts on everybody else", async () => {
    const may = async (viewer: Viewer, name: string) => (await viewMember(here.app, viewer, name)).may;
    expect(await may(guard.viewer, "ann")).toEqual(["suspend"]);
    for (const name of ["guard", "boss", "owner_here"]) expect(await may(guard.viewer, name)).toEqual([]);
    expect(await may(boss.viewer, "guard")).toContain("role");
    expect(await may(boss.viewer, "owner_here")).toEqual([]);
    expect(await may(owner, "boss")).toContain("role");
    await expect(
      changeMember(here.app, boss.viewer, "boss", { do: "role", role: "owner" }),
    ).rejects.toThrow();
    await expect(
      changeMember(here.app, boss.viewer, "ann", { do: "role", role: "admin" }),
    ).rejects.toMatchObject({
      kind: "invalid",
    });
    await expect(changeMember(here.app, guard.viewer, "boss", { do: "suspend" })).rejects.toMatchObject({
      kind: "forbidden",
    });
    await changeMember(here.app, owner, "boss", { do: "role", role: "owner" });
    expect((await viewMember(here.app, owner, "boss")).role).toBe("owner");
  });

  test("what is done already is done, pressed twice or by two", async () => {
    await changeMember(here.app, guard.viewer, "ann", { do: "suspend" });
    await changeMember(here.app, boss.viewer, "ann", { do: "suspend" });
    expect((await viewMember(here.app, owner, "ann")).state).toBe("suspended");
    await changeMember(here.app, boss.viewer, "ann", { do: "unsuspend" });
    await changeMember(here.app, boss.viewer, "ann", { do: "unsuspend" });
    const found = await findMembers(here.app, guard.viewer, {
      words: "@AN",
      state: "active",
      role: "all",
      sort: "seen",
      page: Number.NaN,
    });
    expect(found.members.map(({ actor }) => actor.username)).toEqual(["ann"]);
  });
});

describe("chores", () => {
  test("wait, end with what they found, and are for administrators", async () => {
    await expect(requestChore(here.app, guard.viewer, "examine")).rejects.toMatchObject({
      kind: "forbidden",
    });
    expect(await findChore(here.app, owner, "examine")).toBeNull();
    await requestChore(here.app, owner, "examine");
    await requestChore(here.app, owner, "examine");
    expect(
      (await here.app.db.selectFrom("jobs").select("id").where("kind", "=", "chore").execute()).length,
    ).toBe(1);
    expect((await findChore(here.app, owner, "examine"))?.state).toBe("waiting");
    await finishChore(here.app, "examine", [{ subject: "disk", state: "fail", text: "full" }]);
    const { concerns } = await viewOverview(here.app, owner);
    expect(concerns).toContainEqual({ about: "examined", count: 1 });
  });
});

describe("announcements", () => {
  const say = (source: string) => ({ source, language: "en", startsAt: null, endsAt: null, publish: true });

  test("are safe HTML for members, and go with whoever leaves", async () => {
    const id = await saveAnnouncement(
      here.app,
      owner,
      null,
      say("<img src=x onerror=alert(1)> **now** #tag @ann"),
    );
    const [one] = await currentAnnouncements(here.app, ann.viewer);
    expect(one?.contentHtml).not.toContain("<img");
    expect((await ask("/home", ann)).text).toContain("<strong>now</strong>");
    expect((await ask(`/announcements/${id}/read`, ann, {})).status).toBe(303);
    expect((await ask("/announcements/999/read", ann, {})).status).toBe(303);
    expect(await currentAnnouncements(here.app, ann.viewer)).toEqual([]);
    await removeMember(here.app, ann.viewer.actorId);
    expect(await here.app.db.selectFrom("announcement_reads").selectAll().execute()).toEqual([]);
    await expect(saveAnnouncement(here.app, guard.viewer, null, say("no"))).rejects.toMatchObject({
      kind: "forbidden",
    });
    await expect(saveAnnouncement(here.app, owner, 12345, say("gone"))).rejects.toMatchObject({
      kind: "not_found",
    });
  });
});

describe("popular tags", () => {
  test("that are hidden are not shown as popular", async () => {
    const { app } = here;
    const trend = (subject: string) => ({
      kind: "tag" as const,
      subject,
      score: 1,
      detail: "{}",
      updated_at: 1,
    });
    await replaceTrends(app.db, "tag", [trend("tides"), trend("giveaway")]);
    await setTagHidden(app, guard.viewer, { tag: "#GiveAway", hidden: true });
    expect((await trendingTags(app, null)).map(({ tag }) => tag)).toEqual(["tides"]);
    await expect(setTagHidden(app, guard.viewer, { tag: "two words", hidden: true })).rejects.toMatchObject({
      kind: "invalid",
    });
    await setTagHidden(app, guard.viewer, { tag: "giveaway", hidden: false });
    expect((await trendingTags(app, null)).length).toBe(2);
  });
});
