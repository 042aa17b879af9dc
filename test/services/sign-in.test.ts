import { Secret, TOTP } from "otpauth";
import { afterEach, describe, expect, it } from "vitest";
import { changePassword } from "../../server/services/accounts/accounts.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { draftTotp, turnOffTotp, turnOnTotp } from "../../server/services/accounts/one-time.ts";
import { listPasskeys } from "../../server/services/accounts/passkeys.ts";
import { askForPasskey } from "../../server/services/accounts/webauthn.ts";
import { confirmSession, isConfirmed } from "../../server/services/accounts/proof.ts";
import {
  countCodesLeft,
  forgetFreshCodes,
  readFreshCodes,
  renewRecoveryCodes,
} from "../../server/services/accounts/recovery-codes.ts";
import {
  createResetLink,
  findLinkHolder,
  resetByCode,
  resetByLink,
} from "../../server/services/accounts/recovery.ts";
import { listSecurityEvents } from "../../server/services/accounts/security-events.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { finishSignIn, signIn } from "../../server/services/accounts/sign-in.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { eachDatabase } from "../support/databases.ts";
import { faultOf } from "../support/faults.ts";
import { aMember, createInstance, type Member, PASSWORD, type TestInstance } from "../support/instance.ts";
import { byPasskey, FROM, HOLDER, withPasskey } from "../support/passkeys.ts";

const MINUTE = 60_000;
const NEXT = "another quiet harbour";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<TestInstance> => {
    const instance = await createInstance({ database: await open(), environment });
    opened.push(instance);
    return instance;
  };
  const asking = { holder: HOLDER, ip: FROM.ip };

  /** Turns one-time passwords on and gives the app that makes them. */
  async function withTotp({ app, clock }: TestInstance, member: Member) {
    const draft = await draftTotp(app, member.viewer);
    const totp = new TOTP({ secret: Secret.fromBase32(draft.secret.replaceAll(" ", "")) });
    const code = () => totp.generate({ timestamp: clock.now() });
    const { sessionToken } = await turnOnTotp(app, member.viewer, {
      sealed: draft.sealed,
      code: code(),
      sessionToken: member.sessionToken,
    });
    return { code, totp, sessionToken };
  }

  async function ticketOf({ app }: TestInstance, username: string, password = PASSWORD): Promise<string> {
    const outcome = await signIn(app, { ...FROM, username, password });
    if (outcome.state !== "second_step") throw new Error("There was no second step.");
    return outcome.ticket;
  }

  describe("one-time passwords", () => {
    it("are asked for after the password, and each is taken once (WEB-13)", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const mei = await aMember(instance, "mei");
      const { code } = await withTotp(instance, mei);
      const ticket = await ticketOf(instance, "mei");
      expect(await faultOf(finishSignIn(app, { ...FROM, ticket, code: code() })), "used to turn it on").toBe(
        "code:field.code_wrong",
      );
      clock.advance(30_000);
      const now = code();
      await finishSignIn(app, { ...FROM, ticket, code: `${now.slice(0, 3)} ${now.slice(3)}` });
      expect(await faultOf(finishSignIn(app, { ...FROM, ticket, code: now }))).toBe("code:field.code_wrong");
    });

    it("may be one step early or late, and no more", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const { totp } = await withTotp(instance, await aMember(instance, "mei"));
      clock.advance(10 * MINUTE);
      const at = (shift: number) => totp.generate({ timestamp: clock.now() + shift });
      const enter = async (code: string) =>
        await finishSignIn(app, { ...FROM, ticket: await ticketOf(instance, "mei"), code });
      for (const shift of [-60_000, 60_000])
        expect(await faultOf(enter(at(shift)))).toBe("code:field.code_wrong");
      await enter(at(-30_000));
      await enter(at(30_000));
    });

    it("end all other sessions when they are turned on, and give this one a new token (WEB-04)", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const other = await signIn(app, { ...FROM, username: "mei", password: PASSWORD });
      const { sessionToken } = await withTotp(instance, mei);
      expect(await findViewer(app, mei.sessionToken)).toBeNull();
      expect(other.state === "signed_in" && (await findViewer(app, other.sessionToken))).toBeNull();
      expect(await findViewer(app, sessionToken)).toMatchObject({ username: "mei" });
      expect(await readFreshCodes(app, mei.viewer)).toHaveLength(10);
    });

    it("cannot be guessed: ten tries in a quarter of an hour (WEB-13)", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const { code } = await withTotp(instance, await aMember(instance, "mei"));
      clock.advance(MINUTE);
      const ticket = await ticketOf(instance, "mei");
      for (let i = 0; i < 9; i++)
        expect(await faultOf(finishSignIn(app, { ...FROM, ticket, code: "000000" }))).toBe(
          "code:field.code_wrong",
        );
      expect(await faultOf(finishSignIn(app, { ...FROM, ticket, code: code() }))).toBe("error.too_many");
    });

    it("want a ticket of five minutes, of this server, for this password", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const mei = await aMember(instance, "mei");
      const { code, sessionToken } = await withTotp(instance, mei);
      clock.advance(MINUTE);
      const enter = (ticket: string) => finishSignIn(app, { ...FROM, ticket, code: code() });
      expect(await faultOf(enter("made up"))).toBe("error.second_step");
      const old = await ticketOf(instance, "mei");
      clock.advance(5 * MINUTE);
      expect(await faultOf(enter(old))).toBe("error.second_step");
      const before = await ticketOf(instance, "mei");
      await changePassword(app, mei.viewer, { current: PASSWORD, next: NEXT, sessionToken });
      expect(await faultOf(enter(before)), "the password was changed").toBe("error.second_step");
      await enter(await ticketOf(instance, "mei", NEXT));
    });

    it("are sealed, turned on by a right code alone, and off again", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const li = await aMember(instance, "li");
      const draft = await draftTotp(app, mei.viewer);
      const turnOn = (who: Member, code: string) =>
        turnOnTotp(app, who.viewer, { sealed: draft.sealed, code, sessionToken: who.sessionToken });
      expect(await faultOf(turnOn(mei, "12345"))).toBe("code:field.code_wrong");
      expect(await faultOf(turnOn(li, "123456")), "another person's page").toBe("code:field.totp_stale");
      const { code, totp } = await withTotp(instance, mei);
      const row = await app.db
        .selectFrom("accounts")
        .select("totp_sealed")
        .where("id", "=", mei.viewer.accountId)
        .executeTakeFirstOrThrow();
      expect(row.totp_sealed).not.toContain(totp.secret.base32);
      expect(code()).toMatch(/^\d{6}$/);
      await turnOffTotp(app, mei.viewer);
      expect(await signIn(app, { ...FROM, username: "mei", password: PASSWORD })).toMatchObject({
        state: "signed_in",
      });
    });

    it("are not asked for after a passkey", async () => {
      const instance = await start();
      const mei = await aMember(instance, "mei");
      const device = await withPasskey(instance, mei);
      await withTotp(instance, mei);
      expect(await findViewer(instance.app, (await byPasskey(instance, device)).sessionToken)).not.toBeNull();
    });
  });

  describe("recovery codes", () => {
    it("stand in for a one-time password, each once, in whatever way they are typed (WEB-13)", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      await withTotp(instance, mei);
      const [code = ""] = (await readFreshCodes(app, mei.viewer)) ?? [];
      await forgetFreshCodes(app, mei.viewer);
      expect(await readFreshCodes(app, mei.viewer), "they are shown once").toBeNull();
      const enter = async (text: string) =>
        await finishSignIn(app, { ...FROM, ticket: await ticketOf(instance, "mei"), code: text });
      await enter(` ${code.toUpperCase().replace("-", " ")}`);
      expect(await faultOf(enter(code))).toBe("code:field.code_wrong");
      expect(await countCodesLeft(app, mei.viewer)).toBe(9);
      expect((await listSecurityEvents(app, mei.viewer)).map(({ kind }) => kind)).toEqual([
        "code_used",
        "totp_on",
      ]);
    });

    it("are of one account, stored as keyed hashes, and void once new ones are made", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      await renewRecoveryCodes(app, mei.viewer);
      const old = (await readFreshCodes(app, mei.viewer)) ?? [];
      const rows = await app.db.selectFrom("recovery_codes").selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(old[0]);
      await aMember(instance, "li");
      const reset = (username: string, code: string) =>
        resetByCode(app, { username, code, next: NEXT, ip: FROM.ip });
      expect(await faultOf(reset("li", old[0] ?? ""))).toBe("code:field.recovery_wrong");
      await renewRecoveryCodes(app, mei.viewer);
      expect(await faultOf(reset("mei", old[0] ?? ""))).toBe("code:field.recovery_wrong");
    });

    it("set a new password, end every session, and say nothing of who is here", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      await renewRecoveryCodes(app, mei.viewer);
      const [code = ""] = (await readFreshCodes(app, mei.viewer)) ?? [];
      const reset = (username: string, text: string, next = NEXT) =>
        resetByCode(app, { username, code: text, next, ip: FROM.ip });
      expect(await faultOf(reset("nobody", code))).toBe("code:field.recovery_wrong");
      expect(await faultOf(reset("mei", "aaaaa-aaaaa"))).toBe("code:field.recovery_wrong");
      expect(await faultOf(reset("mei", code, "short")), "the code is not used up").toBe(
        "next:field.password_short",
      );
      await reset("@MEI", code);
      expect(await findViewer(app, mei.sessionToken)).toBeNull();
      expect(await faultOf(signIn(app, { ...FROM, username: "mei", password: PASSWORD }))).toBe(
        "error.login",
      );
      await signIn(app, { ...FROM, username: "mei", password: NEXT });
      expect(await faultOf(reset("mei", code))).toBe("code:field.recovery_wrong");
      expect((await listSecurityEvents(app, mei.viewer))[0]?.kind).toBe("password_reset");
      expect((await listNotifications(app, mei.viewer, {})).items.map(({ kind }) => kind)).toEqual([
        "security",
      ]);
    });

    it("cannot be tried without end", async () => {
      const { app } = await start();
      const reset = (ip: string) =>
        resetByCode(app, { username: "mei", code: "aaaaa-aaaaa", next: NEXT, ip });
      for (let i = 0; i < 10; i++)
        expect(await faultOf(reset("203.0.113.1"))).toBe("code:field.recovery_wrong");
      expect(await faultOf(reset("203.0.113.1"))).toBe("error.too_many");
    });
  });

  describe("reset links", () => {
    const tokenOf = (url: string) => new URL(url).searchParams.get("link") ?? "";

    it("set a password once, within a day, and take off what was lost", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const mei = await aMember(instance, "mei");
      await withPasskey(instance, mei);
      await withTotp(instance, mei);
      const first = tokenOf((await createResetLink(app, { username: "@mei" })).url);
      const token = tokenOf((await createResetLink(app, { username: "mei" })).url);
      expect(await findLinkHolder(app, first), "a newer link voids it").toBeNull();
      expect(await findLinkHolder(app, token)).toMatchObject({ username: "mei", hasTotp: true });
      const use = (next: string) =>
        resetByLink(app, { token, next, ip: FROM.ip, dropsTotp: true, dropsPasskeys: true });
      expect(await faultOf(use("short"))).toBe("next:field.password_short");
      const tries = await Promise.allSettled([use(NEXT), use(NEXT)]);
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(await listPasskeys(app, mei.viewer)).toEqual([]);
      expect(await signIn(app, { ...FROM, username: "mei", password: NEXT })).toMatchObject({
        state: "signed_in",
      });
      const late = tokenOf((await createResetLink(app, { username: "mei" })).url);
      clock.advance(24 * 60 * MINUTE);
      expect(await findLinkHolder(app, late)).toBeNull();
      expect(await faultOf(createResetLink(app, { username: "nobody" }))).toBe("error.not_found");
    });

    it("leave the second step and passkeys alone unless asked", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      await withTotp(instance, mei);
      const token = tokenOf((await createResetLink(app, { username: "mei" })).url);
      await resetByLink(app, { token, next: NEXT, ip: FROM.ip, dropsTotp: false, dropsPasskeys: false });
      expect(await signIn(app, { ...FROM, username: "mei", password: NEXT })).toMatchObject({
        state: "second_step",
      });
    });
  });

  describe("a proof of who one is", () => {
    it("counts for ten minutes, and renewing it makes the old token void", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const mei = await aMember(instance, "mei");
      expect(await isConfirmed(app, mei.viewer, mei.sessionToken), "just signed in").toBe(true);
      clock.advance(10 * MINUTE);
      expect(await isConfirmed(app, mei.viewer, mei.sessionToken)).toBe(false);
      expect(await faultOf(deleteAccount(app, mei.viewer, { sessionToken: mei.sessionToken }))).toBe(
        "error.confirm",
      );
      const wrong = { kind: "password" as const, password: "no" };
      expect(await faultOf(confirmSession(app, mei.viewer, mei.sessionToken, wrong))).toBe(
        "confirm_password:field.password_wrong",
      );
      const { sessionToken } = await confirmSession(app, mei.viewer, mei.sessionToken, {
        kind: "password",
        password: PASSWORD,
      });
      expect(await isConfirmed(app, mei.viewer, sessionToken)).toBe(true);
      expect(await findViewer(app, mei.sessionToken), "whoever copied the cookie").toBeNull();
      const li = await aMember(instance, "li");
      expect(await isConfirmed(app, mei.viewer, li.sessionToken), "somebody else's session").toBe(false);
      await deleteAccount(app, mei.viewer, { sessionToken });
    });

    it("may be a passkey or a one-time password, and is limited", async () => {
      const instance = await start();
      const { app, clock } = instance;
      const mei = await aMember(instance, "mei");
      const device = await withPasskey(instance, mei);
      const on = await withTotp(instance, mei);
      clock.advance(30_000);
      const byCode = await confirmSession(app, mei.viewer, on.sessionToken, {
        kind: "totp",
        code: on.code(),
      });
      const answer = device.get(await askForPasskey(app, asking, mei.viewer));
      const { sessionToken } = await confirmSession(app, mei.viewer, byCode.sessionToken, {
        kind: "passkey",
        answer,
        holder: HOLDER,
      });
      for (let i = 0; i < 8; i++)
        await confirmSession(app, mei.viewer, sessionToken, { kind: "password", password: "no" }).catch(
          () => null,
        );
      expect(
        await faultOf(
          confirmSession(app, mei.viewer, sessionToken, { kind: "password", password: PASSWORD }),
        ),
      ).toBe("error.too_many");
    });
  });

  it("leaves nothing behind when the account is deleted", async () => {
    const instance = await start();
    const { app } = instance;
    const mei = await aMember(instance, "mei");
    await withPasskey(instance, mei);
    await renewRecoveryCodes(app, mei.viewer);
    await createResetLink(app, { username: "mei" });
    await deleteAccount(app, mei.viewer, { password: PASSWORD });
    for (const table of ["passkeys", "recovery_codes", "reset_links"] as const)
      expect(await app.db.selectFrom(table).selectAll().execute()).toEqual([]);
  });
});
