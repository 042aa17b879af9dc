import { expect, test } from "vitest";
import type { TransferKind } from "../../server/domain/transfer.ts";
import {
  countOut,
  blocksOut,
  bookmarksOut,
  filteredUris,
  followsOut,
  listedOut,
  mutesOut,
} from "../../server/store/transfers-out.ts";
import { countGone, type GonePart, listGone } from "../../server/store/transfers-gone.ts";
import {
  countPutOff,
  findTransfer,
  finishRow,
  insertTransfer,
  listDueRows,
  listFailedRows,
  listTransferRows,
  nextRowAt,
  putOffHost,
  putOffRow,
  removeTransfersOf,
} from "../../server/store/transfers.ts";
import type { Db } from "../../server/store/database.ts";
import {
  replaceOnLists,
  listBlockerInboxes,
  listCommentsToCopy,
  listOwnersWith,
} from "../../server/store/moves.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeNote } from "../support/rows.ts";

const [ME, ADA, BOB] = [1, 2, 3];
const OWNER = { actorId: ME, accountId: 7 };
/** When the file came; ids below are older. */
const FILE = 1_000;

async function people(db: Db): Promise<void> {
  await storeActor(db, ME);
  await storeActor(db, ADA, { host: "far.test", username: "Ada" });
  await storeActor(db, BOB);
  await db
    .insertInto("accounts")
    .values({
      id: 7,
      actor_id: ME,
      email: null,
      password_hash: "x",
      role: "member",
      locale: "en",
      languages: "[]",
      invite_id: null,
      created_at: 0,
      suspended_at: null,
      notifications_read_id: 0,
    })
    .execute();
}

async function file(db: Db, kind: TransferKind, subjects: readonly (readonly [string, string | null])[]) {
  const counts = { total: subjects.length, done: 0, already: 0, failed: 0, swept: 0 } as const;
  const row = { id: FILE, account_id: 7, kind, mode: "overwrite", state: "running", name: "" } as const;
  await insertTransfer(
    db,
    { ...row, ...counts, created_at: 0, finished_at: null },
    subjects.map(([subject, place], at) => ({
      transfer_id: FILE,
      position: at + 1,
      verb: "add",
      subject,
      place,
      host: subject.split("@")[1] ?? null,
      target_id: null,
      data: "{}",
      state: "waiting",
      tries: 0,
      next_at: 0,
      message: null,
    })),
  );
}

eachDatabase((_, open) => {
  test("works rows off from the last one, puts them off by server, and counts each once", async () => {
    const { db } = await open();
    await people(db);
    await file(db, "blocks", [
      ["ada@far.test", null],
      ["x@near.test", null],
      ["bob@far.test", null],
    ]);
    const due = async (now: number) => (await listDueRows(db, FILE, now, 9)).map(({ position }) => position);
    expect(await due(0)).toEqual([3, 2, 1]);
    await putOffHost(db, FILE, "far.test", 50);
    expect([await due(49), await due(50), await countPutOff(db, FILE)]).toEqual([[2], [2, 3, 1], 2]);
    await putOffRow(db, FILE, 2, { tries: 1, next_at: 60 });
    expect(await nextRowAt(db, FILE)).toBe(50);
    for (let twice = 0; twice < 2; twice++)
      await finishRow(db, FILE, 2, { state: "failed", message: '{"key":"x"}', targetId: null });
    await finishRow(db, FILE, 1, { state: "done", message: null, targetId: ADA });
    await finishRow(db, FILE, 3, { state: "already", message: null, targetId: null });
    expect(await findTransfer(db, FILE)).toMatchObject({ done: 1, already: 1, failed: 1 });
    expect(await nextRowAt(db, FILE)).toBeNull();
    expect(await listFailedRows(db, FILE, 0, 9)).toMatchObject([{ position: 2, tries: 1 }]);
    expect(await listTransferRows(db, FILE, { state: null, limit: 2, offset: 1 })).toMatchObject([
      { position: 2 },
      { position: 3 },
    ]);
    expect(await listTransferRows(db, FILE, { state: "done", limit: 9, offset: 0 })).toHaveLength(1);
    await removeTransfersOf(db, 7);
    expect(await findTransfer(db, FILE)).toBeUndefined();
  });

  test("finds what a file does not have, of each kind, and what goes out", async () => {
    const { db } = await open();
    await people(db);
    const note = 500;
    await storeNote(db, note, ADA);
    const gone = async (
      kind: TransferKind,
      part: GonePart,
      subjects: readonly (readonly [string, string | null])[],
    ) => {
      await removeTransfersOf(db, 7);
      await file(db, kind, subjects);
      const rows = await listGone(db, part, OWNER, FILE);
      expect(await countGone(db, part, OWNER, FILE)).toBe(rows.length);
      return rows.map(({ subject, place, target_id }) => [subject, place, Number(target_id)]);
    };
    for (const [target_id, id] of [
      [ADA, 10],
      [BOB, 2_000],
    ] as const) {
      const both = { id, actor_id: ME, target_id, created_at: 0 };
      const flags = { notify: 1, show_announces: 0, languages: '["en"]' } as const;
      await db
        .insertInto("follows")
        .values({ ...both, ...flags, uri: `f${id}`, state: "accepted" })
        .execute();
      await db
        .insertInto("mutes")
        .values({ ...both, expires_at: null, hide_notifications: 1 })
        .execute();
      await db
        .insertInto("blocks")
        .values({ ...both, uri: `b${id}` })
        .execute();
    }
    for (const kind of ["follows", "mutes", "blocks"] as const) {
      expect(await gone(kind, kind, [["x@far.test", null]])).toEqual([["ada@far.test", null, ADA]]);
      expect(await gone(kind, kind, [["ada@far.test", null]])).toEqual([]);
    }
    // Named otherwise, but found to be the same.
    await gone("follows", "follows", [["alias@far.test", null]]);
    await finishRow(db, FILE, 1, { state: "done", message: null, targetId: ADA });
    expect(await countGone(db, "follows", OWNER, FILE)).toBe(0);

    for (const [id, title] of [
      [20, "stays"],
      [21, "goes"],
    ] as const) {
      const list = { id, actor_id: ME, title, replies: "list", exclusive: 0, created_at: 0 } as const;
      await db.insertInto("lists").values(list).execute();
      await db.insertInto("list_members").values({ list_id: id, actor_id: ADA }).execute();
    }
    expect(await gone("lists", "titles", [["x@", "stays"]])).toEqual([["goes", null, 21]]);
    expect(await gone("lists", "lists", [["x@", "stays"]])).toEqual([["ada@far.test", "stays", ADA]]);
    expect(await gone("lists", "lists", [["ada@far.test", "stays"]])).toEqual([]);

    await db
      .insertInto("personal_domain_blocks")
      .values({ id: 30, actor_id: ME, host: "bad.test", created_at: 0 })
      .execute();
    expect(await gone("domains", "domains", [["x.test", null]])).toEqual([["bad.test", null, 30]]);
    expect(await gone("domains", "domains", [["bad.test", null]])).toEqual([]);

    await db.insertInto("bookmarks").values({ id: 40, actor_id: ME, note_id: note }).execute();
    const { uri, url } = await db
      .selectFrom("notes")
      .selectAll()
      .where("id", "=", note)
      .executeTakeFirstOrThrow();
    expect(await gone("bookmarks", "bookmarks", [["https://x.test/", null]])).toEqual([[uri, null, note]]);
    for (const one of [uri, url]) expect(await gone("bookmarks", "bookmarks", [[one, null]])).toEqual([]);

    const filter = { id: 50, account_id: 7, title: "t", contexts: "[]", action: "warn", expires_at: null };
    await db
      .insertInto("filters")
      .values({ ...filter, created_at: 0 })
      .execute();
    await db.insertInto("filter_notes").values({ id: 51, filter_id: 50, note_id: note }).execute();
    expect(await gone("filters", "filters", [["x", null]])).toEqual([["t", null, 50]]);
    expect(await gone("filters", "filters", [["t", null]])).toEqual([]);

    const most = Number.MAX_SAFE_INTEGER;
    expect(await followsOut(db, ME, most, 9)).toMatchObject([
      { id: 2_000, username: "u3" },
      { username: "Ada" },
    ]);
    expect(await followsOut(db, ME, 2_000, 9)).toHaveLength(1);
    expect(await mutesOut(db, ME, most, 1, 0)).toHaveLength(1);
    expect(await blocksOut(db, ME, most, 9)).toHaveLength(2);
    expect(await listedOut(db, 20, most, 9)).toMatchObject([{ username: "Ada", host: "far.test" }]);
    expect(await bookmarksOut(db, ME, most, 9)).toEqual([{ id: 40, uri }]);
    expect(await filteredUris(db, [50])).toEqual([{ filter_id: 50, uri }]);
    expect(await countOut(db, ME, 7, 0)).toEqual({
      follows: 2,
      lists: 2,
      mutes: 2,
      blocks: 2,
      domains: 1,
      bookmarks: 1,
      filters: 1,
    });
  });

  test("finds what goes along with somebody who moves", async () => {
    const { db } = await open();
    await people(db);
    for (const id of [20, 21]) {
      const list = {
        id,
        actor_id: ME,
        title: `l${id}`,
        replies: "list",
        exclusive: 0,
        created_at: 0,
      } as const;
      await db.insertInto("lists").values(list).execute();
      await db.insertInto("list_members").values({ list_id: id, actor_id: ADA }).execute();
    }
    await db.insertInto("list_members").values({ list_id: 21, actor_id: BOB }).execute();
    expect(await listOwnersWith(db, ADA, { after: 0, limit: 9 })).toEqual([ME]);
    for (let twice = 0; twice < 2; twice++) await replaceOnLists(db, ME, ADA, BOB);
    const members = await db.selectFrom("list_members").selectAll().orderBy("list_id").execute();
    expect(members).toEqual([
      { list_id: 20, actor_id: BOB },
      { list_id: 21, actor_id: BOB },
    ]);
    const comment = { actor_id: ME, target_id: ADA, comment: "hm", updated_at: 0 };
    await db.insertInto("actor_comments").values(comment).execute();
    const batch = { after: 0, limit: 9 };
    expect(await listCommentsToCopy(db, ADA, BOB, batch)).toEqual([
      { actor_id: ME, comment: "hm", other: null },
    ]);
    await db
      .insertInto("actor_comments")
      .values({ ...comment, target_id: BOB, comment: "ha" })
      .execute();
    expect(await listCommentsToCopy(db, ADA, BOB, batch)).toMatchObject([{ other: "ha" }]);
    await db
      .insertInto("blocks")
      .values({ id: 1, uri: "b", actor_id: ADA, target_id: ME, created_at: 0 })
      .execute();
    await db
      .insertInto("blocks")
      .values({ id: 2, uri: "c", actor_id: BOB, target_id: ME, created_at: 0 })
      .execute();
    expect(await listBlockerInboxes(db, ME)).toEqual([`https://rows.test/users/${ADA}/inbox`]);
  });
});
