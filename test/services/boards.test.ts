import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { BoardId } from "../../server/domain/board.ts";
import { asId } from "../../server/domain/ids.ts";
import { deleteAccount, emptyActorTraces } from "../../server/services/accounts/departures.ts";
import { boardForFederation, listBoards, viewBoard } from "../../server/services/boards/board-views.ts";
import {
  changeBoard,
  collectNote,
  createBoard,
  deleteBoard,
  moveOnBoard,
  uncollectNote,
} from "../../server/services/boards/boards.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

let here: TestInstance;
let mei: Viewer;
let ann: Viewer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  mei = (await aMember(here, "mei")).viewer;
  ann = (await aMember(here, "ann")).viewer;
});
afterEach(() => here.close());

const board = (change: { name?: string; visibility?: string } = {}) =>
  createBoard(here.app, mei, { name: "Tides", visibility: "public", ...change });

async function words(viewer: Viewer | null, id: BoardId): Promise<readonly string[]> {
  const { page } = await viewBoard(here.app, viewer, id, {});
  return page.items.map(({ note, comment }) => `${note.contentHtml.replace(/<[^>]*>/g, "")}${comment}`);
}

async function put(id: BoardId, by: Viewer, source: string, change: object = {}) {
  here.clock.advance(1000);
  const note = await aNote(here, { by, source, ...change });
  await collectNote(here.app, mei, note.id, { boardIds: [id], comment: "" });
  return note;
}

describe("A board", () => {
  test("shows each reader only what they may see, and counts what they may not", async () => {
    const id = await board();
    await followActor(here.app, mei, ann.actorId);
    await drain(here);
    await put(id, ann, "open");
    await put(id, ann, "for followers", { visibility: "followers" });
    await put(id, ann, "@mei for mei", { visibility: "direct" });
    expect(await words(mei, id)).toEqual(["@mei for mei", "for followers", "open"]);
    expect(await words(null, id)).toEqual(["open"]);
    const { board: seen } = await viewBoard(here.app, null, id, {});
    expect([seen.total, seen.shown]).toEqual([3, 1]);
    await blockActor(here.app, ann, mei.actorId);
    expect(await words(mei, id)).toEqual([]);
  });

  test("is nobody else's business when it is private, and is listed only when it is for everybody", async () => {
    const open = await board();
    const hidden = await board({ name: "Hidden", visibility: "unlisted" });
    const secret = await board({ name: "Secret", visibility: "private" });
    const names = async (viewer: Viewer | null) =>
      (await listBoards(here.app, viewer, mei.actorId)).map(({ name }) => name).toSorted();
    expect(await names(mei)).toEqual(["Hidden", "Secret", "Tides"]);
    expect(await names(ann)).toEqual(["Tides"]);
    expect(await names(null)).toEqual(["Tides"]);
    expect(await words(null, hidden)).toEqual([]);
    for (const viewer of [null, ann])
      await expect(viewBoard(here.app, viewer, secret, {})).rejects.toMatchObject({ kind: "not_found" });
    expect(await boardForFederation(here.app, secret, undefined)).toBeNull();
    expect((await boardForFederation(here.app, open, undefined))?.board.name).toBe("Tides");
  });

  test("belongs to its owner alone", async () => {
    const id = await board();
    const note = await put(id, mei, "one");
    const refused = { kind: "not_found" };
    await expect(changeBoard(here.app, ann, id, { name: "Mine" })).rejects.toMatchObject(refused);
    await expect(deleteBoard(here.app, ann, id)).rejects.toMatchObject(refused);
    await expect(uncollectNote(here.app, ann, id, note.id)).rejects.toMatchObject(refused);
    await collectNote(here.app, ann, note.id, { boardIds: [id], comment: "vandal" });
    expect(await words(null, id)).toEqual(["one"]);
  });

  test("is put in order step by step, past notes that have gone", async () => {
    const id = await board();
    await put(id, mei, "a");
    const gone = await put(id, mei, "b");
    await put(id, mei, "c");
    await deleteNote(here.app, mei, gone.id);
    expect(await words(mei, id)).toEqual(["c", "a"]);
    const { page } = await viewBoard(here.app, mei, id, {});
    const last = page.items.at(-1);
    if (last === undefined) throw new Error("The board is empty.");
    await moveOnBoard(here.app, mei, id, { id: last.id, up: true });
    expect(await words(mei, id)).toEqual(["a", "c"]);
    const first = (await viewBoard(here.app, mei, id, {})).page.items[0];
    await moveOnBoard(here.app, mei, id, { id: first?.id ?? asId(1), up: true });
    expect(await words(mei, id)).toEqual(["a", "c"]);
  });

  test("takes a note on and off, with a comment, and begins new ones on the way", async () => {
    const [one, two] = [await board(), await board({ name: "Two" })];
    const note = await aNote(here, { by: ann, source: "n" });
    await collectNote(here.app, mei, note.id, { boardIds: [one], comment: "!" });
    await collectNote(here.app, mei, note.id, {
      boardIds: [two],
      comment: "?",
      fresh: { name: "Three", visibility: "public" },
    });
    expect(await words(mei, one)).toEqual([]);
    expect(await words(mei, two)).toEqual(["n?"]);
    expect((await listBoards(here.app, mei, mei.actorId)).map(({ name }) => name)).toContain("Three");
    const hidden = await aNote(here, { by: ann, source: "x", visibility: "followers" });
    await expect(
      collectNote(here.app, mei, hidden.id, { boardIds: [one], comment: "" }),
    ).rejects.toMatchObject({ kind: "not_found" });
    await expect(
      collectNote(here.app, mei, note.id, { boardIds: [], comment: "x".repeat(501), fresh: { name: "No" } }),
    ).rejects.toMatchObject({ kind: "invalid", fields: { comment: {} } });
    expect((await listBoards(here.app, mei, mei.actorId)).length).toBe(3);
  });

  test("goes with its owner", async () => {
    const id = await board();
    await put(id, ann, "one");
    await deleteAccount(here.app, mei, { password: PASSWORD });
    await expect(viewBoard(here.app, null, id, {})).rejects.toMatchObject({ kind: "not_found" });
    await emptyActorTraces(here.app, mei.actorId);
    expect(await here.app.db.selectFrom("boards").selectAll().execute()).toEqual([]);
    expect(await here.app.db.selectFrom("board_notes").selectAll().execute()).toEqual([]);
  });
});

describe("At its address", () => {
  test("other servers read a collection of what everybody may see, page by page", async () => {
    const id = await board();
    for (let index = 0; index < 3; index++) await put(id, ann, `note ${index}`);
    await put(id, mei, "private", { visibility: "direct" });
    const ask = async (path: string) =>
      await here.request(path, { headers: { accept: "application/activity+json" } });
    const answer = await ask(`/@mei/boards/${id}`);
    const json: unknown = await answer.json();
    expect(answer.headers.get("content-type")).toBe("application/activity+json");
    expect(json).toMatchObject({
      id: `https://here.test/@mei/boards/${id}`,
      type: "OrderedCollection",
      attributedTo: here.app.uris.actor(mei.actorId),
      name: "Tides",
      totalItems: 3,
      first: { type: "OrderedCollectionPage", partOf: `https://here.test/@mei/boards/${id}` },
    });
    expect(JSON.stringify(json)).toContain('"orderedItems":["https://here.test/notes/');
    expect((await ask(`/@ann/boards/${id}`)).status).toBe(404);
    expect((await ask(`/@mei/boards/${await board({ visibility: "private" })}`)).status).toBe(404);
    expect((await here.request(`/@mei/boards/${id}`, { headers: { accept: "text/html" } })).status).toBe(200);
  });
});
