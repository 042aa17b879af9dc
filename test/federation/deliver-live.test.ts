import { describe, expect, test } from "vitest";
import { enqueue } from "../../server/store/jobs.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { answerAs } from "./peer.ts";
import { aSender, toldTo } from "./senders.ts";

/** Resolves once `isSo`; what is waited for happens by itself. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setImmediate(next));
}

/** A host that answers when it is told to, and knows how many wait at once. */
function aGate(status = 202) {
  const waiting: (() => void)[] = [];
  const bodies: string[] = [];
  let most = 0;
  return {
    bodies,
    most: () => most,
    waiting: () => waiting.length,
    answerAll: () => waiting.splice(0).forEach((answer) => answer()),
    answer: async (request: Request): Promise<Response> => {
      bodies.push(await request.text());
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      most = Math.max(most, waiting.length);
      await promise;
      return new Response(null, { status });
    },
  };
}

eachDatabase((_, open) => {
  describe("a sender at work", () => {
    test("lets a host that does not answer hold up its own four deliveries and nobody else's", async () => {
      const { instance, mei, aFollower } = await aSender(await open());
      const near = await aFollower("near.test");
      const gate = aGate();
      for (const name of ["a", "b", "c", "d", "e", "f"]) {
        const peer = await aFollower("slow.test", name);
        // Inboxes of their own, so that nothing but the host holds them together.
        await instance.app.db
          .updateTable("actors")
          .set({ shared_inbox_uri: null })
          .where("uri", "=", peer.actorUri)
          .execute();
      }
      instance.network.join("slow.test", gate.answer);
      await instance.start();
      await aNote(instance, { by: mei, source: "one" });
      await until(() => gate.waiting() === 4 && near.received.length === 1);
      await aNote(instance, { by: mei, source: "two" });
      await until(() => near.received.length === 2);
      expect(toldTo(near)).toEqual(["Create one", "Create two"]);
      expect([gate.most(), gate.bodies.length]).toEqual([4, 4]);
      while (gate.bodies.length < 12) {
        gate.answerAll();
        await new Promise((next) => setImmediate(next));
      }
      gate.answerAll();
      expect(gate.most()).toBe(4);
      await instance.stop(5_000);
      expect(await instance.app.db.selectFrom("deliveries").select("id").execute()).toEqual([]);
    });

    test("sends one after another what one person says to one inbox, and beside it what others say", async () => {
      const { instance, mei, aFollower } = await aSender(await open());
      const { viewer: ben } = await aMember(instance, "ben");
      await aFollower("far.test");
      await aFollower("far.test", "zoe", ben);
      const gate = aGate();
      instance.network.join("far.test", gate.answer);
      await instance.start();
      for (const source of ["one", "two"]) await aNote(instance, { by: mei, source });
      await aNote(instance, { by: ben, source: "three" });
      await until(() => gate.waiting() === 2);
      const first = gate.bodies.map((body) => /one|two|three/.exec(body)?.[0]);
      expect(first.toSorted()).toEqual(["one", "three"]);
      gate.answerAll();
      await until(() => gate.bodies.length === 3);
      gate.answerAll();
      await instance.stop(5_000);
    });

    test("gives back what it could not finish in time, and after its next start sends it under the same id", async () => {
      const database = await open();
      const { instance, mei, aFollower } = await aSender(database);
      const far = await aFollower("far.test");
      const gate = aGate();
      instance.network.join("far.test", gate.answer);
      await instance.start();
      await aNote(instance, { by: mei, source: "one" });
      await aNote(instance, { by: mei, source: "two" });
      await until(() => gate.waiting() === 1);
      await instance.stop(1);
      const held = await database.db.selectFrom("hosts").select("lease_owner").execute();
      expect(held.every((row) => row.lease_owner === null)).toBe(true);
      instance.network.join("far.test", (request) => answerAs(far, request));
      await instance.start();
      await until(() => far.received.length === 2);
      await instance.stop(5_000);
      expect(toldTo(far)).toEqual(["Create one", "Create two"]);
      const begun = JSON.parse(gate.bodies[0] ?? "{}") as { id: string };
      expect(far.received[0]?.json["id"]).toBe(begun.id);
    });
  });

  test("deliveries that an earlier version left as jobs are sent", async () => {
    const { instance, app, mei, aFollower } = await aSender(await open());
    const far = await aFollower("far.test");
    const uri = app.uris.activity(7);
    const row = { id: 7, uri, actor_id: mei.actorId, body: JSON.stringify({ id: uri, type: "Announce" }) };
    await app.db
      .insertInto("activities")
      .values({ ...row, public: 1, created_at: app.clock.now() })
      .execute();
    for (const activityId of [7, 8])
      await enqueue(app.db, {
        id: app.ids.next(),
        now: app.clock.now(),
        kind: "deliver",
        payload: { activityId, inbox: "https://far.test/inbox" },
      });
    await drain(instance);
    expect(far.received.map(({ json }) => json["id"])).toEqual([uri]);
  });
});
