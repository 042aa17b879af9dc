import { expect, it } from "vitest";
import type { Db } from "../../server/store/database.ts";
import { sql } from "kysely";
import { exploreEntries, type Sieve, sieveNotes } from "../../server/store/explore.ts";
import { followedTagEntries, homeEntries, listEntries } from "../../server/store/home.ts";
import { listUntouchedRelayed, removeRelayedNotes } from "../../server/store/relays.ts";
import { writeMediaKinds } from "../../server/store/note-media.ts";
import { updateNote } from "../../server/store/notes.ts";
import { countPeople, countTags, listActiveActors, listReactedNotes } from "../../server/store/trends.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const ME = 1;
const FRIEND = 2;
const STRANGER = 3;
const NOW = 1000;
const ANY: Sieve = { from: "here", bits: 0, languages: [], calm: false };

async function people(db: Db): Promise<void> {
  for (const id of [ME, FRIEND, STRANGER]) await storeActor(db, id, { discoverable: 1 });
  await storeFollow(db, 50, ME, FRIEND);
}

async function attach(db: Db, noteId: number, kind: string, state = "ready"): Promise<void> {
  await db
    .insertInto("attachments")
    .values({
      id: noteId * 10 + kind.length,
      actor_id: STRANGER,
      note_id: noteId,
      position: 0,
      kind,
      file: null,
      remote_url: "https://rows.test/x",
      media_type: "image/png",
      alt: "",
      width: null,
      height: null,
      blurhash: null,
      created_at: 0,
      state,
    })
    .execute();
  await writeMediaKinds(db, noteId);
}

async function tagFollow(db: Db, tag: string): Promise<void> {
  await db
    .insertInto("tag_follows")
    .values({ id: 900 + tag.length, actor_id: ME, tag, name: tag, created_at: 0 })
    .execute();
}

async function aList(db: Db, id: number, change: { replies?: string; exclusive?: 0 | 1 } = {}) {
  const list = {
    id,
    actor_id: ME,
    title: "one",
    replies: "list",
    exclusive: 0 as 0 | 1,
    created_at: 0,
    ...change,
  };
  await db.insertInto("lists").values(list).execute();
  return list;
}

async function onList(db: Db, listId: number, ...members: readonly number[]): Promise<void> {
  for (const actor_id of members)
    await db.insertInto("list_members").values({ list_id: listId, actor_id }).execute();
}

const ids = (found: { readonly rows: readonly { readonly id: number }[] }) => found.rows.map((row) => row.id);

eachDatabase((name, open) => {
  it("sieves by media, language and place, and leaves out what strangers should not come upon", async () => {
    const { db } = await open();
    await people(db);
    await storeNote(db, 101, FRIEND, { language: "zh-Hant-TW" });
    await storeNote(db, 102, STRANGER, { language: "en", sensitive: 1 });
    await storeNote(db, 103, STRANGER, { language: "en", reply_to_uri: "https://rows.test/n" });
    await storeNote(db, 104, STRANGER, { language: "en", visibility: "unlisted" });
    await storeNote(db, 105, STRANGER, { local: 0, language: "zh-Hans" });
    await attach(db, 101, "image");
    await attach(db, 102, "video");
    await attach(db, 105, "image", "waiting");
    const look = async (sieve: Partial<Sieve>, viewer: number | null = null) =>
      ids(await exploreEntries(db, viewer, { ...ANY, ...sieve }, { limit: 20 }, NOW));
    expect(await look({})).toEqual([102, 101]);
    expect(await look({ calm: true })).toEqual([101]);
    expect(await look({ bits: 1 })).toEqual([101]);
    expect(await look({ bits: 3 })).toEqual([102, 101]);
    expect(await look({ languages: ["zh"] })).toEqual([101]);
    expect(await look({ from: "everywhere", languages: ["zh"] })).toEqual([105, 101]);
    expect(await look({ from: "everywhere", bits: 1 })).toEqual([101]);
    await db.updateTable("actors").set({ discoverable: 0 }).where("id", "=", STRANGER).execute();
    expect(await look({ from: "everywhere" })).toEqual([102, 101]);
    await updateNote(db, 101, { language: "en" });
    expect(await look({ languages: ["zh"] })).toEqual([]);
    await storeBlock(db, 60, ME, STRANGER);
    expect(await look({}, ME)).toEqual([101]);
    expect([...(await sieveNotes(db, null, ANY, [101, 102, 104, 105], NOW))]).toEqual([101]);
  });

  it("stops looking for something rare after a while, and goes on where it stopped", async () => {
    const { db } = await open();
    await people(db);
    await sql`insert into notes ${sql.raw(
      "(id, uri, url, actor_id, local, visibility, content_html, content_map, sensitive, published_at, received_at, likes_count, announces_count, replies_count)",
    )} with recursive n(id) as (select 1000 union all select id + 1 from n where id < 3500)
      select id, 'https://rows.test/b/' || id, '', ${STRANGER}, 1, 'public', '', '{}', 0, 0, 0, 0, 0, 0 from n`.execute(
      db,
    );
    await sql`insert into entries (id, actor_id, note_id, announce, visibility, local, reply, media, language)
      select id, actor_id, id, 0, 'public', 1, 0, 0, case when id = 1001 then 'zh' else 'en' end from notes`.execute(
      db,
    );
    const sieve = { ...ANY, languages: ["zh"] };
    const first = await exploreEntries(db, null, sieve, { limit: 20 }, NOW);
    expect([ids(first), first.edge]).toEqual([[], 1501]);
    const second = await exploreEntries(db, null, sieve, { limit: 20, before: 1501 }, NOW);
    expect([ids(second), second.edge]).toEqual([[1001], null]);
    const up = await exploreEntries(db, null, ANY, { limit: 3, after: 1000 }, NOW);
    expect([ids(up), up.edge]).toEqual([[1003, 1002, 1001], 1003]);
  });

  it("walks the indexes made for it", async () => {
    const { db } = await open();
    await people(db);
    const look = sql`select entries.id from entries
      where entries.local = 1 and entries.announce = 0 and entries.reply = 0 and entries.visibility = 'public'
      and entries.media > 0 and entries.id < 100 and entries.id > 0 order by entries.id desc limit 1 offset 499`;
    const plan = await db.transaction().execute(async (tx) => {
      // An empty table is read whole before any index is.
      if (name === "postgres") await sql`set local enable_seqscan = off`.execute(tx);
      const how = sql.raw(name === "postgres" ? "explain" : "explain query plan");
      return await sql`${how} ${look}`.execute(tx);
    });
    expect(JSON.stringify(plan.rows)).toContain("entries_local_media");
  });

  it("brings public notes with followed tags home, and nothing that is not for everybody", async () => {
    const { db } = await open();
    await people(db);
    await tagFollow(db, "tea");
    await storeNote(db, 101, FRIEND);
    await storeNote(db, 102, STRANGER, {}, [], ["tea"]);
    await storeNote(db, 103, STRANGER, { visibility: "unlisted" }, [], ["tea"]);
    await storeNote(db, 104, STRANGER, { visibility: "followers" }, [], ["tea"]);
    await storeNote(db, 105, STRANGER, { visibility: "direct" }, [ME], ["tea"]);
    await storeNote(db, 106, STRANGER, { reply_to_uri: "https://rows.test/n" }, [], ["tea"]);
    await storeNote(db, 107, FRIEND, { visibility: "followers" }, [], ["tea"]);
    await storeNote(db, 108, STRANGER, {}, [], ["coffee"]);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([107, 102, 101]);
    expect(ids(await homeEntries(db, ME, { limit: 1, after: 101 }, NOW))).toEqual([102]);
    expect(ids(await followedTagEntries(db, ME, { limit: 20 }, NOW))).toEqual([102]);
    await storeBlock(db, 60, STRANGER, ME);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([107, 101]);
  });

  it("shows a list's people with the replies that its owner wants, and keeps exclusive ones out of home", async () => {
    const { db } = await open();
    await people(db);
    const list = await aList(db, 700);
    await onList(db, 700, FRIEND, STRANGER);
    await storeNote(db, 101, FRIEND);
    await storeNote(db, 102, STRANGER, { visibility: "followers" });
    const answering = (id: number) => ({ reply_to_id: id, reply_to_uri: `https://rows.test/notes/${id}` });
    await storeNote(db, 103, STRANGER, answering(101));
    await storeNote(db, 104, ME);
    await storeNote(db, 105, FRIEND, answering(104));
    const show = async (replies: string) =>
      ids(await listEntries(db, ME, { ...list, replies }, { limit: 20 }, NOW));
    expect(await show("list")).toEqual([103, 101]);
    expect(await show("followed")).toEqual([105, 103, 101]);
    expect(await show("none")).toEqual([101]);
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([105, 104, 101]);
    await db.updateTable("lists").set({ exclusive: 1 }).where("id", "=", 700).execute();
    expect(ids(await homeEntries(db, ME, { limit: 20 }, NOW))).toEqual([104]);
  });

  it("counts people once, never the author, and only what everybody may see", async () => {
    const { db } = await open();
    await people(db);
    await storeNote(db, 101, FRIEND, {}, [], ["tea", "milk"]);
    await storeNote(db, 102, FRIEND, { visibility: "unlisted" }, [], ["tea"]);
    await storeNote(db, 90, STRANGER, {}, [], ["tea"]);
    await storeNote(db, 103, STRANGER, { sensitive: 1 }, [], ["tea"]);
    const like = (id: number, actor: number, note: number) =>
      db
        .insertInto("likes")
        .values({ id, uri: `l${id}`, actor_id: actor, note_id: note, created_at: 0 })
        .execute();
    await like(200, ME, 101);
    await like(201, STRANGER, 101);
    await like(202, FRIEND, 101);
    await like(203, ME, 102);
    await storeNote(db, 110, ME, { reply_to_id: 101, reply_to_uri: "https://rows.test/notes/101" });
    const found = await listReactedNotes(db, 100, 10);
    expect(found.toSorted((a, b) => a - b)).toEqual([101, 102]);
    expect(await countPeople(db, found, 100)).toEqual([{ id: 101, actor_id: FRIEND, people: 2 }]);
    expect(await countTags(db, { sinceId: 50, midId: 100, limit: 10 })).toEqual([
      { tag: "milk", people: 1, before: 0, one: FRIEND },
      { tag: "tea", people: 1, before: 1, one: FRIEND },
    ]);
    expect(await listActiveActors(db, 100, 10)).toEqual([ME, STRANGER, FRIEND]);
    await db.updateTable("actors").set({ discoverable: 0 }).where("id", "=", FRIEND).execute();
    expect(await countPeople(db, found, 100)).toEqual([]);
  });

  it("keeps what a relay brought and somebody collected", async () => {
    const { db } = await open();
    await people(db);
    await storeActor(db, 4, { host: "hill.test" });
    const relay = { id: 7, inbox_uri: "https://relay.test/inbox", actor_uri: null, style: "mastodon" };
    await db
      .insertInto("relays")
      .values({ ...relay, follow_uri: "https://rows.test/f", state: "accepted", created_at: 0 })
      .execute();
    for (const id of [101, 102]) {
      await storeNote(db, id, 4, { local: 0 });
      await db.insertInto("relayed_notes").values({ note_id: id, relay_id: 7, created_at: 0 }).execute();
    }
    const board = { id: 800, actor_id: ME, name: "Stars", summary: "", visibility: "private" };
    await db
      .insertInto("boards")
      .values({ ...board, created_at: 0, updated_at: 0 })
      .execute();
    const place = { id: 801, board_id: 800, note_id: 102, comment: "", created_at: 0 };
    await db.insertInto("board_notes").values(place).execute();
    const untouched = await listUntouchedRelayed(db, NOW, 10);
    expect(untouched.map(({ id }) => id)).toEqual([101]);
    await removeRelayedNotes(db, untouched);
  });
});
