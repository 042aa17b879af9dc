import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { schemaStatus } from "../../server/store/migrate.ts";
import { eachDatabase } from "../support/databases.ts";

describe("databases for tests", () => {
  eachDatabase((name, open) => {
    test("are migrated and empty", async () => {
      const { db, dialect } = await open();
      expect(dialect).toBe(name);
      expect((await schemaStatus(db)).pending).toEqual([]);
      expect(await db.selectFrom("actors").select("id").execute()).toEqual([]);
    });

    test("are not shared between tests or openers", async () => {
      const first = await open();
      const second = await open();
      await first.db.insertInto("settings").values({ name: "a", value: "1" }).execute();
      expect(await second.db.selectFrom("settings").selectAll().execute()).toEqual([]);
      expect((await sql<{ one: number }>`select 1 as one`.execute(second.db)).rows).toEqual([{ one: 1 }]);
    });
  });
});
