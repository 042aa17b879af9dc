import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { transaction } from "../../server/store/database.ts";
import { storageFaultOf } from "../../server/store/faults.ts";
import { createPostgresDatabase } from "../support/databases.ts";

test("transactions of which PostgreSQL ends one (a deadlock) both happen, each once (F13)", async () => {
  const own = await createPostgresDatabase();
  onTestFinished(own.drop);
  const { db } = own.database;
  for (const name of ["left", "right"])
    await db.insertInto("settings").values({ name, value: "0" }).execute();
  const both = Promise.withResolvers<void>();
  let [holding, tries] = [0, 0];
  const add = (first: string, second: string) =>
    transaction(db, async (tx) => {
      tries += 1;
      const step = (name: string) =>
        sql`update settings set value = (value::int + 1)::text where name = ${name}`.execute(tx);
      await step(first);
      holding += 1;
      if (holding === 2) both.resolve();
      await both.promise;
      await step(second);
    });
  await Promise.all([add("left", "right"), add("right", "left")]);
  expect(tries).toBe(3);
  const rows = await db
    .selectFrom("settings")
    .select("value")
    .where("name", "in", ["left", "right"])
    .execute();
  expect(rows).toEqual([{ value: "2" }, { value: "2" }]);
});

test("a pool whose connections are all taken says so after its time, and goes on once one is free (F13)", async () => {
  const own = await createPostgresDatabase(1);
  onTestFinished(own.drop);
  const { db, pool } = own.database;
  if (pool === null) throw new Error("PostgreSQL has a pool.");
  pool.options.connectionTimeoutMillis = 300;
  const free = Promise.withResolvers<void>();
  const long = transaction(db, async (tx) => {
    await sql`select 1`.execute(tx);
    await free.promise;
  });
  const fault = await db
    .selectFrom("settings")
    .select("name")
    .execute()
    .catch((error: unknown) => error);
  expect(storageFaultOf(fault)).toBe("away");
  free.resolve();
  await long;
  expect(await db.selectFrom("settings").select("name").execute()).toEqual([]);
});
