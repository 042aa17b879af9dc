import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { type Database, type Db, dialectOf, transaction, withoutSync } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";

/** Whether a commit made now would wait for the disk. */
async function waits(db: Db): Promise<boolean> {
  if (dialectOf(db) === "postgres") {
    const { rows } = await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(db);
    return rows[0]?.synchronous_commit !== "off";
  }
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  return rows[0]?.synchronous === 2;
}

eachDatabase((_name, open) => {
  describe("a database whose commits need not wait for the disk", () => {
    const ways = async (database: Database) => ({
      usual: database.db,
      unhurried: withoutSync(database.db),
      // A pool for tests may be started without it; what matters is what a transaction changes.
      before: await waits(database.db),
    });

    it("waits for none of its own transactions, and for all others as before", async () => {
      const { usual, unhurried, before } = await ways(await open());
      expect(await transaction(unhurried, waits)).toBe(false);
      expect(await waits(usual)).toBe(before);
      expect(await transaction(usual, waits)).toBe(before);
    });

    it("waits again after one of its transactions failed", async () => {
      const { usual, unhurried, before } = await ways(await open());
      const fail = () => Promise.reject(new Error("fault"));
      await expect(transaction(unhurried, fail)).rejects.toThrow("fault");
      expect(await transaction(usual, waits)).toBe(before);
    });

    it("keeps what it committed, in order with the others", async () => {
      const { usual, unhurried } = await ways(await open());
      const note = (db: Db, name: string) =>
        transaction(db, (tx) => tx.insertInto("settings").values({ name, value: "x" }).execute());
      await Promise.all([note(unhurried, "a"), note(usual, "b"), note(unhurried, "c")]);
      const rows = await usual
        .selectFrom("settings")
        .select("name")
        .where("name", "in", ["a", "b", "c"])
        .execute();
      expect(rows).toHaveLength(3);
    });
  });
});
