import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportSpki } from "@fedify/fedify";
import { describe, expect, onTestFinished, test } from "vitest";
import type { NoteView } from "../../server/domain/note.ts";
import { placesOf } from "../../server/services/arrivals/stage.ts";
import { sweepArrivals } from "../../server/services/arrivals/sweep.ts";
import {
  addArrivalPiece,
  beginArrival,
  getArrival,
  startArrival,
} from "../../server/services/arrivals/arrivals.ts";
import { ALL_CHOICES } from "../../server/services/arrivals/records.ts";
import { examine, takeIn as takeInTurn, workOnArrival } from "../../server/services/arrivals/work.ts";
import { addProof, type ProofSigner } from "../../server/lifeboat/proofs.ts";
import { search } from "../../server/services/search.ts";
import { findArrival, updateArrival } from "../../server/store/arrivals.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { rsaPair } from "../support/rsa-keys.ts";
import { drain } from "../support/network.ts";
import { ACTOR, aSample, type SampleOptions } from "./sample.ts";
import { bring, takeIn } from "./arrival-scene.ts";

const HOME = "https://home.test";
const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const DAY = 86_400_000;

async function here(): Promise<{ west: TestInstance; bo: Member }> {
  const west = await createInstance({ host: "west.test" });
  onTestFinished(() => west.close());
  return { west, bo: await aMember(west, "bo") };
}

/** A line of an outbox, proved, whatever it says. */
function line(signer: ProofSigner, id: string, object: Readonly<Record<string, unknown>>): string {
  const note = { type: "Note", id, attributedTo: ACTOR, to: [PUBLIC], content: "<p>text</p>", ...object };
  const create = {
    "@context": [
      "https://www.w3.org/ns/activitystreams",
      { sensitive: "as:sensitive", Hashtag: "as:Hashtag" },
    ],
    type: "Create",
    id: `${id}#create`,
    actor: ACTOR,
    to: [PUBLIC],
    object: note,
  };
  return JSON.stringify(addProof(create, signer, "2026-05-01T10:00:00Z"));
}

/** Takes a hand-made lifeboat in; what came of it, and a way to its notes. */
async function taken({ west, bo }: { west: TestInstance; bo: Member }, options: SampleOptions) {
  const sample = await aSample(options);
  const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
  expect(looked).toMatchObject({ state: "review", ground: "phrase" });
  const done = await takeIn(west, bo.viewer, looked.id);
  const copy = async (uri: string): Promise<NoteView | undefined> =>
    (await search(west.app, bo.viewer, uri, { resolve: false })).notes[0];
  return { done, copy };
}

describe("a lifeboat that is whole, but not well meant", () => {
  test("hostile HTML is made harmless, titles and warnings become plain text", async () => {
    const at = await here();
    const id = `${HOME}/notes/1`;
    const content = `<p onclick="steal()">hi<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">link</a><iframe src="https://evil.test"></iframe></p>`;
    const { done, copy } = await taken(at, {
      lines: (_lines, signer) => [
        line(signer, id, { content, summary: "<b>warn</b><script>x</script>", sensitive: true }),
      ],
    });
    expect(done.report.taken).toBe(1);
    const note = await copy(id);
    expect(note?.contentHtml).not.toMatch(/script|onclick|onerror|javascript|iframe|<img/);
    expect(note?.contentHtml).toContain("hi");
    expect(note?.summary).not.toContain("<");
  });

  test("dates in the future become now, impossible ones a day long ago, a thousand in one millisecond all fit", async () => {
    const at = await here();
    const crowd = Array.from({ length: 60 }, (_, index) => `${HOME}/notes/9${index}`);
    const { done, copy } = await taken(at, {
      lines: (_lines, signer) => [
        line(signer, `${HOME}/notes/1`, {
          published: "2199-01-01T00:00:00Z",
          updated: "2200-01-01T00:00:00Z",
        }),
        line(signer, `${HOME}/notes/2`, { published: "0001-01-01T00:00:00Z" }),
        line(signer, `${HOME}/notes/3`, { published: "nonsense" }),
        ...crowd.map((id) => line(signer, id, { published: "2020-02-02T02:02:02Z" })),
      ],
    });
    expect(done.report).toMatchObject({ taken: 63, left: {} });
    const now = at.west.clock.now();
    expect((await copy(`${HOME}/notes/1`))?.publishedAt).toBe(now);
    expect((await copy(`${HOME}/notes/2`))?.publishedAt).toBeLessThan(now - 30 * 365 * DAY);
    expect((await copy(`${HOME}/notes/3`))?.publishedAt).toBe(now);
    const ids = (await at.west.app.db.selectFrom("notes").select("id").execute()).map((row) => row.id);
    expect(new Set(ids).size).toBe(63);
    expect(Math.min(...ids)).toBeGreaterThan(0);
  });

  test("what is too long, direct, empty or somebody else's stays out, with a reason each", async () => {
    const at = await here();
    const { done } = await taken(at, {
      lines: (_lines, signer) => [
        line(signer, `${HOME}/notes/1`, { content: `<p>${"a".repeat(500_000)}</p>` }),
        line(signer, `${HOME}/notes/2`, { to: [`${HOME}/users/8`], content: "<p>psst</p>" }),
        line(signer, `${HOME}/notes/3`, { content: "<script>only</script>" }),
        line(signer, `${HOME}/notes/4`, { type: "Tombstone" }),
        line(signer, `${HOME}/notes/5`, { content: "<p>good</p>" }),
      ],
    });
    expect(done.report).toMatchObject({
      taken: 1,
      left: { too_long: 1, direct: 1, empty: 1, unreadable: 1 },
    });
    expect(done.report.faults.map(({ reason }) => reason)).toEqual([
      "too_long",
      "direct",
      "empty",
      "unreadable",
    ]);
  });

  test("a line of five million characters refuses the whole file", async () => {
    const { west, bo } = await here();
    const sample = await aSample({
      lines: (_lines, signer) => [line(signer, `${HOME}/notes/1`, { content: "a".repeat(5_000_000) })],
    });
    const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
    expect(looked).toMatchObject({ state: "failed", fault: { key: "lifeboat_fault.line_too_long" } });
  });

  test("media that are not what they say stay out, and their note comes without them", async () => {
    const at = await here();
    const bytes = Buffer.from("MZ this is no picture at all");
    const sample = await aSample({ media: [bytes] });
    const url = (
      JSON.parse(
        Buffer.from(
          await (async () => {
            const piece = sample.pieces.find(({ path }) => path === "media/media.json");
            const parts: Uint8Array[] = [];
            for await (const part of piece?.open() ?? []) parts.push(part);
            return Buffer.concat(parts);
          })(),
        ).toString(),
      ) as { files: { url: string }[] }
    ).files[0]?.url;
    const id = `${HOME}/notes/1`;
    const attachment = [
      { type: "Image", mediaType: "image/png", url, name: "alt" },
      { type: "Image", mediaType: "image/png", url: `${HOME}/media/../../etc/passwd`, name: "tricks" },
      { type: "Document", mediaType: "image/png", url: "file:///etc/passwd" },
    ];
    const { done, copy } = await taken(at, {
      media: [bytes],
      lines: (_lines, signer) => [line(signer, id, { attachment })],
    });
    expect(done.report).toMatchObject({ taken: 1, media: { taken: 0 } });
    expect(done.report.media.left).toBeGreaterThan(0);
    expect((await copy(id))?.attachments).toEqual([]);
  });

  test("polls come closed with their results, quotes of others as links, answers that come before what they answer are tied", async () => {
    const at = await here();
    const { done, copy } = await taken(at, {
      lines: (_lines, signer) => [
        line(signer, `${HOME}/notes/2`, { inReplyTo: `${HOME}/notes/1`, published: "2026-01-02T00:00:00Z" }),
        line(signer, `${HOME}/notes/1`, { published: "2026-01-01T00:00:00Z" }),
        line(signer, `${HOME}/notes/3`, { inReplyTo: "https://other.test/notes/7" }),
        line(signer, `${HOME}/notes/4`, {
          type: "Question",
          endTime: "2099-01-01T00:00:00Z",
          oneOf: ["yes", "no"].map((name, index) => ({
            type: "Note",
            name,
            replies: { type: "Collection", totalItems: index + 2 },
          })),
        }),
        line(signer, `${HOME}/notes/5`, {
          quoteUrl: "https://other.test/notes/9",
          content: "<p>look</p>",
          tag: [
            {
              type: "Link",
              mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
              rel: "https://misskey-hub.net/ns#_misskey_quote",
              href: "https://other.test/notes/9",
            },
          ],
        }),
      ],
    });
    expect(done.report).toMatchObject({ taken: 5, left: {} });
    const first = await copy(`${HOME}/notes/1`);
    expect((await copy(`${HOME}/notes/2`))?.replyTo?.id).toBe(first?.id);
    expect(first?.repliesCount).toBe(1);
    expect((await copy(`${HOME}/notes/3`))?.replyTo).toMatchObject({
      id: null,
      uri: "https://other.test/notes/7",
    });
    const poll = (await copy(`${HOME}/notes/4`))?.poll;
    expect(poll).toMatchObject({
      closed: true,
      mayVote: false,
      options: [
        { title: "yes", votes: 2 },
        { title: "no", votes: 3 },
      ],
    });
    const quoting = await copy(`${HOME}/notes/5`);
    expect(quoting?.contentHtml).toContain("https://other.test/notes/9");
    expect(quoting?.quote ?? null).toBeNull();
  });
});

test("made in the name of somebody who is alive elsewhere, and has other keys, is not taken in", async () => {
  const { west, bo } = await here();
  const { publicKey } = await rsaPair();
  const actor = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: ACTOR,
    type: "Person",
    preferredUsername: "ann",
    inbox: `${ACTOR}/inbox`,
    outbox: `${ACTOR}/outbox`,
    publicKey: { id: `${ACTOR}#main-key`, owner: ACTOR, publicKeyPem: await exportSpki(publicKey) },
  };
  west.network.join("home.test", (request) =>
    Promise.resolve(
      new URL(request.url).pathname === "/users/7"
        ? new Response(JSON.stringify(actor), { headers: { "content-type": "application/activity+json" } })
        : new Response(null, { status: 404 }),
    ),
  );
  const sample = await aSample();
  const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
  expect(looked).toMatchObject({ state: "review", ground: null });
  west.network.leave("home.test");
  expect(await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase })).toMatchObject({
    ground: "phrase",
  });
});

describe("an arrival that is interrupted", () => {
  test("goes on where it was, and counts each note once", async () => {
    const { west, bo } = await here();
    const sample = await aSample({
      lines: (_lines, signer) =>
        Array.from({ length: 30 }, (_, index) =>
          line(signer, `${HOME}/notes/${index + 1}`, { content: `<p>${index}</p>` }),
        ),
    });
    const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
    await startArrival(west.app, bo.viewer, looked.id, ALL_CHOICES);
    const row = await findArrival(west.app.db, looked.id);
    if (row === undefined) throw new Error("it was just begun");
    // Stopped in the middle of a turn, then two workers at once, as after a lost lease.
    let asked = 0;
    const stopping = {
      get aborted() {
        return (asked += 1) > 6;
      },
    } as AbortSignal;
    await takeInTurn(west.app, row, { signal: stopping, attempt: 1 });
    const half = await findArrival(west.app.db, looked.id);
    expect(half?.done).toBeGreaterThan(4);
    expect(half?.done).toBeLessThan(30);
    if (half === undefined) throw new Error("it is there");
    const signal = new AbortController().signal;
    await Promise.allSettled([0, 1].map(() => takeInTurn(west.app, half, { signal, attempt: 1 })));
    await drain(west);
    const done = await getArrival(west.app, bo.viewer, looked.id);
    expect(done).toMatchObject({ state: "done", done: 30, report: { taken: 30, already: 0, left: {} } });
    expect((await west.app.db.selectFrom("notes").select("id").execute()).length).toBe(30);
  });

  test("whose files are lost ends with a sentence, and what came can be taken away", async () => {
    const { west, bo } = await here();
    const sample = await aSample();
    const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
    await rm(placesOf(west.app, looked.id).folder, { recursive: true });
    const done = await takeIn(west, bo.viewer, looked.id);
    expect(done).toMatchObject({ state: "done", fault: { key: "error.arrival_lost" }, report: { taken: 0 } });
  });

  test("half unpacked is unpacked anew", async () => {
    const { west, bo } = await here();
    const sample = await aSample();
    const { id } = await beginArrival(west.app, bo.viewer, sample.bytes.length);
    await addArrivalPiece(west.app, bo.viewer, id, { offset: 0, bytes: sample.bytes.subarray(0, 1_000) });
    const wrong = { offset: 5, bytes: sample.bytes.subarray(5, 10) };
    await expect(addArrivalPiece(west.app, bo.viewer, id, wrong)).rejects.toMatchObject({ kind: "conflict" });
    await addArrivalPiece(west.app, bo.viewer, id, { offset: 1_000, bytes: sample.bytes.subarray(1_000) });
    const { stage } = placesOf(west.app, id);
    const row = await findArrival(west.app.db, id);
    expect(row?.state).toBe("checking");
    if (row === undefined) throw new Error("it is there");
    await examine(west.app, row);
    await writeFile(join(stage, "left-over"), "x");
    await rm(join(stage, "checked.json"));
    await updateArrival(west.app.db, id, ["review"], { state: "checking" });
    await drain(west);
    expect(await getArrival(west.app, bo.viewer, id)).toMatchObject({ state: "review", total: 3 });
    expect(await readdir(stage)).not.toContain("left-over");
    west.clock.advance(4 * DAY);
    await sweepArrivals(west.app);
    expect(await getArrival(west.app, bo.viewer, id)).toMatchObject({
      state: "failed",
      fault: { key: "error.arrival_forgotten" },
    });
    expect(await readdir(join(west.app.config.dataDir, "arrivals"))).toEqual([]);
  });
});

test("a fault of ours gives the place free after some tries, and says so", async () => {
  const { west, bo } = await here();
  const sample = await aSample();
  const looked = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
  const broken = {
    ...west.app,
    remote: { ...west.app.remote, readNote: () => Promise.reject(new Error("no")) },
  };
  await startArrival(west.app, bo.viewer, looked.id, { ...ALL_CHOICES, lists: [] });
  const turn = (attempt: number) =>
    workOnArrival(broken, looked.id, { signal: new AbortController().signal, attempt });
  await expect(turn(1)).rejects.toThrow("no");
  // From the third try on a note that stops the work stays out.
  await turn(3);
  expect(await getArrival(west.app, bo.viewer, looked.id)).toMatchObject({
    state: "done",
    report: { taken: 0, left: { refused: 3 } },
  });
  const again = await bring(west, bo.viewer, sample.bytes, { phrase: sample.phrase });
  await startArrival(west.app, bo.viewer, again.id, { ...ALL_CHOICES, lists: [] });
  const lost = { ...west.app, config: { ...west.app.config, dataDir: "\0" } };
  const step = (attempt: number) =>
    workOnArrival(lost, again.id, { signal: new AbortController().signal, attempt });
  await step(6).catch(() => undefined);
  const resting = await getArrival(west.app, bo.viewer, again.id);
  expect(["resting", "done"]).toContain(resting.state);
  expect(resting.fault).not.toBeNull();
});
