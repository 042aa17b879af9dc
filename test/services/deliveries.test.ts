import { afterEach, describe, expect, it } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { hostState, recordDelivery, storeActivity } from "../../server/services/federation/deliveries.ts";
import { createAcceptance, finishInbox, takeFromInbox } from "../../server/services/federation/inbox.ts";
import { receiveFollow } from "../../server/services/relations/follows.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { blockDomain, isBlockedHost, unblockDomain } from "../../server/services/moderation/domains.ts";
import { viewActor } from "../../server/services/actors/actors.ts";
import { jobCounts } from "../../server/store/jobs.ts";
import { createPeer, deliver, type Peer } from "../federation/peer.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const typesOf = (peer: Peer) => peer.received.map(({ json }) => json["type"]);

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app, clock } = instance;
    const { viewer: mei } = await aMember(instance, "mei");
    /** A server with a follower of mei. */
    const aFollower = async (host: string): Promise<Peer> => {
      const peer = await createPeer(instance, host);
      await receiveFollow(app, {
        uri: `${peer.actorUri}/f`,
        actorUri: peer.actorUri,
        objectUri: app.uris.actor(mei.actorId),
      });
      await drain(instance);
      peer.received.length = 0;
      return peer;
    };
    /** Time passes in steps, and what became due is done. */
    const pass = async (ms: number, step = HOUR) => {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(step);
        await drainWithFaults(instance);
      }
    };
    const waiting = async () => {
      const counts = await jobCounts(app.db, clock.now());
      return { open: counts.ready + counts.delayed, dead: counts.dead };
    };
    return { instance, app, clock, mei, aFollower, pass, waiting };
  };

  describe("the breaker of a host", () => {
    it("opens after five failures within ten minutes, for half an hour, and doubles up to a day", async () => {
      const { app, clock } = await start();
      const rest = async () => {
        const { retryAt } = await hostState(app, "far.test");
        return retryAt === null ? null : (retryAt - clock.now()) / MINUTE;
      };
      for (let i = 0; i < 4; i++) await recordDelivery(app, "far.test", "failed");
      expect(await rest()).toBeNull();
      await recordDelivery(app, "far.test", "failed");
      const rests = [await rest()];
      for (let i = 0; i < 7; i++) {
        clock.advance((rests.at(-1) ?? 0) * MINUTE);
        await recordDelivery(app, "far.test", "failed");
        rests.push(await rest());
      }
      expect(rests).toEqual([30, 60, 120, 240, 480, 960, 1440, 1440]);
      expect((await hostState(app, "near.test")).retryAt).toBeNull();
    });

    it("closes with the first success and then needs five failures again", async () => {
      const { app } = await start();
      for (let i = 0; i < 7; i++) await recordDelivery(app, "far.test", "failed");
      await recordDelivery(app, "far.test", "ok", "rfc9421");
      expect(await hostState(app, "far.test")).toEqual({ signatureSpec: "rfc9421", retryAt: null });
      for (let i = 0; i < 4; i++) await recordDelivery(app, "far.test", "failed");
      expect(await hostState(app, "far.test")).toEqual({ signatureSpec: "rfc9421", retryAt: null });
    });

    it("stays closed when failures are rare", async () => {
      const { app, clock } = await start();
      for (let i = 0; i < 20; i++) {
        await recordDelivery(app, "far.test", "failed");
        clock.advance(6 * MINUTE);
      }
      expect((await hostState(app, "far.test")).retryAt).toBeNull();
    });

    it("holds deliveries back without asking the host, lets others through, and all arrive in the end", async () => {
      const { instance, app, mei, aFollower, pass, waiting } = await start();
      const far = await aFollower("far.test");
      const near = await aFollower("near.test");
      for (let i = 0; i < 6; i++) await recordDelivery(app, "far.test", "failed");
      for (const source of ["one", "two"]) {
        await aNote(instance, { by: mei, source });
        await drain(instance);
      }
      expect([far.received.length, near.received.length]).toEqual([0, 2]);
      await pass(3 * HOUR);
      expect(far.received.map(({ json }) => JSON.stringify(json).match(/one|two/)?.[0])).toEqual([
        "one",
        "two",
      ]);
      expect(await waiting()).toEqual({ open: 0, dead: 0 });
    });
  });

  describe("a delivery", () => {
    it("that failed is sent again under the same id until it is taken, and then no more", async () => {
      const { instance, mei, aFollower, pass, waiting } = await start();
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      await aNote(instance, { by: mei });
      await drainWithFaults(instance);
      await pass(HOUR, 20 * MINUTE);
      const failed = far.received.length;
      far.inboxStatus = 202;
      await pass(12 * HOUR);
      expect(failed).toBeGreaterThan(1);
      expect(far.received).toHaveLength(failed + 1);
      expect(new Set(far.received.map(({ json }) => json["id"])).size).toBe(1);
      expect(await waiting()).toEqual({ open: 0, dead: 0 });
    });

    it("comes to one inbox after what was said before, also when many are waiting", async () => {
      const { instance, app, clock, mei, aFollower } = await start();
      const far = await aFollower("far.test");
      const expected: string[] = [];
      for (let i = 0; i < 4; i++) {
        const note = await aNote(instance, { by: mei, source: `note ${i}` });
        clock.advance(1000);
        await editNote(app, mei, { noteId: note.id, source: `changed ${i}` });
        expected.push(`Create ${i}`, `Update ${i}`);
        // Written down as activities, but not yet sent.
        await drain(instance);
      }
      const said = far.received.map(
        ({ json }) =>
          `${String(json["type"])} ${/(?:note|changed) (\d)/.exec(JSON.stringify(json))?.[1] ?? ""}`,
      );
      expect(said).toEqual(expected);
    });

    it("of a note that was deleted meanwhile is not made any more: the Delete alone goes out", async () => {
      const { instance, app, mei, aFollower, pass } = await start();
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      const note = await aNote(instance, { by: mei, source: "regretted" });
      await drainWithFaults(instance);
      far.received.length = 0;
      far.inboxStatus = 202;
      await deleteNote(app, mei, note.id);
      await pass(6 * HOUR);
      expect(typesOf(far)).toEqual(["Delete"]);
    });

    it("to a host that is gone is final, and the next ones are still tried", async () => {
      const { instance, mei, aFollower, pass, waiting } = await start();
      const far = await aFollower("far.test");
      for (const status of [410, 404]) {
        far.inboxStatus = status;
        await aNote(instance, { by: mei });
        await drainWithFaults(instance);
      }
      await pass(6 * HOUR);
      expect(far.received).toHaveLength(2);
      expect(await waiting()).toEqual({ open: 0, dead: 0 });
    });

    it("is written down once, however often its job runs", async () => {
      const { instance, app, mei, aFollower } = await start();
      const far = await aFollower("far.test");
      const id = asId<Parameters<typeof storeActivity>[1]["id"]>(app.ids.next());
      const activity = {
        id,
        uri: app.uris.activity(id),
        actorId: mei.actorId,
        public: true,
        inboxes: ["https://far.test/inbox"],
      };
      const body = JSON.stringify({ id: activity.uri, type: "Announce" });
      await Promise.all([1, 2, 3, 4].map(() => storeActivity(app, { ...activity, body })));
      await drain(instance);
      expect(far.received).toHaveLength(1);
    });
  });

  describe("the inbox", () => {
    it("takes each activity of an actor once, at once or later, and the same id of another actor too", async () => {
      const { app, clock } = await start();
      const activity = {
        actorUri: "https://far.test/users/a",
        activityUri: "https://far.test/1",
        body: "{}",
        mayRepeat: false,
        voucher: "signature",
        signerUri: null,
      } as const;
      const accept = createAcceptance(app);
      const taken = await Promise.all(Array.from({ length: 10 }, () => accept(activity)));
      expect(taken.filter((outcome) => outcome === "stored")).toHaveLength(1);
      const row = await app.db.selectFrom("inbox").select("id").executeTakeFirstOrThrow();
      const waiting = await takeFromInbox(app, row.id);
      expect(waiting).toMatchObject({ actorUri: activity.actorUri });
      if (waiting !== null) await finishInbox(app, row.id, waiting);
      expect(await takeFromInbox(app, row.id)).toBeNull();
      clock.advance(400 * 24 * HOUR);
      expect(await accept(activity)).toBe("duplicate");
      expect(await accept({ ...activity, actorUri: "https://far.test/users/b" })).toBe("stored");
    });

    it("takes what may repeat again once it was handled, and not before", async () => {
      const { app } = await start();
      const follow = {
        actorUri: "https://far.test/users/a",
        activityUri: "https://far.test/follows/1/2",
        body: "{}",
        mayRepeat: true,
        voucher: "signature",
        signerUri: null,
      } as const;
      const accept = createAcceptance(app);
      expect(await accept(follow)).toBe("stored");
      expect(await accept(follow)).toBe("duplicate");
      const row = await app.db.selectFrom("inbox").select("id").executeTakeFirstOrThrow();
      const waiting = await takeFromInbox(app, row.id);
      if (waiting !== null) await finishInbox(app, row.id, waiting);
      expect(await accept({ ...follow, voucher: "proof" })).toBe("duplicate");
      expect(await accept(follow)).toBe("stored");
      const again = await app.db.selectFrom("inbox").select("id").executeTakeFirstOrThrow();
      expect(await takeFromInbox(app, again.id)).not.toBeNull();
    });
  });

  describe("a blocked domain", () => {
    it("is neither delivered to nor accepted from nor asked, subdomains included, until it is unblocked", async () => {
      const { instance, app, mei, aFollower, pass } = await start();
      const far = await aFollower("far.test");
      const sub = await aFollower("sub.far.test");
      const near = await aFollower("notfar.test");
      expect(await blockDomain(app, { domain: "FAR.test." })).toBe("far.test");
      await aNote(instance, { by: mei });
      await drain(instance);
      expect([far, sub, near].map((peer) => peer.received.length)).toEqual([0, 0, 1]);
      const eve = await createPeer(instance, "new.far.test");
      const follow = (peer: Peer, name: string) => ({
        id: `${peer.actorUri}/${name}`,
        type: "Follow",
        actor: peer.actorUri,
        object: app.uris.actor(mei.actorId),
      });
      for (const peer of [far, sub, eve])
        expect(await deliver(instance, peer, follow(peer, "again"))).toBe(403);
      await drain(instance);
      expect(eve.asked).toEqual([]);
      expect((await viewActor(app, mei.actorId))?.followersCount).toBe(1);
      await unblockDomain(app, { domain: "far.test" });
      expect(await deliver(instance, eve, follow(eve, "f"))).toBe(202);
      await pass(HOUR);
      expect((await viewActor(app, mei.actorId))?.followersCount).toBe(2);
      expect(far.received).toEqual([]);
    });

    it("is one domain however it is spelled, never a whole top-level one, never our own", async () => {
      const { app } = await start();
      for (const domain of [
        "bad.test",
        "BAD.TEST",
        "bad.test.",
        "https://bad.test/",
        "bad.test:443",
        "bad.test:8443",
        "*.bad.test",
      ]) {
        expect(await blockDomain(app, { domain }), domain).toBe("bad.test");
        await unblockDomain(app, { domain });
      }
      expect(await blockDomain(app, { domain: "bücher.test" })).toBe("xn--bcher-kva.test");
      await blockDomain(app, { domain: "bad.test" });
      for (const host of ["bad.test", "x.bad.test", "BAD.test:8443", "bad.test."])
        expect(await isBlockedHost(app, host), host).toBe(true);
      for (const host of ["notbad.test", "bad.test.example", "test"])
        expect(await isBlockedHost(app, host), host).toBe(false);
      for (const domain of [
        "com",
        "com.",
        "home.test",
        "test",
        "HOME.test:443",
        "bad.test/path",
        "user@bad.test",
        "",
      ])
        await expect(blockDomain(app, { domain }), domain).rejects.toMatchObject({ kind: "invalid" });
      await expect(blockDomain(app, { domain: "bad.test" })).rejects.toMatchObject({ kind: "conflict" });
    });

    it("gets nothing of what was already on its way", async () => {
      const { instance, app, mei, aFollower, pass } = await start();
      const far = await aFollower("far.test");
      far.inboxStatus = 503;
      await aNote(instance, { by: mei });
      await drainWithFaults(instance);
      far.received.length = 0;
      await blockDomain(app, { domain: "far.test" });
      await pass(6 * HOUR);
      expect(far.received).toEqual([]);
    });
  });
});
