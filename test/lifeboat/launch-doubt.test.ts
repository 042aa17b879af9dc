import { describe, expect, test } from "vitest";
import { createTellings } from "../../federation/escape/tellings.ts";
import { noteListening, UNCERTAIN_MS } from "../../server/services/escapes/ledger.ts";
import { transaction } from "../../server/store/database.ts";
import { insertInboxRows } from "../../server/store/inbox.ts";
import { enqueue } from "../../server/store/jobs.ts";
import { eachDatabase, memoryDatabase } from "../support/databases.ts";
import { anEscape, type Escape, type EscapeMember } from "./escape-scene.ts";
import { kill } from "./peers/disasters.ts";
import type { Emulator } from "./peers/emulator.ts";

const MINUTE = 60_000;

eachDatabase((_, open) => {
  /** Somebody was brought over, and the crash came before it was written down that the one server had answered. */
  const start = async () => {
    const escape = await anEscape({ databases: [await memoryDatabase(), await open()] });
    const mastodon = await escape.peer("mastodon");
    const ann = await escape.member("ann");
    await mastodon.follow(ann.oldUri, 1);
    await escape.seal();
    kill(escape.network, escape.home.host);
    await escape.launch(ann);
    await leaveInDoubt(escape, ann);
    const told = () => movesOf(mastodon, ann);
    const pass = async (ms: number) => {
      escape.clock.advance(ms);
      await escape.settle();
    };
    return { escape, mastodon, ann, told, pass };
  };

  describe("a telling that a crash left in doubt", () => {
    test("is over as soon as somebody of that server is there", async () => {
      const { escape, told, pass } = await start();
      await pass(MINUTE);
      expect(await statesOf(escape)).toEqual(["answered"]);
      expect(told()).toBe(1);
    });

    test("is not sent again while their Follow has come and nobody has read it yet", async () => {
      const { escape, mastodon, ann, told, pass } = await start();
      const { app } = escape.standby;
      await app.db.deleteFrom("follows").execute();
      const person = `${mastodon.origin}/users/p1`;
      const activityUri = `${mastodon.origin}/follows/77`;
      const body = JSON.stringify({ id: activityUri, type: "Follow", actor: person, object: ann.newUri });
      const inboxId = app.ids.next();
      const row = {
        id: inboxId,
        actorUri: person,
        activityUri,
        body,
        voucher: "signature",
        signerUri: null,
      };
      escape.clock.advance(5 * MINUTE);
      // A dead worker has the job that reads it.
      await transaction(app.db, (tx) => insertInboxRows(tx, [row], app.clock.now()));
      for (const ms of [MINUTE, UNCERTAIN_MS, 3 * MINUTE]) await pass(ms);
      expect([told(), await statesOf(escape)]).toEqual([1, ["sent"]]);
      const job = { id: app.ids.next(), now: app.clock.now(), kind: "inbox", payload: { inboxId } };
      await transaction(app.db, (tx) => enqueue(tx, job));
      await pass(3 * MINUTE);
      await pass(3 * MINUTE);
      expect([told(), await statesOf(escape)]).toEqual([1, ["answered"]]);
    });

    test("waits as long again as nobody could reach us, and is sent once more when nobody comes", async () => {
      const { escape, told, pass } = await start();
      const { app } = escape.standby;
      await app.db.deleteFrom("follows").execute();
      const away = 30 * MINUTE;
      escape.clock.advance(away);
      await noteListening(app);
      for (let passed = 0; passed < 2 * away; passed += 5 * MINUTE) {
        await escape.settle();
        expect(told()).toBe(1);
        escape.clock.advance(5 * MINUTE);
      }
      await pass(5 * MINUTE);
      expect(told()).toBe(2);
    });

    test("that was begun ahead by a process that froze is sent by one of two only", async () => {
      const { escape } = await start();
      const { app } = escape.standby;
      const [row] = await app.db.selectFrom("escapes").select(["activity_id", "host"]).execute();
      const telling = { activityId: row?.activity_id ?? 0, host: row?.host ?? "" };
      const unknown = { activityId: 1, host: "nobody.test" };
      const freeze = async () => {
        await app.db.deleteFrom("follows").execute();
        await app.db.updateTable("escapes").set({ state: "waiting", begun_at: null }).execute();
        const frozen = createTellings(app, () => [telling]);
        expect(await frozen.begin(unknown)).toEqual({ type: "over" });
        return frozen;
      };
      const alone = await freeze();
      escape.clock.advance(3 * MINUTE);
      expect(await alone.begin(telling)).toEqual({ type: "go", at: app.clock.now() });

      const frozen = await freeze();
      escape.clock.advance(UNCERTAIN_MS + MINUTE);
      const other = createTellings(app, () => []);
      expect(await other.begin(telling)).toEqual({ type: "go", at: app.clock.now() });
      expect(await frozen.begin(telling)).toMatchObject({ type: "wait" });
    });
  });
});

function movesOf({ deliveries }: Emulator, { oldUri }: EscapeMember): number {
  return deliveries.filter(({ actor, type }) => actor === oldUri && type === "Move").length;
}

async function statesOf({ standby }: Escape): Promise<readonly string[]> {
  return (await standby.app.db.selectFrom("escapes").select("state").execute()).map(({ state }) => state);
}

/** As a crash between the answer and the commit leaves it: begun, and the delivery is there still. */
async function leaveInDoubt({ standby, clock }: Escape, ann: EscapeMember): Promise<void> {
  const { db } = standby.app;
  await db.updateTable("escapes").set({ state: "sent", answered_at: null }).execute();
  for (const row of await db.selectFrom("escapes").selectAll().execute())
    await db
      .insertInto("deliveries")
      .values({
        activity_id: row.activity_id ?? 0,
        actor_id: ann.newId,
        inbox: row.inbox,
        host: row.host,
        order_key: 1,
        run_at: 0,
        attempts: 0,
        dead_at: null,
        fault: null,
        created_at: clock.now(),
      })
      .execute();
  await db.updateTable("hosts").set({ due_at: 0 }).execute();
}
