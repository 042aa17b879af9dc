import generator from "megalodon";
import { createRestAPIClient } from "masto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Token } from "../../api/entities/clients.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { ask, open, type Served, tokenOf } from "./client.ts";
import { anApp, askToken } from "./consent.ts";

const PERSON = {
  username: "nia",
  email: "nia@example.org",
  password: "a harbour at low tide",
  agreement: true,
  locale: "es",
};

let served: Served & { readonly close: () => Promise<void> };
beforeAll(async () => {
  served = await open();
});
afterAll(() => served.close());
// What a test before has asked for does not count for this one.
beforeEach(() => served.instance.clock.advance(61 * 60_000));

async function appToken(scope = "read write"): Promise<string> {
  const app = await anApp(served);
  const { client_id, client_secret } = app;
  return Token.parse(
    (await askToken(served, { grant_type: "client_credentials", client_id, client_secret, scope })).json,
  ).access_token;
}

test("Somebody joins from an app and is signed in there, as megalodon and masto ask for it", async () => {
  const token = await appToken();
  const made = await generator("mastodon", served.origin, token).registerAccount(
    "nia",
    PERSON.email,
    PERSON.password,
    true,
    "es",
  );
  const mine = await ask(served, "GET", "/api/v1/timelines/home", { token: made.data.access_token });
  expect(mine.status).toBe(200);
  const masto = createRestAPIClient({ url: served.origin, accessToken: token });
  const second = await masto.v1.accounts.create({ ...PERSON, username: "noor", email: "noor@example.org" });
  expect(second).toMatchObject({ tokenType: "Bearer", scope: "read write" });
  const row = await served.instance.database.db
    .selectFrom("accounts")
    .select(["locale", "languages"])
    .where("email", "=", PERSON.email)
    .executeTakeFirst();
  expect(row).toEqual({ locale: "es", languages: '["es"]' });
});

test("Faults are named in Mastodon's words, all at once", async () => {
  const token = await appToken();
  const sign = async (change: object) =>
    await ask(served, "POST", "/api/v1/accounts", { token, body: { ...PERSON, ...change } });
  await sign({ username: "olu", email: "olu@example.org" });
  const faults = [
    [
      { username: "olu", email: "olu@example.org" },
      { username: "ERR_TAKEN", email: "ERR_TAKEN" },
    ],
    [
      { username: "", password: "", email: "x", agreement: false },
      { username: "ERR_BLANK", password: "ERR_BLANK", email: "ERR_INVALID", agreement: "ERR_ACCEPTED" },
    ],
    [
      { username: "admin", email: "a@example.org", password: "short" },
      { username: "ERR_RESERVED", password: "ERR_TOO_SHORT" },
    ],
    [
      { username: "não", email: "a@example.org", password: "x".repeat(600) },
      { username: "ERR_INVALID", password: "ERR_TOO_LONG" },
    ],
    [{ agreement: undefined, username: "free", email: "free@example.org" }, { agreement: "ERR_ACCEPTED" }],
  ] as const;
  for (const [change, expected] of faults) {
    const { status, json } = await sign(change);
    expect(status).toBe(422);
    const { details } = json as {
      details: Record<string, readonly { error: string; description: string }[]>;
    };
    expect(
      Object.fromEntries(Object.entries(details).map(([name, [fault]]) => [name, fault?.error])),
    ).toEqual(expected);
  }
  expect((await sign({ username: ["a"], password: { b: 1 } })).status).toBe(422);
});

test("Nobody joins without an app's token and its scope, nor where the house is closed or asks for an invite", async () => {
  const { app, owner } = served.instance;
  const token = await appToken();
  expect((await ask(served, "POST", "/api/v1/accounts", { body: PERSON })).status).toBe(401);
  expect(
    (
      await ask(served, "POST", "/api/v1/accounts", {
        token: await tokenOf(served, "owner_here"),
        body: PERSON,
      })
    ).status,
  ).toBe(403);
  expect(
    (await ask(served, "POST", "/api/v1/accounts", { token: await appToken("read"), body: PERSON })).status,
  ).toBe(403);
  if (owner === null) throw new Error("Nobody owns this.");
  await updateSettings(app, owner, { joinMode: "invite" });
  const uninvited = await ask(served, "POST", "/api/v1/accounts", { token, body: PERSON });
  expect(uninvited.json).toHaveProperty("details.invite_code");
  const { code } = await createInvite(app, owner, { maxUses: 1 });
  const invited = await ask(served, "POST", "/api/v1/accounts", {
    token,
    body: { ...PERSON, invite_code: code, username: "pia", email: "pia@example.org" },
  });
  expect(invited.status).toBe(200);
  await updateSettings(app, owner, { joinMode: "closed" });
  expect(
    (await ask(served, "POST", "/api/v1/accounts", { token, body: { ...PERSON, username: "late" } })).status,
  ).toBe(403);
});
