import { afterEach, describe, expect, it } from "vitest";
import type { Visibility } from "../../server/domain/visibility.ts";
import { viewActor } from "../../server/services/actors/actors.ts";
import {
  receiveNote,
  receiveNoteDeleted,
  receiveNoteUpdate,
} from "../../server/services/notes/received-notes.ts";
import { listVersions, viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { profileTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aNote, type TestInstance } from "../support/instance.ts";
import { aReceiver, tenTimes } from "../support/receiver.ts";
import { aReceivedNote, type RemoteActor } from "../support/remote.ts";
import { rowCounts, tablesHolding } from "../support/tables.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

const MINUTE = 60_000;

eachDatabase((_, open) => {
  const start = async () => {
    const scene = await aReceiver(await open());
    opened.push(scene.instance);
    return scene;
  };

  describe("a note that comes", () => {
    it("is kept if somebody here follows its author, is named, or wrote what it answers, else not", async () => {
      const { instance, app, mei, far, eve, uri, follow } = await start();
      const mine = await aNote(instance, { by: mei });
      const comes = (name: string, change = {}) =>
        receiveNote(app, aReceivedNote(far, name, change), "delivered");
      const before = await rowCounts(app.db);
      expect(await comes("stray")).toBeNull();
      expect(
        await comes("to-others", { mentionUris: [eve.uri], inReplyToUri: "https://far.test/notes/unknown" }),
      ).toBeNull();
      expect(await rowCounts(app.db)).toEqual(before);
      expect(await comes("named", { mentionUris: [uri(mei)] })).not.toBeNull();
      expect(await comes("answer", { inReplyToUri: mine.uri })).not.toBeNull();
      await follow(far);
      expect(await comes("followed")).not.toBeNull();
      expect((await viewActor(app, far.id))?.notesCount).toBe(3);
    });

    it("never lies on our own host, whoever sends it and however it is spelled", async () => {
      const { instance, app, mei, far, uri } = await start();
      const mine = await aNote(instance, { by: mei, source: "mine" });
      const before = await rowCounts(app.db);
      for (const own of [
        mine.uri,
        "https://home.test/notes/1",
        "https://HOME.test:443/x",
        "http://home.test/x",
        "https://home.test./x",
      ])
        expect(await receiveNote(app, { ...aReceivedNote(far, "x"), uri: own }, "wanted")).toBeNull();
      expect(
        await receiveNote(
          app,
          aReceivedNote({ uri: uri(mei) }, "forged", { uri: "https://far.test/notes/f" }),
          "wanted",
        ),
      ).toBeNull();
      await receiveNoteUpdate(
        app,
        aReceivedNote({ uri: uri(mei) }, "y", {
          uri: mine.uri,
          contentHtml: "forged",
          updatedAt: app.clock.now(),
        }),
      );
      await receiveNoteDeleted(app, uri(mei), mine.uri);
      expect((await viewNote(app, null, mine.id)).contentHtml).toContain("mine");
      const after = await rowCounts(app.db);
      expect({ ...after, tombstones: 0, "public.tombstones": 0 }).toEqual({
        ...before,
        tombstones: 0,
        "public.tombstones": 0,
      });
    });

    it("is stored without scripts in text, warning, languages and addresses", async () => {
      const { app, mei, receive } = await start();
      const evil = `<p onclick="x()">hi<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">a</a></p>`;
      const id = await receive("evil", {
        contentHtml: evil,
        contentMap: { en: evil, "not a tag!": evil },
        summary: `<b onmouseover=x>careful</b><script>alert(1)</script>`,
        url: "javascript:alert(1)",
        tags: ["ok", "<script>"],
        attachments: [
          {
            kind: "image",
            url: "javascript:alert(1)",
            mediaType: "image/png",
            alt: "",
            width: null,
            height: null,
            blurhash: null,
            focus: null,
            coverUrl: null,
            durationMs: null,
            digest: null,
            size: null,
          },
        ],
      });
      const note = await viewNote(app, mei, id);
      for (const sign of ["<script", "alert(1)", "onerror", "onclick", "onmouseover", "javascript:"])
        expect(await tablesHolding(app.db, sign), sign).toEqual([]);
      expect(note).toMatchObject({
        summary: "careful",
        tags: ["ok"],
        attachments: [],
        url: "https://far.test/notes/evil",
      });
    });

    it("is kept though its texts hold characters that no database takes", async () => {
      const { app, mei, receive } = await start();
      const attachment = {
        kind: "image",
        url: "https://far.test/a.png",
        mediaType: "image/\0png",
        alt: "a\0",
        width: 1,
        height: 1,
        blurhash: "\0",
        focus: null,
        coverUrl: null,
        durationMs: null,
        digest: null,
        size: null,
      } as const;
      const odd = "a\0b\ud800";
      const id = await receive("odd", {
        contentHtml: `<p>${odd}</p>`,
        summary: odd,
        contentMap: { en: odd },
        tags: [odd],
        language: odd,
        attachments: [attachment],
      });
      expect(await viewNote(app, mei, id)).toMatchObject({
        attachments: [{ mediaType: "image/png", alt: "a" }],
      });
    });

    it("comes ten times at once and is there once, told of once and counted once", async () => {
      const { app, mei, far, uri, told } = await start();
      const root = await receiveNote(
        app,
        aReceivedNote(far, "root", { mentionUris: [uri(mei)] }),
        "delivered",
      );
      if (root === null) throw new Error("not kept");
      const note = aReceivedNote(far, "one", {
        mentionUris: [uri(mei)],
        inReplyToUri: "https://far.test/notes/root",
      });
      const ids = await tenTimes(() => receiveNote(app, note, "delivered"));
      expect(new Set(ids).size).toBe(1);
      expect(await told()).toEqual(["mention", "mention"]);
      expect(await viewNote(app, mei, root)).toMatchObject({ repliesCount: 1, author: { notesCount: 2 } });
    });

    it("may come before what it answers, and is tied to it when that comes", async () => {
      const { app, mei, receive } = await start();
      const reply = await receive("reply", { inReplyToUri: "https://far.test/notes/parent" });
      expect((await viewThread(app, mei, reply)).missingParentUri).toBe("https://far.test/notes/parent");
      const parent = await receive("parent");
      expect((await viewThread(app, mei, reply)).ancestors.map((note) => note.id)).toEqual([parent]);
      const thread = await viewThread(app, mei, parent);
      expect(thread.replies.map((entry) => entry.note.id)).toEqual([reply]);
      expect(thread.note.repliesCount).toBe(1);
    });

    it("carries no time from the future, and not the place in the past of another note", async () => {
      const { app, mei, clock, receive } = await start();
      const id = await receive("future", { publishedAt: clock.now() + 365 * 24 * 60 * MINUTE });
      expect((await viewNote(app, mei, id)).publishedAt).toBe(clock.now());
      const twins = [await receive("twin1"), await receive("twin2"), await receive("twin3")];
      expect(new Set(twins).size).toBe(3);
    });
  });

  describe("an edit that comes", () => {
    it("counts only from the exact author, and only if it is newer", async () => {
      const { app, clock, mei, far, eve, uri, receive } = await start();
      const id = await receive("note");
      const update = (by: RemoteActor, text: string, updatedAt: number) =>
        receiveNoteUpdate(
          app,
          aReceivedNote(by, "note", { contentHtml: text, updatedAt, mentionUris: [uri(mei)] }),
        );
      const text = async () => (await viewNote(app, mei, id)).contentHtml;
      await update(eve, "<p>by eve</p>", clock.now());
      expect(await text()).toContain("note");
      await update(far, "<p>second</p>", clock.now() - 10 * MINUTE);
      await update(far, "<p>older</p>", clock.now() - 20 * MINUTE);
      expect(await text()).toContain("second");
      await tenTimes(() => update(far, "<p>third</p>", clock.now()));
      expect(await text()).toContain("third");
      expect(await listVersions(app, mei, id)).toHaveLength(3);
    });

    it("never widens who may see the note, in any view of it, and may narrow it", async () => {
      const { app, clock, mei, far, uri, receive, follow } = await start();
      await follow(far);
      const widths: readonly Visibility[] = ["direct", "followers", "unlisted", "public"];
      for (const [index, was] of widths.entries())
        for (const [next, now] of widths.entries()) {
          const name = `${was}-${now}`;
          const id = await receive(name, { visibility: was });
          clock.advance(1000);
          const change = {
            visibility: now,
            contentHtml: "<p>changed</p>",
            updatedAt: clock.now(),
            mentionUris: [uri(mei)],
          };
          await receiveNoteUpdate(app, aReceivedNote(far, name, change));
          expect((await viewNote(app, mei, id)).visibility, name).toBe(widths[Math.min(index, next)]);
        }
      const open = (await profileTimeline(app, null, far.id, { limit: 80 })).items.map(
        (entry) => entry.note.visibility,
      );
      expect(open.toSorted()).toEqual(["public", "unlisted", "unlisted", "unlisted"]);
    });

    it("before its Create stores the note, which the Create then leaves as it is", async () => {
      const { app, clock, mei, far, uri } = await start();
      const newer = aReceivedNote(far, "note", {
        contentHtml: "<p>edited</p>",
        updatedAt: clock.now(),
        mentionUris: [uri(mei)],
      });
      await receiveNoteUpdate(app, newer);
      const id = await receiveNote(app, aReceivedNote(far, "note", { mentionUris: [uri(mei)] }), "delivered");
      if (id === null) throw new Error("not kept");
      expect((await viewNote(app, mei, id)).contentHtml).toContain("edited");
    });

    it("of a deleted note changes nothing", async () => {
      const { app, clock, mei, far, uri, receive } = await start();
      const id = await receive("note");
      await receiveNoteDeleted(app, far.uri, "https://far.test/notes/note");
      await receiveNoteUpdate(
        app,
        aReceivedNote(far, "note", { updatedAt: clock.now(), mentionUris: [uri(mei)] }),
      );
      await expect(viewNote(app, mei, id)).rejects.toMatchObject({ kind: "gone" });
    });
  });

  describe("a Delete that comes", () => {
    it("counts only from the exact author and leaves no word behind", async () => {
      const { app, mei, far, eve, told, receive } = await start();
      const id = await receive("note", {
        contentHtml: "<p>xyzzymarker</p>",
        summary: "xyzzymarker",
        tags: ["xyzzymarker"],
        contentMap: { en: "<p>xyzzymarker</p>" },
        attachments: [
          {
            kind: "image",
            url: "https://far.test/xyzzymarker.png",
            mediaType: "image/png",
            alt: "xyzzymarker",
            width: 1,
            height: 1,
            blurhash: null,
            focus: null,
            coverUrl: null,
            durationMs: null,
            digest: null,
            size: null,
          },
        ],
      });
      await receiveNoteDeleted(app, eve.uri, "https://far.test/notes/note");
      expect((await viewNote(app, mei, id)).contentHtml).toContain("xyzzymarker");
      await tenTimes(() => receiveNoteDeleted(app, far.uri, "https://far.test/notes/note"));
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
      expect(await told()).toEqual([]);
      expect((await viewActor(app, far.id))?.notesCount).toBe(0);
    });

    it("keeps a late Create away, but only that of its sender", async () => {
      const { app, mei, far, eve, uri } = await start();
      await receiveNoteDeleted(app, far.uri, "https://far.test/notes/late");
      const comes = (by: RemoteActor, name: string) =>
        receiveNote(app, aReceivedNote(by, name, { mentionUris: [uri(mei)] }), "delivered");
      expect(await comes(far, "late")).toBeNull();
      await receiveNoteDeleted(app, eve.uri, "https://far.test/notes/other");
      expect(await comes(far, "other")).not.toBeNull();
    });
  });
});
