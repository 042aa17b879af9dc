import { expect, test } from "vitest";
import { hideActors, listRemoteActors, showActors } from "../../server/store/domain-actors.ts";
import { findEntitledOfHost, insertSevered, listSeveredRows } from "../../server/store/domains.ts";
import {
  insertRelay,
  insertRelayedNote,
  keepRelayedNotes,
  listUntouchedRelayed,
  removeRelayedNotes,
} from "../../server/store/relays.ts";
import { listReportRows } from "../../server/store/report-queue.ts";
import { insertReport, updateReportState } from "../../server/store/reports.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeNote } from "../support/rows.ts";

const REPORT = {
  reporter_id: 1,
  target_id: 2,
  category: "spam",
  comment: "字",
  language: null,
  note_uris: "[]",
  forwarded: 0 as const,
  state: "open",
  created_at: 5,
  resolved_at: null,
};

eachDatabase((_name, open) => {
  test("a report is kept once, listed by state without those about one actor, and moved", async () => {
    const { db } = await open();
    for (const id of [1, 2, 3]) await storeActor(db, id);
    expect(await insertReport(db, { id: 10, uri: "https://a.test/1", ...REPORT })).toBe(true);
    expect(await insertReport(db, { id: 11, uri: "https://a.test/1", ...REPORT })).toBe(false);
    await insertReport(db, { id: 12, uri: "https://a.test/2", ...REPORT, target_id: 3 });
    const listed = async (except: number | null) =>
      (
        await listReportRows(
          db,
          { state: "open" },
          except === null ? null : { viewerId: except, seesOwners: false },
          { limit: 5 },
        )
      ).rows.map((row) => row.id);
    expect(await listed(null)).toEqual([12, 10]);
    expect(await listed(3)).toEqual([10]);
    const done = { state: "resolved", resolvedAt: 9, by: null, outcome: "none" };
    expect(await updateReportState(db, 10, done)).toBe(true);
    expect(await updateReportState(db, 10, done)).toBe(false);
    expect(await listed(null)).toEqual([12]);
  });

  test("remote actors are walked in order, of one domain or all, and hidden ones are told apart", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    await storeActor(db, 2, { host: "bad.test", uri: "https://bad.test/a" });
    await storeActor(db, 3, { host: "x.bad.test:8443", uri: "https://x.bad.test:8443/a" });
    await storeActor(db, 4, { host: "fine.test", uri: "https://social.bad.test/b" });
    await storeActor(db, 5, { host: "fine.test", uri: "https://fine.test/c" });
    const ids = async (after: number, limit: number, domain: string | null) =>
      (await listRemoteActors(db, after, limit, domain)).map((row) => row.id);
    expect(await ids(0, 10, null)).toEqual([2, 3, 4, 5]);
    expect(await ids(2, 2, null)).toEqual([3, 4]);
    expect(await ids(0, 10, "bad.test")).toEqual([2, 3, 4]);
    await db.updateTable("actors").set({ suspended_at: 1 }).where("id", "=", 3).execute();
    await hideActors(db, [2, 3], 7);
    await showActors(db, [2, 3]);
    const rows = await listRemoteActors(db, 0, 2, null);
    expect(rows.map((row) => [row.suspended_at, row.suspended_by])).toEqual([
      [null, null],
      [1, null],
    ]);
    await insertSevered(db, [
      { id: 1, host: "bad.test", actor_id: 1, remote_id: 2, direction: "follower", created_at: 3 },
    ]);
    expect((await listSeveredRows(db, 1, { limit: 5 })).rows).toMatchObject([{ remote_host: "bad.test" }]);
  });

  test("somebody of a host may see a note by follow or mention, unless there is a block", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    for (const id of [2, 3]) await storeActor(db, id, { host: "far.test", uri: `https://far.test/${id}` });
    await storeNote(db, 20, 1, { visibility: "followers" });
    const note = { id: 20, actor_id: 1, visibility: "followers" };
    expect(await findEntitledOfHost(db, note, "far.test")).toBeNull();
    const follow = { id: 30, uri: "f", actor_id: 2, target_id: 1, state: "pending", created_at: 1 };
    await db.insertInto("follows").values(follow).execute();
    expect(await findEntitledOfHost(db, note, "far.test")).toBeNull();
    await db.updateTable("follows").set({ state: "accepted" }).execute();
    expect(await findEntitledOfHost(db, note, "far.test")).toBe(2);
    expect(await findEntitledOfHost(db, { ...note, visibility: "direct" }, "far.test")).toBeNull();
    await db
      .insertInto("blocks")
      .values({ id: 31, uri: "b", actor_id: 1, target_id: 2, created_at: 1 })
      .execute();
    expect(await findEntitledOfHost(db, note, "far.test")).toBeNull();
    await db.insertInto("mentions").values({ note_id: 20, actor_id: 3 }).execute();
    expect(await findEntitledOfHost(db, { ...note, visibility: "direct" }, "far.test")).toBe(3);
    expect(await findEntitledOfHost(db, note, "other.test")).toBeNull();
  });

  test("old relayed notes go without a trace unless somebody here has to do with them", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    await storeActor(db, 2, { host: "far.test", uri: "https://far.test/2" });
    const relay = {
      id: 9,
      inbox_uri: "https://r.test/inbox",
      actor_uri: null,
      style: "mastodon",
      follow_uri: "f",
    };
    expect(await insertRelay(db, { ...relay, state: "accepted", created_at: 1 })).toBe(true);
    expect(await insertRelay(db, { ...relay, id: 8, state: "accepted", created_at: 1 })).toBe(false);
    for (const id of [20, 21, 22]) {
      await storeNote(db, id, 2, { local: 0, uri: `https://far.test/n/${id}` });
      await insertRelayedNote(db, { note_id: id, relay_id: 9, created_at: id === 22 ? 100 : 10 });
    }
    await db
      .insertInto("likes")
      .values({ id: 40, uri: "l", actor_id: 2, note_id: 20, created_at: 1 })
      .execute();
    await db.insertInto("bookmarks").values({ id: 41, actor_id: 1, note_id: 21 }).execute();
    const found = await listUntouchedRelayed(db, 50, 10);
    expect(found.map((note) => note.id)).toEqual([20]);
    await removeRelayedNotes(db, found);
    await keepRelayedNotes(db, 50);
    const ids = async (table: "notes" | "entries") =>
      (await db.selectFrom(table).select("id").orderBy("id").execute()).map((row) => row.id);
    expect(await ids("notes")).toEqual([21, 22]);
    expect(await ids("entries")).toEqual([21, 22]);
    expect(await db.selectFrom("relayed_notes").select("note_id").execute()).toEqual([{ note_id: 22 }]);
  });
});
