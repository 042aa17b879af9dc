import { afterEach, describe, expect, it } from "vitest";
import type { MessageSenders } from "../../server/domain/preferences.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { updatePreferences } from "../../server/services/accounts/preferences.ts";
import { listConversations, listLeft } from "../../server/services/conversations/conversations.ts";
import {
  answerNotificationRequests,
  listNotificationRequests,
} from "../../server/services/notifications/notification-requests.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { muteThread, unmuteThread } from "../../server/services/threads/muted-threads.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app } = instance;
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const choose = async (messagesFrom: MessageSenders) =>
      await updatePreferences(app, mei, { messagesFrom });
    const write = async (by: Viewer, source: string, replyTo?: Awaited<ReturnType<typeof aNote>>) =>
      await aNote(instance, {
        by,
        source,
        visibility: "direct",
        ...(replyTo === undefined ? {} : { replyTo: replyTo.id }),
      });
    const heard = async () =>
      (await listNotifications(app, mei, { limit: 20 })).items.filter((one) =>
        ["mention", "reply"].includes(one.kind),
      ).length;
    const lines = async () => (await listConversations(app, mei, { limit: 20 })).items.length;
    const waiting = async () => (await listNotificationRequests(app, mei, { limit: 20 })).items;
    return { instance, app, mei, li, choose, write, heard, lines, waiting };
  };

  describe("who may write in private", () => {
    it("is everyone at first", async () => {
      const { li, write, heard, lines } = await start();
      await write(li, "@mei hello");
      expect([await heard(), await lines()]).toEqual([1, 1]);
    });

    it("lets others wait when it is people one follows, and lets them in by a request", async () => {
      const { app, mei, li, choose, write, heard, lines, waiting } = await start();
      await choose("followed");
      const first = await write(li, "@mei hello");
      expect([await heard(), await lines()]).toEqual([0, 0]);
      const [request] = await waiting();
      expect(request?.actor.id).toBe(li.actorId);
      await answerNotificationRequests(app, mei, {
        ids: request === undefined ? [] : [request.id],
        accept: true,
      });
      expect(await lines()).toBe(1);
      await write(li, "@mei and again", first);
      expect([await heard(), await lines()]).toEqual([2, 1]);
    });

    it("lets people through whom one follows", async () => {
      const { app, mei, li, choose, write, heard, lines } = await start();
      await followActor(app, mei, li.actorId);
      await choose("followed");
      await write(li, "@mei hello");
      expect([await heard(), await lines()]).toEqual([1, 1]);
    });

    it("tells of nothing when it is nobody, and says so to nobody", async () => {
      const { instance, app, mei, li, choose, write, heard, lines, waiting } = await start();
      await followActor(app, mei, li.actorId);
      await choose("nobody");
      expect((await write(li, "@mei hello")).visibility).toBe("direct");
      const zoe = await aRemoteActor(instance, "zoe");
      const change = {
        visibility: "direct",
        publishedAt: instance.clock.now(),
        mentionUris: [app.uris.actor(mei.actorId)],
      } as const;
      await receiveNote(app, aReceivedNote(zoe, "one", change), "delivered");
      expect([await heard(), await lines(), (await waiting()).length]).toEqual([0, 0, 0]);
    });

    it("never stops answers in a conversation that one began, whoever is answered there", async () => {
      const { instance, mei, li, choose, write, heard, lines } = await start();
      const { viewer: bo } = await aMember(instance, "bo");
      await choose("nobody");
      const first = await write(mei, "@li @bo shall we?");
      const answer = await write(li, "@mei @bo yes", first);
      expect([await heard(), await lines()]).toEqual([1, 1]);
      await write(bo, "@li @mei me too", answer);
      expect(await heard()).toBe(2);
    });

    it("says nothing of notes that everybody may see", async () => {
      const { instance, li, choose, heard } = await start();
      await choose("nobody");
      await aNote(instance, { by: li, source: "@mei hello" });
      expect(await heard()).toBe(1);
    });
  });

  describe("leaving a conversation", () => {
    it("ends its lines and its notifications until one comes back", async () => {
      const { app, mei, li, write, heard, lines } = await start();
      const first = await write(li, "@mei hello");
      await muteThread(app, mei, first.id);
      expect(await lines()).toBe(0);
      const second = await write(li, "@mei still there?", first);
      expect([await heard(), await lines()]).toEqual([1, 0]);
      expect((await listLeft(app, mei)).map(({ id }) => id)).toEqual([first.id]);
      await unmuteThread(app, mei, second.id);
      expect((await listConversations(app, mei, { limit: 5 })).items[0]?.last.id).toBe(second.id);
      await write(li, "@mei good", second);
      expect([await heard(), await lines()]).toEqual([2, 1]);
      expect(await listLeft(app, mei)).toEqual([]);
    });

    it("changes nothing for the others, and is nobody's business who cannot see it", async () => {
      const { instance, app, mei, li, write } = await start();
      const first = await write(li, "@mei hello");
      await muteThread(app, mei, first.id);
      expect((await listConversations(app, li, { limit: 5 })).items).toHaveLength(1);
      expect((await viewNote(app, mei, first.id)).id).toBe(first.id);
      const { viewer: bo } = await aMember(instance, "bo");
      await expect(muteThread(app, bo, first.id)).rejects.toMatchObject({ kind: "not_found" });
      await expect(unmuteThread(app, bo, first.id)).rejects.toMatchObject({ kind: "not_found" });
    });
  });
});
