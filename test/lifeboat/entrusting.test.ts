import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { create, extract } from "tar";
import { describe, expect, test } from "vitest";
import { measureFile } from "../../server/ops/manifest.ts";
import { restoreBackup } from "../../server/ops/restore.ts";
import { writeBackup } from "../../server/ops/backup.ts";
import { findExpectedHome } from "../../server/services/escapes/entrusting.ts";
import { receiveObjection } from "../../server/services/escapes/evacuations.ts";
import { forgetKeys, listHomeKeys } from "../../server/services/escapes/home-keys.ts";
import { signAsMember } from "../../server/services/escapes/kits.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { openSqlite } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { removeMember } from "../../server/store/standby-replicas.ts";
import { openVault } from "../../server/vault.ts";
import { STEPS } from "../../migrations/index.ts";
import { createPostgresDatabase, memoryDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aMember, testConfig } from "../support/instance.ts";
import { faultOf } from "../support/faults.ts";
import { aPhrase } from "./escape-scene.ts";
import { aLostHome, bringKeys, keysAt, type LostHome } from "./lost-backup.ts";

const outcomes = (members: Awaited<ReturnType<typeof bringKeys>>) =>
  Object.fromEntries(members.map(({ handle, outcome }) => [handle.split("@")[0], outcome]));

/** Unpacks a backup, lets somebody change it, and packs it again; with `honest` hashes the manifest fits what is there. */
async function altered(
  { folder }: LostHome,
  backup: string,
  change: (stage: string) => void | Promise<void>,
  honest = false,
): Promise<string> {
  const stage = join(folder, `stage-${readdirSync(folder).length}`);
  mkdirSync(stage);
  await extract({ file: backup, cwd: stage });
  await change(stage);
  const path = join(stage, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  if (honest) {
    for (const name of Object.keys(manifest.files)) {
      if (existsSync(join(stage, name))) manifest.files[name] = await measureFile(join(stage, name));
      else delete manifest.files[name];
    }
    writeFileSync(path, JSON.stringify(manifest));
  }
  const file = `${stage}.tar.gz`;
  const names = [
    "manifest.json",
    ...Object.keys(manifest.files).filter((name) => existsSync(join(stage, name))),
  ];
  await create({ file, cwd: stage, gzip: true, portable: true, noDirRecurse: true }, names);
  return file;
}

test("the keys of members who agreed are taken, once, and nobody else's are even opened", async () => {
  const lost = await aLostHome();
  const [ann, bob] = [await lost.member("ann"), await lost.member("bob")];
  await aMember(lost.home, "carol");
  await lost.settle();
  const backup = await lost.backup();
  // Bob took part no more when his home was lost.
  const { db } = lost.standby.app;
  await removeMember(db, { id: bob.memberId, agreement_id: lost.agreementId, actor_uri: bob.oldUri });
  expect(outcomes(await bringKeys(lost, backup))).toEqual({ ann: "taken" });
  expect(await keysAt(lost)).toEqual([ann.oldUri]);
  const before = await db.selectFrom("keys").selectAll().orderBy("actor_id").execute();
  expect(outcomes(await bringKeys(lost, backup))).toEqual({ ann: "here" });
  expect(await db.selectFrom("keys").selectAll().orderBy("actor_id").execute()).toEqual(before);
  expect(readdirSync(lost.config.dataDir)).toEqual([]);
  const { owner } = lost.standby;
  if (owner === null) throw new Error("set up");
  const [home] = await listHomeKeys(lost.standby.app, owner);
  expect(home?.records).toHaveLength(1);
  const audited = await db.selectFrom("audit_entries").select(["who", "what", "subject"]).execute();
  expect(audited).toContainEqual({
    who: "operator",
    what: "launch.keys_brought",
    subject: "https://home.test",
  });
  // Nothing of a private key is anywhere but sealed.
  const [row] = before.filter(({ kind }) => kind === "rsa");
  expect(row?.sealed_private).toMatch(/^eyJ/);
  expect(JSON.stringify(await db.selectFrom("kv").selectAll().execute())).not.toContain("sealed_private");
});

describe("a backup is refused with a sentence, and nothing is taken,", () => {
  test("when it was altered, cut off, or is none", async () => {
    const lost = await aLostHome();
    await lost.member("ann");
    const backup = await lost.backup();
    const flipped = await altered(lost, backup, (stage) => {
      const path = join(stage, "causeway.db");
      const bytes = readFileSync(path);
      bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    });
    await expect(bringKeys(lost, flipped)).rejects.toThrow(/damaged: causeway\.db/);
    const incomplete = await altered(lost, backup, (stage) => rmSync(join(stage, "causeway.db")));
    await expect(bringKeys(lost, incomplete)).rejects.toThrow(/causeway\.db is missing/);
    const cut = join(lost.folder, "cut.tar.gz");
    writeFileSync(cut, readFileSync(backup).subarray(0, 20_000));
    await expect(bringKeys(lost, cut)).rejects.toThrow(/backup|damaged/);
    const elsewhere = testConfig({ CAUSEWAY_DATA: join(lost.folder, "elsewhere") });
    await expect(restoreBackup(elsewhere, cut)).rejects.toThrow(/backup|damaged/);
    const none = join(lost.folder, "none.tar.gz");
    writeFileSync(none, "hello");
    await expect(bringKeys(lost, none)).rejects.toThrow(/cannot be read as a backup|not a backup/);
    await expect(bringKeys(lost, join(lost.folder, "nowhere.tar.gz"))).rejects.toMatchObject({ exitCode: 3 });
    const noDatabase = await altered(
      lost,
      backup,
      (stage) => writeFileSync(join(stage, "causeway.db"), "x".repeat(9_000)),
      true,
    );
    await expect(bringKeys(lost, noDatabase)).rejects.toThrow(/cannot be read/);
    expect(await keysAt(lost)).toEqual([]);
    expect(readdirSync(lost.config.dataDir)).toEqual([]);
  });

  test("when it is of another server, or of nobody who is expected here", async () => {
    const lost = await aLostHome();
    await lost.member("ann");
    const backup = await lost.backup();
    const other = await altered(lost, backup, (stage) => {
      const path = join(stage, "manifest.json");
      const manifest = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ ...manifest, origin: "https://other.test" }));
    });
    await expect(bringKeys(lost, other)).rejects.toThrow(
      /backup of https:\/\/other\.test, not of https:\/\/home\.test/,
    );
    const { app } = lost.standby;
    expect(await faultOf(findExpectedHome(app, "other.test"))).toBe("error.not_found");
    expect((await findExpectedHome(app, "https://home.test/")).home).toBe("https://home.test");
    // An agreement that ended three weeks ago allows nothing any more.
    await app.db
      .updateTable("standby_agreements")
      .set({ state: "ended", ended_at: app.clock.now() - 21 * 86_400_000 })
      .execute();
    await expect(bringKeys(lost, backup)).rejects.toMatchObject({ kind: "not_found" });
    expect(await keysAt(lost)).toEqual([]);
  });

  test("when another vault key closed it; with the right one as a file it opens", async () => {
    const lost = await aLostHome();
    const ann = await lost.member("ann");
    await lost.settle();
    const backup = await lost.backup();
    const stranger = temporaryFolder();
    await openVault(stranger);
    const wrong = await altered(
      lost,
      backup,
      (stage) => copyFileSync(join(stranger, "secret.key"), join(stage, "secret.key")),
      true,
    );
    await expect(bringKeys(lost, wrong)).rejects.toThrow(/No key in this backup opens/);
    const without = await altered(lost, backup, (stage) => rmSync(join(stage, "secret.key")), true);
    await expect(bringKeys(lost, without)).rejects.toThrow(/secret\.key is missing/);
    const noKey = join(lost.folder, "no.key");
    writeFileSync(noKey, "correct horse battery");
    await expect(bringKeys(lost, without, noKey)).rejects.toThrow(/not the secret key/);
    expect(await keysAt(lost)).toEqual([]);
    const right = join(lost.folder, "home", "secret.key");
    for (const backupOfHome of [wrong, without])
      expect(Object.keys(outcomes(await bringKeys(lost, backupOfHome, right)))).toEqual(["ann"]);
    expect(await keysAt(lost)).toEqual([ann.oldUri]);
  });
});

test("a key that is not the published one is not taken, whoever made the backup", async () => {
  const lost = await aLostHome();
  const [ann, bob] = [await lost.member("ann"), await lost.member("bob")];
  await lost.settle();
  const backup = await lost.backup();
  // Somebody makes a backup by themselves: each has the key of the other, properly sealed under a key of the forger.
  const vault = await openVault(join(lost.folder, "home"));
  const forged = await altered(
    lost,
    backup,
    async (stage) => {
      const { db, close } = openSqlite(join(stage, "causeway.db"));
      const rows = await db.selectFrom("keys").selectAll().where("kind", "=", "rsa").execute();
      for (const [index, row] of rows.entries()) {
        const from = rows[(index + 1) % rows.length] ?? row;
        const opened = await vault.open(from.sealed_private, `key:${from.actor_id}:rsa`);
        const sealed_private = await vault.seal(opened, `key:${row.actor_id}:rsa`);
        await db
          .updateTable("keys")
          .set({ sealed_private })
          .where("actor_id", "=", row.actor_id)
          .where("kind", "=", "rsa")
          .execute();
      }
      await close();
    },
    true,
  );
  expect(outcomes(await bringKeys(lost, forged))).toEqual({ ann: "other", bob: "other" });
  const swapped = await altered(
    lost,
    backup,
    async (stage) => {
      const { db, close } = openSqlite(join(stage, "causeway.db"));
      const members = [ann.viewer.actorId, bob.viewer.actorId];
      const [first, second] = await db
        .selectFrom("keys")
        .selectAll()
        .where("kind", "=", "rsa")
        .where("actor_id", "in", members)
        .execute();
      await db
        .updateTable("keys")
        .set({ sealed_private: second?.sealed_private ?? "" })
        .where("actor_id", "=", first?.actor_id ?? 0)
        .where("kind", "=", "rsa")
        .execute();
      await close();
    },
    true,
  );
  // A key in another's row does not open; the rest of the backup is as good as before.
  expect(Object.values(outcomes(await bringKeys(lost, swapped))).toSorted()).toEqual(["sealed", "taken"]);
  expect(await keysAt(lost)).toHaveLength(1);
});

test("nobody's key is taken of whom it is not known which one their home published", async () => {
  const lost = await aLostHome();
  await lost.member("ann");
  await lost.settle();
  const { db } = lost.standby.app;
  const { profile } = await db.selectFrom("standby_members").select("profile").executeTakeFirstOrThrow();
  const change = (publicKey: unknown) =>
    db
      .updateTable("standby_members")
      .set({ profile: JSON.stringify({ ...JSON.parse(profile), publicKey }) })
      .execute();
  const backup = await lost.backup();
  for (const publicKey of [undefined, null, "x", [], { publicKeyPem: 5 }, { publicKeyPem: "-----BEGIN" }]) {
    await change(publicKey);
    expect(outcomes(await bringKeys(lost, backup))).toEqual({ ann: "other" });
  }
  expect(await keysAt(lost)).toEqual([]);
});

test("a backup of the first schema is read as it is", async () => {
  const lost = await aLostHome();
  const ann = await lost.member("ann");
  await lost.settle();
  const old = join(lost.folder, "old");
  mkdirSync(old, { mode: 0o700 });
  copyFileSync(join(lost.folder, "home", "secret.key"), join(old, "secret.key"));
  const database = openSqlite(join(old, "causeway.db"));
  await migrate(database.db, STEPS.slice(0, 1));
  for (const table of ["actors", "accounts", "keys"]) {
    const { rows: columns } = await sql<{ name: string }>`
      select name from pragma_table_info(${table})`.execute(database.db);
    const names = sql.join(columns.map(({ name }) => sql.ref(name)));
    const { rows } = await sql<Record<string, unknown>>`
      select ${names} from ${sql.table(table)}`.execute(lost.home.app.db);
    for (const row of rows)
      await sql`insert into ${sql.table(table)} (${names}) values (${sql.join(Object.values(row))})`.execute(
        database.db,
      );
  }
  await database.close();
  const config = testConfig({ CAUSEWAY_ORIGIN: "https://home.test", CAUSEWAY_DATA: old });
  const archive = join(lost.folder, "old.tar.gz");
  await writeBackup(config, archive);
  expect(outcomes(await bringKeys(lost, archive))).toEqual({ ann: "taken" });
  expect(await keysAt(lost)).toEqual([ann.oldUri]);
});

test("a backup of a home on PostgreSQL is read by its lines", async () => {
  const own = await createPostgresDatabase();
  const lost = await aLostHome({
    databases: [own.database, await memoryDatabase()],
    postgresUrl: own.url,
  });
  const ann = await lost.member("ann");
  const bob = await lost.member("bob");
  await aMember(lost.home, "carol");
  await lost.settle();
  expect(outcomes(await bringKeys(lost, await lost.backup()))).toEqual({ ann: "taken", bob: "taken" });
  expect(await keysAt(lost)).toEqual([ann.oldUri, bob.oldUri].toSorted());
  const cut = await altered(
    lost,
    join(lost.folder, "backup.tar.gz"),
    (stage) => {
      const path = join(stage, "database.jsonl");
      const text = readFileSync(path, "utf8").replace('["keys",{', '["keys",[');
      writeFileSync(path, text);
    },
    true,
  );
  await expect(bringKeys(lost, cut)).rejects.toThrow(/cannot be read/);
  await lost.home.stop(0);
  await own.drop();
});

describe("keys are forgotten", () => {
  test("when the home says that it is alive, when a member leaves, and when the owner wants it", async () => {
    const trustee = await aPhrase();
    const lost = await aLostHome({ trustees: [trustee], waitHours: 6 });
    const [ann, bob] = [await lost.member("ann"), await lost.member("bob")];
    await lost.settle();
    const backup = await lost.backup();
    const { app, owner } = lost.standby;
    await bringKeys(lost, backup);
    const { uri } = await signOrder(app, {
      agreementUri: lost.agreementUri,
      phrase: trustee.phrase,
      orderUri: null,
      reason: "host_lost",
      ip: "203.0.113.4",
    });
    const objection = {
      type: "LaunchObjection",
      v: 1,
      order: uri,
      home: "https://home.test",
      at: "2026-06-01T12:00:00Z",
    };
    const homeActor = await getInstanceActorId(lost.home.app);
    await receiveObjection(app, await signAsMember(lost.home.app, homeActor, objection));
    expect(await keysAt(lost)).toEqual([]);

    expect(outcomes(await bringKeys(lost, backup))).toEqual({ ann: "taken", bob: "taken" });
    await removeMember(app.db, { id: bob.memberId, agreement_id: lost.agreementId, actor_uri: bob.oldUri });
    expect(await keysAt(lost)).toEqual([ann.oldUri]);

    if (owner === null) throw new Error("set up");
    expect(await faultOf(forgetKeys(app, ann.viewer, lost.agreementUri))).toBe("error.forbidden");
    expect(await faultOf(forgetKeys(app, owner, "urn:uuid:none"))).toBe("error.not_found");
    const own = await app.db.selectFrom("keys").selectAll().execute();
    expect(await forgetKeys(app, owner, lost.agreementUri)).toBe(1);
    expect(await forgetKeys(app, owner, lost.agreementUri)).toBe(0);
    expect(await keysAt(lost)).toEqual([]);
    // Those of people here are not touched.
    expect(await app.db.selectFrom("keys").selectAll().execute()).toHaveLength(own.length - 1);
    const said = (await listHomeKeys(app, owner))[0]?.records.map(({ why, by }) => [why, by]);
    expect(said?.[0]).toEqual(["asked", "owner_here"]);
    expect(said).toContainEqual(["stopped", "causeway"]);
  });

  test("never while a launch signs with them", async () => {
    const trustee = await aPhrase();
    const lost = await aLostHome({ trustees: [trustee], waitHours: 0 });
    const gotosocial = await lost.peer("gotosocial");
    const ann = await lost.member("ann");
    await gotosocial.follow(ann.oldUri, 1);
    await lost.seal();
    await bringKeys(lost, await lost.backup());
    gotosocial.failNext(503);
    const order = { agreementUri: lost.agreementUri, reason: "host_lost", orderUri: null, ip: "203.0.113.4" };
    await signOrder(lost.standby.app, { ...order, phrase: trustee.phrase });
    await lost.settle();
    const { app, owner } = lost.standby;
    expect(gotosocial.acceptedBy(ann.newUri)).toEqual([]);
    expect(await faultOf(forgetKeys(app, owner, lost.agreementUri))).toBe("error.launch_under_way");
    expect(outcomes(await bringKeys(lost, join(lost.folder, "backup.tar.gz")))).toEqual({ ann: "told" });
    lost.clock.advance(6 * 60_000);
    await lost.settle();
    expect(gotosocial.acceptedBy(ann.newUri)).toHaveLength(1);
  });
});
