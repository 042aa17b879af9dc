import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Token } from "../../api/entities/clients.ts";
import { resetPassword, suspendAccount } from "../../server/services/operations/operations.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { aMember, type Member } from "../support/instance.ts";
import { ask, open, type Served, tokenOf } from "./client.ts";
import {
  aCode,
  anApp,
  askToken,
  browse,
  CALLBACK,
  hiddenFields,
  letIn,
  openConsent,
  pkce,
  redemption,
  usual,
} from "./consent.ts";

const MINUTE = 60_000;

let served: Served & { readonly close: () => Promise<void> };
let members = 0;

beforeAll(async () => {
  served = await open();
});
afterAll(() => served.close());
// What a test before has asked for does not count for this one.
beforeEach(() => served.instance.clock.advance(61 * MINUTE));

/** Somebody new: what one test does to an account is nothing to the next. */
async function begin(): Promise<{ readonly ada: Member }> {
  members++;
  return { ada: await aMember(served.instance, `ada_${members}`) };
}

/** The word of a refusal by the token endpoint. */
function wordOf({ status, json }: { readonly status: number; readonly json: unknown }): string {
  const { error, error_description: sentence } = json as { error?: unknown; error_description?: unknown };
  return `${status} ${String(error)}${typeof sentence === "string" && sentence !== "" ? "" : " without a sentence"}`;
}

async function rowsOf(table: "tokens" | "grants", { viewer }: Member): Promise<readonly unknown[]> {
  const { db } = served.instance.database;
  return await db.selectFrom(table).selectAll().where("account_id", "=", viewer.accountId).execute();
}

async function worksWith(served: Served, token: string): Promise<boolean> {
  return (await ask(served, "GET", "/api/v1/timelines/home", { token })).status === 200;
}

describe("Redirects (OAU-01)", () => {
  test("go to the registered address and nowhere else, and a wrong one never redirects", async () => {
    const { ada } = await begin();
    const app = await anApp(served, { redirect_uris: [CALLBACK, "icecubesapp://"] });
    const wrong = [
      "https://app.test/callback/",
      "https://app.test/callback/../evil",
      "https://app.test/callback?x=1",
      "https://app.test/callback#x",
      "https://app.test/callbac",
      "https://app.test/callback.evil",
      "https://app.test:8443/callback",
      "https://app.test.evil.test/callback",
      "https://evil.test/callback",
      "https://APP.test/callback",
      "HTTPS://app.test/callback",
      "http://app.test/callback",
      "https://app.test@evil.test/callback",
      "https://app.test/%63allback",
      " https://app.test/callback",
      "https://app.test/callback ",
      "icecubesapp:",
      "icecubesapp://evil",
      "javascript:alert(1)",
      "urn:ietf:wg:oauth:2.0:oob",
      undefined,
      "",
    ];
    for (const redirect_uri of wrong) {
      const { status, location, text } = await openConsent(served, ada, usual(app, { redirect_uri }));
      expect([redirect_uri, status, location]).toEqual([redirect_uri, 400, null]);
      expect(text).not.toContain('href="https://evil');
    }
  });

  test("are refused for unknown apps, for parameters sent twice, and when the form was changed on the way", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    expect((await openConsent(served, ada, usual({ client_id: "nobody" }))).status).toBe(400);
    expect((await openConsent(served, ada, {})).status).toBe(400);
    const twice = new URLSearchParams(Object.entries(usual(app)) as [string, string][]);
    twice.append("redirect_uri", "https://evil.test/");
    expect((await browse(served, ada, `/oauth/authorize?${twice}`)).status).toBe(400);
    const page = await openConsent(served, ada, usual(app));
    const form =
      /<form class="stack card" method="post" action="\/oauth\/authorize">.*?<\/form>/s.exec(
        page.text,
      )?.[0] ?? "";
    const changed = { ...hiddenFields(form), redirect_uri: "https://evil.test/", answer: "allow" };
    const answered = await browse(served, ada, "/oauth/authorize", changed);
    expect([answered.status, answered.location]).toEqual([400, null]);
  });

  test("are never automatic: faults of a known app are shown with a link, so nobody can borrow our name", async () => {
    const { ada } = await begin();
    const app = await anApp(served, { scopes: "read" });
    const faults = [
      [{ response_type: "token" }, "unsupported_response_type"],
      [{ response_type: undefined }, "unsupported_response_type"],
      [{ scope: "read write" }, "invalid_scope"],
      [{ scope: "everything" }, "invalid_scope"],
      [
        { scope: "read", code_challenge: pkce().challenge, code_challenge_method: "plain" },
        "invalid_request",
      ],
      [{ scope: "read", code_challenge: pkce().challenge }, "invalid_request"],
      [{ scope: "read", code_challenge: "short", code_challenge_method: "S256" }, "invalid_request"],
      [{ scope: "read", code_challenge_method: "S256" }, "invalid_request"],
    ] as const;
    for (const [change, word] of faults)
      for (const member of [ada, null]) {
        const { status, location, text } = await openConsent(served, member, usual(app, change));
        expect([word, status, location]).toEqual([word, 400, null]);
        expect(text).toContain(`href="${CALLBACK}?error=${word}&amp;state=xyz&amp;iss=`);
      }
  });

  test("carry whatever the app says as text, and nothing of it into the page or its headers", async () => {
    const { ada } = await begin();
    const app = await anApp(served, {
      client_name: '<script>alert(1)</script>"',
      redirect_uris: "app+x.y-z://a;script-src",
    });
    const state = '"><script>alert(2)</script>';
    const { text, headers, status } = await openConsent(
      served,
      ada,
      usual(app, { redirect_uri: "app+x.y-z://a;script-src", state }),
    );
    expect(status).toBe(200);
    expect(text).not.toContain("<script>alert");
    expect(headers.get("content-security-policy")).toContain("form-action 'self' app+x.y-z:;");
    expect(headers.get("content-security-policy")).toContain("script-src 'self';");
  });
});

describe("Codes (OAU-02)", () => {
  test("work once: a second use ends the token that was made of it", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const code = await aCode(served, ada, usual(app));
    const token = Token.parse((await askToken(served, redemption(app, code))).json);
    expect(await worksWith(served, token.access_token)).toBe(true);
    expect(wordOf(await askToken(served, redemption(app, code)))).toBe("400 invalid_grant");
    expect(await worksWith(served, token.access_token)).toBe(false);
  });

  test("give one token to many who come at the same time, and that one does not last", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const code = await aCode(served, ada, usual(app));
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => askToken(served, redemption(app, code))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await rowsOf("tokens", ada)).toEqual([]);
  });

  test("belong to their app, their address and their verifier, and a wrong try uses nothing up", async () => {
    const { ada } = await begin();
    const [app, other] = [
      await anApp(served, { redirect_uris: [CALLBACK, "icecubesapp://"] }),
      await anApp(served),
    ];
    const { verifier, challenge } = pkce();
    const code = await aCode(
      served,
      ada,
      usual(app, { code_challenge: challenge, code_challenge_method: "S256" }),
    );
    const good = redemption(app, code, { code_verifier: verifier });
    const tries = [
      redemption(other, code, { code_verifier: verifier }),
      { ...good, redirect_uri: "icecubesapp://" },
      { ...good, redirect_uri: `${CALLBACK}/` },
      { ...good, code_verifier: pkce().verifier },
      { ...good, code_verifier: challenge },
      { ...good, code_verifier: undefined },
      { ...good, code: `${code}x` },
    ];
    for (const one of tries) expect(wordOf(await askToken(served, one))).toBe("400 invalid_grant");
    expect(wordOf(await askToken(served, { ...good, client_secret: "wrong" }))).toBe("401 invalid_client");
    expect(wordOf(await askToken(served, { ...good, client_id: "nobody" }))).toBe("401 invalid_client");
    expect(wordOf(await askToken(served, { ...good, client_id: undefined }))).toBe("401 invalid_client");
    // A public client shows no secret; the verifier stands for it.
    expect((await askToken(served, { ...good, client_secret: undefined })).status).toBe(200);
  });

  test("without PKCE are for apps that know their secret, and never for a verifier of nothing", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const code = await aCode(served, ada, usual(app));
    expect(wordOf(await askToken(served, redemption(app, code, { client_secret: undefined })))).toBe(
      "400 invalid_grant",
    );
    expect(wordOf(await askToken(served, redemption(app, code, { code_verifier: pkce().verifier })))).toBe(
      "400 invalid_grant",
    );
    expect((await askToken(served, redemption(app, code))).status).toBe(200);
  });

  test("run out after ten minutes, and with the account", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const late = await aCode(served, ada, usual(app));
    served.instance.clock.advance(10 * MINUTE + 1);
    expect(wordOf(await askToken(served, redemption(app, late)))).toBe("400 invalid_grant");
    const code = await aCode(served, ada, usual(app));
    await suspendAccount(served.instance.app, { username: ada.viewer.username });
    expect(wordOf(await askToken(served, redemption(app, code)))).toBe("400 invalid_grant");
  });

  test("are asked for in the words of OAuth", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const good = redemption(app, await aCode(served, ada, usual(app)));
    const tries = [
      [{ ...good, grant_type: "password", username: "ada", password: "x" }, "400 unsupported_grant_type"],
      [{ ...good, grant_type: "refresh_token" }, "400 unsupported_grant_type"],
      [{ ...good, grant_type: undefined }, "400 invalid_request"],
      [{ ...good, code: undefined }, "400 invalid_request"],
      [{ ...good, redirect_uri: undefined }, "400 invalid_request"],
      [{ ...good, grant_type: "client_credentials", scope: "admin:write" }, "400 invalid_scope"],
      [{ ...good, grant_type: "client_credentials", client_secret: undefined }, "401 invalid_client"],
    ] as const;
    for (const [fields, word] of tries) expect(wordOf(await askToken(served, fields))).toBe(word);
    const bodies = ["{", "[]", '{"code":["a"],"client_id":{"a":1}}'];
    for (const body of bodies) {
      const answered = await ask(served, "POST", "/oauth/token", {
        body,
        headers: { "content-type": "application/json" },
      });
      expect(wordOf(answered)).toBe("400 invalid_request");
    }
    expect((await ask(served, "GET", "/oauth/token")).status).toBe(404);
  });
});

describe("The page that asks (WEB-05)", () => {
  test("is believed by the session that it was made for alone", async () => {
    const { ada } = await begin();
    const lin = await aMember(served.instance, `lin_${members}`);
    const app = await anApp(served);
    const page = await openConsent(served, ada, usual(app));
    const form =
      /<form class="stack card" method="post" action="\/oauth\/authorize">.*?<\/form>/s.exec(
        page.text,
      )?.[0] ?? "";
    const fields = { ...hiddenFields(form), answer: "allow" };
    const asLin = await browse(served, lin, "/oauth/authorize", fields);
    expect([asLin.status, asLin.location]).toEqual([403, null]);
    expect(asLin.text).toContain(`@${lin.viewer.username}@`);
    const without = await browse(served, ada, "/oauth/authorize", { ...fields, csrf: undefined });
    expect([without.status, without.location]).toEqual([403, null]);
    const asNobody = await browse(served, null, "/oauth/authorize", fields);
    expect(asNobody.location).toMatch(/^\/oauth\/authorize\?response_type=code/);
    const foreign = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await browse(served, ada, "/oauth/authorize", fields, foreign)).status).toBe(403);
    expect(await rowsOf("grants", ada)).toEqual([]);
  });

  test("stands in nobody's frame", async () => {
    const { ada } = await begin();
    const { headers } = await openConsent(served, ada, usual(await anApp(served)));
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-frame-options")).toBe("DENY");
  });

  test("asks the staff for a proof before it gives away what only they may do", async () => {
    const mo = await aMember(served.instance, `mo_${members}`, { role: "moderator" });
    const app = await anApp(served, { scopes: "read admin:read admin:write" });
    const fields = usual(app, { scope: "read admin:write" });
    expect((await openConsent(served, mo, fields)).status).toBe(200);
    served.instance.clock.advance(11 * MINUTE);
    const asked = await openConsent(served, mo, fields);
    expect(asked.location).toMatch(/^\/confirm\?then=%2Foauth%2Fauthorize/);
    expect((await openConsent(served, mo, usual(app, { scope: "read" }))).status).toBe(200);
  });
});

describe("Tokens", () => {
  test("of an app are no one's: they open nothing that is a person's (OAU-08)", async () => {
    const app = await anApp(served);
    const { json } = await askToken(served, {
      grant_type: "client_credentials",
      client_id: app.client_id,
      client_secret: app.client_secret,
      scope: "read write",
    });
    const { access_token: token } = Token.parse(json);
    expect((await ask(served, "GET", "/api/v1/apps/verify_credentials", { token })).status).toBe(200);
    expect(await worksWith(served, token)).toBe(false);
    expect((await ask(served, "GET", "/oauth/userinfo", { token })).status).toBe(401);
  });

  test("are not taken from the address (OAU-07), nor with words that are none", async () => {
    const { ada } = await begin();
    const token = await tokenOf(served, ada.viewer.username);
    expect((await ask(served, "GET", `/api/v1/timelines/home?access_token=${token}`)).status).toBe(401);
    for (const authorization of [
      "Bearer",
      "Bearer ",
      `Bearer ${"x".repeat(9_000)}`,
      `bearer  ${token} x`,
      "Bearer null",
      "Bearer undefined",
    ])
      expect(
        (await ask(served, "GET", "/api/v1/timelines/home", { headers: { authorization } })).status,
      ).toBe(401);
  });

  test("end with a suspension, a new password and the account", async () => {
    const { app } = served.instance;
    const ends = [
      ["bea", () => suspendAccount(app, { username: "bea" })],
      ["cleo", () => resetPassword(app, { username: "cleo", password: "another quiet harbour" })],
      ["dora", async (member: Member) => await removeMember(app, member.viewer.actorId)],
    ] as const;
    const client = await anApp(served);
    for (const [name, end] of ends) {
      const member = await aMember(served.instance, name);
      const { access_token: token } = await letIn(served, member, client);
      expect(await worksWith(served, token)).toBe(true);
      await end(member);
      expect([name, await worksWith(served, token)]).toEqual([name, false]);
      expect([...(await rowsOf("tokens", member)), ...(await rowsOf("grants", member))]).toEqual([]);
    }
  });

  test("are revoked by their own app alone, as often as it likes", async () => {
    const { ada } = await begin();
    const [app, other] = [await anApp(served), await anApp(served)];
    const { access_token: token } = await letIn(served, ada, app);
    const revoke = async (
      by: { readonly client_id: string; readonly client_secret?: string },
      what: string | undefined,
    ) =>
      await ask(served, "POST", "/oauth/revoke", {
        body: { client_id: by.client_id, client_secret: by.client_secret, token: what },
      });
    expect(wordOf(await revoke(other, token))).toBe("403 unauthorized_client");
    expect(wordOf(await revoke({ ...app, client_secret: "wrong" }, token))).toBe("401 invalid_client");
    expect(wordOf(await revoke(other, await tokenOf(served, ada.viewer.username)))).toBe(
      "403 unauthorized_client",
    );
    expect(await worksWith(served, token)).toBe(true);
    for (let n = 0; n < 2; n++) expect((await revoke({ client_id: app.client_id }, token)).json).toEqual({});
    expect(await worksWith(served, token)).toBe(false);
    expect((await revoke(app, "never seen")).status).toBe(200);
    expect((await revoke(app, undefined)).status).toBe(200);
  });

  test("are kept as hashes, and so are secrets and codes", async () => {
    const { ada } = await begin();
    const app = await anApp(served);
    const code = await aCode(served, ada, usual(app));
    const { access_token: token } = await letIn(served, ada, app);
    const { db } = served.instance.database;
    const kept = JSON.stringify([
      await db.selectFrom("apps").selectAll().execute(),
      await db.selectFrom("grants").selectAll().execute(),
      await db.selectFrom("tokens").selectAll().execute(),
    ]);
    for (const secret of [app.client_secret, code, token]) expect(kept).not.toContain(secret);
  });
});
