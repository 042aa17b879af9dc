// What only some servers say, each in its own words.
// This file: communities, videos, events, articles, books.

import { afterEach, describe, expect, test } from "vitest";
import { findRelationship } from "../../../server/services/actors/actors.ts";
import { listReports } from "../../../server/services/moderation/reports.ts";
import { homeTimeline } from "../../../server/services/timelines.ts";
import { viewThread } from "../../../server/services/threads/threads.ts";
import {
  actorId,
  aliceFollows,
  aScene,
  herNote,
  noteAt,
  notePage,
  sendAndDrain,
  theNoteAt,
  told,
  type Scene,
} from "./scene.ts";

let scene: Scene;
afterEach(() => scene.close());

async function followedScene(fixture: string): Promise<Scene> {
  const opened = await aScene(fixture);
  await aliceFollows(opened);
  await sendAndDrain(opened, "accept");
  return opened;
}

async function home(): Promise<readonly { readonly uri: string; readonly by: string | null }[]> {
  const { items } = await homeTimeline(scene.here.app, scene.alice.viewer, {});
  return items.map((entry) => ({ uri: entry.note.uri, by: entry.announcedBy?.uri ?? null }));
}

describe("Lemmy", () => {
  const community = "https://lemmy.example/c/gardens";

  test("a post is a note with its title, its community and its link, passed on by the community", async () => {
    scene = await followedScene("lemmy");
    await sendAndDrain(scene, "note");
    const note = await theNoteAt(scene, "https://lemmy.example/post/7");
    expect(note).toMatchObject({
      kind: "Page",
      title: "When to sow beans",
      author: { uri: "https://lemmy.example/u/bea" },
      group: { uri: community, kind: "Group" },
    });
    expect(await home()).toContainEqual({ uri: note.uri, by: community });
    expect(await notePage(scene, note)).toContain("https://seeds.example/guide");
  });

  test("comments stand below the post, a boost of the post alone changes nothing", async () => {
    scene = await followedScene("lemmy");
    await sendAndDrain(scene, "note");
    await sendAndDrain(scene, "comment");
    await sendAndDrain(scene, "plainAnnounce");
    const post = await theNoteAt(scene, "https://lemmy.example/post/7");
    const thread = await viewThread(scene.here.app, scene.alice.viewer, post.id);
    expect(thread.replies.map(({ note }) => note.uri)).toEqual(["https://lemmy.example/comment/8"]);
    expect((await home()).filter(({ uri }) => uri === post.uri)).toHaveLength(1);
  });

  test("dislikes and locks are no errors and count for nothing", async () => {
    scene = await followedScene("lemmy");
    await sendAndDrain(scene, "note");
    expect(await sendAndDrain(scene, "dislike")).toBe(202);
    expect(await sendAndDrain(scene, "lock")).toBe(202);
    expect((await herNote(scene)).likesCount).toBe(0);
  });

  test("a private message is a direct note", async () => {
    scene = await aScene("lemmy");
    await sendAndDrain(scene, "message");
    const note = await theNoteAt(scene, "https://lemmy.example/private_message/1");
    expect(note.visibility).toBe("direct");
    expect(await notePage(scene, note)).toContain("seeds for you");
  });

  test("a report gives its reason in summary", async () => {
    scene = await aScene("lemmy");
    await sendAndDrain(scene, "flag");
    const { owner } = scene.here;
    if (owner === null) throw new Error("no owner");
    const [report] = (await listReports(scene.here.app, owner, { state: "open" })).items;
    expect(report).toMatchObject({ comment: "off topic", objectUris: [scene.note.uri] });
  });

  test("a Reject after the Accept ends the follow", async () => {
    scene = await followedScene("lemmy");
    await sendAndDrain(scene, "followerRemoved");
    const id = await actorId(scene, community);
    expect((await findRelationship(scene.here.app, scene.alice.viewer, id)).following).toBe("no");
  });
});

describe("PeerTube", () => {
  test("a video is a note with title, picture and player address; its Markdown is text", async () => {
    scene = await followedScene("peertube");
    await sendAndDrain(scene, "note");
    const note = await theNoteAt(scene, "https://peertube.example/videos/watch/0f0f-11");
    expect(note).toMatchObject({ kind: "Video", title: "Mending a kettle", language: "en" });
    expect(note.author.uri).toBe("https://peertube.example/accounts/noor");
    const video = note.attachments.find(({ kind }) => kind === "video");
    expect(video?.durationMs).toBe(95_000);
    expect(video?.coverUrl).not.toBeNull();
    expect(await home()).toContainEqual({
      uri: note.uri,
      by: "https://peertube.example/video-channels/repairs",
    });
  });

  test("views, dislikes and copies elsewhere are no errors and change nothing", async () => {
    scene = await followedScene("peertube");
    for (const name of ["view", "dislike", "cacheFile"]) expect(await sendAndDrain(scene, name)).toBe(202);
    expect((await home()).map(({ uri }) => uri)).toEqual([scene.note.uri]);
    expect((await herNote(scene)).likesCount).toBe(0);
  });
});

describe("Mobilizon", () => {
  test("an event of a group is shown with its time and place", async () => {
    scene = await followedScene("mobilizon");
    await sendAndDrain(scene, "note");
    const note = await theNoteAt(scene, "https://mobilizon.example/events/77aa");
    expect(note).toMatchObject({ kind: "Event", title: "Dorffest am See" });
    expect(note.event).toMatchObject({
      startsAt: Date.UTC(2026, 6, 4, 16),
      endsAt: Date.UTC(2026, 6, 4, 21),
      isCancelled: false,
    });
    const shown = await notePage(scene, note);
    expect(shown).toContain("Seewiese");
    expect(shown).toContain("Bad Ort");
  });

  test("its Create by one of the group's people is read at the group's origin", async () => {
    scene = await followedScene("mobilizon");
    await sendAndDrain(scene, "create");
    expect((await theNoteAt(scene, "https://mobilizon.example/events/77aa")).author.uri).toBe(
      "https://mobilizon.example/@dorfplatz",
    );
  });
});

describe("NodeBB", () => {
  test("a category that passes a Create on boosts its note", async () => {
    scene = await aScene("nodebb");
    const group = "https://nodebb.example/category/2";
    Object.assign(scene.them, { followed: group });
    await aliceFollows(scene);
    await sendAndDrain(scene, {
      id: `${group}#activity/accept:follow`,
      type: "Accept",
      actor: group,
      object: String(scene.them.words.get("follow")),
      "@context": "https://www.w3.org/ns/activitystreams",
    });
    await sendAndDrain(scene, "categoryAnnounce");
    expect(await home()).toContainEqual({ uri: "https://nodebb.example/post/20", by: group });
  });
});

describe("WordPress and Ghost", () => {
  test.each([
    [
      "wordpress",
      "https://wp.example/?p=12",
      "Sauerteig in drei Tagen",
      "rühren",
      "https://wp.example/sauerteig/",
    ],
    [
      "ghost",
      "https://ghost.example/.ghost/activitypub/article/b1",
      "On binding",
      "Thread before",
      "https://ghost.example/on-binding/",
    ],
  ])(
    "an article of %s is shown with title, text and link, and no script",
    async (name, uri, title, text, url) => {
      scene = await followedScene(name);
      await sendAndDrain(scene, "article");
      const note = await theNoteAt(scene, uri);
      expect(note).toMatchObject({ kind: "Article", title, visibility: "public", summary: null, url });
      const shown = await notePage(scene, note);
      for (const part of [title, text, url]) expect(shown).toContain(part);
      expect(note.contentHtml).not.toMatch(/script|<img/);
    },
  );

  test("profile updates in bursts cost few fetches and no error", async () => {
    scene = await followedScene("wordpress");
    scene.them.asked.length = 0;
    for (let index = 0; index < 10; index++) {
      const update = {
        ...scene.them.document("profile"),
        id: `https://wp.example/?author=1#update-${index}`,
      };
      expect(await scene.them.send(update)).toBe(202);
    }
    await sendAndDrain(scene, { ...scene.them.document("profile"), id: "https://wp.example/?author=1#last" });
    expect(scene.them.asked.filter((path) => path === "/?author=1").length).toBeLessThanOrEqual(11);
  });
});

describe("Smithereen, BookWyrm, Friendica, activitypub-bot", () => {
  test("what somebody writes on a wall comes as Add, and is read", async () => {
    scene = await followedScene("smithereen");
    await sendAndDrain(scene, "wallPost");
    const note = await noteAt(scene, "https://smithereen.example/posts/112");
    expect(note?.contentHtml).toContain("somebody wrote on my wall");
  });

  test("a review is an article with its title", async () => {
    scene = await followedScene("bookwyrm");
    await sendAndDrain(scene, "review");
    const note = await theNoteAt(scene, "https://bookwyrm.example/user/mouse/review/32");
    expect(note.title).toBe('Review of "Salt Roads" (4 stars): worth the walk');
    expect(await notePage(scene, note)).toContain("It ends well.");
  });

  test("a Dislike counts for nothing", async () => {
    scene = await aScene("friendica");
    expect(await sendAndDrain(scene, "dislike")).toBe(202);
    expect([(await herNote(scene)).likesCount, await told(scene)]).toEqual([0, []]);
  });

  test("an Add to followers before its Accept is no error", async () => {
    scene = await aScene("activitypub-bot");
    const id = await aliceFollows(scene);
    expect(await sendAndDrain(scene, "add")).toBe(202);
    expect(await sendAndDrain(scene, "accept")).toBe(202);
    expect((await findRelationship(scene.here.app, scene.alice.viewer, id)).following).toBe("accepted");
  });
});
