import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { App } from "../../server/context.ts";
import { type ActorId, asId } from "../../server/domain/ids.ts";
import { getKeys, insertKeys, prepareKeys, refillKeyPool } from "../../server/services/accounts/keys.ts";
import { transaction } from "../../server/store/database.ts";
import { countSpareKeys } from "../../server/store/keys.ts";
import { memoryVault } from "../../server/vault.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor } from "../support/rows.ts";

async function addActor(app: App, id: number, host = ""): Promise<ActorId> {
  await storeActor(app.db, id, { host, uri: `https://${host === "" ? "here.example" : host}/users/${id}` });
  return asId(id);
}

function signsFor(keys: Awaited<ReturnType<typeof getKeys>>): boolean {
  const text = Buffer.from("text");
  const rsa = createPrivateKey({
    key: JSON.parse(JSON.stringify(keys.rsa.privateJwk)) as never,
    format: "jwk",
  });
  const ed = createPrivateKey({
    key: JSON.parse(JSON.stringify(keys.ed25519.privateJwk)) as never,
    format: "jwk",
  });
  const edPublic = createPublicKey({
    key: JSON.parse(JSON.stringify(keys.ed25519.publicJwk)) as never,
    format: "jwk",
  });
  return (
    verify("sha256", text, keys.rsa.publicPem, sign("sha256", text, rsa)) &&
    verify(null, text, edPublic, sign(null, text, ed))
  );
}

describe("an actor's keys", () => {
  eachDatabase((_name, open) => {
    const start = async () => {
      const { db } = await open();
      const vault = memoryVault();
      return { db, vault, app: partialApp(db, { vault }) };
    };

    test("are made at first use, RSA-2048 and Ed25519, and stay the same", async () => {
      const { app, db, vault } = await start();
      const actor = await addActor(app, 1);
      const keys = await getKeys(app, actor);
      expect(createPublicKey(keys.rsa.publicPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
      expect(keys.ed25519.publicJwk).toMatchObject({ kty: "OKP", crv: "Ed25519" });
      expect(keys.rsa.publicJwk).not.toHaveProperty("d");
      expect(signsFor(keys)).toBe(true);
      expect(await getKeys(partialApp(db, { vault }), actor)).toEqual(keys);
    });

    test("are made once when many ask at the same time, also in two processes", async () => {
      const { app, db, vault } = await start();
      const actor = await addActor(app, 1);
      const other = partialApp(db, { vault });
      const all = await Promise.all([app, other, app, other].map((asking) => getKeys(asking, actor)));
      expect(new Set(all.map((keys) => keys.rsa.publicPem)).size).toBe(1);
      expect(new Set(all.map((keys) => JSON.stringify(keys.ed25519.publicJwk))).size).toBe(1);
    });

    test("come from the pool of spare keys, each spare key to one actor only", async () => {
      const { app, db, vault } = await start();
      expect(await refillKeyPool(app, 2)).toBe(2);
      expect(await refillKeyPool(app, 2)).toBe(0);
      const spares = (await db.selectFrom("spare_keys").select("public_key").execute()).map(
        (row) => row.public_key,
      );
      const actors = await Promise.all([1, 2, 3].map((id) => addActor(app, id)));
      const keys = await Promise.all(actors.map((actor) => getKeys(partialApp(db, { vault }), actor)));
      expect(await countSpareKeys(db)).toBe(0);
      const pems = keys.map((pair) => pair.rsa.publicPem);
      expect(new Set(pems).size).toBe(3);
      expect(pems.filter((pem) => spares.includes(pem))).toHaveLength(2);
      expect(keys.every(signsFor)).toBe(true);
    });

    test("prepared before the transaction are written with the actor they were made for", async () => {
      const { app, db } = await start();
      const prepared = await prepareKeys(app);
      await addActor(app, prepared.actorId);
      await transaction(db, (tx) => insertKeys(app, tx, prepared.actorId, prepared));
      const kept = await db.selectFrom("keys").select(["kind", "public_key"]).execute();
      expect(kept).toEqual([{ kind: "ed25519", public_key: prepared.ed25519.public_key }]);
      const keys = await getKeys(app, prepared.actorId);
      expect(createPublicKey(prepared.ed25519.public_key).export({ format: "jwk" })).toEqual(
        keys.ed25519.publicJwk,
      );
    });

    test("prepared for one actor are not given to another", async () => {
      const { app, db } = await start();
      const prepared = await prepareKeys(app);
      const actor = await addActor(app, 5);
      await transaction(db, (tx) => insertKeys(app, tx, actor, prepared));
      expect(signsFor(await getKeys(app, actor))).toBe(true);
    });

    test("are sealed at rest, and do not open in another actor's row", async () => {
      const { app, db, vault } = await start();
      const [mine, theirs] = [await addActor(app, 1), await addActor(app, 2)];
      const keys = await getKeys(app, mine);
      await getKeys(app, theirs);
      const rows = await db.selectFrom("keys").selectAll().where("actor_id", "=", mine).execute();
      for (const row of rows)
        expect(row.sealed_private).not.toContain(String(keys.rsa.privateJwk.d).slice(0, 20));
      for (const row of rows)
        await db
          .updateTable("keys")
          .set({ sealed_private: row.sealed_private })
          .where("actor_id", "=", theirs)
          .where("kind", "=", row.kind)
          .execute();
      await expect(getKeys(partialApp(db, { vault }), theirs)).rejects.toThrow("another purpose");
    });

    test("do not exist for actors of other servers or for nobody", async () => {
      const { app } = await start();
      const remote = await addActor(app, 7, "there.example");
      await expect(getKeys(app, remote)).rejects.toMatchObject({ kind: "not_found" });
      await expect(getKeys(app, asId(99))).rejects.toMatchObject({ kind: "not_found" });
    });
  });
});
