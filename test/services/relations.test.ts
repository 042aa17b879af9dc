import { afterEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId } from "../../server/domain/ids.ts";
import {
  findRelationship,
  listFollowers,
  listFollowing,
  viewActor,
} from "../../server/services/actors/actors.ts";
import {
  answerFollowRequest,
  followActor,
  listFollowRequests,
  removeFollower,
  unfollowActor,
} from "../../server/services/relations/follows.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import {
  countUnread,
  listNotifications,
  markRead,
} from "../../server/services/notifications/notifications.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import {
  announceNote,
  likeNote,
  unannounceNote,
  unlikeNote,
} from "../../server/services/reactions/reactions.ts";
import {
  blockActor,
  listBlocks,
  listMutes,
  muteActor,
  unblockActor,
  unmuteActor,
} from "../../server/services/relations/relationships.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline, localTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";

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
    const told = async (who: Viewer) =>
      (await listNotifications(app, who, {})).items.map((item) => `${item.kind} ${item.actor.username}`);
    const counts = async (who: Viewer) => {
      const actor = await viewActor(app, who.actorId);
      return [actor?.followersCount, actor?.followingCount];
    };
    return { instance, app, clock: instance.clock, mei, li, told, counts };
  };

  describe("following", () => {
    it("counts once however often it is asked for, also at once, and can be taken back", async () => {
      const { app, mei, li, told, counts } = await start();
      await Promise.all([1, 2, 3, 4].map(() => followActor(app, li, mei.actorId)));
      expect([await counts(mei), await counts(li)]).toEqual([
        [1, 0],
        [0, 1],
      ]);
      expect(await told(mei)).toEqual(["follow li"]);
      expect((await listFollowers(app, null, mei.actorId, {})).items.map((actor) => actor.username)).toEqual([
        "li",
      ]);
      expect((await listFollowing(app, null, li.actorId, {})).items.map((actor) => actor.username)).toEqual([
        "mei",
      ]);
      await Promise.all([1, 2, 3].map(() => unfollowActor(app, li, mei.actorId)));
      expect([await counts(mei), await counts(li)]).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(await told(mei)).toEqual([]);
    });

    it("is neither of oneself nor of nobody", async () => {
      const { app, mei } = await start();
      await expect(followActor(app, mei, mei.actorId)).rejects.toMatchObject({ kind: "invalid" });
      await expect(followActor(app, mei, asId(1))).rejects.toMatchObject({ kind: "not_found" });
    });

    it("of a locked profile waits for an answer, which only its owner gives", async () => {
      const { instance, app, mei, li, told, counts } = await start();
      await updateProfile(app, mei, { locked: true });
      const note = await aNote(instance, { by: mei, visibility: "followers", source: "for followers" });
      expect(await followActor(app, li, mei.actorId)).toMatchObject({ following: "pending" });
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
      expect((await homeTimeline(app, li, {})).items).toEqual([]);
      expect(await counts(mei)).toEqual([0, 0]);
      expect(await told(mei)).toEqual(["follow_request li"]);
      await expect(answerFollowRequest(app, li, mei.actorId, "accept")).rejects.toMatchObject({
        kind: "not_found",
      });
      expect((await listFollowRequests(app, mei, {})).items.map((actor) => actor.username)).toEqual(["li"]);
      const answers = await Promise.allSettled(
        [1, 2, 3].map(() => answerFollowRequest(app, mei, li.actorId, "accept")),
      );
      expect(answers.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
      expect(await counts(mei)).toEqual([1, 0]);
      expect([await told(mei), await told(li)]).toEqual([["follow li"], ["follow_accepted mei"]]);
      expect((await viewNote(app, li, note.id)).id).toBe(note.id);
    });

    it("ends for good when refused or removed, and old notes for followers are hidden from then on", async () => {
      const { instance, app, mei, li, told, counts } = await start();
      await followActor(app, li, mei.actorId);
      const note = await aNote(instance, { by: mei, visibility: "followers" });
      await viewNote(app, li, note.id);
      await removeFollower(app, mei, li.actorId);
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
      expect([await counts(mei), await counts(li), await told(mei)]).toEqual([[0, 0], [0, 0], []]);
      await updateProfile(app, mei, { locked: true });
      await followActor(app, li, mei.actorId);
      await answerFollowRequest(app, mei, li.actorId, "reject");
      expect([await told(mei), await told(li), (await listFollowRequests(app, mei, {})).items]).toEqual([
        [],
        [],
        [],
      ]);
      expect(await findRelationship(app, li, mei.actorId)).toMatchObject({ following: "no" });
    });
  });

  describe("blocking", () => {
    it("ends follows and requests both ways and hides each from the other everywhere", async () => {
      const { instance, app, mei, li, told, counts } = await start();
      const { viewer: bo } = await aMember(instance, "bo");
      await followActor(app, mei, li.actorId);
      await followActor(app, li, mei.actorId);
      const byMei = await aNote(instance, { by: mei });
      const byLi = await aNote(instance, { by: li, replyTo: byMei.id });
      await announceNote(app, li, byMei.id);
      await Promise.all([1, 2, 3].map(() => blockActor(app, mei, li.actorId)));
      expect([await counts(mei), await counts(li)]).toEqual([
        [0, 0],
        [0, 0],
      ]);
      for (const [who, theirs, other] of [
        [mei, byLi, li],
        [li, byMei, mei],
      ] as const) {
        await expect(viewNote(app, who, theirs.id)).rejects.toMatchObject({ kind: "not_found" });
        await expect(likeNote(app, who, theirs.id)).rejects.toMatchObject({ kind: "not_found" });
        await expect(aNote(instance, { by: who, replyTo: theirs.id })).rejects.toMatchObject({
          kind: "not_found",
        });
        await expect(followActor(app, who, other.actorId)).rejects.toMatchObject({ kind: "forbidden" });
        const lists = [
          await localTimeline(app, who, {}),
          await homeTimeline(app, who, {}),
          await profileTimeline(app, who, other.actorId, {}),
        ];
        expect(
          lists.flatMap((list) => list.items).filter((entry) => entry.note.author.id === other.actorId),
        ).toEqual([]);
      }
      expect((await viewThread(app, mei, byMei.id)).replies).toEqual([]);
      expect((await viewThread(app, bo, byMei.id)).replies).toHaveLength(1);
      expect(await told(mei)).toEqual([]);
      expect(await told(li)).toEqual([]);
    });

    it("shows in the relation of each, is listed for the blocker alone, and lifting it brings no follow back", async () => {
      const { app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      expect(await blockActor(app, mei, li.actorId)).toMatchObject({ blocking: true, followedBy: false });
      expect(await findRelationship(app, li, mei.actorId)).toMatchObject({
        blockedBy: true,
        following: "no",
      });
      expect((await listBlocks(app, mei, {})).items.map((actor) => actor.username)).toEqual(["li"]);
      expect((await listBlocks(app, li, {})).items).toEqual([]);
      await unblockActor(app, li, mei.actorId);
      expect((await findRelationship(app, mei, li.actorId)).blocking).toBe(true);
      expect(await unblockActor(app, mei, li.actorId)).toMatchObject({ blocking: false, followedBy: false });
      await expect(blockActor(app, mei, mei.actorId)).rejects.toMatchObject({ kind: "invalid" });
    });

    it("keeps mentions by the blocked away, though they are written", async () => {
      const { instance, app, mei, li, told } = await start();
      await blockActor(app, mei, li.actorId);
      await aNote(instance, { by: li, source: "@mei hello?" });
      expect(await told(mei)).toEqual([]);
      expect(await countUnread(app, mei)).toBe(0);
    });
  });

  describe("muting", () => {
    it("hides notes, boosts and notifications from the muter, and shows in no way to the muted", async () => {
      const { instance, app, mei, li, told } = await start();
      const { viewer: bo } = await aMember(instance, "bo");
      for (const target of [li, bo]) await followActor(app, mei, target.actorId);
      const byLi = await aNote(instance, { by: li, source: "@mei look" });
      await announceNote(app, bo, byLi.id);
      expect(await muteActor(app, mei, li.actorId)).toMatchObject({ muting: true, following: "accepted" });
      await muteActor(app, mei, li.actorId);
      expect((await homeTimeline(app, mei, {})).items).toEqual([]);
      expect((await localTimeline(app, mei, {})).items).toEqual([]);
      expect([await told(mei), await countUnread(app, mei)]).toEqual([[], 0]);
      expect((await viewNote(app, mei, byLi.id)).id).toBe(byLi.id);
      expect(await findRelationship(app, li, mei.actorId)).toMatchObject({
        followedBy: true,
        blockedBy: false,
        muting: false,
      });
      expect((await listMutes(app, mei, {})).items).toHaveLength(1);
      await unmuteActor(app, mei, li.actorId);
      expect((await homeTimeline(app, mei, {})).items).toHaveLength(2);
      expect(await told(mei)).toEqual(["mention li"]);
    });
  });

  describe("notifications", () => {
    it("tell the author of answers, likes and boosts, the named of mentions, nobody of their own doings", async () => {
      const { instance, app, mei, li, told } = await start();
      const { viewer: bo } = await aMember(instance, "bo");
      const note = await aNote(instance, { by: mei, source: "@mei @bo hello" });
      await aNote(instance, { by: li, source: "an answer without names", replyTo: note.id });
      await aNote(instance, { by: li, source: "@mei @bo an answer with names", replyTo: note.id });
      for (const react of [likeNote, announceNote])
        for (const who of [mei, li]) await react(app, who, note.id);
      expect(await told(mei)).toEqual(["announce li", "like li", "reply li", "reply li"]);
      expect(await told(bo)).toEqual(["mention li", "mention mei"]);
      expect(await told(li)).toEqual([]);
    });

    it("do not tell of a private answer that is not for one's eyes", async () => {
      const { instance, app, mei, li, told } = await start();
      const note = await aNote(instance, { by: mei });
      await aNote(instance, {
        by: li,
        source: "behind your back",
        replyTo: note.id,
        visibility: "followers",
      });
      expect(await told(mei)).toEqual([]);
      expect(await countUnread(app, mei)).toBe(0);
      expect((await viewThread(app, mei, note.id)).replies).toEqual([]);
    });

    it("are unread until marked, are taken back with what they told of, and come once for a repeated like", async () => {
      const { instance, app, clock, mei, li, told } = await start();
      const note = await aNote(instance, { by: mei });
      await Promise.all([1, 2, 3].map(() => likeNote(app, li, note.id)));
      await announceNote(app, li, note.id);
      const reply = await aNote(instance, { by: li, source: "@mei yes", replyTo: note.id });
      expect(await countUnread(app, mei)).toBe(3);
      clock.advance(1000);
      await markRead(app, mei);
      expect(await countUnread(app, mei)).toBe(0);
      expect((await listNotifications(app, mei, {})).items.every((item) => item.read)).toBe(true);
      await unlikeNote(app, li, note.id);
      await unannounceNote(app, li, note.id);
      await deleteNote(app, li, reply.id);
      expect(await told(mei)).toEqual([]);
      expect(await viewNote(app, mei, note.id)).toMatchObject({
        likesCount: 0,
        announcesCount: 0,
        repliesCount: 0,
      });
      clock.advance(1000);
      await likeNote(app, li, note.id);
      expect(await countUnread(app, mei)).toBe(1);
      await deleteNote(app, mei, note.id);
      expect([await told(mei), await countUnread(app, mei)]).toEqual([[], 0]);
    });

    it("are paged newest first without gaps or repeats", async () => {
      const { instance, app, mei, li } = await start();
      const notes = [];
      for (let i = 0; i < 7; i++) notes.push(await aNote(instance, { by: mei }));
      for (const note of notes) await likeNote(app, li, note.id);
      const first = await listNotifications(app, mei, { limit: 3 });
      const second = await listNotifications(app, mei, { limit: 3, before: first.older ?? 0 });
      const third = await listNotifications(app, mei, { limit: 3, before: second.older ?? 0 });
      const seen = [first, second, third].flatMap((page) => page.items.map((item) => item.note?.id));
      expect(seen).toEqual(notes.map((note) => note.id).toReversed());
      expect(third.older).toBeNull();
    });
  });
});
