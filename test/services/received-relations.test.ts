import { afterEach, describe, expect, it } from "vitest";
import type { Visibility } from "../../server/domain/visibility.ts";
import { findRelationship, receiveActor, viewActor } from "../../server/services/actors/actors.ts";
import {
  answerFollowRequest,
  followActor,
  receiveAccept,
  receiveFollow,
  receiveReject,
} from "../../server/services/relations/follows.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { receiveActorDeleted } from "../../server/services/accounts/departures.ts";
import { receiveAnnounce, receiveLike } from "../../server/services/reactions/reactions.ts";
import { receiveUndo } from "../../server/services/reactions/undo.ts";
import { receiveBlock } from "../../server/services/relations/relationships.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { findFollow } from "../../server/store/follows.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { aReceiver, tenTimes } from "../support/receiver.ts";
import { aReceivedActor, type RemoteActor } from "../support/remote.ts";
import { rowCounts, tablesHolding } from "../support/tables.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async () => {
    const scene = await aReceiver(await open());
    opened.push(scene.instance);
    return scene;
  };

  describe("likes and boosts that come", () => {
    it("count once however often they come, tell the author once, and are taken back by their sender alone", async () => {
      const { instance, app, mei, far, eve, told } = await start();
      const note = await aNote(instance, { by: mei });
      const reaction = (kind: string, by = far) => ({
        uri: `${by.uri}/${kind}/1`,
        actorUri: by.uri,
        objectUri: note.uri,
      });
      const announce = () =>
        receiveAnnounce(app, { ...reaction("announce"), visibility: "public", publishedAt: app.clock.now() });
      await tenTimes(() => receiveLike(app, reaction("like")));
      await tenTimes(announce);
      expect(await viewNote(app, mei, note.id)).toMatchObject({ likesCount: 1, announcesCount: 1 });
      expect((await told()).toSorted()).toEqual(["announce", "like"]);
      for (const kind of ["like", "announce"])
        await receiveUndo(app, {
          actorUri: eve.uri,
          objectUri: `${far.uri}/${kind}/1`,
          objectType: null,
          targetUri: note.uri,
        });
      expect(await viewNote(app, mei, note.id)).toMatchObject({ likesCount: 1, announcesCount: 1 });
      for (const kind of ["like", "announce"])
        await tenTimes(() =>
          receiveUndo(app, {
            actorUri: far.uri,
            objectUri: `${far.uri}/${kind}/1`,
            objectType: null,
            targetUri: null,
          }),
        );
      expect(await viewNote(app, mei, note.id)).toMatchObject({ likesCount: 0, announcesCount: 0 });
      expect(await told()).toEqual([]);
    });

    it("stay away when their Undo came first", async () => {
      const { instance, app, mei, far, told } = await start();
      const note = await aNote(instance, { by: mei });
      const base = { actorUri: far.uri, objectUri: note.uri };
      for (const kind of ["like", "announce", "follow"])
        await receiveUndo(app, {
          actorUri: far.uri,
          objectUri: `${far.uri}/${kind}/1`,
          objectType: null,
          targetUri: null,
        });
      await receiveLike(app, { ...base, uri: `${far.uri}/like/1` });
      await receiveAnnounce(app, {
        ...base,
        uri: `${far.uri}/announce/1`,
        visibility: "public",
        publishedAt: 0,
      });
      await receiveFollow(app, {
        uri: `${far.uri}/follow/1`,
        actorUri: far.uri,
        objectUri: app.uris.actor(mei.actorId),
      });
      expect(await viewNote(app, mei, note.id)).toMatchObject({
        likesCount: 0,
        announcesCount: 0,
        author: { followersCount: 0 },
      });
      expect(await told()).toEqual([]);
      await receiveLike(app, { ...base, uri: `${far.uri}/like/2` });
      expect((await viewNote(app, mei, note.id)).likesCount).toBe(1);
    });

    it("of private notes are refused, as those of blocked actors are", async () => {
      const { instance, app, mei, far, eve, told } = await start();
      await receiveFollow(app, {
        uri: `${far.uri}/f`,
        actorUri: far.uri,
        objectUri: app.uris.actor(mei.actorId),
      });
      const priv = await aNote(instance, { by: mei, visibility: "followers" });
      const open = await aNote(instance, { by: mei });
      await receiveBlock(app, {
        uri: `${eve.uri}/b`,
        actorUri: eve.uri,
        objectUri: app.uris.actor(mei.actorId),
      });
      for (const by of [far, eve])
        for (const note of [priv, open]) {
          const base = { uri: `${by.uri}/a/${note.id}`, actorUri: by.uri, objectUri: note.uri };
          await receiveAnnounce(app, { ...base, visibility: "public", publishedAt: 0 });
          await receiveLike(app, { ...base, uri: `${by.uri}/l/${note.id}` });
        }
      expect(await viewNote(app, mei, priv.id)).toMatchObject({ likesCount: 1, announcesCount: 0 });
      expect(await viewNote(app, mei, open.id)).toMatchObject({ likesCount: 1, announcesCount: 1 });
      expect((await told()).toSorted()).toEqual(["announce", "follow", "like", "like"]);
    });

    it("show a boost for followers to followers alone, and one for nobody known to nobody", async () => {
      const { instance, app, mei, far, eve, follow } = await start();
      const { viewer: li } = await aMember(instance, "li");
      await follow(far);
      await follow(eve);
      const note = await aNote(instance, { by: li });
      const boost = (by: RemoteActor, visibility: Visibility) =>
        receiveAnnounce(app, {
          uri: `${by.uri}/a`,
          actorUri: by.uri,
          objectUri: note.uri,
          visibility,
          publishedAt: 0,
        });
      await boost(far, "followers");
      await boost(eve, "direct");
      expect((await profileTimeline(app, null, far.id, {})).items).toEqual([]);
      expect((await profileTimeline(app, li, far.id, {})).items).toEqual([]);
      expect((await profileTimeline(app, mei, far.id, {})).items).toHaveLength(1);
      expect((await profileTimeline(app, mei, eve.id, {})).items).toEqual([]);
      expect((await homeTimeline(app, mei, {})).items.map((entry) => entry.announcedBy?.username)).toEqual([
        "far",
      ]);
    });
  });

  describe("follows that come", () => {
    it("count once, are answered again when repeated, and end with their Undo by either id", async () => {
      const { app, mei, far, eve, uri, told } = await start();
      const follow = (name: string) =>
        receiveFollow(app, { uri: `${far.uri}/f/${name}`, actorUri: far.uri, objectUri: uri(mei) });
      const followers = async () => (await viewActor(app, mei.actorId))?.followersCount;
      await tenTimes(() => follow("1"));
      await follow("2");
      expect(await followers()).toBe(1);
      expect(await told()).toEqual(["follow"]);
      const undo = (by: RemoteActor, name: string) =>
        receiveUndo(app, {
          actorUri: by.uri,
          objectUri: `${far.uri}/f/${name}`,
          objectType: "Follow",
          targetUri: uri(mei),
        });
      await undo(eve, "2");
      expect(await followers()).toBe(1);
      await undo(far, "1");
      expect(await followers()).toBe(0);
      expect(await told()).toEqual([]);
    });

    it("wait for the owner of a locked profile, whoever else accepts", async () => {
      const { app, mei, far, eve, uri, told } = await start();
      await updateProfile(app, mei, { locked: true });
      await receiveFollow(app, { uri: `${far.uri}/f`, actorUri: far.uri, objectUri: uri(mei) });
      for (const by of [far.uri, eve.uri, uri(mei)])
        await receiveAccept(app, {
          actorUri: by,
          followUri: `${far.uri}/f`,
          follow: { actorUri: far.uri, objectUri: uri(mei) },
        });
      expect(await findRelationship(app, mei, far.id)).toMatchObject({
        followRequestedBy: true,
        followedBy: false,
      });
      await receiveUndo(app, {
        actorUri: far.uri,
        objectUri: `${far.uri}/f`,
        objectType: "Follow",
        targetUri: uri(mei),
      });
      expect(await told()).toEqual([]);
      await expect(answerFollowRequest(app, mei, far.id, "accept")).rejects.toMatchObject({
        kind: "not_found",
      });
      expect((await viewActor(app, mei.actorId))?.followersCount).toBe(0);
    });
  });

  describe("answers that come", () => {
    it("count only for a follow that was sent, by whom it was sent to", async () => {
      const { app, mei, far, eve, uri, told } = await start();
      const state = async (target = far) => (await findRelationship(app, mei, target.id)).following;
      const pair = (target: RemoteActor) => ({ actorUri: uri(mei), objectUri: target.uri });
      await receiveAccept(app, { actorUri: far.uri, followUri: null, follow: pair(far) });
      expect(await state()).toBe("no");
      await followActor(app, mei, far.id);
      const row = await findFollow(app.db, mei.actorId, far.id);
      const sent = row?.uri ?? "";
      for (const follow of [null, pair(far), pair(eve)])
        await receiveAccept(app, { actorUri: eve.uri, followUri: sent, follow });
      await receiveAccept(app, {
        actorUri: far.uri,
        followUri: `${app.config.origin}/follows/1`,
        follow: null,
      });
      await receiveAccept(app, { actorUri: uri(mei), followUri: sent, follow: pair(far) });
      await receiveReject(app, { actorUri: eve.uri, followUri: sent, follow: pair(far) });
      expect(await state()).toBe("pending");
      expect(await state(eve)).toBe("no");
      await tenTimes(() => receiveAccept(app, { actorUri: far.uri, followUri: sent, follow: null }));
      expect(await state()).toBe("accepted");
      expect(await told()).toEqual(["follow_accepted"]);
      expect(await viewActor(app, mei.actorId)).toMatchObject({ followingCount: 1 });
      expect(await viewActor(app, far.id)).toMatchObject({ followersCount: 1 });
      await tenTimes(() => receiveReject(app, { actorUri: far.uri, followUri: sent, follow: null }));
      expect(await state()).toBe("no");
      expect(await viewActor(app, mei.actorId)).toMatchObject({ followingCount: 0 });
      expect(await told()).toEqual([]);
    });

    it("are needed: without an Accept the notes for followers stay hidden", async () => {
      const { app, mei, far, receive } = await start();
      await followActor(app, mei, far.id);
      const id = await receive("private", {
        visibility: "followers",
        mentionUris: [],
        inReplyToUri: null,
      }).catch(() => null);
      expect(id).toBeNull();
      const { viewer } = await aMember({ app }, "li");
      const kept = await receive("named", {
        visibility: "followers",
        mentionUris: [app.uris.actor(viewer.actorId)],
      });
      await expect(viewNote(app, mei, kept)).rejects.toMatchObject({ kind: "not_found" });
    });
  });

  describe("follows that come again", () => {
    it("under the id of one that was undone are follows again, as Misskey sends them; an Undo that came first wins once", async () => {
      const { app, mei, far, uri } = await start();
      const received = { uri: `${far.uri}/follows/1/2`, actorUri: far.uri, objectUri: uri(mei) };
      const undo = () =>
        receiveUndo(app, {
          actorUri: far.uri,
          objectUri: received.uri,
          objectType: "Follow",
          targetUri: uri(mei),
        });
      const follows = async () => (await findRelationship(app, mei, far.id)).followedBy;
      await receiveFollow(app, received);
      await undo();
      expect(await follows()).toBe(false);
      await receiveFollow(app, received);
      expect(await follows()).toBe(true);
      await undo();
      await undo();
      await receiveFollow(app, received);
      expect(await follows()).toBe(false);
      await receiveFollow(app, received);
      expect(await follows()).toBe(true);
    });
  });

  describe("blocks that come", () => {
    it("end follows both ways, tell nobody, count once, and are lifted by their sender alone", async () => {
      const { app, mei, far, eve, uri, follow, told } = await start();
      await follow(far);
      await receiveFollow(app, { uri: `${far.uri}/f`, actorUri: far.uri, objectUri: uri(mei) });
      const before = await told();
      await tenTimes(() =>
        receiveBlock(app, { uri: `${far.uri}/b`, actorUri: far.uri, objectUri: uri(mei) }),
      );
      expect(await findRelationship(app, mei, far.id)).toMatchObject({
        following: "no",
        followedBy: false,
        blockedBy: true,
      });
      expect(await viewActor(app, mei.actorId)).toMatchObject({ followersCount: 0, followingCount: 0 });
      expect((await told()).length).toBeLessThanOrEqual(before.length);
      await expect(followActor(app, mei, far.id)).rejects.toMatchObject({ kind: "forbidden" });
      const undo = (by: RemoteActor) =>
        receiveUndo(app, {
          actorUri: by.uri,
          objectUri: `${far.uri}/b`,
          objectType: "Block",
          targetUri: uri(mei),
        });
      await undo(eve);
      expect((await findRelationship(app, mei, far.id)).blockedBy).toBe(true);
      await undo(far);
      expect((await findRelationship(app, mei, far.id)).blockedBy).toBe(false);
    });
  });

  describe("actors that come", () => {
    it("are refused when any of their addresses is ours", async () => {
      const { app } = await start();
      const own = "https://home.test/users/1/inbox";
      const before = await rowCounts(app.db);
      for (const change of [
        { uri: own },
        { inboxUri: own },
        { inboxUri: "https://home.test./inbox" },
        { inboxUri: "http://home.test/inbox" },
        { sharedInboxUri: own },
        { outboxUri: own },
        { followersUri: own },
        { host: "home.test" },
      ])
        await expect(
          receiveActor(app, aReceivedActor("bad", change)),
          JSON.stringify(change),
        ).rejects.toMatchObject({
          kind: "forbidden",
        });
      expect(await rowCounts(app.db)).toEqual(before);
    });

    it("never write over a local account", async () => {
      const { app, mei, uri } = await start();
      await expect(receiveActor(app, aReceivedActor("mei", { uri: uri(mei) }))).rejects.toMatchObject({
        kind: "forbidden",
      });
      expect(await viewActor(app, mei.actorId)).toMatchObject({ host: null, uri: uri(mei) });
    });

    it("come ten times at once and are there once", async () => {
      const { app } = await start();
      const ids = await tenTimes(() => receiveActor(app, aReceivedActor("new")));
      expect(new Set(ids).size).toBe(1);
    });

    it("give a handle to the uri that holds it now; who held it before keeps what was theirs", async () => {
      const { app, mei, far, receive } = await start();
      const note = await receive("old");
      const heir = await receiveActor(app, aReceivedActor("far", { uri: "https://far.test/users/heir" }));
      expect(heir).not.toBe(far.id);
      expect(await viewActor(app, heir)).toMatchObject({ username: "far", host: "far.test" });
      expect(await viewActor(app, far.id)).toMatchObject({ uri: far.uri });
      expect((await viewActor(app, far.id))?.username).not.toBe("far");
      expect((await viewNote(app, mei, note)).author.id).toBe(far.id);
    });

    it("are stored without scripts in name, bio, fields and addresses", async () => {
      const { app } = await start();
      const evil = `<p onclick=x>hi<script>alert(1)</script><img src=x onerror=alert(1)></p>`;
      await receiveActor(
        app,
        aReceivedActor("evil", {
          name: "\u202Eevil\u0000",
          bioHtml: evil,
          fields: [
            { name: "site", valueHtml: `<a href="javascript:alert(1)" onclick=x>me</a>`, verifiedAt: 1 },
          ],
          url: "javascript:alert(1)",
          avatarUrl: "javascript:alert(1)",
          headerUrl: "data:text/html,<script>",
        }),
      );
      for (const sign of ["<script", "onerror", "onclick", "javascript:", "\u202E"])
        expect(await tablesHolding(app.db, sign), sign).toEqual([]);
    });

    it("stay suspended when they describe themselves anew", async () => {
      const { app, far } = await start();
      await app.db.updateTable("actors").set({ suspended_at: 1 }).where("id", "=", far.id).execute();
      await receiveActor(app, aReceivedActor("far"));
      expect((await viewActor(app, far.id))?.suspended).toBe(true);
    });

    it("are gone with all they wrote when they delete themselves, and nobody else can do it for them", async () => {
      const { instance, app, mei, far, eve, receive } = await start();
      const id = await receive("theirs", { contentHtml: "<p>xyzzymarker</p>" });
      await receiveActorDeleted(app, eve.uri);
      expect((await viewNote(app, mei, id)).contentHtml).toContain("xyzzymarker");
      await receiveActorDeleted(app, far.uri);
      await instance.worker.drain({ failFast: true });
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
      expect(await viewActor(app, far.id)).toBeNull();
    });
  });
});
