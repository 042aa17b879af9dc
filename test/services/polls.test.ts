import { afterEach, describe, expect, it } from "vitest";
import type { NewPoll } from "../../server/domain/poll.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { endPolls, receiveVote, votePoll } from "../../server/services/notes/polls.ts";
import {
  receiveNote,
  receiveNoteDeleted,
  receiveNoteUpdate,
} from "../../server/services/notes/received-notes.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { search } from "../../server/services/search.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";

const HOUR = 3_600_000;
const POLL: NewPoll = { options: ["Tea", "Coffee"], multiple: false, expiresInMs: HOUR };

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app } = instance;
    const { viewer: mei } = await aMember(instance, "mei");
    const { viewer: li } = await aMember(instance, "li");
    const far = await aRemoteActor(instance, "far");
    const note = await aNote(instance, { by: mei, source: "Which?", poll: POLL });
    const poll = async (who = mei) => (await viewNote(app, who, note.id)).poll;
    return { instance, app, mei, li, far, note, poll };
  };
  const vote = (option: string, n: number, note: { readonly uri: string }, by: { readonly uri: string }) => ({
    uri: `${by.uri}#votes/${n}`,
    actorUri: by.uri,
    pollUri: note.uri,
    option,
  });

  describe("a poll", () => {
    it("is refused with too few, too many, double or long options, no time, or a title", async () => {
      const { instance, mei } = await start();
      const make = (poll: Partial<NewPoll>, title?: string) =>
        aNote(instance, { by: mei, poll: { ...POLL, ...poll }, title });
      const wrong: readonly Partial<NewPoll>[] = [
        { options: ["a", " "] },
        { options: ["a", "a "] },
        { options: Array.from({ length: 11 }, (_, index) => String(index)) },
        { options: ["a", "x".repeat(101)] },
        { expiresInMs: 60_000 },
        { expiresInMs: 40 * 24 * HOUR },
        { expiresInMs: Number.NaN },
      ];
      for (const change of wrong) await expect(make(change)).rejects.toMatchObject({ kind: "invalid" });
      await expect(make({}, "T")).rejects.toMatchObject({ fields: { title: { key: "field.title_poll" } } });
    });

    it("takes one vote from each person, none from its author, and none for what is no option", async () => {
      const { app, mei, li, note, poll } = await start();
      await expect(votePoll(app, mei, note.id, [0])).rejects.toMatchObject({ kind: "invalid" });
      for (const wrong of [[], [2], [0, 1], [-1]])
        await expect(votePoll(app, li, note.id, wrong)).rejects.toMatchObject({ kind: "invalid" });
      const tries = await Promise.allSettled(
        Array.from({ length: 6 }, (_, n) => votePoll(app, li, note.id, [n % 2])),
      );
      expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
      expect(await poll(li)).toMatchObject({ votersCount: 1, votesCount: 1, voted: true, mayVote: false });
    });

    it("counts remote votes once, whole, and from nobody who is blocked", async () => {
      const { app, mei, far, note, poll, instance } = await start();
      const eve = await aRemoteActor(instance, "eve");
      await blockActor(app, mei, eve.id);
      await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          receiveVote(app, vote(n % 2 === 0 ? "Tea" : "Coffee", n, note, far)),
        ),
      );
      await receiveVote(app, vote("Tea", 1, note, eve));
      await receiveVote(app, vote("Milk", 2, note, far));
      expect(await poll()).toMatchObject({ votersCount: 1, votesCount: 1 });
    });

    it("ends once: author and voters here are told, and late votes are not counted", async () => {
      const { app, mei, li, far, note, poll, instance } = await start();
      await votePoll(app, li, note.id, [0]);
      instance.clock.advance(HOUR);
      await receiveVote(app, vote("Tea", 1, note, far));
      expect(await endPolls(app)).toBe(1);
      expect(await endPolls(app)).toBe(0);
      expect(await poll()).toMatchObject({ closed: true, votesCount: 1 });
      const told = async (who: typeof mei) =>
        (await listNotifications(app, who, {})).items.map((item) => item.kind);
      expect(await told(mei)).toEqual(["poll"]);
      expect(await told(li)).toEqual(["poll"]);
    });

    it("is found by the words of its options", async () => {
      const { app, mei } = await start();
      expect((await search(app, mei, "coffee")).notes).toHaveLength(1);
    });

    it("begins anew when its options are edited, and stays when only the text is", async () => {
      const { app, mei, li, note, poll } = await start();
      await votePoll(app, li, note.id, [0]);
      await editNote(app, mei, {
        noteId: note.id,
        source: "Which one?",
        poll: { ...POLL, expiresInMs: 2 * HOUR },
      });
      expect(await poll(li)).toMatchObject({ voted: true, votesCount: 1 });
      await editNote(app, mei, {
        noteId: note.id,
        source: "Which one?",
        poll: { ...POLL, options: ["Tea", "Milk"] },
      });
      expect(await poll(li)).toMatchObject({
        voted: false,
        votesCount: 0,
        options: [{ title: "Tea" }, { title: "Milk" }],
      });
      await expect(
        editNote(app, mei, { noteId: note.id, source: "Which one?", poll: { ...POLL, options: [] } }),
      ).rejects.toMatchObject({ kind: "invalid" });
    });

    it("goes with its note, votes and all", async () => {
      const { app, mei, li, note, instance } = await start();
      await votePoll(app, li, note.id, [0]);
      await deleteNote(app, mei, note.id);
      for (const table of ["polls", "poll_options", "poll_votes"] as const)
        expect(await instance.database.db.selectFrom(table).selectAll().execute()).toEqual([]);
    });

    it("outlives those who voted in it", async () => {
      const { app, li, note, poll, instance } = await start();
      await votePoll(app, li, note.id, [0]);
      await deleteAccount(app, li, { password: PASSWORD });
      await drain(instance);
      expect((await poll())?.votesCount).toBe(1);
    });
  });

  describe("a remote poll", () => {
    const received = (far: { readonly uri: string }, votes: readonly number[], change = {}) =>
      aReceivedNote(far, "p", {
        kind: "Question",
        poll: {
          multiple: false,
          options: ["Tea", "Coffee"].map((title, index) => ({ title, votes: votes[index] ?? 0 })),
          endsAt: Date.UTC(2026, 5, 1, 14),
          closedAt: null,
          votersCount: null,
        },
        ...change,
      });

    it("takes its tallies from its author, also when the text did not change, and counts voters if it must", async () => {
      const { app, far, li } = await start();
      const id = await receiveNote(app, received(far, [1, 2]), "wanted");
      if (id === null) throw new Error("not kept");
      const poll = async () => (await viewNote(app, li, id)).poll;
      expect(await poll()).toMatchObject({ votersCount: 3, votesCount: 3 });
      await receiveNoteUpdate(app, received(far, [4, 2]));
      expect(await poll()).toMatchObject({ votesCount: 6 });
      expect((await viewNote(app, li, id)).editedAt).toBeNull();
    });

    it("is not reset by an old revision with other options, and is by a new one", async () => {
      const { app, far, li, instance } = await start();
      const id = await receiveNote(app, received(far, [1, 2]), "wanted");
      if (id === null) throw new Error("not kept");
      await votePoll(app, li, id, [0]);
      const other = {
        poll: {
          multiple: true,
          options: [
            { title: "Milk", votes: 0 },
            { title: "Juice", votes: 0 },
          ],
          endsAt: null,
          closedAt: null,
          votersCount: 0,
        },
      };
      await receiveNoteUpdate(app, received(far, [], { ...other, updatedAt: Date.UTC(2026, 5, 1, 10) }));
      expect((await viewNote(app, li, id)).poll).toMatchObject({ voted: true, multiple: false });
      instance.clock.advance(HOUR);
      await receiveNoteUpdate(app, received(far, [], { ...other, updatedAt: Date.UTC(2026, 5, 1, 12, 30) }));
      expect((await viewNote(app, li, id)).poll).toMatchObject({ voted: false, multiple: true });
    });

    it("goes when its author deletes it", async () => {
      const { app, far, instance } = await start();
      await receiveNote(app, received(far, [1, 2]), "wanted");
      await receiveNoteDeleted(app, far.uri, received(far, []).uri);
      const left = await instance.database.db.selectFrom("polls").selectAll().execute();
      expect(left).toHaveLength(1);
    });
  });
});
