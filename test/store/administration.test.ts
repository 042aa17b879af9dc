import { expect, test } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import {
  countByHost,
  countMembers,
  countReportsAbout,
  countReportsIn,
  domainTies,
  enableEmoji,
  endInvite,
  findNoteIdsByUri,
  listAllInviteRows,
  listEveryEmoji,
  listMemberRows,
  memberNumbers,
  type MemberQuery,
} from "../../server/store/administration.ts";
import {
  findAnnouncement,
  forgetReads,
  insertAnnouncement,
  listAnnouncementRows,
  listUnreadAnnouncements,
  markAnnouncementRead,
  removeAnnouncement,
  updateAnnouncement,
} from "../../server/store/announcements.ts";
import type { Database } from "../../server/store/database.ts";
import { buryQueue } from "../../server/store/deliveries.ts";
import { disableEmoji, putEmoji } from "../../server/store/emojis.ts";
import { writeHost } from "../../server/store/hosts.ts";
import { insertReport } from "../../server/store/reports.ts";
import {
  countHosts,
  dropDeadDelivery,
  dropDeadJob,
  dropHostQueue,
  forgiveHost,
  listJobKinds,
  listKnownHosts,
  listWaitingHosts,
  retryDeadOfHost,
  storedBytes,
} from "../../server/store/queues.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeNote } from "../support/rows.ts";

const NOW = 1_700_000_000_000;

async function member({ db }: Database, actorId: number, username: string, role = "member"): Promise<number> {
  await storeActor(db, actorId, { username });
  await insertAccount(db, {
    id: actorId + 1,
    actor_id: actorId,
    email: null,
    password_hash: "x",
    role,
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: NOW,
    suspended_at: null,
    notifications_read_id: 0,
  });
  return actorId;
}

const everybody: MemberQuery = { words: "", state: "all", role: "all", sort: "new", offset: 0, limit: 10 };

eachDatabase((_name, open) => {
  test("members are found by name, state and role, and counted the same way", async () => {
    const database = await open();
    const { db } = database;
    const ada = await member(database, 10, "ada_lovelace", "admin");
    const bob = await member(database, 20, "bob");
    await db.updateTable("accounts").set({ suspended_at: NOW }).where("actor_id", "=", bob).execute();
    const found = async (change: Partial<MemberQuery>) => {
      const query = { ...everybody, ...change };
      const rows = await listMemberRows(db, query);
      expect(await countMembers(db, query)).toBe(rows.length);
      return rows.map((row) => row.actor_id);
    };
    expect(await found({})).toEqual([bob, ada]);
    for (const sort of ["old", "seen", "notes"] as const) expect(await found({ sort })).toHaveLength(2);
    expect(await found({ words: "a_l" })).toEqual([ada]);
    expect(await found({ words: "a%l" })).toEqual([]);
    expect(await found({ state: "suspended" })).toEqual([bob]);
    expect(await found({ state: "active" })).toEqual([ada]);
    expect(await found({ role: "staff" })).toEqual([ada]);
    expect(await found({ state: "reported" })).toEqual([]);
    await insertReport(db, {
      id: 1,
      uri: "urn:1",
      reporter_id: ada,
      target_id: bob,
      category: "spam",
      comment: "",
      language: null,
      note_uris: "[]",
      forwarded: 0,
      state: "open",
      created_at: NOW,
      resolved_at: null,
    });
    expect(await found({ state: "reported" })).toEqual([bob]);
    expect(await countReportsAbout(db, [ada, bob])).toEqual(new Map([[bob, { open: 1, all: 1 }]]));
    expect([await countReportsIn(db, "open", ada), await countReportsIn(db, "open", bob)]).toEqual([1, 0]);
    const numbers = await memberNumbers(db, { accountId: bob + 1, actorId: bob, now: NOW });
    expect(numbers).toEqual({
      sessions: 0,
      passkeys: 0,
      open_reports: 1,
      done_reports: 0,
      made_reports: 0,
      invited_by: null,
    });
  });

  test("a domain's ties are counted with those below it, and direct notes are not found for reports", async () => {
    const { db } = await open();
    const here = 50;
    await storeActor(db, 50, { username: "here" });
    const far = 60;
    await storeActor(db, 60, { username: "far", host: "sub.far.test" });
    await storeActor(db, 90, { username: "other", host: "notfar.test" });
    const note = 901;
    await storeNote(db, note, far);
    const secret = 902;
    await storeNote(db, secret, far, { visibility: "direct" });
    await db
      .insertInto("follows")
      .values({ id: 1, uri: "urn:f", actor_id: here, target_id: far, state: "accepted", created_at: NOW })
      .execute();
    expect(await domainTies(db, "far.test")).toEqual({ people: 1, notes: 2, following: 1, followers: 0 });
    expect(await countByHost(db, ["sub.far.test", "none.test"])).toEqual(
      new Map([["sub.far.test", { people: 1, severed: 0 }]]),
    );
    const uris = (await db.selectFrom("notes").select(["id", "uri"]).execute()).map((row) => row.uri);
    const ids = [...(await findNoteIdsByUri(db, uris)).values()];
    expect([ids.includes(note), ids.includes(secret)]).toEqual([true, false]);
  });

  test("invites end, and emoji go out of use and back", async () => {
    const { db } = await open();
    const invite = { code: "abc", created_by: null, max_uses: 2, uses: 0, created_at: NOW, expires_at: null };
    await db
      .insertInto("invites")
      .values({ id: 5, ...invite })
      .execute();
    const shown = async (isOpen: boolean) =>
      (await listAllInviteRows(db, { open: isOpen, now: NOW + 1, limit: 5 })).map((row) => row.id);
    expect([await shown(true), await shown(false)]).toEqual([[5], []]);
    expect([await endInvite(db, 5, NOW), await endInvite(db, 5, NOW)]).toEqual([true, false]);
    expect([await shown(true), await shown(false)]).toEqual([[], [5]]);
    await putEmoji(db, {
      id: 1,
      shortcode: "wave",
      host: "",
      uri: "urn:e",
      file: "f.webp",
      remote_url: null,
      media_type: "image/webp",
      updated_at: NOW,
      disabled: 0,
    });
    expect(await enableEmoji(db, "wave", NOW)).toBe(false);
    await disableEmoji(db, "wave", NOW);
    expect((await listEveryEmoji(db, 5)).map((row) => row.disabled)).toEqual([1]);
    expect(await enableEmoji(db, "wave", NOW)).toBe(true);
  });

  test("an announcement is shown between its times, until each member has put it away", async () => {
    const database = await open();
    const { db } = database;
    const ada = (await member(database, 30, "ada")) + 1;
    const bob = (await member(database, 40, "bob")) + 1;
    const row = { source: "x", content_html: "<p>x</p>", language: null, created_at: NOW, updated_at: NOW };
    await insertAnnouncement(db, { id: 1, ...row, starts_at: 10, ends_at: 20, published_at: NOW });
    await insertAnnouncement(db, { id: 2, ...row, starts_at: null, ends_at: null, published_at: null });
    const seen = async (account: number, now: number) =>
      (await listUnreadAnnouncements(db, account, now, 3)).map(({ id }) => id);
    expect([await seen(ada, 9), await seen(ada, 10), await seen(ada, 20)]).toEqual([[], [1], []]);
    await markAnnouncementRead(db, 1, ada);
    await markAnnouncementRead(db, 1, ada);
    expect([await seen(ada, 10), await seen(bob, 10)]).toEqual([[], [1]]);
    await updateAnnouncement(db, 2, { published_at: NOW });
    expect(await seen(ada, 10)).toEqual([2]);
    await forgetReads(db, 1);
    expect(await seen(ada, 10)).toEqual([2, 1]);
    await markAnnouncementRead(db, 1, ada);
    expect([await removeAnnouncement(db, 1), await removeAnnouncement(db, 1)]).toEqual([true, false]);
    expect((await listAnnouncementRows(db, 5)).map(({ id }) => id)).toEqual([2]);
    expect(await findAnnouncement(db, 1)).toBeUndefined();
  });

  test("what waits for a host is counted, tried again and forgotten; nobody else's is touched", async () => {
    const { db } = await open();
    const actor = 70;
    await storeActor(db, 70, { username: "ada" });
    const activity = {
      id: 1,
      uri: "urn:a",
      actor_id: actor,
      body: "{}",
      public: 1 as const,
      created_at: NOW,
    };
    await db.insertInto("activities").values(activity).execute();
    for (const host of ["quiet.test", "quiet.test", "well.test"])
      await db
        .insertInto("deliveries")
        .values({
          activity_id: 1,
          actor_id: actor,
          inbox: `https://${host}/inbox`,
          host,
          order_key: 1,
          run_at: 0,
          attempts: 1,
          dead_at: null,
          fault: null,
          created_at: NOW,
        })
        .execute();
    await buryQueue(db, "quiet.test", NOW, "503");
    await writeHost(db, "quiet.test", { dead_at: NOW, failures: 9, retry_at: NOW + 1000 });
    await writeHost(db, "well.test", { ok_at: NOW, software: "mastodon" });
    const hosts = (await listWaitingHosts(db, 10)).map(({ host, waiting, dead }) => [host, waiting, dead]);
    expect(hosts).toEqual([
      ["well.test", 1, 0],
      ["quiet.test", 0, 2],
    ]);
    const known = async (state: "all" | "resting" | "dead", words = "") =>
      (await listKnownHosts(db, { words, state, now: NOW, limit: 5 })).map(({ host }) => host);
    expect([
      await known("all"),
      await known("dead"),
      await known("resting"),
      await known("all", "well"),
    ]).toEqual([["quiet.test", "well.test"], ["quiet.test"], [], ["well.test"]]);
    expect(await countHosts(db)).toBe(2);
    const [first] = await db.selectFrom("deliveries").select("id").where("host", "=", "quiet.test").execute();
    const id = first?.id ?? 0;
    expect([await dropDeadDelivery(db, id), await dropDeadDelivery(db, id)]).toEqual([true, false]);
    expect(await retryDeadOfHost(db, "quiet.test", NOW)).toBe(1);
    await forgiveHost(db, "quiet.test", NOW);
    expect(await known("dead")).toEqual([]);
    expect(await dropHostQueue(db, "quiet.test")).toBe(1);
    expect((await listWaitingHosts(db, 10)).map(({ host }) => host)).toEqual(["well.test"]);
  });

  test("jobs are counted by kind, and bytes by kind of file with every size", async () => {
    const { db } = await open();
    expect(await listJobKinds(db)).toEqual([]);
    expect(await dropDeadJob(db, 1)).toBe(false);
    const actor = 80;
    await storeActor(db, 80, { username: "ada" });
    await db
      .insertInto("attachments")
      .values({
        id: 1,
        actor_id: actor,
        note_id: null,
        position: 0,
        kind: "image",
        file: "a.webp",
        remote_url: null,
        media_type: "image/webp",
        alt: "",
        width: 1,
        height: 1,
        blurhash: null,
        created_at: NOW,
        size: 100,
        variants: JSON.stringify([
          { file: "b.avif", size: 40 },
          { file: "c.avif", size: 2 },
        ]),
      })
      .execute();
    expect(await storedBytes(db)).toEqual([
      { kind: "image", files: 1, bytes: 142 },
      { kind: "proxy", files: 0, bytes: 0 },
    ]);
  });
});
