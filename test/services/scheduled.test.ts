import { afterEach, describe, expect, it } from "vitest";
import { asId, type AttachmentId, type DraftId } from "../../server/domain/ids.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import {
  deleteDraft,
  getDraft,
  listDrafts,
  restoreDraft,
  saveDraft,
  type SaveDraft,
} from "../../server/services/notes/drafts.ts";
import { expireNotes } from "../../server/services/notes/expiry.ts";
import { createNote, deleteNote, editNote } from "../../server/services/notes/notes.ts";
import {
  cancelPost,
  listScheduled,
  movePost,
  postNow,
  publishDue,
  schedulePost,
} from "../../server/services/notes/scheduled.ts";
import { readersOf } from "../../server/services/notes/readers.ts";
import { suggest } from "../../server/services/notes/suggestions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { localTimeline } from "../../server/services/timelines.ts";
import { drawLandscape, PALETTES } from "../../server/demo/pictures.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";

const HOUR = 3_600_000;
const BLANK: SaveDraft = {
  source: "See you at the harbour",
  summary: "",
  visibility: "public",
  language: "en",
  sensitive: false,
  replyToId: null,
  attachmentIds: [],
};

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app, clock } = instance;
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const notes = async () => (await localTimeline(app, mei, {})).items.map(({ note }) => note);
    const at = () => clock.now() + HOUR;
    const picture = async () =>
      (await uploadImage(app, mei, { bytes: await drawLandscape(PALETTES.noon, 3) })).id;
    const setState = async (id: AttachmentId, state: string) => {
      await app.db.updateTable("attachments").set({ state }).where("id", "=", id).execute();
    };
    return { instance, app, clock, mei, li, notes, at, picture, setState };
  };

  describe("a scheduled note", () => {
    it("is posted once when its time has come, with everything in it", async () => {
      const { app, clock, mei, notes, at, picture } = await start();
      const id = await picture();
      await schedulePost(app, mei, {
        ...BLANK,
        title: "Boats",
        attachmentIds: [id],
        alts: { [String(id)]: "Two boats" },
        coverId: id,
        expiresInMs: 24 * HOUR,
        at: at(),
      });
      expect(await publishDue(app)).toBe(0);
      expect(await listDrafts(app, mei)).toEqual([]);
      clock.advance(HOUR);
      expect(await publishDue(app)).toBe(1);
      expect(await publishDue(app)).toBe(0);
      const [note, ...others] = await notes();
      expect(others).toEqual([]);
      expect(note).toMatchObject({ title: "Boats", kind: "Note", publishedAt: clock.now() });
      expect(note?.expiresAt).toBe(clock.now() + 24 * HOUR);
      expect(note?.attachments).toMatchObject([{ alt: "Two boats", isCover: true }]);
      expect(await listScheduled(app, mei)).toEqual([]);
    });

    it("is posted once by two processes at a time", async () => {
      const { app, clock, mei, notes, at } = await start();
      await schedulePost(app, mei, { ...BLANK, at: at() });
      clock.advance(HOUR);
      await Promise.all([publishDue(app), publishDue(app), publishDue(app)]);
      expect(await notes()).toHaveLength(1);
    });

    it("can be moved, posted now, and cancelled into a draft, by its author alone", async () => {
      const { app, clock, mei, li, notes, at } = await start();
      const { id } = await schedulePost(app, mei, { ...BLANK, at: at() });
      await expect(movePost(app, li, id, at() + HOUR)).rejects.toMatchObject({ kind: "not_found" });
      await expect(postNow(app, li, id)).rejects.toMatchObject({ kind: "not_found" });
      await expect(cancelPost(app, li, id)).rejects.toMatchObject({ kind: "not_found" });
      expect(await listScheduled(app, li)).toEqual([]);
      await expect(movePost(app, mei, id, clock.now() - 1)).rejects.toMatchObject({ kind: "invalid" });
      await movePost(app, mei, id, at() + HOUR);
      clock.advance(HOUR);
      expect(await publishDue(app)).toBe(0);
      await cancelPost(app, mei, id);
      clock.advance(5 * HOUR);
      expect(await publishDue(app)).toBe(0);
      expect((await listDrafts(app, mei)).map((draft) => draft.id)).toEqual([id]);
      await schedulePost(app, mei, { ...BLANK, id, at: at() });
      expect(await postNow(app, mei, id)).toBe("posted");
      expect(await notes()).toHaveLength(1);
    });

    it("waits for its films, and says why when one cannot be used", async () => {
      const { app, mei, notes, picture, setState } = await start();
      const [film, broken] = [await picture(), await picture()];
      await setState(film, "working");
      await setState(broken, "waiting");
      const now = app.clock.now();
      await schedulePost(app, mei, { ...BLANK, attachmentIds: [film], at: now });
      const { id } = await schedulePost(app, mei, { ...BLANK, attachmentIds: [broken], at: now });
      expect(await publishDue(app)).toBe(0);
      await setState(film, "ready");
      await setState(broken, "failed");
      expect(await publishDue(app)).toBe(1);
      expect(await notes()).toHaveLength(1);
      expect(await listDrafts(app, mei)).toMatchObject([
        { id, fault: { key: "field.media_failed" }, attachments: [{ state: "failed" }] },
      ]);
      await expect(
        createNote(app, mei, { source: "x", visibility: "public", attachments: [{ id: broken }] }),
      ).rejects.toMatchObject({ fields: { attachments: { key: "field.media_failed" } } });
    });

    it("becomes a draft with its fault when what it answers is gone", async () => {
      const { instance, app, clock, mei, li, at } = await start();
      const parent = await aNote(instance, { by: li });
      await schedulePost(app, mei, { ...BLANK, replyToId: parent.id, at: at() });
      await deleteNote(app, li, parent.id);
      clock.advance(HOUR);
      expect(await publishDue(app)).toBe(0);
      expect(await listDrafts(app, mei)).toMatchObject([{ fault: { key: "error.not_found" } }]);
    });

    it("is off the schedule once it is changed, thrown away, or its author left", async () => {
      const { app, clock, mei, li, notes, at } = await start();
      const changed = await schedulePost(app, mei, { ...BLANK, at: at() });
      await saveDraft(app, mei, { ...BLANK, id: changed.id, source: "See you at the har" });
      const thrown = await schedulePost(app, mei, { ...BLANK, at: at() });
      await deleteDraft(app, mei, thrown.id);
      await schedulePost(app, li, { ...BLANK, at: at() });
      await deleteAccount(app, li, { password: PASSWORD });
      clock.advance(2 * HOUR);
      expect(await publishDue(app)).toBe(0);
      expect(await notes()).toEqual([]);
    });

    it("has a time within a year, and there are not endlessly many", async () => {
      const { app, clock, mei } = await start();
      for (const at of [Number.NaN, -1, 1.5, clock.now() + 400 * 24 * HOUR])
        await expect(schedulePost(app, mei, { ...BLANK, at })).rejects.toMatchObject({
          fields: { schedule: { key: "field.schedule" } },
        });
    });
  });

  describe("a draft", () => {
    it("is kept for a day after it was thrown away, for its author alone", async () => {
      const { app, mei, li } = await start();
      const { id } = await saveDraft(app, mei, BLANK);
      await deleteDraft(app, li, id);
      expect(await listDrafts(app, mei)).toHaveLength(1);
      await deleteDraft(app, mei, id);
      expect(await getDraft(app, mei, id)).toBeNull();
      await restoreDraft(app, li, id);
      expect(await getDraft(app, mei, id)).toBeNull();
      await restoreDraft(app, mei, id);
      expect(await getDraft(app, mei, id)).toMatchObject({ source: BLANK.source });
    });

    it("takes nobody else's files", async () => {
      const { app, mei, li, picture } = await start();
      const id = await picture();
      await saveDraft(app, mei, { ...BLANK, attachmentIds: [id], alts: { [String(id)]: "mine" } });
      const draft = await saveDraft(app, li, {
        ...BLANK,
        attachmentIds: [id],
        alts: { [String(id)]: "stolen" },
      });
      expect(draft.attachments).toEqual([]);
      expect((await listDrafts(app, mei))[0]?.attachments[0]?.alt).toBe("mine");
      await expect(saveDraft(app, li, { ...BLANK, id: asId<DraftId>(draft.id + 1) })).resolves.toBeDefined();
    });
  });

  describe("a note with an end", () => {
    it("deletes itself when its time is over, and no other does", async () => {
      const { instance, app, clock, mei } = await start();
      const stays = await aNote(instance, { by: mei });
      const goes = await aNote(instance, { by: mei, expiresInMs: 24 * HOUR });
      clock.advance(23 * HOUR);
      expect(await expireNotes(app)).toBe(0);
      clock.advance(HOUR);
      expect(await expireNotes(app)).toBe(1);
      expect(await expireNotes(app)).toBe(0);
      await expect(viewNote(app, mei, goes.id)).rejects.toMatchObject({ kind: "gone" });
      expect((await viewNote(app, mei, stays.id)).expiresAt).toBeNull();
      await expect(aNote(instance, { by: mei, expiresInMs: 5 })).rejects.toMatchObject({
        fields: { expiry: { key: "field.expiry" } },
      });
    });
  });

  describe("editing the files of a note", () => {
    it("adds, orders, describes and takes away; what is left out is nobody's", async () => {
      const { instance, app, mei, li, picture } = await start();
      const [a, b, c] = [await picture(), await picture(), await picture()];
      const note = await aNote(instance, { by: mei, attachments: [{ id: a }, { id: b, isCover: true }] });
      const edited = await editNote(app, mei, {
        noteId: note.id,
        source: "Changed",
        attachments: [
          { id: c, alt: "New", isCover: true },
          { id: b, alt: "Was first", focus: { x: 0.8, y: 0 } },
        ],
      });
      expect(edited.attachments).toMatchObject([
        { id: c, alt: "New", isCover: true },
        { id: b, alt: "Was first", isCover: false, focus: { x: 0.8, y: 0 } },
      ]);
      const other = await aNote(instance, { by: mei, attachments: [{ id: a }, { id: b }] });
      expect(other.attachments.map(({ id }) => id)).toEqual([a]);
      const foreign = await aNote(instance, { by: li, attachments: [{ id: c }] });
      expect(foreign.attachments).toEqual([]);
    });
  });

  describe("what is offered while somebody types", () => {
    it("are people whom one may name, tags of public notes, and our emoji", async () => {
      const { instance, app, mei, li } = await start();
      const { viewer: lisa } = await aMember(instance, "lisa");
      const names = async (word: string) => (await suggest(app, mei, word)).people.map((one) => one.username);
      expect(await names("@l")).toEqual(["li", "lisa"]);
      await followActor(app, mei, lisa.actorId);
      expect((await names("@L"))[0]).toBe("lisa");
      expect(await names("@")).toEqual(["lisa"]);
      await blockActor(app, li, mei.actorId);
      expect(await names("@l")).toEqual(["lisa"]);
      await blockActor(app, mei, lisa.actorId);
      expect(await names("@l")).toEqual([]);
      expect(await names("@%")).toEqual([]);
      await aNote(instance, { by: mei, source: "#harbour" });
      await aNote(instance, { by: mei, source: "#harsh secret", visibility: "followers" });
      expect((await suggest(app, mei, "#har")).tags).toEqual(["harbour"]);
      expect(await suggest(app, mei, "har")).toEqual({ people: [], tags: [], emojis: [] });
    });

    it("names who will read it, and who is not known", async () => {
      const { app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      const readers = await readersOf(app, mei, "@li @nobody @mei @far@away.test hello");
      expect(readers.people.map((one) => one.username)).toEqual(["li"]);
      expect(readers.unknown).toEqual(["@nobody", "@far@away.test"]);
      expect(readers.followers).toBe(1);
    });
  });
});
