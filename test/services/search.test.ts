import { afterEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { bookmarkNote } from "../../server/services/reactions/reactions.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { search } from "../../server/services/search.ts";
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
    const { viewer: bo } = await aMember(instance, "bo");
    /** How many notes somebody finds. */
    const found = async (query: string, who: Viewer | null = li) =>
      (await search(app, who, query)).notes.length;
    return { instance, app, mei, li, bo, found };
  };

  describe("searching for words", () => {
    it("finds Chinese, Japanese and Korean by one character, by two, and by whole phrases", async () => {
      const { instance, mei, found } = await start();
      await aNote(instance, { by: mei, source: "今天去海港吃火锅，味道很好" });
      await aNote(instance, { by: mei, source: "東京の海は静かです" });
      await aNote(instance, { by: mei, source: "서울의 바다는 아름답다" });
      expect(await found("海")).toBe(2);
      expect(await found("海港")).toBe(1);
      expect(await found("火锅")).toBe(1);
      expect(await found("港海")).toBe(0);
      expect(await found("海 东")).toBe(0);
      expect(await found("静か")).toBe(1);
      expect(await found("東京の海")).toBe(1);
      expect(await found("바다")).toBe(1);
      expect(await found("今天 火锅")).toBe(1);
    });

    it("finds mixed text whatever the case, accents and width, and only notes that hold all words", async () => {
      const { instance, mei, found } = await start();
      await aNote(instance, { by: mei, source: "用Node写的Café程序 version 24，很快" });
      for (const query of ["node", "NODE", "Ｎｏｄｅ", "café", "程序", "node 程序", "24", "version 24 很快"])
        expect(await found(query), query).toBe(1);
      for (const query of ["node 火锅", "nothing"]) expect(await found(query), query).toBe(0);
    });

    it("takes every sign as text, never as an instruction to the index", async () => {
      const { instance, mei, found } = await start();
      await aNote(instance, { by: mei, source: "plain words here" });
      for (const query of [
        `"`,
        `words" OR "x`,
        "words*",
        "NOT words",
        "words:here",
        "(words",
        "a & b",
        "' or 1=1 --",
        "-",
        "\\",
        "😀",
        "\u0000",
      ])
        expect(await found(query), query).toBeLessThanOrEqual(1);
      expect(await found("plain words")).toBe(1);
    });

    it("finds the warning and the tags as well, and follows edits and deletions", async () => {
      const { instance, app, mei, found } = await start();
      const note = await aNote(instance, { by: mei, source: "before #港口", summary: "spoiler" });
      expect(await found("spoiler")).toBe(1);
      expect(await found("港口")).toBe(1);
      await editNote(app, mei, { noteId: note.id, source: "after" });
      expect([await found("before"), await found("spoiler"), await found("after")]).toEqual([0, 0, 1]);
      await deleteNote(app, mei, note.id);
      expect(await found("after", mei)).toBe(0);
    });

    it("finds one's own notes of every visibility, and only what one may see of others", async () => {
      const { instance, app, mei, li, bo, found } = await start();
      for (const visibility of ["public", "unlisted", "followers", "direct"] as const)
        await aNote(instance, { by: mei, visibility, source: "@li 秘密 marker" });
      expect(await found("秘密", mei)).toBe(4);
      expect(await found("marker", li)).toBe(4);
      expect(await found("marker", bo)).toBe(2);
      expect(await found("秘密", null)).toBe(2);
      await blockActor(app, mei, bo.actorId);
      expect(await found("marker", bo)).toBe(0);
      await blockActor(app, li, mei.actorId);
      expect(await found("marker", li)).toBe(0);
    });

    it("leaves out the notes of those who did not agree to be searched, but for the people concerned", async () => {
      const { instance, app, mei, li, bo, found } = await start();
      await updateProfile(app, mei, { indexable: false });
      const note = await aNote(instance, { by: mei, source: "quietly said" });
      await aNote(instance, { by: mei, source: "@li quietly said to you" });
      expect(await found("quietly", mei)).toBe(2);
      expect(await found("quietly", li)).toBe(1);
      expect(await found("quietly", bo)).toBe(0);
      expect(await found("quietly", null)).toBe(0);
      await bookmarkNote(app, bo, note.id);
      expect(await found("quietly", bo)).toBe(1);
    });

    it("finds received notes in each of their languages", async () => {
      const { instance, app, li, found } = await start();
      const far = await aRemoteActor(instance, "far");
      const change = {
        contentHtml: "<p>good evening</p>",
        contentMap: { en: "<p>good evening</p>", zh: "<p>晚上好</p>" },
      };
      await receiveNote(
        app,
        aReceivedNote(far, "two", { ...change, mentionUris: [app.uris.actor(li.actorId)] }),
        "delivered",
      );
      expect(await found("evening")).toBe(1);
      expect(await found("晚上")).toBe(1);
    });
  });

  describe("searching for people, tags and addresses", () => {
    it("finds tags by their beginning in any width, those of private notes never", async () => {
      const { instance, app, mei, li } = await start();
      await aNote(instance, { by: mei, source: "#美食 #Ｆｕｌｌ" });
      await aNote(instance, { by: mei, source: "#美食节目", visibility: "followers" });
      await aNote(instance, { by: mei, source: "#美味", visibility: "direct" });
      const tags = async (query: string) => (await search(app, li, query)).tags;
      expect(await tags("#美")).toEqual(["美食"]);
      expect(await tags("＃美食")).toEqual(["美食"]);
      expect(await tags("#full")).toEqual(["full"]);
    });

    it("finds people by handle in any spelling, and by the beginning of their name", async () => {
      const { app, mei, li } = await start();
      await updateProfile(app, mei, { name: "梅 Harbour" });
      const people = async (query: string) =>
        (await search(app, li, query)).actors.map((actor) => actor.username);
      for (const query of [
        "@mei@home.test",
        "mei@home.test",
        "acct:mei@home.test",
        "＠MEI＠HOME.test",
        "me",
        "https://home.test/@mei",
        app.uris.actor(mei.actorId),
      ])
        expect(await people(query), query).toEqual(["mei"]);
      expect(await people("@nobody@home.test")).toEqual([]);
    });

    it("opens a note by its address only to those who may see it", async () => {
      const { instance, app, mei, li, bo } = await start();
      const note = await aNote(instance, { by: mei, source: "@li psst", visibility: "direct" });
      for (const address of [note.uri, note.url]) {
        expect((await search(app, li, address)).notes).toHaveLength(1);
        expect((await search(app, bo, address)).notes).toEqual([]);
        expect((await search(app, null, address)).notes).toEqual([]);
      }
    });

    it("asks other servers for signed-in people only, and not without end", async () => {
      const { instance, app, li } = await start();
      const asked: string[] = [];
      instance.network.join("far.test", async (request) => {
        asked.push(request.url);
        return new Response(null, { status: 404 });
      });
      expect((await search(app, null, "@a@far.test")).actors).toEqual([]);
      expect(asked).toEqual([]);
      const tries = [];
      for (let i = 0; i < 25; i++)
        tries.push(
          await search(app, li, `@u${i}@far.test`).then(
            () => "ok",
            (error: { kind?: string }) => error.kind,
          ),
        );
      expect(asked.length).toBeGreaterThan(0);
      expect(tries.filter((outcome) => outcome === "too_many")).toHaveLength(5);
    });
  });
});
