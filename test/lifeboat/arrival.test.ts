import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import {
  getArrival,
  listArrivals,
  receiveLifeboat,
  startArrival,
  undoArrival,
  unlockArrival,
} from "../../server/services/arrivals/arrivals.ts";
import { ALL_CHOICES } from "../../server/services/arrivals/records.ts";
import { addAlias } from "../../server/services/moves/moves.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { search } from "../../server/services/search.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline, localTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, follow, type Pair } from "../support/pair.ts";
import { aLifeboat, aPhrase, aPicture, bring, takeIn } from "./arrival-scene.ts";

/** What an old address leads to. */
async function copyOf(at: TestInstance, viewer: Viewer | null, uri: string): Promise<NoteView | undefined> {
  return (await search(at.app, viewer, uri, { resolve: false })).notes[0];
}

/** Three notes of ann's, with a picture and an answer, and her lifeboat. */
async function aStory(pair: Pair) {
  const { east, ann } = pair;
  const phrase = await aPhrase(east, ann.viewer);
  const picture = await aPicture(east, ann.viewer, "A red field, 红");
  const first = await aNote(east, {
    by: ann.viewer,
    source: "The first #Tide of the *year*",
    language: "en",
    attachments: [{ id: picture.id, focus: { x: 0.5, y: -0.25 } }],
  });
  pair.clock.advance(60_000);
  const second = await aNote(east, {
    by: ann.viewer,
    source: "and the second",
    replyTo: first.id,
    visibility: "unlisted",
  });
  pair.clock.advance(60_000);
  const third = await aNote(east, {
    by: ann.viewer,
    source: "看",
    language: "zh-Hans",
    summary: "warning",
    visibility: "followers",
  });
  await aNote(east, { by: ann.viewer, source: "a secret for @owner_here", visibility: "direct" });
  pair.clock.advance(86_400_000);
  return { phrase, first, second, third, bytes: await aLifeboat(east, ann.viewer) };
}

describe("a lifeboat brought to another instance", () => {
  test("keeps dates, threads, media, descriptions, languages, warnings and visibility", async () => {
    const pair = await aPair();
    const { west, bo } = pair;
    const { phrase, first, second, third, bytes } = await aStory(pair);
    const looked = await bring(west, bo.viewer, bytes, { phrase });
    expect(looked).toMatchObject({ state: "review", ground: "phrase", handle: "@ann@east.test", total: 3 });
    expect(looked.report.inside).toMatchObject({ notes: 3, media: 1, followersOnly: true });
    const done = await takeIn(west, bo.viewer, looked.id);
    expect(done).toMatchObject({ state: "done", done: 3, fault: null });
    expect(done.report).toMatchObject({ taken: 3, already: 0, left: {}, media: { taken: 1, left: 0 } });
    const copy = await copyOf(west, bo.viewer, first.uri);
    const facts = { local: true, visibility: "public", language: "en", tags: ["tide"] };
    expect(copy).toMatchObject({ publishedAt: first.publishedAt, ...facts });
    expect(copy?.uri.startsWith("https://west.test/notes/")).toBe(true);
    expect(copy?.contentHtml).toContain("<em>year</em>");
    expect(copy?.contentHtml).toContain("https://west.test/tags/tide");
    const media = { alt: "A red field, 红", focus: { x: 0.5, y: -0.25 }, width: 40 };
    expect(copy?.attachments).toMatchObject([media]);
    const reply = await copyOf(west, bo.viewer, second.uri);
    expect(reply).toMatchObject({ visibility: "unlisted", replyTo: { id: copy?.id } });
    expect(reply?.publishedAt).toBe(second.publishedAt);
    const last = await copyOf(west, bo.viewer, third.uri);
    expect(last).toMatchObject({ visibility: "followers", language: "zh-Hans", summary: "warning" });
    expect(await copyOf(west, null, third.uri)).toBeUndefined();
    const thread = await viewThread(west.app, null, copy?.id ?? (0 as never));
    expect(thread.replies.map(({ note }) => note.id)).toEqual([reply?.id]);
    // Nothing of it stays on the disk of the server beside what was taken in.
    const left = await readdir(join(west.app.config.dataDir, "arrivals"));
    expect(left).toEqual([]);
  });

  test("is news to nobody: nothing is sent, nobody is told, homes and streams stay as they were", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    const cy = await aMember(west, "cy");
    const { phrase, bytes } = await aStory(pair);
    await follow(pair, east, ann.viewer, "@bo@west.test");
    await follow(pair, west, cy.viewer, "@bo");
    for (let count = 0; count < 30; count++) await aNote(west, { by: bo.viewer, source: `now ${count}` });
    await pair.settle();
    const homes = async () => ({
      cy: (await homeTimeline(west.app, cy.viewer, {})).items.map(({ id }) => id),
      ann: (await homeTimeline(east.app, ann.viewer, {})).items.map(({ id }) => id),
      local: (await localTimeline(west.app, cy.viewer, {})).items.map(({ id }) => id),
    });
    const rows = async (at: TestInstance) => ({
      notifications: (await at.app.db.selectFrom("notifications").selectAll().execute()).length,
      activities: (await at.app.db.selectFrom("activities").selectAll().execute()).length,
    });
    const before = { homes: await homes(), west: await rows(west), east: await rows(east) };
    const sent = () => pair.network.log.filter(({ method }) => method === "POST").length;
    const posted = sent();
    const looked = await bring(west, bo.viewer, bytes, { phrase });
    await takeIn(west, bo.viewer, looked.id);
    await pair.settle();
    expect({ homes: await homes(), west: await rows(west), east: await rows(east) }).toEqual(before);
    expect(sent()).toBe(posted);
  });

  test("taken in twice makes the same notes once", async () => {
    const pair = await aPair();
    const { west, bo } = pair;
    const { phrase, first, bytes } = await aStory(pair);
    const once = await takeIn(west, bo.viewer, (await bring(west, bo.viewer, bytes, { phrase })).id);
    const counted = async () => (await west.app.db.selectFrom("notes").selectAll().execute()).length;
    const before = await counted();
    const copy = await copyOf(west, bo.viewer, first.uri);
    await deleteNote(west.app, bo.viewer, copy?.id ?? (0 as never));
    const twice = await takeIn(west, bo.viewer, (await bring(west, bo.viewer, bytes, { phrase })).id);
    expect(once.report.taken).toBe(3);
    expect(twice.report).toMatchObject({ taken: 0, already: 3, media: { taken: 0, left: 0 } });
    expect(await counted()).toBe(before);
  });

  test("can be undone: what was seen elsewhere is deleted there, the rest goes quietly, and it may come again", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    const { phrase, first, bytes } = await aStory(pair);
    const mine = await aNote(west, { by: bo.viewer, source: "mine from before" });
    const { id } = await takeIn(west, bo.viewer, (await bring(west, bo.viewer, bytes, { phrase })).id);
    const copy = await copyOf(west, bo.viewer, first.uri);
    const [seen] = (await search(east.app, ann.viewer, copy?.uri ?? "")).notes;
    expect(seen).toMatchObject({
      publishedAt: first.publishedAt,
      author: { uri: `https://west.test/users/${bo.viewer.actorId}` },
    });
    await likeNote(east.app, ann.viewer, seen?.id ?? (0 as never));
    await pair.settle();
    await undoArrival(west.app, bo.viewer, id);
    await pair.settle();
    const undone = await getArrival(west.app, bo.viewer, id);
    expect(undone).toMatchObject({ state: "undone", report: { undone: { notes: 3, told: 1 } } });
    expect(await copyOf(west, bo.viewer, first.uri)).toBeUndefined();
    expect((await search(east.app, ann.viewer, copy?.uri ?? "", { resolve: false })).notes).toEqual([]);
    expect(await copyOf(west, bo.viewer, mine.uri)).toMatchObject({ id: mine.id });
    const attachments = await west.app.db.selectFrom("attachments").selectAll().execute();
    expect(attachments.filter((row) => row.file !== null)).toEqual([]);
    const again = await takeIn(west, bo.viewer, (await bring(west, bo.viewer, bytes, { phrase })).id);
    expect(again.report.taken).toBe(3);
  });

  test("publishes where everything was and is now, without what not everybody may see", async () => {
    const pair = await aPair();
    const { west, bo } = pair;
    const { phrase, first, second, third, bytes } = await aStory(pair);
    await takeIn(west, bo.viewer, (await bring(west, bo.viewer, bytes, { phrase })).id);
    const get = async (path: string) => {
      const answer = await west.request(path, { headers: { accept: "application/activity+json" } });
      return (await answer.json()) as Record<string, unknown>;
    };
    const actor = await get(`/users/${bo.viewer.actorId}`);
    const migration = await get(new URL(String(actor["migration"])).pathname);
    expect(migration).toMatchObject({ type: "OrderedCollection", totalItems: 2, migrationComplete: true });
    const page = await get(`/users/${bo.viewer.actorId}/migration?before=newest`);
    const copies = await Promise.all([second, first].map((note) => copyOf(west, bo.viewer, note.uri)));
    const actorUri = first.author.uri;
    expect(page["orderedItems"]).toEqual([
      { type: "Move", actor: actorUri, origin: second.uri, target: copies[0]?.uri },
      { type: "Move", actor: actorUri, origin: first.uri, target: copies[1]?.uri },
    ]);
    expect(JSON.stringify(page)).not.toContain(third.uri);
    const outbox = await get(`/users/${bo.viewer.actorId}/outbox`);
    expect(outbox).toMatchObject({ totalItems: 2 });
    const note = await get(new URL(copies[1]?.uri ?? "").pathname);
    expect(note).toMatchObject({
      migratedFrom: first.uri,
      published: new Date(first.publishedAt).toISOString().replace(".000Z", "Z"),
    });
    expect(await get(new URL(String(actor["moves"])).pathname)).toMatchObject({ totalItems: 0 });
  });
});

describe("whose a lifeboat is", () => {
  test("has to be proved: by the phrase, or by the account it is from", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    const { phrase, bytes } = await aStory(pair);
    const looked = await bring(west, bo.viewer, bytes);
    expect(looked).toMatchObject({ state: "review", ground: null });
    const start = () => startArrival(west.app, bo.viewer, looked.id, ALL_CHOICES);
    await expect(start()).rejects.toMatchObject({ key: "error.arrival_foreign" });
    const other = await aPhrase(west, bo.viewer);
    await unlockArrival(west.app, bo.viewer, looked.id, { phrase: other });
    await drain(west);
    expect((await getArrival(west.app, bo.viewer, looked.id)).ground).toBeNull();
    await expect(start()).rejects.toMatchObject({ key: "error.arrival_foreign" });
    await unlockArrival(west.app, bo.viewer, looked.id, { phrase });
    await drain(west);
    expect((await getArrival(west.app, bo.viewer, looked.id)).ground).toBe("phrase");
    await addAlias(east.app, ann.viewer, `https://west.test/users/${bo.viewer.actorId}`);
    expect(await bring(west, bo.viewer, bytes)).toMatchObject({ state: "review", ground: "named" });
    expect((await west.app.db.selectFrom("arrived_notes").selectAll().execute()).length).toBe(0);
  });

  test("is refused when this server knew the account by other keys", async () => {
    const pair = await aPair();
    const { east, west, bo, ann } = pair;
    const { phrase, bytes } = await aStory(pair);
    await follow(pair, west, bo.viewer, "@ann@east.test");
    await west.app.db
      .updateTable("actors")
      .set({ did: "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK" })
      .where("uri", "=", `https://east.test/users/${ann.viewer.actorId}`)
      .execute();
    const looked = await bring(west, bo.viewer, bytes, { phrase });
    expect(looked).toMatchObject({ state: "failed", fault: { key: "error.arrival_forged" } });
    void east;
  });

  test("may be said by the new account alone when this server knew the old one's key before", async () => {
    const pair = await aPair();
    const { west, east, bo, ann, network } = pair;
    const { bytes } = await aStory(pair);
    await follow(pair, west, bo.viewer, "@ann@east.test");
    network.leave("east.test");
    expect(await bring(west, bo.viewer, bytes)).toMatchObject({ ground: null });
    await addAlias(west.app, bo.viewer, `https://east.test/users/${ann.viewer.actorId}`);
    expect(await bring(west, bo.viewer, bytes)).toMatchObject({ state: "review", ground: "known" });
    void east;
  });
});

describe("a lifeboat that is not good", () => {
  test("changes nothing: altered, cut off, foreign, with a wrong passphrase", async () => {
    const pair = await aPair();
    const { east, west, ann, bo } = pair;
    const { bytes } = await aStory(pair);
    const altered = Buffer.from(bytes);
    altered[altered.length - 3_000] = (altered[altered.length - 3_000] ?? 0) ^ 1;
    const bad: readonly (readonly [Uint8Array, string])[] = [
      [altered, "lifeboat_fault.altered"],
      [bytes.subarray(0, bytes.length - 2_000), "lifeboat_fault."],
      [Buffer.from("PK\u0003\u0004 some other archive"), "lifeboat_fault.not_lifeboat"],
      [new Uint8Array(5_000), "lifeboat_fault."],
    ];
    for (const [file, fault] of bad) {
      const view = await bring(west, bo.viewer, file);
      expect(view.state).toBe("failed");
      expect(view.fault?.key).toContain(fault);
    }
    pair.clock.advance(2 * 86_400_000);
    const sealed = await aLifeboat(east, ann.viewer, {
      closing: "passphrase",
      passphrase: "a long passphrase",
    });
    const wrong = await bring(west, bo.viewer, sealed, { passphrase: "another passphrase" });
    expect(wrong).toMatchObject({ state: "sealed", fault: { key: "lifeboat_fault.wrong_secret" } });
    await unlockArrival(west.app, bo.viewer, wrong.id, { passphrase: "a long passphrase" });
    await drain(west);
    expect(await getArrival(west.app, bo.viewer, wrong.id)).toMatchObject({ state: "review" });
    const kept = JSON.stringify(await west.app.db.selectFrom("arrivals").selectAll().execute());
    expect(kept).not.toContain('passphrase"');
    expect((await west.app.db.selectFrom("arrived_notes").selectAll().execute()).length).toBe(0);
    expect((await listArrivals(west.app, bo.viewer)).length).toBe(5);
  });

  test("waits while another one is worked on", async () => {
    const pair = await aPair();
    const { west, bo } = pair;
    const { phrase, bytes } = await aStory(pair);
    const looked = await bring(west, bo.viewer, bytes, { phrase });
    await startArrival(west.app, bo.viewer, looked.id, ALL_CHOICES);
    const second = receiveLifeboat(west.app, bo.viewer, new Blob([Uint8Array.from(bytes)]), {});
    await expect(second).rejects.toMatchObject({ kind: "conflict", key: "error.arrival_busy" });
    await drain(west);
    expect(await getArrival(west.app, bo.viewer, looked.id)).toMatchObject({ state: "done" });
  });
});
