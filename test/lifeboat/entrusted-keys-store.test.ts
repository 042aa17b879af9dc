import { expect, test } from "vitest";
import type { Db } from "../../server/store/database.ts";
import { transaction } from "../../server/store/database.ts";
import {
  countEntrusted,
  listEntrusted,
  listEntrusting,
  listStillExpected,
  listTold,
  listUntold,
  removeEntrusted,
  removeEntrustedOf,
  removeUsedEntrusted,
  replaceEntrusted,
  tellUntold,
} from "../../server/store/entrusted-keys.ts";
import { insertSuccessor } from "../../server/store/escapes.ts";
import { insertMember, removeMember } from "../../server/store/standby-replicas.ts";
import { insertAgreement } from "../../server/store/standbys.ts";
import { bringKeys, keysAt, aLostHome } from "./lost-backup.ts";
import { aPhrase } from "./escape-scene.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { eachDatabase, memoryDatabase } from "../support/databases.ts";
import { actorRow } from "../support/rows.ts";

const HOME = "https://home.test";
const uriOf = (n: number) => `${HOME}/users/${n}`;

/** Members 1 to 3 of agreement 1, each with the row of their old actor (11 to 13) and a place here (21 to 23). */
async function aHome(db: Db): Promise<void> {
  await insertAgreement(db, {
    id: 1,
    uri: "urn:uuid:1",
    role: "standby",
    partner: HOME,
    document: "{}",
    state: "agreed",
    cursor: null,
    seq: 0,
    head: null,
    bytes: 0,
    created_at: 1,
    agreed_at: 1,
    ended_at: null,
    seen_at: null,
  });
  for (const n of [1, 2, 3]) {
    await insertMember(db, {
      id: n,
      agreement_id: 1,
      actor_uri: uriOf(n),
      handle: `u${n}@home.test`,
      actor_id: 20 + n,
      state: "hidden",
      profile: "{}",
      did: null,
      recipient: null,
      kit: null,
      sealed_at: null,
      followers: null,
      updated_at: 1,
      launched_at: null,
      claimed_at: null,
    });
    await db
      .insertInto("actors")
      .values([
        actorRow(10 + n, { uri: uriOf(n), host: "home.test" }),
        actorRow(20 + n, { uri: `https://here.test/users/${20 + n}` }),
      ])
      .execute();
    await key(db, 20 + n, "rsa");
    await key(db, 20 + n, "ed25519");
  }
}

async function key(db: Db, actorId: number, kind = "rsa", sealed = "sealed"): Promise<void> {
  await replaceEntrusted(db, {
    actor_id: actorId,
    kind,
    public_key: "public",
    sealed_private: sealed,
    created_at: 5,
  });
}

async function telling(db: Db, memberId: number, state: "waiting" | "unable", host: string): Promise<void> {
  await db
    .insertInto("escapes")
    .values({
      id: memberId * 100 + host.length,
      member_id: memberId,
      evacuation_id: null,
      host,
      inbox: `https://${host}/inbox`,
      software: null,
      form: "move",
      expected: 1,
      state,
      activity_id: null,
      fault: null,
      begun_at: null,
      answered_at: null,
    })
    .execute();
}

const keysHere = async (db: Db) =>
  (
    await db.selectFrom("keys").select("actor_id").where("actor_id", "<", 20).orderBy("actor_id").execute()
  ).map((row) => row.actor_id);
const localKeys = async (db: Db) =>
  (await db.selectFrom("keys").select("actor_id").where("actor_id", ">", 20).execute()).length;

eachDatabase((_name, open) => {
  test("keys of old actors are listed, counted, replaced and forgotten, those of people here never", async () => {
    const { db } = await open();
    await aHome(db);
    expect((await listEntrusting(db, 1, { after: uriOf(1), limit: 1 })).map(({ id }) => id)).toEqual([2]);
    expect(await countEntrusted(db, [1, 9])).toEqual(new Map([[1, { members: 3, keys: 0 }]]));
    expect(await countEntrusted(db, [])).toEqual(new Map());
    for (const n of [1, 2, 3]) await key(db, 10 + n);
    await key(db, 11, "rsa", "sealed again");
    // A key of somebody here stays what it is.
    await key(db, 21, "rsa", "stolen");
    expect(
      (await listEntrusted(db, [uriOf(1), "https://here.test/users/21"])).map((row) => row.sealed_private),
    ).toEqual(["sealed again"]);
    const [own] = await db
      .selectFrom("keys")
      .selectAll()
      .where("actor_id", "=", 21)
      .where("kind", "=", "rsa")
      .execute();
    expect(own?.sealed_private).toBe("sealed");
    expect(await countEntrusted(db, [1])).toEqual(new Map([[1, { members: 3, keys: 3 }]]));
    expect(await listStillExpected(db, 1, [uriOf(1), uriOf(7)])).toEqual(new Set([uriOf(1)]));

    await telling(db, 2, "waiting", "a.test");
    await telling(db, 3, "unable", "b.test");
    expect(await listTold(db, [1, 2, 3])).toEqual(new Set([2, 3]));
    // Whose followers are being told at this moment keeps theirs.
    expect(await transaction(db, (tx) => removeEntrusted(tx, 1))).toBe(2);
    expect(await keysHere(db)).toEqual([12]);
    await removeEntrustedOf(db, uriOf(2));
    await removeEntrustedOf(db, "https://here.test/users/21");
    expect(await keysHere(db)).toEqual([]);
    expect(await localKeys(db)).toBe(6);
  });

  test("the key of a member who leaves goes with them", async () => {
    const { db } = await open();
    await aHome(db);
    for (const n of [1, 2]) await key(db, 10 + n);
    await removeMember(db, { id: 1, agreement_id: 1, actor_uri: uriOf(1) });
    expect(await keysHere(db)).toEqual([12]);
    expect(await localKeys(db)).toBe(6);
  });

  test("a used key is forgotten when nobody is told any more, by members and by those who were here already", async () => {
    const { db } = await open();
    await aHome(db);
    for (const n of [1, 2, 3]) await key(db, 10 + n);
    for (const n of [1, 2])
      await insertSuccessor(db, {
        old_uri: uriOf(n),
        new_uri: `https://here.test/users/${20 + n}`,
        notice: "{}",
        created_at: 10,
      });
    // Told as a member, and as somebody who was here already: then the row names the actor.
    await telling(db, 1, "waiting", "a.test");
    await telling(db, 22, "waiting", "a.test");
    expect(await removeUsedEntrusted(db, 100)).toBe(0);
    await db.updateTable("escapes").set({ state: "answered" }).execute();
    expect(await removeUsedEntrusted(db, 0)).toBe(2);
    // Of the third nobody was told at all: they may be about to be, or have no followers.
    const went = { old_uri: uriOf(3), new_uri: "https://here.test/users/23", notice: "{}", created_at: 10 };
    await insertSuccessor(db, went);
    expect(await removeUsedEntrusted(db, 8)).toBe(0);
    await db.updateTable("keys").set({ created_at: 20 }).where("actor_id", "=", 13).execute();
    expect(await removeUsedEntrusted(db, 15)).toBe(0);
    expect(await keysHere(db)).toEqual([13]);
    expect(await removeUsedEntrusted(db, 100)).toBe(1);
    expect(await localKeys(db)).toBe(6);
  });

  test("servers that could not follow without the key are told once", async () => {
    const { db } = await open();
    await aHome(db);
    await telling(db, 1, "unable", "a.test");
    await telling(db, 1, "waiting", "bb.test");
    await telling(db, 2, "unable", "ccc.test");
    await db.updateTable("escapes").set({ fault: "signature" }).where("member_id", "=", 1).execute();
    const untold = await listUntold(db, [1, 2]);
    expect(untold.map(({ id, inbox }) => [id, inbox])).toEqual([[106, "https://a.test/inbox"]]);
    const by = { activityId: 77, form: "move" };
    expect(await tellUntold(db, [106, 107], by)).toEqual(new Set([106]));
    expect(await tellUntold(db, [106], by)).toEqual(new Set());
    expect(await listUntold(db, [])).toEqual([]);
    const row = await db.selectFrom("escapes").selectAll().where("id", "=", 106).executeTakeFirst();
    expect(row).toMatchObject({
      state: "waiting",
      form: "move",
      activity_id: 77,
      fault: null,
      begun_at: null,
    });
  });

  test("keys of a backup are taken, used and forgotten", { timeout: 60_000 }, async () => {
    const trustee = await aPhrase();
    const lost = await aLostHome({
      trustees: [trustee],
      waitHours: 0,
      databases: [await memoryDatabase(), await open()],
    });
    const gotosocial = await lost.peer("gotosocial");
    const ann = await lost.member("ann");
    await gotosocial.follow(ann.oldUri, 2);
    await lost.seal();
    expect(await bringKeys(lost, await lost.backup())).toEqual([
      { handle: "ann@home.test", outcome: "taken" },
    ]);
    expect(await keysAt(lost)).toEqual([ann.oldUri]);
    const { app } = lost.standby;
    const order = { agreementUri: lost.agreementUri, reason: "host_lost", orderUri: null, ip: "203.0.113.4" };
    await signOrder(app, { ...order, phrase: trustee.phrase });
    await lost.settle();
    expect(gotosocial.acceptedBy(ann.newUri)).toHaveLength(2);
    await tendEvacuations(app);
    expect(await keysAt(lost)).toEqual([]);
  });
});
