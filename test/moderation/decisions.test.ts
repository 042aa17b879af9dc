import { afterEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { Measure } from "../../server/domain/decision.ts";
import type { ActorId, DecisionId, NoteId } from "../../server/domain/ids.ts";
import { listPeople } from "../../server/services/actors/people.ts";
import { findRelationship, viewActor } from "../../server/services/actors/actors.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { appealDecision, judgeAppeal, listAppeals } from "../../server/services/moderation/appeals.ts";
import { latestDecision, listOwnDecisions } from "../../server/services/moderation/decision-views.ts";
import {
  decide,
  endDueDecisions,
  endMeasures,
  reverseDecision,
} from "../../server/services/moderation/decisions.ts";
import { statementOf } from "../../server/services/moderation/statements.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { applyHostRules } from "../../server/services/moderation/domains-apply.ts";
import { blockDomain, unblockDomain } from "../../server/services/moderation/domains.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { setRole } from "../../server/services/operations/operations.ts";
import { editNote } from "../../server/services/notes/notes.ts";
import { followTag } from "../../server/services/tags/tag-follows.ts";
import { createPeer } from "../federation/peer.ts";
import { followActor, receiveFollow } from "../../server/services/relations/follows.ts";
import { publicTimeline } from "../../server/services/trends/explore.ts";
import { search } from "../../server/services/search.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import {
  homeTimeline,
  localTimeline,
  profileTimeline,
  tagTimeline,
} from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { drain } from "../support/network.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const REASONS = {
  ground: "rules",
  groundText: "Be kind.",
  explanation: "It calls somebody names.",
  facts: "A note of Tuesday.",
  category: "STATEMENT_CATEGORY_CYBER_VIOLENCE",
  language: "en",
} as const;

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app } = instance;
    const { viewer: guard } = await aMember(instance, "guard", { role: "moderator" });
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const act = async (
      measure: Measure,
      actorId: ActorId,
      more: { readonly noteId?: NoteId; readonly label?: string; readonly endsAt?: number } = {},
      by: Viewer | null = guard,
    ): Promise<DecisionId> =>
      await decide(app, by, {
        measure,
        actorId,
        ...more,
        statement: await statementOf(app, { measure, noteId: more.noteId, isReported: false }, REASONS),
      });
    const row = async (id: ActorId) =>
      await app.db.selectFrom("actors").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    const lines = async () =>
      (await app.db.selectFrom("log_entries").select("body").orderBy("seq").execute()).map(
        ({ body }) => JSON.parse(body) as Record<string, unknown>,
      );
    return { instance, app, guard, mei, li, act, row, lines, owner: instance.owner as Viewer };
  };

  describe("a decision", () => {
    it("hides a note from everybody but its author and staff, and lets it be seen again when it is taken back", async () => {
      const { instance, app, guard, mei, li, act } = await start();
      const note = await aNote(instance, { by: mei, source: "something nasty #harbour" });
      await followActor(app, li, mei.actorId);
      const seen = async (viewer: Viewer | null) => {
        try {
          return (await viewNote(app, viewer, note.id)).hidden;
        } catch {
          return null;
        }
      };
      const listed = async (viewer: Viewer | null) => [
        (await localTimeline(app, viewer, {})).items.length,
        (await profileTimeline(app, viewer, mei.actorId, { withReplies: true })).items.length,
        viewer === null ? 0 : (await homeTimeline(app, viewer, {})).items.length,
        (await search(app, viewer, "nasty")).notes.length,
      ];
      expect(await listed(li)).toEqual([1, 1, 1, 1]);
      const id = await act("hide", mei.actorId, { noteId: note.id });
      expect([await seen(null), await seen(li), await seen(mei), await seen(guard)]).toEqual([
        null,
        null,
        true,
        true,
      ]);
      expect(await listed(li)).toEqual([0, 0, 0, 0]);
      expect(await listed(null)).toEqual([0, 0, 0, 0]);
      await reverseDecision(app, guard, id);
      expect([await seen(null), await seen(li)]).toEqual([false, false]);
      expect(await listed(li)).toEqual([1, 1, 1, 1]);
    });

    it("holds as long as any decision asks for it, and restores nothing else", async () => {
      const { app, guard, mei, act, row } = await start();
      const first = await act("limit", mei.actorId);
      const second = await act("limit", mei.actorId, { endsAt: app.clock.now() + 3_600_000 });
      await act("sensitive", mei.actorId);
      await reverseDecision(app, guard, first);
      expect((await row(mei.actorId)).limited_at).not.toBeNull();
      await reverseDecision(app, guard, second);
      expect(await row(mei.actorId)).toMatchObject({ limited_at: null, limited_by: null });
      expect((await row(mei.actorId)).sensitized_at).not.toBeNull();
      // Twice is once.
      await reverseDecision(app, guard, second);
      await endMeasures(app, guard, { actorId: mei.actorId, measure: "sensitive" });
      expect((await row(mei.actorId)).sensitized_at).toBeNull();
    });

    it("agrees with all the others when several are made and taken back at once", async () => {
      const { app, guard, mei, owner, act, row, lines } = await start();
      const made = await Promise.all([
        act("limit", mei.actorId),
        act("limit", mei.actorId, {}, owner),
        act("sensitive", mei.actorId),
        act("suspend", mei.actorId, {}, owner),
      ]);
      expect(await row(mei.actorId)).toMatchObject({ limited_by: "moderator", suspended_by: "moderator" });
      await Promise.all(made.flatMap((id) => [guard, owner].map((by) => reverseDecision(app, by, id))));
      expect(await row(mei.actorId)).toMatchObject({
        limited_at: null,
        sensitized_at: null,
        suspended_at: null,
        suspended_by: null,
      });
      const all = await lines();
      expect(all.map((line) => line["seq"])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(all.filter((line) => line["kind"] === "reversed")).toHaveLength(4);
    });

    it("ends by itself at its time", async () => {
      const { instance, app, mei, act, row } = await start();
      await act("limit", mei.actorId, { endsAt: app.clock.now() + 60_000 });
      expect(await endDueDecisions(app)).toBe(0);
      instance.clock.advance(60_000);
      expect(await endDueDecisions(app)).toBe(1);
      expect((await row(mei.actorId)).limited_at).toBeNull();
      const { items } = await listOwnDecisions(app, mei, {});
      expect(items.map((one) => [one.measure, one.state])).toEqual([["limit", "ended"]]);
    });

    it("is one when the form is sent twice", async () => {
      const { app, mei, act } = await start();
      const [one, two] = [await act("warn", mei.actorId), await act("warn", mei.actorId)];
      expect(one).toBe(two);
      expect(await app.db.selectFrom("decisions").selectAll().execute()).toHaveLength(1);
    });

    it("is told to the person with all its reasons, but not who decided", async () => {
      const { app, guard, mei, act } = await start();
      await act("warn", mei.actorId);
      const told = (await listNotifications(app, mei, {})).items;
      expect(told.map((one) => [one.kind, one.decision?.measure])).toEqual([["decision", "warn"]]);
      const own = await latestDecision(app, mei);
      expect(own).toMatchObject({ state: "ended", by: null, statement: { ground: "Be kind." } });
      expect(JSON.stringify(own)).not.toContain(guard.username);
    });

    it("is a line of the public log that names nobody, and a line of the audit log that does", async () => {
      const { app, guard, mei, act, lines } = await start();
      const id = await act("limit", mei.actorId);
      await reverseDecision(app, guard, id);
      const all = await lines();
      expect(all.map((line) => [line["kind"], line["what"], line["subject"]])).toEqual([
        ["decision", "limit", "member"],
        ["reversed", "limit", "member"],
      ]);
      expect(all[1]?.["about"]).toBe(all[0]?.["seq"]);
      expect(JSON.stringify(all)).not.toMatch(/mei|guard/);
      const audited = await app.db.selectFrom("audit_entries").selectAll().orderBy("seq").execute();
      expect(
        audited.filter((one) => one.what.startsWith("decision.")).map((one) => [one.who, one.what]),
      ).toEqual([
        ["guard", "decision.made"],
        ["guard", "decision.reversed"],
      ]);
    });
  });

  describe("whoever decides", () => {
    it("does so neither about themselves, nor about equals or those above, and members not at all", async () => {
      const { app, guard, mei, li, owner, act } = await start();
      await setRole(app, { username: "li", role: "moderator" });
      const refused = [
        [guard, guard.actorId],
        [guard, li.actorId],
        [guard, owner.actorId],
        [mei, li.actorId],
      ] as const;
      for (const [by, about] of refused)
        await expect(act("warn", about, {}, by)).rejects.toMatchObject({ kind: "forbidden" });
      await expect(act("delete", mei.actorId)).rejects.toMatchObject({ kind: "forbidden" });
      await expect(act("suspend", owner.actorId, {}, null)).rejects.toMatchObject({ kind: "conflict" });
      expect(await app.db.selectFrom("decisions").selectAll().execute()).toEqual([]);
      expect(await app.db.selectFrom("log_entries").selectAll().execute()).toEqual([]);
    });

    it("is refused what does not fit: a measure for something else, a wrong word, a time that is over", async () => {
      const { instance, app, mei, li, act } = await start();
      const note = await aNote(instance, { by: mei });
      const past = app.clock.now() - 1;
      const faults = [
        () => act("hide", mei.actorId),
        () => act("limit", mei.actorId, { noteId: note.id }),
        () => act("label", mei.actorId, { noteId: note.id, label: "ugly" }),
        () => act("limit", mei.actorId, { endsAt: past }),
        () => act("warn", mei.actorId, { endsAt: app.clock.now() + 1_000 }),
      ];
      for (const fault of faults) await expect(fault()).rejects.toMatchObject({ kind: "invalid" });
      await expect(act("hide", li.actorId, { noteId: note.id })).rejects.toMatchObject({ kind: "not_found" });
      expect(await app.db.selectFrom("decisions").selectAll().execute()).toEqual([]);
    });
  });

  describe("limited", () => {
    it("means seen by followers and at one's own address, and nowhere where strangers look around", async () => {
      const { instance, app, mei, li, act } = await start();
      const { viewer: kim } = await aMember(instance, "kim");
      await followActor(app, li, mei.actorId);
      const note = await aNote(instance, { by: mei, source: "limited words #harbour" });
      const met = async (viewer: Viewer | null) => [
        (await localTimeline(app, viewer, {})).items.length,
        (await publicTimeline(app, viewer, { from: "known", onlyMedia: false })).items.length,
        (await search(app, viewer, "limited")).notes.length,
        (await search(app, viewer, "me")).actors.length,
        (await tagTimeline(app, viewer, "harbour", {})).items.length,
      ];
      const directory = async (order: "active" | "new") =>
        (await listPeople(app, kim, { localOnly: true, order, from: 0, limit: 20 })).filter(
          ({ actor }) => actor.id === mei.actorId,
        ).length;
      await followTag(app, kim, "harbour");
      expect(await met(kim)).toEqual([1, 1, 1, 1, 1]);
      expect((await homeTimeline(app, kim, {})).items).toHaveLength(1);
      expect([await directory("active"), await directory("new")]).toEqual([1, 1]);
      await act("limit", mei.actorId);
      expect(await met(kim)).toEqual([0, 0, 0, 0, 0]);
      expect(await met(null)).toEqual([0, 0, 0, 0, 0]);
      expect(await met(li)).toEqual([1, 1, 1, 1, 1]);
      expect(await met(mei)).toEqual([1, 1, 1, 1, 1]);
      expect((await homeTimeline(app, kim, {})).items).toHaveLength(0);
      expect([await directory("active"), await directory("new")]).toEqual([0, 0]);
      expect((await homeTimeline(app, li, {})).items).toHaveLength(1);
      expect((await viewNote(app, kim, note.id)).id).toBe(note.id);
      expect((await search(app, kim, "mei")).actors).toHaveLength(1);
      expect((await viewActor(app, mei.actorId))?.limited).toBe(true);
      // Strangers hear nothing of them until they ask; followers do.
      await aNote(instance, { by: mei, source: "@kim @li hello" });
      expect((await listNotifications(app, kim, {})).items).toEqual([]);
      expect((await listNotifications(app, li, {})).items.map((one) => one.kind)).toEqual(["mention"]);
    });

    it("means that they ask before they follow anybody but their own followers", async () => {
      const { app, mei, li, guard, act } = await start();
      await followActor(app, li, mei.actorId);
      await act("limit", mei.actorId);
      await followActor(app, mei, li.actorId);
      await followActor(app, mei, guard.actorId);
      const state = async (viewer: Viewer) => (await findRelationship(app, mei, viewer.actorId)).following;
      expect([await state(li), await state(guard)]).toEqual(["accepted", "pending"]);
    });

    it("collapses answers in threads for who does not follow", async () => {
      const { instance, app, mei, li, act } = await start();
      const note = await aNote(instance, { by: li });
      await aNote(instance, { by: mei, source: "an answer", replyTo: note.id });
      await act("limit", mei.actorId);
      const { viewer: kim } = await aMember(instance, "kim");
      const thread = async (viewer: Viewer | null) => {
        const { replies, hidden } = await viewThread(app, viewer, note.id);
        return [replies.length, hidden.length];
      };
      expect(await thread(kim)).toEqual([0, 1]);
    });
  });

  it("covers media, and puts words on notes, until all of it is taken back", async () => {
    const { instance, app, guard, mei, act } = await start();
    const note = await aNote(instance, { by: mei });
    const label = await act("label", mei.actorId, { noteId: note.id, label: "disputed" });
    const cover = await act("sensitive", mei.actorId, { noteId: note.id });
    expect(await viewNote(app, null, note.id)).toMatchObject({ labels: ["disputed"], sensitive: true });
    await reverseDecision(app, guard, label);
    await reverseDecision(app, guard, cover);
    expect(await viewNote(app, null, note.id)).toMatchObject({ labels: [], sensitive: false });
    await act("sensitive", mei.actorId);
    expect(await viewNote(app, null, note.id)).toMatchObject({ sensitive: true });
  });

  it("deletes a note for good, and an account when an administrator does it", async () => {
    const { instance, app, mei, owner, act } = await start();
    const note = await aNote(instance, { by: mei });
    await act("delete", mei.actorId, { noteId: note.id });
    await expect(viewNote(app, mei, note.id)).rejects.toMatchObject({ kind: "gone" });
    await act("delete", mei.actorId, {}, owner);
    expect(await viewActor(app, mei.actorId)).toBeNull();
  });

  describe("about people of other servers", () => {
    const far = async ({ instance, app, mei }: Awaited<ReturnType<typeof start>>) => {
      const eve = await aRemoteActor(instance, "eve");
      await receiveFollow(app, {
        uri: `${eve.uri}/f1`,
        actorUri: eve.uri,
        objectUri: app.uris.actor(mei.actorId),
      });
      const noteId = await receiveNote(
        app,
        aReceivedNote(eve, "one", { contentHtml: "<p>far words</p>" }),
        "wanted",
      );
      if (noteId === null) throw new Error("The note was not taken.");
      return { eve, noteId };
    };

    it("hides them with all they wrote and ends follows, and no rule about servers lets them in again", async () => {
      const scene = await start();
      const { app, guard, mei, act, row } = scene;
      const { eve, noteId } = await far(scene);
      expect((await viewActor(app, mei.actorId))?.followersCount).toBe(1);
      const id = await act("suspend", eve.id);
      expect(await row(eve.id)).toMatchObject({ suspended_by: "moderator" });
      await expect(viewNote(app, mei, noteId)).rejects.toMatchObject({ kind: "not_found" });
      expect((await viewActor(app, mei.actorId))?.followersCount).toBe(0);
      expect(await receiveNote(app, aReceivedNote(eve, "two"), "delivered")).toBeNull();
      await blockDomain(app, { domain: "far.test" });
      await applyHostRules(app, "far.test");
      await unblockDomain(app, { domain: "far.test" });
      await applyHostRules(app, "far.test");
      expect((await row(eve.id)).suspended_at).not.toBeNull();
      await reverseDecision(app, guard, id);
      expect(await row(eve.id)).toMatchObject({ suspended_at: null, suspended_by: null });
      expect((await viewNote(app, mei, noteId)).id).toBe(noteId);
    });

    it("lets a rule about their server hold beneath what was decided about them alone", async () => {
      const scene = await start();
      const { instance, app, guard, act, row } = scene;
      const { eve } = await far(scene);
      const id = await act("suspend", eve.id);
      await blockDomain(app, { domain: "far.test" });
      await drain(instance);
      await reverseDecision(app, guard, id);
      await drain(instance);
      expect(await row(eve.id)).toMatchObject({ suspended_by: "domain" });
    });

    it("removes a note for good: it does not come again from its server", async () => {
      const scene = await start();
      const { app, mei, act } = scene;
      const { eve, noteId } = await far(scene);
      await act("delete", eve.id, { noteId });
      await expect(viewNote(app, mei, noteId)).rejects.toMatchObject({ kind: "gone" });
      expect(await receiveNote(app, aReceivedNote(eve, "one"), "delivered")).toBeNull();
    });

    it("removes somebody for good when an administrator does it", async () => {
      const scene = await start();
      const { app, owner, act } = scene;
      const { eve } = await far(scene);
      await act("delete", eve.id, {}, owner);
      expect(await viewActor(app, eve.id)).toBeNull();
      await expect(receiveNote(app, aReceivedNote(eve, "three"), "delivered")).rejects.toMatchObject({
        kind: "remote_failed",
      });
    });
  });

  it("tells other servers of a deletion in the author's name, and of nothing that is merely hidden", async () => {
    const { instance, app, mei, act } = await start();
    const near = await createPeer(instance, "near.test");
    await receiveFollow(app, {
      uri: `${near.actorUri}/f`,
      actorUri: near.actorUri,
      objectUri: app.uris.actor(mei.actorId),
    });
    const note = await aNote(instance, { by: mei, source: "one" });
    const other = await aNote(instance, { by: mei, source: "two" });
    await drain(instance);
    await act("hide", mei.actorId, { noteId: note.id });
    await editNote(app, mei, { noteId: note.id, source: "one, changed" });
    await act("delete", mei.actorId, { noteId: other.id });
    await drain(instance);
    const about = (uri: string) =>
      near.received
        .filter(({ json }) => JSON.stringify(json).includes(`${uri}"`))
        .map(({ json }) => [json["type"], json["actor"] === app.uris.actor(mei.actorId)]);
    expect(about(note.uri)).toEqual([["Create", true]]);
    expect(about(other.uri)).toEqual([
      ["Create", true],
      ["Delete", true],
    ]);
  });

  describe("an appeal", () => {
    it("is judged by somebody else, once, and takes the decision back when it is right", async () => {
      const { instance, app, guard, mei, li, owner, act, row, lines } = await start();
      const id = await act("suspend", mei.actorId);
      expect((await row(mei.actorId)).suspended_at).not.toBeNull();
      const command = { decisionId: id, comment: "It was a quotation.", language: "en" };
      await expect(appealDecision(app, li, command)).rejects.toMatchObject({ kind: "not_found" });
      await expect(appealDecision(app, mei, { ...command, comment: " " })).rejects.toMatchObject({
        kind: "invalid",
      });
      await appealDecision(app, mei, command);
      await expect(appealDecision(app, mei, command)).rejects.toMatchObject({ kind: "conflict" });
      expect(
        (await listNotifications(app, owner, {})).items.map((one) => [one.kind, one.actor.username]),
      ).toEqual([["appeal", "mei"]]);
      expect((await listNotifications(app, guard, {})).items).toEqual([]);
      const [waiting] = (await listAppeals(app, guard, { open: true })).items;
      expect(waiting?.standing).toBe("other");
      if (waiting === undefined) throw new Error("No appeal waits.");
      const judge = { appealId: waiting.id, outcome: "overturned", answer: "So it was." } as const;
      await expect(judgeAppeal(app, guard, judge)).rejects.toMatchObject({ key: "error.appeal_other" });
      await judgeAppeal(app, owner, judge);
      await expect(judgeAppeal(app, owner, judge)).rejects.toMatchObject({ kind: "conflict" });
      expect((await row(mei.actorId)).suspended_at).toBeNull();
      const own = await latestDecision(app, mei);
      expect(own).toMatchObject({ state: "reversed", appeal: { state: "overturned", answer: "So it was." } });
      expect((await lines()).map((line) => [line["kind"], line["result"] ?? null])).toEqual([
        ["decision", null],
        ["appeal", "overturned"],
        ["reversed", null],
      ]);
      const again = await signIn(app, { username: "mei", password: PASSWORD, ip: "203.0.113.9", agent: "" });
      expect(again.state).toBe("signed_in");
      await instance.stop(0);
    });

    it("may be judged by who decided when there is nobody else, and not after half a year", async () => {
      const { instance, app, mei, owner, act } = await start();
      await setRole(app, { username: "guard", role: "member" });
      const id = await act("warn", mei.actorId, {}, owner);
      const other = await act("limit", mei.actorId, {}, owner);
      await appealDecision(app, mei, { decisionId: id, comment: "No." });
      const [waiting] = (await listAppeals(app, owner, { open: true })).items;
      expect(waiting?.standing).toBe("alone");
      if (waiting === undefined) throw new Error("No appeal waits.");
      const judge = { appealId: waiting.id, outcome: "upheld" } as const;
      await expect(judgeAppeal(app, owner, { ...judge, answer: "" })).rejects.toMatchObject({
        kind: "invalid",
      });
      await judgeAppeal(app, owner, { ...judge, answer: "It stays." });
      instance.clock.advance(185 * 86_400_000);
      await expect(appealDecision(app, mei, { decisionId: other, comment: "No." })).rejects.toMatchObject({
        key: "error.appeal_late",
      });
    });
  });
});
