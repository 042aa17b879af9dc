import generator from "megalodon";
import { createRestAPIClient } from "masto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Token } from "../../api/entities/clients.ts";
import { createInvite } from "../../server/services/accounts/invites.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
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

test("Where people are approved the instance says so, and the token of somebody who waits can do nothing", async () => {
  const { app, owner } = served.instance;
  if (owner === null) throw new Error("Nobody owns this.");
  const instance = async () => {
    const [now, before] = [
      await ask(served, "GET", "/api/v2/instance", {}),
      await ask(served, "GET", "/api/v1/instance", {}),
    ];
    const { registrations } = now.json as { registrations: object };
    const { registrations: enabled, approval_required } = before.json as Record<string, unknown>;
    return { registrations, old: { enabled, approval_required } };
  };
  await updateSettings(app, owner, { joinMode: "open" });
  expect(await instance()).toMatchObject({
    registrations: { enabled: true, approval_required: false },
    old: { enabled: true, approval_required: false },
  });
  // An app does no work, so people who come by one are approved.
  await updateGates(app, owner, { openCheck: "work" });
  expect(await instance()).toMatchObject({ registrations: { enabled: true, approval_required: true } });
  await updateSettings(app, owner, { joinMode: "approval" });
  expect(await instance()).toMatchObject({
    registrations: { enabled: true, approval_required: true, reason_required: true },
    old: { enabled: true, approval_required: true },
  });
  const token = await appToken("read write follow");
  const body = { ...PERSON, username: "rue", email: "rue@example.org" };
  const mute = await ask(served, "POST", "/api/v1/accounts", { token, body });
  expect(mute.json).toMatchObject({ details: { reason: [{ error: "ERR_BLANK" }] } });
  const asked = await ask(served, "POST", "/api/v1/accounts", { token, body: { ...body, reason: "I row." } });
  const waiting = Token.parse(asked.json).access_token;
  for (const [method, path, more] of [
    ["GET", "/api/v1/accounts/verify_credentials", {}],
    ["GET", "/api/v1/timelines/home", {}],
    ["POST", "/api/v1/statuses", { body: { status: "Hello" } }],
    ["GET", "/api/v1/notifications", {}],
  ] as const) {
    const refused = await ask(served, method, path, { token: waiting, ...more });
    expect([refused.status, path]).toEqual([403, path]);
  }
  expect((await ask(served, "GET", "/api/v1/accounts/lookup?acct=rue", {})).status).toBe(404);
  const search = await ask(served, "GET", "/api/v2/search?q=rue&type=accounts", {
    token: await tokenOf(served, "owner_here"),
  });
  expect(search.json).toMatchObject({ accounts: [] });
  const staff = await tokenOf(served, "owner_here", ["read", "write", "admin:read", "admin:write"]);
  const line = await ask(served, "GET", "/api/v1/admin/accounts?pending=true", { token: staff });
  expect(line.json).toMatchObject([
    { username: "rue", approved: false, suspended: false, invite_request: "I row." },
  ]);
  const everybody = await ask(served, "GET", "/api/v2/admin/accounts?origin=local", { token: staff });
  expect(JSON.stringify(everybody.json)).not.toContain('"rue"');
  const [{ id }] = line.json as [{ id: string }];
  const approved = await ask(served, "POST", `/api/v1/admin/accounts/${id}/approve`, { token: staff });
  expect([approved.status, approved.json]).toMatchObject([
    200,
    { username: "rue", approved: true, invite_request: null },
  ]);
  expect((await ask(served, "POST", `/api/v1/admin/accounts/${id}/reject`, { token: staff })).status).toBe(
    404,
  );
  const mine = await ask(served, "GET", "/api/v1/accounts/verify_credentials", { token: waiting });
  expect([mine.status, mine.json]).toMatchObject([200, { username: "rue" }]);
  await updateGates(app, owner, { approvalsWaiting: 1 });
  await ask(served, "POST", "/api/v1/accounts", {
    token,
    body: { ...body, username: "sam", email: "s@example.org", reason: "x" },
  });
  const full = await ask(served, "POST", "/api/v1/accounts", {
    token,
    body: { ...body, username: "tia", email: "t@example.org", reason: "x" },
  });
  expect([full.status, full.json]).toMatchObject([422, { details: { base: [{ error: "ERR_INVALID" }] } }]);
});

test("Newcomers read in their app what they may not do yet", async () => {
  const { app, owner } = served.instance;
  if (owner === null) throw new Error("Nobody owns this.");
  await updateSettings(app, owner, { joinMode: "open" });
  await updateGates(app, owner, { openCheck: "none", probationHours: 24 });
  const made = await ask(served, "POST", "/api/v1/accounts", {
    token: await appToken("read write"),
    body: { ...PERSON, username: "uma", email: "u@example.org" },
  });
  const token = Token.parse(made.json).access_token;
  const refused = await ask(served, "POST", "/api/v1/statuses", {
    token,
    body: { status: "https://shoes.example/x" },
  });
  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused.json)).toContain("links can only stand in replies");
});
