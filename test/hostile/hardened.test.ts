// Every effect that CAUSEWAY_PROFILE=hardened promises (docs/configuration.md), beside what is usual.

import { afterEach, describe, expect, test } from "vitest";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { createToken } from "../../server/services/operations/operations.ts";
import { signUp } from "../../server/services/accounts/accounts.ts";
import { aMember, aNote, createInstance, testConfig, type TestInstance } from "../support/instance.ts";

const DAY = 86_400_000;
const OOB = "urn:ietf:wg:oauth:2.0:oob";
const PROFILES = ["usual", "hardened"] as const;

let home: TestInstance;
afterEach(() => home.close());

const open = async (profile: (typeof PROFILES)[number]): Promise<TestInstance> =>
  (home = await createInstance({ environment: { CAUSEWAY_PROFILE: profile } }));

describe.each(PROFILES)("With the profile %s", (profile) => {
  const isHardened = profile === "hardened";

  test("documents of people and notes are for signed requests alone, or for everybody", async () => {
    const { app, request } = await open(profile);
    const bob = await aMember(home, "bob");
    const note = await aNote(home, { by: bob.viewer });
    const accept = { accept: "application/activity+json" };
    for (const uri of [app.uris.actor(bob.viewer.actorId), note.uri]) {
      const answer = await request(new URL(uri).pathname, { headers: accept });
      const text = await answer.text();
      expect(text.includes("Hello, 你好") || text.includes('"outbox"')).toBe(!isHardened);
    }
    expect(app.config.authorizedFetch).toBe(isHardened);
  });

  test("a session ends after 7 idle days and 30 in all, or after 30 and 90", async () => {
    const { app, clock } = await open(profile);
    const [idle, most] = isHardened ? [7, 30] : [30, 90];
    const idler = await aMember(home, "idler");
    clock.advance((idle - 0.5) * DAY);
    expect(await findViewer(app, idler.sessionToken)).not.toBeNull();
    clock.advance((idle + 0.5) * DAY);
    expect(await findViewer(app, idler.sessionToken)).toBeNull();
    const busy = await aMember(home, "busy");
    let days = 0;
    while ((await findViewer(app, busy.sessionToken)) !== null && days < 200) {
      clock.advance(DAY);
      days += 1;
    }
    expect(days).toBe(most);
    const page = await (await home.request("/about/privacy")).text();
    expect(page).toContain(`${idle} days`);
    expect(page).toContain(`${most} days`);
  });

  test("an app may ask for a code to copy by hand, or may not; and one that registered before may not either", async () => {
    const { app } = await open(profile);
    const bob = await aMember(home, "bob");
    const registered = await home.request("/api/v1/apps", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_name: "Script", redirect_uris: OOB, scopes: "read" }),
    });
    expect(registered.status).toBe(isHardened ? 422 : 200);
    await app.db
      .insertInto("apps")
      .values({
        id: 77,
        client_id: "before",
        secret_hash: "x",
        name: "Before",
        website: null,
        redirect_uris: JSON.stringify([OOB]),
        scopes: "read",
        created_at: app.clock.now(),
        used_at: null,
      })
      .execute();
    const query = new URLSearchParams({
      client_id: "before",
      redirect_uri: OOB,
      response_type: "code",
      scope: "read",
    });
    const asked = await home.request(`/oauth/authorize?${query.toString()}`, {
      headers: { cookie: `__Host-session=${bob.sessionToken}`, accept: "text/html" },
    });
    expect(asked.status).toBe(isHardened ? 400 : 200);
  });

  test("where newcomers come from is remembered as hashes for a week, or not at all", async () => {
    const { app } = await open(profile);
    await signUp(app, {
      username: "newcomer",
      password: "a quiet harbour town",
      acceptedRules: true,
      ip: "198.51.100.77",
      agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    });
    const rows = await app.db.selectFrom("sign_ups").select(["network", "agent"]).execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ network, agent }) => network === null && agent === null)).toBe(isHardened);
    expect(JSON.stringify(rows)).not.toContain("198.51.100");
  });

  test("the page that one's note links to is asked before the note leaves, or at a random moment within a minute", async () => {
    const { app } = await open(profile);
    const bob = await aMember(home, "bob");
    const now = app.clock.now();
    for (let count = 0; count < 6; count++)
      await aNote(home, { by: bob.viewer, source: `https://page${count}.test/x` });
    const jobs = await app.db.selectFrom("jobs").select("run_at").where("kind", "=", "card").execute();
    const delays = jobs.map((job) => Number(job.run_at) - now);
    expect(delays).toHaveLength(6);
    expect(delays.every((delay) => delay >= 0 && delay <= 60_000)).toBe(true);
    expect(delays.some((delay) => delay > 0)).toBe(isHardened);
  });

  test("apps go on: tokens are made and work", async () => {
    const { app } = await open(profile);
    await aMember(home, "bob");
    const { token } = await createToken(app, { username: "bob", scopes: ["read"], name: "test" });
    const asked = await home.request("/api/v1/accounts/verify_credentials", {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(asked.status).toBe(200);
  });
});

test("it goes with an allow-list, and nothing switches signed requests off again", async () => {
  home = await createInstance();
  const config = testConfig({
    CAUSEWAY_ORIGIN: "https://home.test",
    CAUSEWAY_PROFILE: "hardened",
    CAUSEWAY_FEDERATION: "allow-list",
    CAUSEWAY_AUTHORIZED_FETCH: "off",
  });
  expect(config).toMatchObject({ hardened: true, federation: "allow-list", authorizedFetch: true });
});
