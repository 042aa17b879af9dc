import { expect, it } from "vitest";
import type { Db } from "../../server/store/database.ts";
import { findActorById } from "../../server/store/actors.ts";
import { buryNote, findNoteById } from "../../server/store/notes.ts";
import { homeEntries } from "../../server/store/home.ts";
import { insertAnnounce } from "../../server/store/reactions.ts";
import {
  bookmarkRows,
  localEntries,
  outboxEntries,
  profileEntries,
  tagEntries,
} from "../../server/store/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const ME = 1;
const FRIEND = 2;
const STRANGER = 3;
const NOW = 1000;

async function people(db: Db): Promise<void> {
  for (const id of [ME, FRIEND, STRANGER]) await storeActor(db, id);
  await storeFollow(db, 50, ME, FRIEND);
}

const ids = (found: { readonly rows: readonly { readonly id: number }[] }) => found.rows.map((row) => row.id);

eachDatabase((_, open) => {
  it("shows at home one's own notes and those of accepted followees, newest first", async () => {
    const { db } = await open();
    await people(db);
    await storeNote(db, 101, FRIEND, { visibility: "followers" });
    await storeNote(db, 102, STRANGER);
    await storeNote(db, 103, ME, { visibility: "direct" });
    await storeNote(db, 104, FRIEND, { visibility: "direct" });
    await storeNote(db, 105, FRIEND, { visibility: "direct" }, [ME]);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([105, 103, 101]);
  });

  it("walks a home page by page both ways without gaps or repeats, though filters drop most of it", async () => {
    const { db } = await open();
    await people(db);
    const shown: number[] = [];
    for (let i = 0; i < 120; i++) {
      const visible = i % 5 === 0;
      await storeNote(db, 1000 + i, FRIEND, { visibility: visible ? "public" : "direct" });
      if (visible) shown.unshift(1000 + i);
    }
    const down: number[] = [];
    let before: number | undefined;
    for (let page = 0; page < 10; page++) {
      const found = await homeEntries(db, ME, { before, limit: 5 }, NOW);
      down.push(...ids(found));
      before = found.rows.at(-1)?.id;
      if (!found.more) break;
    }
    expect(down).toEqual(shown);
    const up = await homeEntries(db, ME, { after: shown.at(-1), limit: 5 }, NOW);
    expect(ids(up)).toEqual(shown.slice(-6, -1));
    expect(up.more).toBe(true);
  });

  it("shows boosts of followees at home, but not of those one has muted or blocked", async () => {
    const { db } = await open();
    await people(db);
    await storeActor(db, 4);
    await storeNote(db, 101, STRANGER);
    await storeNote(db, 102, 4);
    const announce = (id: number, noteId: number) =>
      insertAnnounce(
        db,
        {
          id,
          uri: `https://rows.test/a/${id}`,
          actor_id: FRIEND,
          note_id: noteId,
          visibility: "public",
          created_at: 0,
        },
        { local: true },
      );
    await announce(201, 101);
    await announce(202, 102);
    await db
      .insertInto("mutes")
      .values({ id: 1, actor_id: ME, target_id: 4, created_at: 0, expires_at: NOW + 1 })
      .execute();
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([201]);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW + 2))).toEqual([202, 201]);
    await storeBlock(db, 60, STRANGER, ME);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW + 2))).toEqual([202]);
  });

  it("keeps everything but public originals out of the local timeline and the tag page", async () => {
    const { db } = await open();
    await people(db);
    for (const [i, visibility] of ["public", "unlisted", "followers", "direct"].entries())
      await storeNote(db, 101 + i, FRIEND, { visibility }, [], ["美食"]);
    await storeNote(db, 110, STRANGER, { local: 0 }, [], ["美食"]);
    expect(ids(await localEntries(db, ME, { limit: 20 }, NOW))).toEqual([101]);
    expect(ids(await tagEntries(db, ME, { any: ["美食"] }, { limit: 20 }, NOW))).toEqual([110, 101]);
  });

  it("keeps private notes out of outboxes and other people's bookmarks", async () => {
    const { db } = await open();
    await people(db);
    for (const [i, visibility] of ["public", "unlisted", "followers", "direct"].entries())
      await storeNote(db, 101 + i, FRIEND, { visibility });
    expect(ids(await outboxEntries(db, FRIEND, { limit: 20 }))).toEqual([102, 101]);
    expect(ids(await profileEntries(db, ME, FRIEND, { limit: 20 }, true))).toEqual([103, 102, 101]);
    expect(ids(await profileEntries(db, null, FRIEND, { limit: 20 }, true))).toEqual([102, 101]);
    for (const noteId of [101, 103, 104])
      await db
        .insertInto("bookmarks")
        .values({ id: noteId + 500, actor_id: ME, note_id: noteId })
        .execute();
    expect((await bookmarkRows(db, ME, { limit: 20 })).rows.map((row) => row.note_id)).toEqual([103, 101]);
  });

  it("counts what everybody may see, so that nobody can guess a private reply", async () => {
    const { db } = await open();
    await people(db);
    await storeNote(db, 101, ME);
    const parent = { reply_to_id: 101, reply_to_uri: "https://rows.test/notes/101" };
    for (const [i, visibility] of ["public", "unlisted", "followers", "direct"].entries())
      await storeNote(db, 110 + i, FRIEND, { ...parent, visibility });
    const count = async () => {
      const note = await findNoteById(db, 101);
      const friend = await findActorById(db, FRIEND);
      return [note?.replies_count, friend?.notes_count];
    };
    expect(await count()).toEqual([2, 2]);
    for (const id of [110, 113]) {
      const row = await findNoteById(db, id);
      if (row !== undefined) await buryNote(db, row, NOW);
    }
    expect(await count()).toEqual([1, 1]);
  });
});
