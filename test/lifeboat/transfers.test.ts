import { beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { TransferId, TransferKind, TransferMode } from "../../server/domain/transfer.ts";
import { isoTime } from "../../server/context.ts";
import { asId } from "../../server/domain/ids.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { search } from "../../server/services/search.ts";
import { TRANSFER_FILES, TRANSFER_KINDS } from "../../server/domain/transfer.ts";
import { en } from "../../web/locales/en.ts";
import { findRelationship } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { blockActor, muteActor } from "../../server/services/relations/relationships.ts";
import { exportFile } from "../../server/services/transfers/export.ts";
import { hideHost } from "../../server/services/relations/hidden-hosts.ts";
import { addToList, createList, listLists, listMembers } from "../../server/services/lists/lists.ts";
import { bookmarkNote } from "../../server/services/reactions/reactions.ts";
import { createFilter, listFilters } from "../../server/services/filters/filters.ts";
import {
  beginImport,
  continueImport,
  startImport,
  stopImport,
} from "../../server/services/transfers/import.ts";
import {
  countGoing,
  getImport,
  listImports,
  listImportRows,
  openFailedRows,
} from "../../server/services/transfers/results.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { addAlias, moveAccount } from "../../server/services/moves/moves.ts";
import { aMember, aNote, PASSWORD, type TestInstance } from "../support/instance.ts";
import { storeActor } from "../support/rows.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

const MINUTE = 60_000;

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
});

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

const exported = (instance: TestInstance, viewer: Viewer, kind: TransferKind) =>
  textOf(exportFile(instance.app, viewer, kind));

const encode = (text: string) => new TextEncoder().encode(text);

/** Brings a file and lets it be worked off. */
async function bring(
  member: Viewer,
  text: string | Uint8Array,
  options: { readonly name?: string; readonly kind?: TransferKind; readonly mode?: TransferMode } = {},
): Promise<TransferId> {
  const { app } = pair.east;
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const id = await beginImport(app, member, {
    name: options.name ?? "file.csv",
    bytes,
    kind: options.kind ?? null,
  });
  await startImport(app, member, id, options.mode ?? "merge");
  await pair.settle();
  return id;
}

const rowsOf = async (member: Viewer, id: TransferId) =>
  (await listImportRows(pair.east.app, member, id, { state: null, page: 1 })).rows.map(
    ({ label, state, message }) => [label, state, message?.key ?? null],
  );

describe("files of lists", () => {
  test("of follows come as Mastodon writes them, and go in by the same", async () => {
    const { east, west, ann, bo } = pair;
    const cy = await aMember(east, "cy");
    const text =
      'Account address,Show boosts,Notify on new posts,Languages\nbo@west.test,false,true,"en, es"\ncy@east.test,true,false,\n';
    const id = await bring(ann.viewer, text, { name: "following_accounts.csv" });
    expect(await rowsOf(ann.viewer, id)).toEqual([
      ["bo@west.test", "done", null],
      ["cy@east.test", "done", null],
    ]);
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({
      kind: "follows",
      state: "done",
      done: 2,
      failed: 0,
      waiting: 0,
    });
    const there = await find(east, ann.viewer, "@bo@west.test");
    expect(await findRelationship(east.app, ann.viewer, there.id)).toMatchObject({
      following: "accepted",
      notifying: true,
      showsAnnounces: false,
      languages: ["en", "es"],
    });
    expect(await findRelationship(east.app, ann.viewer, cy.viewer.actorId)).toMatchObject({
      following: "accepted",
    });
    expect(
      await findRelationship(west.app, bo.viewer, (await find(west, bo.viewer, "@ann@east.test")).id),
    ).toMatchObject({ followedBy: true });
    expect(await exported(east, ann.viewer, "follows")).toBe(text);
    // Twice is once.
    const again = await bring(ann.viewer, text);
    expect(await rowsOf(ann.viewer, again)).toEqual([
      ["bo@west.test", "already", null],
      ["cy@east.test", "already", null],
    ]);
  });

  test("of everything else go out and in again somewhere else, and twice is once", async () => {
    const { east, west, ann, bo } = pair;
    const there = await follow(pair, east, ann.viewer, "@bo@west.test");
    const cy = await aMember(east, "cy");
    const note = await aNote(west, { by: bo.viewer });
    await pair.settle();
    const title = 'Friends, "old" ones';
    const list = await createList(east.app, ann.viewer, { title });
    await addToList(east.app, ann.viewer, list, there.id);
    await muteActor(east.app, ann.viewer, cy.viewer.actorId, { hidesNotifications: false });
    await blockActor(east.app, ann.viewer, (await find(east, ann.viewer, "@owner_here@west.test")).id);
    await hideHost(east.app, ann.viewer, "bad.example");
    const noted = await find(east, ann.viewer, "@bo@west.test");
    const { notes } = await search(east.app, ann.viewer, `https://west.test/@bo/${note.id}`);
    await bookmarkNote(east.app, ann.viewer, notes[0]?.id ?? asId(0));
    await createFilter(east.app, ann.viewer, {
      title: "=politics",
      contexts: ["home", "public"],
      action: "hide",
      keywords: [{ keyword: "election", wholeWord: true }],
      expiresInMs: 86_400_000,
    });
    expect(noted.id).toBe(there.id);
    const files: Record<string, string> = {};
    for (const kind of TRANSFER_KINDS) files[kind] = await exported(east, ann.viewer, kind);
    expect(files).toMatchObject({
      lists: '"Friends, ""old"" ones",bo@west.test\n',
      mutes: "Account address,Hide notifications\ncy@east.test,false\n",
      blocks: "owner_here@west.test\n",
      domains: "bad.example\n",
      bookmarks: `${west.app.uris.note(note.id)}\n`,
    });
    expect(JSON.parse(files["filters"] ?? "")).toEqual({
      custom_filters: [
        {
          title: "=politics",
          expires_at: isoTime(pair.clock.now() + 86_400_000),
          context: ["home", "public"],
          action: "hide",
          keywords_attributes: [{ keyword: "election", whole_word: true }],
          statuses: [],
        },
      ],
    });
    // Somebody new at the same server has nothing yet, and then the same.
    const dee = await aMember(east, "dee");
    for (const round of ["done", "already"])
      for (const kind of TRANSFER_KINDS) {
        const id = await bring(dee.viewer, files[kind] ?? "", { name: TRANSFER_FILES[kind] });
        expect(await getImport(east.app, dee.viewer, id)).toMatchObject({ kind, state: "done", failed: 0 });
        const states = (await rowsOf(dee.viewer, id)).map(([, state]) => state);
        expect([kind, new Set(states)]).toEqual([kind, new Set([round])]);
      }
    for (const kind of TRANSFER_KINDS) expect(await exported(east, dee.viewer, kind)).toBe(files[kind]);
  });
});

describe("overwriting", () => {
  test("says how many would go, takes them away, and nothing that came after the file", async () => {
    const { east, ann } = pair;
    const [cy, dee, eve] = [
      await aMember(east, "cy"),
      await aMember(east, "dee"),
      await aMember(east, "eve"),
    ];
    await follow(pair, east, ann.viewer, "@bo@west.test");
    await followActor(east.app, ann.viewer, cy.viewer.actorId);
    const id = await beginImport(east.app, ann.viewer, {
      name: "following_accounts.csv",
      bytes: new TextEncoder().encode("Account address\nBo@WEST.test\n@dee\n"),
      kind: "follows",
    });
    expect(await countGoing(east.app, ann.viewer, id)).toEqual({ whole: 0, others: 1 });
    pair.clock.advance(MINUTE);
    await followActor(east.app, ann.viewer, eve.viewer.actorId);
    await startImport(east.app, ann.viewer, id, "overwrite");
    await pair.settle();
    expect(
      (await exported(east, ann.viewer, "follows")).split("\n").map((line) => line.split(",")[0]),
    ).toEqual(expect.arrayContaining(["dee@east.test", "eve@east.test", "bo@west.test"]));
    expect(await findRelationship(east.app, ann.viewer, cy.viewer.actorId)).toMatchObject({
      following: "no",
    });
    expect(await findRelationship(east.app, ann.viewer, dee.viewer.actorId)).toMatchObject({
      following: "accepted",
    });
    expect((await listImportRows(east.app, ann.viewer, id, { state: null, page: 1 })).rows).toMatchObject([
      { label: "Bo@WEST.test", state: "already", isRemoval: false },
      { label: "@dee", state: "done", isRemoval: false },
      { label: "cy", state: "done", isRemoval: true },
    ]);
  });

  test("of lists removes lists and people on them, of the other kinds what the file has not", async () => {
    const { east, ann } = pair;
    const [cy, dee] = [await aMember(east, "cy"), await aMember(east, "dee")];
    const ids = async () => (await listLists(east.app, ann.viewer)).map(({ title }) => title);
    const stays = await createList(east.app, ann.viewer, { title: "stays" });
    await createList(east.app, ann.viewer, { title: "goes" });
    await addToList(east.app, ann.viewer, stays, cy.viewer.actorId);
    pair.clock.advance(MINUTE);
    await bring(ann.viewer, "stays,dee\nnew,cy@east.test\n", { kind: "lists", mode: "overwrite" });
    expect((await ids()).toSorted()).toEqual(["new", "stays"]);
    expect((await listMembers(east.app, ann.viewer, stays)).map(({ id }) => id)).toEqual([
      dee.viewer.actorId,
    ]);

    await muteActor(east.app, ann.viewer, cy.viewer.actorId);
    await blockActor(east.app, ann.viewer, dee.viewer.actorId);
    await hideHost(east.app, ann.viewer, "old.example");
    const [kept, gone] = [await aNote(east, { by: ann.viewer }), await aNote(east, { by: ann.viewer })];
    for (const note of [kept, gone]) await bookmarkNote(east.app, ann.viewer, note.id);
    for (const title of ["one", "two"])
      await createFilter(east.app, ann.viewer, {
        title,
        contexts: ["home"],
        action: "warn",
        keywords: [{ keyword: title, wholeWord: true }],
      });
    pair.clock.advance(MINUTE);
    await bring(ann.viewer, "owner_here\n", { kind: "mutes", mode: "overwrite" });
    await bring(ann.viewer, "owner_here\n", { kind: "blocks", mode: "overwrite" });
    await bring(ann.viewer, "#domain,#severity\nnew.example,suspend\n", { mode: "overwrite" });
    const notes = await bring(ann.viewer, `${kept.url}\n`, { mode: "overwrite" });
    expect((await rowsOf(ann.viewer, notes)).map(([, state]) => state)).toEqual(["already", "done"]);
    const two = {
      title: "two",
      context: ["public"],
      action: "hide",
      keywords_attributes: [{ keyword: "II" }],
    };
    await bring(ann.viewer, JSON.stringify({ custom_filters: [two] }), { mode: "overwrite" });
    expect(await exported(east, ann.viewer, "mutes")).toContain("\nowner_here@east.test,true\n");
    expect(await exported(east, ann.viewer, "mutes")).not.toContain("cy@");
    expect(await exported(east, ann.viewer, "blocks")).toBe("owner_here@east.test\n");
    expect(await exported(east, ann.viewer, "domains")).toBe("new.example\n");
    expect(await exported(east, ann.viewer, "bookmarks")).toBe(`${east.app.uris.note(kept.id)}\n`);
    expect(await listFilters(east.app, ann.viewer)).toMatchObject([
      { title: "two", contexts: ["public"], action: "hide", keywords: [{ keyword: "II" }] },
    ]);
  });
});

describe("a row", () => {
  test("that cannot be done says why, and can be downloaded to try again", async () => {
    const { east, west, ann, bo } = pair;
    await blockActor(west.app, bo.viewer, (await find(west, bo.viewer, "@ann@east.test")).id);
    await pair.settle();
    await blockDomain(east.app, { domain: "blocked.test" });
    const text = [
      "Account address,Show boosts",
      "ann,true",
      "nobody,true",
      "who@gone.test,false",
      "x@blocked.test,true",
      "not a handle,true",
      '"=cmd|x!a",true',
      "  @owner_here  ,true",
    ].join("\r\n");
    const id = await bring(ann.viewer, `\uFEFF${text}`, { name: "x.csv" });
    // Three tries, since no answer and nobody there look the same.
    for (const minutes of [4, 31]) {
      expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "running", waiting: 1 });
      pair.clock.advance(minutes * MINUTE);
      await pair.settle();
    }
    expect(await rowsOf(ann.viewer, id)).toEqual([
      ["ann", "failed", "error.follow_self"],
      ["nobody", "failed", "transfer_row.nobody_here"],
      ["who@gone.test", "failed", "transfer_row.not_found"],
      ["x@blocked.test", "failed", "transfer_row.blocked_server"],
      ["not a handle", "failed", "transfer_row.unreadable"],
      ["=cmd|x!a", "failed", "transfer_row.unreadable"],
      ["@owner_here", "done", null],
    ]);
    const { text: failed } = await openFailedRows(east.app, ann.viewer, id);
    expect(await textOf(failed)).toBe(
      "Account address,Show boosts,Notify on new posts,Languages\nann,true,,\nnobody,true,,\nwho@gone.test,false,,\nx@blocked.test,true,,\nnot a handle,true,,\n=cmd|x!a,true,,\n",
    );
    for (const key of (await rowsOf(ann.viewer, id)).flatMap(([, , key]) => key ?? []))
      expect(Object.keys(en)).toContain(key);
  });

  test("of somebody who moved away, or of a server or note that is none, is refused with a sentence", async () => {
    const { ann, bo, west } = pair;
    const hidden = await aNote(west, { by: bo.viewer, visibility: "followers" });
    const domains = await bring(ann.viewer, "east.test\n*.bad.example\nBAD.example\ncom\n", {
      kind: "domains",
    });
    expect(await rowsOf(ann.viewer, domains)).toEqual([
      ["east.test", "failed", "transfer_row.own_server"],
      ["*.bad.example", "already", null],
      ["BAD.example", "done", null],
      ["com", "failed", "transfer_row.unreadable"],
    ]);
    const notes = await bring(
      ann.viewer,
      `https://east.test/users/1/notes/1\nhttps://west.test/@bo/${hidden.id}\njavascript:alert(1)\n`,
      { kind: "bookmarks" },
    );
    for (const minutes of [4, 31]) {
      pair.clock.advance(minutes * MINUTE);
      await pair.settle();
    }
    expect(await rowsOf(ann.viewer, notes)).toEqual([
      ["https://east.test/users/1/notes/1", "failed", "transfer_row.no_note"],
      [`https://west.test/@bo/${hidden.id}`, "failed", "transfer_row.not_found"],
      ["javascript:alert(1)", "failed", "transfer_row.unreadable"],
    ]);
  });
});

describe("work on a file", () => {
  const handles = (count: number, host: string) =>
    Array.from({ length: count }, (_, at) => `who${at}@${host}\n`).join("");

  test("asks each server a few times a minute, and takes the others meanwhile", async () => {
    const { east, ann, network } = pair;
    let asked = 0;
    network.join("busy.test", () => {
      asked += 1;
      return Promise.resolve(new Response(null, { status: 404 }));
    });
    const id = await bring(ann.viewer, `${handles(40, "busy.test")}bo@west.test\n`, { kind: "blocks" });
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ done: 1, waiting: 40 });
    const first = asked;
    // Each look-up is two requests here: the name, and where names are asked for.
    expect(first).toBeGreaterThanOrEqual(12);
    expect(first).toBeLessThanOrEqual(12 * 4);
    pair.clock.advance(MINUTE);
    await pair.settle();
    expect(asked).toBeGreaterThan(first);
    expect(asked).toBeLessThanOrEqual(2 * first + 4);
    for (let minute = 0; minute < 90; minute++) {
      pair.clock.advance(MINUTE);
      await pair.settle();
    }
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "done", done: 1, failed: 40 });
  });

  test("follows so many people elsewhere a minute, and all of them in the end", async () => {
    const { east, ann, network } = pair;
    network.join("rows.test", () => Promise.resolve(new Response(null, { status: 202 })));
    for (let at = 0; at < 130; at++)
      await storeActor(east.app.db, 100 + at, { host: "many.test", username: `who${at}` });
    const id = await bring(ann.viewer, handles(130, "many.test"), { kind: "follows" });
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "running", done: 120 });
    pair.clock.advance(MINUTE);
    await pair.settle();
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "done", done: 130 });
  });

  test("ends for a filter of many notes that are nowhere, and keeps its words", async () => {
    const { east, ann, network } = pair;
    network.join("gone.test", () => Promise.resolve(new Response(null, { status: 404 })));
    const statuses = Array.from({ length: 90 }, (_, at) => `https://gone.test/notes/${at}`);
    const filter = { title: "t", context: ["home"], keywords_attributes: [{ keyword: "w" }], statuses };
    const id = await bring(ann.viewer, JSON.stringify({ custom_filters: [filter] }));
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "running" });
    for (let minute = 0; minute < 40; minute++) {
      pair.clock.advance(MINUTE);
      await pair.settle();
    }
    expect(await rowsOf(ann.viewer, id)).toEqual([["t", "done", "transfer_row.filter_notes"]]);
    expect(await listFilters(east.app, ann.viewer)).toMatchObject([
      { title: "t", keywords: [{ keyword: "w" }] },
    ]);
  });

  test("can be stopped and goes on where it was; what was lost with a job is taken up again", async () => {
    const { east, ann } = pair;
    const id = await beginImport(east.app, ann.viewer, {
      name: "lists.csv",
      bytes: new TextEncoder().encode("a,owner_here\nb,owner_here\n"),
      kind: null,
    });
    await startImport(east.app, ann.viewer, id, "merge");
    await stopImport(east.app, ann.viewer, id);
    await pair.settle();
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "stopped", waiting: 2 });
    await continueImport(east.app, ann.viewer, id);
    // As after a job that ended with its process for the last time.
    await east.app.db.deleteFrom("jobs").where("kind", "=", "transfer").execute();
    await pair.settle();
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "running", waiting: 2 });
    await continueImport(east.app, ann.viewer, id);
    await pair.settle();
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "done", done: 2 });
    await expect(startImport(east.app, ann.viewer, id, "merge")).rejects.toMatchObject({
      key: "error.import_begun",
    });
  });

  test("ends with the account: nothing of it is left", async () => {
    const { east } = pair;
    const { viewer } = await aMember(east, "leaver");
    await bring(viewer, "bad.example\n");
    await removeMember(east.app, viewer.actorId);
    await pair.settle();
    for (const table of ["transfers", "transfer_rows"] as const)
      expect(await east.app.db.selectFrom(table).selectAll().execute()).toEqual([]);
  });

  test("that nobody began, or that is over, is forgotten after two weeks, and long before twenty-one files", async () => {
    const { east, ann } = pair;
    const one = await bring(ann.viewer, "bad.example\n");
    await beginImport(east.app, ann.viewer, { name: "x", bytes: encode("worse.example\n"), kind: "domains" });
    pair.clock.advance(15 * 86_400_000);
    await pair.settle();
    expect(await listImports(east.app, ann.viewer)).toEqual([]);
    await expect(getImport(east.app, ann.viewer, one)).rejects.toMatchObject({ kind: "not_found" });
    for (let count = 0; count < 22; count++)
      await beginImport(east.app, ann.viewer, {
        name: "x",
        bytes: encode(`b${count}.example\n`),
        kind: "domains",
      });
    expect(await listImports(east.app, ann.viewer)).toHaveLength(20);
  });

  test("is not begun for follows by somebody who moved away", async () => {
    const { east, ann, bo, west } = pair;
    await addAlias(west.app, bo.viewer, "@ann@east.test");
    await pair.settle();
    await moveAccount(east.app, ann.viewer, { target: "@bo@west.test", password: PASSWORD });
    const id = await beginImport(east.app, ann.viewer, {
      name: "x",
      bytes: encode("bo@west.test\n"),
      kind: "follows",
    });
    await expect(startImport(east.app, ann.viewer, id, "merge")).rejects.toMatchObject({
      key: "error.moved",
    });
    expect(await getImport(east.app, ann.viewer, id)).toMatchObject({ state: "review" });
  });
});
