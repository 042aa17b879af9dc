import { afterEach, describe, expect, it } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import { changePassword, signUp, type SignUp } from "../../server/services/accounts/accounts.ts";
import { checkInvite, createInvite } from "../../server/services/accounts/invites.ts";
import {
  findViewer,
  listSessions,
  revokeOtherSessions,
  revokeSession,
} from "../../server/services/accounts/sessions.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { updateSettings, getSettings } from "../../server/services/accounts/settings.ts";
import {
  checkSetupToken,
  completeSetUp,
  createSetupToken,
  isSetUp,
} from "../../server/services/accounts/setup.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";

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

eachDatabase((_, open) => {
  const start = async (untouched = false): Promise<TestInstance> => {
    const instance = await createInstance({ database: await open(), untouched });
    opened.push(instance);
    return instance;
  };

  describe("set-up", () => {
    it("happens once, whoever races, and its link is dead afterwards", async () => {
      const { app } = await start(true);
      const token = (await createSetupToken(app)) ?? "";
      const form = {
        serverName: "海港 Harbour",
        password: PASSWORD,
        languages: ["zh-hans", "en"],
        joinMode: "invite" as const,
      };
      const tries = await Promise.allSettled([
        completeSetUp(app, token, { ...form, username: "first" }),
        completeSetUp(app, token, { ...form, username: "second" }),
      ]);
      expect(tries.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      expect(await isSetUp(app)).toBe(true);
      expect(await checkSetupToken(app, token)).toBe(false);
      expect(await createSetupToken(app)).toBeNull();
      expect(await getSettings(app)).toMatchObject({
        name: "海港 Harbour",
        languages: ["zh-Hans", "en"],
        joinMode: "invite",
      });
    });

    it("changes nothing when an answer is faulty, and names the field", async () => {
      const { app } = await start(true);
      const token = (await createSetupToken(app)) ?? "";
      const form = { username: "owner", password: "short", languages: ["en"], joinMode: "open" as const };
      expect(await faultsOf(completeSetUp(app, token, { ...form, serverName: " " }))).toEqual([
        "serverName:field.required",
        "username:field.username_reserved",
        "password:field.password_short",
      ]);
      expect(await faultsOf(completeSetUp(app, token, { ...form, serverName: "x" }))).toEqual([
        "username:field.username_reserved",
        "password:field.password_short",
      ]);
      expect(await isSetUp(app)).toBe(false);
      expect(await checkSetupToken(app, token)).toBe(true);
    });
  });

  describe("joining", () => {
    it("needs neither phone nor e-mail, and signs in at once", async () => {
      const { app } = await start();
      const { sessionToken } = await signUp(app, newcomer({ username: " Mei ", languages: ["zh-hans"] }));
      expect(await findViewer(app, sessionToken)).toMatchObject({
        username: "mei",
        role: "member",
        languages: ["zh-Hans"],
      });
    });

    it("reports every fault at its field, together", async () => {
      const { app } = await start();
      const bad = newcomer({ username: "Ädmin!", password: "123", email: "nobody", acceptedRules: false });
      expect((await faultsOf(signUp(app, bad))).toSorted()).toEqual([
        "acceptedRules:field.rules",
        "email:field.email_form",
        "password:field.password_short",
        "username:field.username_form",
      ]);
      expect(await faultsOf(signUp(app, newcomer({ username: "support" })))).toEqual([
        "username:field.username_reserved",
      ]);
      expect(await faultsOf(signUp(app, newcomer({ password: "password1234" })))).toEqual([
        "password:field.password_common",
      ]);
    });

    it("gives a name to exactly one of those who ask for it at once", async () => {
      const { app } = await start();
      const tries = await Promise.allSettled(
        [1, 2, 3].map((n) => signUp(app, newcomer({ ip: `203.0.113.${n}` }))),
      );
      expect(tries.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    });

    it("by invite lets in as many as the invite says, and nobody without", async () => {
      const { app, owner } = await start();
      if (owner === null) throw new Error("no owner");
      await updateSettings(app, owner, { joinMode: "invite" });
      const { code } = await createInvite(app, owner, { maxUses: 1 });
      expect(await faultsOf(signUp(app, newcomer()))).toEqual(["invite:field.invite_wrong"]);
      const tries = await Promise.allSettled(
        [1, 2].map((n) =>
          signUp(app, newcomer({ username: `mei_${n}`, ip: `203.0.113.${n}`, invite: code })),
        ),
      );
      expect(tries.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      expect(await checkInvite(app, code)).toBe(false);
    });

    it("is limited per address", async () => {
      const { app } = await start();
      for (let i = 0; i < 5; i++) await signUp(app, newcomer({ username: `mei_${i}` }));
      await expect(signUp(app, newcomer({ username: "mei_6" }))).rejects.toMatchObject({ kind: "too_many" });
    });
  });

  describe("signing in", () => {
    it("answers the same for an unknown name and a wrong password (WEB-13)", async () => {
      const instance = await start();
      await aMember(instance, "mei");
      const attempt = (username: string, password: string) =>
        signIn(instance.app, { username, password, ip: "203.0.113.8", agent: "" });
      await expect(attempt("nobody", PASSWORD)).rejects.toMatchObject({
        kind: "unauthenticated",
        key: "error.login",
      });
      await expect(attempt("mei", "wrong wrong wrong")).rejects.toMatchObject({
        kind: "unauthenticated",
        key: "error.login",
      });
      expect(await attempt("@MEI", PASSWORD)).toMatchObject({ state: "signed_in" });
    });

    it("is limited per account from many addresses, and per address over many accounts (RAT-01)", async () => {
      const { app, clock } = await start();
      const attempt = (username: string, ip: string) =>
        signIn(app, { username, password: "x", ip, agent: "" });
      for (let i = 0; i < 10; i++)
        await expect(attempt("mei", `203.0.113.${i}`)).rejects.toMatchObject({ kind: "unauthenticated" });
      await expect(attempt("mei", "203.0.113.99")).rejects.toMatchObject({ kind: "too_many" });
      clock.advance(3_600_000);
      for (let i = 0; i < 20; i++)
        await expect(attempt(`u${i}`, "203.0.113.1")).rejects.toMatchObject({ kind: "unauthenticated" });
      await expect(attempt("u21", "203.0.113.1")).rejects.toMatchObject({ kind: "too_many" });
    });

    it("ends every other session and changes what signs in when the password changes (WEB-04)", async () => {
      const instance = await start();
      const { app } = instance;
      const { viewer, sessionToken } = await aMember(instance, "mei");
      const other = await signIn(app, { username: "mei", password: PASSWORD, ip: "203.0.113.8", agent: "" });
      if (other.state !== "signed_in") throw new Error("not signed in");
      const change = { current: PASSWORD, next: "another quiet harbour", sessionToken };
      expect(await faultsOf(changePassword(app, viewer, { ...change, current: "no" }))).toEqual([
        "current:field.password_wrong",
      ]);
      const changed = await changePassword(app, viewer, change);
      expect(await findViewer(app, other.sessionToken)).toBeNull();
      expect(await findViewer(app, sessionToken), "the old token is void").toBeNull();
      expect(await findViewer(app, changed.sessionToken)).not.toBeNull();
      await expect(
        signIn(app, { username: "mei", password: PASSWORD, ip: "203.0.113.8", agent: "" }),
      ).rejects.toThrow();
    });
  });

  describe("sessions", () => {
    it("are listed coarsely, and revoked one by one or all others, never those of somebody else", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const li = await aMember(instance, "li");
      const agent =
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
      await signIn(app, { username: "mei", password: PASSWORD, ip: "203.0.113.8", agent });
      const [newest] = await listSessions(app, mei.viewer, mei.sessionToken);
      const sessions = await listSessions(app, mei.viewer, mei.sessionToken);
      expect(sessions.map((session) => session.agent).toSorted()).toEqual(["", "Safari · macOS"]);
      if (newest === undefined) throw new Error("no session");
      await expect(revokeSession(app, li.viewer, newest.id)).rejects.toMatchObject({ kind: "not_found" });
      await revokeOtherSessions(app, mei.viewer, mei.sessionToken);
      expect(await listSessions(app, mei.viewer, mei.sessionToken)).toHaveLength(1);
    });

    it("end after thirty idle days, and after ninety in all", async () => {
      const instance = await start();
      const { sessionToken } = await aMember(instance, "mei");
      const DAY = 86_400_000;
      for (let day = 0; day < 80; day += 20) {
        instance.clock.advance(20 * DAY);
        expect(await findViewer(instance.app, sessionToken)).not.toBeNull();
      }
      instance.clock.advance(11 * DAY);
      expect(await findViewer(instance.app, sessionToken)).toBeNull();
    });
  });
});
