import { afterEach, expect, it } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { signUp } from "../../server/services/accounts/accounts.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { sweepProbations } from "../../server/services/accounts/probation.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { createNote, editNote } from "../../server/services/notes/notes.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { localTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";

const HOUR = 3_600_000;
const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CausewayError)) throw new Error(`expected a fault, got ${String(error)}`);
  return Object.values(error.fields)[0]?.key ?? error.key;
}

eachDatabase((_, open) => {
  const start = async () => {
    const instance = await createInstance({ database: await open() });
    opened.push(instance);
    const { app, owner } = instance;
    if (owner === null) throw new Error("no owner");
    const { viewer: old } = await aMember(instance, "old_hand");
    const { viewer: stranger } = await aMember(instance, "stranger");
    instance.clock.advance(30 * 24 * HOUR);
    await updateGates(app, owner, { probationHours: 24, probationLikes: 2 });
    const { sessionToken } = await signUp(app, {
      username: "fresh",
      password: "a quiet harbour town",
      acceptedRules: true,
      ip: "203.0.113.1",
      agent: "",
    });
    const fresh = await findViewer(app, sessionToken);
    if (fresh === null) throw new Error("nobody");
    const says = (source: string, more: object = {}) =>
      createNote(app, fresh, { source, visibility: "public", ...more });
    return { ...instance, owner, old, stranger, fresh, says };
  };
  const shown = async (app: TestInstance["app"], viewer: Viewer | null) =>
    (await localTimeline(app, viewer, {})).items.length;

  it("Newcomers link in answers alone, and name whom they know, who is there, and who runs the server", async () => {
    const { app, owner, old, fresh, says } = await start();
    expect(await faultOf(says("Look at https://shoes.example/now"))).toBe("field.probation_links");
    expect(await faultOf(says("[here](https://shoes.example/now)"))).toBe("field.probation_links");
    expect(await faultOf(says("Hello @stranger"))).toBe("field.probation_mentions");
    await says(`A tag #boats and my page ${app.config.origin}/@fresh`);
    await says("Thank you @owner_here");
    await followActor(app, old, fresh.actorId);
    const note = await says("Hello @old_hand");
    const question = await createNote(app, owner, {
      source: "What do you read, @stranger?",
      visibility: "public",
    });
    await says("https://books.example/1 says @stranger", { replyToId: question.id });
    expect(await faultOf(editNote(app, fresh, { noteId: note.id, source: "https://shoes.example" }))).toBe(
      "field.probation_links",
    );
    expect(await faultOf(editNote(app, fresh, { noteId: note.id, source: "Hello @stranger" }))).toBe(
      "field.probation_mentions",
    );
  });

  it("Newcomers write directly to those who follow them, to staff, and to who wrote first", async () => {
    const { app, stranger, old, fresh, says } = await start();
    const direct = { visibility: "direct" };
    expect(await faultOf(says("Psst @stranger", direct))).toBe("field.probation_direct");
    await says("May I ask something, @owner_here?", direct);
    await followActor(app, old, fresh.actorId);
    await says("Hello @old_hand", direct);
    const first = await createNote(app, stranger, { source: "Welcome @fresh", visibility: "direct" });
    await says("Thanks @stranger", { ...direct, replyToId: first.id });
  });

  it("Newcomers post five pictures in all", async () => {
    const { app, fresh, says } = await start();
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    );
    const files = async (count: number) => ({
      attachments: await Promise.all(
        Array.from({ length: count }, async () => ({
          id: (await uploadImage(app, fresh, { bytes: png })).id,
        })),
      ),
    });
    await says("Three", await files(3));
    expect(await faultOf(says("Three more", await files(3)))).toBe("field.probation_media");
    await says("Two more", await files(2));
  });

  it("Newcomers are not shown to strangers until their time is over, but to themselves and to followers", async () => {
    const { app, stranger, old, fresh, clock, says } = await start();
    await followActor(app, old, fresh.actorId);
    await says("I am new here");
    expect([
      await shown(app, null),
      await shown(app, stranger),
      await shown(app, fresh),
      await shown(app, old),
    ]).toEqual([0, 0, 1, 1]);
    clock.advance(23 * HOUR);
    await sweepProbations(app);
    expect(await shown(app, null)).toBe(0);
    clock.advance(HOUR);
    await sweepProbations(app);
    expect(await shown(app, null)).toBe(1);
    await says("https://boats.example and @stranger");
  });

  it("Likes of older members end it before its time; those of other newcomers and one's own do not", async () => {
    const { app, owner, old, fresh, says } = await start();
    const note = await says("I paint boats");
    const { sessionToken } = await signUp(app, {
      username: "also_fresh",
      password: "a quiet harbour town",
      acceptedRules: true,
      ip: "203.0.113.2",
      agent: "",
    });
    const other = await findViewer(app, sessionToken);
    for (const viewer of [other, fresh, owner]) if (viewer !== null) await likeNote(app, viewer, note.id);
    await sweepProbations(app);
    expect(await shown(app, null)).toBe(0);
    await likeNote(app, old, note.id);
    await sweepProbations(app);
    expect(await shown(app, null)).toBe(1);
  });
});
