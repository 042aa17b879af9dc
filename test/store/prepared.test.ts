import { sql } from "kysely";
import { expect, test } from "vitest";
import { transaction } from "../../server/store/database.ts";
import { prepared } from "../../server/store/prepared.ts";
import { visibleTo } from "../../server/store/visible.ts";
import { eachDatabase } from "../support/databases.ts";
import { actorRow, noteRow } from "../support/rows.ts";

eachDatabase((_, open) => {
  async function filled() {
    const { db } = await open();
    const ids = Array.from({ length: 9 }, (__, index) => index + 1);
    await db
      .insertInto("actors")
      .values(ids.map((id) => actorRow(id)))
      .execute();
    return { db, ids };
  }

  test("a statement is built once for lists of nearly the same length, and asked with each one's own values", async () => {
    const { db, ids } = await filled();
    let built = 0;
    const find = async (wanted: readonly number[]) =>
      (
        await prepared(db, "some", { wanted }, (on, places) => {
          built += 1;
          return on.selectFrom("actors").select("id").where("id", "in", places.wanted).orderBy("id");
        })
      ).map(({ id }) => id);
    expect(await find(ids.slice(0, 5))).toEqual([1, 2, 3, 4, 5]);
    expect(await find(ids.slice(2, 8))).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await find(ids.slice(1, 9))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(built).toBe(1);
    expect(await find([9])).toEqual([9]);
    expect(await find(ids)).toEqual(ids);
    expect(built).toBe(3);
  });

  test("a value that is null makes a statement of its own, and a value may stand in several places", async () => {
    const { db } = await filled();
    await db
      .insertInto("notes")
      .values([noteRow(1, 1), noteRow(2, 1, { visibility: "followers" })])
      .execute();
    const seen = async (viewer: number | null) =>
      (
        await prepared(db, "seen", { viewer }, (on, places) =>
          on.selectFrom("notes").select("id").where(visibleTo(places.viewer)).orderBy("id"),
        )
      ).map(({ id }) => id);
    expect(await seen(null)).toEqual([1]);
    expect(await seen(1)).toEqual([1, 2]);
    expect(await seen(2)).toEqual([1]);
    expect(await seen(null)).toEqual([1]);
  });

  test("what is always the same stands in the text, however it is written", async () => {
    const { db } = await filled();
    await db.updateTable("actors").set({ name: 'it\'s? "so"' }).where("id", "=", 4).execute();
    const named = async (host: string) =>
      (
        await prepared(db, "named", { host }, (on, places) =>
          on
            .selectFrom("actors")
            .select(["id", sql<string>`'a?b''c'`.as("w?at"), sql<number>`cast(${7} as integer)`.as("seven")])
            .where("name", "=", 'it\'s? "so"')
            .where("host", "=", places.host)
            .limit(5),
        )
      ).map((row) => ({ ...row }));
    const { host } = await db
      .selectFrom("actors")
      .select("host")
      .where("id", "=", 4)
      .executeTakeFirstOrThrow();
    expect(await named(host)).toEqual([{ id: 4, "w?at": "a?b'c", seven: 7 }]);
    expect(await named("other.test")).toEqual([]);
  });

  test("it runs inside the transaction that it is asked in, and its name keeps it apart from others", async () => {
    const { db } = await filled();
    const count = async (on: typeof db, name: string, host: string) =>
      await prepared(on, name, { host }, (inner, places) => ({
        compile: () => sql<{ id: number }>`select id from actors where host = ${places.host}`.compile(inner),
      }));
    const before = (await count(db, "by host", "changed.test")).length;
    const within = await transaction(db, async (tx) => {
      await tx.updateTable("actors").set({ host: "changed.test" }).where("id", "=", 3).execute();
      return await count(tx, "by host", "changed.test");
    });
    expect([before, within.map(({ id }) => id)]).toEqual([0, [3]]);
  });
});
