import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import { type SignUp, signUp } from "../../server/services/accounts/accounts.ts";
import { shutDoor, updateGates } from "../../server/services/accounts/gates.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { getSettings, type JoinMode, updateSettings } from "../../server/services/accounts/settings.ts";
import {
  approveSignUp,
  findWaiting,
  listSignUps,
  refuseSignUp,
  sweepSignUps,
  withdrawSignUp,
} from "../../server/services/accounts/sign-up-line.ts";
import { makeWork, stampForm } from "../../server/services/accounts/sign-up-work.ts";
import { findLocalActorByName } from "../../server/services/actors/local-actors.ts";
import { lookUpActor } from "../../server/services/actors/actors.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;
const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const newcomer = (change: Partial<SignUp> = {}): SignUp => ({
  username: "mei",
  password: "a quiet harbour town",
  acceptedRules: true,
  ip: "203.0.113.1",
  agent: "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
  locale: "en",
  ...change,
});

async function faultsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CausewayError)) throw new Error(`expected a fault, got ${String(error)}`);
  return Object.entries(error.fields).map(([field, fault]) => `${field}:${fault.key}`);
}

/** Does the task as the worker of a browser does. */
function solve(task: string): string {
  const [, bits = "", nonce = ""] = task.split(".");
  for (let n = 0; ; n++) {
    const digest = createHash("sha256").update(`${nonce}:${n}`).digest();
    if (digest.readUInt32BE(0) >>> (32 - Number(bits)) === 0) return `${task}:${n}`;
  }
}

eachDatabase((_, open) => {
  const start = async (joinMode: JoinMode = "open") => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app, owner, clock } = instance;
    if (owner === null) throw new Error("no owner");
    await updateGates(app, owner, { openCheck: "work", workBits: 12 });
    await updateSettings(app, owner, { joinMode });
    return { app, owner, clock };
  };

  describe("open with a task", () => {
    it("lets in whose device has worked, once a task, and forgets nothing of it in between", async () => {
      const { app, clock } = await start();
      const [stamp, task] = [stampForm(app), await makeWork(app)];
      const work = solve(task);
      clock.advance(4_000);
      const { sessionToken, waits } = await signUp(app, newcomer({ opened: stamp, work }));
      expect(waits).toBe(false);
      expect(await findViewer(app, sessionToken)).toMatchObject({ username: "mei" });
      const again = newcomer({ username: "mei_2", opened: stamp, work });
      expect(await faultsOf(signUp(app, again))).toEqual(["form:field.join_again"]);
    });

    it("takes no task that is out of date, forged, unsolved, easier than asked or sent too quickly", async () => {
      const { app, clock } = await start();
      const stamp = stampForm(app);
      const task = await makeWork(app);
      const work = solve(task);
      const tried = (change: Partial<SignUp>) =>
        faultsOf(signUp(app, newcomer({ opened: stamp, ...change })));
      const again = ["form:field.join_again"];
      expect(await tried({ work })).toEqual(again);
      clock.advance(4_000);
      const [time = "", , nonce = "", mac = ""] = task.split(".");
      for (const bad of [
        "solving",
        `${task}:x`,
        `${task}:`,
        `${time}.1.${nonce}.${mac}:0`,
        `${work}9`,
        "a".repeat(9_999),
      ])
        expect(await tried({ work: bad }), bad.slice(0, 60)).toEqual(again);
      expect(await tried({ work, opened: "" })).toEqual(again);
      expect(await tried({ work, opened: `${clock.now().toString(36)}.AAAA` })).toEqual(again);
      clock.advance(11 * 60_000);
      expect(await tried({ work })).toEqual(again);
    });

    it("gets harder by itself while many join", async () => {
      const { app, owner } = await start();
      const bitsOf = async () => Number((await makeWork(app)).split(".")[1]);
      const before = await bitsOf();
      await updateGates(app, owner, { openCheck: "none" });
      for (let n = 0; n < 12; n++) await signUp(app, newcomer({ username: `many_${n}`, ip: `203.0.${n}.1` }));
      expect(await bitsOf()).toBeGreaterThan(before);
    });

    it("asks without scripts the question of the community, or for a few words", async () => {
      const { app, owner, clock } = await start();
      expect(await faultsOf(signUp(app, newcomer()))).toEqual(["reason:field.reason_needed"]);
      const question = {
        language: "es",
        question: "¿De qué color es el mar?",
        answers: ["Azul", "verde azulado"],
      };
      await updateGates(app, owner, { questions: [question] });
      const stamp = stampForm(app);
      clock.advance(4_000);
      const asked = { opened: stamp, question: "es" };
      expect(await faultsOf(signUp(app, newcomer(asked)))).toEqual(["answer:field.quiz_needed"]);
      expect(await faultsOf(signUp(app, newcomer({ ...asked, answer: "rojo" })))).toEqual([
        "answer:field.quiz_wrong",
      ]);
      expect((await signUp(app, newcomer({ ...asked, answer: " ÁZUL! " }))).waits).toBe(false);
      const told = await signUp(app, newcomer({ username: "lin", ...asked, reason: "I paint harbours." }));
      expect(told.waits).toBe(true);
    });

    it("asks nothing of who has an invite, and uses it up", async () => {
      const { app, owner } = await start();
      const { code } = await createInvite(app, owner, { maxUses: 1 });
      expect((await signUp(app, newcomer({ invite: code }))).waits).toBe(false);
      expect(await faultsOf(signUp(app, newcomer({ username: "mei_2", invite: code })))).toEqual([
        "reason:field.reason_needed",
      ]);
    });
  });

  describe("approval", () => {
    const apply = async (app: TestInstance["app"], change: Partial<SignUp> = {}) =>
      await signUp(app, newcomer({ reason: "我喜欢海边的老房子，也想和大家一起画画。", ...change }));

    it("lets people wait who are nobody yet, and lets them in with one press", async () => {
      const { app, owner } = await start("approval");
      const { sessionToken } = await apply(app);
      expect(await findViewer(app, sessionToken)).toBeNull();
      expect(await findWaiting(app, sessionToken)).toMatchObject({ username: "mei", state: "waiting" });
      expect(await findLocalActorByName(app, "mei")).toBeNull();
      expect(await findLocalActorByName(app, "?mei")).toBeNull();
      expect(await lookUpActor(app, owner, { username: "mei", host: null })).toBeNull();
      expect(await faultsOf(apply(app))).toEqual(["username:field.username_taken"]);
      const { items, languages } = await listSignUps(app, owner);
      expect(items).toMatchObject([{ username: "mei", language: "zh-Hans" }]);
      expect(languages).toEqual([{ language: "zh-Hans", waiting: 1 }]);
      expect((await listSignUps(app, owner, { language: "en" })).items).toEqual([]);
      await approveSignUp(app, owner, { accountId: items[0]?.accountId ?? 0 });
      expect(await findViewer(app, sessionToken)).toMatchObject({ username: "mei" });
      expect(await findLocalActorByName(app, "mei")).toMatchObject({ username: "mei", suspended: false });
      await expect(approveSignUp(app, owner, { username: "mei" })).rejects.toMatchObject({
        kind: "not_found",
      });
    });

    it("turns people away with a reason that they read, and forgets them after a week", async () => {
      const { app, owner, clock } = await start("approval");
      const { sessionToken } = await apply(app);
      await expect(refuseSignUp(app, owner, { username: "mei" }, " ")).rejects.toMatchObject({
        kind: "invalid",
      });
      await refuseSignUp(app, owner, { username: "@mei" }, "We know each other by sight here.");
      expect(await findWaiting(app, sessionToken)).toMatchObject({
        state: "refused",
        answer: "We know each other by sight here.",
      });
      expect(await findViewer(app, sessionToken)).toBeNull();
      clock.advance(6 * DAY);
      await sweepSignUps(app);
      expect(await findWaiting(app, sessionToken)).not.toBeNull();
      clock.advance(2 * DAY);
      await sweepSignUps(app);
      expect(await findWaiting(app, sessionToken)).toBeNull();
      expect((await apply(app)).waits).toBe(true);
    });

    it("ends by itself after two weeks, and at once for who takes it back", async () => {
      const { app, owner, clock } = await start("approval");
      const one = await apply(app);
      const two = await apply(app, { username: "lin", ip: "203.0.113.7" });
      const waiting = await findWaiting(app, two.sessionToken);
      if (waiting === null) throw new Error("nobody waits");
      await withdrawSignUp(app, waiting);
      expect(await findWaiting(app, two.sessionToken)).toBeNull();
      expect((await listSignUps(app, owner)).items).toHaveLength(1);
      clock.advance(15 * DAY);
      await sweepSignUps(app);
      expect((await listSignUps(app, owner)).items).toEqual([]);
      expect(await findWaiting(app, one.sessionToken)).toBeNull();
    });

    it("says at the door when the day or the line is full", async () => {
      const { app, owner, clock } = await start("approval");
      await updateGates(app, owner, { approvalsPerDay: 2, approvalsWaiting: 3 });
      const ask = (n: number) => apply(app, { username: `mei_${n}`, ip: `203.0.${n}.1` });
      await ask(1);
      await ask(2);
      expect(await faultsOf(ask(3))).toEqual(["form:field.join_day_full"]);
      clock.advance(25 * 3_600_000);
      await ask(3);
      expect(await faultsOf(ask(4))).toEqual(["form:field.join_line_full"]);
    });

    it("is for staff alone", async () => {
      const instance = await start("approval");
      const { viewer } = await aMember(instance, "just_a_member");
      await expect(listSignUps(instance.app, viewer)).rejects.toMatchObject({ kind: "forbidden" });
      await expect(approveSignUp(instance.app, viewer, { username: "x" })).rejects.toMatchObject({
        kind: "forbidden",
      });
      await expect(refuseSignUp(instance.app, viewer, { username: "x" }, "no")).rejects.toMatchObject({
        kind: "forbidden",
      });
    });
  });

  it("The door can be shut for some hours, and opens again by itself", async () => {
    const { app, owner, clock } = await start();
    await shutDoor(app, owner, 6);
    expect(await getSettings(app)).toMatchObject({ joinMode: "closed", usualJoinMode: "open" });
    expect(await faultsOf(signUp(app, newcomer({ reason: "x" })))).toEqual(["form:field.join_closed"]);
    await updateSettings(app, owner, { name: "Other", joinMode: "open" });
    expect(await getSettings(app)).toMatchObject({ joinMode: "closed" });
    clock.advance(7 * 3_600_000);
    expect(await getSettings(app)).toMatchObject({ joinMode: "open", joinClosedUntil: null });
    await shutDoor(app, owner, 6);
    await shutDoor(app, owner, 0);
    expect(await getSettings(app)).toMatchObject({ joinMode: "open" });
  });

  it("A network may bring so many people in an hour, whatever its single addresses", async () => {
    const { app, owner } = await start();
    await updateGates(app, owner, { openCheck: "none" });
    for (const prefix of ["198.51.100.", "2001:db8:7:"]) {
      const ip = (n: number) => (prefix.includes(":") ? `${prefix}${n.toString(16)}::/64` : `${prefix}${n}`);
      const name = (n: number) => `from_${prefix.includes(":") ? "six" : "four"}_${n}`;
      for (let n = 1; n <= 20; n++) await signUp(app, newcomer({ username: name(n), ip: ip(n) }));
      await expect(signUp(app, newcomer({ username: name(21), ip: ip(21) }))).rejects.toMatchObject({
        kind: "too_many",
      });
    }
  });
});
