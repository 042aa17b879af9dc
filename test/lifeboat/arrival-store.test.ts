import { beforeEach, expect, test } from "vitest";
import {
  addReplies,
  adoptArrivedReplies,
  advanceArrival,
  countMapped,
  findArrivedCopy,
  findArrivedNotes,
  insertArrival,
  insertArrivedNote,
  isLeftBehind,
  listArrivalRows,
  listFormerAddresses,
  listMapped,
  listNotesOfArrival,
  listOrigins,
  listRestingArrivals,
  lockArrival,
  removeArrivalsOf,
  removeArrivedNote,
  updateArrival,
  wasSeenElsewhere,
} from "../../server/store/arrivals.ts";
import { listReplicaArrivals } from "../../server/store/launches.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { asId } from "../../server/domain/ids.ts";
import type { Database, Db } from "../../server/store/database.ts";
import { updateNote } from "../../server/store/notes.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { storeActor, storeNote } from "../support/rows.ts";
import { bring, takeIn } from "./arrival-scene.ts";
import { getArrival, undoArrival } from "../../server/services/arrivals/arrivals.ts";
import { aSample } from "./sample.ts";

const [ME, FAR] = [1, 2];

function arrival(id: number, change: Partial<Parameters<typeof insertArrival>[1]> = {}) {
  return {
    id,
    actor_id: ME,
    source: "lifeboat",
    member_id: null,
    actor_uri: "https://old.test/users/7",
    handle: "@me@old.test",
    manifest_hash: null,
    state: "coming",
    size: 10,
    received: 0,
    secret: null,
    ground: null,
    did: null,
    choices: "{}",
    done: 0,
    total: 0,
    report: "{}",
    fault: null,
    created_at: 0,
    touched_at: 0,
    finished_at: null,
    undone_at: null,
    ...change,
  };
}

eachDatabase((_name, open) => {
  let database: Database;
  let db: Db;
  beforeEach(async () => {
    database = await open();
    db = database.db;
  });

  test("pieces are counted in order, and states change only from where they are", async () => {
    await storeActor(db, ME);
    await insertArrival(db, arrival(10));
    expect(await advanceArrival(db, 10, { from: 0, to: 6, now: 5 })).toBe(true);
    expect(await advanceArrival(db, 10, { from: 0, to: 6, now: 5 })).toBe(false);
    expect(await updateArrival(db, 10, ["review"], { state: "arriving" })).toBe(false);
    expect(await updateArrival(db, 10, ["coming"], { state: "arriving" })).toBe(true);
    expect(await lockArrival(db, 10)).toMatchObject({ state: "arriving", received: 6 });
    await insertArrival(db, arrival(11, { source: "replica", member_id: 3, state: "done" }));
    expect(await listReplicaArrivals(db, [ME])).toContainEqual({ actor_id: ME, member_id: 3 });
    expect(await listReplicaArrivals(db, [ME + 1])).toEqual([]);
    expect((await listArrivalRows(db, ME, 1)).map(({ id }) => id)).toEqual([11]);
    expect((await listRestingArrivals(db, ["arriving"], 6, 9)).map(({ id }) => id)).toEqual([10]);
    expect((await listOrigins(db, ME)).map(({ id }) => id)).toEqual([11, 10]);
    await removeArrivalsOf(db, ME);
    expect(await listArrivalRows(db, ME, 9)).toEqual([]);
  });

  test("old addresses lead to copies for those who may see them, and the map shows what all may see, page by page", async () => {
    await storeActor(db, ME);
    await storeActor(db, FAR, { host: "far.test", uri: "https://far.test/users/2", moved_to_uri: null });
    const old = (number: number) => `https://old.test/notes/${number}`;
    await storeNote(db, 101, ME, {});
    await storeNote(db, 102, ME, { visibility: "followers" });
    await storeNote(db, 103, ME, { visibility: "unlisted" });
    for (const [note, run] of [
      [101, 10],
      [102, 10],
      [103, 11],
    ] as const)
      await insertArrivedNote(db, { actorId: ME, oldUri: old(note), noteId: note, arrivalId: run });
    expect(await findArrivedCopy(db, null, old(101))).toBe(101);
    expect(await findArrivedCopy(db, null, old(102))).toBeNull();
    expect(await findArrivedCopy(db, ME, old(102))).toBe(102);
    expect(await findArrivedCopy(db, ME, old(999))).toBeNull();
    expect([...(await findArrivedNotes(db, ME, [old(101), old(999)])).keys()]).toEqual([old(101)]);
    expect((await listFormerAddresses(db, [101, 7])).get(101)).toBe(old(101));
    expect(await countMapped(db, ME)).toBe(2);
    const [first] = await listMapped(db, ME, null, 1);
    expect(first?.note_id).toBe(103);
    const rest = await listMapped(db, ME, { arrivalId: 11, noteId: 103 }, 9);
    expect(rest.map(({ note_id }) => note_id)).toEqual([101]);
    expect((await listNotesOfArrival(db, 10, 9)).map(({ note_id }) => note_id)).toEqual([101, 102]);
    await removeArrivedNote(db, ME, old(101));
    expect(await findArrivedCopy(db, null, old(101))).toBeNull();
    expect(await isLeftBehind(db, 101)).toBe(false);
  });

  test("own answers are tied to what came later, others' are not; what was seen elsewhere is known", async () => {
    await storeActor(db, ME);
    await storeActor(db, FAR, { host: "far.test" });
    const oldUri = "https://old.test/notes/1";
    await storeNote(db, 201, ME, { reply_to_uri: oldUri, local: 1 });
    await storeNote(db, 202, FAR, { reply_to_uri: oldUri, local: 0 });
    await storeNote(db, 200, ME, { local: 1, uri: "https://here.test/notes/200" });
    const parent = { actorId: ME, oldUri, id: 200, uri: "https://here.test/notes/200" };
    const tied = await adoptArrivedReplies(db, parent, [200]);
    expect(tied.map(({ id }) => id)).toEqual([201]);
    await addReplies(db, 200, tied.length);
    const note = async (id: number) =>
      await db.selectFrom("notes").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    expect(await note(200)).toMatchObject({ replies_count: 1 });
    expect(await note(201)).toMatchObject({ reply_to_id: 200, reply_to_uri: parent.uri });
    expect(await wasSeenElsewhere(db, await note(200))).toBe(false);
    await updateNote(db, 202, { reply_to_id: 200 });
    expect(await wasSeenElsewhere(db, await note(200))).toBe(true);
    expect(await wasSeenElsewhere(db, await note(201))).toBe(false);
    const edited = { ...(await note(201)), updated_at: 20, received_at: 10 };
    expect(await wasSeenElsewhere(db, edited)).toBe(true);
  });

  test("a lifeboat is taken in, taken away, and goes with its account", async () => {
    const west = await createInstance({ host: "west.test", database });
    const bo = await aMember(west, "bo");
    const sample = await aSample();
    const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
    expect((await takeIn(west, bo.viewer, looked.id)).report.taken).toBe(3);
    await undoArrival(west.app, bo.viewer, looked.id);
    await drain(west);
    expect(await getArrival(west.app, bo.viewer, looked.id)).toMatchObject({
      state: "undone",
      report: { undone: { notes: 3, told: 0 } },
    });
    const again = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
    expect((await takeIn(west, bo.viewer, again.id)).report.taken).toBe(3);
    await removeMember(west.app, asId(bo.viewer.actorId));
    west.clock.advance(2 * 3_600_000);
    await drain(west);
    expect(await db.selectFrom("arrivals").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("arrived_notes").selectAll().execute()).toEqual([]);
    await west.stop(0);
  });
});
