import { describe, expect, test } from "vitest";
import { WELL } from "../../server/domain/host-health.ts";
import { type Db, transaction } from "../../server/store/database.ts";
import {
  claimHosts,
  finishDeliveries,
  insertDeliveries,
  nextDueAt,
  putOffDeliveries,
  readQueues,
  releaseAllHosts,
  releaseHosts,
} from "../../server/store/deliveries.ts";
import {
  deliveryCounts,
  oldestDeliveryMs,
  sweepDeadDeliveries,
} from "../../server/store/delivery-letters.ts";
import { findHost, hostCounts, sweepHosts, writeHost } from "../../server/store/hosts.ts";
import { eachDatabase } from "../support/databases.ts";
import { actorRow } from "../support/rows.ts";

const NOW = 1_000_000_000_000;
const LEASE = 120_000;

const to = (host: string, inbox = "inbox", orderKey = 1) => ({
  inbox: `https://${host}/${inbox}`,
  host,
  orderKey,
});

async function add(db: Db, rows: readonly ReturnType<typeof to>[], now = NOW): Promise<void> {
  await transaction(db, (tx) =>
    insertDeliveries(
      tx,
      now,
      rows.map((row) => ({ ...row, activityId: 1, actorId: 2 })),
    ),
  );
}

function claim(db: Db, owner: string, now = NOW, limit = 100) {
  return claimHosts(db, { owner, now, until: now + LEASE, limit });
}

const names = (hosts: readonly { readonly host: string }[]) => hosts.map(({ host }) => host).toSorted();

const released = (host: string) => ({ host, signatureSpec: null, okAt: null, health: WELL });

eachDatabase((_, open) => {
  describe("the queue of a host", () => {
    test("belongs to one process at a time, until its lease ends", async () => {
      const { db } = await open();
      await add(db, [to("a.test"), to("b.test"), to("b.test", "other")]);
      expect(names(await claim(db, "one", NOW, 1))).toHaveLength(1);
      expect(names(await claim(db, "two"))).toHaveLength(1);
      expect(await claim(db, "three")).toEqual([]);
      expect(await claim(db, "three", NOW + LEASE - 1)).toEqual([]);
      expect(names(await claim(db, "three", NOW + LEASE))).toEqual(["a.test", "b.test"]);
    });

    test("is never taken by two of many who ask at once", async () => {
      const { db } = await open();
      await add(
        db,
        Array.from({ length: 40 }, (_unused, n) => to(`h${n}.test`)),
      );
      const taken = await Promise.all(
        ["one", "two", "three", "four"].map((owner) => claim(db, owner, NOW, 15)),
      );
      const all = taken.flat().map(({ host }) => host);
      expect(new Set(all).size).toBe(all.length);
    });

    test("is read in the order it was written, as far as its time has come", async () => {
      const { db } = await open();
      for (const [host, name] of [
        ["a.test", "1"],
        ["b.test", "2"],
        ["a.test", "3"],
        ["a.test", "4"],
      ] as const)
        await add(db, [to(host, name)]);
      const read = async (now: number, limit = 10) =>
        (await readQueues(db, ["a.test", "b.test"], now, limit)).map(({ inbox }) => inbox.slice(-1));
      expect(await read(NOW)).toEqual(["1", "2", "3", "4"]);
      expect((await read(NOW, 1)).toSorted()).toEqual(["1", "2"]);
      const [first] = await readQueues(db, ["a.test"], NOW, 1);
      await putOffDeliveries(db, [{ id: first?.id ?? 0, runAt: NOW + 50, attempts: 1, fault: "x" }]);
      expect(await read(NOW)).toEqual(["2", "3", "4"]);
      expect((await read(NOW + 50)).toSorted()).toEqual(["1", "2", "3", "4"]);
    });

    test("names what an earlier one about the same thing has to wait for, while that one's activity is there", async () => {
      const { db } = await open();
      const activity = { id: 1, uri: "u", actor_id: 2, body: "", public: 1 as const, created_at: 0 };
      await db.insertInto("actors").values(actorRow(2)).execute();
      await db.insertInto("activities").values(activity).execute();
      for (const key of [7, 7, 8]) await add(db, [to("a.test", "x", key)]);
      const [first] = await readQueues(db, ["a.test"], NOW, 1);
      await putOffDeliveries(db, [{ id: first?.id ?? 0, runAt: NOW + 50, attempts: 1, fault: "x" }]);
      const blocked = async () => (await readQueues(db, ["a.test"], NOW, 9)).map((one) => one.blockedUntil);
      expect(await blocked()).toEqual([NOW + 50, null]);
      await db.deleteFrom("activities").execute();
      expect(await blocked()).toEqual([null, null]);
    });

    test("is due again when something new comes, for its owner at once and for others when it is given back", async () => {
      const { db } = await open();
      await add(db, [to("a.test", "1")]);
      await claim(db, "one");
      expect(await claim(db, "one")).toEqual([]);
      await add(db, [to("a.test", "2")]);
      expect(await claim(db, "two")).toEqual([]);
      expect(names(await claim(db, "one"))).toEqual(["a.test"]);
      const [first, second] = await readQueues(db, ["a.test"], NOW, 9);
      await finishDeliveries(db, [first?.id ?? 0]);
      await transaction(db, (tx) => releaseHosts(tx, "one", [released("a.test")], NOW));
      expect(names(await claim(db, "two"))).toEqual(["a.test"]);
      await finishDeliveries(db, [second?.id ?? 0]);
      await transaction(db, (tx) => releaseHosts(tx, "two", [released("a.test")], NOW));
      expect(await findHost(db, "a.test")).toMatchObject({ due_at: null, lease_owner: null });
    });

    test("is never forgotten when something is written while it is given back", async () => {
      const { db } = await open();
      for (let round = 0; round < 15; round++) {
        await add(db, [to("a.test")]);
        await claim(db, "one");
        const read = await readQueues(db, ["a.test"], NOW, 9);
        const giveBack = transaction(db, async (tx) => {
          await finishDeliveries(
            tx,
            read.map(({ id }) => id),
          );
          await releaseHosts(tx, "one", [released("a.test")], NOW);
        });
        await Promise.all([giveBack, add(db, [to("a.test")])]);
        expect(names(await claim(db, "one"))).toEqual(["a.test"]);
        const rest = await readQueues(db, ["a.test"], NOW, 9);
        expect(rest).toHaveLength(1);
        await finishDeliveries(
          db,
          rest.map(({ id }) => id),
        );
        await transaction(db, (tx) => releaseHosts(tx, "one", [released("a.test")], NOW));
      }
    });

    test("rests as long as its host does, whatever is written meanwhile", async () => {
      const { db } = await open();
      await writeHost(db, "a.test", { retry_at: NOW + 500, failures: 5 });
      await add(db, [to("a.test")]);
      expect(await claim(db, "one")).toEqual([]);
      expect(await nextDueAt(db, NOW)).toBe(NOW + 500);
      expect(names(await claim(db, "one", NOW + 500))).toEqual(["a.test"]);
    });

    test("is not written to at all while its host is dead", async () => {
      const { db } = await open();
      await writeHost(db, "a.test", { dead_at: NOW, retry_at: NOW + 500, due_at: NOW + 500 });
      await add(db, [to("a.test"), to("b.test")]);
      const rows = await db.selectFrom("deliveries").select("host").execute();
      expect(rows).toEqual([{ host: "b.test" }]);
      expect(await findHost(db, "a.test")).toMatchObject({ due_at: NOW + 500 });
    });

    test("is free for the next process of a SQLite file, however the last one ended", async () => {
      const { db } = await open();
      await add(db, [to("a.test")]);
      await claim(db, "one");
      await releaseAllHosts(db, NOW + 1);
      expect(names(await claim(db, "two", NOW + 1))).toEqual(["a.test"]);
    });

    test("goes back to nobody but its owner", async () => {
      const { db } = await open();
      await add(db, [to("a.test")]);
      await claim(db, "one");
      await claim(db, "two", NOW + LEASE);
      await transaction(db, (tx) => releaseHosts(tx, "one", [released("a.test")], NOW + LEASE));
      expect(await findHost(db, "a.test")).toMatchObject({ lease_owner: "two" });
    });
  });

  test("what waits is counted by its state, and how long the oldest has waited", async () => {
    const { db } = await open();
    await add(db, [to("a.test"), to("b.test"), to("b.test"), to("c.test")], NOW - 5_000);
    await writeHost(db, "c.test", { retry_at: NOW + 500 });
    await claimHosts(db, { owner: "one", now: NOW, until: NOW + LEASE, limit: 1 });
    const counts = await deliveryCounts(db, NOW);
    expect(counts.ready + counts.leased).toBe(3);
    expect(counts.leased).toBeGreaterThan(0);
    expect(counts).toMatchObject({ delayed: 1, dead: 0 });
    expect(await oldestDeliveryMs(db, NOW)).toBe(5_000);
  });

  test("hosts of which nothing bad is known are forgotten after a while, the others are not", async () => {
    const { db } = await open();
    await writeHost(db, "well.test", { ok_at: NOW - 10 });
    await writeHost(db, "new.test", { ok_at: NOW });
    await writeHost(db, "ill.test", { retry_at: NOW + 500 });
    await add(db, [to("busy.test")]);
    await sweepHosts(db, NOW);
    const rows = await db.selectFrom("hosts").select("host").orderBy("host").execute();
    expect(rows.map(({ host }) => host)).toEqual(["busy.test", "ill.test", "new.test"]);
    expect(await hostCounts(db, NOW)).toEqual({ resting: 1, dead: 0 });
  });

  test("dead letters are forgotten after their time", async () => {
    const { db } = await open();
    await add(db, [to("a.test"), to("b.test")]);
    await db.updateTable("deliveries").set({ dead_at: NOW }).where("host", "=", "a.test").execute();
    expect(await sweepDeadDeliveries(db, NOW)).toBe(0);
    expect(await sweepDeadDeliveries(db, NOW + 1)).toBe(1);
    expect(await db.selectFrom("deliveries").select("host").execute()).toEqual([{ host: "b.test" }]);
  });
});
