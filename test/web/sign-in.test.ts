// Signing in as an attacker sees it: forms of other sites, places to send people to, sessions planted in advance.

import { TOTP, Secret } from "otpauth";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { draftTotp, turnOnTotp } from "../../server/services/accounts/one-time.ts";
import { createResetLink } from "../../server/services/accounts/recovery.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { csrfToken } from "../../web/session.ts";
import { aMember, createInstance, type Member, PASSWORD, type TestInstance } from "../support/instance.ts";

let here: TestInstance;
let ann: Member;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  ann = await aMember(here, "ann");
});
afterEach(() => here.close());

type Answer = {
  readonly status: number;
  readonly text: string;
  readonly to: string | null;
  readonly cookies: readonly string[];
};

async function ask(
  path: string,
  options: {
    readonly fields?: Readonly<Record<string, string>>;
    readonly session?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Leave the form's token out, or send another one. */
    readonly csrf?: string;
  } = {},
): Promise<Answer> {
  const { fields, session } = options;
  const csrf = options.csrf ?? (session === undefined ? "" : csrfToken(here.app, session));
  const response = await here.request(path, {
    method: fields === undefined ? "GET" : "POST",
    headers: {
      accept: "text/html",
      ...(session === undefined ? {} : { cookie: `__Host-session=${session}` }),
      ...(fields === undefined
        ? {}
        : {
            origin: here.app.config.origin,
            "content-type": "application/x-www-form-urlencoded",
          }),
      ...options.headers,
    },
    ...(fields === undefined ? {} : { body: new URLSearchParams({ ...fields, csrf }).toString() }),
    redirect: "manual",
  });
  return {
    status: response.status,
    text: await response.text(),
    to: response.headers.get("location"),
    cookies: response.headers.getSetCookie(),
  };
}

function sessionOf({ cookies }: Answer): string {
  const found = cookies
    .map((cookie) => /^__Host-session=([^;]+)/.exec(cookie)?.[1])
    .findLast((one) => one !== undefined);
  return found ?? "";
}

const login = { username: "ann", password: PASSWORD };

/** Turns one-time passwords on for ann; her session gets a new token. */
async function turnOn(): Promise<{ readonly code: () => string; readonly session: string }> {
  const draft = await draftTotp(here.app, ann.viewer);
  const totp = new TOTP({ secret: Secret.fromBase32(draft.secret.replaceAll(" ", "")) });
  const code = () => totp.generate({ timestamp: here.clock.now() });
  const { sealed } = draft;
  const on = await turnOnTotp(here.app, ann.viewer, { sealed, code: code(), sessionToken: ann.sessionToken });
  here.clock.advance(60_000);
  return { code, session: on.sessionToken };
}

const hidden = (text: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";

describe("Sessions", () => {
  test("are never those that somebody planted: signing in makes a new one and ends the old one", async () => {
    const planted = "x".repeat(43);
    const fresh = await ask("/login", { fields: login, session: planted });
    expect(sessionOf(fresh)).not.toBe(planted);
    expect(await findViewer(here.app, planted)).toBeNull();
    const mallory = await aMember(here, "mallory");
    const over = await ask("/login", { fields: login, session: mallory.sessionToken });
    expect(await findViewer(here.app, sessionOf(over))).toMatchObject({ username: "ann" });
    expect(await findViewer(here.app, mallory.sessionToken)).toBeNull();
    expect(over.cookies.join()).toMatch(/__Host-session=[^;]+;.*HttpOnly; Secure; SameSite=Lax/);
  });

  test("get a new token when the person proves who they are", async () => {
    here.clock.advance(11 * 60_000);
    const fields = { confirm_password: PASSWORD, then: "/settings/passkeys" };
    const done = await ask("/confirm", { fields, session: ann.sessionToken });
    expect([done.status, done.to]).toEqual([303, "/settings/passkeys"]);
    expect(await findViewer(here.app, ann.sessionToken)).toBeNull();
    expect((await ask("/settings/passkeys", { session: sessionOf(done) })).status).toBe(200);
  });
});

describe("Forms of other sites", () => {
  const ELSEWHERE = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
  const FORMS = [
    "/login",
    "/login/2fa",
    "/join",
    "/password/reset",
    "/passkeys/options",
    "/welcome",
    "/confirm",
    "/settings/password",
    "/settings/passkeys",
    "/settings/totp",
    "/settings/recovery",
    "/settings/sessions",
    "/settings/delete",
  ];

  test("sign nobody in or out, and change nothing", async () => {
    for (const path of FORMS) {
      const visitor = await ask(path, { fields: login, headers: ELSEWHERE });
      const member = await ask(path, { fields: login, headers: ELSEWHERE, session: ann.sessionToken });
      expect([visitor.status, member.status, visitor.cookies], path).toEqual([403, 403, []]);
    }
  });

  test("nor does a form of ours without the token of this session", async () => {
    const other = await aMember(here, "other");
    const mayOpen = new Set(["/login", "/login/2fa", "/join"]);
    for (const path of FORMS.filter((form) => !mayOpen.has(form)))
      for (const csrf of ["no", csrfToken(here.app, other.sessionToken)]) {
        const answer = await ask(path, {
          fields: { do: "off", sure: "yes" },
          session: ann.sessionToken,
          csrf,
        });
        expect([answer.status, answer.cookies], path).toEqual([403, []]);
      }
    expect(await findViewer(here.app, ann.sessionToken)).not.toBeNull();
  });
});

describe("The way on", () => {
  const ELSEWHERES = [
    "//evil.test",
    "/\\evil.test",
    "https://evil.test/",
    "https:evil",
    "/%2F/evil.test",
    "javascript:alert(1)",
    "/\tx",
  ];

  test.each(ELSEWHERES)("never leads to %s", async (then) => {
    const { code, session } = await turnOn();
    const first = await ask("/login", { fields: { ...login, then } });
    expect(hidden(first.text, "then")).toBe("/");
    const second = await ask("/login/2fa", {
      fields: { ticket: hidden(first.text, "ticket"), code: code(), then },
    });
    expect([second.status, second.to]).toEqual([303, "/"]);
    const confirm = await ask("/confirm", { fields: { confirm_password: PASSWORD, then }, session });
    expect(confirm.to).toBe("/settings/security");
    const kept = await ask("/settings/recovery", {
      fields: { do: "kept", then },
      session: sessionOf(confirm),
    });
    expect(kept.to).toBe("/settings/security");
  });
});

describe("The second step", () => {
  test("keeps what was sent before it, and a wrong code loses nothing", async () => {
    const { code } = await turnOn();
    const sent = await ask("/compose", { fields: { source: "Written for an hour", action: "post" } });
    expect(sent.status).toBe(401);
    const carried = {
      then: hidden(sent.text, "then"),
      resend: "yes",
      "carried:source": "Written for an hour",
    };
    const first = await ask("/login", { fields: { ...login, ...carried } });
    expect([first.status, sessionOf(first)]).toEqual([200, ""]);
    const ticket = hidden(first.text, "ticket");
    const wrong = await ask("/login/2fa", { fields: { ticket, code: "000000", ...carried } });
    expect([wrong.status, hidden(wrong.text, "carried:source")]).toEqual([422, "Written for an hour"]);
    const right = await ask("/login/2fa", { fields: { ticket, code: code(), ...carried } });
    expect(right.to).toMatch(/^\/compose\?draft=\d+&status=kept$/);
    here.clock.advance(6 * 60_000);
    const late = await ask("/login/2fa", { fields: { ticket, code: code(), ...carried } });
    expect([late.status, late.text.includes("Please sign in once more")]).toEqual([401, true]);
    expect(hidden(late.text, "carried:source")).toBe("Written for an hour");
  });

  test("is not told to anybody without the password", async () => {
    const before = await ask("/login", { fields: { username: "ann", password: "wrong" } });
    await turnOn();
    const after = await ask("/login", { fields: { username: "ann", password: "wrong" } });
    const nobody = await ask("/login", { fields: { username: "bob", password: "wrong" } });
    const plain = (answer: Answer) => [answer.status, answer.text.replaceAll(/ann|bob/g, "x")];
    expect(plain(after)).toEqual(plain(before));
    expect(plain(nobody)).toEqual(plain(before));
  });
});

describe("Something dangerous", () => {
  const DANGEROUS = [
    "/settings/passkeys",
    "/settings/totp",
    "/settings/recovery",
    "/settings/moving",
    "/settings/delete",
  ];

  test("asks who is there, ten minutes after the last proof", async () => {
    for (const path of DANGEROUS)
      expect((await ask(path, { session: ann.sessionToken })).status, path).toBe(200);
    here.clock.advance(10 * 60_000);
    for (const path of DANGEROUS)
      expect((await ask(path, { session: ann.sessionToken })).to, path).toBe(
        `/confirm?then=${encodeURIComponent(path)}`,
      );
  });

  test("takes a form along and carries it out with the proof, and not with a wrong one", async () => {
    here.clock.advance(10 * 60_000);
    const fields = { do: "alias", alias: "@owner_here" };
    const asked = await ask("/settings/moving", { fields, session: ann.sessionToken });
    expect([asked.status, hidden(asked.text, "alias")]).toEqual([401, "@owner_here"]);
    const wrong = await ask("/settings/moving", {
      fields: { ...fields, confirm_password: "no" },
      session: ann.sessionToken,
    });
    expect([wrong.status, hidden(wrong.text, "alias")]).toEqual([422, "@owner_here"]);
    const right = await ask("/settings/moving", {
      fields: { ...fields, confirm_password: PASSWORD },
      session: ann.sessionToken,
    });
    expect(right.to).toBe("/settings/moving?saved=yes");
    expect((await ask("/settings/moving", { session: sessionOf(right) })).text).toContain("@owner_here");
  });
});

describe("Passkey options", () => {
  test("are bound to the browser that asks, and tell nothing about accounts", async () => {
    const options = await ask("/passkeys/options", { fields: { use: "sign_in", username: "ann" } });
    const { allowCredentials, rpId, userVerification } = JSON.parse(options.text);
    expect({ allowCredentials, rpId, userVerification }).toEqual({
      allowCredentials: [],
      rpId: "here.test",
      userVerification: "required",
    });
    expect(options.cookies.join()).toMatch(/__Host-visitor=[^;]+;.*HttpOnly; Secure; SameSite=Lax/);
    for (const use of ["add", "confirm"])
      expect((await ask("/passkeys/options", { fields: { use } })).status).toBe(403);
    expect((await ask("/passkeys/options", { fields: { use: "join", username: "ann" } })).text).toContain(
      "This name is taken",
    );
    expect(
      (await ask("/passkeys/options", { fields: { use: "setup", token: "x", username: "bob" } })).status,
    ).toBe(403);
    expect((await ask("/login", { fields: { passkey: '{"id":"x"}' } })).status).toBe(422);
  });
});

describe("A reset link", () => {
  test("names the person, is dead after its use, and signs out whoever used it", async () => {
    const { url } = await createResetLink(here.app, { username: "ann" });
    const { pathname, search, searchParams } = new URL(url);
    expect((await ask(pathname + search)).text).toContain("@ann");
    const fields = { link: searchParams.get("link") ?? "", next: "another quiet harbour" };
    const done = await ask("/password/reset", { fields, session: ann.sessionToken });
    expect([done.to, sessionOf(done)]).toEqual(["/login?reset=yes", ""]);
    expect(await findViewer(here.app, ann.sessionToken)).toBeNull();
    expect((await ask(pathname + search)).status).toBe(410);
    expect((await ask("/password/reset", { fields })).text).toContain("This link was used");
  });
});

describe("Joining", () => {
  test("says whether a name is free, and offers others that are", async () => {
    const check = async (name: string) => (await ask(`/join/name?name=${encodeURIComponent(name)}`)).text;
    expect(await check("mei")).toContain("This name is free");
    const taken = await check("ann");
    const free = [...taken.matchAll(/data-fill="([^"]+)"/g)].map(([, name = ""]) => name);
    expect(free).toHaveLength(3);
    for (const name of free) expect(await check(name)).toContain("This name is free");
    expect(await check("Ünï <b>")).not.toContain("<b>");
    const refused = await ask("/join", {
      fields: { username: "ann", password: PASSWORD, acceptedRules: "yes" },
    });
    expect([refused.status, refused.text.includes(free[0] ?? "?")]).toEqual([422, true]);
  });
});
