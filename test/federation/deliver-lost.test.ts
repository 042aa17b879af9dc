import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createDesk, fill, lose, settle, takeTask } from "../../federation/delivery/desk.ts";
import { createKeyStore } from "../../federation/delivery/signing.ts";
import { type ActivityId, asId } from "../../server/domain/ids.ts";
import { storeActivity } from "../../server/services/federation/deliveries.ts";
import { forgetSender, keepQueues, reportSender } from "../../server/services/federation/sending.ts";
import { type Db, transaction } from "../../server/store/database.ts";
import { releaseHostsOf } from "../../server/store/deliveries.ts";
import { eachDatabase } from "../support/databases.ts";
import { aSender } from "./senders.ts";

const ROOM = { hosts: 10, perHost: 20 };
const HOSTS = ["far.test", "near.test"];

eachDatabase((name, open) => {
  /** Six deliveries to each of two hosts that nobody has begun to send. */
  const start = async () => {
    const { app, mei } = await aSender(await open());
    const id = asId<ActivityId>(app.ids.next());
    await storeActivity(app, {
      id,
      uri: `https://home.test/activities/${id}`,
      actorId: mei.actorId,
      body: "{}",
      public: true,
      inboxes: HOSTS.flatMap((host) => Array.from({ length: 6 }, (_, n) => `https://${host}/${n}`)),
    });
    const aDesk = () => createDesk(app, createKeyStore(app), () => undefined);
    return { app, db: app.db, aDesk };
  };

  describe("a sender whose queues were taken by another", () => {
    test("begins nothing more there, and leaves the other's lease alone", async () => {
      const { app, db, aDesk } = await start();
      const desk = aDesk();
      expect(await fill(desk, ROOM)).toBe(2);
      takeTask(desk);
      await db.updateTable("hosts").set({ lease_owner: "other" }).where("host", "=", "far.test").execute();
      const kept = await keepQueues(app, desk.owner, HOSTS);
      expect([...kept]).toEqual(["near.test"]);
      lose(
        desk,
        HOSTS.filter((host) => !kept.has(host)),
      );
      const begun: string[] = [];
      for (let task = takeTask(desk); task !== null; task = takeTask(desk)) begun.push(task.queue.host);
      expect(new Set(begun)).toEqual(new Set(["near.test"]));
      await settle(desk);
      expect([...desk.queues.keys()]).toEqual(["near.test"]);
      expect(desk.inFlight).toBe(begun.length);
      expect(await ownersOf(db)).toEqual({ "far.test": "other", "near.test": desk.owner });
    });
  });

  test("queues of several senders are freed together, and are due at once", async () => {
    const { app, db, aDesk } = await start();
    const desk = aDesk();
    await fill(desk, ROOM);
    const now = app.clock.now();
    expect(await transaction(db, (tx) => releaseHostsOf(tx, ["nobody"], now))).toBe(0);
    expect(await transaction(db, (tx) => releaseHostsOf(tx, ["nobody", desk.owner], now))).toBe(2);
    expect(await ownersOf(db)).toEqual({ "far.test": null, "near.test": null });
    expect(await fill(aDesk(), ROOM)).toBe(2);
  });

  // One process has a SQLite file: there is nobody to take over.
  if (name === "sqlite") return;
  describe("a sender that is killed", () => {
    test("holds its queues until it has been silent for a quarter of a minute", async () => {
      const { app, db, aDesk } = await start();
      const [dead, alive] = [aDesk(), aDesk()];
      await fill(dead, ROOM);
      expect(await reportSender(app, dead.owner)).toEqual({ isKnown: false, freed: 0 });
      expect(await reportSender(app, alive.owner)).toEqual({ isKnown: false, freed: 0 });
      await makeSilent(db, dead.owner, 14);
      expect(await reportSender(app, alive.owner)).toEqual({ isKnown: true, freed: 0 });
      expect(await fill(alive, ROOM)).toBe(0);
      await makeSilent(db, dead.owner, 2);
      expect(await reportSender(app, alive.owner)).toEqual({ isKnown: true, freed: 2 });
      expect(await fill(alive, ROOM)).toBe(2);
      // It lives after all: now it knows that others have what it had.
      expect(await reportSender(app, dead.owner)).toEqual({ isKnown: false, freed: 0 });
      expect([...(await keepQueues(app, dead.owner, HOSTS))]).toEqual([]);
    });

    test("is not waited for when it has said that it ends", async () => {
      const { app, db, aDesk } = await start();
      const { owner } = aDesk();
      await reportSender(app, owner);
      await forgetSender(app, owner);
      const { rows } = await sql`select key from kv where key like 'sender%'`.execute(db);
      expect(rows).toEqual([]);
    });
  });
});

async function ownersOf(db: Db): Promise<Readonly<Record<string, string | null>>> {
  const rows = await db.selectFrom("hosts").select(["host", "lease_owner"]).execute();
  return Object.fromEntries(rows.map((row) => [row.host, row.lease_owner]));
}

/** As if a sender had said nothing for so many seconds more. */
async function makeSilent(db: Db, owner: string, seconds: number): Promise<void> {
  await sql`update kv set value = (value::bigint - ${seconds * 1_000})::text where key like ${`sender%${owner}`}`.execute(
    db,
  );
}
