import { sql } from "kysely";
import { expect, it } from "vitest";
import { STEPS } from "../../migrations/index.ts";
import { insertActor } from "../../server/store/actors.ts";
import {
  claimThread,
  countContext,
  countReplies,
  findKnownUris,
  findThreadRootId,
  listContext,
  listReplies,
  listThread,
  spreadContext,
} from "../../server/store/conversations.ts";
import { openSqlite, type Database, type Db } from "../../server/store/database.ts";
import { insertFollow } from "../../server/store/follows.ts";
import { listFollowersOnOrigin } from "../../server/store/follower-sync.ts";
import { migrate } from "../../server/store/migrate.ts";
import { insertNote } from "../../server/store/notes.ts";
import { adoptOrphans } from "../../server/store/threads.ts";
import { eachDatabase, emptyPostgresDatabase } from "../support/databases.ts";
import { actorRow, noteRow } from "../support/rows.ts";

const CONTEXT = "https://rows.test/contexts/1";

async function aNote(db: Db, id: number, actorId: number, change: Parameters<typeof noteRow>[2] = {}) {
  await insertNote(db, { row: noteRow(id, actorId, change), mentionIds: [], tags: [] });
}

/** Notes 1 ← 2 ← 3 and 1 ← 4, the first by actor 1, in one conversation; 4 is for followers alone. */
async function aThread({ db }: Database): Promise<Db> {
  for (const id of [1, 2]) await insertActor(db, actorRow(id));
  await aNote(db, 1, 1, { context_uri: CONTEXT });
  await aNote(db, 2, 2, { context_uri: CONTEXT, reply_to_id: 1 });
  await aNote(db, 3, 1, { context_uri: CONTEXT, reply_to_id: 2 });
  await aNote(db, 4, 1, { context_uri: CONTEXT, reply_to_id: 1, visibility: "followers" });
  return db;
}

const ids = (rows: readonly { readonly id: number }[]) => rows.map((row) => row.id);

eachDatabase((_name, open) => {
  it("a conversation is listed oldest first, as far as its reader may see it", async () => {
    const db = await aThread(await open());
    expect(ids(await listContext(db, null, CONTEXT, 0, 10))).toEqual([1, 2, 3]);
    expect(ids(await listContext(db, null, CONTEXT, 1, 1))).toEqual([2]);
    expect(await countContext(db, null, CONTEXT)).toBe(3);
    await insertFollow(db, { id: 9, uri: "f", actor_id: 2, target_id: 1, state: "accepted", created_at: 0 });
    expect(ids(await listContext(db, 2, CONTEXT, 0, 10))).toEqual([1, 2, 3, 4]);
    expect(await countContext(db, 2, CONTEXT)).toBe(4);
  });

  it("replies are listed by the author and by the others apart", async () => {
    const db = await aThread(await open());
    const note = { id: 1, actorId: 1 };
    expect(ids(await listReplies(db, null, note, { own: true, after: 0 }, 10))).toEqual([]);
    expect(ids(await listReplies(db, 1, note, { own: true, after: 0 }, 10))).toEqual([4]);
    expect(ids(await listReplies(db, null, note, { own: false, after: 0 }, 10))).toEqual([2]);
    expect([await countReplies(db, null, 1), await countReplies(db, 1, 1)]).toEqual([1, 2]);
  });

  it("a thread is walked to its first note and down from it", async () => {
    const db = await aThread(await open());
    expect(await findThreadRootId(db, 3)).toBe(1);
    expect(await findThreadRootId(db, 1)).toBe(1);
    const thread = await listThread(db, 1, 10);
    expect(thread.map((note) => [note.id, note.depth])).toEqual([
      [1, 0],
      [2, 1],
      [4, 1],
      [3, 2],
    ]);
    expect(await listThread(db, 1, 2)).toHaveLength(2);
  });

  it("an adopted orphan brings what hangs on it into the conversation", async () => {
    const db = await aThread(await open());
    await aNote(db, 5, 2, { reply_to_uri: "https://rows.test/notes/8" });
    await aNote(db, 6, 1, { reply_to_id: 5 });
    await aNote(db, 8, 1, { context_uri: CONTEXT });
    await adoptOrphans(db, "https://rows.test/notes/8", 8, CONTEXT);
    expect(ids(await listContext(db, null, CONTEXT, 4, 10))).toEqual([5, 6, 8]);
  });

  it("a circle of answers, which nobody should be able to make, ends", async () => {
    const db = await aThread(await open());
    await sql`update notes set reply_to_id = 3 where id = 1`.execute(db);
    await spreadContext(db, 1, "https://rows.test/contexts/2");
    expect([1, 2, 3]).toContain(await findThreadRootId(db, 2));
    expect((await listThread(db, 1, 100)).length).toBeLessThanOrEqual(100);
  });

  it("of many that want to complete a thread at once, one does", async () => {
    const db = await aThread(await open());
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimThread(db, 1, 1000, 900)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await claimThread(db, 1, 1100, 999)).toBe(false);
    expect(await claimThread(db, 1, 1100, 1000)).toBe(true);
  });

  it("known uris are told from unknown ones", async () => {
    const db = await aThread(await open());
    expect(await findKnownUris(db, ["https://rows.test/notes/1", "https://far.test/x"])).toEqual(
      new Set(["https://rows.test/notes/1"]),
    );
    expect(await findKnownUris(db, [])).toEqual(new Set());
  });

  it("followers on one origin are all of them, and none of a host that begins alike", async () => {
    const { db } = await open();
    const uris = [
      "https://far.test/users/1",
      "https://far.test:8443/users/2",
      "https://far.test.evil.test/users/3",
      "https://far.test/users/4",
      "http://far.test/users/5",
    ];
    await insertActor(db, actorRow(99));
    for (const [index, uri] of uris.entries()) {
      const id = index + 1;
      await insertActor(db, actorRow(id, { uri, host: "far.test" }));
      const state = uri.endsWith("/4") ? "pending" : "accepted";
      await insertFollow(db, { id, uri: `f${id}`, actor_id: id, target_id: 99, state, created_at: 0 });
    }
    const found = await listFollowersOnOrigin(db, 99, "https://far.test");
    expect(found.map((row) => row.uri)).toEqual(["https://far.test/users/1"]);
  });
});

it.each([
  ["SQLite", () => Promise.resolve(openSqlite(":memory:"))],
  ["PostgreSQL", emptyPostgresDatabase],
] as const)("threads of an earlier version get their conversation, on %s", async (name, open) => {
  const database = await open();
  const { db } = database;
  await migrate(db, STEPS.slice(0, 1));
  const text = "'', '', '{}', 0, 0, 0, 0, 0, 0";
  const columns =
    "content_html, url, content_map, sensitive, published_at, received_at, likes_count, announces_count, replies_count";
  await sql
    .raw(
      `insert into actors (id, uri, url, kind, username, host, name, bio_html, bio_source, fields, locked,
    discoverable, indexable, inbox_uri, followers_count, following_count, notes_count, published_at, fetched_at)
    values (1, 'u', 'u', 'Person', 'u', '', '', '', '', '[]', 0, 0, 0, '', 0, 0, 0, 0, 0)`,
    )
    .execute(db);
  const add = (id: number, local: number, parent: number | null) =>
    sql
      .raw(
        `insert into notes (id, uri, actor_id, local, visibility, reply_to_id, reply_to_uri, ${columns}) values
         (${id}, 'https://${local === 1 ? "here" : "far"}.test/notes/${id}', 1, ${local}, 'public', ${parent ?? "null"},
          ${parent === null ? "null" : `'https://any.test/notes/${parent}'`}, ${text})`,
      )
      .execute(db);
  await add(1, 1, null);
  await add(2, 0, 1);
  await add(3, 1, 2);
  await add(4, 0, null);
  await add(5, 1, 4);
  await migrate(db);
  const rows = await db.selectFrom("notes").select(["id", "context_uri"]).orderBy("id").execute();
  const context = "https://here.test/contexts/1";
  expect(rows.map((row) => row.context_uri)).toEqual([context, context, context, null, null]);
  if (name === "SQLite") await database.close();
});
