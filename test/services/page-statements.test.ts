// What a page costs the database: as many statements for forty notes as for one.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { listDomainRules } from "../../server/services/administration/domains.ts";
import { findMembers } from "../../server/services/administration/members.ts";
import { viewOverview } from "../../server/services/administration/overview.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { reportContexts } from "../../server/services/moderation/report-context.ts";
import { listReports, reportActor } from "../../server/services/moderation/reports.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { viewBoard } from "../../server/services/boards/board-views.ts";
import { collectNote, createBoard } from "../../server/services/boards/boards.ts";
import { EVERYTHING_HERE } from "../../server/domain/explore.ts";
import { addToList, createList, listTimeline } from "../../server/services/lists/lists.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { exploreTimeline, popularNotes, suggestPeople } from "../../server/services/trends/explore.ts";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { votePoll } from "../../server/services/notes/polls.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { reactToNote } from "../../server/services/reactions/emoji-reactions.ts";
import { announceNote, bookmarkNote, likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { bookmarksTimeline, homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { mediaTimeline } from "../../server/services/threads/galleries.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { visibleNoteViews } from "../../server/services/views.ts";
import { countingDatabase } from "../support/counting.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

const HOUR = 3_600_000;
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let here: TestInstance;
let mei: Viewer;
let ann: Viewer;
let statementsOf: (work: () => Promise<unknown>) => Promise<number>;

beforeEach(async () => {
  const counting = await countingDatabase();
  statementsOf = counting.statementsOf;
  here = await createInstance({ host: "here.test", database: counting.database });
  mei = (await aMember(here, "mei")).viewer;
  ann = (await aMember(here, "ann")).viewer;
  await addEmoji(here.app, { shortcode: "wave", bytes: PICTURE });
  await followActor(here.app, ann, mei.actorId);
});
afterEach(() => here.close());

/** Polls that answer, quote, name, tag, wave; liked, boosted, kept, reacted to and voted in by the reader. */
async function richNotes(count: number): Promise<readonly NoteView[]> {
  const { app } = here;
  const parent = await aNote(here, { by: ann, source: "What now?" });
  const notes: NoteView[] = [];
  for (let index = 0; index < count; index++) {
    const quoted = await aNote(here, { by: ann, source: `Said ${index}` });
    const note = await aNote(here, {
      by: mei,
      source: `@ann :wave: number ${index} #tag${index}`,
      replyTo: parent.id,
      quoteOf: quoted.id,
      poll: { options: [`one ${index}`, `two ${index}`], multiple: false, expiresInMs: HOUR },
    });
    await likeNote(app, ann, note.id);
    await announceNote(app, ann, note.id);
    await bookmarkNote(app, ann, note.id);
    await reactToNote(app, ann, note.id, ":wave:");
    await votePoll(app, ann, note.id, [0]);
    notes.push(note);
  }
  await drain(here);
  return notes;
}

describe("a page of forty rich notes costs as many statements as a page of one", () => {
  test("as views, for a member and for visitors", async () => {
    const ids: readonly NoteId[] = (await richNotes(40)).map((note) => note.id);
    for (const viewer of [ann, null]) {
      const draw = (some: readonly NoteId[]) => () => visibleNoteViews(here.app, viewer, some);
      const [view] = await visibleNoteViews(here.app, viewer, ids.slice(0, 1));
      expect(view).toMatchObject({ emojis: [{ name: "wave" }], tags: ["tag0"], replyTo: { author: {} } });
      expect([view?.poll, view?.quote?.note, view?.reactions[0]]).not.toContain(undefined);
      const one = await statementsOf(draw(ids.slice(0, 1)));
      expect(await statementsOf(draw(ids))).toBe(one);
    }
  }, 60_000);

  test("in timelines and notifications", async () => {
    // So that the fullest page is not the last one too.
    await aNote(here, { by: mei, source: "The oldest" });
    const notes = await richNotes(40);
    const { app } = here;
    const listId = await createList(app, ann, { title: "All", replies: "followed" });
    await addToList(app, ann, listId, mei.actorId);
    const boardId = await createBoard(app, ann, { name: "All" });
    for (const note of notes) await collectNote(app, ann, note.id, { boardIds: [boardId], comment: "" });
    await countTrends(app);
    const pages = {
      profile: (limit: number) => profileTimeline(app, ann, mei.actorId, { limit, withReplies: true }),
      home: (limit: number) => homeTimeline(app, ann, { limit }),
      bookmarks: (limit: number) => bookmarksTimeline(app, ann, { limit }),
      notifications: (limit: number) => listNotifications(app, mei, { limit }),
      explore: (limit: number) => exploreTimeline(app, ann, { limit, filter: EVERYTHING_HERE }),
      popular: (limit: number) => popularNotes(app, ann, { limit, filter: EVERYTHING_HERE, from: 0 }),
      people: (limit: number) => suggestPeople(app, ann, limit),
      list: (limit: number) => listTimeline(app, ann, listId, { limit }),
      media: (limit: number) => mediaTimeline(app, ann, mei.actorId, { limit }),
      board: (limit: number) => viewBoard(app, ann, boardId, { limit }),
    };
    for (const [name, page] of Object.entries(pages)) {
      const one = await statementsOf(() => page(1));
      expect([name, await statementsOf(() => page(40))]).toEqual([name, one]);
    }
  }, 60_000);
});

test("a thread of many replies costs as many statements as one of one", async () => {
  const { app } = here;
  const counts: number[] = [];
  for (const count of [1, 12]) {
    const root = await aNote(here, { by: mei, source: "Root" });
    for (let index = 0; index < count; index++) {
      const reply = await aNote(here, { by: ann, source: `@mei ${index}`, replyTo: root.id });
      await aNote(here, { by: mei, source: `below ${index}`, replyTo: reply.id });
    }
    counts.push(await statementsOf(() => viewThread(app, ann, root.id)));
  }
  expect(counts[1]).toBe(counts[0]);
});

test("the pages of staff: as many for twelve members, reports and blocked domains as for one", async () => {
  const { app, owner } = here;
  if (owner === null) throw new Error("An instance that is set up has an owner.");
  const everybody = { words: "", state: "all", role: "all", sort: "seen", page: 1 } as const;
  const counts: number[][] = [];
  for (const count of [1, 12]) {
    for (let index = 0; index < count; index++) {
      const note = await aNote(here, { by: mei, source: `Reported ${index}` });
      const report = { targetId: mei.actorId, noteIds: [note.id], comment: "", forward: false } as const;
      await reportActor(app, index % 2 === 0 ? ann : owner, { ...report, category: "spam" });
      await blockDomain(app, { domain: `${count}-${index}.test` });
    }
    const { items } = await listReports(app, owner, { limit: 20, state: "open" });
    counts.push([
      await statementsOf(() => reportContexts(app, owner, items)),
      await statementsOf(() => findMembers(app, owner, everybody)),
      await statementsOf(() => listDomainRules(app, owner)),
      await statementsOf(() => viewOverview(app, owner)),
    ]);
  }
  expect(counts[1]).toEqual(counts[0]);
});

describe("a collection of many items costs as many statements as one of one", () => {
  async function costs(path: string): Promise<number> {
    return await statementsOf(async () => {
      const response = await here.request(path, { headers: { accept: "application/activity+json" } });
      expect([path, response.status]).toEqual([path, 200]);
      await response.text();
    });
  }

  test("outbox, featured, replies, likes, shares, contexts, history", async () => {
    const pages = async (actor: Viewer, first: NoteView): Promise<readonly string[]> => {
      const user = `/users/${actor.actorId}`;
      return [
        `${user}/outbox?cursor=9007199254740991`,
        `${user}/featured`,
        `/notes/${first.id}`,
        `/notes/${first.id}/replies?cursor=own-0`,
        `/notes/${first.id}/likes?cursor=9007199254740991`,
        `/contexts/${first.id}?cursor=0`,
        `/contexts/${first.id}/history?cursor=0`,
      ];
    };
    const grow = async (first: NoteView, count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        const quoted = await aNote(here, { by: ann, source: `Said ${index}` });
        const options = [`one ${index}`, `two ${index}`];
        const poll = { options, multiple: false, expiresInMs: HOUR };
        const source = `@ann :wave: and ${index} #tag`;
        const note = await aNote(here, { by: mei, source, replyTo: first.id, quoteOf: quoted.id, poll });
        if (index < 3) await pinNote(here.app, mei, note.id);
        await announceNote(here.app, mei, quoted.id);
        await likeNote(here.app, ann, note.id);
      }
      await drain(here);
    };
    const first = await aNote(here, { by: mei, source: "The first" });
    await likeNote(here.app, ann, first.id);
    await grow(first, 1);
    const paths = await pages(mei, first);
    const few = new Map<string, number>();
    for (const path of paths) {
      await costs(path);
      few.set(path, await costs(path));
    }
    await grow(first, 12);
    for (const path of paths) expect([path, await costs(path)]).toEqual([path, few.get(path)]);
  }, 60_000);
});
