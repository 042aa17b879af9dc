import { describe, expect, test } from "vitest";
import { viewActor } from "../../server/services/actors/actors.ts";
import { hostState } from "../../server/services/federation/deliveries.ts";
import { listDead, retryDead } from "../../server/store/jobs.ts";
import { findHost, rouseHosts } from "../../server/store/hosts.ts";
import { eachDatabase } from "../support/databases.ts";
import { aNote } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { actorDocument, answerAs, deliver } from "./peer.ts";
import { aSender, DAY, HOUR, MINUTE, toldTo } from "./senders.ts";

eachDatabase((_, open) => {
  const start = async () => {
    const sender = await aSender(await open());
    const { instance, app, mei } = sender;
    /** Says something and lets it be sent. */
    const say = async (source: string) => {
      await aNote(instance, { by: mei, source });
      await drainWithFaults(instance);
    };
    const host = async (name = "far.test") => await findHost(app.db, name);
    return { ...sender, say, host };
  };

  describe("a host that fails", () => {
    test("is left alone after five failures, then asked with one delivery, and gets the rest when that is taken", async () => {
      const { instance, clock, aFollower, say, counts } = await start();
      const far = await aFollower("far.test");
      far.inboxStatus = 500;
      for (let n = 0; n < 9; n++) await say(`n${n}`);
      expect(far.received).toHaveLength(5);
      expect(await counts()).toMatchObject({ ready: 0, delayed: 9 });
      clock.advance(29 * MINUTE);
      await drainWithFaults(instance);
      expect(far.received).toHaveLength(5);
      clock.advance(MINUTE);
      await drainWithFaults(instance);
      expect(far.received).toHaveLength(6);
      clock.advance(HOUR);
      far.inboxStatus = 202;
      await drainWithFaults(instance);
      expect(new Set(toldTo(far).slice(6))).toEqual(
        new Set(Array.from({ length: 9 }, (_unused, n) => `Create n${n}`)),
      );
      expect(await counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
    });

    test("holds up nobody else, and what waits for it costs nothing while it rests", async () => {
      const { instance, app, clock, aFollower, say } = await start();
      await aFollower("far.test");
      const near = await aFollower("near.test");
      instance.network.leave("far.test");
      for (let n = 0; n < 8; n++) await say(`n${n}`);
      expect(near.received).toHaveLength(8);
      const before = await app.db.selectFrom("deliveries").selectAll().orderBy("id").execute();
      clock.advance(20 * MINUTE);
      expect(await instance.worker.drain()).toBe(0);
      expect(await app.db.selectFrom("deliveries").selectAll().orderBy("id").execute()).toEqual(before);
    });

    test("is given up for after ten tries, and each that was given up is shown with its inbox and reason", async () => {
      const { app, clock, aFollower, say, pass, counts } = await start();
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      await say("once");
      await pass(6 * DAY, 6 * HOUR);
      expect(far.received).toHaveLength(10);
      expect(await counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 1 });
      expect(await listDead(app.db)).toEqual([
        expect.objectContaining({
          kind: "deliver",
          tries: 10,
          fault: "https://far.test/inbox: far.test answered with 503",
        }),
      ]);
      expect(clock.now()).toBeGreaterThan(0);
    });

    test("is left alone for as long as it asks", async () => {
      const { instance, clock, aFollower, say } = await start();
      const far = await aFollower("far.test");
      let asked = 0;
      instance.network.join("far.test", () => {
        asked += 1;
        return Promise.resolve(new Response(null, { status: 429, headers: { "retry-after": "3600" } }));
      });
      await say("one");
      await say("two");
      expect(asked).toBe(1);
      clock.advance(59 * MINUTE);
      await drainWithFaults(instance);
      expect(asked).toBe(1);
      clock.advance(MINUTE);
      instance.network.join("far.test", (request) => answerAs(far, request));
      await drainWithFaults(instance);
      expect(toldTo(far)).toEqual(["Create one", "Create two"]);
    });
  });

  describe("a host that was silent for thirty days", () => {
    const silence = async () => {
      const all = await start();
      const far = await all.aFollower("far.test");
      all.instance.network.leave("far.test");
      for (let n = 0; n < 6; n++) await all.say(`n${n}`);
      for (let day = 0; day < 32; day++) {
        await all.say(`day ${day}`);
        await all.pass(DAY, 12 * HOUR);
      }
      return { ...all, far };
    };

    test("is given up, and nothing is written down for it any more", async () => {
      const { app, say, host, counts } = await silence();
      expect((await host())?.dead_at).not.toBeNull();
      expect(await counts()).toMatchObject({ ready: 0, delayed: 0 });
      const rows = () => app.db.selectFrom("deliveries").select("id").execute();
      const before = (await rows()).length;
      await say("into the void");
      expect(await rows()).toHaveLength(before);
      const dead = await listDead(app.db);
      expect(new Set(dead.map(({ fault }) => fault.replace(/^.*?: /, "")))).toEqual(
        new Set(["far.test was away for too long", "far.test has not answered for 30 days"]),
      );
    });

    test("is asked once a day whether it is back, and then gets what is said from now on", async () => {
      const { instance, far, say, pass, host } = await silence();
      const asked: string[] = [];
      instance.network.join("far.test", async (request) => {
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        if (request.method === "GET") return new Response("{}", { status: asked.length > 2 ? 200 : 502 });
        const json = (await request.json()) as Record<string, unknown>;
        far.received.push({ path: "/inbox", headers: request.headers, json });
        return new Response(null, { status: 202 });
      });
      await pass(4 * DAY, 12 * HOUR);
      expect(asked).toEqual(Array.from({ length: 3 }, () => "GET /.well-known/nodeinfo"));
      expect(await host()).toMatchObject({ dead_at: null, retry_at: null, failures: 0 });
      await say("welcome back");
      expect(toldTo(far)).toEqual(["Create welcome back"]);
    });

    test("is tried again when it has been heard of", async () => {
      const { instance, app, clock, far, say, host } = await silence();
      instance.network.join("far.test", (request) => answerAs(far, request));
      const like = {
        id: `${far.actorUri}/likes/1`,
        type: "Like",
        actor: far.actorUri,
        object: app.uris.note(1 as never),
      };
      expect(await deliver(instance, far, like)).toBe(202);
      expect(await host()).toMatchObject({ dead_at: null });
      instance.network.join("far.test", (request) => answerAs(far, request));
      clock.advance(MINUTE);
      await say("so you are there");
      expect(toldTo(far)).toEqual(["Create so you are there"]);
    });
  });

  test("a resting host that has been heard of is tried within a minute, and not for each word it says", async () => {
    const { instance, app, clock, aFollower, say } = await start();
    const far = await aFollower("far.test");
    far.inboxStatus = 500;
    for (let n = 0; n < 6; n++) await say(`n${n}`);
    const before = far.received.length;
    for (let n = 0; n < 20; n++) {
      await rouseHosts(app.db, ["far.test", "well.test"], clock.now());
      await drainWithFaults(instance);
      clock.advance(3_000);
    }
    await drainWithFaults(instance);
    expect(far.received.length - before).toBe(1);
    expect(await hostState(app, "well.test")).toEqual({ signatureSpec: null, retryAt: null });
  });

  describe("an inbox that is gone", () => {
    const personal = async () => {
      const all = await start();
      const far = await all.aFollower("far.test");
      // Of its own: there is no shared one.
      const { endpoints: _shared, ...document } = await actorDocument(far, "eve");
      far.documents.set("/users/eve", document);
      await all.app.db
        .updateTable("actors")
        .set({ shared_inbox_uri: null })
        .where("uri", "=", far.actorUri)
        .execute();
      const followers = async () => (await viewActor(all.app, all.mei.actorId))?.followersCount;
      return { ...all, far, followers };
    };

    test("leads to its actor, and the follow ends when that says so itself", async () => {
      const { far, say, pass, followers } = await personal();
      far.inboxStatus = 410;
      await say("hello?");
      expect(await followers()).toBe(1);
      far.documents.set("/users/eve", new Response(null, { status: 410 }));
      await say("anybody?");
      await pass(2 * HOUR);
      expect(await followers()).toBe(0);
    });

    test("may be not found for a moment; when the actor is not found either, the follow ends", async () => {
      const { far, say, followers } = await personal();
      far.inboxStatus = 404;
      far.documents.set("/users/eve", new Response(null, { status: 404 }));
      await say("one");
      await say("two");
      expect(await followers()).toBe(1);
      await say("three");
      expect(await followers()).toBe(0);
      far.received.length = 0;
      await say("four");
      expect(far.received).toEqual([]);
    });
  });

  test("a delivery that is given up can be given another chance", async () => {
    const { instance, app, clock, aFollower, say, counts } = await start();
    const far = await aFollower("far.test");
    far.inboxStatus = 422;
    await say("mind the format");
    const [dead] = await listDead(app.db);
    far.inboxStatus = 202;
    far.received.length = 0;
    expect(await retryDead(app.db, dead?.id ?? 0, clock.now(), "deliver")).toBe(true);
    expect(await retryDead(app.db, dead?.id ?? 0, clock.now(), "deliver")).toBe(false);
    await drain(instance);
    expect(toldTo(far)).toEqual(["Create mind the format"]);
    expect(await counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
  });
});
