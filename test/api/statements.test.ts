// What a page of an app costs the database: as many statements for forty statuses of all kinds as for a few.

import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NoteId } from "../../server/domain/ids.ts";
import type { ListId } from "../../server/domain/list.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { votePoll } from "../../server/services/notes/polls.ts";
import { announceNote, bookmarkNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { addToList, createList } from "../../server/services/lists/lists.ts";
import { countingDatabase } from "../support/counting.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPerson, open, type Person, type Served } from "./client.ts";

/** Statuses of a page; the kinds of `richNotes` take turns. */
const PAGE = 40;
const KINDS = 5;

let served: Served & { readonly close: () => Promise<void> };
let statementsOf: (work: () => Promise<unknown>) => Promise<number>;
/** Follows who writes plain statuses. */
let pia: Person;
/** Follows who writes all kinds. */
let rio: Person;
let plain: Person;
let rich: Person;
let listId: ListId;
let rootId: NoteId;

beforeAll(async () => {
  const counting = await countingDatabase();
  statementsOf = counting.statementsOf;
  served = await open({ database: counting.database });
  const { app } = served.instance;
  [pia, rio] = [await aPerson(served, "pia"), await aPerson(served, "rio")];
  [plain, rich] = [await aPerson(served, "plain"), await aPerson(served, "rich")];
  await followActor(app, pia.viewer, plain.viewer.actorId);
  await followActor(app, rio.viewer, rich.viewer.actorId);
  listId = await createList(app, rio.viewer, { title: "All", replies: "followed" });
  await addToList(app, rio.viewer, listId, rich.viewer.actorId);
  for (let index = 0; index <= PAGE; index++)
    await aNote(served.instance, { by: plain.viewer, source: `Plain ${index}` });
  rootId = (await aNote(served.instance, { by: rio.viewer, source: "What now?" })).id;
  await richNotes();
  await served.instance.database.db
    .updateTable("cards")
    .set({ state: "ready", title: "News", description: "What happened" })
    .execute();
  await drain(served.instance);
}, 60_000);
afterAll(async () => served.close());

/** Replies that quote and link, polls, pictures, warnings, boosts; the reader has liked, kept and voted. */
async function richNotes(): Promise<void> {
  const { app } = served.instance;
  const red = { width: 8, height: 8, channels: 3, background: "#c00" } as const;
  const bytes = await sharp({ create: red }).png().toBuffer();
  const by = rich.viewer;
  for (let index = 0; index * KINDS <= PAGE; index++) {
    const said = await aNote(served.instance, { by: rio.viewer, source: `Said ${index}` });
    const picture = await uploadImage(app, by, { bytes, alt: "Red" });
    const options = [`one ${index}`, `two ${index}`];
    const notes = [
      await aNote(served.instance, { by, source: `@rio Yes ${index}`, replyTo: rootId, quoteOf: said.id }),
      await aNote(served.instance, {
        by,
        source: `@rio #tag Which ${index}?`,
        poll: { options, multiple: false, expiresInMs: 3_600_000 },
      }),
      await aNote(served.instance, { by, source: `Look ${index}`, attachments: [{ id: picture.id }] }),
      await aNote(served.instance, { by, source: `Read https://news.test/${index}`, summary: "Long" }),
    ];
    const other = await aNote(served.instance, { by: plain.viewer, source: `Worth it ${index}` });
    await announceNote(app, by, other.id);
    for (const { id } of notes) {
      await likeNote(app, rio.viewer, id);
      await bookmarkNote(app, rio.viewer, id);
      await announceNote(app, rio.viewer, id);
      await likeNote(app, pia.viewer, id);
    }
    await likeNote(app, by, said.id);
    const poll = notes[1];
    if (poll !== undefined) await votePoll(app, rio.viewer, poll.id, [0]);
  }
}

/** Statements of an answer, and how many things stand in it; asked once before, for what is looked up once a while. */
async function cost(
  who: Person,
  path: string,
): Promise<{ readonly statements: number; readonly items: number }> {
  await who.ask("GET", path);
  let items = 0;
  const statements = await statementsOf(async () => {
    const { status, json } = await who.ask("GET", path);
    expect([path, status]).toEqual([path, 200]);
    items = countOf(json);
  });
  return { statements, items };
}

function countOf(json: unknown): number {
  if (Array.isArray(json)) return json.length;
  const lists = Object.values(json ?? {}).filter((value) => Array.isArray(value));
  return Math.max(0, ...lists.map((list) => list.length));
}

describe("A page of forty costs as many statements as a page of two of each kind", () => {
  const pages: Readonly<Record<string, () => readonly [Person, string]>> = {
    "home, plain": () => [pia, "/api/v1/timelines/home"],
    home: () => [rio, "/api/v1/timelines/home"],
    "list timeline": () => [rio, `/api/v1/timelines/list/${listId}`],
    "public timeline": () => [rio, "/api/v1/timelines/public"],
    "statuses of an account": () => [rio, `/api/v1/accounts/${rich.viewer.actorId}/statuses`],
    bookmarks: () => [rio, "/api/v1/bookmarks"],
    favourites: () => [rio, "/api/v1/favourites"],
    notifications: () => [rich, "/api/v1/notifications"],
    "grouped notifications": () => [rich, "/api/v2/notifications"],
    "search for statuses": () => [rio, "/api/v2/search?q=rio&type=statuses"],
    "search for everything": () => [rio, "/api/v2/search?q=rio"],
  };

  test.each(Object.keys(pages))("%s", async (name) => {
    const [who, path] = pages[name]?.() ?? [rio, ""];
    const at = (limit: number) => `${path}${path.includes("?") ? "&" : "?"}limit=${limit}`;
    const few = await cost(who, at(KINDS * 2));
    const many = await cost(who, at(PAGE));
    expect(many.items).toBeGreaterThan(few.items);
    expect(many.statements).toBe(few.statements);
  });
});

// What only some statuses have (polls, quotes, what is answered) is looked up once, when a page holds any.
test("forty statuses of all kinds cost seven statements more than forty plain ones", async () => {
  const path = `/api/v1/timelines/home?limit=${PAGE}`;
  const [simple, full] = [await cost(pia, path), await cost(rio, path)];
  expect([simple.items, full.items]).toEqual([PAGE, PAGE]);
  expect(full.statements - simple.statements).toBeLessThanOrEqual(7);
});

test("who am I takes three statements, what is this server none without a token", async () => {
  const mine = await cost(pia, "/api/v1/accounts/verify_credentials");
  expect(mine.statements).toBe(3);
  const about = () => served.instance.request("/api/v2/instance");
  await about();
  expect(await statementsOf(about)).toBe(0);
});
