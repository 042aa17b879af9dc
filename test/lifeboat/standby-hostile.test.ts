import { expect, test } from "vitest";
import type { SegmentRecord } from "../../server/domain/standby.ts";
import { tendStandbys } from "../../server/services/standbys/upkeep.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { aPair, type Pair } from "../support/pair.ts";
import { aTrio } from "../support/trio.ts";
import {
  agreements,
  bytesKept,
  forgedSegment,
  givePhrase,
  keptAt,
  later,
  members,
  post,
  records,
  replicated,
} from "./standby-parts.ts";

const HOUR = 3_600_000;

/** What ann's server last sent about a note of hers. */
async function lastNoteRecord(at: TestInstance): Promise<SegmentRecord> {
  const row = (await records(at)).at(-1);
  const activity = JSON.parse(row?.body ?? "{}") as Record<string, unknown>;
  return { kind: "note", actor: row?.actor_uri ?? "", object: row?.object_uri ?? "", activity, media: [] };
}

async function withNote(pair: Pair): Promise<number> {
  const id = await replicated(pair);
  await aNote(pair.east, { by: pair.ann.viewer, source: "A heron" });
  await later(pair);
  return id;
}

test("a segment is taken once, in its place, whole, and from its home alone", async () => {
  const trio = await aTrio();
  const { east, west, south } = trio;
  await withNote(trio);
  const before = await keptAt(west);
  const uri = east.app.uris.actor(trio.ann.viewer.actorId);
  const gone: SegmentRecord = {
    kind: "gone",
    actor: uri,
    object: (await records(west))[0]?.object_uri ?? "",
  };
  const good = await forgedSegment(trio, east, [gone]);
  const head = (await agreements(west))[0]?.head ?? null;
  const bad: readonly (readonly [TestInstance, string, number])[] = [
    // From a third server, which signs the request or the segment itself.
    [south, good.text, 403],
    [
      east,
      (await forgedSegment(trio, south, [gone]).catch(() => good)).text.replace("Segment", "Segmant"),
      422,
    ],
    [east, good.text.replace("gone", "left"), 422],
    [east, good.text.slice(0, -20), 422],
    [east, `${good.text}{}\n`, 422],
    [east, "", 422],
    [east, "{}\n", 422],
    [east, `${"[".repeat(100_000)}\n`, 422],
    [east, (await forgedSegment(trio, east, [gone], { seq: 99 })).text, 409],
    [east, (await forgedSegment(trio, east, [gone], { seq: 1, previous: null })).text, 409],
    [
      east,
      (await forgedSegment(trio, east, [gone], { previous: head?.replace(/./g, "0") ?? null })).text,
      409,
    ],
    [east, "x".repeat(25 * 1024 * 1024), 413],
  ];
  for (const [from, text, status] of bad) {
    expect((await post(from, "segments", text))?.status, text.slice(0, 80)).toBe(status);
    expect(await keptAt(west)).toBe(before);
  }
  expect((await post(east, "segments", good.text))?.status).toBe(200);
  expect(await records(west)).toEqual([]);
  // The same again changes nothing, and is told so.
  const again = await post(east, "segments", good.text);
  expect(again?.status).toBe(409);
  expect(again?.json).toMatchObject({ head: good.hash });
});

test("records about people who did not agree, of other servers, or not proved by their author are refused", async () => {
  const trio = await aTrio();
  const { east, west, south } = trio;
  await withNote(trio);
  const dora = await aMember(east, "dora");
  const [annUri, doraUri, southUri] = [
    east.app.uris.actor(trio.ann.viewer.actorId),
    east.app.uris.actor(dora.viewer.actorId),
    south.app.uris.actor(trio.cy.viewer.actorId),
  ];
  const note = await lastNoteRecord(west);
  if (note.kind !== "note") throw new Error("it is a note");
  const [member] = await members(west);
  const profile = JSON.parse(member?.profile ?? "{}") as Record<string, unknown>;
  const lie = { ...note.activity, published: "2020-01-01T00:00:00Z" };
  const plainMember = { handle: "ann@east.test", statement: null, recipient: null, media: [] as string[] };
  const asMember = { ...plainMember, kind: "member" as const };
  const other = await givePhrase(south, trio.cy.viewer);
  const statement = {
    type: "VerifiableIdentityStatement",
    subject: other.did,
    alsoKnownAs: annUri,
    proof: {},
  };
  const bad: readonly SegmentRecord[] = [
    { ...note, actor: doraUri },
    { kind: "gone", actor: doraUri, object: note.object },
    { kind: "gone", actor: southUri, object: note.object },
    { kind: "gone", actor: annUri, object: `${south.app.config.origin}/notes/1` },
    { ...note, activity: lie },
    { ...note, activity: { ...note.activity, actor: doraUri } },
    { ...note, object: `${note.object}1` },
    { ...note, activity: { ...note.activity, object: { id: note.object, attributedTo: annUri, to: [] } } },
    { ...asMember, actor: { ...profile, id: southUri } },
    { ...asMember, actor: { ...profile, id: west.app.uris.actor(1) } },
    { ...asMember, actor: { ...profile, assertionMethod: [] } },
    { ...asMember, actor: profile, handle: "bob@east.test" },
    { ...asMember, actor: profile, statement },
    { kind: "kit", actor: annUri, kit: { type: "EscapeKit" } },
    { kind: "roster", actors: [southUri] },
  ];
  const before = await keptAt(west);
  for (const record of bad) {
    const { text } = await forgedSegment(trio, east, [record]);
    const answer = await post(east, "segments", text);
    expect(answer?.status, JSON.stringify(record).slice(0, 200)).toBe(422);
    expect(await keptAt(west)).toBe(before);
  }
});

test("a kit is taken when it leads to the account that waits here, and no other", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  const [member] = await members(west);
  const old = east.app.uris.actor(ann.viewer.actorId);
  const kitFor = (to: string) => ({
    type: "EscapeKit",
    v: 1,
    old,
    handle: "ann@east.test",
    keyId: `${old}#main-key`,
    sealedAt: "2026-06-01T12:00:00Z",
    homes: [{ new: to, move: { sealed: true }, embedded: {}, update: {} }],
    peers: [],
    proof: { kept: "to the letter" },
  });
  const { east: home } = pair;
  const theirs = await forgedSegment(pair, home, [
    { kind: "kit", actor: old, kit: kitFor(`${west.app.config.origin}/users/1`) },
  ]);
  expect((await post(east, "segments", theirs.text))?.status).toBe(422);
  const ours = await forgedSegment(pair, home, [
    { kind: "kit", actor: old, kit: kitFor(west.app.uris.actor(member?.actor_id ?? 0)) },
  ]);
  expect((await post(east, "segments", ours.text))?.status).toBe(200);
  const [after] = await members(west);
  expect(JSON.parse(after?.kit ?? "{}")).toMatchObject({ old, proof: { kept: "to the letter" } });
  expect(after?.sealed_at).toBe(Date.UTC(2026, 5, 1, 12));
});

test("a home that has no room left is told so, and nothing of the segment is kept", async () => {
  const pair = await aPair();
  const { east, west } = pair;
  await withNote(pair);
  const [row] = await agreements(west);
  const document = { ...(JSON.parse(row?.document ?? "{}") as object), maxBytes: 10 };
  await west.database.db
    .updateTable("standby_agreements")
    .set({ document: JSON.stringify(document) })
    .execute();
  await aNote(east, { by: pair.ann.viewer, source: "One too many" });
  await later(pair);
  expect((await agreements(east))[0]?.fault).toBe("full");
  expect(await records(west)).toHaveLength(1);
});

test("a new did:key of a member counts after a week, so that whoever takes the home does not become its people", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const first = await givePhrase(east, ann.viewer);
  await withNote(pair);
  expect((await members(west))[0]?.did).toBe(first.did);
  await east.database.db.deleteFrom("identities").execute();
  const second = await givePhrase(east, ann.viewer);
  const { updateProfile } = await import("../../server/services/accounts/profile.ts");
  await updateProfile(east.app, ann.viewer, { name: "Ann?" });
  await later(pair);
  expect((await members(west))[0]).toMatchObject({ did: first.did, did_next: second.did });
  await tendStandbys(west.app);
  expect((await members(west))[0]?.did).toBe(first.did);
  pair.clock.advance(8 * 24 * HOUR);
  await tendStandbys(west.app);
  expect((await members(west))[0]?.did).toBe(second.did);
});

test("while a launch waits or runs the home is not listened to", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  const [row] = await agreements(west);
  await west.database.db
    .insertInto("evacuations")
    .values({
      id: 1,
      uri: "urn:uuid:0",
      agreement_id: row?.id ?? 0,
      home: "https://east.test",
      reason: "seized",
      document: "{}",
      state: "waiting",
      approvals: 1,
      begins_at: null,
      created_at: 0,
      finished_at: null,
    })
    .execute();
  const before = await keptAt(west);
  await aNote(east, { by: ann.viewer, source: "Too late" });
  await later(pair);
  expect(await keptAt(west)).toBe(before);
  expect((await agreements(east))[0]?.fault).toBe("launched");
});

test("of two deliveries of one segment at the same time one is taken", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await withNote(pair);
  const [row] = await records(west);
  const actor = east.app.uris.actor(ann.viewer.actorId);
  const { text } = await forgedSegment(pair, east, [{ kind: "gone", actor, object: row?.object_uri ?? "" }]);
  const answers = await Promise.all([1, 2, 3].map(() => post(east, "segments", text)));
  expect(answers.map((one) => one?.status).toSorted()).toEqual([200, 409, 409]);
  const [agreement] = await agreements(west);
  expect(await records(west)).toEqual([]);
  expect(agreement?.bytes).toBe(await bytesKept(west));
});

test("a home names its people by its own host, whatever it says", async () => {
  const pair = await aPair();
  const { east, west } = pair;
  await withNote(pair);
  const [member] = await members(west);
  const actor = JSON.parse(member?.profile ?? "{}") as Record<string, unknown>;
  const record = { kind: "member", actor, statement: null, recipient: null, media: [] } as const;
  const names = ["ann@bank.example", "ann@test", "ann@east.test"];
  const kept: string[] = [];
  for (const handle of names) {
    const { text } = await forgedSegment(pair, east, [{ ...record, media: [], handle }]);
    expect((await post(east, "segments", text))?.status).toBe(200);
    kept.push((await members(west))[0]?.handle ?? "");
  }
  expect(kept).toEqual(["ann@east.test", "ann@east.test", "ann@east.test"]);
});
