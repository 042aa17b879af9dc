// What each person can do for their own peace, on both databases: here in one place, in depth in the tests of each part.

import { afterEach, describe, expect, it } from "vitest";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { listFollowers, listFollowing } from "../../server/services/actors/actors.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { hideHost } from "../../server/services/relations/hidden-hosts.ts";
import { blockActor, muteActor } from "../../server/services/relations/relationships.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline, localTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const HOUR = 3_600_000;

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app } = instance;
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const home = async () => (await homeTimeline(app, mei, { limit: 20 })).items;
    const heard = async () =>
      (await listNotifications(app, mei, { limit: 20 })).items.filter((one) => one.kind === "mention").length;
    return { instance, app, mei, li, home, heard };
  };

  describe("for one's own peace", () => {
    it("a mute ends by itself at its time", async () => {
      const { instance, app, mei, li, home, heard } = await start();
      await followActor(app, mei, li.actorId);
      await muteActor(app, mei, li.actorId, { forMs: HOUR, hidesNotifications: true });
      await aNote(instance, { by: li, source: "@mei hello" });
      expect([(await home()).length, await heard()]).toEqual([0, 0]);
      instance.clock.advance(HOUR + 1);
      expect([(await home()).length, await heard()]).toEqual([1, 1]);
    });

    it("a block ends all sight of each other", async () => {
      const { instance, app, mei, li } = await start();
      const note = await aNote(instance, { by: mei });
      await blockActor(app, mei, li.actorId);
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
      const seen = (await localTimeline(app, li, { limit: 5 })).items;
      expect(seen.filter(({ note: one }) => one.author.id === mei.actorId)).toEqual([]);
    });

    it("a hidden server is neither seen nor heard", async () => {
      const { instance, app, mei, heard } = await start();
      const zoe = await aRemoteActor(instance, "zoe");
      const change = { publishedAt: instance.clock.now(), mentionUris: [app.uris.actor(mei.actorId)] };
      await receiveNote(app, aReceivedNote(zoe, "one", change), "delivered");
      expect(await heard()).toBe(1);
      await hideHost(app, mei, new URL(zoe.uri).host);
      await receiveNote(app, aReceivedNote(zoe, "two", change), "delivered");
      expect(await heard()).toBe(0);
    });

    it("a filter covers what one does not want to read", async () => {
      const { instance, app, mei, li, home } = await start();
      await followActor(app, mei, li.actorId);
      await createFilter(app, mei, {
        title: "Rain",
        contexts: ["home"],
        action: "hide",
        keywords: [{ keyword: "rain", wholeWord: true }],
      });
      await aNote(instance, { by: li, source: "ra\u200bin again" });
      await aNote(instance, { by: li, source: "sun" });
      const shown = (await home()).filter((one) => one.note.filtered === null);
      const words = shown.map(({ note }) => note.contentHtml).join();
      expect(words).toContain("sun");
      expect(words).not.toContain("again");
    });

    it("followers are nobody's business when one says so", async () => {
      const { app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      expect((await listFollowers(app, null, mei.actorId, { limit: 5 })).items).toHaveLength(1);
      await updateProfile(app, mei, { hidesRelations: true });
      expect((await listFollowers(app, null, mei.actorId, { limit: 5 })).items).toEqual([]);
      expect((await listFollowing(app, li, mei.actorId, { limit: 5 })).items).toEqual([]);
      expect((await listFollowers(app, mei, mei.actorId, { limit: 5 })).items).toHaveLength(1);
    });

    it("only those answer a note whom its author lets", async () => {
      const { instance, mei, li } = await start();
      const note = await aNote(instance, {
        by: mei,
        policy: { reply: { automatic: "nobody", manual: "nobody" } },
      });
      await expect(aNote(instance, { by: li, replyTo: note.id })).rejects.toMatchObject({
        kind: "forbidden",
      });
      const free = await aNote(instance, { by: mei });
      expect((await aNote(instance, { by: li, replyTo: free.id })).replyTo?.id).toBe(free.id);
    });
  });
});
