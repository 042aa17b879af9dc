import { afterEach, expect, test } from "vitest";
import { FILTER_LIMITS } from "../../server/domain/filter.ts";
import { collectNote, createBoard } from "../../server/services/boards/boards.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { beginUpload } from "../../server/services/media/pieces.ts";
import { createNote } from "../../server/services/notes/notes.ts";
import { saveDraft } from "../../server/services/notes/drafts.ts";
import { votePoll } from "../../server/services/notes/polls.ts";
import { postNow, publishDue, schedulePost } from "../../server/services/notes/scheduled.ts";
import { subscribePush } from "../../server/services/push/subscriptions.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { createDevice } from "../support/push-service.ts";

const HOUR = 3_600_000;
const TYPED = {
  source: "Once and no more",
  summary: "",
  visibility: "public",
  language: "en",
  sensitive: false,
  replyToId: null,
  attachmentIds: [],
} as const;

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

/** The same thing many times at once; how many of them went through. */
async function atOnce(times: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  const done = await Promise.allSettled(Array.from({ length: times }, (_, turn) => work(turn)));
  return done.filter(({ status }) => status === "fulfilled").length;
}

eachDatabase((_, open) => {
  const start = async (): Promise<{ here: TestInstance; ann: Member; bob: Member }> => {
    const here = await createInstance({ database: await open() });
    opened.push(here);
    return { here, ann: await aMember(here, "ann"), bob: await aMember(here, "bob") };
  };

  test("a note that is posted from everywhere at once is posted once (F21, F41)", async () => {
    const { here, ann } = await start();
    const { app } = here;
    const scheduled = await schedulePost(app, ann.viewer, { ...TYPED, at: here.clock.now() + HOUR });
    await atOnce(4, () => postNow(app, ann.viewer, scheduled.id));
    here.clock.advance(2 * HOUR);
    await atOnce(4, () => publishDue(app));
    const again = await schedulePost(app, ann.viewer, { ...TYPED, at: here.clock.now() + HOUR });
    here.clock.advance(2 * HOUR);
    await atOnce(6, (turn) => (turn % 2 === 0 ? publishDue(app) : postNow(app, ann.viewer, again.id)));
    const draft = await saveDraft(app, ann.viewer, TYPED);
    await atOnce(5, () =>
      createNote(app, ann.viewer, { source: TYPED.source, visibility: "public", draftId: draft.id }),
    );
    await atOnce(5, () =>
      createNote(app, ann.viewer, { source: TYPED.source, visibility: "public", idempotencyKey: "k" }),
    );
    const notes = await app.db.selectFrom("notes").select("id").execute();
    expect(notes.length).toBe(4);
    const creates = await app.db.selectFrom("entries").select("id").execute();
    expect(creates.length).toBe(4);
  });

  test("what somebody may have so many of stays so many (DOS-11)", async () => {
    const { here, ann } = await start();
    const { app } = here;
    for (let made = 0; made < FILTER_LIMITS.filters - 2; made++) await makeFilter(made);
    expect(await atOnce(6, makeFilter)).toBe(2);
    expect(
      await atOnce(9, () => beginUpload(app, ann.viewer, { name: "a", size: 100, mediaType: "image/png" })),
    ).toBe(5);
    expect(
      await atOnce(24, () => subscribePush(app, ann.viewer, { ...createDevice(), sessionToken: null })),
    ).toBe(20);

    async function makeFilter(turn: number): Promise<void> {
      await createFilter(app, ann.viewer, {
        title: `f${turn}`,
        contexts: ["home"],
        action: "warn",
        keywords: [{ keyword: `word${turn}`, wholeWord: true }],
      });
    }
  });

  test("votes, likes and places on boards count once each", async () => {
    const { here, ann, bob } = await start();
    const { app } = here;
    const poll = { options: ["yes", "no"], multiple: false, expiresInMs: HOUR };
    const note = await aNote(here, { by: ann.viewer, poll });
    expect(await atOnce(5, (turn) => votePoll(app, bob.viewer, note.id, [turn % 2]))).toBe(1);
    await atOnce(5, () => likeNote(app, bob.viewer, note.id));
    const board = await createBoard(app, bob.viewer, { name: "Tides", visibility: "public" });
    await atOnce(5, () => collectNote(app, bob.viewer, note.id, { boardIds: [board], comment: "" }));
    const { db } = app;
    const votes = await db.selectFrom("poll_votes").select("id").execute();
    const likes = await db.selectFrom("likes").select("id").execute();
    const places = await db.selectFrom("board_notes").select("id").execute();
    const counted = await db.selectFrom("notes").select("likes_count").where("id", "=", note.id).execute();
    expect([votes.length, likes.length, places.length, counted]).toEqual([1, 1, 1, [{ likes_count: 1 }]]);
  });
});
