import { expect, it } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import { findActorsByPrefix } from "../../server/store/actors.ts";
import type { Db } from "../../server/store/database.ts";
import { listDirectory } from "../../server/store/directory.ts";
import { exploreEntries, type Sieve, sieveNotes } from "../../server/store/explore.ts";
import { homeEntries } from "../../server/store/home.ts";
import { findNotesByWords, findTagsByPrefix, indexNote } from "../../server/store/search.ts";
import { findHeardEntry, listEntryReaders } from "../../server/store/streams.ts";
import { findPeopleToName } from "../../server/store/suggestions.ts";
import { localEntries, profileEntries, tagEntries } from "../../server/store/timelines.ts";
import { countPeople, countTags, listActiveActors, sieveActors } from "../../server/store/trends.ts";
import { findTagCovers, listFindableFollowed } from "../../server/store/welcome.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

const AUTHOR = 1;
const FOLLOWER = 2;
const STRANGER = 3;
/** Liked the note; what one liked one finds again. */
const LIKER = 4;
const NOTE = 101;
const NOW = 1000;
const ANY: Sieve = { from: "here", bits: 0, languages: [], calm: false };
const PAGE = { limit: 20 };

/** An author with one public note that everything finds, a follower, and a stranger who follows its tag. */
async function aStage(db: Db): Promise<void> {
  for (const id of [AUTHOR, FOLLOWER, STRANGER, LIKER]) await storeActor(db, id);
  await insertAccount(db, {
    id: 900,
    actor_id: STRANGER,
    email: null,
    password_hash: "",
    role: "member",
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: 0,
    suspended_at: null,
    notifications_read_id: 0,
  });
  await storeFollow(db, 50, FOLLOWER, AUTHOR);
  await storeNote(db, NOTE, AUTHOR, { media: 1 }, [], ["tea"]);
  await indexNote(db, NOTE, "tea");
  await db
    .insertInto("likes")
    .values({ id: 200, uri: "l", actor_id: LIKER, note_id: NOTE, created_at: 0 })
    .execute();
  await db
    .insertInto("tag_follows")
    .values({ id: 901, actor_id: STRANGER, tag: "tea", name: "tea", created_at: 0 })
    .execute();
}

/** Every list that somebody comes upon the note or its author in without asking for them, by name. */
async function listsWith(db: Db, viewer: number | null): Promise<readonly string[]> {
  const has = (rows: readonly { readonly id: number }[]) => rows.some(({ id }) => id === NOTE);
  const directory = async (order: "active" | "new") =>
    (await listDirectory(db, { localOnly: true, order, from: 0, limit: 20, viewer, now: NOW })).includes(
      AUTHOR,
    );
  const naming = { prefix: "u", host: "", limit: 20, now: NOW };
  const found: Record<string, boolean> = {
    local: has((await localEntries(db, viewer, PAGE, NOW)).rows),
    tag: has((await tagEntries(db, viewer, { any: ["tea"] }, PAGE, NOW)).rows),
    explore: has((await exploreEntries(db, viewer, ANY, PAGE, NOW)).rows),
    everywhere: has((await exploreEntries(db, viewer, { ...ANY, from: "everywhere" }, PAGE, NOW)).rows),
    popular: (await sieveNotes(db, viewer, ANY, [NOTE], NOW)).has(NOTE),
    search: (await findNotesByWords(db, viewer, ["tea"], 20)).includes(NOTE),
    people: (await findActorsByPrefix(db, viewer, "u", 20)).some(({ id }) => id === AUTHOR),
    tags: (await findTagsByPrefix(db, "te", 20)).includes("tea"),
    active: await directory("active"),
    new: await directory("new"),
    naming: viewer !== null && (await findPeopleToName(db, viewer, naming)).some(({ id }) => id === AUTHOR),
    home: viewer !== null && has((await homeEntries(db, viewer, PAGE, NOW)).rows),
    trend: (await countPeople(db, [NOTE], 0)).length > 0,
    trendingTag: (await countTags(db, { sinceId: 0, midId: 50, limit: 10 })).length > 0,
    trendingPerson: (await listActiveActors(db, 0, 10)).includes(AUTHOR),
    suggested: (await sieveActors(db, viewer, [AUTHOR], NOW)).has(AUTHOR),
    welcome: (await listFindableFollowed(db, FOLLOWER, 10)).includes(AUTHOR),
    cover: (await findTagCovers(db, ["tea"])).has("tea"),
  };
  return Object.entries(found).flatMap(([name, is]) => (is ? [name] : []));
}

const FOR_ALL = [
  "local",
  "tag",
  "explore",
  "everywhere",
  "popular",
  "search",
  "people",
  "tags",
  "active",
  "new",
  "naming",
  "home",
  "trend",
  "trendingTag",
  "trendingPerson",
  "suggested",
  "welcome",
  "cover",
];

eachDatabase((_, open) => {
  it("finds what nobody judged in every list", async () => {
    const { db } = await open();
    await aStage(db);
    expect(await listsWith(db, STRANGER)).toEqual(FOR_ALL);
  });

  it("keeps somebody who is limited out of every list of strangers, and in those of followers", async () => {
    const { db } = await open();
    await aStage(db);
    await db.updateTable("actors").set({ limited_at: 1 }).where("id", "=", AUTHOR).execute();
    expect(await listsWith(db, STRANGER)).toEqual([]);
    expect(await listsWith(db, null)).toEqual([]);
    const known = ["local", "tag", "explore", "everywhere", "popular", "search", "people", "naming", "home"];
    expect(await listsWith(db, FOLLOWER)).toEqual(known);
    expect((await profileEntries(db, STRANGER, AUTHOR, PAGE, true)).rows).toHaveLength(1);
    const entry = await findHeardEntry(db, NOTE);
    expect(entry).toMatchObject({ apart: 1, open: 1 });
    if (entry === undefined) throw new Error("It is gone.");
    const readers = await listEntryReaders(db, entry, [STRANGER, FOLLOWER], NOW);
    expect(readers.map(({ actor_id, home }) => [actor_id, home]).toSorted()).toEqual([
      [FOLLOWER, 1],
      [STRANGER, 0],
    ]);
  });

  it("keeps a hidden note out of every list of everybody but its author", async () => {
    const { db } = await open();
    await aStage(db);
    await db
      .updateTable("notes")
      .set({ hidden_at: 1, hidden_by: "moderator" })
      .where("id", "=", NOTE)
      .execute();
    const aboutNote = (names: readonly string[]) =>
      names.filter(
        (name) =>
          !["people", "active", "new", "naming", "trendingPerson", "suggested", "welcome"].includes(name),
      );
    expect(aboutNote(await listsWith(db, STRANGER))).toEqual([]);
    expect(aboutNote(await listsWith(db, FOLLOWER))).toEqual([]);
    expect(aboutNote(await listsWith(db, null))).toEqual([]);
    expect(aboutNote(await listsWith(db, AUTHOR))).toContain("local");
    expect(await findHeardEntry(db, NOTE)).toMatchObject({ open: 0 });
  });

  it("counts nothing that moderators covered as calm or popular", async () => {
    const { db } = await open();
    await aStage(db);
    const calm = async () => (await exploreEntries(db, null, { ...ANY, calm: true }, PAGE, NOW)).rows.length;
    expect(await calm()).toBe(1);
    await db.updateTable("actors").set({ sensitized_at: 1 }).where("id", "=", AUTHOR).execute();
    expect(await calm()).toBe(0);
    await db.updateTable("actors").set({ sensitized_at: null }).where("id", "=", AUTHOR).execute();
    await db.updateTable("notes").set({ sensitized_at: 1 }).where("id", "=", NOTE).execute();
    expect(await calm()).toBe(0);
    expect(await countTags(db, { sinceId: 0, midId: 50, limit: 10 })).toEqual([]);
    expect(await findTagCovers(db, ["tea"])).toEqual(new Map());
  });
});
