import { afterEach, describe, expect, it } from "vitest";
import { signUp } from "../../server/services/accounts/accounts.ts";
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  renamePasskey,
} from "../../server/services/accounts/passkeys.ts";
import { askForNewPasskey, askForPasskey } from "../../server/services/accounts/webauthn.ts";
import { confirmSession, waysOf } from "../../server/services/accounts/proof.ts";
import { readFreshCodes } from "../../server/services/accounts/recovery-codes.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { signIn, signInWithPasskey } from "../../server/services/accounts/sign-in.ts";
import { eachDatabase } from "../support/databases.ts";
import { faultOf } from "../support/faults.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { byPasskey, createAuthenticator, type Bent, FROM, HOLDER, withPasskey } from "../support/passkeys.ts";

const MINUTE = 60_000;

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

  describe("passkeys", () => {
    it("join without a password, with recovery codes, and sign in without a name", async () => {
      const instance = await start();
      const { app } = instance;
      const device = createAuthenticator(app.config.origin);
      const options = await askForNewPasskey(app, asking, { username: "mei" });
      const passkey = { answer: device.create(options), holder: HOLDER };
      const command = { username: "mei", password: "", passkey, acceptedRules: true, ...FROM };
      const { sessionToken } = await signUp(app, command);
      const viewer = await findViewer(app, sessionToken);
      if (viewer === null) throw new Error("not signed in");
      expect(await waysOf(app, viewer)).toEqual({ password: false, totp: false, passkey: true });
      expect(await readFreshCodes(app, viewer)).toHaveLength(10);
      const again = await byPasskey(instance, device);
      expect(await findViewer(app, again.sessionToken)).toMatchObject({ username: "mei" });
      expect(await faultOf(signIn(app, { ...FROM, username: "mei", password: "" }))).toBe("error.login");
    });

    it("are named, renamed and removed by their owner, but never the last way in", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const li = await aMember(instance, "li");
      await withPasskey(instance, mei);
      const [key] = await listPasskeys(app, mei.viewer);
      if (key === undefined) throw new Error("no passkey");
      expect(key).toMatchObject({ name: "Firefox · Android", usedAt: null });
      expect(await faultOf(renamePasskey(app, li.viewer, { id: key.id, name: "mine" }))).toBe(
        "error.not_found",
      );
      expect(await faultOf(renamePasskey(app, mei.viewer, { id: key.id, name: " " }))).toMatch(
        /:field.required$/,
      );
      await renamePasskey(app, mei.viewer, { id: key.id, name: "My phone" });
      expect((await listPasskeys(app, mei.viewer))[0]?.name).toBe("My phone");
      expect(await faultOf(removePasskey(app, li.viewer, key.id))).toBe("error.not_found");
      await removePasskey(app, mei.viewer, key.id);
      expect(await listPasskeys(app, mei.viewer)).toEqual([]);

      const device = createAuthenticator(app.config.origin);
      const options = await askForNewPasskey(app, asking, { username: "bo" });
      const passkey = { answer: device.create(options), holder: HOLDER };
      const joined = await signUp(app, {
        username: "bo",
        password: "",
        passkey,
        acceptedRules: true,
        ...FROM,
      });
      const bo = await findViewer(app, joined.sessionToken);
      const [last] = bo === null ? [] : await listPasskeys(app, bo);
      if (bo === null || last === undefined) throw new Error("no passkey");
      expect(await faultOf(removePasskey(app, bo, last.id))).toBe("error.last_way_in");
    });

    it("are refused when an answer is replayed, another browser's, or for something else (WEB-13)", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const device = await withPasskey(instance, mei);
      const options = await askForPasskey(app, asking, null);
      const answer = device.get(options);
      const other = { ...FROM, answer, holder: "another browser" };
      expect(await faultOf(signInWithPasskey(app, other))).toBe("passkey:field.passkey");
      await signInWithPasskey(app, { ...FROM, answer, holder: HOLDER });
      expect(await faultOf(signInWithPasskey(app, { ...FROM, answer, holder: HOLDER }))).toBe(
        "passkey:field.passkey",
      );
      const toConfirm = device.get(await askForPasskey(app, asking, mei.viewer));
      expect(await faultOf(signInWithPasskey(app, { ...FROM, answer: toConfirm, holder: HOLDER }))).toBe(
        "passkey:field.passkey",
      );
      const late = device.get(await askForPasskey(app, asking, null));
      instance.clock.advance(5 * MINUTE + 1);
      expect(await faultOf(signInWithPasskey(app, { ...FROM, answer: late, holder: HOLDER }))).toBe(
        "passkey:field.passkey",
      );
    });

    it("are refused with anything else in the answer than what was asked for", async () => {
      const instance = await start();
      const device = await withPasskey(instance, await aMember(instance, "mei"));
      const bends: Readonly<Record<string, Bent>> = {
        "another origin": { origin: "https://evil.test" },
        "another site": { rpId: "evil.test" },
        "a challenge of one's own": { challenge: "AAAA" },
        "no verified user": { isUnverified: true },
        "a counter that went back": { counter: 1 },
        "somebody else's handle": { userHandle: "AAAA" },
        "no handle": { userHandle: "" },
      };
      for (const [name, bent] of Object.entries(bends))
        expect(await faultOf(byPasskey(instance, device, bent)), name).toBe("passkey:field.passkey");
      await byPasskey(instance, device);
    });

    it("are refused with a certificate, which could name addresses for us to ask", async () => {
      const instance = await start();
      const { app } = instance;
      const { viewer } = await aMember(instance, "mei");
      const device = createAuthenticator(app.config.origin);
      const options = await askForNewPasskey(app, asking, { viewer });
      const answer = device.create(options, { certificate: new Uint8Array(40) });
      expect(await faultOf(addPasskey(app, viewer, { answer, holder: HOLDER, agent: "" }))).toBe(
        "passkey:field.passkey",
      );
      for (const text of ["", "null", "{}", "[]", "x".repeat(30_000), '{"id":1}'])
        expect(await faultOf(signInWithPasskey(app, { ...FROM, answer: text, holder: HOLDER }))).toBe(
          "passkey:field.passkey",
        );
    });

    it("do not prove that one is somebody else, and belong to one account", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const li = await aMember(instance, "li");
      const device = await withPasskey(instance, li);
      const answer = device.get(await askForPasskey(app, asking, mei.viewer));
      const proof = { kind: "passkey" as const, answer, holder: HOLDER };
      expect(await faultOf(confirmSession(app, mei.viewer, mei.sessionToken, proof))).toBe(
        "passkey:field.passkey",
      );
      const made = device.create(await askForNewPasskey(app, asking, { viewer: li.viewer }));
      expect(await faultOf(addPasskey(app, mei.viewer, { answer: made, holder: HOLDER, agent: "" }))).toBe(
        "passkey:field.passkey",
      );
    });

    it("belong to the host of the pages where handles have another one", async () => {
      const instance = await start({ CAUSEWAY_HANDLE_HOST: "example.test" });
      const mei = await aMember(instance, "mei");
      const device = await withPasskey(instance, mei);
      expect((await askForPasskey(instance.app, asking, null)).rpId).toBe("home.test");
      await byPasskey(instance, device);
    });

    it("do not let a suspended person in", async () => {
      const instance = await start();
      const { app } = instance;
      const mei = await aMember(instance, "mei");
      const device = await withPasskey(instance, mei);
      await app.db
        .updateTable("accounts")
        .set({ suspended_at: 1 })
        .where("id", "=", mei.viewer.accountId)
        .execute();
      expect(await faultOf(byPasskey(instance, device))).toBe("error.suspended");
    });
  });
});
