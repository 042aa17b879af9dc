// Somebody who is signed in nowhere lets an app in: the sign-in stands inside the flow, with everything that makes it safe, and
// nothing that the app asked gets lost on the way.

import { Secret, TOTP } from "otpauth";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Token } from "../../api/entities/clients.ts";
import { draftTotp, turnOnTotp } from "../../server/services/accounts/one-time.ts";
import { aMember, createInstance, type Member, PASSWORD } from "../support/instance.ts";
import { type Authenticator, withPasskey } from "../support/passkeys.ts";
import { inWatch } from "./attacks.ts";
import { ask, type Served } from "./client.ts";
import { anApp, askToken, CALLBACK, hiddenFields, pkce, redemption, type Shown, usual } from "./consent.ts";

let served: Served;
let ada: Member;

beforeEach(async () => {
  const instance = await createInstance();
  onTestFinished(() => instance.close());
  served = inWatch(instance);
  ada = await aMember(instance, "ada");
});

type Fields = Readonly<Record<string, string>>;
type Browser = {
  open(path: string): Promise<Shown>;
  /** Sends the form of a page that leads to `action`, with its hidden fields. */
  submit(page: Shown, action: string, fields: Fields): Promise<Shown>;
  /** Sends a form as the script of a page does. */
  send(path: string, fields: Fields): Promise<Shown>;
};

/** A browser with nothing but cookies. */
function aBrowser(): Browser {
  const jar = new Map<string, string>();
  const go = async (path: string, fields?: Fields): Promise<Shown> => {
    const { origin, instance } = served;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await instance.fetch(
      new Request(new URL(path, origin), {
        redirect: "manual",
        headers: {
          accept: "text/html",
          cookie,
          ...(fields === undefined ? {} : { origin, "sec-fetch-site": "same-origin" }),
        },
        ...(fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) }),
      }),
      { ip: "203.0.113.9" },
    );
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const { status, headers } = response;
    return { status, headers, location: headers.get("location"), text: await response.text() };
  };
  const formOf = ({ text }: Shown, action: string): Fields => {
    const forms = [...text.matchAll(/<form[^>]*action="([^"]+)"[^>]*>.*?<\/form>/gs)];
    const form = forms.find((match) => match[1] === action);
    if (form === undefined) throw new Error(`There is no form that leads to ${action}.`);
    return hiddenFields(form[0]);
  };
  return {
    open: (path) => go(path),
    submit: (page, action, fields) => go(action, { ...formOf(page, action), ...fields }),
    send: (path, fields) => go(path, fields),
  };
}

/** Turns one-time passwords on for ada; gives the code that is right at the moment. */
async function withOneTimePasswords(): Promise<() => string> {
  const { app, clock } = served.instance;
  const draft = await draftTotp(app, ada.viewer);
  const totp = new TOTP({ secret: Secret.fromBase32(draft.secret.replaceAll(" ", "")) });
  const code = () => totp.generate({ timestamp: clock.now() });
  await turnOnTotp(app, ada.viewer, { sealed: draft.sealed, code: code(), sessionToken: ada.sessionToken });
  clock.advance(60_000);
  return code;
}

/** Everything that an app can say, with characters that addresses and HTML have other uses for. */
const STATE = `a b&c=d+e%20/"<é你>`;
const SCOPE = "read write:statuses push";

/** An app that asks, and the address with which it sends people here. */
async function anAsking(more: Fields = {}, scopes = "read write follow push") {
  const app = await anApp(served, { client_name: `Seal & <Co>`, scopes });
  const { verifier, challenge } = pkce();
  const fields = usual(app, {
    scope: SCOPE,
    state: STATE,
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...more,
  }) as Fields;
  return { app, verifier, fields, path: `/oauth/authorize?${new URLSearchParams(fields).toString()}` };
}
type Asking = Awaited<ReturnType<typeof anAsking>>;

/** The question itself: what was asked is in its form word by word. Presses "Allow", and takes the code to a token. */
async function allow(browser: Browser, { app, verifier, fields }: Asking, back: string): Promise<Token> {
  const page = await browser.open(back);
  expect(page.status).toBe(200);
  expect(page.text).toContain("Seal &amp; &lt;Co&gt;");
  expect(page.text).toContain("@ada@");
  const kept = new URL(back, served.origin).searchParams;
  for (const [name, value] of Object.entries(fields)) expect([name, kept.get(name)]).toEqual([name, value]);
  const done = await browser.submit(page, "/oauth/authorize", { answer: "allow" });
  expect(done.status).toBe(303);
  const answer = new URL(done.location ?? "");
  expect(`${answer.origin}${answer.pathname}`).toBe(CALLBACK);
  expect(answer.searchParams.get("state")).toBe(STATE);
  expect(answer.searchParams.get("iss")).toBe(served.origin);
  const code = answer.searchParams.get("code") ?? "";
  const { json, status } = await askToken(served, redemption(app, code, { code_verifier: verifier }));
  expect(status).toBe(200);
  const token = Token.parse(json);
  expect(token.scope).toBe(fields["scope"]);
  const self = await ask(served, "GET", "/api/v1/accounts/verify_credentials", { token: token.access_token });
  expect(self.json).toMatchObject({ username: "ada" });
  return token;
}

/** Where the browser was sent; a page in a window of the app's may be, so it is not cut off from it. */
function wayOn(entered: Shown): string {
  expect(entered.status).toBe(303);
  expect(entered.headers.get("cross-origin-opener-policy")).toBe("unsafe-none");
  expect(entered.location).toMatch(/^\/oauth\/authorize\?/);
  return entered.location ?? "";
}

describe("Whoever is signed in nowhere", () => {
  const password = { username: "ada", password: PASSWORD };

  test("lets an app in with a password and a one-time password, past a wrong one", async () => {
    const code = await withOneTimePasswords();
    const asking = await anAsking();
    const browser = aBrowser();
    const login = await browser.open(asking.path);
    expect(login.status).toBe(200);
    const mistaken = await browser.submit(login, "/login", { ...password, password: "not this one" });
    expect(mistaken.status).toBe(422);
    const second = await browser.submit(mistaken, "/login", password);
    expect([second.status, second.location]).toEqual([200, null]);
    const wrong = await browser.submit(second, "/login/2fa", { code: "000000" });
    expect(wrong.status).toBe(422);
    // Half a sign-in is none.
    expect((await browser.open(asking.path)).text).toContain('action="/login"');
    await allow(browser, asking, wayOn(await browser.submit(wrong, "/login/2fa", { code: code() })));
  });

  test("comes back to the question also when the second step took too long", async () => {
    const code = await withOneTimePasswords();
    const asking = await anAsking();
    const browser = aBrowser();
    const second = await browser.submit(await browser.open(asking.path), "/login", password);
    served.instance.clock.advance(60 * 60_000);
    const again = await browser.submit(second, "/login/2fa", { code: code() });
    expect(again.status).toBe(401);
    const anew = await browser.submit(again, "/login", password);
    await allow(browser, asking, wayOn(await browser.submit(anew, "/login/2fa", { code: code() })));
  });

  test("lets an app in with a passkey", async () => {
    const device = await withPasskey(served.instance, ada);
    const asking = await anAsking();
    const browser = aBrowser();
    const login = await browser.open(asking.path);
    expect(login.text).toContain('name="passkey"');
    const answer = device.get(await optionsFor(browser, login, "sign_in"));
    // The answer of another browser is no answer.
    const other = await aBrowser().submit(login, "/login", { passkey: answer });
    expect(other.status).toBe(422);
    await allow(browser, asking, wayOn(await browser.submit(login, "/login", { passkey: answer })));
  });

  test("who may give away what only the staff may do proves it once more, by passkey, and loses nothing either", async () => {
    const { app, clock } = served.instance;
    await app.db
      .updateTable("accounts")
      .set({ role: "admin" })
      .where("id", "=", ada.viewer.accountId)
      .execute();
    const device = await withPasskey(served.instance, ada);
    const scope = "read admin:read";
    const asking = await anAsking({ scope }, scope);
    const browser = aBrowser();
    const login = await browser.open(asking.path);
    const entered = await browser.submit(login, "/login", {
      passkey: device.get(await optionsFor(browser, login, "sign_in")),
    });
    const back = wayOn(entered);
    clock.advance(60 * 60_000);
    const sent = await browser.open(back);
    expect([sent.status, sent.location]).toEqual([303, `/confirm?then=${encodeURIComponent(back)}`]);
    const confirm = await browser.open(sent.location ?? "");
    const proved = await browser.submit(confirm, "/confirm", {
      confirm_passkey: device.get(await optionsFor(browser, confirm, "confirm")),
    });
    expect([proved.status, proved.location]).toEqual([303, back]);
    await allow(browser, asking, back);
  });
});

/** What the script of the page asks before it asks the device. */
async function optionsFor(
  browser: Browser,
  page: Shown,
  use: string,
): Promise<Parameters<Authenticator["get"]>[0]> {
  const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
  const { status, text } = await browser.send("/passkeys/options", { csrf, use });
  expect(status).toBe(200);
  return JSON.parse(text) as Parameters<Authenticator["get"]>[0];
}
