import { afterEach, describe, expect, it } from "vitest";
import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { asId, type AttachmentId, type DraftId, type NoteId } from "../../server/domain/ids.ts";
import type { CreateNote } from "../../server/domain/note.ts";
import { type Visibility, VISIBILITIES } from "../../server/domain/visibility.ts";
import { CausewayError } from "../../server/errors.ts";
import { getDraft, listDrafts, saveDraft } from "../../server/services/notes/drafts.ts";
import { followActor, removeFollower } from "../../server/services/relations/follows.ts";
import { createNote, deleteNote, editNote, getNoteSource } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { announceNote, bookmarkNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { listVersions, viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { viewActor } from "../../server/services/actors/actors.ts";
import { bookmarksTimeline, homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { insertAttachment } from "../../server/store/attachments.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { rowCounts, tablesHolding } from "../support/tables.ts";

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

async function faultsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CausewayError)) throw new Error(`expected a fault, got ${String(error)}`);
  return Object.entries(error.fields).map(([field, fault]) => `${field}:${fault.key}`);
}

/** An upload of a member, with its file. */
async function anUpload(app: App, by: Viewer): Promise<{ readonly id: AttachmentId; readonly file: string }> {
  const id = app.ids.next();
  const file = `${app.ids.secret(18)}.webp`;
  await app.files.write(file, new Uint8Array([1, 2, 3]));
  await insertAttachment(app.db, {
    id,
    actor_id: by.actorId,
    note_id: null,
    position: 0,
    kind: "image",
    file,
    remote_url: null,
    media_type: "image/webp",
    alt: "",
    width: 1,
    height: 1,
    blurhash: null,
    created_at: app.clock.now(),
  });
  return { id: asId(id), file };
}

const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(" ");

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    return { instance, app: instance.app, clock: instance.clock, mei, li };
  };

  describe("writing", () => {
    it("keeps an answer as narrow as what it answers, whatever was chosen", async () => {
      const { instance, app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      const expected: Readonly<Record<Visibility, readonly Visibility[]>> = {
        public: ["public", "unlisted", "followers", "direct"],
        unlisted: ["public", "unlisted", "followers", "direct"],
        followers: ["followers", "followers", "followers", "direct"],
        direct: ["direct", "direct", "direct", "direct"],
      };
      for (const visibility of VISIBILITIES) {
        const parent = await aNote(instance, { by: mei, visibility, source: "@li come" });
        const got: Visibility[] = [];
        for (const chosen of VISIBILITIES)
          got.push((await aNote(instance, { by: li, visibility: chosen, replyTo: parent.id })).visibility);
        expect(got).toEqual(expected[visibility]);
      }
    });

    it("refuses what is empty, too long or too much at its field, and writes nothing", async () => {
      const { app, mei } = await start();
      const before = await rowCounts(app.db);
      const write = (change: Partial<CreateNote>) =>
        createNote(app, mei, { source: "x", visibility: "public", ...change });
      expect(await faultsOf(write({ source: " \r\n\u3000 " }))).toEqual(["source:field.empty_note"]);
      expect(await faultsOf(write({ source: "海".repeat(5001) }))).toEqual(["source:field.too_long"]);
      expect(await faultsOf(write({ source: "😀".repeat(4998), summary: "警告!" }))).toEqual([
        "source:field.too_long",
      ]);
      expect(await faultsOf(write({ source: times(65, (i) => `#tag${i}`) }))).toEqual([
        "source:field.too_many_tags",
      ]);
      expect(await faultsOf(write({ source: times(65, (i) => `@u${i}`) }))).toEqual([
        "source:field.too_many_mentions",
      ]);
      const media = Array.from({ length: 17 }, (_, i) => ({ id: asId<AttachmentId>(i + 1) }));
      expect(await faultsOf(write({ attachments: media }))).toEqual(["attachments:field.too_many_media"]);
      expect(await faultsOf(write({ language: "not a language" }))).toEqual(["language:field.language"]);
      await expect(write({ replyToId: asId<NoteId>(12345) })).rejects.toMatchObject({ kind: "not_found" });
      expect(await rowCounts(app.db)).toEqual(before);
    });

    it("counts characters as people do: 5,000 of any script fit, with 64 tags and 64 mentions", async () => {
      const { app, mei } = await start();
      const write = (source: string) => createNote(app, mei, { source, visibility: "public" });
      for (const character of ["海", "😀", "a"]) await write(character.repeat(5000));
      expect((await write(times(64, (i) => `#tag${i}`))).tags).toHaveLength(64);
      expect((await write(`${times(63, (i) => `@nobody${i}`)} @li`)).mentions).toHaveLength(1);
    });

    it("keeps what was typed though it holds characters that no database takes", async () => {
      const { instance, app, mei } = await start();
      const odd = "a\0b\ud800c";
      await saveDraft(app, mei, {
        source: odd,
        summary: odd,
        visibility: "public",
        language: null,
        sensitive: false,
        replyToId: null,
        attachmentIds: [],
      });
      expect((await aNote(instance, { by: mei, source: odd, summary: odd })).contentHtml).toContain("ab");
    });

    it("stops at the limit of notes until time has passed", async () => {
      const { instance, app, clock, mei } = await start();
      const rule = { name: "notes", limit: 300, windowMs: 3 * 3_600_000 };
      for (let i = 0; i < 300; i++) app.limiter.take(rule, String(mei.actorId));
      await expect(aNote(instance, { by: mei })).rejects.toMatchObject({ kind: "too_many" });
      clock.advance(3 * 3_600_000);
      await aNote(instance, { by: mei });
    });
  });

  describe("submitting twice", () => {
    it("makes one note of a draft, in a row and at once, and the draft's text is gone", async () => {
      const { app, mei } = await start();
      const draft = await saveDraft(app, mei, {
        source: "twicemarker",
        summary: "",
        visibility: "public",
        language: null,
        sensitive: false,
        replyToId: null,
        attachmentIds: [],
      });
      const post = () => createNote(app, mei, { source: "posted", visibility: "public", draftId: draft.id });
      const made = await Promise.all([post(), post(), post()]);
      const again = await post();
      expect(new Set([...made, again].map((note) => note.id)).size).toBe(1);
      expect((await profileTimeline(app, mei, mei.actorId, {})).items).toHaveLength(1);
      expect(await listDrafts(app, mei)).toEqual([]);
      expect(await tablesHolding(app.db, "twicemarker")).toEqual([]);
    });

    it("makes one note of a form whose draft was never saved", async () => {
      const { app, mei } = await start();
      const draftId = asId<DraftId>(app.ids.next());
      const post = () => createNote(app, mei, { source: "once", visibility: "public", draftId });
      const made = await Promise.all([post(), post()]);
      expect(new Set(made.map((note) => note.id)).size).toBe(1);
    });

    it("answers an Idempotency-Key with the same note, with a conflict for another body, and forgets it after a day", async () => {
      const { app, clock, mei, li } = await start();
      const post = (who: Viewer, source: string) =>
        createNote(app, who, { source, visibility: "public", idempotencyKey: "k1" });
      const made = await Promise.all([post(mei, "one"), post(mei, "one"), post(mei, "one")]);
      expect(new Set(made.map((note) => note.id)).size).toBe(1);
      await expect(post(mei, "two")).rejects.toMatchObject({ kind: "conflict", key: "error.idempotency" });
      expect((await post(li, "two")).author.username).toBe("li");
      clock.advance(25 * 3_600_000);
      expect((await post(mei, "two")).id).not.toBe(made[0]?.id);
    });

    it("keeps other people's drafts to themselves", async () => {
      const { app, mei, li } = await start();
      const body = {
        summary: "",
        visibility: "direct",
        language: null,
        sensitive: false,
        replyToId: null,
        attachmentIds: [],
      } as const;
      const draft = await saveDraft(app, mei, { ...body, source: "mine" });
      await expect(saveDraft(app, li, { ...body, id: draft.id, source: "taken" })).rejects.toMatchObject({
        kind: "not_found",
      });
      expect(await getDraft(app, li, draft.id)).toBeNull();
      await createNote(app, li, { source: "li's", visibility: "public", draftId: draft.id });
      expect((await getDraft(app, mei, draft.id))?.source).toBe("mine");
    });
  });

  describe("editing and deleting", () => {
    it("keeps every version, oldest first, and never changes who may see the note", async () => {
      const { instance, app, clock, mei } = await start();
      const note = await aNote(instance, { by: mei, source: "one #old", visibility: "followers" });
      for (const source of ["two", "three #new"]) {
        clock.advance(60_000);
        await editNote(app, mei, { noteId: note.id, source });
      }
      const versions = await listVersions(app, mei, note.id);
      expect(versions.map((version) => /one|two|three/.exec(version.contentHtml)?.[0])).toEqual([
        "one",
        "two",
        "three",
      ]);
      expect(versions.map((version) => version.at - note.publishedAt)).toEqual([0, 60_000, 120_000]);
      expect(await viewNote(app, mei, note.id)).toMatchObject({
        visibility: "followers",
        tags: ["new"],
        editedAt: clock.now(),
      });
      expect((await getNoteSource(app, mei, note.id)).source).toBe("three #new");
    });

    it("tells whom an answer was told to once, also after an edit, and the newly named", async () => {
      const { instance, app, mei, li } = await start();
      const { viewer: bo } = await aMember(instance, "bo");
      const root = await aNote(instance, { by: mei });
      const reply = await aNote(instance, { by: li, source: "@mei yes", replyTo: root.id });
      await editNote(app, li, { noteId: reply.id, source: "@mei @bo yes, both" });
      const told = async (who: Viewer) =>
        (await listNotifications(app, who, {})).items.map((item) => item.kind);
      expect(await told(mei)).toEqual(["reply"]);
      expect(await told(bo)).toEqual(["mention"]);
    });

    it("leaves no trace of a deleted note's text anywhere, and removes its files by a job", async () => {
      const { instance, app, mei, li } = await start();
      const upload = await anUpload(app, mei);
      const note = await aNote(instance, {
        by: mei,
        source: "xyzzymarker #xyzzymarker",
        summary: "xyzzymarker",
        attachments: [{ id: upload.id, alt: "xyzzymarker" }],
      });
      await editNote(app, mei, { noteId: note.id, source: "xyzzymarker again" });
      await drain(instance);
      for (const react of [likeNote, announceNote, bookmarkNote]) await react(app, li, note.id);
      expect((await tablesHolding(app.db, "xyzzymarker")).length).toBeGreaterThan(2);
      await deleteNote(app, mei, note.id);
      expect(await app.files.read(upload.file)).not.toBeNull();
      await drain(instance);
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
      expect(await app.files.read(upload.file)).toBeNull();
      expect((await listNotifications(app, mei, {})).items).toEqual([]);
      await expect(viewNote(app, li, note.id)).rejects.toMatchObject({ kind: "gone" });
    });

    it("leaves no trace either when it is deleted before the jobs of its writing ran", async () => {
      const { instance, app, mei } = await start();
      const note = await aNote(instance, { by: mei, source: "xyzzymarker" });
      await deleteNote(app, mei, note.id);
      await drain(instance);
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
    });

    it("stays deleted, and is counted once, when edits and deletions come at once", async () => {
      const { instance, app, mei } = await start();
      const note = await aNote(instance, { by: mei, source: "xyzzymarker" });
      const edit = () => editNote(app, mei, { noteId: note.id, source: "xyzzymarker again" });
      const remove = () => deleteNote(app, mei, note.id);
      await aNote(instance, { by: mei });
      await Promise.allSettled([edit(), remove(), edit(), remove(), remove(), edit()]);
      await drain(instance);
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
      expect((await viewActor(app, mei.actorId))?.notesCount).toBe(1);
    });

    it("goes with its author: an account that is deleted leaves none of its words anywhere", async () => {
      const { instance, app, clock, mei, li } = await start();
      await updateProfile(app, mei, { name: "xyzzymarker", bioSource: "xyzzymarker" });
      const upload = await anUpload(app, mei);
      const note = await aNote(instance, {
        by: mei,
        source: "xyzzymarker",
        attachments: [{ id: upload.id, alt: "xyzzymarker" }],
      });
      await likeNote(app, li, note.id);
      await drain(instance);
      clock.advance(1000);
      await deleteAccount(app, mei, { password: PASSWORD });
      await drain(instance);
      clock.advance(2 * 3_600_000);
      await drain(instance);
      expect(await tablesHolding(app.db, "xyzzymarker")).toEqual([]);
      expect(await app.files.read(upload.file)).toBeNull();
    });

    it("keeps the answers to a deleted note, and the counts right", async () => {
      const { instance, app, mei, li } = await start();
      const root = await aNote(instance, { by: mei, source: "root" });
      const reply = await aNote(instance, { by: li, source: "answer", replyTo: root.id });
      const second = await aNote(instance, { by: mei, source: "answer to the answer", replyTo: reply.id });
      expect((await viewNote(app, mei, root.id)).repliesCount).toBe(1);
      await deleteNote(app, mei, root.id);
      const thread = await viewThread(app, null, reply.id);
      expect(thread.ancestors).toEqual([]);
      expect(thread.replies.map((entry) => entry.note.id)).toEqual([second.id]);
      expect(thread.note.replyTo).toMatchObject({ id: null, author: null });
      await deleteNote(app, mei, second.id);
      expect(await viewNote(app, null, reply.id)).toMatchObject({
        repliesCount: 0,
        author: { notesCount: 1 },
      });
      expect((await viewThread(app, null, reply.id)).replies).toEqual([]);
    });
  });

  describe("other people's notes", () => {
    it("are not edited, deleted or opened in the editor, and say no word of what they hold", async () => {
      const { instance, app, mei, li } = await start();
      const note = await aNote(instance, { by: mei, source: "mine alone" });
      for (const work of [
        () => editNote(app, li, { noteId: note.id, source: "taken" }),
        () => deleteNote(app, li, note.id),
        () => getNoteSource(app, li, note.id),
      ])
        await expect(work()).rejects.toMatchObject({
          kind: "not_found",
          message: "not_found: error.not_found",
        });
      expect((await viewNote(app, li, note.id)).contentHtml).toContain("mine alone");
    });

    it("are not reacted to nor answered by those who may not see them, and nothing is stored", async () => {
      const { instance, app, mei, li } = await start();
      for (const visibility of ["followers", "direct"] as const) {
        const note = await aNote(instance, { by: mei, visibility });
        const before = await rowCounts(app.db);
        for (const react of [likeNote, announceNote, bookmarkNote])
          await expect(react(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
        await expect(aNote(instance, { by: li, replyTo: note.id })).rejects.toMatchObject({
          kind: "not_found",
        });
        await expect(viewThread(app, li, note.id)).rejects.toMatchObject({ kind: "not_found" });
        expect(await rowCounts(app.db)).toEqual(before);
      }
    });

    it("are not boosted when private, also by those who may see them; one's own for followers stay with followers", async () => {
      const { instance, app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      const note = await aNote(instance, { by: mei, visibility: "followers", source: "for followers" });
      const direct = await aNote(instance, { by: mei, visibility: "direct", source: "@li for you" });
      for (const id of [note.id, direct.id])
        await expect(announceNote(app, li, id)).rejects.toMatchObject({ kind: "forbidden" });
      await expect(announceNote(app, mei, direct.id)).rejects.toMatchObject({ kind: "forbidden" });
      await announceNote(app, mei, note.id);
      expect((await profileTimeline(app, null, mei.actorId, {})).items).toEqual([]);
      expect((await homeTimeline(app, li, {})).items.map((entry) => entry.announcedBy?.username)).toEqual([
        "mei",
        undefined,
        undefined,
      ]);
    });

    it("leave the bookmarks of those who may no longer see them", async () => {
      const { instance, app, mei, li } = await start();
      await followActor(app, li, mei.actorId);
      const note = await aNote(instance, { by: mei, visibility: "followers" });
      await bookmarkNote(app, li, note.id);
      expect((await bookmarksTimeline(app, li, {})).items).toHaveLength(1);
      await removeFollower(app, mei, li.actorId);
      expect((await bookmarksTimeline(app, li, {})).items).toEqual([]);
    });

    it("give up none of their pictures to somebody else's note", async () => {
      const { instance, app, mei, li } = await start();
      const upload = await anUpload(app, mei);
      const stolen = await aNote(instance, {
        by: li,
        source: "look",
        attachments: [{ id: upload.id, alt: "mine now" }],
      });
      expect(stolen.attachments).toEqual([]);
      expect(
        await faultsOf(aNote(instance, { by: li, source: "", attachments: [{ id: upload.id }] })),
      ).toEqual(["source:field.empty_note"]);
      const own = await aNote(instance, { by: mei, source: "", attachments: [{ id: upload.id }] });
      expect(own.attachments).toMatchObject([{ id: upload.id, alt: "" }]);
      await aNote(instance, { by: mei, source: "twice", attachments: [{ id: upload.id }] });
      expect((await viewNote(app, mei, own.id)).attachments).toHaveLength(1);
    });
  });
});
