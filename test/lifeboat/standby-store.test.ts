import { expect, test } from "vitest";
import {
  countReplicas,
  findMembersByUri,
  insertMember,
  isEvacuating,
  listKeylessMembers,
  listMembers,
  listRecords,
  moveReplicas,
  promoteDids,
  putRecord,
  removeMember,
  removeRecord,
  removeReplicaOf,
} from "../../server/store/standby-replicas.ts";
import {
  countMediaTry,
  keepMedia,
  listMediaOf,
  listMissingMedia,
  listReplicaFiles,
  putMedia,
  removeMediaUses,
} from "../../server/store/standby-media.ts";
import {
  countWaitingAfter,
  emptySegments,
  findFreshKit,
  findSegment,
  findUnlistedFollowers,
  findUnwalked,
  findWaitingSegment,
  insertSegment,
  listFollowerUris,
  removeSegmentsAfter,
  walkNotes,
} from "../../server/store/standby-segments.ts";
import {
  advanceAgreement,
  countConsents,
  findAgreementByUri,
  insertAgreement,
  insertChanges,
  insertConsent,
  insertLeft,
  insertMemberChanges,
  isHeldName,
  listChanges,
  listConsentRows,
  listEndedAgreements,
  moveConsents,
  removeChange,
  removeConsent,
  removeConsentsTo,
  removeStandbyTraces,
  updateAgreement,
  updateConsent,
} from "../../server/store/standbys.ts";
import type { Db } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

const HOME = "https://home.test";
const ANN = `${HOME}/users/1`;

async function agreement(db: Db, id: number, role: "home" | "standby"): Promise<void> {
  await insertAgreement(db, {
    id,
    uri: `urn:uuid:${id}`,
    role,
    partner: HOME,
    document: "{}",
    state: "agreed",
    cursor: null,
    seq: 0,
    head: null,
    bytes: 0,
    created_at: 1,
    agreed_at: 1,
    ended_at: null,
    seen_at: null,
  });
}

async function member(db: Db, id: number, actorUri: string): Promise<void> {
  await insertMember(db, {
    id,
    agreement_id: 1,
    actor_uri: actorUri,
    handle: "ann@home.test",
    actor_id: id + 100,
    state: "hidden",
    profile: "{}",
    did: null,
    recipient: null,
    kit: null,
    sealed_at: null,
    followers: null,
    updated_at: 1,
    launched_at: null,
    claimed_at: null,
    username: `ann${id}`,
  });
}

eachDatabase((_name, open) => {
  test("an agreement goes on by one step at a time, and only from where it stands", async () => {
    const { db } = await open();
    await agreement(db, 1, "standby");
    const to = { seq: 1, head: "a" };
    expect(await advanceAgreement(db, 1, { seq: 0, head: null }, to)).toBe(true);
    expect(await advanceAgreement(db, 1, { seq: 0, head: null }, to)).toBe(false);
    expect(await advanceAgreement(db, 1, { seq: 1, head: "b" }, { seq: 2, head: "c" })).toBe(false);
    expect(await advanceAgreement(db, 1, { seq: 1, head: "a" }, { seq: 2, head: "c" })).toBe(true);
    expect(await findAgreementByUri(db, "urn:uuid:1", "standby")).toMatchObject({ seq: 2, head: "c" });
    expect(await findAgreementByUri(db, "urn:uuid:1", "home")).toBeUndefined();
    await member(db, 5, ANN);
    await updateAgreement(db, 1, { state: "ended", ended_at: 10 });
    expect((await listEndedAgreements(db, 11)).map((row) => row.id)).toEqual([1]);
    expect(await listEndedAgreements(db, 10)).toEqual([]);
  });

  test("changes wait once for each standby, and one that comes meanwhile waits on", async () => {
    const { db } = await open();
    const ann = 1;
    await storeActor(db, ann, { username: "ann" });
    await agreement(db, 1, "home");
    const note = { kind: "note", objectId: 7, actorId: ann } as const;
    expect(await insertChanges(db, note, 10)).toEqual([]);
    expect(await insertConsent(db, { actor_id: ann, agreement_id: 1, created_at: 1 })).toBe(true);
    expect(await insertConsent(db, { actor_id: ann, agreement_id: 1, created_at: 1 })).toBe(false);
    expect(await insertChanges(db, note, 11)).toEqual([1]);
    const [before] = await listChanges(db, 1, 10);
    if (before === undefined) throw new Error("it waits");
    await insertChanges(db, note, 12);
    await removeChange(db, 1, before);
    expect(await listChanges(db, 1, 10)).toEqual([{ kind: "note", object_id: 7, actor_id: ann, id: 12 }]);
    await insertMemberChanges(db, 1, 13);
    await insertMemberChanges(db, 1, 14);
    await insertLeft(db, 1, ann, 15);
    await insertLeft(db, 1, ann, 16);
    expect((await listChanges(db, 1, 10)).map((row) => row.id)).toEqual([12, 14, 16]);
    await removeStandbyTraces(db, ann);
    expect((await listChanges(db, 1, 10)).map((row) => row.kind)).toEqual(["left"]);
    expect(await removeConsent(db, ann, 1)).toBe(false);
  });

  test("the walk over notes leaves direct ones out, and deleted ones unless they are asked for", async () => {
    const { db } = await open();
    const [ann, bo] = [1, 2];
    await storeActor(db, ann, { username: "ann" });
    await storeActor(db, bo, { username: "bo", host: "far.test" });
    await agreement(db, 1, "home");
    await insertConsent(db, { actor_id: ann, agreement_id: 1, created_at: 1 });
    await storeNote(db, 11, ann);
    await storeNote(db, 12, ann, { visibility: "direct" });
    await storeNote(db, 13, ann, { deleted_at: 5 });
    const walk = { after: 0, limit: 10, withGone: false };
    expect((await walkNotes(db, ann, walk)).map((row) => row.id)).toEqual([11]);
    expect((await walkNotes(db, ann, { ...walk, withGone: true })).map((row) => row.isGone)).toEqual([
      false,
      true,
    ]);
    expect(await findUnwalked(db, 1, 0)).toEqual({ actorId: ann, walkedId: 0 });
    expect(await findUnwalked(db, 1, ann)).toBeNull();
    await updateConsent(db, ann, 1, { walked: 1, standby_uri: "https://west.test/users/1" });
    expect(await findUnwalked(db, 1, 0)).toBeNull();
    expect(await findFreshKit(db, 1, 0)).toBeNull();
    const kit = { actor_id: ann, kit: "{}", key_id: "k", fingerprint: "f", sealed_at: 9, stale: 0 } as const;
    await db
      .insertInto("escape_kits")
      .values({ ...kit, examined_at: 9 })
      .execute();
    expect(await findFreshKit(db, 1, 0)).toMatchObject({ actorId: ann, changedAt: 9 });
    expect(await findUnlistedFollowers(db, 1, { before: 5, after: 0 })).toBeNull();
    await db.updateTable("actors").set({ locked: 1 }).where("id", "=", ann).execute();
    expect(await findUnlistedFollowers(db, 1, { before: 5, after: 0 })).toEqual({ actorId: ann, mark: null });
    await storeFollow(db, 1, bo, ann);
    expect(await listFollowerUris(db, ann, 9)).toHaveLength(1);
    expect(await countConsents(db)).toEqual(new Map([[1, { members: 1, kept: 1 }]]));
    await agreement(db, 2, "home");
    await moveConsents(db, 1, 2);
    expect((await listConsentRows(db, 2)).map((row) => row.walked)).toEqual([0]);
    await removeConsentsTo(db, 2);
    expect(await listConsentRows(db, 2)).toEqual([]);
  });

  test("segments wait until they were taken, and their hashes stay", async () => {
    const { db } = await open();
    await agreement(db, 1, "home");
    for (const seq of [1, 2, 3])
      await insertSegment(db, { agreement_id: 1, seq, hash: `h${seq}`, body: "…", created_at: 1 });
    expect((await findWaitingSegment(db, 1))?.seq).toBe(1);
    expect(await countWaitingAfter(db, 1, 1)).toBe(2);
    await emptySegments(db, 1, 2);
    expect((await findWaitingSegment(db, 1))?.seq).toBe(3);
    expect(await findSegment(db, 1, 2)).toEqual({ hash: "h2", waits: false });
    expect(await findSegment(db, 1, 3)).toEqual({ hash: "h3", waits: true });
    await removeSegmentsAfter(db, 1, 2);
    expect(await findSegment(db, 1, 3)).toBeNull();
    expect(await findWaitingSegment(db, 1)).toBeNull();
  });

  test("what is kept is counted, belongs to one member, and goes with them", async () => {
    const { db } = await open();
    await agreement(db, 1, "standby");
    await agreement(db, 2, "standby");
    await member(db, 5, ANN);
    await member(db, 6, `${HOME}/users/2`);
    const row = {
      agreement_id: 1,
      object_uri: `${HOME}/notes/1`,
      actor_uri: ANN,
      kind: "public",
      body: "x",
      seq: 1,
    };
    expect(await putRecord(db, { ...row, size: 10 })).toBe(10);
    expect(await putRecord(db, { ...row, size: 4 })).toBe(-6);
    const of = { agreementId: 1, actorUri: ANN };
    const other = { agreementId: 1, objectUri: row.object_uri, actorUri: `${HOME}/users/2` };
    expect(await removeRecord(db, other)).toBe(0);
    const file = { ...of, hash: "a", mediaType: "image/webp", size: 100, path: "/media/a.webp" };
    expect(await putMedia(db, { ...file, objectUri: row.object_uri })).toBe(100);
    expect(await putMedia(db, { ...file, objectUri: `${HOME}/notes/2` })).toBe(0);
    expect((await listMissingMedia(db, 1, 10, 3)).map((one) => one.hash)).toEqual(["a"]);
    for (const _ of [1, 2, 3]) await countMediaTry(db, 1, "a");
    expect(await listMissingMedia(db, 1, 10, 3)).toEqual([]);
    expect(await keepMedia(db, 1, "a", "file.webp")).toBe(true);
    expect(await keepMedia(db, 1, "a", "other.webp")).toBe(false);
    expect((await listMediaOf(db, 1, [row.object_uri])).map((one) => one.file)).toEqual(["file.webp"]);
    expect((await listReplicaFiles(db, { agreementId: 0, hash: "" }, 10)).map((one) => one.file)).toEqual([
      "file.webp",
    ]);
    const kept = await removeMediaUses(db, { ...of, objectUri: row.object_uri, except: ["a"] });
    expect(kept).toEqual({ bytes: 0, files: [] });
    expect(await removeMediaUses(db, { ...of, objectUri: row.object_uri })).toEqual({ bytes: 0, files: [] });
    expect((await listKeylessMembers(db, 10)).map((one) => one.id).toSorted()).toEqual([5, 6]);
    expect((await listMembers(db, 1, { after: ANN, limit: 10 })).map((one) => one.id)).toEqual([6]);
    expect(await isHeldName(db, "ann5")).toBe(true);
    expect(await isEvacuating(db, 1)).toBe(false);
    await moveReplicas(db, 1, 2);
    expect((await countReplicas(db)).get(2)).toEqual({ members: 2, notes: 1, files: 1 });
    expect(
      await listRecords(db, { agreementId: 2, actorUri: ANN, kind: "public" }, { after: "", limit: 5 }),
    ).toHaveLength(1);
    await db.updateTable("standby_members").set({ did_next: "did:key:z1", did_next_at: 5 }).execute();
    await promoteDids(db, 5);
    const [ann] = await findMembersByUri(db, 2, [ANN]);
    expect(ann).toMatchObject({ did: "did:key:z1", did_next: null });
    if (ann === undefined) throw new Error("she is there");
    expect(await removeMember(db, ann)).toEqual({ bytes: 106, files: ["file.webp"] });
    expect(await isHeldName(db, "ann5")).toBe(false);
    expect(await removeReplicaOf(db, 106)).toEqual([]);
    expect(await findMembersByUri(db, 2, [`${HOME}/users/2`])).toEqual([]);
  });
});
