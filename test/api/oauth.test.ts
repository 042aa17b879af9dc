import { createOAuthAPIClient, createRestAPIClient } from "masto";
import generator from "megalodon";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Application,
  CredentialApplication,
  ServerMetadata,
  Token,
  UserInfo,
} from "../../api/entities/clients.ts";
import { MAINTENANCE } from "../../server/services/operations/maintenance.ts";
import { aMember, type Member } from "../support/instance.ts";
import { ask, open, type Served, serve, tokenOf } from "./client.ts";
import {
  aCode,
  anApp,
  answerConsent,
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

const OOB = "urn:ietf:wg:oauth:2.0:oob";
const DAY = 86_400_000;

let served: Served & { readonly close: () => Promise<void> };
let ada: Member;

beforeAll(async () => {
  served = await open();
  ada = await aMember(served.instance, "ada");
});
afterAll(() => served.close());
// What a test before has asked for does not count for this one.
beforeEach(() => served.instance.clock.advance(61 * 60_000));

describe("Registering an app", () => {
  test("takes redirect addresses as lines and as a list, and keeps each as it was written", async () => {
    const lines = await anApp(served, { redirect_uris: `icecubesapp://\n${CALLBACK}` });
    const list = await anApp(served, { redirect_uris: ["icecubesapp://", CALLBACK], scopes: undefined });
    expect(lines.redirect_uris).toEqual(["icecubesapp://", CALLBACK]);
    expect(list.redirect_uris).toEqual(lines.redirect_uris);
    expect(list.scopes).toEqual(["read"]);
    expect(lines.vapid_key).toMatch(/^[\w-]{80,}$/);
    const form = new URLSearchParams([
      ["client_name", "Form"],
      ["redirect_uris[]", OOB],
      ["redirect_uris[]", "moshidon-android-auth://callback"],
      ["website", ""],
    ]);
    const asForm = await ask(served, "POST", "/api/v1/apps", { body: form });
    expect(CredentialApplication.parse(asForm.json)).toMatchObject({
      website: null,
      redirect_uris: [OOB, "moshidon-android-auth://callback"],
    });
    const data = new FormData();
    data.set("client_name", "Multi");
    data.set("redirect_uris", "oauth2redirect://com.keylesspalace.tusky/");
    expect((await ask(served, "POST", "/api/v1/apps/", { body: data })).status).toBe(200);
  });

  test("refuses addresses that run something, hide something or lead nowhere", async () => {
    const bad = [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "vbscript:x",
      "blob:https://a.test/x",
      "intent://scan/#Intent;end",
      "https://app.test/#token",
      "https://user@app.test/",
      "https://",
      "//app.test/",
      "/callback",
      "not an address",
      "https://app.test/a b",
      "https://a.test;script-src *",
      "https://a.test,b.test/",
      "https:/a.test",
      "https:a.test",
      "https://app.test\\@evil.test/",
      "JavaScript:alert(1)",
      "https://ä.test/",
      "",
    ];
    for (const redirect_uris of bad) {
      const { status, json } = await ask(served, "POST", "/api/v1/apps", {
        body: { client_name: "Seal", redirect_uris },
      });
      expect([redirect_uris, status]).toEqual([redirect_uris, 422]);
      expect(json).toHaveProperty("details.redirect_uris");
    }
  });

  test("says which field is wrong, whatever kind it is of", async () => {
    const wrong = [
      [{ client_name: "" }, "client_name"],
      [{ client_name: ["a", "b"] }, "client_name"],
      [{ client_name: "x".repeat(61) }, "client_name"],
      [{ website: "javascript:alert(1)" }, "website"],
      [{ scopes: "read everything" }, "scopes"],
      [{ scopes: { a: 1 } }, "scopes"],
      [{ redirect_uris: { a: { b: 1 } } }, "redirect_uris"],
    ] as const;
    for (const [change, field] of wrong) {
      const { status, json } = await ask(served, "POST", "/api/v1/apps", {
        body: { client_name: "Seal", redirect_uris: CALLBACK, ...change },
      });
      expect([field, status]).toEqual([field, 422]);
      expect(Object.keys((json as { details: object }).details)[0]).toContain(field);
    }
    const turned = await anApp(served, { client_name: "  Ca\u202Eus\u0007e\nway " });
    expect(turned.name).toBe("Ca us e way");
  });

  test("is limited for each address, and forgotten after a month without use", async () => {
    const own = await serve();
    const eva = await aMember(own.instance, "eva");
    const kept = await anApp(own);
    const gone = await anApp(own);
    await letIn(own, eva, kept);
    let refused = 0;
    for (let n = 0; n < 70; n++) {
      const { status } = await ask(own, "POST", "/api/v1/apps", {
        body: { client_name: "x", redirect_uris: OOB },
      });
      if (status === 429) refused++;
    }
    expect(refused).toBeGreaterThan(5);
    own.instance.clock.advance(31 * DAY);
    for (const task of MAINTENANCE)
      if (["grants", "unused-apps"].includes(task.name)) await task.run(own.instance.app);
    const left = await own.instance.database.db.selectFrom("apps").select("client_id").execute();
    expect(left.map((row) => row.client_id)).toEqual([kept.client_id]);
    expect(await own.instance.database.db.selectFrom("grants").selectAll().execute()).toEqual([]);
    const { status, json } = await askToken(own, redemption(gone, "any"));
    expect([status, (json as { error: string }).error]).toEqual([401, "invalid_client"]);
  });
});

describe("The way of a code", () => {
  test("leads from the page through the redirect to a token, with state, issuer and PKCE", async () => {
    const app = await anApp(served, { website: "https://seal.test/about" });
    const { verifier, challenge } = pkce();
    const fields = usual(app, { code_challenge: challenge, code_challenge_method: "S256", lang: "es" });
    const page = await openConsent(served, ada, fields);
    expect(page.status).toBe(200);
    for (const words of ["Seal", "seal.test", "app.test", "@ada@127.0.0.1", 'lang="es"', "Leer todo"])
      expect(page.text).toContain(words);
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self' https://app.test;");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("cache-control")).toBe("private, no-store");
    const { location, status, headers } = await answerConsent(served, ada, fields);
    expect(status).toBe(303);
    expect(headers.get("referrer-policy")).toBe("same-origin");
    const back = new URL(location ?? "");
    expect(back.origin + back.pathname).toBe(CALLBACK);
    expect(back.searchParams.get("state")).toBe("xyz");
    expect(back.searchParams.get("iss")).toBe(served.origin);
    const code = back.searchParams.get("code") ?? "";
    const got = await askToken(served, {
      ...redemption(app, code),
      code_verifier: verifier,
      nonce: "left alone",
    });
    const token = Token.parse(got.json);
    expect(token.scope).toBe("read write");
    expect(got.headers.get("cache-control")).toContain("no-store");
    expect(got.headers.get("access-control-allow-origin")).toBe("*");
    const home = await ask(served, "GET", "/api/v1/timelines/home", { token: token.access_token });
    expect(home.status).toBe(200);
    const seen = await ask(served, "GET", "/api/v1/apps/verify_credentials", { token: token.access_token });
    expect(Application.parse(seen.json)).toMatchObject({ name: "Seal", redirect_uris: [CALLBACK] });
    expect(seen.json).not.toHaveProperty("client_secret");
  });

  test("asks to sign in first, inside the flow, and comes back to the question", async () => {
    const app = await anApp(served);
    const asked = await openConsent(served, null, usual(app));
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('action="/login"');
    const { then = "" } = hiddenFields(asked.text);
    expect(then).toMatch(/^\/oauth\/authorize\?/);
    const entered = await browse(served, null, "/login", {
      then,
      username: "ada",
      password: "correct horse battery",
    });
    expect([entered.status, entered.location]).toEqual([303, then]);
    expect(entered.headers.get("cross-origin-opener-policy")).toBe("unsafe-none");
    const page = await browse(served, ada, then);
    expect(page.text).toContain('value="allow"');
    expect((await browse(served, ada, "/settings")).headers.get("cross-origin-opener-policy")).toBe(
      "same-origin",
    );
    const forced = await openConsent(served, ada, usual(app, { force_login: "true" }));
    expect(forced.text).toContain('action="/login"');
    expect(hiddenFields(forced.text)["then"]).not.toContain("force_login");
  });

  test("takes no for an answer", async () => {
    const app = await anApp(served);
    const { status, location } = await answerConsent(served, ada, usual(app), "deny");
    expect(status).toBe(303);
    expect(location).toBe(
      `${CALLBACK}?error=access_denied&state=xyz&iss=${encodeURIComponent(served.origin)}`,
    );
  });

  test("leads to schemes of apps, to addresses with a query, and by a code that one copies", async () => {
    const native = "icecubesapp://";
    const withQuery = "https://app.test/back?keep=1";
    const app = await anApp(served, { redirect_uris: [native, withQuery, OOB] });
    const page = await openConsent(served, ada, usual(app, { redirect_uri: native }));
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self' icecubesapp:;");
    const toNative = await answerConsent(served, ada, usual(app, { redirect_uri: native }));
    expect(toNative.location).toMatch(/^icecubesapp:\/\/\?code=[\w-]{43}&state=xyz&iss=/);
    const toQuery = await answerConsent(served, ada, usual(app, { redirect_uri: withQuery }));
    expect(toQuery.location).toMatch(/^https:\/\/app\.test\/back\?keep=1&code=/);
    // toot asks with a slash at the end.
    const slash = await browse(
      served,
      ada,
      `/oauth/authorize/?response_type=code&client_id=${app.client_id}&redirect_uri=${encodeURIComponent(OOB)}&scope=read+write`,
    );
    expect(slash.status).toBe(200);
    const shown = await answerConsent(served, ada, usual(app, { redirect_uri: OOB }));
    expect(shown.status).toBe(200);
    const code = /id="code">([\w-]{43})</.exec(shown.text)?.[1] ?? "";
    const { json } = await askToken(served, redemption(app, code, { redirect_uri: OOB }));
    expect(Token.parse(json).scope).toBe("read write");
    const denied = await answerConsent(served, ada, usual(app, { redirect_uri: OOB }), "deny");
    expect([denied.status, denied.location]).toEqual([200, null]);
  });

  test("knows a client by Basic, by JSON and by multipart", async () => {
    const app = await anApp(served);
    const basic = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString("base64")}`;
    const {
      client_id: _,
      client_secret: _secret,
      ...bare
    } = redemption(app, await aCode(served, ada, usual(app)));
    expect((await askToken(served, bare, { authorization: basic })).status).toBe(200);
    const asJson = await ask(served, "POST", "/oauth/token", {
      body: redemption(app, await aCode(served, ada, usual(app))),
    });
    expect(asJson.status).toBe(200);
    const data = new FormData();
    for (const [name, value] of Object.entries(redemption(app, await aCode(served, ada, usual(app)))))
      data.set(name, value ?? "");
    expect((await ask(served, "POST", "/oauth/token/", { body: data })).status).toBe(200);
    const wrong = await askToken(served, bare, {
      authorization: `Basic ${Buffer.from("x:y").toString("base64")}`,
    });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="OAuth"']);
  });

  test("is described where clients look (RFC 8414), and user info follows the scope", async () => {
    const { json, headers } = await ask(served, "GET", "/.well-known/oauth-authorization-server");
    const metadata = ServerMetadata.parse(json);
    expect(metadata.issuer).toBe(served.origin);
    expect(metadata.code_challenge_methods_supported).toEqual(["S256"]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const app = await anApp(served, { scopes: "profile read" });
    const token = await letIn(served, ada, app, { scope: "profile" });
    const info = await ask(served, "GET", "/oauth/userinfo", { token: token.access_token });
    expect(UserInfo.parse(info.json)).toMatchObject({ preferred_username: "ada", iss: served.origin });
    const poor = await letIn(served, ada, app, { scope: "read" });
    expect((await ask(served, "GET", "/oauth/userinfo", { token: poor.access_token })).status).toBe(403);
    expect((await ask(served, "GET", "/api/v1/timelines/home", { token: token.access_token })).status).toBe(
      403,
    );
  });
});

describe("Libraries of clients", () => {
  test("masto registers, lets an app in, verifies and gets a token of its own", async () => {
    const masto = createRestAPIClient({ url: served.origin });
    const app = await masto.v1.apps.create({
      clientName: "Masto",
      redirectUris: [CALLBACK, OOB],
      scopes: "read write",
      website: "https://masto.test",
    });
    const code = await aCode(served, ada, usual({ client_id: app.clientId ?? "" }));
    const oauth = createOAuthAPIClient({ url: served.origin });
    const common = {
      clientId: app.clientId ?? "",
      clientSecret: app.clientSecret ?? "",
      redirectUri: CALLBACK,
    };
    const token = await oauth.token.create({ ...common, grantType: "authorization_code", code });
    expect(token).toMatchObject({ tokenType: "Bearer", scope: "read write" });
    const mine = createRestAPIClient({ url: served.origin, accessToken: token.accessToken });
    expect((await mine.v1.apps.verifyCredentials()).name).toBe("Masto");
    const own = await oauth.token.create({ ...common, grantType: "client_credentials", scope: "read" });
    expect(own.scope).toBe("read");
    await expect(
      oauth.token.create({ ...common, grantType: "authorization_code", code }),
    ).rejects.toMatchObject({ statusCode: 400 });
    await expect(mine.v1.apps.verifyCredentials()).rejects.toMatchObject({ statusCode: 401 });
  });

  test("megalodon does the same, out of band, and revokes", async () => {
    const client = generator("mastodon", served.origin);
    const app = await client.registerApp("Megalodon", {
      scopes: ["read", "write", "follow"],
      website: "https://mega.test",
    });
    const url = new URL(app.url ?? "");
    const page = await browse(served, ada, url.pathname + url.search);
    const form =
      /<form class="stack card" method="post" action="\/oauth\/authorize">.*?<\/form>/s.exec(
        page.text,
      )?.[0] ?? "";
    const shown = await browse(served, ada, "/oauth/authorize", { ...hiddenFields(form), answer: "allow" });
    const code = /id="code">([\w-]{43})</.exec(shown.text)?.[1] ?? "";
    const token = await client.fetchAccessToken(app.client_id, app.client_secret, code);
    const mine = generator("mastodon", served.origin, token.access_token);
    expect((await mine.verifyAppCredentials()).data.name).toBe("Megalodon");
    await client.revokeToken(app.client_id, app.client_secret, token.access_token);
    await client.revokeToken(app.client_id, app.client_secret, token.access_token);
    await expect(mine.verifyAppCredentials()).rejects.toMatchObject({ response: { status: 401 } });
  });
});

describe("What was let in", () => {
  test("is listed in the settings, with tokens made by hand, and taken back there with what its device was told", async () => {
    const app = await anApp(served);
    const token = await letIn(served, ada, app, { scope: "read:statuses write" });
    const byHand = await tokenOf(served, "ada");
    await ask(served, "GET", "/api/v1/timelines/home", { token: token.access_token });
    const { db } = served.instance.database;
    const row = await db
      .selectFrom("tokens")
      .select(["id", "account_id"])
      .where("app_id", "is not", null)
      .orderBy("id", "desc")
      .executeTakeFirstOrThrow();
    await db
      .insertInto("push_subscriptions")
      .values({
        id: 5,
        account_id: row.account_id,
        session_id: null,
        token_id: row.id,
        endpoint: "https://push.test/1",
        endpoint_hash: "x",
        p256dh: "x",
        auth: "x",
        kinds: "[]",
        locale: null,
        encoding: "aes128gcm",
        created_at: 0,
        failing_since: null,
      })
      .execute();
    const list = await browse(served, ada, "/settings/apps");
    for (const words of ["Seal", "made at the command line", "Read: notes", "Act in your name"])
      expect(list.text).toContain(words);
    const question = await browse(served, ada, `/settings/apps/${row.id}/end`);
    const { csrf = "" } = hiddenFields(question.text);
    const lin = await aMember(served.instance, "lin");
    expect((await browse(served, lin, `/settings/apps/${row.id}/end`)).status).toBe(404);
    const { csrf: other = "" } = hiddenFields((await browse(served, lin, "/settings/apps")).text);
    expect((await browse(served, lin, `/settings/apps/${row.id}/end`, { csrf: other })).status).toBe(404);
    expect((await ask(served, "GET", "/api/v1/timelines/home", { token: token.access_token })).status).toBe(
      200,
    );
    const ended = await browse(served, ada, `/settings/apps/${row.id}/end`, { csrf });
    expect([ended.status, ended.location]).toEqual([303, "/settings/apps?saved=yes"]);
    expect((await ask(served, "GET", "/api/v1/timelines/home", { token: token.access_token })).status).toBe(
      401,
    );
    expect((await ask(served, "GET", "/api/v1/timelines/home", { token: byHand })).status).toBe(200);
    expect(await db.selectFrom("push_subscriptions").selectAll().execute()).toEqual([]);
  });
});
