import { afterEach, describe, expect, it } from "vitest";
import { type SignUp, signUp } from "../../server/services/accounts/accounts.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { findWaiting, sweepSignUps } from "../../server/services/accounts/sign-up-line.ts";
import {
  listGroups,
  listWaves,
  rollBackWave,
  undoWave,
  viewGroup,
} from "../../server/services/accounts/sign-up-waves.ts";
import { workOnWave } from "../../server/services/accounts/wave-work.ts";
import { freezeInvites, inviteTree, topInviters } from "../../server/services/administration/invites.ts";
import { createNote } from "../../server/services/notes/notes.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;
const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const REASONS = { ground: "No spam", facts: "All of them posted the same advertisement.", language: "en" };

eachDatabase((_, open) => {
  const start = async (environment: Readonly<Record<string, string>> = {}) => {
    const instance = await createInstance({ database: await open(), environment });
    opened.push(instance);
    if (instance.owner === null) throw new Error("no owner");
    return { ...instance, owner: instance.owner };
  };
  const comes = async (instance: TestInstance, change: Partial<SignUp> & { readonly username: string }) => {
    const { sessionToken } = await signUp(instance.app, {
      password: "a quiet harbour town",
      acceptedRules: true,
      ip: "198.51.100.1",
      agent: "",
      ...change,
    });
    return { sessionToken, viewer: await findViewer(instance.app, sessionToken) };
  };
  /** So many people from one network, each from an address of their own. */
  const wave = async (instance: TestInstance, people: number) => {
    const found = [];
    for (let n = 0; n < people; n++)
      found.push(await comes(instance, { username: `bot_${n}`, ip: `203.0.113.${n}` }));
    return found.map(({ viewer, sessionToken }) => {
      if (viewer === null) throw new Error("nobody");
      return { viewer, sessionToken };
    });
  };

  describe("waves", () => {
    it("show who came together by network, browser, invite and first note, and not who did not", async () => {
      const instance = await start();
      const { app, owner, clock } = instance;
      const { code } = await createInvite(app, owner, { maxUses: 3 });
      const alike = [
        "Buy SHOES at https://a.example/1 now!!",
        "buy shoes at https://b.example/22 NOW",
        "Buy, shoes - at @x now 3",
      ];
      const texts = ["Painting boats all day long", ...alike];
      for (const [n, source] of texts.entries()) {
        const change = n === 0 ? {} : { invite: code, agent: "Mozilla/5.0 Firefox/140.0" };
        const { viewer } = await comes(instance, { username: `p_${n}`, ip: `198.51.${n}.1`, ...change });
        if (viewer !== null) await createNote(app, viewer, { source, visibility: "public" });
      }
      for (let n = 0; n < 3; n++) await comes(instance, { username: `net_${n}`, ip: `2001:db8:9:${n}::/64` });
      const groups = await listGroups(app, owner, 24);
      expect(groups.map(({ kind, people }) => [kind, people]).toSorted()).toEqual([
        ["invite", 3],
        ["network", 3],
        ["note", 3],
      ]);
      const note = groups.find(({ kind }) => kind === "note");
      expect(
        (await viewGroup(app, owner, { kind: "note", mark: note?.mark ?? "", hours: 24 })).names,
      ).toEqual(["p_1", "p_2", "p_3"]);
      await expect(viewGroup(app, owner, { kind: "network", mark: "x", hours: 24 })).rejects.toMatchObject({
        kind: "not_found",
      });
      clock.advance(2 * 3_600_000);
      expect(await listGroups(app, owner, 1)).toEqual([]);
      clock.advance(8 * DAY);
      await sweepSignUps(app);
      const origins = await app.db.selectFrom("sign_ups").select(["network", "agent"]).execute();
      expect(origins.every(({ network, agent }) => network === null && agent === null)).toBe(true);
    });

    it("go back by one decision: out, follows and notifications gone; and everything again within a week", async () => {
      const instance = await start();
      const { app, owner, clock } = instance;
      const { viewer: victim } = await aMember(instance, "victim");
      const people = await wave(instance, 12);
      for (const { viewer } of people) {
        await followActor(app, viewer, victim.actorId);
        await createNote(app, viewer, { source: "Hello @victim, buy my shoes", visibility: "public" });
      }
      const of = async (table: "notifications" | "follows") =>
        await app.db
          .selectFrom(table)
          .select("id")
          .where(
            "actor_id",
            "in",
            people.map(({ viewer }) => Number(viewer.actorId)),
          )
          .execute();
      expect((await of("notifications")).length).toBeGreaterThan(0);
      const [group] = await listGroups(app, owner, 24);
      if (group === undefined) throw new Error("no group");
      const id = await rollBackWave(app, owner, { ...group, hours: 24, measure: "suspend", ...REASONS });
      await instance.worker.drain();
      expect(await listWaves(app, owner)).toMatchObject([{ id, state: "done", people: 12, done: 12 }]);
      expect(await Promise.all(people.map(({ sessionToken }) => findViewer(app, sessionToken)))).toEqual(
        people.map(() => null),
      );
      expect(await of("notifications")).toEqual([]);
      expect(await of("follows")).toEqual([]);
      expect(await listGroups(app, owner, 24)).toEqual([]);
      const lines = await app.db.selectFrom("log_entries").select("body").execute();
      expect(lines.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
        { kind: "wave", what: "suspend", count: 12 },
      ]);
      clock.advance(6 * DAY);
      await undoWave(app, owner, id);
      await instance.worker.drain();
      expect(await listWaves(app, owner)).toMatchObject([{ state: "undone", done: 0 }]);
      expect(await of("follows")).toHaveLength(12);
      const rows = await app.db
        .selectFrom("accounts")
        .select("suspended_at")
        .where("suspended_at", "is not", null)
        .execute();
      expect(rows).toEqual([]);
      await expect(undoWave(app, owner, id)).rejects.toMatchObject({ kind: "conflict" });
    });

    it("of people who only wait are turned away, each with the reason", async () => {
      const instance = await start();
      const { app, owner } = instance;
      await updateSettings(app, owner, { joinMode: "approval" });
      const tokens = [];
      for (let n = 0; n < 3; n++)
        tokens.push(
          (await comes(instance, { username: `bot_${n}`, ip: `203.0.113.${n}`, reason: "let me in" }))
            .sessionToken,
        );
      const [group] = await listGroups(app, owner, 1);
      if (group === undefined) throw new Error("no group");
      await rollBackWave(app, owner, { ...group, hours: 1, measure: "suspend", ...REASONS });
      await instance.worker.drain();
      expect(await findWaiting(app, tokens[0] ?? "")).toMatchObject({ state: "refused" });
    });

    it("go on where they were when a process dies, and are done once however many work on them", async () => {
      const instance = await start();
      const { app, owner } = instance;
      const people = await wave(instance, 20);
      const [group] = await listGroups(app, owner, 24);
      if (group === undefined) throw new Error("no group");
      const id = await rollBackWave(app, owner, { ...group, hours: 24, measure: "suspend", ...REASONS });
      const dying = new AbortController();
      let looks = 0;
      const signal = Object.assign(Object.create(dying.signal) as AbortSignal, {
        throwIfAborted: () => {
          if (++looks > 7) throw new Error("killed");
        },
      });
      await expect(workOnWave(app, id, signal)).rejects.toThrow("killed");
      expect(await listWaves(app, owner)).toMatchObject([{ state: "working", done: 7, undoableUntil: null }]);
      await expect(undoWave(app, owner, id)).rejects.toMatchObject({ kind: "conflict" });
      await Promise.all([workOnWave(app, id), workOnWave(app, id)]);
      expect(await listWaves(app, owner)).toMatchObject([{ state: "done", done: 20 }]);
      const decisions = await app.db
        .selectFrom("decisions")
        .select("actor_id")
        .where("measure", "=", "suspend")
        .execute();
      expect(decisions.map(({ actor_id }) => actor_id).toSorted()).toEqual(
        people.map(({ viewer }) => Number(viewer.actorId)).toSorted(),
      );
    });

    it("cannot be taken back after a week, begun without reasons, or by members", async () => {
      const instance = await start();
      const { app, owner, clock } = instance;
      const { viewer } = await aMember(instance, "somebody");
      await wave(instance, 3);
      const [group] = await listGroups(app, owner, 24);
      if (group === undefined) throw new Error("no group");
      const command = { ...group, hours: 24, measure: "limit", ...REASONS } as const;
      await expect(rollBackWave(app, owner, { ...command, facts: " " })).rejects.toMatchObject({
        kind: "invalid",
      });
      await expect(rollBackWave(app, viewer, command)).rejects.toMatchObject({ kind: "forbidden" });
      await expect(listGroups(app, viewer, 24)).rejects.toMatchObject({ kind: "forbidden" });
      const id = await rollBackWave(app, owner, command);
      await instance.worker.drain();
      const limited = await app.db
        .selectFrom("actors")
        .select("id")
        .where("limited_at", "is not", null)
        .execute();
      expect(limited).toHaveLength(3);
      clock.advance(8 * DAY);
      await expect(undoWave(app, owner, id)).rejects.toMatchObject({ kind: "conflict" });
    });
  });

  it("With hardened settings nobody's network is written down", async () => {
    const instance = await start({ CAUSEWAY_PROFILE: "hardened" });
    await comes(instance, { username: "quiet", agent: "Mozilla/5.0 Firefox/140.0" });
    expect(await instance.app.db.selectFrom("sign_ups").select(["network", "agent"]).execute()).toEqual([
      { network: null, agent: null },
    ]);
  });

  describe("invites", () => {
    it("are so many people a month for members, none for newcomers, as many as they like for staff", async () => {
      const instance = await start();
      const { app, owner, clock } = instance;
      const { viewer } = await aMember(instance, "somebody");
      await updateGates(app, owner, { invitesPerMonth: 3, probationHours: 24 });
      await createInvite(app, viewer, { maxUses: 2, expiresInDays: 365 });
      await expect(createInvite(app, viewer, { maxUses: 2 })).rejects.toMatchObject({
        fields: { maxUses: { key: "field.invite_quota" } },
      });
      const races = await Promise.allSettled([1, 2, 3].map(() => createInvite(app, viewer, { maxUses: 1 })));
      expect(races.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const fresh = await comes(instance, { username: "fresh" });
      if (fresh.viewer === null) throw new Error("nobody");
      const { viewer: newcomer } = fresh;
      await expect(createInvite(app, newcomer)).rejects.toMatchObject({ key: "error.invites_probation" });
      clock.advance(31 * DAY);
      await createInvite(app, viewer, { maxUses: 3 });
      await createInvite(app, newcomer);
      await createInvite(app, owner, { maxUses: 500 });
      await updateGates(app, owner, { invitesPerMonth: 0 });
      await expect(createInvite(app, newcomer)).rejects.toMatchObject({ kind: "forbidden" });
    });

    it("make a tree, and what grows below somebody can be frozen", async () => {
      const instance = await start();
      const { app, owner } = instance;
      await updateGates(app, owner, { invitesPerMonth: 9 });
      const invited = async (by: NonNullable<Awaited<ReturnType<typeof findViewer>>>, username: string) => {
        const { code } = await createInvite(app, by, { maxUses: 3 });
        const { viewer } = await comes(instance, {
          username,
          invite: code,
          ip: `198.51.${username.length}.9`,
        });
        if (viewer === null) throw new Error("nobody");
        return { viewer, code };
      };
      const a = await invited(owner, "a");
      const b = await invited(a.viewer, "bb");
      const c = await invited(b.viewer, "ccc");
      const tree = await inviteTree(app, owner, "a");
      expect(tree).toMatchObject({ above: ["owner_here"], people: 2, isFrozen: false });
      expect(tree.below).toMatchObject([
        { username: "bb", people: 1, below: [{ username: "ccc", people: 0 }] },
      ]);
      expect(await topInviters(app, owner)).toContainEqual({ username: "a", people: 1 });
      expect(await freezeInvites(app, owner, { username: "a", frozen: true })).toBe(2);
      for (const { viewer } of [a, b, c])
        await expect(createInvite(app, viewer)).rejects.toMatchObject({ key: "error.invites_frozen" });
      await updateSettings(app, owner, { joinMode: "invite" });
      await expect(comes(instance, { username: "late", invite: c.code })).rejects.toMatchObject({
        kind: "invalid",
      });
      const id = await rollBackWave(app, owner, {
        kind: "below",
        mark: "a",
        hours: 1,
        measure: "limit",
        ...REASONS,
      });
      await instance.worker.drain();
      expect(await listWaves(app, owner)).toMatchObject([{ id, people: 2 }]);
      await freezeInvites(app, owner, { username: "a", frozen: false });
      await createInvite(app, a.viewer);
    });
  });
});
