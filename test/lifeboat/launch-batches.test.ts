import { expect, test } from "vitest";
import { createTellings, type Telling } from "../../federation/escape/tellings.ts";
import { beginEscapes, endEscapes, findEscape, insertEscapes } from "../../server/store/escapes.ts";
import { insertRows } from "../../server/store/json-rows.ts";
import type { Db } from "../../server/store/database.ts";
import { createInstance } from "../support/instance.ts";
import { eachDatabase } from "../support/databases.ts";

/** One telling of one activity to so many servers. */
async function addTellings(db: Db, count: number): Promise<readonly Telling[]> {
  const hosts = Array.from({ length: count }, (_, n) => `h${n}.test`);
  await insertEscapes(
    db,
    hosts.map((host, n) => ({
      id: n + 1,
      memberId: 7,
      evacuationId: null,
      host,
      inbox: `https://${host}/inbox`,
      software: null,
      form: "move",
      expected: 1,
      state: "waiting",
      activityId: 5,
      fault: null,
    })),
  );
  return hosts.map((host) => ({ activityId: 5, host }));
}

eachDatabase((_name, open) => {
  test("any number of rows is written at once, with texts that hold anything", async () => {
    const { db } = await open();
    const rows = Array.from({ length: 150 }, (_, n) => ({
      old_uri: `https://old.test/${n}`,
      new_uri: `"quoted" \\ ' ${n} \u{1f6a2}`,
      notice: JSON.stringify({ n, nothing: null }),
      created_at: 1_000_000_000_000 + n,
    }));
    expect(await insertRows(db, "successors", [])).toEqual([]);
    await insertRows(db, "successors", rows);
    const again = await insertRows<{ old_uri: string }>(
      db,
      "successors",
      [...rows.slice(0, 3), { ...rows[0], old_uri: "https://old.test/new" }],
      "on conflict do nothing returning old_uri",
    );
    expect(again).toEqual([{ old_uri: "https://old.test/new" }]);
    const kept = await db.selectFrom("successors").selectAll().orderBy("created_at").execute();
    expect(kept.filter(({ old_uri }) => old_uri !== "https://old.test/new")).toEqual(rows);
  });

  test("what was begun ahead is given back only by who began it last", async () => {
    const { db } = await open();
    const [key = { activityId: 0, host: "" }] = await addTellings(db, 1);
    await beginEscapes(db, [key], 1_000);
    await endEscapes(db, [{ ...key, state: "waiting", fault: null, begunAt: 999 }], 2_000);
    expect(await findEscape(db, key)).toMatchObject({ state: "sent", begun_at: 1_000 });
    await endEscapes(db, [{ ...key, state: "waiting", fault: null, begunAt: 1_000 }], 2_000);
    expect(await findEscape(db, key)).toMatchObject({ state: "waiting", begun_at: null });
  });
});

test("one commit begins hundreds of tellings, each is granted once, and those left over are named", async () => {
  const { app, close } = await createInstance({ host: "standby.test" });
  const all = await addTellings(app.db, 700);
  const asked = new Set<string>();
  const tellings = createTellings(app, (most, isNew) =>
    all.filter((one) => !asked.has(one.host) && isNew(one)).slice(0, most),
  );
  const begin = (one: Telling) => {
    asked.add(one.host);
    return tellings.begin(one);
  };
  const [first = all[0]] = all;
  if (first === undefined) throw new Error("There are seven hundred.");
  expect(await begin(first)).toMatchObject({ type: "go" });
  const begun = await app.db.selectFrom("escapes").select("id").where("begun_at", "is not", null).execute();
  expect(begun).toHaveLength(512);
  expect((await begin(first)).type).toBe("wait");
  const answers = await Promise.all(all.slice(1, 600).map(begin));
  expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(["go"]));
  const ofOne = tellings.takeUnused(new Set(["h650.test"]));
  expect(ofOne.map(({ host }) => host)).toEqual(["h650.test"]);
  expect(tellings.takeUnused().map(({ host }) => host)).toHaveLength(99);
  expect(tellings.takeUnused()).toEqual([]);
  await close();
});
