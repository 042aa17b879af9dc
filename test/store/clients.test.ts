import { expect, it } from "vitest";
import { findSelf, insertAccount, removeAccount, removeTokens } from "../../server/store/accounts.ts";
import { insertActor } from "../../server/store/actors.ts";
import {
  findAppTokenHolder,
  findGrant,
  findTokenHolder,
  insertApp,
  insertAppToken,
  insertClientToken,
  insertGrant,
  listTokens,
  removeToken,
  removeUnusedApps,
  sweepGrants,
  touchApp,
  trimAppTokens,
  useGrant,
} from "../../server/store/clients.ts";
import type { Db } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";
import { actorRow, storeFollow } from "../support/rows.ts";

async function anApp(db: Db, id: number, createdAt = 0): Promise<void> {
  await insertApp(db, {
    id,
    client_id: `client-${id}`,
    secret_hash: "hash",
    name: `App ${id}`,
    website: null,
    redirect_uris: "[]",
    scopes: "read",
    created_at: createdAt,
    used_at: null,
  });
}

async function anAccount(db: Db, id: number): Promise<void> {
  await insertActor(db, actorRow(id));
  await insertAccount(db, {
    id,
    actor_id: id,
    email: null,
    password_hash: "",
    role: "member",
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: 0,
    suspended_at: null,
    notifications_read_id: 0,
  });
}

async function aGrant(db: Db, code: string, expiresAt: number): Promise<void> {
  await insertGrant(db, {
    code_hash: code,
    app_id: 1,
    account_id: 1,
    redirect_uri: "seal://",
    scopes: "read",
    challenge: null,
    created_at: 0,
    expires_at: expiresAt,
    token_id: null,
  });
}

async function aToken(db: Db, id: number, appId: number | null): Promise<void> {
  const row = { account_id: 1, name: "by hand", scopes: "read", created_at: 0, seen_at: null };
  await insertClientToken(db, { ...row, id, token_hash: `token-${id}`, app_id: appId });
  await db
    .insertInto("push_subscriptions")
    .values({
      id,
      account_id: 1,
      session_id: null,
      token_id: id,
      endpoint: "https://push.test/",
      endpoint_hash: `hash-${id}`,
      p256dh: "",
      auth: "",
      kinds: "[]",
      locale: null,
      encoding: "aes128gcm",
      created_at: 0,
      failing_since: null,
    })
    .execute();
}

eachDatabase((_, open) => {
  it("apps are forgotten when nobody ever used them, and kept otherwise", async () => {
    const { db } = await open();
    await anAccount(db, 1);
    for (const id of [1, 2, 3, 4]) await anApp(db, id, id === 4 ? 500 : 10);
    await aGrant(db, "code", 100);
    await touchApp(db, 2, 20);
    expect(await removeUnusedApps(db, 100, 10)).toBe(1);
    expect((await db.selectFrom("apps").select("id").orderBy("id").execute()).map(({ id }) => id)).toEqual([
      1, 2, 4,
    ]);
  });

  it("somebody is found with their account and with how many ask to follow them, counted so far", async () => {
    const { db } = await open();
    for (const id of [1, 2, 3, 4]) await anAccount(db, id);
    await storeFollow(db, 10, 2, 1, "pending");
    await storeFollow(db, 11, 3, 1, "pending");
    await storeFollow(db, 12, 4, 1);
    const found = { id: 1, account_role: "member", account_languages: "[]", follow_requests: 2 };
    expect(await findSelf(db, { accountId: 1, most: 1_000 })).toMatchObject(found);
    expect(await findSelf(db, { accountId: 1, most: 1 })).toMatchObject({ follow_requests: 1 });
    expect(await findSelf(db, { accountId: 2, most: 1_000 })).toMatchObject({ id: 2, follow_requests: 0 });
    expect(await findSelf(db, { accountId: 9, most: 1_000 })).toBeUndefined();
  });

  it("a code can be used by one alone, and is forgotten later", async () => {
    const { db } = await open();
    await anAccount(db, 1);
    await anApp(db, 1);
    await aGrant(db, "code", 100);
    expect(await findGrant(db, "code")).toMatchObject({ app_id: 1, token_id: null, suspended_at: null });
    expect([await useGrant(db, "code", 7), await useGrant(db, "code", 8)]).toEqual([true, false]);
    expect((await findGrant(db, "code"))?.token_id).toBe(7);
    await sweepGrants(db, 100);
    expect(await findGrant(db, "code")).toBeDefined();
    await sweepGrants(db, 101);
    expect(await findGrant(db, "code")).toBeUndefined();
  });

  it("an app has its newest own tokens", async () => {
    const { db } = await open();
    for (const id of [1, 2]) await anApp(db, id);
    for (const id of [1, 2, 3])
      await insertAppToken(db, { id, token_hash: `own-${id}`, app_id: 1, scopes: "read", created_at: 0 });
    await insertAppToken(db, { id: 4, token_hash: "own-4", app_id: 2, scopes: "read", created_at: 0 });
    await trimAppTokens(db, 1, 2);
    const held = await Promise.all(
      [1, 2, 3, 4].map(async (id) => (await findAppTokenHolder(db, `own-${id}`))?.app_name),
    );
    expect(held).toEqual([undefined, "App 1", "App 1", "App 2"]);
  });

  it("tokens are listed for their person, and end with what their devices were told", async () => {
    const { db } = await open();
    await anAccount(db, 1);
    await anApp(db, 1);
    await aToken(db, 11, 1);
    await aToken(db, 12, null);
    expect((await listTokens(db, 1)).map(({ id, app_name: name }) => [id, name])).toEqual([
      [12, null],
      [11, "App 1"],
    ]);
    expect(await removeToken(db, 11, 2)).toBe(false);
    expect(await findTokenHolder(db, "token-11")).toMatchObject({ app_name: "App 1", account_id: 1 });
    expect(await removeToken(db, 11, 1)).toBe(true);
    expect(await removeToken(db, 11)).toBe(false);
    await aGrant(db, "code", 100);
    await removeTokens(db, 1);
    expect(await db.selectFrom("push_subscriptions").select("id").execute()).toEqual([]);
    expect(await findGrant(db, "code")).toBeUndefined();
    await aGrant(db, "code", 100);
    await aToken(db, 13, 1);
    await removeAccount(db, 1);
    expect(await db.selectFrom("tokens").select("id").execute()).toEqual([]);
  });
});
