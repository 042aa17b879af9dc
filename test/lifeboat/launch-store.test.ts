import { expect, test } from "vitest";
import { getCoverage } from "../../server/services/escapes/coverage.ts";
import { getProgress } from "../../server/services/escapes/progress.ts";
import { tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { beginEscapes, endEscapes, findEscape, reviveHosts } from "../../server/store/escapes.ts";
import { findHost, writeHost } from "../../server/store/hosts.ts";
import { eachDatabase } from "../support/databases.ts";
import { anEscape, aPhrase } from "./escape-scene.ts";
import { kill } from "./peers/disasters.ts";

eachDatabase((_name, open) => {
  test("a community is launched, from its kits to the count of who came", { timeout: 60_000 }, async () => {
    const trustee = await aPhrase();
    const escape = await anEscape({ trustees: [trustee], databases: [await open(), await open()] });
    const { app } = escape.standby;
    const mastodon = await escape.peer("mastodon");
    const pixelfed = await escape.peer("pixelfed");
    const members = [await escape.member("ann"), await escape.member("bob")];
    for (const { oldUri } of members) {
      await mastodon.follow(oldUri, 2);
      await pixelfed.follow(oldUri, 1);
    }
    await escape.seal();
    const { owner } = escape.home;
    if (owner === null) throw new Error("set up");
    const coverage = await getCoverage(escape.home.app, owner);
    expect(coverage.kits).toEqual({ members: 2, sealed: 2, stale: 0 });
    expect(coverage.kinds).toEqual([
      { software: "mastodon", hosts: 1, followers: 4, withSeals: true, withKeys: true },
      { software: "pixelfed", hosts: 1, followers: 2, withSeals: false, withKeys: false },
    ]);
    kill(escape.network, escape.home.host);
    const { agreementUri } = escape;
    const { id } = await signOrder(app, {
      agreementUri,
      phrase: trustee.phrase,
      orderUri: null,
      reason: "seized",
      ip: "203.0.113.4",
    });
    await escape.settle();
    await tendEvacuations(app);
    const progress = await getProgress(app, { evacuationId: id });
    expect(progress).toMatchObject({ servers: 2, answered: 1, lost: 1, waiting: 0, arrived: 4 });
    expect([progress.expected, progress.expectedLost]).toEqual([4, 2]);
    const row = await app.db.selectFrom("evacuations").selectAll().executeTakeFirstOrThrow();
    expect(row.state).toBe("done");
  });

  test("a telling is begun once, ends once, and can be begun again only after it failed", async () => {
    const { db } = await open();
    const key = { activityId: 5, host: "a.test" };
    await db
      .insertInto("escapes")
      .values({
        id: 1,
        member_id: 2,
        evacuation_id: null,
        host: "a.test",
        inbox: "https://a.test/inbox",
        software: null,
        form: "move",
        expected: 3,
        state: "waiting",
        activity_id: 5,
        fault: null,
        begun_at: null,
        answered_at: null,
      })
      .execute();
    expect(await beginEscapes(db, [key, { activityId: 6, host: "a.test" }], 1000)).toEqual([key]);
    expect(await beginEscapes(db, [key], 2000)).toEqual([]);
    await endEscapes(db, [{ ...key, state: "waiting", fault: "503" }], 3000);
    expect(await beginEscapes(db, [key], 4000)).toEqual([key]);
    await endEscapes(db, [{ ...key, state: "answered", fault: null }], 5000);
    expect(await findEscape(db, key)).toEqual({ state: "answered", begun_at: 4000, actor_id: 2 });
    await endEscapes(db, [{ ...key, state: "refused", fault: "x" }], 6000);
    expect((await findEscape(db, key))?.state).toBe("answered");
  });

  test("hosts that rest or are dead are tried again", async () => {
    const { db } = await open();
    await writeHost(db, "rests.test", { retry_at: 9_000, failures: 7 });
    await writeHost(db, "dead.test", { retry_at: 500, dead_at: 1, failures: 9 });
    await reviveHosts(db, ["rests.test", "dead.test", "none.test"], 1_000);
    expect(await findHost(db, "rests.test")).toMatchObject({ retry_at: 1_000, failures: 0 });
    expect(await findHost(db, "dead.test")).toMatchObject({ dead_at: null });
  });
});
